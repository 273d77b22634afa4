// Package host emulates a graphics card on the processor, for tests of everything that runs on one. CUDA C is compiled by a C++
// compiler behind a small header (shim/cuda_on_host.h) and loaded; the threads of a grid run one after another, on
// stacks of their own where they meet at barriers. Work is done the moment it is queued.
//
// The device is strict where a card would be silent: fresh memory is filled with NaN, pointers that a kernel is started
// with must lie in live memory, arguments must have the kernel's number and sizes, and words around each
// piece of memory show writes beside it.
//
// Multiplications and additions are rounded one by one (-ffp-contract=off), where NVRTC contracts a*b+c unless the text asks
// for roundings by intrinsics. So bits that must agree between devices need those intrinsics, and all else agrees to rounding.
package host

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/device"
)

// Driver is a driver with one emulated device.
type Driver struct {
	// Memory is the size of the device's memory in bytes; 0 means 4 GiB. Nothing is taken from the
	// processor's memory before it is allocated.
	Memory int64
}

// New returns the driver.
func New() *Driver { return &Driver{} }

// Name is "host".
func (d *Driver) Name() string { return "host" }

// Devices lists the one device. The error wraps device.ErrUnavailable where there is no C++ compiler.
func (d *Driver) Devices() ([]device.Info, error) {
	c, err := findCompiler()
	if err != nil {
		return nil, err
	}
	return []device.Info{d.info(c)}, nil
}

func (d *Driver) info(c *compiler) device.Info {
	memory := d.Memory
	if memory == 0 {
		memory = 4 << 30
	}
	return device.Info{Name: "host (" + c.version + ")", Memory: memory, Major: 8, Minor: 0, Multiprocessors: 2, Driver: c.version}
}

// Libraries tells of the compiler.
func (d *Driver) Libraries() []device.Library {
	l := device.Library{Name: "g++", Brings: "kernels compiled for the processor, for tests", Needed: true}
	if c, err := findCompiler(); err != nil {
		l.Err = err
	} else {
		l.Path, l.Version = c.path, c.version
	}
	return []device.Library{l}
}

// Open makes a device. Every call makes one of its own.
func (d *Driver) Open(ordinal int) (device.Device, error) {
	c, err := findCompiler()
	if err != nil {
		return nil, err
	}
	if ordinal != 0 {
		return nil, fmt.Errorf("%w: the host driver has device 0 alone, not %d", device.ErrNone, ordinal)
	}
	return newDevice(c, d.info(c))
}

package host

import (
	"errors"
	"fmt"
	"sync"

	"github.com/netc-lang/netc/runtime/device"
)

// Device is an emulated device.
type Device struct {
	info      device.Info
	compiler  *compiler
	memory    memory
	modules   map[*module]bool
	library   *library // matrix products
	capturing *stream  // the stream that records, if any does
	closed    bool
}

// running is held while compiled code runs: its threads keep their place in variables of the whole process.
var running sync.Mutex

func newDevice(c *compiler, info device.Info) (*Device, error) {
	d := &Device{info: info, compiler: c, memory: memory{total: info.Memory}, modules: map[*module]bool{}}
	var err error
	d.library, err = d.compiler.gemm()
	return d, err
}

// Info describes the device.
func (d *Device) Info() device.Info { return d.info }

// Memory tells how many bytes are free, and how many there are.
func (d *Device) Memory() (free, total int64, err error) {
	return d.memory.total - d.memory.used, d.memory.total, nil
}

// Live is the number of pieces of memory that are allocated, and their bytes.
func (d *Device) Live() (pieces int, bytes int64) { return len(d.memory.pieces), d.memory.used }

// Alloc takes memory, filled with NaN.
func (d *Device) Alloc(bytes int64) (device.Pointer, error) {
	if err := d.usable("Alloc"); err != nil {
		return 0, err
	}
	return d.memory.alloc(bytes)
}

// Free gives memory back. The error says where a kernel wrote beside it.
func (d *Device) Free(p device.Pointer) error {
	if err := d.usable("Free"); err != nil {
		return err
	}
	return d.memory.free(p)
}

// usable reports why memory cannot be managed now.
func (d *Device) usable(what string) error {
	switch {
	case d.closed:
		return fmt.Errorf("%s: the device is closed", what)
	case d.capturing != nil:
		return fmt.Errorf("%s: a stream is recording; memory is taken and given back before or after", what)
	}
	return nil
}

// NewStream makes a queue, whose work is done at once.
func (d *Device) NewStream() (device.Stream, error) { return &stream{device: d}, nil }

// NewEvent makes a mark.
func (d *Device) NewEvent() (device.Event, error) { return &event{}, nil }

// Close gives everything back. The error says where a kernel wrote beside memory that was still allocated.
func (d *Device) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	var errs []error
	for i := range d.memory.pieces {
		errs = append(errs, d.memory.pieces[i].check())
	}
	d.memory.pieces, d.memory.used = nil, 0
	for m := range d.modules {
		errs = append(errs, m.Unload())
	}
	return errors.Join(errs...)
}

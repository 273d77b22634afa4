// Package nvidia drives NVIDIA's devices: device.Device on the CUDA driver, NVRTC, cuBLAS and, where it is there, cuDNN.
//
// How the driver's functions are called is behind API, so that the two drivers, packages cuda and cucgo, share everything
// else: the search for libraries, one thread a device, memory, streams and recordings, compilation and its cache, errors.
//
// CUDA 11.8, 12 and 13 are served: functions are looked up under the names that all of them have, and the primary context is
// used, which is the one that other libraries in the process would use too.
package nvidia

import (
	"errors"
	"fmt"
	"sync"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/dl"
)

// oldest is the oldest version of CUDA that a driver may be for.
const oldest = 11080

// Driver is a device.Driver.
type Driver struct {
	name string
	load func(*dl.Library) (API, error)
	find *search
	dir  func() (string, error) // of the cache

	mu      sync.Mutex
	started bool
	err     error // why there is no API
	lib     *dl.Library
	api     API
	version int // of CUDA, as the driver tells

	nvrtc  found[*nvrtc]
	cublas found[*cublas]
	cudnn  found[*cudnn]
}

// found is a library that was looked for once.
type found[T any] struct {
	done bool
	lib  *dl.Library
	use  T
	err  error
}

// New makes a driver. load makes the API of an opened libcuda.
func New(name string, load func(*dl.Library) (API, error)) *Driver {
	return &Driver{name: name, load: load, find: machine(), dir: cacheDir}
}

// Name is what messages call the driver.
func (d *Driver) Name() string { return d.name }

// start opens and initializes the CUDA driver, once.
func (d *Driver) start() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.started {
		d.started = true
		d.err = d.begin()
	}
	return d.err
}

// hint says how to get libcuda, where it was not found.
func (d *Driver) hint(err error) error {
	if d.lib == nil {
		return libcuda.hint(err)
	}
	return err
}

func (d *Driver) begin() error {
	lib, err := d.find.open(libcuda, 0, func(*dl.Library) error { return nil })
	if err != nil {
		return err
	}
	d.lib = lib
	api, err := d.load(lib)
	if err != nil {
		return err
	}
	if r := api.Init(); r != success {
		return failure(api, "cuInit", r, "")
	}
	v, r := api.DriverVersion()
	if r != success {
		return failure(api, "cuDriverGetVersion", r, "")
	}
	d.version = v
	if v < oldest {
		return fmt.Errorf("%w: it is for CUDA %s, and netc needs one for CUDA %s or later; %s", device.ErrOldDriver, version(v), version(oldest), nextDriver)
	}
	d.api = api
	return nil
}

// Devices lists the devices, without opening one.
func (d *Driver) Devices() ([]device.Info, error) {
	if err := d.start(); err != nil {
		return nil, d.hint(err)
	}
	n, r := d.api.DeviceCount()
	if r != success {
		return nil, failure(d.api, "cuDeviceGetCount", r, "")
	}
	if n == 0 {
		return nil, failure(d.api, "cuDeviceGetCount", noDevice, "")
	}
	list := make([]device.Info, n)
	for i := range list {
		info, _, err := d.info(i)
		if err != nil {
			return nil, err
		}
		list[i] = info
	}
	return list, nil
}

// info describes a device and gives its handle.
func (d *Driver) info(ordinal int) (device.Info, int32, error) {
	info := device.Info{Ordinal: ordinal, Driver: version(d.version)}
	dev, r := d.api.Device(ordinal)
	if r != success {
		return info, 0, failure(d.api, "cuDeviceGet", r, fmt.Sprintf("device %d", ordinal))
	}
	if info.Name, r = d.api.DeviceName(dev); r != success {
		return info, 0, failure(d.api, "cuDeviceGetName", r, "")
	}
	if info.Memory, r = d.api.DeviceMemory(dev); r != success {
		return info, 0, failure(d.api, "cuDeviceTotalMem", r, "")
	}
	for attr, to := range map[int32]*int{attrMajor: &info.Major, attrMinor: &info.Minor, attrMultiprocessors: &info.Multiprocessors} {
		if *to, r = d.api.DeviceAttribute(dev, attr); r != success {
			return info, 0, failure(d.api, "cuDeviceGetAttribute", r, fmt.Sprintf("attribute %d", attr))
		}
	}
	return info, dev, nil
}

// look finds a library once and makes it usable. use gets the CUDA version of the driver, 0 where there is none.
func look[T any](d *Driver, f *found[T], family family, use func(lib *dl.Library, driver int) (T, error)) (T, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.done {
		return f.use, f.err
	}
	f.done = true
	f.lib, f.err = d.find.open(family, d.version/1000, func(lib *dl.Library) (err error) {
		f.use, err = use(lib, d.version)
		return err
	})
	return f.use, f.err
}

// compiler is NVRTC.
func (d *Driver) compiler() (*nvrtc, error) { return look(d, &d.nvrtc, libnvrtc, newNVRTC) }

// products is cuBLAS.
func (d *Driver) products() (*cublas, error) { return look(d, &d.cublas, libcublas, newCublas) }

// convolutions is cuDNN.
func (d *Driver) convolutions() (*cudnn, error) { return look(d, &d.cudnn, libcudnn, newCudnn) }

// Libraries tells what was found on this machine, devices or not.
func (d *Driver) Libraries() []device.Library {
	err := d.start()
	v := ""
	if d.version > 0 {
		v = "CUDA " + version(d.version)
	}
	list := []device.Library{libcuda.told(d.lib, v, err)}
	n, err := d.compiler()
	v = ""
	if n != nil {
		v = n.version
	}
	list = append(list, libnvrtc.told(d.nvrtc.lib, v, err))
	b, err := d.products()
	v = ""
	if b != nil {
		v = b.version
	}
	list = append(list, libcublas.told(d.cublas.lib, v, err))
	c, err := d.convolutions()
	v = ""
	if c != nil {
		v = c.version
	}
	return append(list, libcudnn.told(d.cudnn.lib, v, err))
}

// Open makes a device ready for use.
func (d *Driver) Open(ordinal int) (device.Device, error) {
	if err := d.start(); err != nil {
		return nil, d.hint(err)
	}
	n, r := d.api.DeviceCount()
	if r != success {
		return nil, failure(d.api, "cuDeviceGetCount", r, "")
	}
	if ordinal < 0 || ordinal >= n {
		return nil, failure(d.api, "cuDeviceGet", invalidDevice, fmt.Sprintf("device %d was asked for, of %d", ordinal, n))
	}
	info, handle, err := d.info(ordinal)
	if err != nil {
		return nil, err
	}
	// What cannot be done without is looked for now, so that it is not found missing after an hour of work.
	_, errCompiler := d.compiler()
	_, errProducts := d.products()
	if err := errors.Join(libnvrtc.hint(errCompiler), libcublas.hint(errProducts)); err != nil {
		return nil, err
	}
	return open(d, info, handle)
}

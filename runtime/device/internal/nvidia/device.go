package nvidia

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/netc-lang/netc/runtime/device"
)

// Device is an open device. All calls for it are made on its thread.
type Device struct {
	driver *Driver
	api    API
	info   device.Info
	handle int32
	shared int // bytes of dynamic shared memory that a block may ask for
	thread *thread
	closed bool

	// What is open, to be given back by Close. Only the caller's goroutine touches it.
	memory  map[device.Pointer]int64
	streams map[*Stream]bool
	modules map[*Module]bool
	events  map[*Event]bool
	graphs  map[*Graph]bool

	mu    sync.Mutex
	lost  error // the first error after which the device is of no use
	notes []string
}

func open(d *Driver, info device.Info, handle int32) (*Device, error) {
	v := &Device{
		driver: d, api: d.api, info: info, handle: handle, thread: newThread(),
		memory: map[device.Pointer]int64{}, streams: map[*Stream]bool{}, modules: map[*Module]bool{}, events: map[*Event]bool{}, graphs: map[*Graph]bool{},
	}
	var err error
	v.thread.do(func() { err = v.enter() })
	if err != nil {
		v.thread.end()
		return nil, err
	}
	return v, nil
}

// enter makes the device's primary context the thread's.
func (v *Device) enter() error {
	ctx, r := v.api.RetainPrimary(v.handle)
	if r != success {
		return v.fail("cuDevicePrimaryCtxRetain", r, "")
	}
	if r := v.api.SetCurrent(ctx); r != success {
		v.api.ReleasePrimary(v.handle)
		return v.fail("cuCtxSetCurrent", r, "")
	}
	if v.shared, r = v.api.DeviceAttribute(v.handle, attrMaxSharedOptin); r != success {
		v.shared = usualShared
	}
	return nil
}

// usualShared is what every device grants a block of dynamic shared memory without being asked.
const usualShared = 48 << 10

// fail makes an error of a result, and remembers when the device was lost by it.
func (v *Device) fail(call string, r Result, detail string) error {
	err := failure(v.api, call, r, detail)
	if err.Lost {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.lost == nil {
			v.lost = err
		}
	}
	return err
}

// ready says why the device cannot be used any more.
func (v *Device) ready() error {
	if v.closed {
		return fmt.Errorf("%w: %s was closed", device.ErrLost, v.info.Name)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lost
}

// do makes calls on the device's thread and waits for them.
func (v *Device) do(f func() error) error {
	if err := v.ready(); err != nil {
		return err
	}
	var err error
	v.thread.do(func() { err = f() })
	return err
}

// idle waits until nothing uses what is about to be given back; on the thread. A stream keeps an error of its own.
func (v *Device) idle() {
	for s := range v.streams {
		if s.capturing {
			continue
		}
		if err := s.synchronize(); err != nil {
			s.broke(err)
		}
	}
}

// note keeps something to tell.
func (v *Device) note(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notes = append(v.notes, fmt.Sprintf(format, args...))
}

// Notes are the notes since the last call.
func (v *Device) Notes() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.notes
	v.notes = nil
	return n
}

// Info describes the device.
func (v *Device) Info() device.Info { return v.info }

// Memory tells how many bytes are free, and how many there are.
func (v *Device) Memory() (free, total int64, err error) {
	err = v.do(func() error {
		var r Result
		if free, total, r = v.api.MemInfo(); r != success {
			return v.fail("cuMemGetInfo", r, "")
		}
		return nil
	})
	return free, total, err
}

// Alloc takes memory. 0 bytes are an allocation too.
func (v *Device) Alloc(bytes int64) (device.Pointer, error) {
	if bytes < 0 {
		return 0, fmt.Errorf("asked for %d bytes of device memory", bytes)
	}
	var p uint64
	err := v.do(func() error {
		var err error
		p, err = v.take(bytes)
		return err
	})
	if err != nil {
		return 0, err
	}
	v.memory[device.Pointer(p)] = bytes
	return device.Pointer(p), nil
}

// take allocates, on the thread.
func (v *Device) take(bytes int64) (uint64, error) {
	p, r := v.api.Alloc(max(bytes, 1))
	if r == success {
		return p, nil
	}
	detail := "asked for " + size(bytes)
	if free, total, r := v.api.MemInfo(); r == success {
		detail += fmt.Sprintf(", %s of %s are free", size(free), size(total))
	}
	return 0, v.fail("cuMemAlloc", r, detail)
}

// Free gives memory back that Alloc gave.
func (v *Device) Free(p device.Pointer) error {
	if _, ok := v.memory[p]; !ok {
		return fmt.Errorf("address %#x was not allocated on %s, or was freed before", uint64(p), v.info.Name)
	}
	err := v.do(func() error {
		if r := v.api.Free(uint64(p)); r != success {
			return v.fail("cuMemFree", r, "")
		}
		return nil
	})
	if err == nil {
		delete(v.memory, p)
	}
	return err
}

// Close gives everything back: what is still open of streams, modules, events, recordings and memory, and the device.
// After the device was lost there is nothing to give back but the context.
func (v *Device) Close() error {
	if v.closed {
		return nil
	}
	v.mu.Lock()
	lost := v.lost != nil
	v.mu.Unlock()
	var errs []error
	if !lost {
		for s := range v.streams {
			errs = append(errs, s.Close())
		}
		for g := range v.graphs {
			errs = append(errs, g.Close())
		}
		for e := range v.events {
			errs = append(errs, e.Close())
		}
		for m := range v.modules {
			errs = append(errs, m.Unload())
		}
		for p := range v.memory {
			errs = append(errs, v.Free(p))
		}
	}
	v.closed = true
	v.thread.do(func() {
		for _, step := range []struct {
			call string
			r    Result
		}{{"cuCtxSetCurrent", v.api.SetCurrent(0)}, {"cuDevicePrimaryCtxRelease", v.api.ReleasePrimary(v.handle)}} {
			if step.r != success && !lost {
				errs = append(errs, v.fail(step.call, step.r, ""))
			}
		}
	})
	v.thread.end()
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool { return err == nil })...)
}

// Event is a mark in a stream.
type Event struct {
	device *Device
	handle uintptr
}

// NewEvent makes a mark that was not passed yet.
func (v *Device) NewEvent() (device.Event, error) {
	e := &Event{device: v}
	err := v.do(func() error {
		var r Result
		if e.handle, r = v.api.CreateEvent(); r != success {
			return v.fail("cuEventCreate", r, "")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.events[e] = true
	return e, nil
}

// Since is the time in milliseconds from an earlier mark to this one.
func (e *Event) Since(earlier device.Event) (float64, error) {
	from, ok := earlier.(*Event)
	if !ok || from.device != e.device {
		return 0, errors.New("time can only be taken between marks of the same device")
	}
	v := e.device
	var ms float32
	err := v.do(func() error {
		var r Result
		if ms, r = v.api.ElapsedTime(from.handle, e.handle); r != success {
			return v.fail("cuEventElapsedTime", r, "both marks must have been passed")
		}
		return nil
	})
	return float64(ms), err
}

// Close gives the mark back.
func (e *Event) Close() error {
	v := e.device
	if !v.events[e] {
		return nil
	}
	delete(v.events, e)
	return v.do(func() error {
		if r := v.api.DestroyEvent(e.handle); r != success {
			return v.fail("cuEventDestroy", r, "")
		}
		return nil
	})
}

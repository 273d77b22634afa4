package nvidia

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime/device"
)

// Module is compiled code on a device.
type Module struct {
	device *Device
	name   string
	handle uintptr
	loaded bool // read on the thread
	names  []string
}

// kernelNames finds the kernels of a source, for suggestions.
var kernelNames = regexp.MustCompile(`__global__[^;{(]*?(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\(`)

// Build compiles CUDA C for this device, or takes the result of an earlier compilation from the cache.
func (v *Device) Build(s device.Source) (device.Module, error) {
	if err := v.ready(); err != nil {
		return nil, err
	}
	compiler, err := v.driver.compiler()
	if err != nil {
		return nil, err
	}
	target, ptx, err := compiler.target(v.info)
	if err != nil {
		return nil, err
	}
	options := compiler.options(target, s)
	c := v.cache()
	key := cacheKey(s, options, compiler.version)
	if image, ok := c.get(key); ok {
		m, err := v.load(s, image)
		if err == nil {
			return m, nil
		}
		var e *Error
		if !errors.As(err, &e) || e.Lost || !errors.Is(err, device.ErrBuild) {
			return nil, err
		}
		// What is in the cache does not load, on account of a changed driver or a broken disk: it is made anew.
		v.note("cached kernels of %s did not load and are compiled anew: %v", s.Name, err)
	}
	image, err := compiler.compile(s, options, ptx)
	if err != nil {
		return nil, err
	}
	m, err := v.load(s, image)
	if err != nil {
		return nil, err
	}
	if err := c.put(key, image); err != nil {
		v.note("the compiled kernels could not be kept, so that the next start compiles again: %v", err)
	}
	return m, nil
}

// cache is where compiled kernels are kept; where there is no such place, a note says so.
func (v *Device) cache() cache {
	dir, err := v.driver.dir()
	if err != nil {
		v.note("compiled kernels are not kept, so that the next start compiles again: %v", err)
		return cache{}
	}
	return cache{dir: dir}
}

func (v *Device) load(s device.Source, image []byte) (*Module, error) {
	m := &Module{device: v, name: s.Name, loaded: true}
	for _, n := range kernelNames.FindAllStringSubmatch(s.Text, -1) {
		m.names = append(m.names, n[1])
	}
	image = append(append(make([]byte, 0, len(image)+1), image...), 0) // PTX ends in a zero byte
	err := v.do(func() error {
		var r Result
		if m.handle, r = v.api.LoadModule(image); r != success {
			return v.fail("cuModuleLoadData", r, s.Name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	v.modules[m] = true
	return m, nil
}

// Unload takes the code off the device, after what is queued was done. Its functions are of no use then.
func (m *Module) Unload() error {
	v := m.device
	if !v.modules[m] {
		return nil
	}
	delete(v.modules, m)
	return v.do(func() error {
		m.loaded = false
		v.idle()
		if r := v.api.UnloadModule(m.handle); r != success {
			return v.fail("cuModuleUnload", r, m.name)
		}
		return nil
	})
}

// Function is a kernel.
type Function struct {
	module  *Module
	name    string
	handle  uintptr
	allowed int // bytes of dynamic shared memory asked for so far; touched on the thread
}

// Function finds a kernel by the name that it has in the source, where it must be extern "C".
func (m *Module) Function(name string) (device.Function, error) {
	v := m.device
	f := &Function{module: m, name: name, allowed: usualShared}
	err := v.do(func() error {
		if !m.loaded {
			return fmt.Errorf("kernel %s: its module was unloaded", name)
		}
		var r Result
		if f.handle, r = v.api.Function(m.handle, name); r != success {
			detail := fmt.Sprintf("kernel %s in %s", name, m.name)
			if near, ok := spell.Nearest(name, m.names); ok && r == notFound {
				detail += fmt.Sprintf(", which has %s", near)
			}
			return v.fail("cuModuleGetFunction", r, detail)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Name is the kernel's name.
func (f *Function) Name() string { return f.name }

// check refuses what no device can start, so that it is told where it was asked for.
func (f *Function) check(grid, block [3]uint32, shared int) error {
	for i, axis := range []string{"X", "Y", "Z"} {
		if grid[i] == 0 || block[i] == 0 {
			return fmt.Errorf("grid %v, block %v: %s must be positive and below 2^31", grid, block, axis)
		}
	}
	if grid[1] > 65535 || grid[2] > 65535 {
		return fmt.Errorf("grid %v: Y and Z go up to 65535", grid)
	}
	if n := uint64(block[0]) * uint64(block[1]) * uint64(block[2]); n > 1024 || block[2] > 64 {
		return fmt.Errorf("block %v: up to 1024 threads, and 64 along Z", block)
	}
	if most := f.module.device.shared; shared < 0 || shared > most {
		return fmt.Errorf("%d bytes of dynamic shared memory: a block of %s can have %d", shared, f.module.device.info.Name, most)
	}
	return nil
}

// allow asks for more dynamic shared memory than every kernel has, once; on the thread.
func (f *Function) allow(shared int) error {
	if shared <= f.allowed {
		return nil
	}
	v := f.module.device
	if r := v.api.SetFunctionAttribute(f.handle, functionMaxSharedBytes, int32(shared)); r != success {
		return v.fail("cuFuncSetAttribute", r, fmt.Sprintf("kernel %s, %d bytes of shared memory", f.name, shared))
	}
	f.allowed = shared
	return nil
}

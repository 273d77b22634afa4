package host

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime/device"
)

// module is a loaded library of kernels.
type module struct {
	device    *Device
	library   *library
	functions map[string]*function
}

type function struct {
	module *module
	index  int
	name   string
	sizes  []int // of the arguments, in bytes
}

func (f *function) Name() string { return f.name }

// Build compiles kernels, which must be written out as extern "C" __global__ functions, not by macros.
func (d *Device) Build(s device.Source) (device.Module, error) {
	l, names, err := d.compiler.build(s)
	if err != nil {
		return nil, err
	}
	m := &module{device: d, library: l, functions: map[string]*function{}}
	for i, sizes := range l.kernels(len(names)) {
		m.functions[names[i]] = &function{module: m, index: i, name: names[i], sizes: sizes}
	}
	d.modules[m] = true
	return m, nil
}

func (m *module) Function(name string) (device.Function, error) {
	if f := m.functions[name]; f != nil {
		return f, nil
	}
	var names []string
	for n := range m.functions {
		names = append(names, n)
	}
	slices.Sort(names)
	hint := "; it has " + strings.Join(names, ", ")
	if near, ok := spell.Nearest(name, names); ok {
		hint = fmt.Sprintf("; did you mean %q?", near)
	} else if len(names) > 20 {
		hint = ""
	}
	return nil, fmt.Errorf("the module has no kernel %q%s", name, hint)
}

func (m *module) Unload() error {
	if m.library == nil {
		return nil
	}
	delete(m.device.modules, m)
	l := m.library
	m.library = nil
	return l.close()
}

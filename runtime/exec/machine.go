package exec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"unsafe"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Buffers are the caller's memory, by name. Every input, parameter and state that the program uses needs one;
// its length is that of the value's shape. Outputs that have none get memory of the machine's.
type Buffers struct {
	Inputs  map[string][]float32
	Params  map[string][]float32
	States  map[string][]float32 // read, and overwritten by the outputs state/<name>
	Outputs map[string][]float32 // gradients, say, under grad/<parameter>
}

// Machine is a plan bound to memory. It runs one step at a time; machines beside each other need a
// worker pool each.
type Machine struct {
	plan    *Plan
	buffers Buffers
	steps   []boundStep
	copies  []copyJob
	outputs map[string][]float32
}

type boundStep struct {
	kernel  kernel.Host
	out     []float32
	in      [][]float32
	scratch []float32
}

type copyJob struct{ to, from []float32 }

// Bind makes a machine. An error names a buffer that is missing, unknown or of the wrong length.
func (p *Plan) Bind(b Buffers) (*Machine, error) {
	m := &Machine{plan: p, buffers: b, outputs: map[string][]float32{}}
	memory, err := p.memory(b)
	if err != nil {
		return nil, err
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		host, ok := s.Kernel.(kernel.Host)
		if !ok {
			return nil, fmt.Errorf("the plan is for %s, whose kernels do not run on the processor", p.Backend.Name())
		}
		step := boundStep{kernel: host, out: memory.slice(s.Out), scratch: memory.slice(s.Scratch)}
		for _, pl := range s.In {
			step.in = append(step.in, memory.slice(pl))
		}
		m.steps = append(m.steps, step)
	}
	for _, name := range p.OutputNames() {
		o := p.Outputs[name]
		at := memory.slice(o.Place)
		if bound := b.Outputs[name]; bound != nil && !same(bound, at) {
			m.copies = append(m.copies, copyJob{bound, at})
			at = bound
		}
		if o.Into >= 0 {
			if state := memory.leaves[o.Into]; !same(state, at) {
				m.copies = append(m.copies, copyJob{state, at})
			}
		}
		m.outputs[name] = at
	}
	return m, nil
}

func same(a, b []float32) bool { return unsafe.SliceData(a) == unsafe.SliceData(b) }

// memory is what the places of a plan refer to.
type memory struct {
	arena  []float32
	leaves map[int][]float32 // and constants
	own    map[int][]float32
}

func (m *memory) slice(pl Place) []float32 {
	var from []float32
	switch pl.Space {
	case Nowhere:
		return nil
	case Arena:
		from = m.arena
	case Leaf, Constant:
		from = m.leaves[pl.Index]
	case Own:
		from = m.own[pl.Index]
	}
	return from[pl.Offset : pl.Offset+pl.Size : pl.Offset+pl.Size]
}

func (p *Plan) memory(b Buffers) (*memory, error) {
	m := &memory{arena: aligned(p.Arena), leaves: map[int][]float32{}, own: map[int][]float32{}}
	kinds := map[graph.ValueKind]struct {
		noun    string
		buffers map[string][]float32
	}{
		graph.Input: {"input", b.Inputs},
		graph.Param: {"parameter", b.Params},
		graph.State: {"state", b.States},
	}
	used := p.usedLeaves()
	names := map[graph.ValueKind][]string{}
	var errs []error
	for i, v := range p.Program.Values {
		if v.Kind == graph.Const {
			c := make([]float32, v.Shape.Size())
			for j := range c {
				c[j] = float32(v.Const)
			}
			m.leaves[i] = c
			continue
		}
		kind, isLeaf := kinds[v.Kind]
		if !isLeaf {
			continue
		}
		names[v.Kind] = append(names[v.Kind], v.Name)
		buffer, given := kind.buffers[v.Name]
		switch {
		case !given && !used[i]:
			continue
		case !given:
			errs = append(errs, fmt.Errorf("%s %q has no buffer; it needs %d numbers for its shape %v", kind.noun, v.Name, v.Shape.Size(), v.Shape))
		case len(buffer) != v.Shape.Size():
			errs = append(errs, fmt.Errorf("%s %q: its buffer holds %d numbers; the shape %v needs %d", kind.noun, v.Name, len(buffer), v.Shape, v.Shape.Size()))
		}
		m.leaves[i] = buffer
	}
	for _, k := range []graph.ValueKind{graph.Input, graph.Param, graph.State} {
		errs = append(errs, unknown(kinds[k].noun, kinds[k].buffers, names[k]))
	}
	errs = append(errs, unknown("output", b.Outputs, p.OutputNames()))
	for _, name := range p.OutputNames() {
		o := p.Outputs[name]
		bound, given := b.Outputs[name]
		if given && len(bound) != o.Place.Size {
			errs = append(errs, fmt.Errorf("output %q: its buffer holds %d numbers; the shape %v needs %d", name, len(bound), p.Program.Values[o.Value].Shape, o.Place.Size))
			continue
		}
		switch {
		case !o.Direct:
		case given:
			m.own[o.Place.Index] = bound
		default:
			m.own[o.Place.Index] = aligned(o.Place.Size)
		}
	}
	return m, errors.Join(errs...)
}

// usedLeaves marks the leaves that a step or an output reads or that a state output is written to.
func (p *Plan) usedLeaves() []bool {
	used := make([]bool, len(p.values))
	mark := func(pl Place) {
		if pl.Space == Leaf {
			used[pl.Index] = true
		}
	}
	for i := range p.Steps {
		mark(p.Steps[i].Out)
		for _, pl := range p.Steps[i].In {
			mark(pl)
		}
	}
	for _, o := range p.Outputs {
		mark(o.Place)
		if o.Into >= 0 {
			used[o.Into] = true
		}
	}
	return used
}

// unknown is an error for buffers that no value has the name of.
func unknown(noun string, buffers map[string][]float32, known []string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(buffers)) {
		if slices.Contains(known, name) {
			continue
		}
		hint := ""
		if near, ok := spell.Nearest(name, known); ok {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		errs = append(errs, fmt.Errorf("the program has no %s %q%s", noun, name, hint))
	}
	return errors.Join(errs...)
}

// aligned makes a slice that starts at a multiple of 64 bytes.
func aligned(n int) []float32 {
	if n == 0 {
		return nil
	}
	s := make([]float32, n+align-1)
	skip := 0
	for uintptr(unsafe.Pointer(&s[skip]))%(4*align) != 0 {
		skip++
	}
	return s[skip : skip+n : skip+n]
}

// Run computes the program once.
func (m *Machine) Run(c *kernel.Context) {
	for i := range m.steps {
		s := &m.steps[i]
		s.kernel.Run(c, s.out, s.in, s.scratch)
	}
	for _, j := range m.copies {
		copy(j.to, j.from)
	}
}

// Output is where an output is after Run: the bound buffer, or memory of the machine that the next Run overwrites. It is
// nil for a name that the program has no output of.
func (m *Machine) Output(name string) []float32 { return m.outputs[name] }

// Plan is what the machine was bound from.
func (m *Machine) Plan() *Plan { return m.plan }

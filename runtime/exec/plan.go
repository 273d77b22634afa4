package exec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Plan is a program made ready for one backend. It knows nothing of a backend's memory: places are
// offsets, in floats, so that a machine for another device can walk it too.
type Plan struct {
	Program *graph.Program
	Backend kernel.Backend

	// Steps run in this order.
	Steps []Step

	// Outputs says where each output of the program is when the last step has run.
	Outputs map[string]Output

	// Arena is the length of the shared memory, in floats. Peak is the largest length that is in use at
	// one step, which no layout can go below.
	Arena, Peak int

	values []value
	opts   Options
	dump   strings.Builder
}

// Options switch decisions of the planner off, for tests and for finding faults.
type Options struct {
	NoFusion  bool // one kernel a step of the program
	NoInPlace bool // every step writes to memory of its own
	Dump      bool // keep a listing after every pass, for Plan.Trace
}

// Step is one kernel with the places of its operands.
type Step struct {
	Program []int // indices of the program's steps that it computes, in order; several where fused
	Kernel  kernel.Kernel
	Name    string // operations, joined by + where fused
	In      []Place
	Out     Place
	Scratch Place

	in  []int // values, -1 where not read
	out int
	ask kernel.Step
}

// Ask is what the step's kernel was compiled for.
func (s *Step) Ask() kernel.Step { return s.ask }

// Space is a kind of memory.
type Space int

// The spaces.
const (
	Nowhere  Space = iota // an input that the kernel does not read
	Arena                 // the machine's own memory
	Leaf                  // the caller's buffer of an input, parameter or state: Place.Index is the value
	Constant              // a number of the program: Place.Index is the value
	Own                   // an output with memory of its own, the caller's or the machine's: Place.Index is the value
)

// Place is where a tensor lies: Size floats from Offset on within a space.
type Place struct {
	Space        Space
	Index        int // the value that owns the memory, in Leaf, Constant and Own
	Offset, Size int
}

// Output is where an output ends up.
type Output struct {
	Value int
	Place Place
	// Into is the state that the output is the next value of; -1 for other outputs.
	Into int
	// Direct says that a buffer bound to the output becomes its memory; otherwise the result is copied
	// there after the last step (an output that is part of something larger, say).
	Direct bool
}

// value is what the planner knows of a value of the program.
type value struct {
	root   int // the value whose memory it uses: itself, or what it is a view of or took over
	offset int // in there
	size   int

	place Place // of a root

	// Of a root: the steps at which its memory is first written and last needed; len(Steps) where it
	// must outlive the run.
	born, dies int
}

// NewPlan plans a program for a backend. An error names the operation that the backend has no kernel for.
func NewPlan(p *graph.Program, b kernel.Backend) (*Plan, error) {
	return NewPlanWith(p, b, Options{})
}

// NewPlanWith is NewPlan with some decisions switched off.
func NewPlanWith(p *graph.Program, b kernel.Backend, opts Options) (*Plan, error) {
	plan := &Plan{Program: p, Backend: b, opts: opts}
	for _, pass := range passes {
		if err := pass.run(plan); err != nil {
			return nil, err
		}
		if opts.Dump {
			fmt.Fprintf(&plan.dump, "after %s:\n%s\n", pass.name, plan)
		}
	}
	return plan, nil
}

// ArenaBytes is the size of the arena that each machine allocates.
func (p *Plan) ArenaBytes() int { return 4 * p.Arena }

// PeakBytes is the lower bound of ArenaBytes: what is in use at the fullest step.
func (p *Plan) PeakBytes() int { return 4 * p.Peak }

// OutputNames lists the outputs of the program, sorted.
func (p *Plan) OutputNames() []string { return slices.Sorted(maps.Keys(p.Outputs)) }

// Trace is the listing after every pass, of a plan made with Options.Dump.
func (p *Plan) Trace() string { return p.dump.String() }

// FLOPs is the number of floating point operations of one run; a multiply-add counts two.
func (p *Plan) FLOPs() int64 {
	total := int64(0)
	for i := range p.Steps {
		for _, j := range p.Steps[i].Program {
			s := &p.Program.Steps[j]
			total += s.Op.Cost(s.Attrs, p.shapes(s.In), p.Program.Values[s.Out].Shape)
		}
	}
	return total
}

func (p *Plan) shapes(values []int) []op.Shape {
	shapes := make([]op.Shape, len(values))
	for i, v := range values {
		shapes[i] = p.Program.Values[v].Shape
	}
	return shapes
}

// isLeaf reports whether a value comes from outside the program.
func (p *Plan) isLeaf(v int) bool { return p.Program.Values[v].Kind != graph.Result }

// at is the place of a value, once roots have theirs.
func (p *Plan) at(v int) Place {
	if v < 0 {
		return Place{}
	}
	pl := p.values[p.values[v].root].place
	pl.Offset += p.values[v].offset
	pl.Size = p.values[v].size
	return pl
}

// outputsByName calls f for each output in the order of names, so that plans are the same each time.
func (p *Plan) outputsByName(f func(name string, value int)) {
	for _, name := range slices.Sorted(maps.Keys(p.Program.Outputs)) {
		f(name, p.Program.Outputs[name])
	}
}

// stateOf is the state that an output named state/<name> is the next value of, or -1.
func (p *Plan) stateOf(output string) int {
	name, ok := strings.CutPrefix(output, "state/")
	if !ok {
		return -1
	}
	for i, v := range p.Program.Values {
		if v.Kind == graph.State && v.Name == name {
			return i
		}
	}
	return -1
}

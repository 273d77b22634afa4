package exec

import (
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Fault is the first place of a run at which a number is infinite or NaN.
type Fault struct {
	Step  graph.Step   // the step that made it; or, where Leaf is set, the first one that reads it
	Leaf  *graph.Value // the input, parameter or state that it came in with; nil where the step made it
	Index []int        // of the first such element
	Value float32
	Count int // of such elements in the tensor
	Shape []int
}

func (f Fault) String() string {
	what := fmt.Sprintf("the output of %s", f.Step.Op.Name)
	if f.Leaf != nil {
		what = map[graph.ValueKind]string{graph.Input: "input", graph.Param: "parameter", graph.State: "state"}[f.Leaf.Kind]
		what = fmt.Sprintf("%s %q, read by %s", what, f.Leaf.Name, f.Step.Op.Name)
	}
	pass := "forward"
	if f.Step.Backward {
		pass = "backward"
	}
	return fmt.Sprintf("%s (%s pass of %s) holds %v at %v; %d of its %v elements are not finite",
		what, pass, f.Step.Origin.Path, f.Value, f.Index, f.Count, strings.Trim(fmt.Sprint(f.Shape), "[]"))
}

// FindNonFinite computes the step again, with the same inputs, parameters and context, and finds the first number that is
// not finite. Every operation of the program runs by itself into memory of its own, so nothing is hidden by a
// fused or in-place step; the caller's outputs and state are not touched. State that the failed run has already
// updated is read as it is now.
//
// The result is false where every number is finite. It allocates: call it when a run has failed.
func (m *Machine) FindNonFinite(c *kernel.Context) (Fault, bool, error) {
	p, err := NewPlanWith(m.plan.Program, m.plan.Backend, Options{NoFusion: true, NoInPlace: true})
	if err != nil {
		return Fault{}, false, err
	}
	check, err := p.Bind(Buffers{Inputs: m.buffers.Inputs, Params: m.buffers.Params, States: m.buffers.States})
	if err != nil {
		return Fault{}, false, err
	}
	seen := make([]bool, len(p.values))
	for i := range p.Steps {
		s, bound := &p.Steps[i], &check.steps[i]
		step := p.Program.Steps[s.Program[0]]
		for j, v := range s.in {
			if v < 0 || seen[v] || !p.isLeaf(p.values[v].root) {
				continue
			}
			seen[v] = true
			if f, found := p.look(bound.in[j], v); found {
				f.Step, f.Leaf = step, &p.Program.Values[p.values[v].root]
				return f, true, nil
			}
		}
		bound.kernel.Run(c, bound.out, bound.in, bound.scratch)
		if f, found := p.look(bound.out, s.out); found {
			f.Step = step
			return f, true, nil
		}
	}
	return Fault{}, false, nil
}

// look finds the first number of a tensor that is not finite.
func (p *Plan) look(x []float32, v int) (f Fault, found bool) {
	for i, e := range x {
		if d := float64(e); !math.IsNaN(d) && !math.IsInf(d, 0) {
			continue
		}
		if f.Count == 0 {
			f.Value = e
			f.Shape = p.Program.Values[v].Shape
			f.Index = make([]int, len(f.Shape))
			for axis := len(f.Shape) - 1; axis >= 0; axis-- {
				f.Index[axis] = i % f.Shape[axis]
				i /= f.Shape[axis]
			}
		}
		f.Count++
	}
	return f, f.Count > 0
}

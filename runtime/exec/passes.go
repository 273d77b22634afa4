package exec

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/runtime/kernel"
)

// pass is one stage of planning. After names the passes that must have run before it; a test checks the table.
type pass struct {
	name  string
	doc   string
	after []string
	run   func(*Plan) error
}

var passes = []pass{
	{"check", "the program is whole: each value is made once and before it is used", nil, check},
	{"alias views", "a view uses the memory of its input and needs no step", []string{"check"}, aliasViews},
	{"compile", "each step gets its kernel; inputs that the kernel does not read are forgotten", []string{"alias views"}, compile},
	{"drop unused", "steps whose result nobody reads do not run", []string{"compile"}, dropUnused},
	{"fuse", "elementwise steps join the step that makes their input, where the backend offers it", []string{"compile", "drop unused"}, fuse},
	{"live", "when each value is first written and last read", []string{"drop unused", "fuse"}, live},
	{"reuse in place", "a step writes over an input that dies there, and state is updated where it is", []string{"live"}, reuseInPlace},
	{"place outputs", "outputs that nothing else shares can be written to the caller's memory", []string{"reuse in place"}, placeOutputs},
	{"lay out", "the rest shares the arena by lifetime", []string{"place outputs"}, layOut},
	{"verify", "no step's memory is touched while another needs it", []string{"lay out"}, verify},
}

func check(p *Plan) error {
	if err := p.Program.Verify(); err != nil {
		return err
	}
	if p.Program.DType != graph.Float32 {
		return fmt.Errorf("the program computes in %v; plans are for %v", p.Program.DType, graph.Float32)
	}
	p.values = make([]value, len(p.Program.Values))
	for i, v := range p.Program.Values {
		p.values[i] = value{root: i, size: v.Shape.Size(), born: -1, dies: -1}
	}
	for i, s := range p.Program.Steps {
		p.Steps = append(p.Steps, Step{Program: []int{i}, Name: s.Op.Name, in: slices.Clone(s.In), out: s.Out})
	}
	return nil
}

func aliasViews(p *Plan) error {
	p.Steps = slices.DeleteFunc(p.Steps, func(s Step) bool {
		ps := &p.Program.Steps[s.Program[0]]
		if !ps.Op.View {
			return false
		}
		from, to := p.values[ps.In[0]], &p.values[ps.Out]
		to.root, to.offset = from.root, from.offset
		if ps.Op.Offset != nil {
			to.offset += ps.Op.Offset(ps.Attrs, p.shapes(ps.In))
		}
		return true
	})
	return nil
}

func compile(p *Plan) error {
	for i := range p.Steps {
		s := &p.Steps[i]
		ps := &p.Program.Steps[s.Program[0]]
		s.ask = kernel.Step{Op: ps.Op.Name, Attrs: ps.Attrs, In: p.shapes(ps.In), Out: p.Program.Values[ps.Out].Shape}
		k, err := p.Backend.Compile(s.ask)
		if err != nil {
			return &graph.Error{Origin: ps.Origin, What: ps.Op.Name, Err: err}
		}
		s.setKernel(k)
	}
	return nil
}

func (s *Step) setKernel(k kernel.Kernel) {
	s.Kernel = k
	if r, ok := k.(kernel.Reader); ok {
		for j := range s.in {
			if !r.Reads(j) {
				s.in[j] = -1
			}
		}
	}
}

func dropUnused(p *Plan) error {
	needed := make([]bool, len(p.values)) // by root
	for _, v := range p.Program.Outputs {
		needed[p.values[v].root] = true
	}
	var kept []Step
	for _, s := range slices.Backward(p.Steps) {
		if !needed[s.out] {
			continue
		}
		for _, v := range s.in {
			if v >= 0 {
				needed[p.values[v].root] = true
			}
		}
		kept = append(kept, s)
	}
	slices.Reverse(kept)
	p.Steps = kept
	return nil
}

// live notes for each root the steps at which it is written first and needed last.
func live(p *Plan) error {
	for i := range p.Steps {
		s := &p.Steps[i]
		p.values[s.out].born = i
		p.values[s.out].dies = i
		for _, v := range s.in {
			if v >= 0 {
				p.values[p.values[v].root].dies = i
			}
		}
	}
	for _, v := range p.Program.Outputs {
		p.values[p.values[v].root].dies = len(p.Steps)
	}
	return nil
}

// reuseInPlace lets the output of a step take over the memory of an input that the operation allows it to, and that
// nothing needs after this step. A root with an output of the program in it may not be overwritten.
func reuseInPlace(p *Plan) error {
	if p.opts.NoInPlace {
		return nil
	}
	stateOf := make([]int, len(p.values)) // the state that a value is the next of, or -1
	for i := range stateOf {
		stateOf[i] = -1
	}
	p.outputsByName(func(name string, v int) {
		if s := p.stateOf(name); s >= 0 {
			stateOf[v] = s
		}
	})
	for i := range p.Steps {
		s := &p.Steps[i]
		out := &p.values[s.out]
		for _, j := range p.inPlaceInputs(s) {
			v := s.in[j]
			if v < 0 {
				continue
			}
			in := p.values[v]
			root := &p.values[in.root]
			if in.size != out.size || in.offset != 0 || root.size != out.size || s.sharesOther(p, j) {
				continue
			}
			switch {
			case p.Program.Values[in.root].Kind == graph.State:
				if stateOf[s.out] != in.root || root.dies > i {
					continue
				}
			case p.isLeaf(in.root) || root.dies != i:
				continue
			}
			born, dies := root.born, out.dies
			from := s.out
			for k := range p.values { // the output and its views
				if p.values[k].root == from {
					p.values[k].root = in.root
				}
			}
			root.born, root.dies = born, dies
			break
		}
	}
	return nil
}

// inPlaceInputs lists the inputs whose memory a step's output may take: those that its first operation allows, if the
// operations fused behind it allow their own running result, which they all do.
func (p *Plan) inPlaceInputs(s *Step) []int {
	return p.Program.Steps[s.Program[0]].Op.InPlace
}

// sharesOther reports whether input j uses the same memory as another input of the step, which would be overwritten while it
// is still read. An operation may have the same value twice: it reads both places before it writes there. A fused step,
// which may go over its output several times, may not.
func (s *Step) sharesOther(p *Plan, j int) bool {
	for k, v := range s.in {
		if k != j && v >= 0 && p.values[v].root == p.values[s.in[j]].root && (v != s.in[j] || len(s.Program) > 1) {
			return true
		}
	}
	return false
}

// placeOutputs gives leaves their places, and outputs that fill a root memory of their own.
func placeOutputs(p *Plan) error {
	for i, v := range p.Program.Values {
		if !p.isLeaf(i) {
			continue
		}
		space := Leaf
		if v.Kind == graph.Const {
			space = Constant
		}
		p.values[i].place = Place{Space: space, Index: i, Size: p.values[i].size}
	}
	p.Outputs = map[string]Output{}
	p.outputsByName(func(name string, v int) {
		val := p.values[v]
		root := &p.values[val.root]
		out := Output{Value: v, Into: p.stateOf(name)}
		if !p.isLeaf(val.root) && val.offset == 0 && val.size == root.size && root.place.Space == Nowhere {
			root.place = Place{Space: Own, Index: val.root, Size: root.size}
			out.Direct = true
		}
		p.Outputs[name] = out
	})
	for name, o := range p.Outputs {
		if from := p.values[o.Value].root; o.Into >= 0 && from != o.Into && p.Program.Values[from].Kind == graph.State {
			return fmt.Errorf("output %q: a state cannot become the value of another state without a step in between", name)
		}
	}
	return nil
}

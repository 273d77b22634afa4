package exec

import (
	"errors"
	"slices"

	"github.com/netc-lang/netc/runtime/kernel"
)

// fuse joins a step to the one that makes one of its inputs, where that input has no other reader and the backend has a
// kernel for both. A fused step takes the place of its last operation.
func fuse(p *Plan) error {
	if p.opts.NoFusion {
		return nil
	}
	readers := make([]int, len(p.values)) // of each root
	for _, s := range p.Steps {
		for _, v := range s.in {
			if v >= 0 {
				readers[p.values[v].root]++
			}
		}
	}
	for _, v := range p.Program.Outputs {
		readers[p.values[v].root]++
	}
	maker := map[int]int{} // value to the index in fused of the step that makes it
	var fused []Step
	for _, s := range p.Steps {
		for at := range s.in {
			base, made := maker[s.in[at]]
			if !made || readers[s.in[at]] != 1 {
				continue
			}
			joined, ok, err := p.join(fused[base], s, at)
			if err != nil {
				return err
			}
			if ok {
				fused[base].Kernel = nil // marks it as gone
				s = joined
				break
			}
		}
		maker[s.out] = len(fused)
		fused = append(fused, s)
	}
	p.Steps = slices.DeleteFunc(fused, func(s Step) bool { return s.Kernel == nil })
	return nil
}

// join asks the backend for s fused behind base, whose result is input at of s.
func (p *Plan) join(base, s Step, at int) (joined Step, ok bool, err error) {
	if len(s.Program) > 1 || len(s.ask.Then) > 0 || !s.ask.In[at].Equal(s.ask.Out) || !base.ask.Out.Equal(s.ask.Out) {
		return s, false, nil
	}
	link := kernel.Link{Op: s.ask.Op, Attrs: s.ask.Attrs, At: at, In: -1}
	joined = Step{
		Program: append(slices.Clone(base.Program), s.Program...), Name: base.Name + "+" + s.Name,
		in: slices.Clone(base.in), out: s.out, ask: base.ask,
	}
	joined.ask.In = slices.Clone(base.ask.In)
	for j, v := range s.in {
		if j == at || v < 0 {
			continue
		}
		if link.In >= 0 {
			return s, false, nil // a link has one other input
		}
		link.In = len(joined.in)
		joined.in = append(joined.in, v)
		joined.ask.In = append(joined.ask.In, s.ask.In[j])
	}
	joined.ask.Then = append(slices.Clone(base.ask.Then), link)
	k, err := p.Backend.Compile(joined.ask)
	if errors.Is(err, kernel.ErrMissing) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	for j, v := range joined.in {
		r, some := k.(kernel.Reader)
		if v < 0 && !(some && !r.Reads(j)) {
			return s, false, nil // it wants an input that base alone did not
		}
	}
	joined.setKernel(k)
	return joined, true, nil
}

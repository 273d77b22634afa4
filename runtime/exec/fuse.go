package exec

import (
	"errors"
	"slices"

	"github.com/netc-lang/netc/runtime/kernel"
)

// fuse joins a step to the one that makes its first input, where that input has no other reader and the backend has a
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
		joined, at, err := p.join(s, fused, maker, readers)
		if err != nil {
			return err
		}
		if at >= 0 {
			fused[at].Kernel = nil // marks it as gone
			s = joined
		}
		maker[s.out] = len(fused)
		fused = append(fused, s)
	}
	p.Steps = slices.DeleteFunc(fused, func(s Step) bool { return s.Kernel == nil })
	return nil
}

// join tries to fuse s behind the maker of one of its inputs, fused[at]; at is -1 where it cannot.
func (p *Plan) join(s Step, fused []Step, maker map[int]int, readers []int) (joined Step, at int, err error) {
	if len(s.in) == 0 || len(s.in) > 2 {
		return s, -1, nil
	}
	candidates := []int{0}
	if s.Name == "add" || s.Name == "mul" { // the order of the inputs does not matter
		candidates = append(candidates, 1)
	}
	for _, j := range candidates {
		v := s.in[j]
		if v < 0 {
			continue
		}
		at, made := maker[v]
		if !made || readers[v] != 1 || p.values[v].size != p.values[s.out].size {
			continue
		}
		base := fused[at]
		if slices.Contains(base.in, -1) {
			continue
		}
		link := kernel.Link{Op: s.ask.Op, Attrs: s.ask.Attrs, In: -1}
		ask := base.ask
		ask.Then = append(slices.Clone(ask.Then), link)
		in := slices.Clone(base.in)
		if len(s.in) == 2 {
			other := 1 - j
			if s.in[other] < 0 {
				continue
			}
			ask.Then[len(ask.Then)-1].In = len(in)
			ask.In = append(slices.Clone(ask.In), s.ask.In[other])
			in = append(in, s.in[other])
		}
		ask.Out = s.ask.Out
		k, err := p.Backend.Compile(ask)
		if errors.Is(err, kernel.ErrMissing) {
			continue
		}
		if err != nil {
			return s, -1, err
		}
		joined = Step{
			Program: append(slices.Clone(base.Program), s.Program...), Name: base.Name + "+" + s.Name,
			in: in, out: s.out, ask: ask,
		}
		joined.setKernel(k)
		return joined, at, nil
	}
	return s, -1, nil
}

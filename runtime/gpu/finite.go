package gpu

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/exec"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
	"github.com/netc-lang/netc/runtime/train"
)

// notFinite looks for the first number that is not finite in a training step whose loss is not: it computes the step
// again on the processor. The device has left the weights as they were before the step.
func (s *seat) notFinite(epoch, batch int, step int64) error {
	e := &train.NonFinite{Index: batch}
	if e.Err = s.Pull(false); e.Err != nil {
		return e
	}
	l := s.setup.Loader
	l.StartEpoch(epoch, batch)
	b, ok := l.Next()
	if !ok {
		e.Err = fmt.Errorf("epoch %d has no batch %d", epoch+1, batch+1)
		return e
	}
	u := s.shape.training(batch).unit
	e.Fault, e.Err = s.fault(u, map[string][]float32{"x": b.X, "codes": b.Cat, "y": b.Y}, s.state.Values, step)
	return e
}

// notFiniteIn does so for a batch of a part in evaluation mode.
func (s *seat) notFiniteIn(p *data.Part, batch int) error {
	e := &train.NonFinite{Index: batch}
	if e.Err = s.Pull(false); e.Err != nil {
		return e
	}
	l, err := data.NewLoader(p, data.LoaderOptions{Batch: s.shape.eval.rows})
	if err != nil {
		e.Err = err
		return e
	}
	defer l.Close()
	l.StartEpoch(0, batch)
	if b, ok := l.Next(); ok {
		e.Fault, e.Err = s.fault(s.setup.Eval, map[string][]float32{"x": b.X, "codes": b.Cat, "y": b.Y}, s.state.Evaluated(), s.steps)
	}
	return e
}

// fault runs a unit on the processor and gives the first number that is not finite, nil where all are.
func (s *seat) fault(u *train.Unit, inputs map[string][]float32, values []float32, step int64) (*exec.Fault, error) {
	plan, err := exec.NewPlan(u.Plan.Program, cpu.New())
	if err != nil {
		return nil, err
	}
	b := exec.Buffers{Inputs: map[string][]float32{}, Params: map[string][]float32{}, States: map[string][]float32{}}
	for _, v := range u.Net.Values {
		if v.Kind == network.InputValue {
			buf := make([]float32, v.Dims.Size())
			copy(buf, inputs[v.Name])
			b.Inputs[v.Name] = buf
		}
	}
	cut := func(to map[string][]float32, list []*network.Param) {
		for _, p := range list {
			at := s.setup.Layout.Offset(p.Name)
			to[p.Name] = values[at : at+p.Size()]
		}
	}
	cut(b.Params, u.Net.Params)
	cut(b.States, u.Net.States)
	m, err := plan.Bind(b)
	if err != nil {
		return nil, err
	}
	f, found, err := m.FindNonFinite(&kernel.Context{Seed: s.setup.Seeds.Masks, Step: uint64(step)})
	if err != nil || !found {
		return nil, err
	}
	return &f, nil
}

package graph

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/op"
)

// Reference runs the program by the float64 references of its operations, slowly: what an executor is held to. feed
// has a tensor for every input, parameter and state by name; the result one for every output.
func (p *Program) Reference(c op.Context, feed map[string]op.Tensor) (map[string]op.Tensor, error) {
	values := make([]op.Tensor, len(p.Values))
	for i, v := range p.Values {
		switch v.Kind {
		case Const:
			values[i] = op.Tensor{Shape: v.Shape, Data: []float64{v.Const}}
		case Result:
		default:
			t, ok := feed[v.Name]
			if !ok {
				return nil, fmt.Errorf("%v %s is not fed", v.Kind, v.Name)
			}
			if !t.Shape.Equal(v.Shape) || len(t.Data) != v.Shape.Size() {
				return nil, fmt.Errorf("%v %s has shape %v and is fed %v with %d numbers", v.Kind, v.Name, v.Shape, t.Shape, len(t.Data))
			}
			values[i] = t
		}
	}
	for _, s := range p.Steps {
		in := make([]op.Tensor, len(s.In))
		for i, v := range s.In {
			in[i] = values[v]
		}
		shape := p.Values[s.Out].Shape
		values[s.Out] = op.Tensor{Shape: shape, Data: make([]float64, shape.Size())}
		s.Op.Eval(&c, s.Attrs, values[s.Out], in)
	}
	out := make(map[string]op.Tensor, len(p.Outputs))
	for name, i := range p.Outputs {
		out[name] = values[i]
	}
	return out, nil
}

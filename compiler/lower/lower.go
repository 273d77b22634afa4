// Package lower puts a shaped network into a gorgonia graph, has it differentiated, and returns the program that the
// runtime plans and runs. Training and evaluation networks are lowered separately.
package lower

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

// Lower makes the program of a network. Its outputs are
//
//	logits/<output>  predictions, before any loss
//	loss/<output>    per-example losses [N], where there is a loss
//	loss             the scalar that training makes small, where there is one
//	grad/<param>     in training: the gradient of each parameter that is trained and reached by the loss
//	state/<state>    in training: the value that a state takes after the step
func Lower(n *network.Network, dtype graph.DType) (*graph.Program, error) {
	g := graph.New(dtype)
	vals := make([]op.Val, len(n.Values))
	byName := map[string]op.Val{}
	for _, v := range n.Values {
		origin := graph.Origin{}
		if v.Source != nil {
			origin = graph.Origin{Path: v.Source.Path, Span: v.Source.Span}
		}
		g.SetOrigin(origin)
		switch v.Kind {
		case network.InputValue:
			vals[v.ID] = g.Input(v.Name, v.Dims)
		case network.ParamValue:
			vals[v.ID] = g.Param(v.Name, v.Dims)
		case network.StateValue:
			vals[v.ID] = g.State(v.Name, v.Dims)
		default:
			in := make([]op.Val, len(v.In))
			for i, x := range v.In {
				in[i] = vals[x.ID]
			}
			vals[v.ID] = g.Apply(v.Op.Name, v.Attrs, in...)
		}
		byName[v.Name] = vals[v.ID]
	}
	for _, o := range n.Outputs {
		if o.Logits != nil {
			g.Output("logits/"+o.Name, vals[o.Logits.ID])
		}
		if o.Loss != nil {
			g.Output("loss/"+o.Name, vals[o.Loss.ID])
		}
	}
	for _, u := range n.Updates {
		g.Output("state/"+u.State, vals[u.Val.ID])
	}
	if n.Loss != nil {
		g.Output("loss", vals[n.Loss.ID])
		if n.Mode == network.Training {
			if err := differentiate(g, n, vals[n.Loss.ID], byName); err != nil {
				return nil, err
			}
		}
	}
	if err := g.Err(); err != nil {
		return nil, err
	}
	return g.Program()
}

func differentiate(g *graph.Graph, n *network.Network, loss op.Val, byName map[string]op.Val) error {
	var names []string
	var wrt []op.Val
	for _, p := range n.Params {
		if !p.Frozen {
			names = append(names, p.Name)
			wrt = append(wrt, byName[p.Name])
		}
	}
	if len(wrt) == 0 {
		return fmt.Errorf("the model has no weights to train")
	}
	grads, err := g.Grad(loss, wrt...)
	if err != nil {
		return err
	}
	for i, d := range grads {
		if d != nil {
			g.Output("grad/"+names[i], d)
		}
	}
	return nil
}

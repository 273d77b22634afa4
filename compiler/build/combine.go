package build

import (
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/layer"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

// paths lists the paths of a combiner that are in force. A path that is switched off is gone; one whose statements have
// all been switched off joins its two ends, as an empty one does.
func (w *walker) paths(nodes []*canon.Node) []*canon.Node {
	var out []*canon.Node
	for _, n := range Active(nodes) {
		switch {
		case n.Kind == canon.Group || n.Kind == canon.Block:
			w.enter(n)
			out = append(out, w.paths(n.Body)...)
		case n.Kind == canon.Branch:
			if list, ok := w.branch(n); ok {
				out = append(out, w.paths(list)...)
			}
		case n.Kind == canon.Change:
		case n.Name != "path":
			w.report(diag.Errorf(codeArg, n.Span, "only paths stand here").WithHelp("path { %s … }", n.Name), n.Span)
		default:
			out = append(out, n)
		}
	}
	return out
}

// combine builds sum, product and concat.
func (w *walker) combine(n *canon.Node, m *model.Node) {
	if !w.begun {
		w.started(n)
		return
	}
	start, codes := w.flow, w.codes
	var ends []*network.Value
	said := len(*w.diags)
	list := w.paths(n.Body)
	w.row(n, n.Name, func() {
		for _, path := range list {
			w.flow, w.codes = start, codes
			w.row(path, "path", func() { w.body(path.Body, len(list) > 1) })
			if w.flow != nil && w.codes {
				w.report(diag.Errorf(layer.CodeRank, path.Span, "category codes cannot be joined with numbers").
					WithHelp("turn them into numbers in this path: embed 8, or onehot"), path.Span)
				w.failed = true
			}
			ends = append(ends, w.flow)
		}
		w.Source = m
		w.flow, w.codes = start, codes
		if len(ends) == 0 && len(*w.diags) > said {
			return
		}
		if len(ends) == 0 {
			w.report(diag.Errorf(layer.CodeJoin, n.Span, "%s has no path", n.Name).
				WithHelp("write path { … } for each way through; an empty one passes everything on"), n.Span)
			return
		}
		w.codes = false
		w.flow = w.join(n, list, ends)
	})
}

// join puts the ends of paths together, from the first to the last.
func (w *walker) join(n *canon.Node, paths []*canon.Node, ends []*network.Value) *network.Value {
	y := ends[0]
	if y == nil {
		return nil
	}
	if n.Name == "concat" && len(ends) > 1 {
		vals := make([]op.Val, len(ends))
		for i, e := range ends {
			if e == nil {
				return nil
			}
			if !op.Shape(e.Dims[:len(e.Dims)-1]).Equal(y.Dims[:len(y.Dims)-1]) {
				w.differ(n, paths[0], paths[i], y, e)
				return y
			}
			vals[i] = e
		}
		return w.Apply("concat", nil, vals...).(*network.Value)
	}
	for i, e := range ends[1:] {
		if e == nil {
			return nil
		}
		if y = w.pair(n, paths[0], paths[i+1], y, e); y == nil {
			return ends[0]
		}
	}
	return y
}

// pair adds or multiplies two values of the same shape, or an image and a row of its channels.
func (w *walker) pair(n, p, q *canon.Node, a, b *network.Value) *network.Value {
	name := map[string]string{"sum": "add", "product": "mul"}[n.Name]
	switch {
	case a.Dims.Equal(b.Dims):
		return w.Apply(name, nil, a, b).(*network.Value)
	case len(a.Dims) == 4 && len(b.Dims) == 2 && a.Dims.Last() == b.Dims.Last():
		return w.Apply(name+"_channels", nil, a, b).(*network.Value)
	case len(b.Dims) == 4 && len(a.Dims) == 2 && a.Dims.Last() == b.Dims.Last():
		return w.Apply(name+"_channels", nil, b, a).(*network.Value)
	}
	w.differ(n, p, q, a, b)
	return nil
}

func (w *walker) differ(n, p, q *canon.Node, a, b *network.Value) {
	d := diag.Errorf(layer.CodeJoin, n.Span, "the paths of %s end in %s and %s", n.Name, layer.Text(a.Dims), layer.Text(b.Dims)).
		WithNote(p.Span, "this path ends in %s", layer.Text(a.Dims)).
		WithNote(q.Span, "this path ends in %s", layer.Text(b.Dims))
	if n.Name == "sum" {
		d.WithHelp("give the short path a `shortcut` with the same channels and stride")
	} else {
		d.WithHelp("let all paths end in the same height and width")
	}
	w.report(d, n.Span)
	w.failed = true
}

package build

import (
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/layer"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

// lossFor finds the loss that is held against an output: by its name, "" for the main one.
func (w *walker) lossFor(name string) *model.Node {
	if w.train == nil {
		return nil
	}
	for _, l := range w.train.All("loss") {
		if l.Args.Text("on") == name {
			return l
		}
	}
	return nil
}

// head builds a side branch. Without a loss of its own it helps training only, with the main loss.
func (w *walker) head(n *canon.Node, m *model.Node) {
	if !w.started(n) {
		return
	}
	name := m.Args.Text("name")
	if w.heads[name] {
		w.report(diag.Errorf(codeArg, n.Span, "two heads are called %s", name).WithHelp("rename one of them"), n.Span)
	}
	w.heads[name] = true
	own := w.lossFor(name)
	if own == nil && w.mode == network.Evaluation {
		return
	}
	start, codes := w.flow, w.codes
	w.row(n, statementText(w.p.Catalog, m), func() {
		w.body(n.Body, true)
		w.Source = m
		out := &network.Output{Name: name, Logits: w.flow, Weight: m.Args.Num("weight"), Auxiliary: own == nil}
		loss := own
		if loss == nil {
			loss = w.lossFor("")
		} else {
			out.Weight *= loss.Args.Num("weight")
		}
		w.output(out, loss, n.Span)
		w.points[name] = w.flow
	})
	w.flow, w.codes = start, codes
}

// finish turns the end of the flow into the main output and adds up the losses.
func (w *walker) finish() {
	span := w.p.Model.Span
	main := w.lossFor("")
	for _, l := range w.trainLosses() {
		if on := l.Args.Text("on"); on != "" && !w.heads[on] {
			var names []string
			for h := range w.heads {
				names = append(names, h)
			}
			d := diag.Errorf(layer.CodeOutput, l.Span, "the model has no head %s", on)
			if near, ok := spell.Nearest(on, names); ok {
				d.WithHelp("did you mean %s?", near)
			}
			w.report(d, l.Span)
		}
	}
	if w.flow == nil {
		if !w.begun {
			w.report(diag.Errorf(codeArg, span, "the model has no input").WithHelp("start it with `input NAME`, the name of a data section"), span)
		}
		return
	}
	separate := main == nil && len(w.Net.Outputs) > 0
	if !separate {
		out := &network.Output{Name: "main", Logits: w.flow, Weight: 1}
		if main != nil {
			out.Weight = main.Args.Num("weight")
			span = main.Span
		}
		w.output(out, main, span)
		// The main output comes first.
		o := w.Net.Outputs
		copy(o[1:], o[:len(o)-1])
		o[0] = out
	}
	w.smoothing()
	for _, o := range w.Net.Outputs {
		if o.Loss == nil {
			continue
		}
		l := w.Apply("mean", nil, o.Loss)
		if o.Weight != 1 {
			l = w.Apply("scale", op.Unary{Alpha: o.Weight}, l)
		}
		if w.Net.Loss == nil {
			w.Net.Loss = l.(*network.Value)
		} else {
			w.Net.Loss = w.Apply("add", nil, w.Net.Loss, l).(*network.Value)
		}
	}
}

// smoothing reports a label_smoothing that no loss listens to.
func (w *walker) smoothing() {
	if w.train == nil {
		return
	}
	s := w.train.Find("label_smoothing")
	if s == nil {
		return
	}
	for _, l := range w.trainLosses() {
		if layer.GetLoss(l.Args.Call("kind").Name).Smooths {
			return
		}
	}
	w.report(diag.Errorf(layer.CodeOutput, s.Span, "no loss of this program has labels to smooth").
		WithHelp("label_smoothing goes with cross_entropy and bce"), s.Span)
}

func (w *walker) trainLosses() []*model.Node {
	if w.train == nil {
		return nil
	}
	return w.train.All("loss")
}

// output holds an output against its target.
func (w *walker) output(out *network.Output, loss *model.Node, span diag.Span) {
	w.Net.Outputs = append(w.Net.Outputs, out)
	if loss == nil || w.flow == nil {
		return
	}
	kind := loss.Args.Call("kind")
	def := layer.GetLoss(kind.Name)
	out.LossName = kind.Name
	target := w.target(out, loss)
	if target == nil {
		return
	}
	if len(w.flow.Dims) != 2 && !w.flow.Dims.Equal(target.Dims) {
		w.report(diag.Errorf(layer.CodeRank, span, "the flow ends in %s, and %s takes rows", layer.Text(w.flow.Dims), kind.Name).
			WithHelp("end the model with flatten; dense classes"), span)
		return
	}
	if def.Classes && len(w.info.Classes) == 0 && !loss.Args.Has("target") {
		w.report(diag.Errorf(layer.CodeOutput, loss.Span, "%s is for classes, and the target is a number", kind.Name).
			WithHelp("use mse, mae or huber; or declare the target a class: target NAME, classes"), span)
		return
	}
	if !w.flow.Dims.Equal(target.Dims) {
		d := diag.Errorf(layer.CodeOutput, span, "the network ends in %s, and the target has %s", layer.Text(w.flow.Dims), layer.Text(target.Dims))
		if w.Source != nil {
			d.WithNote(w.Source.Span, "the flow ends here")
		}
		what := "classes"
		if len(w.info.Classes) == 0 {
			what = "targets"
		}
		w.report(d.WithHelp("end it with dense %s", what), span)
		return
	}
	smoothing := 0.0
	if def.Smooths && w.mode == network.Training {
		if s := w.train.Find("label_smoothing"); s != nil {
			smoothing = s.Args.Num("e")
		}
	}
	args := map[string]float64{}
	for k, v := range kind.Args {
		args[k] = v.Num
	}
	out.Loss = w.Apply(kind.Name, def.Attrs(args, smoothing), w.flow, target).(*network.Value)
}

// target is what an output is held against: the data's target (the column of the head's name where there is
// one), or a named point of the flow.
func (w *walker) target(out *network.Output, loss *model.Node) *network.Value {
	if loss.Args.Has("target") {
		name := loss.Args.Text("target")
		v := w.points[name]
		if v == nil {
			w.report(diag.Errorf(layer.CodeOutput, loss.Span, "no point of the flow is called %s", name).
				WithHelp("name it in the model: pass as %s", name), loss.Span)
		}
		return v
	}
	k := len(w.info.Classes)
	if k == 0 {
		k = len(w.info.Targets)
	}
	y := w.Builder.Input("y", op.Shape{w.batch, max(k, 1)})
	out.Target = "y"
	if len(w.info.Classes) == 0 && len(w.info.Targets) > 1 {
		for i, t := range w.info.Targets {
			if t == out.Name {
				out.Target = "y/" + t
				out.Column = i
				return w.Apply("slice", op.Slice{From: i, To: i + 1, Width: k}, y).(*network.Value)
			}
		}
	}
	return y
}

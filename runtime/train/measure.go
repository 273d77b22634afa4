package train

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/metric"
)

// collector measures one output over one part.
type collector struct {
	*metric.Collector
	weight float64
	from   Output
	column []float32 // scratch: the targets of an output that is held against one column
}

// collectors makes a collector for each measured output of a network.
func (t *trainer) collectors(n *network.Network) ([]*collector, error) {
	var list []*collector
	for _, o := range MeasuredOutputs(n) {
		c, err := metric.New(t.describe(o.Output), t.reportsFor(o.Output))
		if err != nil {
			return nil, err
		}
		list = append(list, &collector{Collector: c, weight: o.Weight, from: o, column: make([]float32, n.Batch)})
	}
	return list, nil
}

// measure hands a batch to the collectors, one for each output.
func (m *Measured) measure(to []*collector) {
	for i := range m.Outputs {
		c := to[i]
		b := metric.Batch{N: m.N, Logits: m.Outputs[i].Logits, Loss: m.Outputs[i].Losses}
		switch {
		case c.from.Held && c.from.Column >= 0:
			for r := range m.N {
				c.column[r] = m.Y[r*m.Targets+c.from.Column]
			}
			b.Target = c.column
		case c.from.Held:
			b.Target = m.Y
		}
		c.Add(b)
	}
}

// right appends for each example whether the first output's class, of so many, is the target's.
func (m *Measured) right(width int, to []bool) []bool {
	if m.Targets != width {
		return to
	}
	for r := range m.N {
		row := func(v []float32) []float32 { return v[r*width : (r+1)*width] }
		to = append(to, largest(row(m.Outputs[0].Logits)) == largest(row(m.Y)))
	}
	return to
}

// largest is the index of the first of the largest numbers.
func largest(row []float32) int {
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}

// describe says what an output's numbers mean.
func (t *trainer) describe(o *network.Output) metric.Output {
	info := t.cfg.Info
	out := metric.Output{Name: o.Name}
	switch {
	case o.Target == "": // held against a point of the network itself: only its loss has a meaning
		out.Task = metric.Unmeasured
	case len(info.Classes) > 0:
		out.Task, out.Columns = metric.Classes, info.Classes
	case o.LossName == "bce":
		out.Task, out.Columns = metric.Labels, info.Targets
	default:
		out.Task, out.Columns = metric.Regression, info.Targets
		scales := t.cfg.Data.TargetScale
		if strings.HasPrefix(o.Target, "y/") {
			out.Columns = info.Targets[o.Column : o.Column+1]
			scales = scales[o.Column : o.Column+1]
		}
		for _, a := range scales {
			out.Scale = append(out.Scale, a.Div)
			out.Shift = append(out.Shift, a.Sub-a.Add*a.Div)
		}
	}
	return out
}

// merged are the values of all outputs of a network, gathered by its collectors.
func merged(list []*collector) metric.Values {
	names, values, weights := make([]string, len(list)), make([]metric.Values, len(list)), make([]float64, len(list))
	for i, c := range list {
		names[i], values[i], weights[i] = c.Output().Name, c.Values(), c.weight
	}
	return metric.Merge(names, values, weights)
}

// notFinite makes the error that says where the first number is that is not finite.
func (t *trainer) notFinite(e *NonFinite, where string) *diag.Diagnostic {
	span := t.cfg.Train.Span
	if n := t.cfg.Train.Find("optimizer"); n != nil {
		span = n.Span
	}
	if e.Fault == nil {
		d := diag.Errorf(NotFinite, span, "the loss is not a finite number %s", where)
		if e.Err != nil {
			d.WithNote(span, "looking for the first such number failed: %v", e.Err)
		}
		return d.WithHelp("%s", t.adviceOnRate())
	}
	fault := *e.Fault
	place := fault.Step.Origin.Span
	if !place.Start.IsValid() {
		place = span
	}
	d := diag.Errorf(NotFinite, place, "the loss is not a finite number %s; the first of the kind: %s", where, fault)
	switch {
	case fault.Leaf != nil && fault.Leaf.Kind == graph.Input:
		return d.WithHelp("the data holds it: look at the values of the input after scaling")
	case fault.Leaf != nil:
		d.WithNote(span, "the update before made the weights infinite")
	}
	return d.WithHelp("%s", t.adviceOnRate())
}

func (t *trainer) adviceOnRate() string {
	advice := fmt.Sprintf("lower the learning rate: --set train.optimizer.lr=%s", strconv.FormatFloat(t.recipe.rule.Rate()/10, 'g', 3, 64))
	if t.recipe.clipNode == nil {
		advice += "; or bound the gradients: into train { clip norm(1) }"
	}
	return advice
}

var (
	errNoLoss         = errors.New("the network has no loss to make small")
	errNothingTrained = errors.New("no parameter of the network is trained")
)

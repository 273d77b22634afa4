package train

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/exec"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/metric"
)

// unit is a network for one mode and batch size, planned and bound to memory.
type unit struct {
	net     *network.Network
	machine *exec.Machine
	batch   int
	x       []float32 // nil where the network does not read it
	codes   []float32
	y       []float32
	loss    []float32 // the scalar
	outputs []unitOutput
	bytes   int64 // that the unit itself takes, beside the buffers it is bound to
}

// unitOutput is one measured output of a unit: where its predictions and losses appear.
type unitOutput struct {
	name           string
	logits, losses []float32
	width          int
	column         int  // of the data's targets; -1 for all of them
	held           bool // it is held against the data's targets
}

// compile builds, lowers and plans the network for a mode and batch size.
func compile(p Program, backend kernel.Backend, mode network.Mode, batch int) (*network.Network, *exec.Plan, error) {
	n, err := p.Network(mode, batch)
	if err != nil {
		return nil, nil, err
	}
	if mode == network.Training && !trainable(n) {
		return nil, nil, errNothingTrained
	}
	program, err := lower.Lower(n, graph.Float32)
	if err != nil {
		return nil, nil, err
	}
	plan, err := exec.NewPlan(program, backend)
	return n, plan, err
}

func trainable(n *network.Network) bool {
	for _, p := range n.Params {
		if !p.Frozen {
			return true
		}
	}
	return false
}

// bind gives a plan its memory: values holds parameters and states, grads (nil in evaluation) takes gradients.
func bind(n *network.Network, plan *exec.Plan, l *layout, values, grads []float32) (*unit, error) {
	u := &unit{net: n, batch: n.Batch}
	b := exec.Buffers{
		Inputs:  map[string][]float32{},
		Params:  l.named(n.Params, values),
		States:  l.named(n.States, values),
		Outputs: map[string][]float32{},
	}
	for _, v := range n.Values {
		if v.Kind != network.InputValue {
			continue
		}
		buf := make([]float32, v.Dims.Size())
		switch v.Name {
		case "x":
			u.x = buf
		case "codes":
			u.codes = buf
		case "y":
			u.y = buf
		default:
			return nil, fmt.Errorf("the network has an input %q that data cannot fill", v.Name)
		}
		b.Inputs[v.Name] = buf
	}
	if grads != nil {
		for name, g := range l.named(n.Params, grads) {
			if _, ok := plan.Outputs["grad/"+name]; ok {
				b.Outputs["grad/"+name] = g
			}
		}
	}
	m, err := plan.Bind(b)
	if err != nil {
		return nil, err
	}
	u.machine = m
	u.bytes = int64(plan.ArenaBytes()) + 4*int64(len(u.x)+len(u.codes)+len(u.y))
	u.loss = m.Output("loss")
	for _, o := range n.Outputs {
		if o.Auxiliary || o.Loss == nil {
			continue
		}
		out := unitOutput{name: o.Name, logits: m.Output("logits/" + o.Name), losses: m.Output("loss/" + o.Name),
			width: o.Logits.Dims.Last(), column: -1, held: o.Target != ""}
		if strings.HasPrefix(o.Target, "y/") {
			out.column = o.Column
		}
		u.outputs = append(u.outputs, out)
	}
	return u, nil
}

// feed copies a batch into the inputs. Rows that a smaller batch leaves free keep what they had.
func (u *unit) feed(b *data.Batch) {
	if u.x != nil {
		copy(u.x, b.X)
	}
	if u.codes != nil {
		copy(u.codes, b.Cat)
	}
	if u.y != nil {
		copy(u.y, b.Y)
	}
}

// measure hands the n first rows of what the unit has computed to the collectors, one for each output.
func (u *unit) measure(n int, to []*collector) {
	for i := range u.outputs {
		o, c := &u.outputs[i], to[i]
		b := metric.Batch{N: n, Logits: o.logits, Loss: o.losses}
		switch {
		case o.held && o.column >= 0:
			stride := len(u.y) / u.batch
			for r := range n {
				c.column[r] = u.y[r*stride+o.column]
			}
			b.Target = c.column
		case o.held:
			b.Target = u.y
		}
		c.Add(b)
	}
}

// right appends for each of the n first rows whether the first output's class is the target's.
func (u *unit) right(n int, to []bool) []bool {
	o := &u.outputs[0]
	if len(u.y) != u.batch*o.width {
		return to
	}
	for r := range n {
		row := func(v []float32) []float32 { return v[r*o.width : (r+1)*o.width] }
		to = append(to, largest(row(o.logits)) == largest(row(u.y)))
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

// finite reports whether all losses of the n first rows are numbers.
func (u *unit) finite(n int) bool {
	for i := range u.outputs {
		sum := 0.0
		for _, v := range u.outputs[i].losses[:n] {
			sum += float64(v)
		}
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			return false
		}
	}
	return true
}

// collector measures one output over one part.
type collector struct {
	*metric.Collector
	weight float64
	column []float32 // scratch: the targets of an output that is held against one column
}

// collectors makes a collector for each measured output of a network.
func (t *trainer) collectors(n *network.Network) ([]*collector, error) {
	var list []*collector
	for _, o := range n.Outputs {
		if o.Auxiliary || o.Loss == nil {
			continue
		}
		c, err := metric.New(t.describe(o), t.reportsFor(o))
		if err != nil {
			return nil, err
		}
		list = append(list, &collector{Collector: c, weight: o.Weight, column: make([]float32, n.Batch)})
	}
	return list, nil
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

// notFinite finds the first number that is not finite in the unit's last run and makes the error that says so.
func (t *trainer) notFinite(u *unit, where string) *diag.Diagnostic {
	fault, found, err := u.machine.FindNonFinite(&t.context)
	span := t.cfg.Train.Span
	if n := t.cfg.Train.Find("optimizer"); n != nil {
		span = n.Span
	}
	if err != nil || !found {
		d := diag.Errorf(NotFinite, span, "the loss is not a finite number %s", where)
		if err != nil {
			d.WithNote(span, "looking for the first such number failed: %v", err)
		}
		return d.WithHelp("%s", t.adviceOnRate())
	}
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

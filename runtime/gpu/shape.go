package gpu

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
	"github.com/netc-lang/netc/runtime/train"
)

// shape is what the trials of a stack have in common: how large everything is and where it lies in a trial's memory.
type shape struct {
	setup            *train.Setup
	full, tail, eval *record         // tail and eval may be nil
	optimizer        *cuda.Optimizer // of this trial alone, for sizes
	mixing           int             // floats of a trial that makers of batches need
	users            users
}

// record is what is noted down of a batch: where each number lies among the words of a note.
type record struct {
	unit    *train.Unit
	rows    int // examples of the batch
	outputs []place
	y       place
	loss    place // of training
	words   int
	out     train.Measured // used again for each note
}

// place is a piece of a note: an output of the plan, or the targets.
type place struct {
	name   string // of the plan's output; empty for the targets
	losses string
	at     int
	size   int
	lossAt int // of an output: its losses, one a row
}

func newRecord(u *train.Unit, training bool) *record {
	r := &record{unit: u, rows: u.Net.Batch}
	take := func(n int) int {
		r.words += n
		return r.words - n
	}
	if training {
		r.loss = place{name: "loss", at: take(1), size: 1}
	}
	for _, o := range train.MeasuredOutputs(u.Net) {
		n := o.Width() * r.rows
		r.outputs = append(r.outputs, place{name: o.Logits(), losses: o.Losses(), at: take(n), size: n, lossAt: take(r.rows)})
	}
	if y := input(u.Net, "y"); y > 0 {
		r.y = place{at: take(y), size: y}
	}
	r.out.N, r.out.Targets = r.rows, r.y.size/r.rows
	r.out.Outputs = make([]train.Rows, len(r.outputs))
	return r
}

// input is the size of a network's input, 0 where it has none of the name.
func input(n *network.Network, name string) int {
	for _, v := range n.Values {
		if v.Kind == network.InputValue && v.Name == name {
			return v.Dims.Size()
		}
	}
	return 0
}

// measured reads a note.
func (r *record) measured(note []float32) *train.Measured {
	m := &r.out
	for i, o := range r.outputs {
		m.Outputs[i] = train.Rows{Logits: note[o.at : o.at+o.size], Losses: note[o.lossAt : o.lossAt+r.rows]}
	}
	if r.y.size > 0 {
		m.Y = note[r.y.at : r.y.at+r.y.size]
	}
	if r.loss.size > 0 {
		m.Loss = float64(note[r.loss.at])
	}
	return m
}

func newShape(s *train.Setup) (*shape, error) {
	optimizer, err := newOptimizer(s)
	if err != nil {
		return nil, err
	}
	sh := &shape{setup: s, full: newRecord(s.Full, true), optimizer: optimizer}
	if s.Tail != nil {
		sh.tail = newRecord(s.Tail, true)
	}
	if s.Eval != nil {
		sh.eval = newRecord(s.Eval, false)
	}
	for _, u := range sh.units() {
		for _, v := range u.unit.Net.Values {
			if v.Kind == network.InputValue && !slices.Contains([]string{"x", "codes", "y"}, v.Name) {
				return nil, fmt.Errorf("the network has an input %q that data cannot fill", v.Name)
			}
		}
	}
	sh.users, err = sh.kernels()
	return sh, err
}

func (sh *shape) units() []*record {
	var list []*record
	for _, r := range []*record{sh.full, sh.tail, sh.eval} {
		if r != nil {
			list = append(list, r)
		}
	}
	return list
}

// training is the record of a training batch of an epoch.
func (sh *shape) training(batch int) *record {
	if sh.tail != nil && batch == sh.setup.PerEpoch-1 {
		return sh.tail
	}
	return sh.full
}

// noteBytes bounds the memory of notes. A stretch that takes more is downloaded in pieces.
const noteBytes = 128 << 20

// chunk is the number of batches whose notes fit.
func (sh *shape) chunk(trials int) int {
	most := sh.setup.PerEpoch
	if sh.eval != nil {
		for _, n := range []int{parts(sh.setup.Data.Valid), parts(sh.setup.Data.Test)} {
			most = max(most, (n+sh.eval.rows-1)/sh.eval.rows)
		}
	}
	words := 0
	for _, r := range sh.units() {
		words = max(words, r.words)
	}
	return max(1, min(most, noteBytes/(4*words*trials)))
}

func parts(p *data.Part) int {
	if p == nil {
		return 0
	}
	return p.N()
}

// joins reports whether a seat may share a stack with others, which share one already.
func (s *seat) joins(group []*seat) bool {
	a, b := s.setup, group[0].setup
	if s.steps != group[0].steps || a.Data != b.Data || a.Part.N() != b.Part.N() || a.PerEpoch != b.PerEpoch ||
		a.Layout.Size != b.Layout.Size || a.Layout.Trained != b.Layout.Trained || a.Best != b.Best || (a.Average == nil) != (b.Average == nil) || a.Precision != b.Precision {
		return false
	}
	if _, err := newOptimizer(a, b); err != nil {
		return false
	}
	setups := []*train.Setup{a}
	for _, o := range group {
		setups = append(setups, o.setup)
	}
	if augmented(setups) {
		if _, err := newBatches(s.shape.full, true, setups...); err != nil {
			return false
		}
	}
	return sameUnit(a.Full, b.Full) && sameUnit(a.Tail, b.Tail) && sameUnit(a.Eval, b.Eval)
}

// sameUnit reports whether two units have the same plan but for numbers.
func sameUnit(a, b *train.Unit) bool {
	if a == nil || b == nil {
		return a == b
	}
	p, q := a.Plan, b.Plan
	if a.Net.Batch != b.Net.Batch || len(p.Steps) != len(q.Steps) || p.Arena != q.Arena || len(p.Program.Values) != len(q.Program.Values) {
		return false
	}
	for i := range p.Program.Values {
		v, w := &p.Program.Values[i], &q.Program.Values[i]
		if v.Kind != w.Kind || v.Name != w.Name || !v.Shape.Equal(w.Shape) {
			return false
		}
	}
	for i := range p.Steps {
		s, t := &p.Steps[i], &q.Steps[i]
		if s.Out != t.Out || s.Scratch != t.Scratch || !slices.Equal(s.In, t.In) || !cuda.SameShape(s.Ask(), t.Ask()) {
			return false
		}
	}
	return slices.Equal(p.OutputNames(), q.OutputNames())
}

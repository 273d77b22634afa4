package gpu

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/optim"
	"github.com/netc-lang/netc/runtime/train"
)

// seat is the engine of one run: a trial of a stack.
type seat struct {
	pool   *Pool
	ticket *Ticket
	setup  *train.Setup
	shape  *shape
	state  train.State // of this side; brought up to date by Pull
	pushed bool        // state holds more than the setup's values
	steps  int64       // taken, restored ones among them
	seen   uint64      // examples trained on, by this process
	begun  chan error

	order   []uint32 // of the examples, in epoch ordered
	ordered int

	// Of the pool's goroutine.
	stack   *stack
	trial   int
	pending *request
	left    bool
}

// kind is what a seat asks of its stack.
type kind int

const (
	training   kind = iota
	evaluation      // of a part
	keeping         // the evaluated values become the best
	restoring       // the best become the evaluated values
	pulling         // the state comes to this side
)

// request is one question to a stack. Its seat waits for the answer.
type request struct {
	kind kind

	train.Stretch           // of training
	rates         []float64 // one for each step
	ids           []uint32  // of the examples, from the first batch on

	part *data.Part // of evaluation
	from int        // batch

	whole bool // of pulling

	reply chan answer
}

// answer says how many batches were done and what was noted of them.
type answer struct {
	batches int
	notes   func(batch int) []float32
	err     error
}

func newSeat(t *Ticket, s *train.Setup) (*seat, error) {
	shape, err := newShape(s)
	if err != nil {
		return nil, err
	}
	return &seat{pool: t.pool, ticket: t, setup: s, shape: shape, begun: make(chan error, 1), state: train.State{Values: s.Values}}, nil
}

// Memory is what the run takes when it is alone on the device, but for the data.
func (s *seat) Memory() int64 { return s.shape.bytes(1) }

// State implements train.Engine.
func (s *seat) State() *train.State { return &s.state }

// Push implements train.Engine.
func (s *seat) Push() error {
	if s.stack != nil {
		return errors.New("a run takes over a state before it starts")
	}
	s.pushed, s.steps = true, s.state.Counters.Steps
	return nil
}

// Pull implements train.Engine.
func (s *seat) Pull(whole bool) error {
	s.allot(whole)
	if s.stack == nil {
		return nil
	}
	_, err := s.ask(&request{kind: pulling, whole: whole})
	return err
}

// allot makes the buffers of the state on this side, with what they hold before the first step.
func (s *seat) allot(whole bool) {
	st := &s.state
	copied := func(to *[]float32, wanted bool) {
		if wanted && *to == nil {
			*to = slices.Clone(s.setup.Values)
		}
	}
	copied(&st.Average, s.setup.Average != nil)
	copied(&st.Best, s.setup.Best && whole)
	if st.Augmented == nil {
		for _, c := range s.setup.Loader.AugmentCounts() {
			st.Augmented = append(st.Augmented, augment.Count{Name: c.Name, Path: c.Path})
		}
	}
	if !whole || st.Optimizer != nil {
		return
	}
	for _, slot := range s.setup.Rule.Slots() {
		for _, g := range s.setup.Segments {
			if g.Frozen {
				continue
			}
			buf := make([]float32, g.To-g.From)
			for i := range buf {
				buf[i] = slot.Start
			}
			st.Optimizer = append(st.Optimizer, optim.Tensor{Name: slot.Name + "/" + g.Name, Data: buf})
		}
	}
}

// examples lists the ids of the epoch's examples, in order.
func (s *seat) examples(epoch int) []uint32 {
	if s.order == nil {
		s.order, s.ordered = make([]uint32, s.setup.Part.N()), -1
	}
	if s.ordered != epoch {
		s.setup.Loader.Order(epoch, s.order)
		s.ordered = epoch
	}
	return s.order
}

// Start implements train.Engine: it waits until the seat's stack is in the device's memory.
func (s *seat) Start(ctx context.Context) error {
	ok := s.pool.do(func() {
		switch p := s.pool; {
		case p.broken != nil:
			s.begun <- p.broken
		case s.ticket.taken || s.ticket.gone:
			s.begun <- errors.New("the run has no ticket, or it has been used")
		default:
			s.ticket.taken = true
			p.expected--
			p.lobby = append(p.lobby, s)
		}
	})
	if !ok {
		return errClosed
	}
	select {
	case err := <-s.begun:
		return err
	case <-ctx.Done():
		return ctx.Err() // Close takes the seat out of the lobby
	}
}

// Close leaves the seat.
func (s *seat) Close() {
	s.pool.do(func() {
		s.left = true
		s.pool.lobby = slices.DeleteFunc(s.pool.lobby, func(o *seat) bool { return o == s })
		if s.stack != nil {
			s.stack.leave()
		}
	})
}

// ask puts a request before the stack and waits for the answer.
func (s *seat) ask(r *request) (answer, error) {
	r.reply = make(chan answer, 1)
	ok := s.pool.do(func() {
		if err := s.stack.failed; err != nil {
			r.reply <- answer{err: err}
			return
		}
		s.pending = r
	})
	if !ok {
		return answer{}, errClosed
	}
	a := <-r.reply
	return a, a.err
}

// Keep implements train.Engine.
func (s *seat) Keep() error {
	_, err := s.ask(&request{kind: keeping})
	return err
}

// Restore implements train.Engine.
func (s *seat) Restore() error {
	_, err := s.ask(&request{kind: restoring})
	return err
}

// Train implements train.Engine.
func (s *seat) Train(ctx context.Context, stretch train.Stretch, took func(*train.Measured)) error {
	rates := make([]float64, stretch.Steps)
	for i := range rates {
		rates[i] = stretch.Rate(stretch.First + int64(i))
	}
	ids := s.examples(stretch.Epoch)
	for stretch.Steps > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		a, err := s.ask(&request{kind: training, Stretch: stretch, rates: rates, ids: ids[stretch.Batch*s.shape.full.rows:]})
		if err != nil {
			return err
		}
		for i := range a.batches {
			rec := s.shape.training(stretch.Batch)
			m := rec.measured(a.notes(i))
			m.Index, m.Rate = stretch.Batch, rates[0]
			if math.IsNaN(m.Loss) || math.IsInf(m.Loss, 0) {
				return s.notFinite(stretch.Epoch, stretch.Batch, stretch.First)
			}
			s.steps++
			s.seen += uint64(m.N)
			took(m)
			rates = rates[1:]
			stretch.Batch, stretch.First, stretch.Steps = stretch.Batch+1, stretch.First+1, stretch.Steps-1
		}
	}
	return nil
}

// Evaluate implements train.Engine.
func (s *seat) Evaluate(ctx context.Context, p *data.Part, each func(*train.Measured)) error {
	rec := s.shape.eval
	if rec == nil {
		return errors.New("the run has no network in evaluation mode")
	}
	batches := (p.N() + rec.rows - 1) / rec.rows
	for from := 0; from < batches; {
		if err := ctx.Err(); err != nil {
			return err
		}
		a, err := s.ask(&request{kind: evaluation, part: p, from: from})
		if err != nil {
			return err
		}
		for i := range a.batches {
			m := rec.measured(a.notes(i))
			m.Index, m.N = from+i, min(rec.rows, p.N()-(from+i)*rec.rows)
			if !m.Finite() {
				return s.notFiniteIn(p, m.Index)
			}
			each(m)
		}
		from += a.batches
	}
	return nil
}

package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/exec"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
	"github.com/netc-lang/netc/runtime/optim"
)

// onHost carries out runs on the processor.
type onHost struct{ backend kernel.Backend }

func (h onHost) Backend() kernel.Backend { return h.backend }

func (h onHost) Open(s *Setup) (Engine, error) { return openHost(s, h.backend) }

// onlyHost reports whether an executor is the processor.
func onlyHost(e Executor) bool {
	_, ok := e.(onHost)
	return ok
}

// host is the engine of a run on the processor: it takes one step after the other and measures each at once.
type host struct {
	setup   *Setup
	pool    *kernel.Pool
	context kernel.Context

	grads     []float32
	average   *optim.Average
	optimizer *optim.Optimizer
	state     State

	full, tail, eval *unit

	epoch, next int // the batch that the loader gives next
	running     bool
}

func openHost(s *Setup, backend kernel.Backend) (h *host, err error) {
	h = &host{setup: s, pool: kernel.NewPool(s.Threads), grads: make([]float32, s.Layout.Trained)}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	h.context.Seed, h.context.Workers = s.Seeds.Masks, h.pool
	h.state.Values = s.Values
	if a := s.Average; a != nil {
		h.average = optim.NewAverage(a.Decay, a.Warmup, s.Values)
		h.state.Average = h.average.Values()
	}
	if s.Best {
		h.state.Best = append([]float32(nil), s.Values...)
	}
	for _, u := range []struct {
		to     **unit
		from   *Unit
		values []float32
		grads  []float32
	}{{&h.full, s.Full, s.Values, h.grads}, {&h.tail, s.Tail, s.Values, h.grads}, {&h.eval, s.Eval, h.state.Evaluated(), nil}} {
		if u.from == nil {
			continue
		}
		if *u.to, err = bind(u.from, s.Layout, u.values, u.grads); err != nil {
			return nil, err
		}
	}
	var body func(int)
	adapter := func(i int, _ kernel.Args) { body(i) }
	parallel := func(n int, f func(int)) {
		body = f
		h.pool.Run(n, adapter, kernel.Args{})
	}
	if h.optimizer, err = optim.New(s.Rule, s.Clip, s.Segments, s.Layout.Trained, parallel); err != nil {
		return nil, err
	}
	if b, ok := backend.(*cpu.Backend); ok { // the instruction set that was asked for
		h.optimizer.Use(b.Updates())
		if h.average != nil {
			h.average.Use(b.Updates())
		}
	}
	h.state.Optimizer = h.optimizer.State()
	return h, h.Pull(true)
}

func (h *host) Start(context.Context) error { return nil }

func (h *host) Close() { h.pool.Close() }

func (h *host) State() *State { return &h.state }

// Pull brings the counters up to date; the buffers are the engine's own.
func (h *host) Pull(bool) error {
	h.state.Counters = h.optimizer.Counters()
	if h.average != nil {
		h.state.Averaged = h.average.Updates()
	}
	h.state.Augmented = h.setup.Loader.AugmentCounts()
	return nil
}

func (h *host) Push() error {
	h.optimizer.SetCounters(h.state.Counters)
	if h.average != nil {
		h.average.SetUpdates(h.state.Averaged)
	}
	return nil
}

func (h *host) Keep() error {
	copy(h.state.Best, h.state.Evaluated())
	return nil
}

func (h *host) Restore() error {
	copy(h.state.Evaluated(), h.state.Best)
	return nil
}

// Memory counts weights, gradients, averages, the optimizer's state, and what the networks need for training and evaluation.
func (h *host) Memory() int64 {
	bytes := 4 * int64(len(h.state.Values)+len(h.grads)+len(h.state.Average)+len(h.state.Best))
	for _, s := range h.state.Optimizer {
		bytes += 4 * int64(len(s.Data))
	}
	for _, u := range []*unit{h.full, h.tail, h.eval} {
		if u != nil {
			bytes += u.bytes
		}
	}
	return bytes
}

// Train implements Engine.
func (h *host) Train(ctx context.Context, s Stretch, took func(*Measured)) error {
	if !h.running || h.epoch != s.Epoch || h.next != s.Batch {
		h.setup.Loader.StartEpoch(s.Epoch, s.Batch)
		h.epoch, h.next, h.running = s.Epoch, s.Batch, true
	}
	for i := range s.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, ok := h.setup.Loader.Next()
		if !ok {
			return fmt.Errorf("epoch %d ended at batch %d", s.Epoch+1, h.next)
		}
		h.next++
		step := s.First + int64(i)
		u, err := h.step(b, step, s.Rate(step))
		if err != nil {
			return err
		}
		took(&u.measured)
	}
	return nil
}

// step takes one step.
func (h *host) step(b *data.Batch, step int64, rate float64) (*unit, error) {
	u := h.full
	if b.N != u.batch {
		u = h.tail
	}
	h.context.Step = uint64(step)
	u.feed(b)
	u.machine.Run(&h.context)
	loss := float64(u.loss[0])
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return nil, h.notFinite(u, b.Index)
	}
	u.measured.Index, u.measured.N, u.measured.Loss, u.measured.Rate = b.Index, b.N, loss, rate
	h.optimizer.Step(h.state.Values[:h.setup.Layout.Trained], h.grads, rate)
	if h.average != nil {
		h.average.Update(h.state.Values)
	}
	return u, nil
}

// notFinite finds the first number that is not finite in the unit's last run.
func (h *host) notFinite(u *unit, index int) error {
	e := &NonFinite{Index: index}
	f, found, err := u.machine.FindNonFinite(&h.context)
	e.Err = err
	if found && err == nil {
		e.Fault = &f
	}
	return e
}

// Evaluate implements Engine.
func (h *host) Evaluate(ctx context.Context, p *data.Part, each func(*Measured)) error {
	if h.eval == nil {
		return errors.New("the run has no network in evaluation mode")
	}
	workers := 0
	if h.setup.Threads > 1 {
		workers = 1
	}
	l, err := data.NewLoader(p, data.LoaderOptions{Batch: h.eval.batch, Workers: workers})
	if err != nil {
		return err
	}
	defer l.Close()
	h.context.Step = uint64(h.optimizer.Counters().Steps)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, ok := l.Next()
		if !ok {
			return nil
		}
		h.eval.feed(b)
		h.eval.machine.Run(&h.context)
		h.eval.measured.Index, h.eval.measured.N = b.Index, b.N
		if !h.eval.measured.Finite() {
			return h.notFinite(h.eval, b.Index)
		}
		each(&h.eval.measured)
	}
}

// Finite reports whether all losses of the rows are numbers.
func (m *Measured) Finite() bool {
	for i := range m.Outputs {
		sum := 0.0
		for _, v := range m.Outputs[i].Losses[:m.N] {
			sum += float64(v)
		}
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			return false
		}
	}
	return true
}

// unit is a network bound to memory.
type unit struct {
	machine  *exec.Machine
	batch    int
	x        []float32 // nil where the network does not read it
	codes    []float32
	y        []float32
	loss     []float32 // the scalar
	measured Measured
	bytes    int64 // that the unit itself takes, beside the buffers it is bound to
}

// bind gives a plan its memory: values holds parameters and states, grads (nil in evaluation) takes gradients.
func bind(from *Unit, l *Layout, values, grads []float32) (*unit, error) {
	n, plan := from.Net, from.Plan
	u := &unit{batch: n.Batch}
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
	u.measured.Y, u.measured.Targets = u.y, len(u.y)/u.batch
	for _, o := range MeasuredOutputs(n) {
		u.measured.Outputs = append(u.measured.Outputs, Rows{m.Output(o.Logits()), m.Output(o.Losses())})
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

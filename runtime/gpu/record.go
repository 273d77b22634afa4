package gpu

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
)

// record compiles what the steps need, binds it to memory, and records a graph for each kind of batch.
func (m *machine) record() error {
	built, err := m.pool.modules.both(m.pool.device, m.shape.users)
	if err != nil {
		return err
	}
	m.env = &cuda.Env{Device: m.pool.device, Module: built.network, Precision: precisions[m.shape.setup.Precision], Step: m.clock, Table: m.tables.put}
	for _, s := range m.seats {
		m.env.Seeds = append(m.env.Seeds, s.setup.Seeds.Masks)
	}
	common := *m.env
	common.Module = built.common
	m.common = &common
	for _, r := range m.shape.units() {
		if err := m.makeConstants(r); err != nil {
			return err
		}
		jobs, err := m.jobs(r)
		if err != nil {
			return err
		}
		if err := rehearse(m.pool.stream, jobs); err != nil {
			return err
		}
		if m.graphs[r], err = capture(m.pool.stream, jobs); err != nil {
			return err
		}
	}
	return nil
}

// rehearse does the products and convolutions of jobs once, on whatever is in memory. A library that meets a shape for the first time
// looks for a way to compute it, loads kernels and takes memory, none of which can be recorded; convolutions that were not rehearsed
// are refused while recording.
func rehearse(s device.Stream, jobs []cuda.Job) error {
	for _, j := range jobs {
		if err := j(libraries{s}); err != nil {
			return err
		}
	}
	return s.Wait()
}

// libraries is a stream that leaves out all but the work of libraries.
type libraries struct{ device.Stream }

func (libraries) Launch(device.Launch) error                       { return nil }
func (libraries) Copy(device.Pointer, device.Pointer, int64) error { return nil }
func (libraries) Fill(device.Pointer, uint32, int64) error         { return nil }

// capture records jobs.
func capture(s device.Stream, jobs []cuda.Job) (device.Graph, error) {
	if err := s.BeginCapture(); err != nil {
		return nil, err
	}
	for _, j := range jobs {
		if err := j(s); err != nil {
			if g, ended := s.EndCapture(); ended == nil {
				_ = g.Close() // the job's error is the one to tell
			}
			return nil, err
		}
	}
	return s.EndCapture()
}

// jobs are a batch's work, in order.
func (m *machine) jobs(r *record) ([]cuda.Job, error) {
	training := r != m.shape.eval
	values := m.values
	if !training {
		values = m.evaluated()
	}
	var jobs []cuda.Job
	var failed error
	add := func(j cuda.Job, err error) {
		if err != nil && failed == nil {
			failed = err
		}
		jobs = append(jobs, j)
	}
	add(m.begin(r))
	add(m.batch(r))
	plan := r.unit.Plan
	for i := range plan.Steps {
		add(m.bind(r, i, values))
	}
	for _, c := range m.copies(r, values) {
		add(c())
	}
	add(m.note(r))
	if training {
		add(m.update())
	}
	add(m.tick(training))
	return jobs, failed
}

// bind binds a step of a plan for all trials.
func (m *machine) bind(r *record, i int, values region) (cuda.Job, error) {
	s := &r.unit.Plan.Steps[i]
	b := &cuda.Binding{Env: m.env, Out: m.operand(r, s.Out, values), Scratch: m.operand(r, s.Scratch, values)}
	for _, pl := range s.In {
		b.In = append(b.In, m.operand(r, pl, values))
	}
	for _, seat := range m.seats {
		b.Steps = append(b.Steps, m.like(r, seat).unit.Plan.Steps[i].Ask())
	}
	return s.Kernel.(cuda.Kernel).Bind(b)
}

// like is another seat's record of the same kind.
func (m *machine) like(r *record, s *seat) *record {
	switch r {
	case m.shape.tail:
		return s.shape.tail
	case m.shape.eval:
		return s.shape.eval
	}
	return s.shape.full
}

// makeConstants puts the numbers of a plan that are values of their own into memory: once where all trials agree, else for each.
func (m *machine) makeConstants(r *record) error {
	m.constants[r] = map[int]cuda.Operand{}
	for i, v := range r.unit.Plan.Program.Values {
		if v.Kind != graph.Const {
			continue
		}
		n := v.Shape.Size()
		stride := (n + grain/4 - 1) / (grain / 4) * (grain / 4)
		same := true
		words := make([]uint32, stride*len(m.seats))
		for t, s := range m.seats {
			c := float32(m.like(r, s).unit.Plan.Program.Values[i].Const)
			same = same && c == float32(v.Const)
			for k := range n {
				words[t*stride+k] = math.Float32bits(c)
			}
		}
		if same {
			words, stride = words[:n], 0
		}
		at, err := m.tables.put(words)
		if err != nil {
			return err
		}
		m.constants[r][i] = cuda.Operand{At: at, Stride: int64(stride)}
	}
	return nil
}

// copies are for outputs that are not where they are wanted when the last step has run.
func (m *machine) copies(r *record, values region) []func() (cuda.Job, error) {
	var list []func() (cuda.Job, error)
	plan := r.unit.Plan
	layout := m.shape.setup.Layout
	for _, name := range plan.OutputNames() {
		o := plan.Outputs[name]
		var to []cuda.Operand
		at := m.operand(r, o.Place, values)
		if param, ok := strings.CutPrefix(name, "grad/"); ok {
			to = append(to, m.grads.from(layout.Offset(param)))
		}
		if o.Into >= 0 {
			to = append(to, values.from(layout.Offset(plan.Program.Values[o.Into].Name)))
		}
		for _, dst := range to {
			if dst != at {
				list = append(list, func() (cuda.Job, error) { return m.copy(dst, at, o.Place.Size) })
			}
		}
	}
	return list
}

// launch makes the job of one kernel.
func (m *machine) launch(name string, grid, block device.Dim, args ...any) (cuda.Job, error) {
	f, err := m.common.Module.Function(name)
	if err != nil {
		return nil, err
	}
	l := device.Launch{Function: f, Grid: grid, Block: block, Args: args}
	return func(s device.Stream) error { return s.Launch(l) }, nil
}

const threads = 256

// over is the grid that covers n threads of each trial, of at most so many blocks.
func (m *machine) over(n, most int) device.Dim {
	return device.Dim{X: max(1, min(most, (n+threads-1)/threads)), Y: 1, Z: m.trials}
}

var block = device.Dim{X: threads, Y: 1, Z: 1}

func (m *machine) begin(r *record) (cuda.Job, error) {
	row := m.shape.full.rows // the tail's batch is a shorter row
	if r == m.shape.eval {
		row = r.rows
	}
	return m.launch("stack_begin", m.over(r.rows, 1<<16), block, m.ids.at, m.ids.stride, m.order.at, m.order.stride, int32(r.rows), int32(row), m.clock)
}

func (m *machine) tick(training bool) (cuda.Job, error) {
	steps := int32(0)
	if training {
		steps = 1
	}
	return m.launch("stack_tick", device.Dim{X: 1, Y: 1, Z: 1}, device.Dim{X: 1, Y: 1, Z: 1}, m.clock, steps)
}

func (m *machine) copy(to, from cuda.Operand, n int) (cuda.Job, error) {
	return m.launch("stack_copy", m.over(n, 1024), block, to.At, to.Stride, from.At, from.Stride, int32(n))
}

// note writes losses, predictions and targets down.
func (m *machine) note(r *record) (cuda.Job, error) {
	values := m.values
	var words []uint32
	widest := 0
	field := func(from cuda.Operand, n, at int) {
		p, s := uint64(from.At), uint64(from.Stride)
		words = append(words, uint32(p), uint32(p>>32), uint32(s), uint32(s>>32), uint32(n), uint32(at))
		widest = max(widest, n)
	}
	output := func(name string, n, at int) {
		field(m.operand(r, r.unit.Plan.Outputs[name].Place, values), n, at)
	}
	if r.loss.size > 0 {
		output(r.loss.name, 1, r.loss.at)
	}
	for _, o := range r.outputs {
		output(o.name, o.size, o.at)
		output(o.losses, r.rows, o.lossAt)
	}
	if r.y.size > 0 {
		field(m.y.from(0), r.y.size, r.y.at)
	}
	table, err := m.tables.put(words)
	if err != nil {
		return nil, err
	}
	var active device.Pointer
	if r != m.shape.eval {
		active = m.active
	}
	grid := m.over(widest, 64)
	grid.Y = len(words) / 6
	return m.launch("stack_note", grid, block, m.notes, int32(m.places.words), table, m.clock, active)
}

var precisions = map[string]device.Precision{"fp32": device.FP32, "tf32": device.TF32, "bf16": device.BF16}

// kernels are everything that a trial's steps need CUDA C for.
func (sh *shape) kernels() (u users, err error) {
	u.common = []cuda.Unitary{ownUnits{}, sh.optimizer}
	for _, r := range sh.units() {
		b, err := newBatches(r, r != sh.eval, sh.setup)
		if err != nil {
			return u, err
		}
		sh.mixing = max(sh.mixing, b.Scratch())
		u.common = append(u.common, b)
		for i := range r.unit.Plan.Steps {
			s := &r.unit.Plan.Steps[i]
			k, ok := s.Kernel.(cuda.Kernel)
			if !ok {
				return u, fmt.Errorf("internal error: the kernel of %s is not for a device", s.Name)
			}
			u.network = append(u.network, cuda.In(k, precisions[sh.setup.Precision]))
		}
	}
	return u, nil
}

// users need CUDA C. What all networks have in common is compiled by itself, as a compiler takes seconds and its results are
// kept: only what is new in a network is waited for.
type users struct{ common, network []cuda.Unitary }

// both compiles what is asked for.
func (b *modules) both(d device.Device, u users) (built struct{ common, network device.Module }, err error) {
	if built.common, err = b.build(d, "stack.cu", u.common); err == nil {
		built.network, err = b.build(d, "network.cu", u.network)
	}
	return built, err
}

// modules are the kernels compiled so far.
type modules struct{ list []builtModule }

type builtModule struct {
	units  map[string]bool
	module device.Module
}

// build compiles what is asked for, or finds a module that has all of it.
func (b *modules) build(d device.Device, name string, users []cuda.Unitary) (device.Module, error) {
	units := map[string]bool{}
	for _, u := range users {
		for _, unit := range u.Units() {
			units[unit.Name] = true
		}
	}
	for _, m := range b.list {
		missing := false
		for name := range units {
			missing = missing || !m.units[name]
		}
		if !missing {
			return m.module, nil
		}
	}
	m, err := d.Build(cuda.Source(name, users...))
	if err != nil {
		return nil, err
	}
	b.list = append(b.list, builtModule{units, m})
	return m, nil
}

func (b *modules) release() error {
	var errs []error
	for _, m := range b.list {
		errs = append(errs, m.module.Unload())
	}
	b.list = nil
	return errors.Join(errs...)
}

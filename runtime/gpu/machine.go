package gpu

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
	"github.com/netc-lang/netc/runtime/train"
)

// machine is a stack in device memory, with its steps recorded.
type machine struct {
	*places
	pool   *Pool
	seats  []*seat
	shape  *shape
	memory device.Pointer
	env    *cuda.Env // of the network's kernels
	common *cuda.Env // of all others

	optimizer *cuda.Optimizer
	batches   map[*record]*cuda.Batches
	resident  *resident
	tables    tables

	constants map[*record]map[int]cuda.Operand
	graphs    map[*record]device.Graph

	host    []float32 // the notes, downloaded
	ordered []uint32  // the order, to be uploaded
}

// build brings trials into memory and records their steps.
func (p *Pool) build(seats []*seat) (m *machine, err error) {
	m = &machine{pool: p, seats: seats, shape: widest(seats).shape, tables: tables{device: p.device, stream: p.stream},
		batches: map[*record]*cuda.Batches{}, constants: map[*record]map[int]cuda.Operand{}, graphs: map[*record]device.Graph{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.release())
		}
	}()
	need := m.shape.bytes(len(seats))
	if m.memory, err = p.device.Alloc(need); err != nil {
		return m, err
	}
	m.places = m.shape.layOut(m.memory, len(seats))
	var setups []*train.Setup
	for _, s := range seats {
		setups = append(setups, s.setup)
	}
	if m.optimizer, err = newOptimizer(setups...); err != nil {
		return m, err
	}
	for _, r := range m.shape.units() {
		if m.batches[r], err = newBatches(r, r != m.shape.eval, setups...); err != nil {
			return m, err
		}
	}
	if m.resident, err = p.data.take(p, m.shape.setup.Data); err != nil {
		return m, err
	}
	m.ordered = make([]uint32, m.order.stride*int64(m.trials))
	m.host = make([]float32, m.chunk*m.trials*m.places.words)
	if err := m.record(); err != nil {
		return m, err
	}
	return m, m.fill() // after record, which leaves numbers behind
}

func (m *machine) release() error {
	var errs []error
	for _, g := range m.graphs {
		errs = append(errs, g.Close())
	}
	m.graphs = nil
	if m.resident != nil {
		errs = append(errs, m.pool.data.give(m.pool, m.shape.setup.Data))
		m.resident = nil
	}
	errs = append(errs, m.tables.release())
	if m.memory != 0 {
		errs = append(errs, m.pool.device.Free(m.memory))
		m.memory = 0
	}
	return errors.Join(errs...)
}

// fill gives everything its first values: those of the setup, or of the state that a run goes on from.
func (m *machine) fill() error {
	s := m.pool.stream
	zero := func(r region) error {
		if r.stride == 0 {
			return nil
		}
		return s.Fill(r.at, 0, r.stride*int64(m.trials))
	}
	for _, r := range []region{m.grads, m.x, m.codes, m.y, m.ids, m.order, m.own, m.state, m.scratch, m.mixing} {
		if err := zero(r); err != nil {
			return err
		}
	}
	if err := errors.Join(s.Fill(m.acted, 0, 2*int64(max(1, m.batches[m.shape.full].Augmentations())*m.trials)), s.Fill(m.active, 1, int64(m.trials)), s.Fill(m.counters, 0, cuda.CounterWords*int64(m.trials))); err != nil {
		return err
	}
	for t, seat := range m.seats {
		if err := m.push(t, seat); err != nil {
			return err
		}
	}
	return nil
}

// push uploads a trial's values.
func (m *machine) push(t int, seat *seat) error {
	st, values := &seat.state, seat.setup.Values
	for _, c := range []struct {
		to   region
		from []float32
	}{{m.values, values}, {m.average, st.Average}, {m.best, st.Best}} {
		if c.to.size == 0 {
			continue
		}
		if c.from == nil {
			c.from = values
		}
		if err := m.upload(c.to.trial(t), c.from); err != nil {
			return err
		}
	}
	if !seat.pushed {
		size := seat.setup.Layout.Trained
		for k, slot := range m.optimizer.Slots() {
			if err := m.pool.stream.Fill(m.state.trial(t)+device.Pointer(4*k*size), math.Float32bits(slot.Start), int64(size)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := m.pushCounters(seat); err != nil {
		return err
	}
	return m.eachSlot(seat, func(at device.Pointer, data []float32) error { return m.upload(at, data) })
}

// eachSlot visits the pieces of a trial's optimizer state, on the device and on this side.
func (m *machine) eachSlot(seat *seat, visit func(device.Pointer, []float32) error) error {
	i := 0
	for k := range m.optimizer.Slots() {
		for _, g := range seat.setup.Segments {
			if g.Frozen {
				continue
			}
			if err := visit(m.state.trial(seat.trial)+device.Pointer(4*(k*seat.setup.Layout.Trained+g.From)), seat.state.Optimizer[i].Data); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}

// pull downloads a trial's state.
func (m *machine) pull(seat *seat, whole bool) error {
	st, t := &seat.state, seat.trial
	st.Values = seat.setup.Values
	for _, c := range []struct {
		from region
		to   []float32
	}{{m.values, st.Values}, {m.average, st.Average}, {m.best, st.Best}} {
		if c.from.size == 0 || c.to == nil {
			continue
		}
		if err := m.download(c.to, c.from.trial(t)); err != nil {
			return err
		}
	}
	if err := errors.Join(m.pullCounters(seat), m.pullActed(seat)); err != nil {
		return err
	}
	if !whole {
		return nil
	}
	return m.eachSlot(seat, func(at device.Pointer, data []float32) error { return m.download(data, at) })
}

// evaluated is what evaluation reads.
func (m *machine) evaluated() region {
	if m.average.size > 0 {
		return m.average
	}
	return m.values
}

func (m *machine) keep(t int) error {
	return m.pool.stream.Copy(m.best.trial(t), m.evaluated().trial(t), 4*int64(m.best.size))
}

func (m *machine) restore(t int) error {
	return m.pool.stream.Copy(m.evaluated().trial(t), m.best.trial(t), 4*int64(m.best.size))
}

// train takes steps: the batches of the seats' requests, all of one epoch, for as many trials as there are.
func (m *machine) train(active []*seat, steps int) error {
	want := active[0].pending
	for _, seat := range active {
		copy(m.ordered[int64(seat.trial)*m.order.stride:], seat.pending.ids[:min(len(seat.pending.ids), steps*m.shape.full.rows)])
	}
	if err := m.putWords(m.order.at, m.ordered); err != nil {
		return err
	}
	if err := m.putRates(active, want.First, steps); err != nil {
		return err
	}
	if err := m.setClock(want.First, want.Epoch); err != nil {
		return err
	}
	for i := range steps {
		if err := m.pool.stream.Replay(m.graphs[m.shape.training(want.Batch+i)]); err != nil {
			return err
		}
	}
	return m.fetch(steps)
}

// evaluate runs batches of a part, from a batch on, and says how many.
func (m *machine) evaluate(p *data.Part, from int) (int, error) {
	r := m.shape.eval
	batches := min(m.chunk, (p.N()+r.rows-1)/r.rows-from)
	ids := m.ordered[:batches*r.rows]
	for i := range batches {
		for k := range r.rows { // the last batch is filled up
			ids[i*r.rows+k] = p.ID(min((from+i)*r.rows+k, p.N()-1))
		}
	}
	for t := range m.trials {
		copy(m.ordered[int64(t)*m.order.stride:], ids)
	}
	if err := m.putWords(m.order.at, m.ordered); err != nil {
		return 0, err
	}
	if err := m.setClock(m.seats[0].stack.steps(), 0); err != nil {
		return 0, err
	}
	for range batches {
		if err := m.pool.stream.Replay(m.graphs[r]); err != nil {
			return 0, err
		}
	}
	return batches, m.fetch(batches)
}

// setClock goes to the first batch of a stretch.
func (m *machine) setClock(step int64, epoch int) error {
	var b [clockBytes]byte
	binary.LittleEndian.PutUint64(b[:], uint64(step))
	binary.LittleEndian.PutUint32(b[clockEpoch:], uint32(epoch))
	return m.pool.stream.Upload(m.clock, b[:])
}

// fetch waits for the device and downloads the notes of so many batches.
func (m *machine) fetch(batches int) error {
	return m.download(m.host[:batches*m.trials*m.places.words], m.notes)
}

// notesOf reads the notes of a trial, which hold until the next stretch.
func (m *machine) notesOf(trial int) func(batch int) []float32 {
	return func(batch int) []float32 {
		at := (batch*m.trials + trial) * m.places.words
		return m.host[at : at+m.places.words]
	}
}

func (m *machine) upload(to device.Pointer, from []float32) error {
	return m.pool.stream.Upload(to, bytesOf(from))
}

func (m *machine) putWords(to device.Pointer, from []uint32) error {
	return m.pool.stream.Upload(to, bytesOf(from))
}

func (m *machine) download(to []float32, from device.Pointer) error {
	return m.pool.stream.Download(bytesOf(to), from)
}

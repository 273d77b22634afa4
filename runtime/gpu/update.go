package gpu

import (
	"encoding/binary"
	"math"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
	"github.com/netc-lang/netc/runtime/train"
)

// newOptimizer makes the optimizer of a stack of runs. The error says why they cannot be stacked.
func newOptimizer(setups ...*train.Setup) (*cuda.Optimizer, error) {
	var list []cuda.Optimized
	for _, s := range setups {
		o := cuda.Optimized{Rule: s.Rule, Clip: s.Clip, Segments: s.Segments}
		if s.Average != nil {
			o.Decay, o.Warmup = s.Average.Decay, s.Average.Warmup
		}
		list = append(list, o)
	}
	return cuda.NewOptimizer(setups[0].Layout.Trained, list, setups[0].Average != nil)
}

// update is the job that changes weights and averages.
func (m *machine) update() (cuda.Job, error) {
	b := &cuda.OptimizerBinding{Env: m.common, Params: m.values.from(0), Grads: m.grads.from(0), State: m.state.from(0), Scratch: m.scratch.from(0),
		Counters: m.counters, Rates: m.rates, Length: m.chunk, Active: m.active}
	if m.average.size > 0 {
		b.Values, b.Average, b.ValueSize = m.values.from(0), m.average.from(0), m.average.size
	}
	return m.optimizer.Bind(b)
}

// putRates uploads the rates of a stretch.
func (m *machine) putRates(active []*seat, first int64, steps int) error {
	b := make([]byte, 8*m.chunk*m.trials)
	for _, seat := range active {
		for i, rate := range seat.pending.rates[:steps] {
			at := seat.trial*m.chunk + int((first+int64(i))%int64(m.chunk))
			binary.LittleEndian.PutUint64(b[8*at:], math.Float64bits(rate))
		}
	}
	return m.pool.stream.Upload(m.rates, b)
}

// count is where a trial's counters are: 64-bit numbers.
func (m *machine) count(t int) device.Pointer {
	return m.counters + device.Pointer(4*cuda.CounterWords*t)
}

// pushCounters gives a trial the counters of the run that it goes on with.
func (m *machine) pushCounters(seat *seat) error {
	st := &seat.state
	b := make([]byte, 4*cuda.CounterWords)
	for i, n := range []int64{st.Counters.Clipped, st.Counters.MaxNorm, st.Counters.MaxNormUnits, st.Averaged} {
		binary.LittleEndian.PutUint64(b[8*i:], uint64(n))
	}
	return m.pool.stream.Upload(m.count(seat.trial), b)
}

// pullCounters reads a trial's counters.
func (m *machine) pullCounters(seat *seat) error {
	b := make([]byte, 4*cuda.CounterWords)
	if err := m.pool.stream.Download(b, m.count(seat.trial)); err != nil {
		return err
	}
	st := &seat.state
	st.Counters.Steps = seat.steps
	for i, to := range []*int64{&st.Counters.Clipped, &st.Counters.MaxNorm, &st.Counters.MaxNormUnits, &st.Averaged} {
		*to = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return nil
}

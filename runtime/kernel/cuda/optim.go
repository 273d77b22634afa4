package cuda

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/optim"
)

// Optimized is one trial's part in an Optimizer.
type Optimized struct {
	Rule     optim.Rule
	Clip     optim.Clip
	Segments []optim.Segment

	// Decay and Warmup are those of the moving average of the values (see optim.Average), for optimizers with one.
	Decay  float64
	Warmup bool
}

// Optimizer takes the steps of stacked trials, in the order of package optim: clip, penalties, decay, rule, max-norm, average. All
// trials have the same parameters and the same form of rule; numbers may differ: rates, penalties, limits of clipping. What the
// steps remember is laid out as in package optim, so that either can go on where the other stopped.
type Optimizer struct {
	trials  []Optimized
	size    int
	slots   []optim.Slot
	chunks  []uint32 // optim_chunk
	parts   []uint32 // optim_part
	norm    bool     // some trial clips by norm
	average bool
}

// optimChunk is how many elements a block updates.
const optimChunk = 4096

// NewOptimizer makes an optimizer for flat buffers of size elements a trial. An error says why trials cannot be stacked.
func NewOptimizer(size int, trials []Optimized, average bool) (*Optimizer, error) {
	if len(trials) == 0 {
		return nil, errors.New("an optimizer needs a trial")
	}
	if size > maxElements {
		return nil, fmt.Errorf("the network has %d parameters; kernels count up to %d", size, maxElements)
	}
	o := &Optimizer{trials: trials, size: size, slots: trials[0].Rule.Slots(), average: average}
	first := trials[0]
	bounded := map[int]bool{}
	for i, t := range trials {
		if a, b := first.Rule.Form().Shape, t.Rule.Form().Shape; a != b {
			return nil, fmt.Errorf("trial %d has another update rule than the first: %+v and %+v", i+1, b, a)
		}
		if len(t.Segments) != len(first.Segments) {
			return nil, fmt.Errorf("trial %d has %d parameters and the first %d", i+1, len(t.Segments), len(first.Segments))
		}
		for k, s := range t.Segments {
			f := first.Segments[k]
			if s.From != f.From || s.To != f.To || s.Units != f.Units || s.Frozen != f.Frozen {
				return nil, fmt.Errorf("parameter %s of trial %d lies elsewhere, or is frozen elsewhere, than in the first", s.Name, i+1)
			}
			if s.From < 0 || s.To < s.From || s.To > size {
				return nil, fmt.Errorf("parameter %s: elements [%d, %d) do not lie in a buffer of %d", s.Name, s.From, s.To, size)
			}
			if s.MaxNorm > 0 && !s.Frozen {
				if s.Units <= 0 || (s.To-s.From)%s.Units != 0 {
					return nil, fmt.Errorf("parameter %s: %d elements cannot belong to %d units", s.Name, s.To-s.From, s.Units)
				}
				bounded[k] = true
			}
		}
		o.norm = o.norm || t.Clip.Norm > 0
	}
	for k, s := range first.Segments {
		if s.Frozen {
			continue
		}
		for from := s.From; from < s.To; from += optimChunk {
			o.chunks = append(o.chunks, uint32(k), uint32(from), uint32(min(from+optimChunk, s.To)))
		}
		if bounded[k] {
			for unit := 0; unit < s.Units; unit += 32 {
				o.parts = append(o.parts, uint32(k), uint32(s.From), uint32(s.To), uint32(s.Units), uint32(unit))
			}
		}
	}
	return o, nil
}

// Units are the kernels.
func (o *Optimizer) Units() []Unit { return fixed("optim", "count") }

// Slots are the rule's state buffers. Slot k of a trial is size floats from k*size on.
func (o *Optimizer) Slots() []optim.Slot { return o.slots }

// State is the number of floats of state of a trial.
func (o *Optimizer) State() int { return len(o.slots) * o.size }

// stateFloats is the size of struct optim_state in floats.
const stateFloats = 12

// Scratch is the number of floats that a step needs besides. They lie at a multiple of 8 bytes in every trial.
func (o *Optimizer) Scratch() int { return stateFloats + 2*(len(o.chunks)/3) }

// CounterWords is the number of 32-bit words of a trial's counters: Clipped, MaxNorm, MaxNormUnits and the updates of the
// average, 64 bits each.
const CounterWords = 8

// OptimizerBinding is what an optimizer is bound to.
type OptimizerBinding struct {
	Env           *Env
	Params, Grads Operand // of size floats
	State         Operand
	Scratch       Operand

	// Counters are CounterWords words a trial, one trial behind the other.
	Counters device.Pointer

	// Rates are learning rates, float64: Length of them a trial. Step s (Env.Step steps were taken before it, counted from 0) takes
	// number s % Length.
	Rates  device.Pointer
	Length int

	// Values, of ValueSize floats, are averaged in Average.
	Values, Average Operand
	ValueSize       int

	// Active holds a 32-bit word for each trial, 0 where it takes no more steps; a null pointer lets all go on.
	Active device.Pointer
}

// optimStep is struct optim_step.
type optimStep struct {
	Params, Grads, State, Scratch  tensor
	Size, Chunks, Segments, Length uint32
	Chunk, Segment, Numbers        device.Pointer
	Rates, Step, Counters, Active  device.Pointer
}

// Bind gives the job of one step. It reads Env.Step and does not raise it (see CountUp).
func (o *Optimizer) Bind(b *OptimizerBinding) (Job, error) {
	switch {
	case b.Length < 1:
		return nil, errors.New("an optimizer needs a table of rates")
	case b.Scratch.At%8 != 0 || b.Scratch.Stride%2 != 0:
		return nil, errors.New("the scratch memory of an optimizer must lie at a multiple of 8 bytes in every trial")
	}
	s := optimStep{
		Params: arg(b.Params), Grads: arg(b.Grads), State: arg(b.State), Scratch: arg(b.Scratch),
		Size: uint32(o.size), Chunks: uint32(len(o.chunks) / 3), Segments: uint32(len(o.trials[0].Segments)), Length: uint32(b.Length),
		Rates: b.Rates, Step: b.Env.Step, Counters: b.Counters, Active: b.Active,
	}
	var numbers, segments []float64
	for _, t := range o.trials {
		warmup := 0.0
		if t.Warmup {
			warmup = 1
		}
		f := t.Rule.Form()
		numbers = append(numbers, f.Numbers[0], f.Numbers[1], f.Numbers[2], t.Clip.Norm, t.Clip.Value, t.Decay, warmup)
		for _, g := range t.Segments {
			rate := g.Rate
			if rate == 0 {
				rate = 1
			}
			segments = append(segments, rate, g.L1, g.L2, g.Decay, g.MaxNorm)
		}
	}
	var err error
	table := func(words []uint32) (at device.Pointer) {
		if err == nil {
			at, err = b.Env.Table(words)
		}
		return at
	}
	s.Numbers = table(doubles(numbers))
	var parts device.Pointer
	if len(o.chunks) > 0 { // else all parameters are frozen
		s.Chunk, s.Segment = table(o.chunks), table(doubles(segments))
	}
	if len(o.parts) > 0 {
		parts = table(o.parts)
	}
	if err != nil {
		return nil, err
	}
	var jobs []Job
	launch := func(name string, g grid, args ...any) {
		if err == nil {
			var j Job
			j, err = b.Env.launch(name, len(o.trials), g, append([]any{s}, args...)...)
			jobs = append(jobs, j)
		}
	}
	chunks := grid{blocks: len(o.chunks) / 3, threads: perBlock}
	if o.norm && len(o.chunks) > 0 {
		launch("optim_squares", chunks)
	}
	shape := o.trials[0].Rule.Form().Shape
	adam := uint32(0)
	if shape.Kind == optim.Adam {
		adam = 1
	}
	alone := uint32(1)
	if o.counts() {
		alone = 0
		launch("optim_begin", grid{blocks: 1, threads: perBlock}, adam)
	}
	if len(o.chunks) > 0 {
		launch("optim_update_"+ruleName(shape), chunks, alone)
	}
	if len(o.parts) > 0 {
		launch("optim_bound", grid{blocks: len(o.parts) / 5, threads: 32, threadsY: 8}, parts)
	}
	averaged := uint32(0)
	if o.average {
		averaged = 1
		launch("optim_average", grid{blocks: min(ceil(b.ValueSize, perBlock), maxBlocks), threads: perBlock}, arg(b.Average), arg(b.Values), uint32(b.ValueSize))
	}
	if o.counts() {
		launch("optim_end", grid{blocks: 1, threads: 1}, averaged)
	}
	if err != nil {
		return nil, err
	}
	return func(q device.Stream) error {
		for _, j := range jobs {
			if err := j(q); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// counts reports whether a step has anything to count.
func (o *Optimizer) counts() bool {
	if o.average || len(o.parts) > 0 {
		return true
	}
	return slices.ContainsFunc(o.trials, func(t Optimized) bool { return t.Clip != optim.Clip{} })
}

func ruleName(s optim.Shape) string {
	switch {
	case s.Kind == optim.SGD && s.Nesterov:
		return "nesterov"
	case s.Kind == optim.SGD && s.Momentum:
		return "momentum"
	case s.Kind == optim.SGD:
		return "sgd"
	case s.Kind == optim.Adam:
		return "adam"
	case s.Kind == optim.AdaGrad:
		return "adagrad"
	}
	name := "rmsprop"
	if s.Momentum {
		name += "_momentum"
	}
	if s.Centered {
		name += "_centered"
	}
	return name
}

// doubles are float64 numbers as words of a table.
func doubles(x []float64) []uint32 {
	words := make([]uint32, 0, 2*len(x))
	for _, v := range x {
		w := math.Float64bits(v)
		words = append(words, uint32(w), uint32(w>>32))
	}
	return words
}

// Counting is what CountUp needs.
type Counting struct{}

// Units are the kernel.
func (Counting) Units() []Unit { return fixed("count") }

// CountUp gives a job that raises a 64-bit counter on the device by one: Env.Step, as the last work of a step.
func (Counting) CountUp(e *Env, counter device.Pointer) (Job, error) {
	return e.launch("count_up", 1, grid{blocks: 1, threads: 1}, counter)
}

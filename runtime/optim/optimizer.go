package optim

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// Segment is the place of one parameter in the flat buffers, with what holds for it.
type Segment struct {
	Name     string
	From, To int // its elements: [From, To)
	// Units is the extent of the last axis, the number of output units; max-norm bounds the weights that enter
	// one unit: elements u, u+Units, u+2*Units, ….
	Units int

	Frozen  bool    // skipped altogether
	Rate    float64 // multiplies the learning rate; 1 by default, 0 counts as 1
	L1, L2  float64 // penalties whose gradients are added: L2*w + L1*sign(w)
	Decay   float64 // decoupled: w *= 1 - lr*Decay
	MaxNorm float64 // upper bound of the L2 norm of a unit's incoming weights; 0 is none
}

// Parallel runs body(0) … body(n-1), in any order and on any number of threads, and returns when all are done.
// A nil Parallel runs them one after the other.
type Parallel func(n int, body func(i int))

// Tensor is a named stretch of float32 state. Data is the live buffer, not a copy.
type Tensor struct {
	Name string
	Data []float32
}

// Counters say what the parts of a step that act only sometimes have done. All count from the first step of the run.
type Counters struct {
	Steps        int64 // steps taken
	Clipped      int64 // steps in which clipping changed a gradient
	MaxNorm      int64 // steps in which max-norm scaled a unit
	MaxNormUnits int64 // units scaled, summed over steps
}

// chunkSize is how many elements one unit of parallel work holds. It fixes the order in which sums of
// squares are formed, so it is a constant and no function of the number of threads.
const chunkSize = 1 << 14

type chunk struct {
	segment  int
	from, to int
	square   float64
	before   cpu.Before
	cut      bool
}

// Optimizer applies one rule to all parameters of a network.
type Optimizer struct {
	rule     Rule
	clip     Clip
	segments []Segment
	size     int
	chunks   []chunk
	bounded  []bound // segments with a max-norm
	slots    []Slot
	state    [][]float32
	run      Parallel
	kernels  cpu.Updates
	counters Counters

	// Arguments of the step in progress, and the bodies that read them: made once, so that a step allocates nothing.
	p, g                           []float32
	lr                             float64
	scale                          float32
	squareBody, chunkBody, maxBody func(int)
}

type bound struct {
	segment int
	squares []float64
	hit     int64
}

// New makes an optimizer for buffers of size elements.
func New(rule Rule, clip Clip, segments []Segment, size int, run Parallel) (*Optimizer, error) {
	o := &Optimizer{rule: rule, clip: clip, segments: segments, size: size, slots: rule.Slots(), run: run, kernels: cpu.BestUpdates()}
	if run == nil {
		o.run = func(n int, body func(int)) {
			for i := range n {
				body(i)
			}
		}
	}
	for i := range segments {
		s := &segments[i]
		if s.From < 0 || s.To < s.From || s.To > size {
			return nil, fmt.Errorf("parameter %s: elements [%d, %d) do not lie in a buffer of %d", s.Name, s.From, s.To, size)
		}
		if s.Rate == 0 {
			s.Rate = 1
		}
		if s.Frozen {
			continue
		}
		for from := s.From; from < s.To; from += chunkSize {
			o.chunks = append(o.chunks, chunk{segment: i, from: from, to: min(from+chunkSize, s.To)})
		}
		if s.MaxNorm > 0 {
			if s.Units <= 0 || (s.To-s.From)%s.Units != 0 {
				return nil, fmt.Errorf("parameter %s: %d elements cannot belong to %d units", s.Name, s.To-s.From, s.Units)
			}
			o.bounded = append(o.bounded, bound{segment: i, squares: make([]float64, s.Units)})
		}
	}
	for _, slot := range o.slots {
		buf := make([]float32, size)
		if slot.Start != 0 {
			for i := range buf {
				buf[i] = slot.Start
			}
		}
		o.state = append(o.state, buf)
	}
	o.squareBody, o.chunkBody, o.maxBody = o.squareOf, o.updateOf, o.boundOf
	return o, nil
}

// Use chooses the kernels. They all give the same bits.
func (o *Optimizer) Use(k cpu.Updates) { o.kernels = k }

// Rule returns the update rule.
func (o *Optimizer) Rule() Rule { return o.rule }

// Counters returns what has happened so far.
func (o *Optimizer) Counters() Counters { return o.counters }

// SetCounters restores what Counters returned; the number of steps is part of the rules' arithmetic.
func (o *Optimizer) SetCounters(c Counters) { o.counters = c }

// Step takes one step: it changes p by the gradients g. lr is the learning rate of this step.
func (o *Optimizer) Step(p, g []float32, lr float64) {
	o.p, o.g, o.lr, o.scale = p[:o.size], g[:o.size], lr, 1
	o.counters.Steps++
	clipped := false
	if o.clip.Norm > 0 {
		o.run(len(o.chunks), o.squareBody)
		square := 0.0
		for i := range o.chunks {
			square += o.chunks[i].square
		}
		if f := o.clip.scale(square); f != 1 { // NaN too: it must not pass for an unclipped step
			o.scale, clipped = float32(f), true
		}
	}
	o.run(len(o.chunks), o.chunkBody)
	if o.clip.Value > 0 {
		for i := range o.chunks {
			clipped = clipped || o.chunks[i].cut
		}
	}
	if clipped {
		o.counters.Clipped++
	}
	if len(o.bounded) > 0 {
		o.run(len(o.bounded), o.maxBody)
		var hit int64
		for i := range o.bounded {
			hit += o.bounded[i].hit
		}
		if hit > 0 {
			o.counters.MaxNorm++
			o.counters.MaxNormUnits += hit
		}
	}
	o.p, o.g = nil, nil
}

func (o *Optimizer) squareOf(i int) {
	c := &o.chunks[i]
	sum := 0.0
	for _, v := range o.g[c.from:c.to] {
		sum += float64(float64(v) * float64(v))
	}
	c.square = sum
}

// updateOf goes through the chunks from the last to the first: the gradients that were computed last may still be in cache.
func (o *Optimizer) updateOf(i int) {
	c := &o.chunks[len(o.chunks)-1-i]
	s := &o.segments[c.segment]
	p, g := o.p[c.from:c.to], o.g[c.from:c.to]
	lr := o.lr * s.Rate
	before := &c.before // in the chunk, since what an interface is called with would be allocated
	*before = cpu.Nothing()
	before.Scale, before.L1, before.L2 = o.scale, float32(s.L1), float32(s.L2)
	if o.clip.Value > 0 {
		before.Cut = float32(o.clip.Value)
	}
	if s.Decay != 0 {
		before.Shrink = float32(1 - lr*s.Decay)
	}
	var slots Slots
	for k, buf := range o.state {
		slots[k] = buf[c.from:c.to]
	}
	c.cut = o.rule.Update(o.kernels, before, p, g, slots, lr, o.counters.Steps)
}

// boundOf scales the units of one segment whose incoming weights are longer than its max-norm.
func (o *Optimizer) boundOf(i int) {
	b := &o.bounded[i]
	s := &o.segments[b.segment]
	p := o.p[s.From:s.To]
	clear(b.squares)
	for row := 0; row < len(p); row += s.Units {
		for u, w := range p[row : row+s.Units] {
			b.squares[u] += float64(float64(w) * float64(w))
		}
	}
	b.hit = 0
	for u, square := range b.squares {
		b.squares[u] = 1
		if norm := math.Sqrt(square); norm > s.MaxNorm {
			b.squares[u] = s.MaxNorm / norm
			b.hit++
		}
	}
	if b.hit == 0 {
		return
	}
	for row := 0; row < len(p); row += s.Units {
		for u := range s.Units {
			p[row+u] *= float32(b.squares[u])
		}
	}
}

// State lists every state buffer of the rule, one tensor for each parameter that is trained: momentum/model.dense[1].weight.
// Together with Counters it is all that a resumed run needs.
func (o *Optimizer) State() []Tensor {
	var list []Tensor
	for k, slot := range o.slots {
		for _, s := range o.segments {
			if !s.Frozen {
				list = append(list, Tensor{Name: slot.Name + "/" + s.Name, Data: o.state[k][s.From:s.To]})
			}
		}
	}
	return list
}

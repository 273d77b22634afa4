package optim

import "github.com/netc-lang/netc/runtime/kernel/cpu"

// Average is an exponential moving average of buffers that a run changes step by step: weights and running statistics.
// Evaluation reads it in their place (Polyak and Juditsky 1992; Tarvainen and Valpola 2017).
//
// With Warmup the decay of update t (counted from 0) is min(decay, (1+t)/(10+t)), so that a short run is
// not held back by its initial weights; without it the decay is constant. The average starts at the values
// given to NewAverage.
type Average struct {
	Decay   float64
	Warmup  bool
	updates int64
	shadow  []float32
	kernels cpu.Updates
}

// NewAverage starts an average at a copy of values.
func NewAverage(decay float64, warmup bool, values []float32) *Average {
	return &Average{Decay: decay, Warmup: warmup, shadow: append([]float32(nil), values...), kernels: cpu.BestUpdates()}
}

// Update moves the average towards values: shadow = d*shadow + (1-d)*values.
func (a *Average) Update(values []float32) {
	decay := a.Decay
	if a.Warmup {
		decay = min(decay, float64(1+a.updates)/float64(10+a.updates))
	}
	a.updates++
	a.kernels.Average(a.shadow[:len(values)], values, float32(decay), float32(1-decay))
}

// Use chooses the kernels. They all give the same bits.
func (a *Average) Use(k cpu.Updates) { a.kernels = k }

// Values is the average itself, not a copy.
func (a *Average) Values() []float32 { return a.shadow }

// Updates is how often Update was called; SetUpdates restores it after the values have been restored.
func (a *Average) Updates() int64     { return a.updates }
func (a *Average) SetUpdates(n int64) { a.updates = n }

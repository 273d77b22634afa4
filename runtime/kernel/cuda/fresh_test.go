package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// application is a case to compute on the device.
type application struct{ optest.Case }

// trace gives every step of a sample and of its gradient.
func trace(t *testing.T, spec *op.Spec, s op.Sample, ctx op.Context) []application {
	t.Helper()
	cases, err := optest.Trace(spec, s, ctx)
	if err != nil {
		t.Fatalf("seed %d: %s %+v: %v", ctx.Seed, spec.Name, s, err)
	}
	list := make([]application, len(cases))
	for i, c := range cases {
		list[i].Case = c
	}
	return list
}

func (a *application) step() kernel.Step {
	return kernel.Step{Op: a.Spec.Name, Attrs: a.Attrs, In: a.Shapes(), Out: a.Out.Shape}
}

// otherNumbers are attributes with other numbers, for a second trial of a stack.
func otherNumbers(d optest.Draw, attrs any) any {
	switch a := attrs.(type) {
	case op.Unary:
		a.Alpha *= 0.5
		return a
	case op.Dropout:
		a.P, a.Path, a.Rescale = 0.9*d.Float64(), "another", !a.Rescale
		return a
	case op.Gauss:
		a.Std *= 3
		return a
	case op.Moments:
		a.Eps *= 100
		return a
	case op.Loss:
		a.Smoothing /= 2
		a.Delta *= 1.7
		return a
	case op.Track:
		a.Decay = d.Float64()
		return a
	case op.Fill:
		a.Factor *= -2
		return a
	}
	return attrs
}

// Every operation, forward and backward, on random shapes, other ones each time: two trials stacked give what the reference gives
// for each, the same bits as each alone, and the same in place. A failure names the seed.
func TestFreshShapes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	const rounds = 6
	type stack struct {
		trials [2][]application
		ctx    [2]op.Context
	}
	stacks := map[string][]stack{}
	var kernels []Unitary
	for _, spec := range op.All() {
		if spec.Backward || entries[spec.Name].compile == nil && entries[spec.Name].expression == nil && entries[spec.Name].choose == nil {
			continue
		}
		make := optest.Fresh[spec.Name]
		if make == nil {
			t.Fatalf("%s: no random samples", spec.Name)
		}
		d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 7))}
		for i := range uint64(rounds) {
			var s stack
			sample := make(d)
			for trial := range s.trials {
				s.ctx[trial] = op.Context{Seed: seed + 2*i + uint64(trial), Step: (seed+i)<<31 + 5}
				s.trials[trial] = trace(t, spec, sample, s.ctx[trial])
				sample.Attrs = otherNumbers(d, sample.Attrs)
			}
			for _, a := range s.trials[0] {
				kernels = append(kernels, compiled(t, a.step()))
			}
			stacks[spec.Name] = append(stacks[spec.Name], s)
		}
	}
	m := newMachine(t, kernels...)
	for _, spec := range op.All() {
		t.Run(spec.Name, func(t *testing.T) {
			m := *m
			m.TB = t
			for _, s := range stacks[spec.Name] {
				for i := range s.trials[0] {
					m.check(fmt.Sprintf("seed %d", seed), []*application{&s.trials[0][i], &s.trials[1][i]}, s.ctx[:], rand.N(5))
				}
			}
		})
	}
}

// check computes one operation for stacked trials.
func (m *machine) check(what string, trials []*application, ctx []op.Context, gap int) {
	m.Helper()
	a := trials[0]
	k := compiled(m, a.step())
	var steps []kernel.Step
	var seeds []uint64
	var in [][][]float32
	for t, a := range trials {
		steps = append(steps, a.step())
		seeds = append(seeds, ctx[t].Seed)
		in = append(in, a.Float32())
		if !SameShape(steps[0], steps[t]) {
			m.Fatalf("%s: %s and %s do not share a shape", what, trials[0], a)
		}
	}
	out := m.run(k, steps, seeds, ctx[0].Step, in, gap, -1)
	same := func(how string, t int, got []float32) {
		m.Helper()
		for i, v := range out[t] {
			if math.Float32bits(v) != math.Float32bits(got[i]) {
				m.Fatalf("%s: %s: element %d is %v, and %v %s", what, trials[t], i, v, got[i], how)
			}
		}
	}
	for t, a := range trials {
		compare(m, fmt.Sprintf("%s: %s, trial %d", what, a, t), out[t], a.Out.Data, a.Magnitude())
		alone := m.run(k, steps[t:t+1], seeds[t:t+1], ctx[t].Step, in[t:t+1], gap, -1)
		if exact() || a.Spec.Name != "matmul" { // a library may go another way with one product than with two
			same("alone", t, alone[0])
		} else {
			compare(m, fmt.Sprintf("%s: %s alone", what, a), alone[0], a.Out.Data, a.Magnitude())
		}
		if a.Spec.Random {
			same("on the processor", t, onProcessor(m, a, ctx[t]))
		}
	}
	for _, i := range a.Spec.InPlace {
		if a.In[i].Shape.Equal(a.Out.Shape) {
			for t, x := range m.run(k, steps, seeds, ctx[0].Step, in, gap, i) {
				same("in place of "+a.Spec.Inputs[i], t, x)
			}
		}
	}
}

func onProcessor(m *machine, a *application, ctx op.Context) []float32 {
	m.Helper()
	k, err := cpu.New().Compile(a.step())
	m.ok(err)
	out := make([]float32, a.Out.Shape.Size())
	k.(kernel.Host).Run(&kernel.Context{Seed: ctx.Seed, Step: ctx.Step}, out, a.Float32(), make([]float32, k.Scratch()))
	return out
}

// compare allows a relative error of 1e-5.
func compare(t testing.TB, what string, got []float32, want, magnitude []float64) {
	t.Helper()
	if err := optest.Compare(got, want, magnitude, 1e-5); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// The kernels cover what the processor's cover.
func TestEveryOperation(t *testing.T) {
	for _, spec := range op.All() {
		if _, ok := entries[spec.Name]; !ok {
			t.Errorf("%s has no kernel", spec.Name)
		}
	}
}

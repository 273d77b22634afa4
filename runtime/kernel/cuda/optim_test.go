package cuda

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/optim"
)

// rule makes a rule from arguments as the language would, defaults filled in.
func rule(t *testing.T, name string, args map[string]any) optim.Rule {
	t.Helper()
	for _, s := range optim.Signatures() {
		if s.Kind != catalog.Optimizer || s.Name != name {
			continue
		}
		given := model.Args{}
		for k, v := range args {
			switch v := v.(type) {
			case float64:
				given[k] = *catalog.N(v)
			case bool:
				given[k] = *catalog.B(v)
			}
		}
		r, err := optim.NewRule(&model.Node{Name: name, Args: s.Fill(given)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Fatalf("no rule %s", name)
	return nil
}

// Three stacked trials with other numbers each take the steps that package optim takes.
func TestOptimizersAreThoseOfTheProcessor(t *testing.T) {
	const size, steps, trials = 11000, 5, 3
	type args = map[string]any
	cases := []struct {
		name   string
		args   func(trial float64) args
		clip   func(trial float64) optim.Clip
		warmup bool
		plain  bool // nothing but the rule, and no average
	}{
		{name: "sgd", args: func(i float64) args { return args{"lr": 0.1 * (i + 1)} }},
		{name: "sgd", args: func(i float64) args { return args{"lr": 0.1, "momentum": 0.9 - 0.1*i, "dampening": 0.1 * i} }, clip: func(i float64) optim.Clip { return optim.Clip{Norm: 30 * (i + 1)} }},
		{name: "sgd", args: func(i float64) args { return args{"lr": 0.1, "momentum": 0.8, "nesterov": true} }, clip: func(i float64) optim.Clip { return optim.Clip{Value: 2 - 0.1*i} }},
		{name: "adam", args: func(i float64) args { return args{"beta1": 0.9 - 0.05*i} }, clip: func(i float64) optim.Clip { return optim.Clip{Norm: 1e9} }, warmup: true},
		{name: "adamw", args: func(i float64) args { return args{} }, warmup: true},
		{name: "adam", args: func(i float64) args { return args{"beta2": 0.999 - 0.01*i} }, plain: true},
		{name: "sgd", args: func(i float64) args { return args{"lr": 0.1, "momentum": 0.9} }, plain: true},
		{name: "rmsprop", args: func(i float64) args { return args{} }},
		{name: "rmsprop", args: func(i float64) args { return args{"momentum": 0.5 + 0.1*i} }},
		{name: "rmsprop", args: func(i float64) args { return args{"centered": true} }},
		{name: "rmsprop", args: func(i float64) args { return args{"momentum": 0.9, "centered": true} }},
		{name: "adagrad", args: func(i float64) args { return args{"lr_decay": 0.1 * i, "start": 0.1} }},
	}
	segments := func(i float64) []optim.Segment {
		return []optim.Segment{
			{Name: "plain", To: 100},
			{Name: "norm", From: 100, To: 5140, Units: 70, MaxNorm: 6 + i, L2: 0.01 * i, Decay: 0.1},
			{Name: "frozen", From: 5140, To: 5200, Frozen: true, L2: 1},
			{Name: "lasso", From: 5200, To: size, L1: 0.01, Rate: 0.5 + i},
		}
	}
	m := newMachine(t, &Optimizer{})
	r := rand.New(rand.NewPCG(3, 5))
	for _, c := range cases {
		t.Run(fmt.Sprint(c.name, c.args(1)), func(t *testing.T) {
			m := *m
			m.TB = t
			defer m.free(len(m.owned))
			var stack []Optimized
			var peers []*optim.Optimizer
			var averages []*optim.Average
			var weights [][]float32
			var rates []float64
			for i := range trials {
				o := Optimized{Rule: rule(t, c.name, c.args(float64(i))), Segments: segments(float64(i)), Decay: 0.9 + 0.03*float64(i), Warmup: c.warmup}
				if c.clip != nil {
					o.Clip = c.clip(float64(i))
				}
				for k := range o.Segments {
					o.Segments[k].Decay += o.Rule.Decay()
					if c.plain {
						o.Segments[k].MaxNorm = 0
					}
				}
				stack = append(stack, o)
				peer, err := optim.New(o.Rule, o.Clip, segmentsCopy(o.Segments), size, nil)
				m.ok(err)
				peers = append(peers, peer)
				weights = append(weights, normals(r, size))
				averages = append(averages, optim.NewAverage(o.Decay, o.Warmup, weights[i]))
				for s := range steps {
					rates = append(rates, o.Rule.Rate()*float64(s+1))
				}
			}
			o, err := NewOptimizer(size, stack, !c.plain)
			m.ok(err)
			env := m.env(nil, 0)
			state := make([][]float32, trials)
			for i := range state {
				for _, slot := range o.Slots() {
					for range size {
						state[i] = append(state[i], slot.Start)
					}
				}
				state[i] = append(state[i], 0)
			}
			grads := Operand{At: m.alloc(4 * size * trials), Stride: size}
			b := &OptimizerBinding{
				Env: env, Params: stacked(&m, weights, 3), Grads: grads, State: stacked(&m, state, 1),
				Scratch: Operand{At: m.alloc(4 * trials * (o.Scratch() + 2)), Stride: int64(o.Scratch() + 2)},
				Rates:   upload(&m, rates), Length: steps, ValueSize: size,
				Counters: upload(&m, make([]uint32, trials*CounterWords)), Active: upload(&m, []uint32{1, 1, 0}),
			}
			b.Values, b.Average = b.Params, stacked(&m, weights, 0)
			job, err := o.Bind(b)
			m.ok(err)
			up, err := Counting{}.CountUp(env, env.Step)
			m.ok(err)
			m.ok(m.stream.BeginCapture())
			m.ok(job(m.stream))
			m.ok(up(m.stream))
			graph, err := m.stream.EndCapture()
			m.ok(err)
			for s := range steps {
				var all []float32
				for i := range trials {
					g := normals(r, size)
					all = append(all, g...)
					if i < 2 { // the last has stopped
						peers[i].Step(weights[i], g, rates[i*steps+s])
						averages[i].Update(weights[i])
					}
				}
				m.ok(m.stream.Upload(grads.At, bytesOf(all)))
				m.ok(m.stream.Replay(graph))
			}
			m.ok(graph.Close())
			for i := range trials {
				near(&m, fmt.Sprintf("trial %d: weights", i), download[float32](&m, b.Params.Trial(i), size), weights[i])
				if i == 2 {
					continue
				}
				at := 0
				for _, slot := range peers[i].State() {
					for k, s := range stack[i].Segments {
						if !s.Frozen && slot.Name == o.Slots()[at].Name+"/"+s.Name {
							near(&m, slot.Name, download[float32](&m, b.State.Trial(i), o.State())[at*size+s.From:at*size+s.To], slot.Data)
							if k == len(stack[i].Segments)-1 {
								at++
							}
						}
					}
				}
				if c.plain {
					continue
				}
				near(&m, fmt.Sprintf("trial %d: average", i), download[float32](&m, b.Average.Trial(i), size), averages[i].Values())
				words := download[byte](&m, b.Counters, trials*4*CounterWords)[i*4*CounterWords:]
				got := optim.Counters{
					Steps:   int64(binary.LittleEndian.Uint64(words[24:])),
					Clipped: int64(binary.LittleEndian.Uint64(words)), MaxNorm: int64(binary.LittleEndian.Uint64(words[8:])),
					MaxNormUnits: int64(binary.LittleEndian.Uint64(words[16:])),
				}
				if diff := cmp.Diff(peers[i].Counters(), got); diff != "" {
					t.Errorf("trial %d: %s", i, diff)
				}
			}
			if got := download[uint32](&m, env.Step, 2); got[0] != steps {
				t.Errorf("the device counted %d steps", got[0])
			}
		})
	}
}

func segmentsCopy(s []optim.Segment) []optim.Segment { return append([]optim.Segment(nil), s...) }

func normals(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// near asks for equality but for the last bits, which sums of squares in another order and another power function may change.
func near(m *machine, what string, got, want []float32) {
	m.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i] - w)); !(d <= 1e-6*math.Max(1e-3, math.Abs(float64(w)))) {
			m.Fatalf("%s: element %d is %v, want %v", what, i, got[i], w)
		}
	}
}

func TestOptimizersThatCannotBeStacked(t *testing.T) {
	one := Optimized{Rule: rule(t, "sgd", map[string]any{"lr": 1.0}), Segments: []optim.Segment{{Name: "w", To: 4}}}
	other := one
	other.Rule = rule(t, "adam", nil)
	if _, err := NewOptimizer(4, []Optimized{one, other}, false); err == nil {
		t.Error("sgd and adam share a stack")
	}
	other = one
	other.Segments = []optim.Segment{{Name: "w", To: 4, Frozen: true}}
	if _, err := NewOptimizer(4, []Optimized{one, other}, false); err == nil {
		t.Error("a frozen parameter and a trained one share a stack")
	}
}

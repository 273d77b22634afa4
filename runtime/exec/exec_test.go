package exec

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

var programs = []struct {
	name string
	make func(t testing.TB) *graph.Program
}{
	{"mlp", func(t testing.TB) *graph.Program { return mlp(t, 9, 20, 33) }},
	{"lenet", func(t testing.TB) *graph.Program { return lenet(t, 5, 12) }},
	{"resnet", func(t testing.TB) *graph.Program { return resnet(t, 3, 8, 2) }},
	{"mixed", mixed},
}

func plan(t testing.TB, p *graph.Program, opts Options) *Plan {
	t.Helper()
	plan, err := NewPlanWith(p, cpu.New(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func bind(t testing.TB, p *Plan, b Buffers) *Machine {
	t.Helper()
	m, err := p.Bind(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// results copies every output of a machine.
func results(m *Machine) map[string][]float32 {
	all := map[string][]float32{}
	for _, name := range m.Plan().OutputNames() {
		all[name] = append([]float32(nil), m.Output(name)...)
	}
	return all
}

func sameBits(t *testing.T, what string, got, want map[string][]float32) {
	t.Helper()
	for name := range want {
		for i, w := range want[name] {
			if g := got[name][i]; math.Float32bits(g) != math.Float32bits(w) {
				t.Fatalf("%s: %s[%d] is %v, not %v", what, name, i, g, w)
			}
		}
	}
}

// Every output is what the float64 references of the operations give.
func TestProgramsAgainstReference(t *testing.T) {
	for _, c := range programs {
		t.Run(c.name, func(t *testing.T) {
			p := c.make(t)
			data := feed(p, 1)
			want, err := p.Reference(op.Context{Seed: 3, Step: 8}, data)
			if err != nil {
				t.Fatal(err)
			}
			m := bind(t, plan(t, p, Options{}), buffers(p, data))
			m.Run(&kernel.Context{Seed: 3, Step: 8})
			for name, w := range want {
				top, got := 0.0, m.Output(name)
				for _, v := range w.Data {
					top = max(top, math.Abs(v))
				}
				for i, v := range w.Data {
					if d := math.Abs(v - float64(got[i])); !(d <= 3e-5*top+1e-6) {
						t.Fatalf("%s[%d] is %v, want %v (largest %v)", name, i, got[i], v, top)
					}
				}
			}
		})
	}
}

// Fusion, memory reuse, the number of threads, earlier runs and where outputs are bound do not change a bit.
func TestSameBitsHoweverPlanned(t *testing.T) {
	pool := kernel.NewPool(3)
	defer pool.Close()
	for _, c := range programs {
		t.Run(c.name, func(t *testing.T) {
			p := c.make(t)
			run := func(opts Options, workers *kernel.Pool, times int, bound bool) map[string][]float32 {
				b := buffers(p, feed(p, 1))
				if bound {
					gradients(p, b)
				}
				m := bind(t, plan(t, p, opts), b)
				for range times {
					for name, x := range buffers(p, feed(p, 1)).States { // as they were
						copy(b.States[name], x)
					}
					m.Run(&kernel.Context{Seed: 3, Step: 8, Workers: workers})
				}
				for name := range b.Outputs {
					if &b.Outputs[name][0] != &m.Output(name)[0] {
						t.Errorf("output %s is not in the bound buffer", name)
					}
				}
				for name := range b.States {
					if &b.States[name][0] != &m.Output("state/" + name)[0] {
						copyIs := true
						for i, v := range m.Output("state/" + name) {
							copyIs = copyIs && b.States[name][i] == v
						}
						if !copyIs {
							t.Errorf("state %s has not been updated", name)
						}
					}
				}
				return results(m)
			}
			plain := run(Options{NoFusion: true, NoInPlace: true}, nil, 1, false)
			sameBits(t, "in place", run(Options{NoFusion: true}, nil, 1, false), plain)
			sameBits(t, "fused", run(Options{NoInPlace: true}, nil, 1, false), plain)
			sameBits(t, "fused, in place", run(Options{}, nil, 1, false), plain)
			sameBits(t, "three threads, third run", run(Options{}, pool, 3, false), plain)
			sameBits(t, "bound outputs", run(Options{}, pool, 1, true), plain)
		})
	}
}

func TestMachinesRunSideBySide(t *testing.T) {
	p := resnet(t, 2, 8, 1)
	pl := plan(t, p, Options{})
	want := map[uint64]map[string][]float32{}
	for seed := range uint64(4) {
		m := bind(t, pl, buffers(p, feed(p, seed)))
		m.Run(&kernel.Context{Seed: seed})
		want[seed] = results(m)
	}
	var wait sync.WaitGroup
	for seed := range uint64(4) {
		m := bind(t, pl, buffers(p, feed(p, seed)))
		wait.Go(func() {
			pool := kernel.NewPool(2)
			defer pool.Close()
			m.Run(&kernel.Context{Seed: seed, Workers: pool})
			sameBits(t, "beside others", results(m), want[seed])
		})
	}
	wait.Wait()
}

func TestRunDoesNotAllocate(t *testing.T) {
	pool := kernel.NewPool(2)
	defer pool.Close()
	for _, c := range programs {
		p := c.make(t)
		m := bind(t, plan(t, p, Options{}), buffers(p, feed(p, 1)))
		for _, workers := range []*kernel.Pool{nil, pool} {
			ctx := &kernel.Context{Seed: 3, Workers: workers}
			if n := testing.AllocsPerRun(10, func() { m.Run(ctx); ctx.Step++ }); n != 0 {
				t.Errorf("%s on %d threads: %v allocations a run", c.name, workers.Threads(), n)
			}
		}
	}
}

// The state is the caller's buffer, updated where it is.
func TestStateIsUpdatedInPlace(t *testing.T) {
	p := resnet(t, 2, 8, 1)
	pl := plan(t, p, Options{})
	n := 0
	for name, o := range pl.Outputs {
		if strings.HasPrefix(name, "state/") {
			n++
			if o.Place.Space != Leaf || o.Place.Index != o.Into {
				t.Errorf("%s is at %+v", name, o.Place)
			}
		}
	}
	if n == 0 {
		t.Error("no states")
	}
}

// A state that a later step still reads is not overwritten before that, and gets its value at the end.
func TestStateThatIsReadLater(t *testing.T) {
	g := graph.New(graph.Float32)
	state, m := g.State("s", op.Shape{2, 3}), g.Input("m", op.Shape{2, 3})
	next := op.Track{Decay: 0.5, Unbias: 1}.Apply(g, state, m)
	g.Output("state/s", next)
	g.Output("sum", op.Add(g, next, state))
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	b := Buffers{
		Inputs: map[string][]float32{"m": {2, 2, 2, 2, 2, 2}},
		States: map[string][]float32{"s": {4, 4, 4, 4, 4, 4}},
	}
	machine := bind(t, plan(t, p, Options{}), b)
	for _, want := range []float32{3, 2.5, 2.25} {
		old := b.States["s"][0]
		machine.Run(&kernel.Context{})
		if got := b.States["s"][5]; got != want {
			t.Errorf("the state is %v, want %v", got, want)
		}
		if got := machine.Output("sum")[5]; got != want+old {
			t.Errorf("the sum is %v, want %v", got, want+old)
		}
	}
}

// Outputs of every kind: a leaf, a view of a leaf, a part of a result, the same result twice.
func TestOddOutputs(t *testing.T) {
	g := graph.New(graph.Float32)
	x := g.Input("x", op.Shape{2, 4})
	double := op.Scale(g, x, 2)
	g.Output("leaf", x)
	g.Output("view of leaf", op.ReshapeTo(g, x, 2, 2))
	g.Output("part", op.Row{I: 1}.Apply(g, double))
	g.Output("whole", double)
	g.Output("whole again", double)
	g.Output("view", op.ReshapeTo(g, double, 2, 2))
	g.Output("number", g.Const(7))
	g.Output("later", op.Activation(g, "relu", 0, double))
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]float32{
		"leaf": {-1, 2, 3, 4, 5, 6, 7, 8}, "view of leaf": {-1, 2, 3, 4, 5, 6, 7, 8}, "part": {10, 12, 14, 16},
		"whole": {-2, 4, 6, 8, 10, 12, 14, 16}, "whole again": {-2, 4, 6, 8, 10, 12, 14, 16}, "view": {-2, 4, 6, 8, 10, 12, 14, 16},
		"number": {7}, "later": {0, 4, 6, 8, 10, 12, 14, 16},
	}
	for _, bound := range []bool{false, true} {
		b := Buffers{Inputs: map[string][]float32{"x": {-1, 2, 3, 4, 5, 6, 7, 8}}, Outputs: map[string][]float32{}}
		if bound {
			for name, w := range want {
				b.Outputs[name] = make([]float32, len(w))
			}
		}
		m := bind(t, plan(t, p, Options{}), b)
		m.Run(&kernel.Context{})
		sameBits(t, "outputs", results(m), want)
		if bound {
			sameBits(t, "buffers", b.Outputs, want)
		}
	}
	m := bind(t, plan(t, p, Options{}), Buffers{Inputs: map[string][]float32{"x": make([]float32, 8)}})
	if m.Output("nonsense") != nil {
		t.Error("an output that does not exist has a buffer")
	}
}

func TestBindErrors(t *testing.T) {
	p := mlp(t, 2, 3, 4)
	pl := plan(t, p, Options{})
	for want, spoil := range map[string]func(b *Buffers){
		`input "x" has no buffer; it needs 6 numbers for its shape [2 3]`:           func(b *Buffers) { delete(b.Inputs, "x") },
		`input "x": its buffer holds 5 numbers; the shape [2 3] needs 6`:            func(b *Buffers) { b.Inputs["x"] = make([]float32, 5) },
		`the program has no parameter "model.dense[1].wieght"; did you mean "model`: func(b *Buffers) { b.Params["model.dense[1].wieght"] = nil },
		`output "loss": its buffer holds 2 numbers; the shape [] needs 1`:           func(b *Buffers) { b.Outputs["loss"] = make([]float32, 2) },
		`the program has no output "lss"; did you mean "loss"?`:                     func(b *Buffers) { b.Outputs["lss"] = nil },
		`the program has no state "s"`:                                              func(b *Buffers) { b.States["s"] = nil },
	} {
		b := buffers(p, feed(p, 1))
		spoil(&b)
		if _, err := pl.Bind(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// few has kernels for some operations only.
type few struct{ *cpu.Backend }

func (f few) Compile(s kernel.Step) (kernel.Kernel, error) {
	if s.Op == "bias" {
		return nil, kernel.Missing("few", s)
	}
	return f.Backend.Compile(s)
}

func TestMissingKernelNamesTheOperation(t *testing.T) {
	_, err := NewPlan(mlp(t, 2, 3, 4), few{cpu.New()})
	const want = `model.net:1:3: model.dense[1]: bias: no kernel for operation "bias" on few`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFloat64ProgramsAreRefused(t *testing.T) {
	g := graph.New(graph.Float64)
	g.Output("y", op.Scale(g, g.Input("x", op.Shape{2}), 2))
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewPlan(p, cpu.New()); err == nil {
		t.Error("a float64 program has been planned")
	}
}

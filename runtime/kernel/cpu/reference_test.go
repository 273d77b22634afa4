package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/kernel"
)

// application is a case for one instruction set; its Name is a prefix of messages.
type application struct {
	optest.Case
	set string
}

func (a *application) backend() *Backend {
	b, err := For(a.set)
	if err != nil {
		panic(err)
	}
	return b
}

// trace gives every step of a sample and of its gradient.
func trace(spec *op.Spec, s op.Sample, seed uint64) ([]application, error) {
	cases, err := optest.Trace(spec, s, op.Context{Seed: seed, Step: seed<<31 + 5})
	list := make([]application, len(cases))
	for i, c := range cases {
		list[i].Case = c
	}
	return list, err
}

// pools of 1, 2 and 3 threads are shared by all tests.
var pools = []*kernel.Pool{kernel.NewPool(1), kernel.NewPool(2), kernel.NewPool(3)}

func mustCompile(t testing.TB, a *application) kernel.Host {
	t.Helper()
	step := kernel.Step{Op: a.Spec.Name, Attrs: a.Attrs, Out: a.Out.Shape}
	for _, v := range a.In {
		step.In = append(step.In, v.Shape)
	}
	k, err := a.backend().Compile(step)
	if err != nil {
		t.Fatal(err)
	}
	return k.(kernel.Host)
}

// compute runs the kernel of an application. Memory around and below what the kernel owns is poisoned, so that reading what
// it has not written shows.
func (a *application) compute(t testing.TB, ctx op.Context, pool *kernel.Pool, alias int) []float32 {
	t.Helper()
	var in [][]float32
	for _, v := range a.In {
		in = append(in, optest.Float32(v.Data))
	}
	k := mustCompile(t, a)
	if r, ok := k.(kernel.Reader); ok {
		for i := range in {
			if !r.Reads(i) && i != alias {
				in[i] = nil
			}
		}
	}
	nan := float32(math.NaN())
	const guard = 12345
	n := a.Out.Shape.Size()
	memory := make([]float32, n+8)
	for i := range memory {
		memory[i] = nan
	}
	for i := n; i < len(memory); i++ {
		memory[i] = guard
	}
	out := memory[:n:n]
	if alias >= 0 {
		out = in[alias]
	}
	scratch := make([]float32, k.Scratch())
	for i := range scratch {
		scratch[i] = nan
	}
	k.Run(&kernel.Context{Seed: ctx.Seed, Step: ctx.Step, Workers: pool}, out, in, scratch)
	for i := n; i < len(memory); i++ {
		if memory[i] != guard {
			t.Fatalf("%s writes behind its output", a.Spec.Name)
		}
	}
	return out
}

// check holds a kernel to the reference, to its own bits on other numbers of threads, and to its own bits in place.
func (a *application) check(t *testing.T, ctx op.Context) {
	t.Helper()
	got := a.compute(t, ctx, pools[0], -1)
	compare(t, a.String(), got, a.Out.Data, a.Magnitude())
	same := func(what string, other []float32) {
		for i := range got {
			if math.Float32bits(got[i]) != math.Float32bits(other[i]) {
				t.Fatalf("%s: element %d is %v, and %v %s", a, i, got[i], other[i], what)
			}
		}
	}
	for _, p := range pools[1:] {
		same(fmt.Sprintf("on %d threads", p.Threads()), a.compute(t, ctx, p, -1))
	}
	for _, i := range a.Spec.InPlace {
		if a.In[i].Shape.Equal(a.Out.Shape) {
			same("in place of "+a.Spec.Inputs[i], a.compute(t, ctx, pools[1], i))
		}
	}
}

func (a *application) String() string { return a.Name + a.set + " " + a.Case.String() }

// compare allows a relative error of 4e-6.
func compare(t *testing.T, what string, got []float32, want, magnitude []float64) {
	t.Helper()
	if err := optest.Compare(got, want, magnitude, 4e-6); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

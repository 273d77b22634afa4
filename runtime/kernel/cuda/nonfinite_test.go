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
)

// A NaN or an infinity in an input reaches the elements that it reaches in the reference, and no others.
func TestNonFinitePropagates(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	lists := map[string][]application{}
	var kernels []Unitary
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 8))}
	for _, spec := range op.All() {
		if spec.Backward {
			continue
		}
		for i := range uint64(2) {
			list := trace(t, spec, optest.Fresh[spec.Name](d), op.Context{Seed: seed + i, Step: 3})
			for _, a := range list {
				kernels = append(kernels, compiled(t, a.step()))
			}
			lists[spec.Name] = append(lists[spec.Name], list...)
		}
	}
	m := newMachine(t, kernels...)
	for _, spec := range op.All() {
		t.Run(spec.Name, func(t *testing.T) {
			m := *m
			m.TB = t
			for _, a := range lists[spec.Name] {
				for in := range a.In {
					for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
						a.poison(&m, in, d.IntN(len(a.In[in].Data)), bad, fmt.Sprintf("seed %d", seed))
					}
				}
			}
		})
	}
}

func (a *application) poison(m *machine, in, at int, bad float64, what string) {
	m.Helper()
	k := compiled(m, a.step())
	if r, ok := k.(kernel.Reader); ok && !r.Reads(in) {
		return
	}
	if o, ok := a.Attrs.(op.Moments); ok && a.Spec.Name == "normalize_dx" && o.Over == "batch" && in != 2 {
		return // sums over the batch come in through dparams, which would hold the NaN too
	}
	switch a.Spec.Name {
	case "conv2d", "conv2d_dx", "conv2d_dw":
		if in == 1 {
			return // the zeros of the border are multiplied too
		}
	}
	old := a.In[in].Data[at]
	a.In[in].Data[at] = bad
	defer func() { a.In[in].Data[at] = old }()
	want := op.Tensor{Shape: a.Out.Shape, Data: make([]float64, len(a.Out.Data))}
	a.Spec.Eval(&op.Context{Seed: 1, Step: 3}, a.Attrs, want, a.In)
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	for i, g := range m.run(k, []kernel.Step{a.step()}, []uint64{1}, 3, [][][]float32{a.Float32()}, 0, -1)[0] {
		if w := want.Data[i]; finite(w) != finite(float64(g)) {
			m.Fatalf("%s: %s: with %v at element %d of input %d, element %d is %v, want %v", what, a, bad, at, in, i, g, w)
		}
	}
}

package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
)

// Random shapes and attributes, other ones each time. A failure names the seed.
func TestFreshShapes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for _, spec := range op.All() {
		if spec.Backward {
			continue
		}
		t.Run(spec.Name, func(t *testing.T) {
			make := optest.Fresh[spec.Name]
			if make == nil {
				t.Fatal("no random samples")
			}
			d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 7))}
			for i := range uint64(8) {
				s := make(d)
				list, err := trace(spec, s, seed+i)
				if err != nil {
					t.Fatalf("seed %d: %+v: %v", seed, s, err)
				}
				for _, a := range list {
					a.Name = fmt.Sprintf("seed %d: ", seed)
					for _, a.set = range Sets() {
						a.check(t, op.Context{Seed: seed + i, Step: (seed+i)<<31 + 5})
					}
				}
			}
		})
	}
}

// A NaN or an infinity in an input reaches the elements that it reaches in the reference, and no others.
func TestNonFinitePropagates(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for _, spec := range op.All() {
		if spec.Backward {
			continue
		}
		t.Run(spec.Name, func(t *testing.T) {
			d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 8))}
			for i := range uint64(3) {
				list, err := trace(spec, optest.Fresh[spec.Name](d), seed+i)
				if err != nil {
					t.Fatal(err)
				}
				ctx := op.Context{Seed: seed + i, Step: 3}
				for j, a := range list {
					a.set = Sets()[j%len(Sets())]
					for in := range a.In {
						for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
							a.poison(t, ctx, in, d.IntN(len(a.In[in].Data)), bad, seed)
						}
					}
				}
			}
		})
	}
}

func (a application) poison(t *testing.T, ctx op.Context, in, at int, bad float64, seed uint64) {
	t.Helper()
	if r, ok := mustCompile(t, &a).(*program); ok && !r.Reads(in) {
		return
	}
	if m, ok := a.Attrs.(op.Moments); ok && a.Spec.Name == "normalize_dx" && m.Over == "batch" && in != 2 {
		return // sums over the batch come in through dparams, which would hold the NaN too
	}
	old := a.In[in].Data[at]
	a.In[in].Data[at] = bad
	defer func() { a.In[in].Data[at] = old }()
	want := op.Tensor{Shape: a.Out.Shape, Data: make([]float64, len(a.Out.Data))}
	a.Spec.Eval(&ctx, a.Attrs, want, a.In)
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	for i, g := range a.compute(t, ctx, pools[0], -1) {
		if w := want.Data[i]; finite(w) != finite(float64(g)) {
			t.Fatalf("seed %d: %s: with %v at element %d of input %d, element %d is %v, want %v", seed, a.String(), bad, at, in, i, g, w)
		}
	}
}

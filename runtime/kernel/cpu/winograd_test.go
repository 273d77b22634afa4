package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/kernel"
)

// winogradSample is a convolution for which points are chosen, of any size and padding.
func winogradSample(d optest.Draw) op.Sample {
	side := func() (extent, before, after int) {
		before, after = d.IntN(3), d.IntN(3)
		return 5 + d.UpTo(14), before, after
	}
	a := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1}, Groups: 1}
	x := op.Shape{1 + d.UpTo(20), 0, 0, 8 * d.UpTo(6)}
	x[1], a.Top, a.Bottom = side()
	x[2], a.Left, a.Right = side()
	return op.Sample{Attrs: a, Inputs: []op.Shape{x, {3, 3, x[3], 8 * d.UpTo(6)}}}
}

// Convolutions by points, forward and backward, on random shapes.
func TestWinograd(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 11))}
	for i := range uint64(8) {
		list, err := trace(op.Get("conv2d"), winogradSample(d), seed+i)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			a.Name = fmt.Sprintf("seed %d: ", seed)
			for _, a.set = range Sets() {
				a.check(t, op.Context{})
				for in := range a.In {
					for _, bad := range []float64{math.NaN(), math.Inf(1)} {
						a.poison(t, op.Context{}, in, d.IntN(len(a.In[in].Data)), bad, seed)
					}
				}
			}
			if fusable[a.Spec.Name] {
				fused(t, a, d, a.Name)
			}
		}
	}
}

// The shapes of residual networks are computed by points, those of few channels or few pixels are not; and nothing is allocated.
func TestWinogradIsChosen(t *testing.T) {
	for _, c := range []struct {
		name   string
		x      op.Shape
		co, s  int
		points bool
	}{
		{"16 channels", op.Shape{8, 32, 32, 16}, 16, 1, true},
		{"64 channels", op.Shape{8, 8, 8, 64}, 64, 1, true},
		{"colours", op.Shape{8, 32, 32, 3}, 16, 1, false},
		{"stride 2", op.Shape{8, 32, 32, 16}, 32, 2, false},
		{"few pixels", op.Shape{2, 2, 2, 64}, 64, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := conv3(c.s, 1)
			h, w := a.Out(c.x[1], c.x[2])
			y, kernels := op.Shape{c.x[0], h, w, c.co}, op.Shape{3, 3, c.x[3], c.co}
			b, err := For("go")
			if slices.Contains(Sets(), "avx2") {
				b, err = For("avx2")
			}
			if err != nil {
				t.Fatal(err)
			}
			back := a
			back.H, back.W, back.InChannels = c.x[1], c.x[2], c.x[3]
			for _, s := range []kernel.Step{
				{Op: "conv2d", Attrs: a, In: []op.Shape{c.x, kernels}, Out: y},
				{Op: "conv2d_dx", Attrs: back, In: []op.Shape{y, kernels}, Out: c.x},
				{Op: "conv2d_dw", Attrs: back, In: []op.Shape{c.x, y}, Out: kernels},
			} {
				k, err := b.Compile(s)
				if err != nil {
					t.Fatal(err)
				}
				p := k.(*program)
				if got := len(p.phases) > 2; got != c.points {
					t.Errorf("%s has %d phases", s.Op, len(p.phases))
				}
				in := [][]float32{make([]float32, s.In[0].Size()), make([]float32, s.In[1].Size())}
				out, scratch, ctx := make([]float32, s.Out.Size()), make([]float32, p.Scratch()), &kernel.Context{}
				if n := testing.AllocsPerRun(1, func() { p.Run(ctx, out, in, scratch) }); n > 0 {
					t.Errorf("%s allocates %v times", s.Op, n)
				}
			}
		})
	}
}

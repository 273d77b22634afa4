package op_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
)

// On random geometries: a convolution is linear in its image and in its kernels, so its two gradients are the
// transposed maps, <conv(x, w), dy> = <x, dx> = <w, dw>. So is an average. A maximum hands out all of dy.
func TestRandomWindows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	fits, rejected := 0, 0
	for range 400 {
		p := op.Window{
			KH: 1 + r.IntN(4), KW: 1 + r.IntN(4), SH: 1 + r.IntN(3), SW: 1 + r.IntN(3), DH: 1 + r.IntN(3), DW: 1 + r.IntN(3),
			Top: r.IntN(4), Bottom: r.IntN(4), Left: r.IntN(4), Right: r.IntN(4),
		}
		groups := 1 + r.IntN(3)
		x := op.Shape{1 + r.IntN(3), 1 + r.IntN(7), 1 + r.IntN(7), groups * (1 + r.IntN(3))}
		w := op.Shape{p.KH, p.KW, x[3] / groups, groups * (1 + r.IntN(3))}
		conv := op.Conv{Window: p, Groups: groups}
		if _, err := op.Get("conv2d").Shape(conv, []op.Shape{x, w}); err != nil {
			rejected++
			continue
		}
		fits++
		equal := func(what string, a, b float64) {
			t.Helper()
			if math.Abs(a-b) > 1e-10*(1+math.Abs(a)) {
				t.Errorf("%v on %v: %s: %v and %v", conv, x, what, a, b)
			}
		}
		g := optest.New(optest.Context)
		xv, wv := g.Input(normal(r.Uint64(), x...)), g.Input(normal(r.Uint64(), w...))
		y := conv.Apply(g, xv, wv).(*optest.Value)
		dy := normal(r.Uint64(), y.Shape()...)
		d := g.Grad(y, dy, xv, wv)
		equal("dx", optest.Dot(y.Tensor, dy), optest.Dot(xv.Tensor, d[0].Tensor))
		equal("dw", optest.Dot(y.Tensor, dy), optest.Dot(wv.Tensor, d[1].Tensor))

		pool := op.Pool{Window: p, CountBorder: r.IntN(2) == 0}
		if _, err := op.Get("pool_avg").Shape(pool, []op.Shape{x}); err != nil {
			continue
		}
		avg, top := pool.Average(g, xv).(*optest.Value), pool.Max(g, xv).(*optest.Value)
		dy = normal(r.Uint64(), avg.Shape()...)
		equal("average", optest.Dot(avg.Tensor, dy), optest.Dot(xv.Tensor, g.Grad(avg, dy, xv)[0].Tensor))
		handed := 0.0
		for _, v := range g.Grad(top, dy, xv)[0].Data {
			handed += v
		}
		sum := 0.0
		for _, v := range dy.Data {
			sum += v
		}
		equal("maximum", sum, handed)
		if g.Err() != nil {
			t.Fatal(g.Err())
		}
	}
	if fits < 100 || rejected < 10 {
		t.Errorf("%d geometries fit and %d do not; the test has lost its point", fits, rejected)
	}
}

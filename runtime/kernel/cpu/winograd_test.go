package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
)

// winogradSample is a convolution for which points are chosen, of any size and padding.
func (d draw) winogradSample() op.Sample {
	side := func() (extent, before, after int) {
		before, after = d.IntN(3), d.IntN(3)
		return 5 + d.upTo(14), before, after
	}
	a := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1}, Groups: 1}
	x := op.Shape{1 + d.upTo(20), 0, 0, 8 * d.upTo(6)}
	x[1], a.Top, a.Bottom = side()
	x[2], a.Left, a.Right = side()
	return op.Sample{Attrs: a, Inputs: []op.Shape{x, {3, 3, x[3], 8 * d.upTo(6)}}}
}

// Convolutions by points, forward and backward, on random shapes.
func TestWinograd(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := draw{rand.New(rand.NewPCG(seed, 11))}
	for i := range uint64(8) {
		list, err := trace(op.Get("conv2d"), d.winogradSample(), seed+i)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			a.name = fmt.Sprintf("seed %d: ", seed)
			for _, a.set = range Sets() {
				a.check(t, op.Context{})
				for in := range a.in {
					for _, bad := range []float64{math.NaN(), math.Inf(1)} {
						a.poison(t, op.Context{}, in, d.IntN(len(a.in[in].Data)), bad, seed)
					}
				}
			}
			if fusable[a.spec.Name] {
				fused(t, a, d, a.name)
			}
		}
	}
}

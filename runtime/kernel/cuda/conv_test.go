package cuda

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// The tiles of large products compute every pass of small ones too, in each precision.
func TestConvolutionsInLargeTiles(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 4))}
	type job struct {
		a *application
		p *program
		q device.Precision
	}
	var jobs []job
	var users []Unitary
	for i := range uint64(3) {
		s := d.Conv()
		a := s.Attrs.(op.Conv)
		a.Groups = 1 + d.IntN(2)
		ci, co := 4*(1+d.IntN(9)), 4*(1+d.IntN(20))
		s.Attrs, s.Inputs[0][3], s.Inputs[1] = a, a.Groups*ci, op.Shape{a.KH, a.KW, ci, a.Groups * co}
		list := trace(t, op.Get("conv2d"), s, op.Context{Seed: seed + i})
		for k := range list {
			a := &list[k]
			for _, tile := range []convTile{{256, 16, 8, 4}, {128, 32, 8, 4}, {128, 64, 8, 8}} {
				var p *program
				switch attrs := a.Attrs.(op.Conv); a.Spec.Name {
				case "conv2d":
					p = convOf(attrs, a.In[0].Shape, a.Out.Shape).forwardIn(tile)
				case "conv2d_dx":
					p = convOf(attrs, a.Out.Shape, a.In[0].Shape).backwardIn(tile)
				case "conv2d_dw":
					if tile.bm > 128 {
						continue
					}
					p = convOf(attrs, a.In[0].Shape, a.In[1].Shape).weightsIn(tile)
				}
				for _, q := range []device.Precision{device.FP32, device.TF32, device.BF16} {
					jobs = append(jobs, job{a, p, q})
					users = append(users, In(p, q))
				}
			}
		}
	}
	m := newMachine(t, users...)
	// Both operands are rounded: to 24, 11 or 8 digits, of which half of the last is the error.
	within := map[device.Precision]float64{device.FP32: 1e-5, device.TF32: 1.1e-3, device.BF16: 8.5e-3}
	differ := map[device.Precision]bool{}
	for _, j := range jobs {
		m.precision = j.q
		got := m.run(j.p, []kernel.Step{j.a.step()}, []uint64{1}, 0, [][][]float32{j.a.Float32()}, 0, -1)[0]
		if err := optest.Compare(got, j.a.Out.Data, j.a.Magnitude(), within[j.q]); err != nil {
			t.Fatalf("seed %d: %s in %s: %v", seed, j.a, j.p.precise(j.q).Name, err)
		}
		differ[j.q] = differ[j.q] || optest.Compare(got, j.a.Out.Data, j.a.Magnitude(), 1e-5) != nil
	}
	if exact() && (!differ[device.TF32] || !differ[device.BF16]) {
		t.Error("products in TF32 or in bfloat16 are those in float32")
	}
}

func TestTiles(t *testing.T) {
	for _, c := range []struct {
		m, n int
		want convTile
	}{
		{128 * 32 * 32, 16, convTile{256, 16, 8, 4}},
		{128 * 16 * 16, 32, convTile{128, 32, 8, 4}},
		{256 * 32 * 32, 32, convTile{128, 32, 8, 4}},
		{128 * 32 * 32, 64, convTile{128, 64, 8, 8}},
		{128 * 8 * 8, 64, convTile{64, 64, 8, 4}},
		{10, 10, convTile{64, 16, 4, 2}},
	} {
		if got := tileFor(c.m, c.n); got != c.want {
			t.Errorf("%d x %d: %v, want %v", c.m, c.n, got, c.want)
		}
	}
}

package cuda

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/kernel"
)

// The tiles of large products compute every pass of small ones too.
func TestConvolutionsInLargeTiles(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 4))}
	type job struct {
		a *application
		p *program
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
				jobs = append(jobs, job{a, p})
				users = append(users, p)
			}
		}
	}
	m := newMachine(t, users...)
	for _, j := range jobs {
		got := m.run(j.p, []kernel.Step{j.a.step()}, []uint64{1}, 0, [][][]float32{j.a.Float32()}, 0, -1)[0]
		compare(t, fmt.Sprintf("seed %d: %s in %s", seed, j.a, j.p.units[len(j.p.units)-1].Name), got, j.a.Out.Data, j.a.Magnitude())
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

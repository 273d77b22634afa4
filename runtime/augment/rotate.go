package augment

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name:  "rotate",
		Doc:   "Turns an image about its centre by a random angle in [-max, max], every angle equally likely, with bilinear interpolation.",
		Paper: "Simard et al. 2003, ICDAR",
		Params: []catalog.Param{
			{Name: "max", Doc: "largest angle, in degrees", Positional: true,
				Type: catalog.Num().AtLeast(0).AtMost(180).WithUnits("deg"), Default: catalog.NUnit(15, "deg")},
			border(),
			chance(1),
		},
		Foreign: []string{"RandomRotation"},
	},
	imagesOnly: true,
	make: func(n *model.Node, _ input) (any, *diag.Diagnostic) {
		return rotate{n.Args.Num("max") / 360, n.Args.Text("fill"), n.Args.Num("p")}, nil
	},
})

type rotate struct {
	turns float64 // largest angle, as a share of a full turn
	fill  string
	p     float64
}

func (r rotate) apply(e *example) bool {
	if !happens(&e.draws, r.p) {
		return false
	}
	angle := float64(2*float64(e.draws.Uniform())-1) * r.turns
	e.rotate(angle, r.fill)
	return angle != 0
}

// rotate turns the image counter-clockwise by so many full turns. Products are rounded by conversions so that no
// platform fuses them.
func (e *example) rotate(turns float64, fill string) {
	sin, cos := rng.SincosTurn(uint32(int64(math.Round(turns * (1 << 32)))))
	copy(e.scratch, e.x)
	cy, cx := float64(e.h-1)/2, float64(e.w-1)/2
	for y := range e.h {
		for x := range e.w {
			dy, dx := float64(y)-cy, float64(x)-cx
			sx := cx + (float64(cos*dx) - float64(sin*dy))
			sy := cy + (float64(sin*dx) + float64(cos*dy))
			e.sample(e.x[(y*e.w+x)*e.c:(y*e.w+x+1)*e.c], sy, sx, fill)
		}
	}
}

// sample writes the pixel at (y, x) of the scratch image, between its four neighbours.
func (e *example) sample(out []float32, y, x float64, fill string) {
	clear(out)
	fy, fx := math.Floor(y), math.Floor(x)
	ty, tx := y-fy, x-fx
	for _, k := range [4]struct {
		y, x   int
		weight float64
	}{
		{int(fy), int(fx), float64((1 - ty) * (1 - tx))},
		{int(fy), int(fx) + 1, float64((1 - ty) * tx)},
		{int(fy) + 1, int(fx), float64(ty * (1 - tx))},
		{int(fy) + 1, int(fx) + 1, float64(ty * tx)},
	} {
		if k.weight == 0 {
			continue
		}
		iy, ix := inside(k.y, e.h, fill), inside(k.x, e.w, fill)
		if iy < 0 || ix < 0 {
			continue
		}
		in := e.scratch[(iy*e.w+ix)*e.c:]
		w := float32(k.weight)
		for c := range out {
			out[c] += float32(w * in[c])
		}
	}
}

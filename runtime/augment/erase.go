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
		Name:  "erase",
		Doc:   "Random erasing: replaces a rectangle of random area and aspect by noise or 0. The rectangle lies inside the image; after 100 draws that do not fit the image stays as it is.",
		Paper: "Zhong et al. 2020, AAAI (arXiv:1708.04896)",
		Params: []catalog.Param{
			chance(0.5),
			{Name: "area", Doc: "share of the image that is erased, lo..hi", Type: catalog.RangeOf(), Default: between(0.02, 0.4)},
			{Name: "aspect", Doc: "height divided by width of the rectangle, lo..hi", Type: catalog.RangeOf(), Default: between(0.3, 1/0.3)},
			{Name: "fill", Doc: "what stands in the rectangle: standard normal noise, or 0",
				Type: catalog.Word("noise", fillZero), Default: catalog.W("noise")},
		},
		Foreign: []string{"RandomErasing", "random_erasing"},
	},
	imagesOnly: true,
	make: func(n *model.Node, _ input) (any, *diag.Diagnostic) {
		e := erase{p: n.Args.Num("p"), noise: n.Args.Text("fill") == "noise"}
		var problem *diag.Diagnostic
		if e.areaLo, e.areaHi, problem = ends(n, "area", 1); problem != nil {
			return nil, problem
		}
		if e.aspectLo, e.aspectHi, problem = ends(n, "aspect", 100); problem != nil {
			return nil, problem
		}
		return e, nil
	},
})

// between is a range default.
func between(lo, hi float64) *model.Value {
	return &model.Value{Kind: model.Range, List: []model.Value{*catalog.N(lo), *catalog.N(hi)}}
}

// ends reads a range with 0 < lo <= hi <= most.
func ends(n *model.Node, name string, most float64) (lo, hi float32, problem *diag.Diagnostic) {
	v := n.Args[name]
	a, b := v.List[0].Num, v.List[1].Num
	if !(a > 0 && a <= b && b <= most) {
		return 0, 0, diag.Errorf(BadRange, place(v, n), "%s = %s: the ends must be above 0, at most %s, and the first not above the second", name, v, model.FormatNumber(most)).
			WithHelp("write %s = lo..hi, smaller end first", name)
	}
	return float32(a), float32(b), nil
}

type erase struct {
	p                                  float64
	areaLo, areaHi, aspectLo, aspectHi float32
	noise                              bool
}

func (r erase) apply(e *example) bool {
	if !happens(&e.draws, r.p) {
		return false
	}
	for range 100 {
		area := float64(e.draws.Between(r.areaLo, r.areaHi)) * float64(e.h*e.w)
		aspect := float64(e.draws.Between(r.aspectLo, r.aspectHi))
		h, w := int(math.Round(math.Sqrt(float64(area*aspect)))), int(math.Round(math.Sqrt(area/aspect)))
		if h < 1 || w < 1 || h > e.h || w > e.w {
			continue
		}
		top, left := int(e.draws.IntN(uint32(e.h-h+1))), int(e.draws.IntN(uint32(e.w-w+1)))
		k := uint32(0)
		e.eachRow(top, top+h, left, left+w, func(row []float32) {
			if !r.noise {
				clear(row)
				return
			}
			for i := 0; i < len(row); i += 4 { // element noise has a lane of its own: c3 = 1
				z := rng.Normal(e.stream.Block(k, e.id, e.epoch, 1))
				copy(row[i:], z[:])
				k++
			}
		})
		return true
	}
	return false
}

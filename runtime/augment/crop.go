package augment

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name:  "crop",
		Doc:   "Pads an image on all sides and cuts a window of its old size out of it at a random place.",
		Paper: "He et al. 2016, CVPR (section 4.2); Lee et al. 2015, AISTATS",
		Params: []catalog.Param{
			{Name: "pad", Doc: "pixels added on each side; the window moves by up to as many", Positional: true,
				Type: catalog.Int().AtLeast(0).WithUnits("px")},
			border(),
			chance(1),
		},
		Foreign: []string{"RandomCrop", "random_crop"},
	},
	imagesOnly: true,
	make: func(n *model.Node, in input) (any, *diag.Diagnostic) {
		pad := n.Args.Int("pad")
		return translation{pad, pad, n.Args.Text("fill"), n.Args.Num("p")}, nil
	},
})

// translation moves an image by a whole number of pixels, up to so many either way. Every offset is equally
// likely.
type translation struct {
	maxY, maxX int
	fill       string
	p          float64
}

func (t translation) apply(e *example) bool {
	if !happens(&e.draws, t.p) {
		return false
	}
	dy := int(e.draws.IntN(uint32(2*t.maxY+1))) - t.maxY
	dx := int(e.draws.IntN(uint32(2*t.maxX+1))) - t.maxX
	e.translate(dy, dx, t.fill)
	return dy != 0 || dx != 0
}

package augment

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name:  "cutout",
		Doc:   "Sets a square of the image to 0. Its centre is any pixel, so part of it may fall outside.",
		Paper: "DeVries and Taylor 2017, arXiv:1708.04552",
		Params: []catalog.Param{
			{Name: "size", Doc: "side of the square in pixels", Positional: true, Type: catalog.Count().WithUnits("px")},
			chance(1),
		},
		Foreign: []string{"Cutout", "RandomCutout"},
	},
	imagesOnly: true,
	make: func(n *model.Node, _ input) (any, *diag.Diagnostic) {
		return cutout{n.Args.Int("size"), n.Args.Num("p")}, nil
	},
})

type cutout struct {
	size int
	p    float64
}

func (c cutout) apply(e *example) bool {
	if !happens(&e.draws, c.p) {
		return false
	}
	top := int(e.draws.IntN(uint32(e.h))) - c.size/2
	left := int(e.draws.IntN(uint32(e.w))) - c.size/2
	y0, y1 := max(0, top), min(e.h, top+c.size)
	x0, x1 := max(0, left), min(e.w, left+c.size)
	e.eachRow(y0, y1, x0, x1, func(row []float32) { clear(row) })
	return true
}

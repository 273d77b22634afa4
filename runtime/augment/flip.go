package augment

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name:  "flip",
		Doc:   "Mirrors an image. Use it where a mirrored example is a possible one: cats yes, digits no.",
		Paper: "Simard et al. 2003, ICDAR; Krizhevsky et al. 2012, NeurIPS",
		Params: []catalog.Param{
			{Name: "axis", Doc: "horizontal swaps left and right, vertical swaps top and bottom", Positional: true,
				Type: catalog.Word("horizontal", "vertical"), Default: catalog.W("horizontal")},
			chance(0.5),
		},
		Foreign: []string{"mirror", "RandomHorizontalFlip", "RandomFlip", "hflip", "vflip"},
	},
	imagesOnly: true,
	make: func(n *model.Node, _ input) (any, *diag.Diagnostic) {
		return flip{n.Args.Text("axis") == "vertical", n.Args.Num("p")}, nil
	},
})

type flip struct {
	vertical bool
	p        float64
}

func (f flip) apply(e *example) bool {
	if !happens(&e.draws, f.p) {
		return false
	}
	if f.vertical {
		row := e.w * e.c
		for a, b := 0, e.h-1; a < b; a, b = a+1, b-1 {
			swap(e.x[a*row:(a+1)*row], e.x[b*row:(b+1)*row])
		}
		return true
	}
	for y := range e.h {
		row := e.x[y*e.w*e.c : (y+1)*e.w*e.c]
		for a, b := 0, e.w-1; a < b; a, b = a+1, b-1 {
			swap(row[a*e.c:(a+1)*e.c], row[b*e.c:(b+1)*e.c])
		}
	}
	return true
}

func swap(a, b []float32) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

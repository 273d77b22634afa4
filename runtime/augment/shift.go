package augment

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name:  "shift",
		Doc:   "Moves an image by a whole number of pixels in each direction. The same as crop with pad = max; in % of height and width it suits any size.",
		Paper: "Simard et al. 2003, ICDAR",
		Params: []catalog.Param{
			{Name: "max", Doc: "largest move: pixels, or % of the height and of the width", Positional: true,
				Type: catalog.NonNegative().WithUnits("px", "%")},
			border(),
			chance(1),
		},
		Foreign: []string{"translate", "RandomTranslation"},
	},
	imagesOnly: true,
	make: func(n *model.Node, in input) (any, *diag.Diagnostic) {
		v := n.Args["max"]
		t := translation{int(v.Num), int(v.Num), n.Args.Text("fill"), n.Args.Num("p")}
		switch {
		case v.Unit == "%":
			t.maxY = int(math.Round(v.Num * float64(in.shape[0])))
			t.maxX = int(math.Round(v.Num * float64(in.shape[1])))
		case v.Num != math.Trunc(v.Num):
			return nil, diag.Errorf(BadRange, place(v, n), "shift moves by whole pixels, and %s is not a whole number", model.FormatNumber(v.Num)).
				WithHelp("write shift %d px, or a share of the image as in shift 10%%", int(math.Ceil(v.Num)))
		}
		if v.Num > 0 && t.maxX == 0 && t.maxY == 0 {
			return nil, diag.Errorf(DoesNothing, place(v, n), "%s of an image of %d x %d pixels is less than half a pixel", v, in.shape[0], in.shape[1]).
				WithHelp("write the move in pixels: shift 1 px")
		}
		if limit := 4 * max(in.shape[0], in.shape[1]); max(t.maxX, t.maxY) > limit {
			return nil, diag.Errorf(BadRange, place(v, n), "shift by up to %d pixels moves an image of %d x %d pixels out of sight", max(t.maxX, t.maxY), in.shape[0], in.shape[1]).
				WithHelp("a tenth of the image is common: shift 10%%")
		}
		return t, nil
	},
})

// place is where a value stands, or its statement when the value was not written.
func place(v model.Value, n *model.Node) diag.Span {
	if v.Span.Start.IsValid() {
		return v.Span
	}
	return n.Span
}

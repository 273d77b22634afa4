package initial

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Init, Name: "uniform",
		Doc: "Uniform in [min, max).",
		Params: []catalog.Param{
			{Name: "min", Doc: "Lower bound.", Type: catalog.Num(), Positional: true},
			{Name: "max", Doc: "Upper bound.", Type: catalog.Num(), Positional: true},
		},
		Foreign: []string{"random_uniform"},
	},
	check: func(n *model.Node) *diag.Diagnostic {
		if lo, hi := n.Args.Num("min"), n.Args.Num("max"); lo >= hi {
			return diag.Errorf(EmptyRange, n.Span, "uniform needs min below max, got %s and %s", model.FormatNumber(lo), model.FormatNumber(hi)).
				WithHelp("write, say, uniform(-0.05, 0.05)")
		}
		return nil
	},
	fill: func(a model.Args, _ *network.Param, d Draws, dst []float32) {
		lo, hi := a.Num("min"), a.Num("max")
		d.Uniform(dst)
		middle, half := float32((lo+hi)/2), float32((hi-lo)/2)
		for i, u := range dst {
			dst[i] = middle + float32(half*u)
		}
	},
})

package schedule

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Schedule, Name: "linear",
		Doc:     "A straight line from the learning rate to `to` times it: factor 1 + (to-1)*t.",
		Params:  []catalog.Param{{Name: "to", Doc: "Where it ends, as a share of the learning rate.", Type: catalog.Probability(), Default: catalog.N(0), Positional: true}},
		Foreign: []string{"linear_decay", "polynomial"},
	},
	make: func(n *model.Node, s Span) (curve, diag.List) {
		return linear{s, n.Args.Num("to")}, nil
	},
})

type linear struct {
	Span
	to float64
}

func (c linear) factor(step int64) float64 { return 1 + (c.to-1)*c.share(step) }

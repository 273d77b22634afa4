package schedule

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Schedule, Name: "cosine",
		Doc:     "Half a cosine from the learning rate down to min times it: factor min + (1-min)*(1+cos(pi*t))/2. No restarts.",
		Paper:   "Loshchilov and Hutter 2017, ICLR",
		Params:  []catalog.Param{{Name: "min", Doc: "Where it ends, as a share of the learning rate.", Type: catalog.Probability(), Default: catalog.N(0), Positional: true}},
		Foreign: []string{"cosine_annealing", "cosine_decay"},
	},
	make: func(n *model.Node, s Span) (curve, diag.List) {
		return cosine{s, n.Args.Num("min")}, nil
	},
})

type cosine struct {
	Span
	min float64
}

func (c cosine) factor(step int64) float64 { return between(1, c.min, c.share(step)) }

// between goes from a to b along half a cosine as t goes from 0 to 1.
func between(a, b, t float64) float64 { return b + (a-b)*(1+math.Cos(math.Pi*t))/2 }

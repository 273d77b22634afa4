package schedule

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Schedule, Name: "constant",
		Doc: "The learning rate as written, in every step; what a run without a schedule does.",
	},
	make: func(*model.Node, Span) (curve, diag.List) { return flat{}, nil },
})

type flat struct{}

func (flat) factor(int64) float64 { return 1 }

package initial

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

var _ = register(spec{
	signature: catalog.Signature{Kind: catalog.Init, Name: "ones", Doc: "Every element 1: the scale of a normalization."},
	hidden:    true,
	fill:      func(_ model.Args, _ *network.Param, _ Draws, dst []float32) { constant(dst, 1) },
})

var _ = register(spec{
	signature: catalog.Signature{Kind: catalog.Init, Name: "moments", Doc: "Running moments [2, C]: means 0 in row 0, variances 1 in row 1."},
	hidden:    true,
	fill: func(_ model.Args, _ *network.Param, _ Draws, dst []float32) {
		half := len(dst) / 2
		clear(dst[:half])
		constant(dst[half:], 1)
	},
})

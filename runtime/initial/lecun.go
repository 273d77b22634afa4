package initial

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Init, Name: "lecun",
		Doc:     "Variance 1/fan_in.",
		Paper:   "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp",
		Params:  []catalog.Param{modeParam},
		Foreign: []string{"lecun_normal", "lecun_uniform"},
	},
	fill: func(a model.Args, p *network.Param, d Draws, dst []float32) {
		spread(uniformMode(a), math.Sqrt(1/float64(max(p.FanIn, 1))), d, dst)
	},
})

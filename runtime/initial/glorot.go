package initial

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Init, Name: "glorot",
		Doc:     "Variance 2/(fan_in + fan_out), for tanh and other functions that are linear around 0.",
		Paper:   "Glorot and Bengio 2010, AISTATS",
		Params:  []catalog.Param{modeParam},
		Foreign: []string{"xavier", "xavier_normal", "xavier_uniform", "glorot_normal", "glorot_uniform"},
	},
	fill: func(a model.Args, p *network.Param, d Draws, dst []float32) {
		spread(uniformMode(a), math.Sqrt(2/float64(max(p.FanIn+p.FanOut, 1))), d, dst)
	},
})

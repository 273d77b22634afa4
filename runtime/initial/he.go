package initial

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Init, Name: "he",
		Doc: "Variance 2/fan_in, which keeps the second moment of activations through layers of ReLUs. " +
			"`fan = fan_out` divides by fan_out instead and keeps that of gradients.",
		Paper: "He, Zhang, Ren and Sun 2015, ICCV",
		Params: []catalog.Param{modeParam,
			{Name: "fan", Doc: "Which fan the variance is divided by.", Type: catalog.Word("fan_in", "fan_out"), Default: catalog.W("fan_in")}},
		Foreign: []string{"kaiming", "kaiming_normal", "kaiming_uniform", "he_normal", "he_uniform"},
	},
	fill: func(a model.Args, p *network.Param, d Draws, dst []float32) {
		fan := p.FanIn
		if a.Text("fan") == "fan_out" {
			fan = p.FanOut
		}
		spread(uniformMode(a), math.Sqrt(2/float64(max(fan, 1))), d, dst)
	},
})

package initial

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Init, Name: "normal",
		Doc:     "Normal with mean 0 and standard deviation std, whatever the layer's size.",
		Params:  []catalog.Param{{Name: "std", Doc: "Standard deviation.", Type: catalog.Positive(), Positional: true}},
		Foreign: []string{"gaussian", "random_normal"},
	},
	fill: func(a model.Args, _ *network.Param, d Draws, dst []float32) {
		spread(false, a.Num("std"), d, dst)
	},
})

package initial

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Init, Name: "zeros",
		Doc: "Every weight 0. The units of a layer then stay alike: of use for a last layer, or to show why draws are needed.",
	},
	fill: func(_ model.Args, _ *network.Param, _ Draws, dst []float32) { clear(dst) },
})

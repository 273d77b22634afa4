package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// convs writes the kernels of convolutions beside the tiles.
func convs(c *build.Context, _ operand.Mem) {
	winograds(c)
	winogradKernelTransforms(c)
	pointProducts(c)
	fetch(c)
}

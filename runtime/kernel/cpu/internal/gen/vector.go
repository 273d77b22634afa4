package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

func init() {
	files = append(files, family{"vector_amd64.s", func(c *build.Context, masks operand.Mem) {
		dropout(c, masks)
		sparse(c)
		moves(c)
		optimizers(c, masks)
		mathKernels(c, masks)
	}})
}

package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fetch writes the kernel that asks for memory ahead of its use.
func fetch(c *build.Context) {
	c.Function("fetchLines")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(from *byte, lines int)")
	c.Doc("fetchLines asks for cache lines, which then come while something else is computed.")
	from, lines := reg.RSI, reg.RCX
	c.MOVQ(operand.NewParamAddr("from", 0), from)
	c.MOVQ(operand.NewParamAddr("lines", 8), lines)
	c.Label("line")
	c.PREFETCHT0(operand.Mem{Base: from})
	c.ADDQ(operand.Imm(64), from)
	c.DECQ(lines)
	c.JNZ(operand.LabelRef("line"))
	c.RET()
}

package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// roofline writes a loop of multiply-adds that wait for nothing: 12 sums, in registers.
func roofline(c *build.Context) {
	c.Function("multiplyAdds")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(n int)")
	c.Doc("multiplyAdds runs n rounds of 12 vector multiply-adds on registers.")
	c.MOVQ(operand.NewParamAddr("n", 0), reg.RCX)
	y := []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11}
	for _, r := range y {
		c.VXORPS(r, r, r)
	}
	c.VXORPS(reg.Y12, reg.Y12, reg.Y12)
	c.VXORPS(reg.Y13, reg.Y13, reg.Y13)
	align(c)
	c.Label("loop")
	for _, r := range y {
		c.VFMADD231PS(reg.Y12, reg.Y13, r)
	}
	c.DECQ(reg.RCX)
	c.JNZ(operand.LabelRef("loop"))
	c.VZEROUPPER()
	c.RET()
}

package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The kernels for AVX-512 (F, VL, BW and DQ) with BMI2: those of tile.go, vec.go, update.go and roofline.go on registers of 16 numbers, of
// which there are 32. A mask register takes the place of a table of masks. Which kernels have no such version says package cpu.

const vector512 = 64 // bytes

func init() {
	files = append(files, family{"kernels512_amd64.s", func(c *build.Context, _ operand.Mem) {
		tiles512(c)
		vecs512(c)
		updates512(c)
		dropout512(c)
		roofline512(c)
	}})
}

// z is register i of 32.
func z(i int) reg.VecPhysical {
	return []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}[i]
}

// maskOf sets a mask register to n ones, n at most 16, in a general register, which may be n's own. It destroys temp.
func maskOf(c *build.Context, n reg.GPPhysical, temp reg.GPPhysical, mask reg.OpmaskPhysical) {
	c.MOVL(operand.U32(0xffff), temp.As32())
	c.BZHIL(n.As32(), temp.As32(), temp.As32())
	c.KMOVW(temp.As32(), mask)
}

// move512 is a load or store between memory and a register, masked or not. What a mask leaves out is zero after a load.
func move512(c *build.Context, from, to operand.Op, masked bool, mask reg.OpmaskPhysical) {
	_, store := to.(operand.Mem)
	switch {
	case !masked:
		c.VMOVUPS(from, to)
	case store:
		c.VMOVUPS(from, mask, to)
	default:
		c.VMOVUPS_Z(from, mask, to)
	}
}

// roofline512 is roofline for AVX-512.
func roofline512(c *build.Context) {
	c.Function("zmmMultiplyAdds")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(n int)")
	c.Doc("zmmMultiplyAdds runs n rounds of 12 vector multiply-adds on registers.")
	c.MOVQ(operand.NewParamAddr("n", 0), reg.RCX)
	for i := range 14 {
		c.VXORPS(z(i), z(i), z(i))
	}
	align(c)
	c.Label("loop")
	for i := range 12 {
		c.VFMADD231PS(z(12), z(13), z(i))
	}
	c.DECQ(reg.RCX)
	c.JNZ(operand.LabelRef("loop"))
	c.VZEROUPPER()
	c.RET()
}

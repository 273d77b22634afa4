package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose writes the kernel that turns 8 rows of numbers into rows of 8.
func transpose(c *build.Context) {
	c.Function("transpose8")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(dst, src *byte, dstStride, srcStride, blocks int)")
	c.Doc("transpose8 sets dst[k*dstStride+r] = src[r*srcStride+k] for r < 8 and k < 8*blocks.")
	dst, src, low, dstStride, stride, stride3, blocks, temp := reg.RDI, reg.RSI, reg.R8, reg.R9, reg.R10, reg.R11, reg.RCX, reg.RDX
	for i, r := range []reg.Register{dst, src, dstStride, stride, blocks} {
		c.MOVQ(operand.NewParamAddr([]string{"dst", "src", "dstStride", "srcStride", "blocks"}[i], 8*i), r)
	}
	c.SHLQ(operand.Imm(2), dstStride)
	c.SHLQ(operand.Imm(2), stride)
	c.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	a := []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7}
	b := []reg.VecPhysical{reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}
	align(c)
	c.Label("block")
	c.LEAQ(operand.Mem{Base: src, Index: stride, Scale: 4}, low)
	for i, base := range []reg.Register{src, low} {
		for j, m := range []operand.Mem{{Base: base}, {Base: base, Index: stride, Scale: 1}, {Base: base, Index: stride, Scale: 2}, {Base: base, Index: stride3, Scale: 1}} {
			c.VMOVUPS(m, a[4*i+j])
		}
	}
	turn8(c, a, b)
	c.MOVQ(dst, temp)
	for i := range 8 {
		c.VMOVUPS(b[i], operand.Mem{Base: temp})
		c.ADDQ(dstStride, temp)
	}
	c.MOVQ(temp, dst)
	c.ADDQ(operand.Imm(vector), src)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	c.VZEROUPPER()
	c.RET()
}

// turn8 turns 8 rows in registers a into 8 columns in registers b; a is overwritten.
func turn8(c *build.Context, a, b []reg.VecPhysical) {
	for i := 0; i < 8; i += 2 { // pairs of rows, interleaved
		c.VUNPCKLPS(a[i+1], a[i], b[i])
		c.VUNPCKHPS(a[i+1], a[i], b[i+1])
	}
	for i := 0; i < 8; i += 4 { // four rows
		c.VSHUFPS(operand.Imm(0x44), b[i+2], b[i], a[i])
		c.VSHUFPS(operand.Imm(0xee), b[i+2], b[i], a[i+1])
		c.VSHUFPS(operand.Imm(0x44), b[i+3], b[i+1], a[i+2])
		c.VSHUFPS(operand.Imm(0xee), b[i+3], b[i+1], a[i+3])
	}
	for i := range 4 { // eight
		c.VPERM2F128(operand.Imm(0x20), a[i+4], a[i], b[i])
		c.VPERM2F128(operand.Imm(0x31), a[i+4], a[i], b[i+4])
	}
}

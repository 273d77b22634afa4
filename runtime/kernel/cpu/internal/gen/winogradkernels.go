package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct winogradKernels; a test in package cpu holds them to the compiler's.
const (
	offWKKernels, offWKPoints          = 0, 24
	offWKKernelStep, offWKStep, offWKN = 48, 56, 64
	offWKBad                           = 72
)

// winogradKernelTransforms writes the transforms of kernels of 3x3 to 16 points and of the points' gradients back, 8 numbers at a time; see type
// winogradKernels.
func winogradKernelTransforms(c *build.Context) {
	for _, back := range []bool{false, true} {
		winogradKernelTransform(c, back)
	}
}

func winogradKernelTransform(c *build.Context, back bool) {
	name, doc := "winogradKernelsIn", "transforms kernels to points."
	if back {
		name, doc = "winogradKernelsOut", "transforms points' gradients to kernels'."
	}
	c.Function(name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(k *byte)")
	c.Doc(name + " " + doc)
	args, kernels, points, kernelStep, step, n := reg.RAX, reg.RDI, reg.RSI, reg.RCX, reg.RBX, reg.RDX
	kernel, point, temp := reg.R8, reg.R9, reg.R10
	at := func(off int) operand.Mem { return operand.Mem{Base: args, Disp: off} }
	c.MOVQ(operand.NewParamAddr("k", 0), args)
	c.MOVQ(at(offWKKernels), kernels)
	c.MOVQ(at(offWKPoints), points)
	c.MOVQ(at(offWKKernelStep), kernelStep)
	c.SHLQ(operand.Imm(2), kernelStep)
	c.MOVQ(at(offWKStep), step)
	c.SHLQ(operand.Imm(2), step)
	c.MOVQ(at(offWKN), n)
	y := ymm()
	half, t := y[15], y[12]
	// 0.5 in each lane: the sign and exponent of a number.
	c.MOVL(operand.U32(0x3f000000), temp.As32())
	c.VMOVD(temp.As32(), half.AsX())
	c.VBROADCASTSS(half.AsX(), half)
	if back {
		c.VXORPS(y[13], y[13], y[13])
		c.VXORPS(y[14], y[14], y[14])
	}
	c.Label("loop")
	c.MOVQ(kernels, kernel)
	c.MOVQ(points, point)
	each := func(place, by reg.Register, f func(m operand.Mem)) {
		f(operand.Mem{Base: place})
		c.ADDQ(by, place)
	}
	if back {
		// Columns of 4 points become columns of 3 cells: registers 0-3, 4-7 and 8-11 hold a row of 4 each.
		rows := [3][]reg.VecPhysical{y[0:4], y[4:8], y[8:12]}
		row := func(i int, f func(j int, m operand.Mem)) {
			for j := range 4 {
				each(point, step, func(m operand.Mem) { f(j, m) })
			}
		}
		row(0, func(j int, m operand.Mem) { c.VMOVUPS(m, rows[0][j]) })
		row(1, func(j int, m operand.Mem) { c.VMOVUPS(m, rows[1][j]) })
		row(2, func(j int, m operand.Mem) {
			u1, u2 := rows[1][j], rows[2][j]
			c.VMOVUPS(m, u2)
			c.VADDPS(u2, u1, t)
			c.VSUBPS(u2, u1, u1)
			c.VMULPS(half, t, u2)
			c.VMULPS(half, u1, u1)
			c.VADDPS(u2, rows[0][j], rows[0][j])
		})
		row(3, func(j int, m operand.Mem) { c.VSUBPS(m, rows[2][j], rows[2][j]) })
		for _, r := range rows {
			c.VADDPS(r[2], r[1], t)
			c.VSUBPS(r[2], r[1], r[1])
			c.VMULPS(half, t, t)
			c.VMULPS(half, r[1], r[1])
			c.VADDPS(t, r[0], r[0])
			c.VSUBPS(r[3], t, r[2])
			for _, v := range r[:3] {
				c.VFMADD231PS(y[13], v, y[14]) // a number times 0 is 0 or a NaN, which stays
				each(kernel, kernelStep, func(m operand.Mem) { c.VMOVUPS(v, m) })
			}
		}
	} else {
		// Columns of 3 cells become columns of 4 points: registers 3*j … hold row j.
		cell := func(i, j int) reg.VecPhysical { return y[3*i+j] }
		for j := range 3 {
			each(kernel, kernelStep, func(m operand.Mem) { c.VMOVUPS(m, cell(0, j)) })
		}
		for j := range 3 {
			each(kernel, kernelStep, func(m operand.Mem) { c.VMOVUPS(m, cell(1, j)) })
		}
		for j := range 3 {
			each(kernel, kernelStep, func(m operand.Mem) { c.VMOVUPS(m, cell(3, j)) })
		}
		for j := range 3 {
			c.VADDPS(cell(3, j), cell(0, j), t)
			c.VSUBPS(cell(1, j), t, cell(2, j))
			c.VADDPS(cell(1, j), t, cell(1, j))
			c.VMULPS(half, cell(1, j), cell(1, j))
			c.VMULPS(half, cell(2, j), cell(2, j))
		}
		for i := range 4 {
			g0, g1, g2 := cell(i, 0), cell(i, 1), cell(i, 2)
			each(point, step, func(m operand.Mem) { c.VMOVUPS(g0, m) })
			c.VADDPS(g2, g0, t)
			c.VADDPS(g1, t, y[13])
			c.VSUBPS(g1, t, t)
			c.VMULPS(half, y[13], y[13])
			c.VMULPS(half, t, t)
			each(point, step, func(m operand.Mem) { c.VMOVUPS(y[13], m) })
			each(point, step, func(m operand.Mem) { c.VMOVUPS(t, m) })
			each(point, step, func(m operand.Mem) { c.VMOVUPS(g2, m) })
		}
	}
	c.ADDQ(operand.Imm(vector), kernels)
	c.ADDQ(operand.Imm(vector), points)
	c.SUBQ(operand.Imm(8), n)
	c.JG(operand.LabelRef("loop"))
	if back {
		c.VCMPPS(operand.Imm(3), y[14], y[14], y[14])
		c.VMOVMSKPS(y[14], temp.As32())
		c.ORB(temp.As8(), at(offWKBad))
	}
	c.VZEROUPPER()
	c.RET()
}

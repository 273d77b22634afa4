package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct update; a test in package cpu holds them to the compiler's.
const (
	offUpdate  = 0 // four slices
	offFactors = 96
	offUpdateN = 128
)

// updateKernel is a loop over up to four streams of numbers, 8 at a time and the last ones masked, with factors that are the same for all.
// Products and sums are rounded one by one, so that the portable code gives the same bits.
type updateKernel struct {
	name, doc string
	streams   int
	stored    []int // those that are written
	factors   int
	body      func(c *build.Context, s, f, free []reg.VecPhysical)
}

var updateKernels = []updateKernel{
	{"updateAddScaled", "s0 += f0*s1", 2, []int{0}, 1, func(c *build.Context, s, f, t []reg.VecPhysical) {
		c.VMULPS(f[0], s[1], t[0])
		c.VADDPS(t[0], s[0], s[0])
	}},
	{"updateAverage", "s0 = f0*s0 + f1*s1", 2, []int{0}, 2, func(c *build.Context, s, f, t []reg.VecPhysical) {
		blend(c, s[0], s[1], f[0], f[1], t[0])
	}},
	{"updateMomentum", "s2 = f0*s2 + f1*s1, s0 -= f2*s2", 3, []int{0, 2}, 3, func(c *build.Context, s, f, t []reg.VecPhysical) {
		blend(c, s[2], s[1], f[0], f[1], t[0])
		c.VMULPS(f[2], s[2], t[0])
		c.VSUBPS(t[0], s[0], s[0])
	}},
	{"updateNesterov", "s2 = f0*s2 + f1*s1, s0 -= f2*(s1 + f3*s2)", 3, []int{0, 2}, 4, func(c *build.Context, s, f, t []reg.VecPhysical) {
		blend(c, s[2], s[1], f[0], f[1], t[0])
		c.VMULPS(f[3], s[2], t[0])
		c.VADDPS(t[0], s[1], t[0])
		c.VMULPS(f[2], t[0], t[0])
		c.VSUBPS(t[0], s[0], s[0])
	}},
	{"updateAdam", "s2 = f0*s2 + f1*s1, s3 = f2*s3 + (f3*s1)*s1, s0 -= f4*s2 / (sqrt(s3)/f5 + f6)", 4, []int{0, 2, 3}, 7, func(c *build.Context, s, f, t []reg.VecPhysical) {
		blend(c, s[2], s[1], f[0], f[1], t[0])
		c.VMULPS(f[3], s[1], t[0])
		c.VMULPS(s[1], t[0], t[0])
		c.VMULPS(f[2], s[3], s[3])
		c.VADDPS(t[0], s[3], s[3])
		c.VSQRTPS(s[3], t[0])
		c.VDIVPS(f[5], t[0], t[0])
		c.VADDPS(f[6], t[0], t[0])
		c.VMULPS(f[4], s[2], t[1])
		c.VDIVPS(t[0], t[1], t[1])
		c.VSUBPS(t[1], s[0], s[0])
	}},
}

// blend is x = f*x + g*y.
func blend(c *build.Context, x, y, f, g, temp reg.VecPhysical) {
	c.VMULPS(g, y, temp)
	c.VMULPS(f, x, x)
	c.VADDPS(temp, x, x)
}

func updates(c *build.Context, masks operand.Mem) {
	for _, k := range updateKernels {
		k.write(c, masks)
	}
}

func (k *updateKernel) write(c *build.Context, masks operand.Mem) {
	c.Function(k.name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(u *byte)")
	c.Doc(k.name + ": " + k.doc)
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	base := []reg.Register{reg.RDI, reg.R8, reg.R9, reg.R10}[:k.streams]
	n, i, temp := reg.RCX, reg.RSI, reg.RDX
	s := []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3}
	f := []reg.VecPhysical{reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10}
	free := []reg.VecPhysical{reg.Y11, reg.Y12}
	mask := reg.Y15
	c.MOVQ(operand.NewParamAddr("u", 0), reg.RAX)
	for j, r := range base {
		c.MOVQ(at(offUpdate+24*j), r)
	}
	for j := range k.factors {
		c.VBROADCASTSS(at(offFactors+4*j), f[j])
	}
	c.MOVQ(at(offUpdateN), n)
	c.SHLQ(operand.Imm(2), n)
	c.XORQ(i, i)
	body := func(masked bool) {
		for j, r := range base {
			m := operand.Mem{Base: r, Index: i, Scale: 1}
			if masked {
				c.VMASKMOVPS(m, mask, s[j])
			} else {
				c.VMOVUPS(m, s[j])
			}
		}
		k.body(c, s, f, free)
		for _, j := range k.stored {
			m := operand.Mem{Base: base[j], Index: i, Scale: 1}
			if masked {
				c.VMASKMOVPS(s[j], mask, m)
			} else {
				c.VMOVUPS(s[j], m)
			}
		}
	}
	align(c)
	c.Label("loop")
	c.LEAQ(operand.Mem{Base: i, Disp: vector}, temp)
	c.CMPQ(temp, n)
	c.JA(operand.LabelRef("tail"))
	body(false)
	c.MOVQ(temp, i)
	c.JMP(operand.LabelRef("loop"))
	c.Label("tail")
	c.SUBQ(i, n)
	c.JZ(operand.LabelRef("done"))
	// The table has 8 ones, then 8 zeros: n bytes of ones end at its middle.
	c.LEAQ(masks, temp)
	c.SUBQ(n, temp)
	c.VMOVUPS(operand.Mem{Base: temp, Disp: vector}, mask)
	body(true)
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

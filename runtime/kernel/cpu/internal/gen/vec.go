package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct vec; a test in package cpu holds them to the compiler's.
const (
	offOut, offX, offY         = 0, 24, 48
	offCo                      = 72 // four slices
	offAcc                     = 168
	offN, offPeriod, offOffset = 216, 224, 232
)

// vecKernel is a loop over vectors of 8 numbers, the last one masked. Streams advance with the element; coefficients and
// sums are periodic.
type vecKernel struct {
	name, doc string
	y, out    bool // reads stream y; writes stream out
	keep      bool // reads the old out
	co, acc   int  // number of coefficients and of sums
	// body computes v.result from v.x, v.y, v.co and adds to v.acc; registers from v.free on are its own.
	body func(c *build.Context, v *vecRegs)
}

type vecRegs struct {
	x, y, old, result reg.VecPhysical
	co                [4]reg.VecPhysical
	acc               [2]reg.VecPhysical
	zero, mask        reg.VecPhysical
	free              []reg.VecPhysical
}

var vecKernels = []vecKernel{
	{name: "vecAdd", doc: "out = x + y", y: true, out: true, body: func(c *build.Context, v *vecRegs) {
		c.VADDPS(v.y, v.x, v.result)
	}},
	{name: "vecMul", doc: "out = x * y", y: true, out: true, body: func(c *build.Context, v *vecRegs) {
		c.VMULPS(v.y, v.x, v.result)
	}},
	{name: "vecRelu", doc: "out = max(x, 0), a NaN stays", out: true, body: func(c *build.Context, v *vecRegs) {
		c.VMAXPS(v.x, v.zero, v.result) // of 0 and a NaN the instruction gives the operand that is first here
	}},
	{name: "vecReluGrad", doc: "out = y where x > 0 or x is a NaN, y*0 elsewhere", y: true, out: true, body: func(c *build.Context, v *vecRegs) {
		c.VCMPPS(operand.Imm(6), v.zero, v.x, v.free[0]) // not x <= 0
		c.VMULPS(v.zero, v.y, v.free[1])
		c.VBLENDVPS(v.free[0], v.y, v.free[1], v.result)
	}},
	{name: "vecAddCo", doc: "out = x + co0", out: true, co: 1, body: func(c *build.Context, v *vecRegs) {
		c.VADDPS(v.co[0], v.x, v.result)
	}},
	{name: "vecMulCo", doc: "out = x * co0", out: true, co: 1, body: func(c *build.Context, v *vecRegs) {
		c.VMULPS(v.co[0], v.x, v.result)
	}},
	{name: "vecMulAddCo", doc: "out += x * co0", out: true, keep: true, co: 1, body: func(c *build.Context, v *vecRegs) {
		c.VMOVAPS(v.old, v.result)
		c.VFMADD231PS(v.co[0], v.x, v.result)
	}},
	{name: "vecNormalize", doc: "out = (x - co0) * co1 + co2", out: true, co: 3, body: func(c *build.Context, v *vecRegs) {
		c.VSUBPS(v.co[0], v.x, v.result)
		c.VFMADD213PS(v.co[2], v.co[1], v.result)
	}},
	{name: "vecNormalizeGrad", doc: "out = y * co1 + (x - co0) * co2 + co3", y: true, out: true, co: 4, body: func(c *build.Context, v *vecRegs) {
		c.VSUBPS(v.co[0], v.x, v.free[0])
		c.VMOVAPS(v.co[3], v.result)
		c.VFMADD231PS(v.free[0], v.co[2], v.result)
		c.VFMADD231PS(v.y, v.co[1], v.result)
	}},
	{name: "vecSum", doc: "acc0 += x", acc: 1, body: func(c *build.Context, v *vecRegs) {
		c.VADDPS(v.x, v.acc[0], v.acc[0])
	}},
	{name: "vecDot", doc: "acc0 += x * y", y: true, acc: 1, body: func(c *build.Context, v *vecRegs) {
		c.VFMADD231PS(v.x, v.y, v.acc[0])
	}},
	{name: "vecSquares", doc: "acc0 += (x - co0)^2", co: 1, acc: 1, body: func(c *build.Context, v *vecRegs) {
		c.VSUBPS(v.co[0], v.x, v.free[0])
		c.VFMADD231PS(v.free[0], v.free[0], v.acc[0])
	}},
	{name: "vecParamGrad", doc: "acc0 += y * (x - co0), acc1 += y", y: true, co: 1, acc: 2, body: func(c *build.Context, v *vecRegs) {
		c.VSUBPS(v.co[0], v.x, v.free[0])
		c.VFMADD231PS(v.free[0], v.y, v.acc[0])
		c.VADDPS(v.y, v.acc[1], v.acc[1])
	}},
}

func vecs(c *build.Context, masks operand.Mem) {
	for _, k := range vecKernels {
		k.write(c, masks)
	}
}

func (k *vecKernel) write(c *build.Context, masks operand.Mem) {
	c.Function(k.name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(v *byte)")
	c.Doc(k.name + ": " + k.doc)

	n, i, temp := reg.RCX, reg.RSI, reg.RDX
	out, x, y := reg.RDI, reg.R8, reg.R9
	co := []reg.Register{reg.R10, reg.R11, reg.R12, reg.R13}[:k.co]
	acc := []reg.Register{reg.RBX, reg.RDI}[:k.acc] // a kernel has sums or an output
	period, p := reg.RAX, reg.R14
	periodic := k.co+k.acc > 0

	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	c.MOVQ(operand.NewParamAddr("v", 0), reg.RAX)
	if k.out {
		c.MOVQ(at(offOut), out)
	}
	c.MOVQ(at(offX), x)
	if k.y {
		c.MOVQ(at(offY), y)
	}
	for j, r := range co {
		c.MOVQ(at(offCo+24*j), r)
	}
	for j, r := range acc {
		c.MOVQ(at(offAcc+24*j), r)
	}
	c.MOVQ(at(offN), n)
	c.SHLQ(operand.Imm(2), n)
	if periodic {
		c.MOVQ(at(offOffset), p)
		c.SHLQ(operand.Imm(2), p)
		c.MOVQ(at(offPeriod), period)
		c.SHLQ(operand.Imm(2), period)
	}
	c.XORQ(i, i)
	v := &vecRegs{
		x: reg.Y0, y: reg.Y1, old: reg.Y2, result: reg.Y3,
		co:  [4]reg.VecPhysical{reg.Y4, reg.Y5, reg.Y6, reg.Y7},
		acc: [2]reg.VecPhysical{reg.Y8, reg.Y9}, zero: reg.Y14, mask: reg.Y15,
		free: []reg.VecPhysical{reg.Y10, reg.Y11, reg.Y12},
	}
	c.VXORPS(v.zero, v.zero, v.zero)

	body := func(masked bool) {
		load := func(base, index reg.Register, to reg.VecPhysical) {
			m := operand.Mem{Base: base, Index: index, Scale: 1}
			if masked {
				c.VMASKMOVPS(m, v.mask, to)
			} else {
				c.VMOVUPS(m, to)
			}
		}
		store := func(from reg.VecPhysical, base, index reg.Register) {
			m := operand.Mem{Base: base, Index: index, Scale: 1}
			if masked {
				c.VMASKMOVPS(from, v.mask, m)
			} else {
				c.VMOVUPS(from, m)
			}
		}
		load(x, i, v.x)
		if k.y {
			load(y, i, v.y)
		}
		if k.keep {
			load(out, i, v.old)
		}
		for j, r := range co {
			load(r, p, v.co[j])
		}
		for j, r := range acc {
			load(r, p, v.acc[j])
		}
		k.body(c, v)
		if k.out {
			store(v.result, out, i)
		}
		for j, r := range acc {
			store(v.acc[j], r, p)
		}
	}

	align(c)
	c.Label("loop")
	c.LEAQ(operand.Mem{Base: i, Disp: vector}, temp)
	c.CMPQ(temp, n)
	c.JA(operand.LabelRef("tail"))
	body(false)
	c.MOVQ(temp, i)
	if periodic {
		c.ADDQ(operand.Imm(vector), p)
		c.MOVQ(p, temp)
		c.SUBQ(period, temp)
		c.CMOVQCC(temp, p)
	}
	c.JMP(operand.LabelRef("loop"))
	c.Label("tail")
	c.SUBQ(i, n)
	c.JZ(operand.LabelRef("done"))
	// The table has 8 ones, then 8 zeros: n bytes of ones end at its middle.
	c.LEAQ(masks, temp)
	c.SUBQ(n, temp)
	c.VMOVUPS(operand.Mem{Base: temp, Disp: vector}, v.mask)
	body(true)
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

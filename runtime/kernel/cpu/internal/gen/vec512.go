package main

import (
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vecs512Of are the kernels of vecKernels that have a version for AVX-512, with a body of its own where the instructions differ.
var vecs512Of = map[string]func(c *build.Context, v *vecRegs){
	"vecAdd": nil, "vecMul": nil, "vecRelu": nil, "vecAddCo": nil, "vecMulCo": nil, "vecMulAddCo": nil, "vecNormalize": nil, "vecNormalizeGrad": nil,
	"vecSum": nil, "vecDot": nil, "vecSquares": nil, "vecParamGrad": nil,
	"vecReluGrad": func(c *build.Context, v *vecRegs) {
		c.VCMPPS(operand.Imm(6), v.zero, v.x, reg.K2) // not x <= 0
		c.VMULPS(v.zero, v.y, v.free[1])
		c.VBLENDMPS(v.y, v.free[1], reg.K2, v.result)
	},
}

func vecs512(c *build.Context) {
	done := 0
	for _, k := range vecKernels {
		body, ok := vecs512Of[k.name]
		if !ok {
			continue
		}
		if body != nil {
			k.body = body
		}
		k.name = "zmm" + strings.ToUpper(k.name[:1]) + k.name[1:]
		k.write512(c)
		done++
	}
	if done != len(vecs512Of) {
		panic("vecs512Of names a kernel that is not in vecKernels")
	}
}

// write512 writes a loop over vectors of 16 numbers. A vector ends with the period, so that any period is walked in one go: the last vector
// of a period, like the last of all, is masked.
func (k *vecKernel) write512(c *build.Context) {
	c.Function(k.name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(v *byte)")
	c.Doc(k.name + ": " + k.doc)

	n, i, temp := reg.RCX, reg.RSI, reg.RDX
	out, x, y := reg.RDI, reg.R8, reg.R9
	co := []reg.Register{reg.R10, reg.R11, reg.R12, reg.R13}[:k.co]
	acc := []reg.Register{reg.RBX, reg.RDI}[:k.acc] // a kernel has sums or an output
	period, p := reg.RAX, reg.R15
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
		x: z(0), y: z(1), old: z(2), result: z(3),
		co:  [4]reg.VecPhysical{z(4), z(5), z(6), z(7)},
		acc: [2]reg.VecPhysical{z(8), z(9)}, zero: z(14),
		free: []reg.VecPhysical{z(10), z(11), z(12)},
	}
	c.VXORPS(v.zero, v.zero, v.zero)

	body := func(masked bool) {
		load := func(base, index reg.Register, to reg.VecPhysical) {
			move512(c, operand.Mem{Base: base, Index: index, Scale: 1}, to, masked, reg.K1)
		}
		store := func(from reg.VecPhysical, base, index reg.Register) {
			move512(c, from, operand.Mem{Base: base, Index: index, Scale: 1}, masked, reg.K1)
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
	c.LEAQ(operand.Mem{Base: i, Disp: vector512}, temp)
	c.CMPQ(temp, n)
	c.JA(operand.LabelRef("part"))
	if periodic {
		c.LEAQ(operand.Mem{Base: p, Disp: vector512}, temp)
		c.CMPQ(temp, period)
		c.JA(operand.LabelRef("part"))
	}
	body(false)
	c.ADDQ(operand.Imm(vector512), i)
	if periodic {
		c.ADDQ(operand.Imm(vector512), p)
		c.XORQ(temp, temp) // at the end of the period, back to its start
		c.CMPQ(p, period)
		c.CMOVQCC(temp, p)
	}
	c.JMP(operand.LabelRef("loop"))

	// Less than a vector is left, of all or of the period.
	c.Label("part")
	c.MOVQ(n, temp)
	c.SUBQ(i, temp)
	c.JZ(operand.LabelRef("done"))
	if periodic {
		left := reg.R14
		c.MOVQ(period, left)
		c.SUBQ(p, left)
		c.CMPQ(left, temp)
		c.CMOVQCS(left, temp)
	}
	c.SHRQ(operand.Imm(2), temp)
	maskOf(c, temp, reg.R14, reg.K1)
	body(true)
	if periodic {
		// On to the next period; behind the end, if all is done.
		c.ADDQ(period, i)
		c.SUBQ(p, i)
		c.XORQ(p, p)
		c.CMPQ(i, n)
		c.JCS(operand.LabelRef("loop"))
	}
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct optimize; a test in package cpu holds them to the compiler's.
const (
	offOptimize        = 0 // five slices
	offOptimizeN       = 120
	offOptimizeHit     = 128
	offOptimizeFactors = 136
	optimizeStreams    = 5
)

// The factors of what happens before the rule, and the rule's first one.
const (
	factorScale = iota
	factorCut
	factorMinusCut
	factorL1
	factorL2
	factorShrink
	factorRule
)

// optimizeKernel is a loop over the streams of one update rule: weights p, gradients g, and what the rule keeps. Products and sums
// are rounded one by one, so that the portable code gives the same bits. Factors are in memory, 8 times each.
type optimizeKernel struct {
	name, doc string
	streams   int
	plain     bool // is there without anything before the rule too
	body      func(c *build.Context, o *optimizeRegs)
}

type optimizeRegs struct {
	p, g reg.VecPhysical
	s    []reg.VecPhysical            // what the rule keeps
	t    []reg.VecPhysical            // free
	f    func(factor int) operand.Mem // of the rule, from 0
}

var optimizeKernels = []optimizeKernel{
	{"stepSGD", "p += f0*g", 2, false, func(c *build.Context, o *optimizeRegs) {
		c.VMULPS(o.f(0), o.g, o.t[0])
		c.VADDPS(o.t[0], o.p, o.p)
	}},
	{"stepMomentum", "v = f0*v + f1*g, p -= f2*v", 3, false, func(c *build.Context, o *optimizeRegs) {
		o.blend(c, o.s[0], 0, 1)
		c.VMULPS(o.f(2), o.s[0], o.t[0])
		c.VSUBPS(o.t[0], o.p, o.p)
	}},
	{"stepNesterov", "v = f0*v + f1*g, p -= f2*(g + f3*v)", 3, false, func(c *build.Context, o *optimizeRegs) {
		o.blend(c, o.s[0], 0, 1)
		c.VMULPS(o.f(3), o.s[0], o.t[0])
		c.VADDPS(o.t[0], o.g, o.t[0])
		c.VMULPS(o.f(2), o.t[0], o.t[0])
		c.VSUBPS(o.t[0], o.p, o.p)
	}},
	{"stepAdam", "m = f0*m + f1*g, v = f2*v + (f3*g)*g, p -= f4*m / (sqrt(v)/f5 + f6)", 4, false, func(c *build.Context, o *optimizeRegs) {
		o.blend(c, o.s[0], 0, 1)
		o.squares(c, o.s[1], 2, 3)
		c.VSQRTPS(o.s[1], o.t[0])
		c.VDIVPS(o.f(5), o.t[0], o.t[0])
		c.VADDPS(o.f(6), o.t[0], o.t[0])
		c.VMULPS(o.f(4), o.s[0], o.t[1])
		c.VDIVPS(o.t[0], o.t[1], o.t[1])
		c.VSUBPS(o.t[1], o.p, o.p)
	}},
	{"stepRMSProp", "s = f0*s + (f1*g)*g, p -= f2*(g / (sqrt(s) + f3))", 3, true, rmsprop(false, false)},
	{"stepRMSPropMomentum", "s as without, u = f4*u + g / (sqrt(s) + f3), p -= f2*u", 4, true, rmsprop(true, false)},
	{"stepRMSPropCentered", "s as without, a = f0*a + f1*g, p -= f2*(g / (sqrt(s - a*a) + f3))", 4, true, rmsprop(false, true)},
	{"stepRMSPropBoth", "s and a as centered, u = f4*u + g / (sqrt(s - a*a) + f3), p -= f2*u", 5, true, rmsprop(true, true)},
	{"stepAdaGrad", "s += g*g, p -= f0*g / (sqrt(s) + f1)", 3, true, func(c *build.Context, o *optimizeRegs) {
		c.VMULPS(o.g, o.g, o.t[0])
		c.VADDPS(o.t[0], o.s[0], o.s[0])
		c.VSQRTPS(o.s[0], o.t[0])
		c.VADDPS(o.f(1), o.t[0], o.t[0])
		c.VMULPS(o.f(0), o.g, o.t[1])
		c.VDIVPS(o.t[0], o.t[1], o.t[1])
		c.VSUBPS(o.t[1], o.p, o.p)
	}},
}

// rmsprop keeps the average of squares, then u where there is momentum, then the average where it is centered.
func rmsprop(momentum, centered bool) func(c *build.Context, o *optimizeRegs) {
	return func(c *build.Context, o *optimizeRegs) {
		spread, u := o.t[1], o.t[1]
		o.squares(c, o.s[0], 0, 1)
		c.VMOVAPS(o.s[0], spread)
		if centered {
			average := o.s[1]
			if momentum {
				average = o.s[2]
			}
			o.blend(c, average, 0, 1)
			c.VMULPS(average, average, o.t[0])
			c.VSUBPS(o.t[0], spread, spread)
		}
		c.VSQRTPS(spread, spread)
		c.VADDPS(o.f(3), spread, spread)
		c.VDIVPS(spread, o.g, u)
		if momentum {
			c.VMULPS(o.f(4), o.s[1], o.s[1])
			c.VADDPS(o.s[1], u, u)
			c.VMOVAPS(u, o.s[1])
		}
		c.VMULPS(o.f(2), u, o.t[0])
		c.VSUBPS(o.t[0], o.p, o.p)
	}
}

// blend is x = f*x + g*gradient, for factors f and g.
func (o *optimizeRegs) blend(c *build.Context, x reg.VecPhysical, f, g int) {
	c.VMULPS(o.f(g), o.g, o.t[0])
	c.VMULPS(o.f(f), x, x)
	c.VADDPS(o.t[0], x, x)
}

// squares is x = f*x + (g*gradient)*gradient.
func (o *optimizeRegs) squares(c *build.Context, x reg.VecPhysical, f, g int) {
	c.VMULPS(o.f(g), o.g, o.t[0])
	c.VMULPS(o.g, o.t[0], o.t[0])
	c.VMULPS(o.f(f), x, x)
	c.VADDPS(o.t[0], x, x)
}

// How much is done before the rule.
const (
	beforeNothing = iota // the rule alone
	beforeL2             // scale and l2
	beforeAll            // scale, cut, l2, l1 and shrink
)

func optimizers(c *build.Context, masks operand.Mem) {
	signs := table(c, "optimizeSigns", repeat(0x7fffffff)...)
	for _, k := range optimizeKernels {
		if k.plain {
			k.write(c, masks, signs, beforeNothing)
		}
		k.write(c, masks, signs, beforeL2)
		k.write(c, masks, signs, beforeAll)
	}
}

func (k *optimizeKernel) write(c *build.Context, masks, signs operand.Mem, before int) {
	name := k.name + []string{"", "L2", "All"}[before]
	c.Function(name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(o *byte)")
	c.Doc(name + ": " + []string{"", "g = f*g + l2*p, then ", "g is scaled, cut and penalized, p shrunk, then "}[before] + k.doc)
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	factor := func(i int) operand.Mem { return at(offOptimizeFactors + vector*i) }
	base := []reg.Register{reg.RDI, reg.R8, reg.R9, reg.R10, reg.R11}[:k.streams]
	n, i, temp := reg.RCX, reg.RSI, reg.RDX
	s := registers[:k.streams]
	mask, hits, zero := reg.Y15, reg.Y14, reg.Y13
	o := &optimizeRegs{p: s[0], g: s[1], s: s[2:], t: registers[5:9], f: func(i int) operand.Mem { return factor(factorRule + i) }}
	c.MOVQ(operand.NewParamAddr("o", 0), reg.RAX)
	for j, r := range base {
		c.MOVQ(at(offOptimize+24*j), r)
	}
	c.MOVQ(at(offOptimizeN), n)
	c.SHLQ(operand.Imm(2), n)
	c.XORQ(i, i)
	c.VXORPS(hits, hits, hits)
	c.VXORPS(zero, zero, zero)
	body := func(masked bool) {
		for j, r := range base {
			m := operand.Mem{Base: r, Index: i, Scale: 1}
			if masked {
				c.VMASKMOVPS(m, mask, s[j])
			} else {
				c.VMOVUPS(m, s[j])
			}
		}
		if before >= beforeL2 {
			c.VMULPS(factor(factorScale), o.g, o.g)
		}
		if before == beforeAll {
			// Of a number and a NaN the instructions give the operand that is first here.
			c.VMOVUPS(factor(factorCut), o.t[0])
			c.VMOVUPS(factor(factorMinusCut), o.t[1])
			c.VANDPS(signs, o.g, o.t[2])
			c.VCMPPS(operand.Imm(0x1e), o.t[0], o.t[2], o.t[2]) // greater than, and no NaN
			c.VORPS(o.t[2], hits, hits)
			c.VMINPS(o.g, o.t[0], o.g)
			c.VMAXPS(o.g, o.t[1], o.g)
		}
		if before >= beforeL2 {
			c.VMULPS(factor(factorL2), o.p, o.t[0])
			c.VADDPS(o.t[0], o.g, o.g)
		}
		if before == beforeAll {
			c.VCMPPS(operand.Imm(0x1e), zero, o.p, o.t[0])
			c.VCMPPS(operand.Imm(0x11), zero, o.p, o.t[1]) // less than
			c.VANDPS(factor(factorL1), o.t[0], o.t[0])
			c.VANDPS(factor(factorL1), o.t[1], o.t[1])
			c.VADDPS(o.t[0], o.g, o.g)
			c.VSUBPS(o.t[1], o.g, o.g)
			c.VMULPS(factor(factorShrink), o.p, o.p)
		}
		k.body(c, o)
		for j, r := range base {
			if j == 1 {
				continue // gradients are read only
			}
			m := operand.Mem{Base: r, Index: i, Scale: 1}
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
	if before == beforeAll {
		c.VMOVMSKPS(hits, temp.As32())
		c.MOVQ(temp, at(offOptimizeHit))
	}
	c.VZEROUPPER()
	c.RET()
}

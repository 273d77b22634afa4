package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct dropping; a test in package cpu holds them to the compiler's.
const (
	offDropOut, offDropX, offDropN   = 0, 24, 48
	offDropKey, offDropCounter       = 56, 64
	offDropBelow, offDropFactor      = 80, 84
	philoxMul0, philoxMul1           = 0xD2511F53, 0xCD9E8D57
	philoxWeyl0, philoxWeyl1         = 0x9E3779B9, 0xBB67AE85
	philoxRounds, philoxBlocksAtOnce = 10, 8
)

// table makes read-only data of 32-bit words.
func table(c *build.Context, name string, words ...uint32) operand.Mem {
	m := c.StaticGlobal(name)
	c.DataAttributes(8 | 16) // RODATA | NOPTR
	for _, w := range words {
		c.AppendDatum(operand.U32(w))
	}
	return m
}

func repeat(w uint32) []uint32 { return []uint32{w, w, w, w, w, w, w, w} }

// dropout writes dropout with its random numbers: Philox4x32-10 of 8 counters at a time. Multiplications of 32 by 32 bits give 64, so
// counters lie in the low halves of 64-bit lanes, in two sets of 4; what is in the high halves does not matter.
func dropout(c *build.Context, masks operand.Mem) {
	// The order of the counters in the lanes makes the words come out in order, two counters a register.
	first := table(c, "philoxFirst", 0, 0, 2, 0, 1, 0, 3, 0)
	second := table(c, "philoxSecond", 4, 0, 6, 0, 5, 0, 7, 0)
	muls := []operand.Mem{table(c, "philoxMul0", repeat(philoxMul0)...), table(c, "philoxMul1", repeat(philoxMul1)...)}
	weyls := []operand.Mem{table(c, "philoxWeyl0", repeat(philoxWeyl0)...), table(c, "philoxWeyl1", repeat(philoxWeyl1)...)}

	c.Function("dropoutRow")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(d *byte)")
	c.Doc("dropoutRow is out = 0 where a random word says so, x*factor elsewhere; see type dropping.")
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	out, x, n, counter, temp := reg.RDI, reg.RSI, reg.RCX, reg.R8, reg.RDX
	c.MOVQ(operand.NewParamAddr("d", 0), reg.RAX)
	c.MOVQ(at(offDropOut), out)
	c.MOVQ(at(offDropX), x)
	c.MOVQ(at(offDropN), n)
	c.MOVL(at(offDropCounter), counter.As32())

	type set struct{ c0, c1, c2, c3, t0, t1 reg.VecPhysical }
	sets := []set{
		{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y8, reg.Y9},
		{reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y10, reg.Y11},
	}
	k0, k1, m0, m1 := reg.Y12, reg.Y13, reg.Y14, reg.Y15
	c.VMOVDQU(muls[0], m0)
	c.VMOVDQU(muls[1], m1)

	align(c)
	c.Label("blocks")
	c.VMOVD(counter.As32(), reg.X4)
	c.VPBROADCASTD(reg.X4, reg.Y4)
	c.VPADDD(first, reg.Y4, reg.Y0)
	c.VPADDD(second, reg.Y4, reg.Y4)
	for i, s := range [][2]reg.VecPhysical{{reg.Y1, reg.Y5}, {reg.Y2, reg.Y6}, {reg.Y3, reg.Y7}} {
		c.VPBROADCASTD(at(offDropCounter+4*(i+1)), s[0])
		c.VMOVDQA(s[0], s[1])
	}
	c.VPBROADCASTD(at(offDropKey), k0)
	c.VPBROADCASTD(at(offDropKey+4), k1)
	for round := range philoxRounds {
		if round > 0 {
			c.VPADDD(weyls[0], k0, k0)
			c.VPADDD(weyls[1], k1, k1)
		}
		for i := range sets {
			s := &sets[i]
			c.VPMULUDQ(m0, s.c0, s.t0)
			c.VPMULUDQ(m1, s.c2, s.t1)
			c.VPXOR(k0, s.c1, s.c1)
			c.VPXOR(k1, s.c3, s.c3)
			c.VPSRLQ(operand.Imm(32), s.t1, s.c0)
			c.VPSRLQ(operand.Imm(32), s.t0, s.c2)
			c.VPXOR(s.c1, s.c0, s.c0)
			c.VPXOR(s.c3, s.c2, s.c2)
			s.c1, s.t1 = s.t1, s.c1 // the low halves of the products are the new words
			s.c3, s.t0 = s.t0, s.c3
		}
	}
	var words []reg.VecPhysical
	for _, s := range sets {
		c.VPSLLQ(operand.Imm(32), s.c1, s.t0)
		c.VPSLLQ(operand.Imm(32), s.c3, s.t1)
		c.VPBLENDD(operand.Imm(0xaa), s.t0, s.c0, s.c0)
		c.VPBLENDD(operand.Imm(0xaa), s.t1, s.c2, s.c2)
		c.VPUNPCKLQDQ(s.c2, s.c0, s.t0)
		c.VPUNPCKHQDQ(s.c2, s.c0, s.t1)
		words = append(words, s.t0, s.t1)
	}
	below, factor, value, mask := reg.Y12, reg.Y13, reg.Y0, reg.Y1
	c.VPBROADCASTD(at(offDropBelow), below)
	c.VBROADCASTSS(at(offDropFactor), factor)
	// drop turns words into ones where the element is dropped, and those into the result of v.
	drop := func(w, v reg.VecPhysical) {
		c.VPSRLD(operand.Imm(8), w, w)
		c.VPCMPGTD(w, below, w)
		c.VMULPS(factor, v, v)
		c.VANDNPS(v, w, v)
	}
	c.CMPQ(n, operand.Imm(4*philoxBlocksAtOnce))
	c.JL(operand.LabelRef("rest"))
	for i, w := range words {
		c.VMOVUPS(operand.Mem{Base: x, Disp: i * vector}, value)
		drop(w, value)
		c.VMOVUPS(value, operand.Mem{Base: out, Disp: i * vector})
	}
	c.ADDQ(operand.Imm(4*vector), x)
	c.ADDQ(operand.Imm(4*vector), out)
	c.ADDL(operand.Imm(philoxBlocksAtOnce), counter.As32())
	c.SUBQ(operand.Imm(4*philoxBlocksAtOnce), n)
	c.JNZ(operand.LabelRef("blocks"))
	c.JMP(operand.LabelRef("done"))

	// Fewer than 32 elements are left: whole vectors, then a masked one.
	c.Label("rest")
	c.VMOVAPS(words[0], reg.Y2)
	c.VMOVAPS(words[1], reg.Y3)
	c.VMOVAPS(words[2], reg.Y4)
	c.VMOVAPS(words[3], reg.Y5)
	c.Label("vector")
	c.CMPQ(n, operand.Imm(8))
	c.JL(operand.LabelRef("tail"))
	c.VMOVUPS(operand.Mem{Base: x}, value)
	drop(reg.Y2, value)
	c.VMOVUPS(value, operand.Mem{Base: out})
	c.VMOVAPS(reg.Y3, reg.Y2)
	c.VMOVAPS(reg.Y4, reg.Y3)
	c.VMOVAPS(reg.Y5, reg.Y4)
	c.ADDQ(operand.Imm(vector), x)
	c.ADDQ(operand.Imm(vector), out)
	c.SUBQ(operand.Imm(8), n)
	c.JMP(operand.LabelRef("vector"))
	c.Label("tail")
	c.SHLQ(operand.Imm(2), n)
	c.JZ(operand.LabelRef("done"))
	// The table has 8 ones, then 8 zeros: n bytes of ones end at its middle.
	c.LEAQ(masks, temp)
	c.SUBQ(n, temp)
	c.VMOVUPS(operand.Mem{Base: temp, Disp: vector}, mask)
	c.VMASKMOVPS(operand.Mem{Base: x}, mask, value)
	drop(reg.Y2, value)
	c.VMASKMOVPS(value, mask, operand.Mem{Base: out})
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

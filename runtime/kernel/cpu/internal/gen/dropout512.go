package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dropout512 is dropout for AVX-512: Philox4x32-10 of 16 counters at a time, in two sets of 8 64-bit lanes.
func dropout512(c *build.Context) {
	// The order of the counters in the lanes makes the words come out in order, four counters a register.
	first := table(c, "philoxFirst", 0, 0, 4, 0, 1, 0, 5, 0, 2, 0, 6, 0, 3, 0, 7, 0)
	second := table(c, "philoxSecond", 8, 0, 12, 0, 9, 0, 13, 0, 10, 0, 14, 0, 11, 0, 15, 0)
	constants := table(c, "philoxConstants", philoxMul0, philoxMul1, philoxWeyl0, philoxWeyl1)

	c.Function("zmmDropoutRow")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(d *byte)")
	c.Doc("zmmDropoutRow is out = 0 where a random word says so, x*factor elsewhere; see type dropping.")
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	out, x, n, counter, temp := reg.RDI, reg.RSI, reg.RCX, reg.R8, reg.RDX
	c.MOVQ(operand.NewParamAddr("d", 0), reg.RAX)
	c.MOVQ(at(offDropOut), out)
	c.MOVQ(at(offDropX), x)
	c.MOVQ(at(offDropN), n)
	c.MOVL(at(offDropCounter), counter.As32())

	type set struct{ c0, c1, c2, c3, t0, t1 reg.VecPhysical }
	sets := []set{{z(0), z(1), z(2), z(3), z(4), z(5)}, {z(6), z(7), z(8), z(9), z(10), z(11)}}
	k0, k1, m0, m1, w0, w1 := z(12), z(13), z(14), z(15), z(16), z(17)
	base, below, factor, value := z(18), z(19), z(20), z(21)
	lows, highs := z(22), z(23)
	seen := []reg.VecPhysical{z(24), z(25), z(26)} // words 1 to 3 of the counter
	odd, keep, tail := reg.K1, reg.K2, reg.K3
	constant := func(i int) operand.Mem {
		m := constants
		m.Disp += 4 * i
		return m
	}
	for i, r := range []reg.VecPhysical{m0, m1, w0, w1} {
		c.VPBROADCASTD(constant(i), r)
	}
	c.VMOVDQU32(first, lows)
	c.VMOVDQU32(second, highs)
	for i, r := range seen {
		c.VPBROADCASTD(at(offDropCounter+4*(i+1)), r)
	}
	c.VPBROADCASTD(at(offDropBelow), below)
	c.VBROADCASTSS(at(offDropFactor), factor)
	c.MOVL(operand.U32(0xaaaa), temp.As32())
	c.KMOVW(temp.As32(), odd)

	align(c)
	c.Label("blocks")
	c.VPBROADCASTD(counter.As32(), base)
	c.VPADDD(lows, base, sets[0].c0)
	c.VPADDD(highs, base, sets[1].c0)
	for i := range sets {
		for j, r := range []reg.VecPhysical{sets[i].c1, sets[i].c2, sets[i].c3} {
			c.VMOVDQA32(seen[j], r)
		}
	}
	c.VPBROADCASTD(at(offDropKey), k0)
	c.VPBROADCASTD(at(offDropKey+4), k1)
	for round := range philoxRounds {
		if round > 0 {
			c.VPADDD(w0, k0, k0)
			c.VPADDD(w1, k1, k1)
		}
		for i := range sets {
			s := &sets[i]
			c.VPMULUDQ(m0, s.c0, s.t0)
			c.VPMULUDQ(m1, s.c2, s.t1)
			c.VPSRLQ(operand.Imm(32), s.t1, s.c0)
			c.VPSRLQ(operand.Imm(32), s.t0, s.c2)
			c.VPTERNLOGD(operand.Imm(0x96), k0, s.c1, s.c0) // the exclusive or of all three
			c.VPTERNLOGD(operand.Imm(0x96), k1, s.c3, s.c2)
			s.c1, s.t1 = s.t1, s.c1 // the low halves of the products are the new words
			s.c3, s.t0 = s.t0, s.c3
		}
	}
	var words []reg.VecPhysical
	for _, s := range sets {
		c.VPSLLQ(operand.Imm(32), s.c1, s.t0)
		c.VPSLLQ(operand.Imm(32), s.c3, s.t1)
		c.VPBLENDMD(s.t0, s.c0, odd, s.c0)
		c.VPBLENDMD(s.t1, s.c2, odd, s.c2)
		c.VPUNPCKLQDQ(s.c2, s.c0, s.t0)
		c.VPUNPCKHQDQ(s.c2, s.c0, s.t1)
		words = append(words, s.t0, s.t1)
	}
	// drop computes 16 elements by their words.
	drop := func(w reg.VecPhysical, disp int, masked bool) {
		move512(c, operand.Mem{Base: x, Disp: disp}, value, masked, tail)
		c.VPSRLD(operand.Imm(8), w, w)
		c.VPCMPD(operand.Imm(5), below, w, keep) // not less
		c.VMULPS_Z(factor, value, keep, value)
		move512(c, value, operand.Mem{Base: out, Disp: disp}, masked, tail)
	}
	const whole = 64 // elements
	c.CMPQ(n, operand.Imm(whole))
	c.JL(operand.LabelRef("rest"))
	for i, w := range words {
		drop(w, i*vector512, false)
	}
	c.ADDQ(operand.U32(4*vector512), x)
	c.ADDQ(operand.U32(4*vector512), out)
	c.ADDL(operand.Imm(whole/4), counter.As32())
	c.SUBQ(operand.Imm(whole), n)
	c.JNZ(operand.LabelRef("blocks"))
	c.JMP(operand.LabelRef("done"))

	// Fewer than 64 elements are left: whole vectors, then a masked one.
	c.Label("rest")
	for i, w := range words {
		c.CMPQ(n, operand.Imm(16))
		c.JL(operand.LabelRef("tail"))
		drop(w, 0, false)
		c.ADDQ(operand.Imm(vector512), x)
		c.ADDQ(operand.Imm(vector512), out)
		c.SUBQ(operand.Imm(16), n)
		if i < len(words)-1 {
			c.VMOVDQA32(words[i+1], words[0])
		}
	}
	c.Label("tail")
	c.TESTQ(n, n)
	c.JZ(operand.LabelRef("done"))
	maskOf(c, n, temp, tail)
	drop(words[0], 0, true)
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

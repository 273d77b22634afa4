package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct pointProduct; a test in package cpu holds them to the compiler's.
const (
	offPA, offPB, offPC                = 0, 24, 48
	offPAK, offPAR, offPBK, offPCR     = 72, 80, 88, 96
	offPK, offPGroups, offPPoints      = 104, 112, 120
	offPAPoint, offPBPoint, offPCPoint = 128, 136, 144
	offPAdd                            = 152
	unrolled                           = 4 // terms
)

// pointProducts writes products of many small matrices of like shape, for groups of 1 to 6 rows and of 16 or 8 columns; see type pointProduct.
func pointProducts(c *build.Context) {
	for rows := 1; rows <= maxRows; rows++ {
		for _, vectors := range []int{2, 1} {
			pointProductKernel(c, rows, vectors)
		}
	}
}

// pointProductKernel writes one kernel. Registers: SI and DI walk the rows of a (0-2 and 3-5), DX walks b; Y0 and Y1 hold b, Y2 and Y3 a's
// numbers, the last ones the sums.
func pointProductKernel(c *build.Context, rows, vectors int) {
	c.Function(fmt.Sprintf("points%dx%d", rows, 8*vectors))
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(p *byte)")
	c.Doc(fmt.Sprintf("points%dx%d computes groups of %d rows and %d columns; see type pointProduct.", rows, 8*vectors, rows, 8*vectors))
	y := ymm()
	sum := func(r, v int) reg.VecPhysical { return y[16-rows*vectors+r*vectors+v] }
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	a0, a3, b, k := reg.RSI, reg.RDI, reg.RDX, reg.RCX
	groups, ar, c0, ak, bk, cr, a, cAt := reg.RBX, reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14
	c.MOVQ(operand.NewParamAddr("p", 0), reg.RAX)
	for _, s := range []struct {
		off int
		r   reg.Register
	}{{offPAR, ar}, {offPAK, ak}, {offPBK, bk}, {offPCR, cr}} {
		c.MOVQ(at(s.off), s.r)
		c.SHLQ(operand.Imm(2), s.r)
	}
	eachC := func(f func(r, v int, m operand.Mem)) {
		c.MOVQ(cAt, c0)
		for r := range rows {
			if r == 3 {
				c.LEAQ(operand.Mem{Base: cr, Index: cr, Scale: 2}, b)
				c.ADDQ(b, c0)
			}
			for v := range vectors {
				m := operand.Mem{Base: c0, Disp: v * vector}
				if r%3 > 0 {
					m.Index, m.Scale = cr, uint8(r%3)
				}
				f(r, v, m)
			}
		}
	}
	c.Label("point")
	c.MOVQ(at(offPA), a)
	c.MOVQ(at(offPC), cAt)
	c.MOVQ(at(offPGroups), groups)
	c.Label("group")
	c.CMPB(at(offPAdd), operand.Imm(0))
	c.JNE(operand.LabelRef("load"))
	for r := range rows {
		for v := range vectors {
			c.VXORPS(sum(r, v), sum(r, v), sum(r, v))
		}
	}
	c.JMP(operand.LabelRef("start"))
	c.Label("load")
	eachC(func(r, v int, m operand.Mem) { c.VMOVUPS(m, sum(r, v)) })
	c.Label("start")
	c.MOVQ(at(offPB), b)
	c.MOVQ(a, a0)
	if rows > 3 {
		c.LEAQ(operand.Mem{Base: ar, Index: ar, Scale: 2}, a3)
		c.ADDQ(a0, a3)
	}
	c.MOVQ(at(offPK), k)
	term := func() {
		for v := range vectors {
			c.VMOVUPS(operand.Mem{Base: b, Disp: v * vector}, y[v])
		}
		for r := range rows {
			m := operand.Mem{Base: a0}
			if r >= 3 {
				m.Base = a3
			}
			if r%3 > 0 {
				m.Index, m.Scale = ar, uint8(r%3)
			}
			t := y[2+r%2]
			c.VBROADCASTSS(m, t)
			for v := range vectors {
				c.VFMADD231PS(y[v], t, sum(r, v))
			}
		}
		c.ADDQ(ak, a0)
		if rows > 3 {
			c.ADDQ(ak, a3)
		}
		c.ADDQ(bk, b)
	}
	// Sums are short, so that the end of a loop, which processors guess wrong, would cost much: a few terms at a time.
	c.SUBQ(operand.Imm(unrolled), k)
	c.JL(operand.LabelRef("rest"))
	align(c)
	c.Label("k")
	for range unrolled {
		term()
	}
	c.SUBQ(operand.Imm(unrolled), k)
	c.JGE(operand.LabelRef("k"))
	c.Label("rest")
	c.ADDQ(operand.Imm(unrolled), k)
	c.JZ(operand.LabelRef("summed"))
	c.Label("one")
	term()
	c.DECQ(k)
	c.JNZ(operand.LabelRef("one"))
	c.Label("summed")
	eachC(func(r, v int, m operand.Mem) { c.VMOVUPS(sum(r, v), m) })
	// On to the next group, which is not there behind the last: nothing is read from these places then.
	for _, p := range []struct{ stride, place reg.Register }{{ar, a}, {cr, cAt}} {
		c.IMUL3Q(operand.Imm(uint64(rows)), p.stride, b)
		c.ADDQ(b, p.place)
	}
	c.DECQ(groups)
	c.JNZ(operand.LabelRef("group"))
	c.DECQ(at(offPPoints))
	c.JZ(operand.LabelRef("done"))
	for _, p := range []struct{ step, place int }{{offPAPoint, offPA}, {offPBPoint, offPB}, {offPCPoint, offPC}} {
		c.MOVQ(at(p.step), b)
		c.SHLQ(operand.Imm(2), b)
		c.ADDQ(b, at(p.place))
	}
	c.JMP(operand.LabelRef("point"))
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

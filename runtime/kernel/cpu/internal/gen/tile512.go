package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maxRows512 is the height of the largest tile: 14 rows of two vectors are 28 sums, beside which two vectors of b and two numbers of a fill
// the 32 registers. Its 16 loads for 28 multiply-adds leave half of the loads that a processor does in that time unused.
// Tiles of three vectors would load less, but 48 columns divide the usual numbers of channels badly.
const maxRows512 = 14

// kinds512 are the widths of tiles: all 32 columns, 17 to 31 of them (the second vector masked), and up to 16 (one masked vector).
var kinds512 = []tileKind512{{"32", 2, false}, {"32m", 2, true}, {"16m", 1, true}}

type tileKind512 struct {
	name    string
	vectors int
	masked  bool // the last vector is
}

func tiles512(c *build.Context) {
	for rows := 1; rows <= maxRows512; rows++ {
		for _, k := range kinds512 {
			k.write(c, rows)
		}
	}
}

// rows512 finds the rows of a matrix: seven from one pointer, seven from another, by multiples of the stride in registers.
type rows512 struct {
	count               int
	first, eighth       reg.GPPhysical // pointers to rows 0 and 7
	stride, three, five reg.GPPhysical // the stride, and 3 and 5 times it, in bytes
	offStride, offFirst int            // where the stride (in floats) and the pointer to row 0 are in the struct
	at                  func(off int) operand.Mem
}

// load sets all registers that the rows need.
func (r *rows512) load(c *build.Context) {
	c.MOVQ(r.at(r.offStride), r.stride)
	c.SHLQ(operand.Imm(2), r.stride)
	c.MOVQ(r.at(r.offFirst), r.first)
	if r.count > 3 {
		c.LEAQ(operand.Mem{Base: r.stride, Index: r.stride, Scale: 2}, r.three)
	}
	if r.count > 5 {
		c.LEAQ(operand.Mem{Base: r.stride, Index: r.stride, Scale: 4}, r.five)
	}
	if r.count > 7 {
		c.LEAQ(operand.Mem{Base: r.three, Index: r.stride, Scale: 4}, r.eighth)
		c.ADDQ(r.first, r.eighth)
	}
}

// advance moves all rows by a number of bytes in a register.
func (r *rows512) advance(c *build.Context, by reg.Register) {
	c.ADDQ(by, r.first)
	if r.count > 7 {
		c.ADDQ(by, r.eighth)
	}
}

// row is the first number of a row.
func (r *rows512) row(i int) operand.Mem {
	m := operand.Mem{Base: r.first}
	if i >= 7 {
		m.Base = r.eighth
	}
	switch i % 7 {
	case 1, 2, 4:
		m.Index, m.Scale = r.stride, uint8(i%7)
	case 3, 6:
		m.Index, m.Scale = r.three, uint8(i%7/3)
	case 5:
		m.Index, m.Scale = r.five, 1
	}
	return m
}

// write writes one kernel: tiles below each other, with bias and relu behind where asked for, as tile does for AVX2. DX walks b; the first
// registers hold b and a's numbers, the last ones the sums. A tile of one vector multiplies by numbers of a straight from memory.
func (k tileKind512) write(c *build.Context, rows int) {
	name := fmt.Sprintf("zmmTile%dx%s", rows, k.name)
	args := "func(t *byte)"
	if k.masked {
		args = "func(t *byte, cols int)"
	}
	c.Function(name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr(args)
	c.Doc(fmt.Sprintf("%s computes tiles of %d rows and %s columns; see type tile.", name, rows, k.name))

	sum := func(r, v int) reg.VecPhysical { return z(32 - rows*k.vectors + r*k.vectors + v) }
	mask := reg.K1
	masked := func(v int) bool { return k.masked && v == k.vectors-1 }
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	part := func(m operand.Mem, v int) operand.Mem {
		m.Disp += v * vector512
		return m
	}
	c.MOVQ(operand.NewParamAddr("t", 0), reg.RAX)
	if k.masked {
		c.MOVQ(operand.NewParamAddr("cols", 8), reg.RCX)
		if k.vectors == 2 {
			c.SUBQ(operand.Imm(16), reg.RCX)
		}
		maskOf(c, reg.RCX, reg.RBX, mask)
	}

	c.Label("tile")
	out := rows512{rows, reg.RSI, reg.RDI, reg.R8, reg.R9, reg.R15, offCR, offC, at}
	in := out
	in.offStride, in.offFirst = offAR, offA
	each := func(f func(r, v int)) {
		for r := range rows {
			for v := range k.vectors {
				f(r, v)
			}
		}
	}

	// Start from c or from zero.
	c.CMPB(at(offAdd), operand.Imm(0))
	c.JNE(operand.LabelRef("load"))
	each(func(r, v int) { c.VXORPS(sum(r, v), sum(r, v), sum(r, v)) })
	c.JMP(operand.LabelRef("start"))
	c.Label("load")
	out.load(c)
	each(func(r, v int) { move512(c, part(out.row(r), v), sum(r, v), masked(v), mask) })
	c.Label("start")

	b, ak, bk, skipA, skipB := reg.RDX, reg.R10, reg.R11, reg.R12, reg.R13
	in.load(c)
	c.MOVQ(at(offB), b)
	for _, s := range []struct {
		off int
		r   reg.Register
	}{{offAK, ak}, {offBK, bk}, {offAY, skipA}, {offBY, skipB}} {
		c.MOVQ(at(s.off), s.r)
		c.SHLQ(operand.Imm(2), s.r)
	}
	// After nk terms the pointers have moved by nk*ak and nk*bk; the next y starts ay and by from the last.
	c.MOVQ(at(offNK), reg.RCX)
	c.MOVQ(reg.RCX, reg.RBX)
	c.IMULQ(ak, reg.RBX)
	c.SUBQ(reg.RBX, skipA)
	c.IMULQ(bk, reg.RCX)
	c.SUBQ(reg.RCX, skipB)
	c.MOVQ(at(offNY), reg.RBX)
	c.Label("y")
	c.MOVQ(at(offNK), reg.RCX)
	align(c)
	c.Label("k")
	for v := range k.vectors {
		move512(c, part(operand.Mem{Base: b}, v), z(v), masked(v), mask)
	}
	for r := range rows {
		if k.vectors == 1 {
			c.VFMADD231PS_BCST(in.row(r), z(0), sum(r, 0))
			continue
		}
		t := z(2 + r%2)
		c.VBROADCASTSS(in.row(r), t)
		for v := range k.vectors {
			c.VFMADD231PS(z(v), t, sum(r, v))
		}
	}
	in.advance(c, ak)
	c.ADDQ(bk, b)
	c.DECQ(reg.RCX)
	c.JNZ(operand.LabelRef("k"))
	in.advance(c, skipA)
	c.ADDQ(skipB, b)
	c.DECQ(reg.RBX)
	c.JNZ(operand.LabelRef("y"))

	c.MOVQ(at(offBias), reg.RCX)
	c.TESTQ(reg.RCX, reg.RCX)
	c.JZ(operand.LabelRef("relu"))
	for v := range k.vectors {
		move512(c, part(operand.Mem{Base: reg.RCX}, v), z(v), masked(v), mask)
		for r := range rows {
			c.VADDPS(z(v), sum(r, v), sum(r, v))
		}
	}
	c.Label("relu")
	c.CMPB(at(offRelu), operand.Imm(0))
	c.JE(operand.LabelRef("store"))
	c.VXORPS(z(0), z(0), z(0))
	// Of 0 and a NaN the instruction gives the operand that is first here.
	each(func(r, v int) { c.VMAXPS(sum(r, v), z(0), sum(r, v)) })
	c.Label("store")
	out.load(c)
	each(func(r, v int) { move512(c, sum(r, v), part(out.row(r), v), masked(v), mask) })
	// The pointers stay inside their operands: they do not move behind the last tile.
	c.DECQ(at(offTiles))
	c.JZ(operand.LabelRef("done"))
	for _, p := range []struct{ step, pointer int }{{offAStep, offA}, {offCStep, offC}} {
		c.MOVQ(at(p.step), reg.RCX)
		c.SHLQ(operand.Imm(2), reg.RCX)
		c.ADDQ(reg.RCX, at(p.pointer))
	}
	c.JMP(operand.LabelRef("tile"))
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct tile; a test in package cpu holds them to the compiler's.
const (
	offA, offB, offC          = 0, 24, 48
	offAK, offAR, offAY       = 72, 80, 88
	offBK, offBY, offCR       = 96, 104, 112
	offNK, offNY, offTiles    = 120, 128, 136
	offAStep, offCStep        = 144, 152
	offBias                   = 160
	offAdd, offRelu           = 184, 185
	vector                    = 32 // bytes
	maxRows                   = 6
	fullCols, partCols, fewer = "16", "16m", "8m"
)

// tiles writes, for 1 to 6 rows, a tile of 16 columns (two vectors), of 9 to 15 columns (the second vector masked) and of
// up to 8 columns (one masked vector).
func tiles(c *build.Context, masks operand.Mem) {
	for rows := 1; rows <= maxRows; rows++ {
		for _, cols := range []string{fullCols, partCols, fewer} {
			tile(c, rows, cols, masks)
		}
	}
}

// maskTable is 8 words of ones and 8 of zeros: read from its word 8-n, a mask for n columns.
func maskTable(c *build.Context) operand.Mem {
	masks := c.StaticGlobal("masks")
	c.DataAttributes(8 | 16) // RODATA | NOPTR
	for i := range 16 {
		v := uint32(0)
		if i < 8 {
			v = 0xffffffff
		}
		c.AppendDatum(operand.U32(v))
	}
	return masks
}

// align starts the next instruction, the head of a loop, at a multiple of 32 bytes.
func align(c *build.Context) {
	c.Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []operand.Op{operand.Imm(32)}})
}

// tile writes one kernel: tiles below each other, with bias and relu behind where asked for. Registers: SI and DI walk the rows of a (0-2 and 3-5), DX walks b; Y0 and Y1 hold b, the next ones a's
// numbers and the mask, the last ones the sums.
func tile(c *build.Context, rows int, cols string, masks operand.Mem) {
	args := "func(t *tile)"
	if cols != fullCols {
		args = "func(t *tile, cols int)"
	}
	c.Function(fmt.Sprintf("tile%dx%s", rows, cols))
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr(map[bool]string{true: "func(t *byte)", false: "func(t *byte, cols int)"}[cols == fullCols])
	c.Doc(fmt.Sprintf("%s computes a tile of %d rows and %s columns; see type tile.", args, rows, cols))

	vectors := 2
	if cols == fewer {
		vectors = 1
	}
	y := func(i int) reg.VecPhysical {
		return []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}[i]
	}
	sum := func(r, v int) reg.VecPhysical { return y(16 - rows*vectors + r*vectors + v) }
	mask := y(3)
	broadcasts := []reg.VecPhysical{y(2), y(3)}
	if cols != fullCols {
		broadcasts = broadcasts[:1]
	}

	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	c.MOVQ(operand.NewParamAddr("t", 0), reg.RAX)
	if cols != fullCols {
		// The table has 8 ones, then 8 zeros: read 8 numbers that start 8-n before its middle, n the
		// columns of the masked vector.
		c.MOVQ(operand.NewParamAddr("cols", 8), reg.RCX)
		c.LEAQ(masks, reg.RBX)
		n := 8
		if cols == partCols {
			n = 16
		}
		c.NEGQ(reg.RCX)
		c.VMOVUPS(operand.Mem{Base: reg.RBX, Index: reg.RCX, Scale: 4, Disp: 4 * n}, mask)
	}
	masked := func(v int) bool { return cols != fullCols && v == vectors-1 }

	c.Label("tile")
	strideC, c0 := reg.R8, reg.RSI
	c.MOVQ(at(offCR), strideC)
	c.SHLQ(operand.Imm(2), strideC)
	eachC := func(f func(r, v int, m operand.Mem)) {
		c.MOVQ(at(offC), c0)
		for r := range rows {
			if r == 3 {
				c.LEAQ(operand.Mem{Base: strideC, Index: strideC, Scale: 2}, reg.R9)
				c.ADDQ(reg.R9, c0)
			}
			for v := range vectors {
				m := operand.Mem{Base: c0, Disp: v * vector}
				if r%3 > 0 {
					m.Index, m.Scale = strideC, uint8(r%3)
				}
				f(r, v, m)
			}
		}
	}

	// Start from c or from zero.
	c.CMPB(at(offAdd), operand.Imm(0))
	c.JNE(operand.LabelRef("load"))
	for r := range rows {
		for v := range vectors {
			c.VXORPS(sum(r, v), sum(r, v), sum(r, v))
		}
	}
	c.JMP(operand.LabelRef("start"))
	c.Label("load")
	eachC(func(r, v int, m operand.Mem) {
		if masked(v) {
			c.VMASKMOVPS(m, mask, sum(r, v))
		} else {
			c.VMOVUPS(m, sum(r, v))
		}
	})
	c.Label("start")

	a0, a3, b := reg.RSI, reg.RDI, reg.RDX
	ar, ak, bk, skipA, skipB := reg.R8, reg.R10, reg.R11, reg.R12, reg.R13
	c.MOVQ(at(offA), a0)
	c.MOVQ(at(offB), b)
	for _, s := range []struct {
		off int
		r   reg.Register
	}{{offAR, ar}, {offAK, ak}, {offBK, bk}, {offAY, skipA}, {offBY, skipB}} {
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
	if rows > 3 {
		c.LEAQ(operand.Mem{Base: ar, Index: ar, Scale: 2}, a3)
		c.ADDQ(a0, a3)
	}
	c.MOVQ(at(offNY), reg.RBX)
	c.Label("y")
	c.MOVQ(at(offNK), reg.RCX)
	align(c)
	c.Label("k")
	for v := range vectors {
		m := operand.Mem{Base: b, Disp: v * vector}
		if masked(v) {
			c.VMASKMOVPS(m, mask, y(v))
		} else {
			c.VMOVUPS(m, y(v))
		}
	}
	for r := range rows {
		m := operand.Mem{Base: a0}
		if r >= 3 {
			m.Base = a3
		}
		if r%3 > 0 {
			m.Index, m.Scale = ar, uint8(r%3)
		}
		t := broadcasts[r%len(broadcasts)]
		c.VBROADCASTSS(m, t)
		for v := range vectors {
			c.VFMADD231PS(y(v), t, sum(r, v))
		}
	}
	c.ADDQ(ak, a0)
	if rows > 3 {
		c.ADDQ(ak, a3)
	}
	c.ADDQ(bk, b)
	c.DECQ(reg.RCX)
	c.JNZ(operand.LabelRef("k"))
	c.ADDQ(skipA, a0)
	if rows > 3 {
		c.ADDQ(skipA, a3)
	}
	c.ADDQ(skipB, b)
	c.DECQ(reg.RBX)
	c.JNZ(operand.LabelRef("y"))

	c.CMPQ(at(offBias), operand.Imm(0))
	c.JE(operand.LabelRef("relu"))
	c.MOVQ(at(offBias), reg.R9)
	for v := range vectors {
		m := operand.Mem{Base: reg.R9, Disp: v * vector}
		if masked(v) {
			c.VMASKMOVPS(m, mask, y(v))
		} else {
			c.VMOVUPS(m, y(v))
		}
		for r := range rows {
			c.VADDPS(y(v), sum(r, v), sum(r, v))
		}
	}
	c.Label("relu")
	c.CMPB(at(offRelu), operand.Imm(0))
	c.JE(operand.LabelRef("store"))
	c.VXORPS(y(0), y(0), y(0))
	for r := range rows {
		for v := range vectors {
			c.VMAXPS(sum(r, v), y(0), sum(r, v)) // of 0 and a NaN the instruction gives the operand that is first here
		}
	}
	c.Label("store")
	c.MOVQ(at(offCR), strideC)
	c.SHLQ(operand.Imm(2), strideC)
	eachC(func(r, v int, m operand.Mem) {
		if masked(v) {
			c.VMASKMOVPS(sum(r, v), mask, m)
		} else {
			c.VMOVUPS(sum(r, v), m)
		}
	})
	// The pointers stay inside their operands: they do not move behind the last tile.
	c.DECQ(at(offTiles))
	c.JZ(operand.LabelRef("done"))
	for _, p := range []struct{ step, pointer int }{{offAStep, offA}, {offCStep, offC}} {
		c.MOVQ(at(p.step), reg.R9)
		c.SHLQ(operand.Imm(2), reg.R9)
		c.ADDQ(reg.R9, at(p.pointer))
	}
	c.JMP(operand.LabelRef("tile"))
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

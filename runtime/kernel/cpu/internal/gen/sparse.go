package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go structs sparseRows and compaction; a test in package cpu holds them to the compiler's.
const (
	offSparseEntries, offSparseCounts         = 0, 24
	offSparseB, offSparseC                    = 48, 72
	offSparseBase, offSparseBias              = 96, 120
	offSparseRows, offSparseEntryStep         = 144, 152
	offSparseCountStep, offSparseCStep        = 160, 168
	offSparseAdd, offSparseRelu               = 176, 177
	offCompactX, offCompactBack               = 0, 24
	offCompactEntries, offCompactCounts       = 48, 72
	offCompactBlocks, offCompactDepth         = 96, 104
	offCompactEntryStep, offCompactPitch      = 112, 120
	offCompactSize, offCompactRest            = 128, 132
	sparseVectors, entryBytes, sparseDepthMax = 12, 8, 64
)

var registers = []reg.VecPhysical{reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}

// sparse writes the kernels of products with a sparse operand.
func sparse(c *build.Context) {
	for vectors := 1; vectors <= sparseVectors; vectors++ {
		sparseRows(c, vectors)
	}
	compaction(c)
	majority(c)
	differences(c)
	finite(c)
}

// sparseRows multiplies lists of (value, place of a row of b) with rows of a block of b that is as wide as the registers: one sum
// a register, which all terms of a row of c are added to in order.
func sparseRows(c *build.Context, vectors int) {
	c.Function(fmt.Sprintf("sparseRows%d", vectors))
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(s *byte)")
	c.Doc(fmt.Sprintf("sparseRows%d computes rows of %d columns; see type sparseRows.", vectors, 8*vectors))
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	entries, counts, b, out, rows := reg.RDI, reg.RSI, reg.RDX, reg.R8, reg.R9
	entryStep, countStep, outStep, entry, end, place := reg.R10, reg.R11, reg.R12, reg.R13, reg.RCX, reg.RBX
	c.MOVQ(operand.NewParamAddr("s", 0), reg.RAX)
	for _, l := range []struct {
		off, shift int
		r          reg.Register
	}{{offSparseEntries, 0, entries}, {offSparseCounts, 0, counts}, {offSparseB, 0, b}, {offSparseC, 0, out}, {offSparseRows, 0, rows},
		{offSparseEntryStep, 3, entryStep}, {offSparseCountStep, 2, countStep}, {offSparseCStep, 2, outStep}} {
		c.MOVQ(at(l.off), l.r)
		if l.shift > 0 {
			c.SHLQ(operand.Imm(uint64(l.shift)), l.r)
		}
	}
	sums, value := registers[:vectors], reg.Y12
	each := func(base reg.Register, f func(m operand.Mem, sum reg.VecPhysical)) {
		for v, s := range sums {
			f(operand.Mem{Base: base, Disp: v * vector}, s)
		}
	}

	c.Label("row")
	c.CMPB(at(offSparseAdd), operand.Imm(0))
	c.JNE(operand.LabelRef("old"))
	for _, s := range sums {
		c.VXORPS(s, s, s)
	}
	c.JMP(operand.LabelRef("start"))
	c.Label("old")
	each(out, func(m operand.Mem, s reg.VecPhysical) { c.VMOVUPS(m, s) })
	c.Label("start")
	c.MOVL(operand.Mem{Base: counts}, end.As32())
	c.MOVQ(entries, entry)
	c.LEAQ(operand.Mem{Base: entries, Index: end, Scale: entryBytes}, end)
	c.CMPQ(entry, end)
	c.JEQ(operand.LabelRef("finish"))
	align(c)
	c.Label("entry")
	c.VBROADCASTSS(operand.Mem{Base: entry}, value)
	c.MOVL(operand.Mem{Base: entry, Disp: 4}, place.As32())
	for v, s := range sums {
		c.VFMADD231PS(operand.Mem{Base: b, Index: place, Scale: 1, Disp: v * vector}, value, s)
	}
	c.ADDQ(operand.Imm(entryBytes), entry)
	c.CMPQ(entry, end)
	c.JNE(operand.LabelRef("entry"))
	c.Label("finish")
	for _, row := range []struct {
		off  int
		next string
	}{{offSparseBase, "bias"}, {offSparseBias, "relu"}} {
		c.MOVQ(at(row.off), place)
		c.TESTQ(place, place)
		c.JZ(operand.LabelRef(row.next))
		each(place, func(m operand.Mem, s reg.VecPhysical) { c.VADDPS(m, s, s) })
		c.Label(row.next)
	}
	c.CMPB(at(offSparseRelu), operand.Imm(0))
	c.JE(operand.LabelRef("store"))
	c.VXORPS(value, value, value)
	for _, s := range sums {
		c.VMAXPS(s, value, s) // of 0 and a NaN the instruction gives the operand that is first here
	}
	c.Label("store")
	each(out, func(m operand.Mem, s reg.VecPhysical) { c.VMOVUPS(s, m) })
	c.ADDQ(entryStep, entries)
	c.ADDQ(countStep, counts)
	c.ADDQ(outStep, out)
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

// compaction lists what differs from a background, 8 numbers at a time: a table says for each pattern of differences how to move
// them to the front.
func compaction(c *build.Context) {
	order := c.StaticGlobal("compactOrder")
	c.DataAttributes(8 | 16) // RODATA | NOPTR
	for pattern := range 256 {
		// Values and places are interleaved by an instruction that works on halves: it gives the elements 0, 1, 4, 5, then
		// 2, 3, 6, 7.
		slots := [8]int{0, 1, 4, 5, 2, 3, 6, 7}
		var from [8]byte
		n := 0
		for bit := range 8 {
			if pattern>>bit&1 == 1 {
				from[slots[n]] = byte(bit)
				n++
			}
		}
		word := uint64(0)
		for i, f := range from {
			word |= uint64(f) << (8 * i)
		}
		c.AppendDatum(operand.U64(word))
	}
	signs := table(c, "compactSigns", repeat(0x7fffffff)...)
	steps := table(c, "compactSteps", 0, 1, 2, 3, 4, 5, 6, 7)

	c.Function("compactRow")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(c *byte)")
	c.Doc("compactRow lists the numbers of a row that differ from the background; see type compaction.")
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	x, back, entries, counts, blocks, n := reg.RDI, reg.RSI, reg.RDX, reg.R8, reg.R9, reg.RCX
	entry, pattern, lut, temp := reg.R10, reg.RBX, reg.R11, reg.R12
	value, base, differs, places, step, perm, low, high := reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7
	size, rest, sign := reg.Y8, reg.Y9, reg.Y10
	c.MOVQ(operand.NewParamAddr("c", 0), reg.RAX)
	c.MOVQ(at(offCompactX), x)
	c.MOVQ(at(offCompactBack), back)
	c.MOVQ(at(offCompactEntries), entries)
	c.MOVQ(at(offCompactCounts), counts)
	c.MOVQ(at(offCompactBlocks), blocks)
	c.MOVQ(at(offCompactDepth), n)
	c.LEAQ(order, lut)
	c.VMOVUPS(signs, sign)
	c.VXORPS(size, size, size)
	c.VXORPS(rest, rest, rest)
	c.VPBROADCASTD(at(offCompactPitch), step)
	c.Label("block")
	c.VPMULLD(steps, step, places)
	c.MOVQ(entries, entry)
	c.MOVQ(operand.U32(sparseDepthMax), temp)
	c.CMPQ(n, temp)
	c.CMOVQLT(n, temp)
	c.SUBQ(temp, n)
	c.VPSLLD(operand.Imm(3), step, step)
	align(c)
	c.Label("eight")
	c.VMOVUPS(operand.Mem{Base: x}, value)
	c.VMOVUPS(operand.Mem{Base: back}, base)
	c.VCMPPS(operand.Imm(4), base, value, differs) // a NaN differs
	c.VANDPS(sign, value, low)
	c.VADDPS(low, size, size)
	c.VSUBPS(base, value, value)
	c.VANDPS(sign, value, low)
	c.VADDPS(low, rest, rest)
	c.VMOVMSKPS(differs, pattern.As32())
	c.VPMOVZXBD(operand.Mem{Base: lut, Index: pattern, Scale: 8}, perm)
	c.POPCNTL(pattern.As32(), pattern.As32())
	c.VPERMPS(value, perm, value)
	c.VPERMD(places, perm, base)
	c.VUNPCKLPS(base, value, low)
	c.VUNPCKHPS(base, value, high)
	c.VMOVUPS(low, operand.Mem{Base: entry})
	c.VMOVUPS(high, operand.Mem{Base: entry, Disp: vector})
	c.LEAQ(operand.Mem{Base: entry, Index: pattern, Scale: entryBytes}, entry)
	c.VPADDD(step, places, places)
	c.ADDQ(operand.Imm(vector), x)
	c.ADDQ(operand.Imm(vector), back)
	c.SUBQ(operand.Imm(8), temp)
	c.JNZ(operand.LabelRef("eight"))
	c.SUBQ(entries, entry)
	c.SHRQ(operand.Imm(3), entry)
	c.MOVL(entry.As32(), operand.Mem{Base: counts})
	c.ADDQ(operand.Imm(4), counts)
	c.MOVQ(at(offCompactEntryStep), temp)
	c.LEAQ(operand.Mem{Base: entries, Index: temp, Scale: entryBytes}, entries)
	c.VPSRLD(operand.Imm(3), step, step)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	for _, s := range []struct {
		sum reg.VecPhysical
		off int
	}{{size, offCompactSize}, {rest, offCompactRest}} {
		x := s.sum.AsX()
		c.VEXTRACTF128(operand.Imm(1), s.sum, reg.X0)
		c.VADDPS(reg.X0, x, x)
		c.VMOVHLPS(x, x, reg.X0)
		c.VADDPS(reg.X0, x, x)
		c.VMOVSHDUP(x, reg.X0)
		c.VADDSS(reg.X0, x, x)
		c.VMOVSS(x, at(s.off))
	}
	c.VZEROUPPER()
	c.RET()
}

// majority writes the vote of Boyer and Moore (1981): the number that more than half of the rows have, where there is one.
func majority(c *build.Context) {
	c.Function("majorities")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(dst, src *byte, rows, stride, blocks int)")
	c.Doc("majorities gives for each of 8*blocks columns the number that most rows have, where more than half agree.")
	dst, src, rows, stride, blocks, p, left := reg.RDI, reg.RSI, reg.R8, reg.R9, reg.RCX, reg.RDX, reg.RBX
	for i, r := range []reg.Register{dst, src, rows, stride, blocks} {
		c.MOVQ(operand.NewParamAddr([]string{"dst", "src", "rows", "stride", "blocks"}[i], 8*i), r)
	}
	c.SHLQ(operand.Imm(2), stride)
	best, votes, x, same, free, zero := reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5
	ones := reg.Y6
	c.VPXOR(zero, zero, zero)
	c.VPCMPEQD(ones, ones, ones)
	align(c)
	c.Label("block")
	c.MOVQ(src, p)
	c.MOVQ(rows, left)
	c.VPXOR(best, best, best)
	c.VPXOR(votes, votes, votes)
	c.Label("row")
	c.VMOVUPS(operand.Mem{Base: p}, x)
	c.VPCMPEQD(zero, votes, free)
	c.VBLENDVPS(free, x, best, best)
	c.VCMPPS(operand.Imm(0), best, x, same)
	// One vote more where it is the same, one less elsewhere: masks are -1.
	c.VPADDD(ones, votes, votes)
	c.VPSLLD(operand.Imm(1), same, same)
	c.VPSUBD(same, votes, votes)
	c.ADDQ(stride, p)
	c.DECQ(left)
	c.JNZ(operand.LabelRef("row"))
	c.VMOVUPS(best, operand.Mem{Base: dst})
	c.ADDQ(operand.Imm(vector), dst)
	c.ADDQ(operand.Imm(vector), src)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	c.VZEROUPPER()
	c.RET()
}

// differences writes the count of places at which two rows differ.
func differences(c *build.Context) {
	c.Function("differences8")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(x, y *byte, blocks int) int")
	c.Doc("differences8 counts the places at which 8*blocks numbers differ; a NaN differs from all.")
	x, y, blocks, n, m := reg.RSI, reg.RDI, reg.RCX, reg.RAX, reg.RDX
	c.MOVQ(operand.NewParamAddr("x", 0), x)
	c.MOVQ(operand.NewParamAddr("y", 8), y)
	c.MOVQ(operand.NewParamAddr("blocks", 16), blocks)
	c.XORQ(n, n)
	align(c)
	c.Label("block")
	c.VMOVUPS(operand.Mem{Base: x}, reg.Y0)
	c.VCMPPS(operand.Imm(4), operand.Mem{Base: y}, reg.Y0, reg.Y0)
	c.VMOVMSKPS(reg.Y0, m.As32())
	c.POPCNTL(m.As32(), m.As32())
	c.ADDQ(m, n)
	c.ADDQ(operand.Imm(vector), x)
	c.ADDQ(operand.Imm(vector), y)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	c.MOVQ(n, operand.NewParamAddr("ret", 24))
	c.VZEROUPPER()
	c.RET()
}

// finite writes the question whether a vector's numbers all are finite: x-x is 0 then, and a NaN stays in a sum.
func finite(c *build.Context) {
	c.Function("finite8")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(x *byte, blocks int) bool")
	c.Doc("finite8 reports whether 8*blocks numbers are all finite.")
	x, blocks := reg.RSI, reg.RCX
	c.MOVQ(operand.NewParamAddr("x", 0), x)
	c.MOVQ(operand.NewParamAddr("blocks", 8), blocks)
	c.VXORPS(reg.Y1, reg.Y1, reg.Y1)
	align(c)
	c.Label("block")
	c.VMOVUPS(operand.Mem{Base: x}, reg.Y0)
	c.VSUBPS(reg.Y0, reg.Y0, reg.Y0)
	c.VORPS(reg.Y0, reg.Y1, reg.Y1)
	c.ADDQ(operand.Imm(vector), x)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	c.VCMPPS(operand.Imm(3), reg.Y1, reg.Y1, reg.Y1)
	c.VMOVMSKPS(reg.Y1, reg.RAX.As32())
	c.TESTL(reg.RAX.As32(), reg.RAX.As32())
	c.SETEQ(operand.NewParamAddr("ret", 16))
	c.VZEROUPPER()
	c.RET()
}

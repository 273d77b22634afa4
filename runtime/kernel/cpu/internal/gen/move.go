package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// moves writes the kernels that copy and turn pieces of matrices.
func moves(c *build.Context) {
	copyRows(c)
	turn16(c)
}

// ahead is how many rows before its use a row's memory is asked for.
const ahead = 12

// copyRows copies vectors of 8 numbers from each of some rows. Rows far apart are what the processor does not fetch by itself.
func copyRows(c *build.Context) {
	c.Function("copyRows")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(dst, src *byte, dstStride, srcStride, vectors, rows int) bool")
	c.Doc("copyRows sets dst[r*dstStride+i] = src[r*srcStride+i] for i < 8*vectors and r < rows, and reports whether all are finite.")
	dst, src, dstStride, srcStride, vectors, rows := reg.RDI, reg.RSI, reg.R8, reg.R9, reg.R10, reg.RCX
	i, temp := reg.RAX, reg.RDX
	for n, r := range []reg.Register{dst, src, dstStride, srcStride, vectors, rows} {
		c.MOVQ(operand.NewParamAddr([]string{"dst", "src", "dstStride", "srcStride", "vectors", "rows"}[n], 8*n), r)
	}
	c.SHLQ(operand.Imm(2), dstStride)
	c.SHLQ(operand.Imm(2), srcStride)
	c.SHLQ(operand.Imm(5), vectors)
	soon := reg.R11
	c.IMUL3Q(operand.Imm(ahead), srcStride, soon)
	c.ADDQ(src, soon)
	// A number less itself is 0, or a NaN, whose bits stay in unions.
	seen := reg.Y2
	look := func(y reg.VecPhysical) {
		c.VSUBPS(y, y, y)
		c.VORPS(y, seen, seen)
	}
	c.VXORPS(seen, seen, seen)
	c.Label("row")
	c.XORQ(i, i)
	c.CMPQ(vectors, operand.Imm(2*vector))
	c.JL(operand.LabelRef("one"))
	c.Label("pair")
	c.PREFETCHT0(operand.Mem{Base: soon, Index: i, Scale: 1})
	c.VMOVUPS(operand.Mem{Base: src, Index: i, Scale: 1}, reg.Y0)
	c.VMOVUPS(operand.Mem{Base: src, Index: i, Scale: 1, Disp: vector}, reg.Y1)
	c.VMOVUPS(reg.Y0, operand.Mem{Base: dst, Index: i, Scale: 1})
	c.VMOVUPS(reg.Y1, operand.Mem{Base: dst, Index: i, Scale: 1, Disp: vector})
	look(reg.Y0)
	look(reg.Y1)
	c.ADDQ(operand.Imm(2*vector), i)
	c.LEAQ(operand.Mem{Base: i, Disp: 2 * vector}, temp)
	c.CMPQ(temp, vectors)
	c.JLE(operand.LabelRef("pair"))
	c.CMPQ(i, vectors)
	c.JEQ(operand.LabelRef("next"))
	c.Label("one")
	c.PREFETCHT0(operand.Mem{Base: soon, Index: i, Scale: 1})
	c.VMOVUPS(operand.Mem{Base: src, Index: i, Scale: 1}, reg.Y0)
	c.VMOVUPS(reg.Y0, operand.Mem{Base: dst, Index: i, Scale: 1})
	look(reg.Y0)
	c.Label("next")
	c.ADDQ(dstStride, dst)
	c.ADDQ(srcStride, src)
	c.ADDQ(srcStride, soon)
	c.DECQ(rows)
	c.JNZ(operand.LabelRef("row"))
	c.VCMPPS(operand.Imm(3), seen, seen, seen)
	c.VMOVMSKPS(seen, temp.As32())
	c.TESTL(temp.As32(), temp.As32())
	c.SETEQ(operand.NewParamAddr("ret", 48))
	c.VZEROUPPER()
	c.RET()
}

// turn16 turns 16 rows into rows of 16: whole lines of the cache.
func turn16(c *build.Context) {
	c.Function("transpose16")
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(dst, src *byte, dstStride, srcStride, blocks int)")
	c.Doc("transpose16 sets dst[k*dstStride+r] = src[r*srcStride+k] for r < 16 and k < 8*blocks.")
	dst, src, low, dstStride, stride, stride3, blocks, temp, half := reg.RDI, reg.RSI, reg.R8, reg.R9, reg.R10, reg.R11, reg.RCX, reg.RDX, reg.RBX
	for i, r := range []reg.Register{dst, src, dstStride, stride, blocks} {
		c.MOVQ(operand.NewParamAddr([]string{"dst", "src", "dstStride", "srcStride", "blocks"}[i], 8*i), r)
	}
	c.SHLQ(operand.Imm(2), dstStride)
	c.SHLQ(operand.Imm(2), stride)
	c.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, stride3)
	c.LEAQ(operand.Mem{Base: src, Index: stride, Scale: 8}, half)
	align(c)
	c.Label("block")
	for i, from := range []reg.Register{src, half} {
		c.LEAQ(operand.Mem{Base: from, Index: stride, Scale: 4}, low)
		a, b := registers[:8], registers[8:]
		for i, base := range []reg.Register{from, low} {
			for j, m := range []operand.Mem{{Base: base}, {Base: base, Index: stride, Scale: 1}, {Base: base, Index: stride, Scale: 2}, {Base: base, Index: stride3, Scale: 1}} {
				c.VMOVUPS(m, a[4*i+j])
			}
		}
		turn8(c, a, b)
		c.MOVQ(dst, temp)
		for k := range 8 {
			c.VMOVUPS(b[k], operand.Mem{Base: temp, Disp: i * vector})
			if i == 1 { // what the call for the next 16 rows will write
				c.PREFETCHT0(operand.Mem{Base: temp, Disp: 2 * vector})
			}
			if k < 7 {
				c.ADDQ(dstStride, temp)
			}
		}
		c.ADDQ(operand.Imm(vector), from)
	}
	c.LEAQ(operand.Mem{Base: temp, Index: dstStride, Scale: 1}, dst)
	c.DECQ(blocks)
	c.JNZ(operand.LabelRef("block"))
	c.VZEROUPPER()
	c.RET()
}

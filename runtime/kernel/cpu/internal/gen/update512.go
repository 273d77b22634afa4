package main

import (
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// updates512Of are the kernels of updateKernels that have a version for AVX-512.
var updates512Of = map[string]bool{
	"updateAddScaled": true, "updateAverage": true, "updateMomentum": true, "updateNesterov": true, "updateAdam": true,
}

func updates512(c *build.Context) {
	done := 0
	for _, k := range updateKernels {
		if updates512Of[k.name] {
			k.name = "zmm" + strings.ToUpper(k.name[:1]) + k.name[1:]
			k.write512(c)
			done++
		}
	}
	if done != len(updates512Of) {
		panic("updates512Of names a kernel that is not in updateKernels")
	}
}

// write512 writes a loop over vectors of 16 numbers, the last one masked.
func (k *updateKernel) write512(c *build.Context) {
	c.Function(k.name)
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(u *byte)")
	c.Doc(k.name + ": " + k.doc)
	at := func(off int) operand.Mem { return operand.Mem{Base: reg.RAX, Disp: off} }
	base := []reg.Register{reg.RDI, reg.R8, reg.R9, reg.R10}[:k.streams]
	n, i, temp := reg.RCX, reg.RSI, reg.RDX
	s := []reg.VecPhysical{z(0), z(1), z(2), z(3)}
	f := []reg.VecPhysical{z(4), z(5), z(6), z(7), z(8), z(9), z(10)}
	free := []reg.VecPhysical{z(11), z(12)}
	c.MOVQ(operand.NewParamAddr("u", 0), reg.RAX)
	for j, r := range base {
		c.MOVQ(at(offUpdate+24*j), r)
	}
	for j := range k.factors {
		c.VBROADCASTSS(at(offFactors+4*j), f[j])
	}
	c.MOVQ(at(offUpdateN), n)
	c.SHLQ(operand.Imm(2), n)
	c.XORQ(i, i)
	body := func(masked bool) {
		for j, r := range base {
			move512(c, operand.Mem{Base: r, Index: i, Scale: 1}, s[j], masked, reg.K1)
		}
		k.body(c, s, f, free)
		for _, j := range k.stored {
			move512(c, s[j], operand.Mem{Base: base[j], Index: i, Scale: 1}, masked, reg.K1)
		}
	}
	align(c)
	c.Label("loop")
	c.LEAQ(operand.Mem{Base: i, Disp: vector512}, temp)
	c.CMPQ(temp, n)
	c.JA(operand.LabelRef("tail"))
	body(false)
	c.MOVQ(temp, i)
	c.JMP(operand.LabelRef("loop"))
	c.Label("tail")
	c.SUBQ(i, n)
	c.JZ(operand.LabelRef("done"))
	c.SHRQ(operand.Imm(2), n)
	maskOf(c, n, temp, reg.K1)
	body(true)
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Offsets in the Go struct poolRow; a test in package cpu holds them to the compiler's.
const (
	offPoolOut, offPoolX, offPoolDY, offPoolDX = 0, 24, 48, 72
	offPixels, offChannels, offStep            = 96, 104, 112
	offTapY, offTapX, offTapsY, offTapsX       = 120, 128, 136, 144
)

// pools writes maximum pooling of a row of output pixels, and its gradient for windows that do not overlap. Per pixel they go over the
// channels, 8 at a time, and per vector over the taps of the window.
func pools(c *build.Context, masks operand.Mem) {
	pool(c, masks, false)
	pool(c, masks, true)
}

func pool(c *build.Context, masks operand.Mem, grad bool) {
	if grad {
		c.Function("poolMaxGradRow")
		c.Doc("poolMaxGradRow adds each dy to dx at the first maximum of its window; out holds the maxima.")
	} else {
		c.Function("poolMaxRow")
		c.Doc("poolMaxRow takes the maximum of each window; a NaN is the result.")
	}
	c.Attributes(4) // NOSPLIT
	c.SignatureExpr("func(p *byte)")

	args := reg.RAX
	at := func(off int) operand.Mem { return operand.Mem{Base: args, Disp: off} }
	out, x, dy, dx := reg.RDI, reg.RSI, reg.R8, reg.R9
	pixels, channels := reg.RCX, reg.RBX // left
	tap, ty, tx := reg.RDX, reg.R10, reg.R11
	diff, stepY := reg.R12, reg.R13
	c.MOVQ(operand.NewParamAddr("p", 0), args)
	c.MOVQ(at(offPoolOut), out)
	c.MOVQ(at(offPoolX), x)
	if grad {
		c.MOVQ(at(offPoolDY), dy)
		c.MOVQ(at(offPoolDX), dx)
		c.SUBQ(x, dx) // from a place in x to that in dx
	}
	c.MOVQ(at(offPixels), pixels)
	best, v, m, mask, d, done := reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5

	c.Label("pixel")
	c.MOVQ(at(offChannels), channels)
	c.MOVQ(x, diff) // walks the channels of the window's first tap
	c.Label("vector")
	// Masked stores are slow on some processors, so only the last channels are masked.
	c.CMPQ(channels, operand.Imm(8))
	c.JL(operand.LabelRef("masked"))
	body := func(suffix string, masked bool) {
		load := func(m operand.Mem, to reg.VecPhysical) {
			if masked {
				c.VMASKMOVPS(m, mask, to)
			} else {
				c.VMOVUPS(m, to)
			}
		}
		store := func(from reg.VecPhysical, m operand.Mem) {
			if masked {
				c.VMASKMOVPS(from, mask, m)
			} else {
				c.VMOVUPS(from, m)
			}
		}
		if grad {
			load(operand.Mem{Base: out}, best)
			load(operand.Mem{Base: dy}, d)
			if masked {
				c.VMOVAPS(mask, done) // ones where the maximum is still to be found
			} else {
				c.VPCMPEQD(done, done, done)
			}
		} else {
			load(operand.Mem{Base: diff}, best) // the first tap
		}
		c.MOVQ(diff, stepY)
		c.MOVQ(at(offTapsY), ty)
		c.Label("y" + suffix)
		c.MOVQ(stepY, tap)
		c.MOVQ(at(offTapsX), tx)
		c.Label("x" + suffix)
		load(operand.Mem{Base: tap}, v)
		if grad {
			// A winner equals the maximum, or is a NaN.
			c.VCMPPS(operand.Imm(0), v, best, m)
			c.VCMPPS(operand.Imm(3), v, v, v)
			c.VORPS(v, m, m)
			c.VANDPS(done, m, m)
			c.VANDNPS(done, m, done)
			c.VANDPS(d, m, v)
			place := operand.Mem{Base: tap, Index: dx, Scale: 1}
			load(place, m)
			c.VADDPS(v, m, m)
			store(m, place)
		} else {
			// The instruction gives its first operand here where either is a NaN; one in best must stay as well.
			c.VCMPPS(operand.Imm(3), best, best, m)
			c.VMAXPS(v, best, v)
			c.VBLENDVPS(m, best, v, best)
		}
		c.ADDQ(at(offTapX), tap)
		c.DECQ(tx)
		c.JNZ(operand.LabelRef("x" + suffix))
		c.ADDQ(at(offTapY), stepY)
		c.DECQ(ty)
		c.JNZ(operand.LabelRef("y" + suffix))
		if !grad {
			store(best, operand.Mem{Base: out})
		}
	}
	body("8", false)
	c.JMP(operand.LabelRef("next"))
	c.Label("masked")
	// The table has 8 ones, then 8 zeros: the mask of the channels left ends at its middle.
	c.MOVQ(channels, tap)
	c.SHLQ(operand.Imm(2), tap)
	c.LEAQ(masks, ty)
	c.SUBQ(tap, ty)
	c.VMOVUPS(operand.Mem{Base: ty, Disp: vector}, mask)
	body("m", true)
	c.Label("next")
	// On to the next channels; after the last ones, out has moved by 4*C in all.
	c.MOVQ(operand.U32(8), tap)
	c.CMPQ(channels, tap)
	c.CMOVQLT(channels, tap)
	c.LEAQ(operand.Mem{Base: out, Index: tap, Scale: 4}, out)
	c.LEAQ(operand.Mem{Base: diff, Index: tap, Scale: 4}, diff)
	if grad {
		c.LEAQ(operand.Mem{Base: dy, Index: tap, Scale: 4}, dy)
	}
	c.SUBQ(tap, channels)
	c.JNZ(operand.LabelRef("vector"))
	c.ADDQ(at(offStep), x)
	c.DECQ(pixels)
	c.JNZ(operand.LabelRef("pixel"))
	c.VZEROUPPER()
	c.RET()
}

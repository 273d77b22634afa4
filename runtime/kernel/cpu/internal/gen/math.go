package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mathWriter writes elementary functions of 8 numbers at a time, after the Cephes library (Moshier, netlib.org/cephes: expf.c, logf.c,
// tanhf.c) as package cpu does in Go, with fused multiply-adds. NaN gives NaN, infinities give the limits: minima and maxima are
// written so that the instruction gives its operand that may be a NaN.
type mathWriter struct {
	*build.Context
	constants map[uint32]operand.Mem
}

// k is a constant, 8 times in memory.
func (w *mathWriter) k(v float64) operand.Mem {
	bits := math.Float32bits(float32(v))
	m, ok := w.constants[bits]
	if !ok {
		m = table(w.Context, fmt.Sprintf("math%08x", bits), repeat(bits)...)
		w.constants[bits] = m
	}
	return m
}

// word is a whole number, 8 times in memory.
func (w *mathWriter) word(v uint32) operand.Mem { return w.k(float64(math.Float32frombits(v))) }

// horner sets p to a polynomial of x, the highest coefficient first.
func (w *mathWriter) horner(x, p reg.VecPhysical, coefficients ...float64) {
	w.VMOVUPS(w.k(coefficients[0]), p)
	for _, c := range coefficients[1:] {
		w.VFMADD213PS(w.k(c), x, p)
	}
}

// least and most bound x by a constant; a NaN stays.
func (w *mathWriter) least(x reg.VecPhysical, bound float64, t reg.VecPhysical) {
	w.VMOVUPS(w.k(bound), t)
	w.VMINPS(x, t, x)
}

func (w *mathWriter) most(x reg.VecPhysical, bound float64, t reg.VecPhysical) {
	w.VMOVUPS(w.k(bound), t)
	w.VMAXPS(x, t, x)
}

// exp replaces x by e^x. t are three free registers.
func (w *mathWriter) exp(x reg.VecPhysical, t []reg.VecPhysical) {
	n, p, z := t[0], t[1], t[2]
	w.least(x, 89, n) // infinite from 88.73 on
	w.most(x, -104, n)
	w.VMULPS(w.k(1.44269504088896341), x, n)
	w.VROUNDPS(operand.Imm(8), n, n)
	w.VFNMADD231PS(w.k(0.693359375), n, x)
	w.VFNMADD231PS(w.k(-2.12194440e-4), n, x)
	w.horner(x, p, 1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
	w.VMULPS(x, x, z)
	w.VFMADD213PS(x, z, p)
	w.VADDPS(w.k(1), p, p)
	// 2^n in two factors: n goes from -150 to 128, which no number's exponent does.
	w.VCVTPS2DQ(n, n)
	w.VPSRAD(operand.Imm(1), n, z)
	w.VPSUBD(z, n, n)
	for _, half := range []reg.VecPhysical{z, n} {
		w.VPADDD(w.word(127), half, half)
		w.VPSLLD(operand.Imm(23), half, half)
		w.VMULPS(half, p, p)
	}
	w.VMOVAPS(p, x)
}

// negated sets d to -|x|.
func (w *mathWriter) negated(x, d reg.VecPhysical) { w.VORPS(w.word(1<<31), x, d) }

// sigmoid sets s to 1/(1+e^-x) by way of e^-|x|. t are four free registers.
func (w *mathWriter) sigmoid(x, s reg.VecPhysical, t []reg.VecPhysical) {
	w.negated(x, s)
	w.exp(s, t)
	w.VMOVUPS(w.k(1), t[0])
	w.VADDPS(t[0], s, t[1])
	w.VBLENDVPS(x, s, t[0], s) // by the sign
	w.VDIVPS(t[1], s, s)
}

// log1p replaces x, in [0, 1], by log(1+x). t are five free registers.
func (w *mathWriter) log1p(x reg.VecPhysical, t []reg.VecPhysical) {
	u, k, f, p, z := t[0], t[1], t[2], t[3], t[4]
	w.VADDPS(w.k(1), x, u)
	// What is lost in 1+x, over it.
	w.VSUBPS(w.k(1), u, f)
	w.VSUBPS(f, x, x)
	w.VDIVPS(u, x, x)
	w.VCMPPS(operand.Imm(0x1e), w.k(math.Sqrt2), u, k)
	w.VMULPS(w.k(0.5), u, p)
	w.VBLENDVPS(k, p, u, f)
	w.VANDPS(w.k(1), k, k)
	w.VSUBPS(w.k(1), f, f)
	w.horner(f, p, 7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
	w.VMULPS(f, f, z)
	w.VMULPS(f, p, p)
	w.VMULPS(z, p, p)
	w.VFMADD231PS(w.k(-2.12194440e-4), k, p)
	w.VFNMADD231PS(w.k(0.5), z, p)
	w.VADDPS(p, x, x)
	w.VADDPS(f, x, x)
	w.VFMADD231PS(w.k(0.693359375), k, x)
}

// normal sets d to the distribution function of the standard normal at x: half of erfc(|x|/sqrt 2) or 1 less that. The approximation of erfc
// is that of Numerical Recipes (Press et al. 1992, section 6.2), exact to 1.2e-7 of the result. t are six free registers.
func (w *mathWriter) normal(x, d reg.VecPhysical, t []reg.VecPhysical) {
	size, square, share := t[3], t[4], t[5]
	w.VANDPS(w.word(1<<31-1), x, size)
	w.least(size, 20, d) // where it is 0
	w.VMOVUPS(w.k(1), share)
	w.VMOVAPS(share, d)
	w.VFMADD231PS(w.k(math.Sqrt2/4), size, d)
	w.VDIVPS(d, share, share)
	w.horner(share, d, 0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223)
	w.VMULPS(size, size, square)
	w.VMOVAPS(square, t[0])
	w.VFMSUB231PS(size, size, t[0]) // what rounding the square has lost
	w.VFNMADD231PS(w.k(0.5), t[0], d)
	w.VFNMADD231PS(w.k(0.5), square, d)
	w.exp(d, t)
	w.VMULPS(w.k(0.5), share, share)
	w.VMULPS(share, d, d)
	w.VMOVUPS(w.k(1), t[0])
	w.VSUBPS(d, t[0], t[0])
	w.VBLENDVPS(x, d, t[0], d) // by the sign
}

// mathKernels writes the kernels, which are loops like those of vecKernels.
func mathKernels(c *build.Context, masks operand.Mem) {
	w := &mathWriter{c, map[uint32]operand.Mem{}}
	t := []reg.VecPhysical{reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y2}
	one := func(v *vecRegs) { w.VMOVAPS(v.x, v.result) }
	kernels := []vecKernel{
		{name: "vecExp", doc: "out = e^x", out: true, body: func(_ *build.Context, v *vecRegs) {
			one(v)
			w.exp(v.result, t)
		}},
		{name: "vecTanh", doc: "out = tanh(x)", out: true, body: func(_ *build.Context, v *vecRegs) {
			// Close to 0 a polynomial, else 1 - 2/(e^2|x| + 1).
			size, square, near := t[3], t[4], t[5]
			w.VANDPS(w.word(1<<31-1), v.x, size)
			w.VADDPS(size, size, v.result)
			w.exp(v.result, t)
			w.VADDPS(w.k(1), v.result, v.result)
			w.VMOVUPS(w.k(2), t[0])
			w.VDIVPS(v.result, t[0], v.result)
			w.VMOVUPS(w.k(1), t[0])
			w.VSUBPS(v.result, t[0], v.result)
			w.VANDPS(w.word(1<<31), v.x, t[0])
			w.VORPS(t[0], v.result, v.result)
			w.VMULPS(v.x, v.x, square)
			w.horner(square, near, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)
			w.VMULPS(square, near, near)
			w.VFMADD213PS(v.x, v.x, near)
			w.VCMPPS(operand.Imm(0x11), w.k(0.625), size, t[0])
			w.VBLENDVPS(t[0], near, v.result, v.result)
		}},
		{name: "vecTanhGrad", doc: "out = y * (1-x)(1+x), x a tanh", y: true, out: true, body: func(_ *build.Context, v *vecRegs) {
			w.VMOVUPS(w.k(1), t[0])
			w.VSUBPS(v.x, t[0], t[1])
			w.VADDPS(v.x, t[0], t[0])
			w.VMULPS(t[0], t[1], t[0])
			w.VMULPS(t[0], v.y, v.result)
		}},
		{name: "vecSigmoid", doc: "out = 1/(1+e^-x)", out: true, body: func(_ *build.Context, v *vecRegs) {
			w.sigmoid(v.x, v.result, t)
		}},
		{name: "vecSigmoidGrad", doc: "out = y * x(1-x), x a sigmoid", y: true, out: true, body: func(_ *build.Context, v *vecRegs) {
			w.VMOVUPS(w.k(1), t[0])
			w.VSUBPS(v.x, t[0], t[0])
			w.VMULPS(v.x, t[0], t[0])
			w.VMULPS(t[0], v.y, v.result)
		}},
		{name: "vecSilu", doc: "out = x sigmoid(x)", out: true, body: func(_ *build.Context, v *vecRegs) {
			w.sigmoid(v.x, v.result, t)
			w.VMULPS(v.x, v.result, v.result)
		}},
		{name: "vecSiluGrad", doc: "out = y * (s + x s sigmoid(-x)), s = sigmoid(x)", y: true, out: true, body: func(_ *build.Context, v *vecRegs) {
			other := t[4]
			w.VXORPS(w.word(1<<31), v.x, other)
			w.sigmoid(other, t[3], t)
			w.sigmoid(v.x, v.result, t)
			w.VMULPS(v.x, t[3], t[3])
			w.VFMADD213PS(v.result, t[3], v.result)
			w.VMULPS(v.y, v.result, v.result)
		}},
		{name: "vecGelu", doc: "out = x N(x), N the normal distribution function", out: true, body: func(_ *build.Context, v *vecRegs) {
			w.normal(v.x, v.result, t)
			w.VMULPS(v.x, v.result, v.result)
		}},
		{name: "vecGeluGrad", doc: "out = y * (N(x) + x n(x)), n its density", y: true, out: true, body: func(_ *build.Context, v *vecRegs) {
			density := t[6]
			w.normal(v.x, v.result, t)
			w.VMULPS(w.k(-0.5), v.x, density)
			w.VMULPS(v.x, density, density)
			w.exp(density, t)
			w.VMULPS(w.k(0.3989422804014327), density, density)
			w.VFMADD231PS(density, v.x, v.result)
			w.VMULPS(v.y, v.result, v.result)
		}},
		{name: "vecElu", doc: "out = co0 (e^x - 1) where x < 0, x elsewhere", out: true, co: 1, body: func(_ *build.Context, v *vecRegs) {
			near := t[3]
			one(v)
			w.exp(v.result, t)
			w.VSUBPS(w.k(1), v.result, v.result)
			// Close to 0 the series of e^x - 1, which does not cancel.
			w.horner(v.x, near, 1.0/5040, 1.0/720, 1.0/120, 1.0/24, 1.0/6, 0.5, 1)
			w.VMULPS(v.x, near, near)
			w.VCMPPS(operand.Imm(0x1e), w.k(-0.5), v.x, t[0])
			w.VBLENDVPS(t[0], near, v.result, v.result)
			w.VMULPS(v.co[0], v.result, v.result)
			w.VCMPPS(operand.Imm(0x11), v.zero, v.x, t[0])
			w.VBLENDVPS(t[0], v.result, v.x, v.result)
		}},
		{name: "vecEluGrad", doc: "out = y co0 e^x where x < 0, y elsewhere", y: true, out: true, co: 1, body: func(_ *build.Context, v *vecRegs) {
			one(v)
			w.exp(v.result, t)
			w.VMULPS(v.co[0], v.result, v.result)
			w.VMULPS(v.y, v.result, v.result)
			w.VCMPPS(operand.Imm(0x11), v.zero, v.x, t[0])
			w.VBLENDVPS(t[0], v.result, v.y, v.result)
		}},
		{name: "vecSoftplus", doc: "out = log(1+e^x)", out: true, body: func(_ *build.Context, v *vecRegs) {
			w.negated(v.x, v.result)
			w.exp(v.result, t)
			w.log1p(v.result, t)
			w.VMAXPS(v.x, v.zero, t[0])
			w.VADDPS(t[0], v.result, v.result)
		}},
		{name: "vecSoftplusGrad", doc: "out = y sigmoid(x)", y: true, out: true, body: func(_ *build.Context, v *vecRegs) {
			w.sigmoid(v.x, v.result, t)
			w.VMULPS(v.y, v.result, v.result)
		}},
		{name: "vecLeaky", doc: "out = co0 x where x < 0, x elsewhere", out: true, co: 1, body: func(_ *build.Context, v *vecRegs) {
			w.VMULPS(v.co[0], v.x, v.result)
			w.VCMPPS(operand.Imm(0x11), v.zero, v.x, t[0])
			w.VBLENDVPS(t[0], v.result, v.x, v.result)
		}},
		{name: "vecLeakyGrad", doc: "out = y where not x <= 0, co0 y elsewhere", y: true, out: true, co: 1, body: func(_ *build.Context, v *vecRegs) {
			w.VMULPS(v.co[0], v.y, v.result)
			w.VCMPPS(operand.Imm(0x12), v.zero, v.x, t[0])
			w.VBLENDVPS(t[0], v.result, v.y, v.result)
		}},
	}
	for i := range kernels {
		kernels[i].write(c, masks)
	}
}

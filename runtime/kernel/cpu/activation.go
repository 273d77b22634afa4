package cpu

import (
	"math"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// activation is an elementwise function y = f(x) and its gradient dx = dy * f'(x), which reads x or y, whichever is cheaper. Both see
// equal lengths, and out may be the same memory as any input.
type activation struct {
	do, dDo vecOp // where there is assembly, and for those without f
	scaled  bool  // they have alpha as coefficient

	f     func(out, x []float32, alpha float32)
	reads int // fromX or fromY
	d     func(out, v, dy []float32, alpha float32)
}

func (f *activation) apply(set *isa, out, x []float32, alpha float32) {
	if f.f != nil && !set.assembly {
		f.f(out, x, alpha)
		return
	}
	f.run(set, f.do, out, x, nil, alpha)
}

func (f *activation) gradient(set *isa, out, x, dy []float32, alpha float32) {
	if f.d != nil && !set.assembly {
		f.d(out, x, dy, alpha)
		return
	}
	f.run(set, f.dDo, out, x, dy, alpha)
}

func (f *activation) run(set *isa, do vecOp, out, x, y []float32, alpha float32) {
	v := vec{out: out, x: x, y: y, n: len(x)}
	if f.scaled {
		co := [lanes]float32{alpha, alpha, alpha, alpha, alpha, alpha, alpha, alpha}
		v.co[0], v.period = co[:], lanes
	}
	v.run(set, do)
}

// What a gradient reads besides dy, as the number of its input.
const (
	fromX = 0
	fromY = 1
)

var activations = map[string]activation{
	"relu": {do: doRelu, dDo: doReluGrad, reads: fromY},
	"leaky_relu": {
		do: doLeaky, dDo: doLeakyGrad, scaled: true,
		f: func(out, x []float32, slope float32) {
			for i, v := range x {
				if v < 0 {
					v *= slope
				}
				out[i] = v
			}
		},
		reads: fromX,
		d: func(out, x, dy []float32, slope float32) {
			for i, v := range x {
				d := dy[i]
				if v <= 0 {
					d *= slope
				}
				out[i] = d
			}
		},
	},
	"elu": {
		do: doElu, dDo: doEluGrad, scaled: true,
		f: func(out, x []float32, alpha float32) {
			for i, v := range x {
				if v < 0 {
					v = alpha * expm1(v)
				}
				out[i] = v
			}
		},
		reads: fromX,
		d: func(out, x, dy []float32, alpha float32) {
			for i, v := range x {
				d := dy[i]
				if v < 0 {
					d *= alpha * exp(v)
				}
				out[i] = d
			}
		},
	},
	"gelu": {
		do: doGelu, dDo: doGeluGrad,
		f: func(out, x []float32, _ float32) {
			for i, v := range x {
				out[i] = v * normalCDF(v)
			}
		},
		reads: fromX,
		d: func(out, x, dy []float32, _ float32) {
			for i, v := range x {
				out[i] = dy[i] * (normalCDF(v) + v*normalDensity(v))
			}
		},
	},
	"silu": {
		do: doSilu, dDo: doSiluGrad,
		f: func(out, x []float32, _ float32) {
			for i, v := range x {
				out[i] = v * sigmoid(v)
			}
		},
		reads: fromX,
		d: func(out, x, dy []float32, _ float32) {
			for i, v := range x {
				s := sigmoid(v)
				out[i] = dy[i] * (s + v*s*sigmoid(-v))
			}
		},
	},
	"tanh": {
		do: doTanh, dDo: doTanhGrad,
		f: func(out, x []float32, _ float32) {
			for i, v := range x {
				out[i] = tanh(v)
			}
		},
		reads: fromY,
		d: func(out, y, dy []float32, _ float32) {
			for i, v := range y {
				out[i] = dy[i] * ((1 - v) * (1 + v))
			}
		},
	},
	"sigmoid": {
		do: doSigmoid, dDo: doSigmoidGrad,
		f: func(out, x []float32, _ float32) {
			for i, v := range x {
				out[i] = sigmoid(v)
			}
		},
		reads: fromY,
		d: func(out, y, dy []float32, _ float32) {
			for i, v := range y {
				out[i] = dy[i] * (v * (1 - v))
			}
		},
	},
	"softplus": {
		do: doSoftplus, dDo: doSoftplusGrad,
		f: func(out, x []float32, _ float32) {
			for i, v := range x {
				out[i] = softplus(v)
			}
		},
		reads: fromX,
		d: func(out, x, dy []float32, _ float32) {
			for i, v := range x {
				out[i] = dy[i] * sigmoid(v)
			}
		},
	},
}

var _ = func() (done []struct{}) {
	for name, f := range activations {
		done = append(done, register(name, unary(f)), register(name+"_dx", unaryGrad(f)))
	}
	return done
}()

var _ = register("scale", func(s step) *program {
	f := newScale(s.isa, alphaOf(s.Attrs))
	return flat(s.Out.Size(), func(from, to int, a kernel.Args) { f(a.Out[from:to], a.In[0][from:to]) })
})

// newScale makes a function that multiplies by a factor.
func newScale(set *isa, factor float32) func(out, x []float32) {
	co := make([]float32, lanes)
	for i := range co {
		co[i] = factor
	}
	return func(out, x []float32) {
		v := vec{out: out, x: x, n: len(x), co: [4][]float32{co}, period: lanes}
		v.run(set, doMulCo)
	}
}

// keepAbove0 is d where v > 0 or v is a NaN, and d*0 elsewhere. It is written with whole numbers, for which the compiler needs no branch: signs
// are random, and a branch on them costs more than the rest.
func keepAbove0(v, d float32) float32 {
	bits := math.Float32bits(v)
	keep := uint32(0)
	if int32(bits) > 0 {
		keep = 1<<32 - 1
	}
	if bits&(1<<31-1) > 0x7f800000 {
		keep = 1<<32 - 1
	}
	return math.Float32frombits(math.Float32bits(d)&keep | math.Float32bits(d*0)&^keep)
}

// unary makes the compiler of y = f(x).
func unary(f activation) func(step) *program {
	return func(s step) *program {
		alpha := alphaOf(s.Attrs)
		return flat(s.Out.Size(), func(from, to int, a kernel.Args) {
			x := a.In[0][from:to]
			f.apply(s.isa, a.Out[from:to][:len(x)], x, alpha)
		})
	}
}

// unaryGrad makes the compiler of a gradient, whose inputs are (x, y, dy).
func unaryGrad(f activation) func(step) *program {
	return func(s step) *program {
		alpha := alphaOf(s.Attrs)
		p := flat(s.Out.Size(), func(lo, hi int, a kernel.Args) {
			v := a.In[f.reads][lo:hi]
			f.gradient(s.isa, a.Out[lo:hi][:len(v)], v, a.In[2][lo:hi][:len(v)], alpha)
		})
		p.unread = 1 << (1 - f.reads)
		return p
	}
}

func alphaOf(attrs any) float32 {
	if u, ok := attrs.(op.Unary); ok {
		return float32(u.Alpha)
	}
	return 0
}

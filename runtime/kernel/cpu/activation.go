package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Elementwise functions and their gradients dx = dy * f'(x). Each gradient reads what is cheapest: the
// input x or the output y.
var (
	_ = register("relu", unary(func(out, x []float32, _ float32) {
		for i, v := range x {
			if v <= 0 { // a NaN stays
				v = 0
			}
			out[i] = v
		}
	}))
	_ = register("relu_dx", unaryGrad(fromY, func(out, y, dy []float32, _ float32) {
		for i, v := range y {
			d := dy[i]
			if v <= 0 {
				d *= 0 // not 0: a NaN stays
			}
			out[i] = d
		}
	}))

	_ = register("leaky_relu", unary(func(out, x []float32, slope float32) {
		for i, v := range x {
			if v < 0 {
				v *= slope
			}
			out[i] = v
		}
	}))
	_ = register("leaky_relu_dx", unaryGrad(fromX, func(out, x, dy []float32, slope float32) {
		for i, v := range x {
			d := dy[i]
			if v <= 0 {
				d *= slope
			}
			out[i] = d
		}
	}))

	_ = register("elu", unary(func(out, x []float32, alpha float32) {
		for i, v := range x {
			if v < 0 {
				v = alpha * expm1(v)
			}
			out[i] = v
		}
	}))
	_ = register("elu_dx", unaryGrad(fromX, func(out, x, dy []float32, alpha float32) {
		for i, v := range x {
			d := dy[i]
			if v < 0 {
				d *= alpha * exp(v)
			}
			out[i] = d
		}
	}))

	_ = register("gelu", unary(func(out, x []float32, _ float32) {
		for i, v := range x {
			out[i] = v * normalCDF(v)
		}
	}))
	_ = register("gelu_dx", unaryGrad(fromX, func(out, x, dy []float32, _ float32) {
		for i, v := range x {
			out[i] = dy[i] * (normalCDF(v) + v*normalDensity(v))
		}
	}))

	_ = register("silu", unary(func(out, x []float32, _ float32) {
		for i, v := range x {
			out[i] = v * sigmoid(v)
		}
	}))
	_ = register("silu_dx", unaryGrad(fromX, func(out, x, dy []float32, _ float32) {
		for i, v := range x {
			s := sigmoid(v)
			out[i] = dy[i] * (s + v*s*(1-s))
		}
	}))

	_ = register("tanh", unary(func(out, x []float32, _ float32) {
		for i, v := range x {
			out[i] = tanh(v)
		}
	}))
	_ = register("tanh_dx", unaryGrad(fromY, func(out, y, dy []float32, _ float32) {
		for i, v := range y {
			out[i] = dy[i] * ((1 - v) * (1 + v))
		}
	}))

	_ = register("sigmoid", unary(func(out, x []float32, _ float32) {
		for i, v := range x {
			out[i] = sigmoid(v)
		}
	}))
	_ = register("sigmoid_dx", unaryGrad(fromY, func(out, y, dy []float32, _ float32) {
		for i, v := range y {
			out[i] = dy[i] * (v * (1 - v))
		}
	}))

	_ = register("softplus", unary(func(out, x []float32, _ float32) {
		for i, v := range x {
			out[i] = softplus(v)
		}
	}))
	_ = register("softplus_dx", unaryGrad(fromX, func(out, x, dy []float32, _ float32) {
		for i, v := range x {
			out[i] = dy[i] * sigmoid(v)
		}
	}))
)

// unary makes the compiler of y = f(x), which sees equal lengths and may be given the same memory twice.
func unary(f func(out, x []float32, alpha float32)) func(step) *program {
	return func(s step) *program {
		alpha := alphaOf(s.Attrs)
		return flat(s.Out.Size(), func(from, to int, a kernel.Args) {
			x := a.In[0][from:to]
			f(a.Out[from:to][:len(x)], x, alpha)
		})
	}
}

// What a gradient reads besides dy: input 0 (x) or input 1 (y).
const (
	fromX = 0
	fromY = 1
)

// unaryGrad makes the compiler of dx = f(x or y, dy) for inputs (x, y, dy).
func unaryGrad(from int, f func(out, v, dy []float32, alpha float32)) func(step) *program {
	return func(s step) *program {
		alpha := alphaOf(s.Attrs)
		p := flat(s.Out.Size(), func(lo, hi int, a kernel.Args) {
			v := a.In[from][lo:hi]
			f(a.Out[lo:hi][:len(v)], v, a.In[2][lo:hi][:len(v)], alpha)
		})
		p.unread = 1 << (1 - from)
		return p
	}
}

func alphaOf(attrs any) float32 {
	if u, ok := attrs.(op.Unary); ok {
		return float32(u.Alpha)
	}
	return 0
}

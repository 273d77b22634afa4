package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Losses give one number an example; their gradients get that number's gradient dl.
var (
	_ = register("cross_entropy", func(s step) *program {
		smooth := float32(s.Attrs.(op.Loss).Smoothing)
		return examples(s, func(x, t []float32, a kernel.Args, n int) {
			even := smooth / float32(len(x))
			top, lse := logSumExp(x)
			sum := float32(0)
			for i, v := range x {
				sum += ((1-smooth)*t[i] + even) * ((v - top) - lse)
			}
			a.Out[n] = -sum
		})
	})
	_ = register("cross_entropy_dx", func(s step) *program {
		smooth := float32(s.Attrs.(op.Loss).Smoothing)
		return examples(s, func(x, t []float32, a kernel.Args, n int) {
			even := smooth / float32(len(x))
			dl := a.In[2][n]
			top, lse := logSumExp(x)
			out := a.Out[n*len(x):][:len(x)]
			for i, v := range x {
				out[i] = dl * (exp((v-top)-lse) - ((1-smooth)*t[i] + even))
			}
		})
	})
	_ = register("bce", func(s step) *program {
		smooth := float32(s.Attrs.(op.Loss).Smoothing)
		return examples(s, func(x, t []float32, a kernel.Args, n int) {
			sum := float32(0)
			for i, v := range x {
				w := (1-smooth)*t[i] + smooth/2
				sum += softplus(-abs(v)) + max(v, 0) - w*v
			}
			a.Out[n] = sum / float32(len(x))
		})
	})
	_ = register("bce_dx", gradExamples(func(v, y float32, l op.Loss) float32 {
		smooth := float32(l.Smoothing)
		return sigmoid(v) - ((1-smooth)*y + smooth/2)
	}))

	_ = register("mse", meanExamples(func(p, y float32, _ op.Loss) float32 { return (p - y) * (p - y) }))
	_ = register("mse_dx", gradExamples(func(p, y float32, _ op.Loss) float32 { return 2 * (p - y) }))

	_ = register("mae", meanExamples(func(p, y float32, _ op.Loss) float32 { return abs(p - y) }))
	_ = register("mae_dx", gradExamples(func(p, y float32, _ op.Loss) float32 { return sign(p - y) }))

	// Huber 1964, "Robust estimation of a location parameter", scaled as PyTorch's HuberLoss.
	_ = register("huber", meanExamples(func(p, y float32, l op.Loss) float32 {
		delta := float32(l.Delta)
		d := abs(p - y)
		if d > delta {
			return delta * (d - 0.5*delta)
		}
		return 0.5 * d * d
	}))
	_ = register("huber_dx", gradExamples(func(p, y float32, l op.Loss) float32 {
		delta := float32(l.Delta)
		d := p - y
		switch {
		case d > delta:
			return delta
		case d < -delta:
			return -delta
		}
		return d
	}))
)

// examples makes a kernel that sees the inputs 0 and 1 of one example at a time.
func examples(s step, body func(x, t []float32, a kernel.Args, n int)) *program {
	size := s.In[0].Size() / s.In[0][0]
	return rows(s.In[0][0], size, func(from, to int, a kernel.Args) {
		for n := from; n < to; n++ {
			body(a.In[0][n*size:][:size], a.In[1][n*size:][:size], a, n)
		}
	})
}

// meanExamples makes the compiler of a loss that is the mean of f over an example.
func meanExamples(f func(p, y float32, l op.Loss) float32) func(step) *program {
	return func(s step) *program {
		l := lossOf(s.Attrs)
		return examples(s, func(x, t []float32, a kernel.Args, n int) {
			sum := float32(0)
			for i, v := range x {
				sum += f(v, t[i], l)
			}
			a.Out[n] = sum / float32(len(x))
		})
	}
}

// gradExamples makes the compiler of its gradient, where df is the derivative of f by p.
func gradExamples(df func(p, y float32, l op.Loss) float32) func(step) *program {
	return func(s step) *program {
		l := lossOf(s.Attrs)
		return examples(s, func(x, t []float32, a kernel.Args, n int) {
			dl := a.In[2][n] / float32(len(x))
			out := a.Out[n*len(x):][:len(x)]
			for i, v := range x {
				out[i] = dl * df(v, t[i], l)
			}
		})
	}
}

func lossOf(attrs any) op.Loss {
	l, _ := attrs.(op.Loss) // mse and mae may have none
	return l
}

// logSumExp gives the largest of x and the logarithm of the sum of e^(x - largest). A NaN makes the sum one.
func logSumExp(x []float32) (top, lse float32) {
	top = x[0]
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	sum := float32(0)
	for _, v := range x {
		sum += exp(v - top)
	}
	return top, log(sum)
}

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}

// sign is 0 at 0 and NaN for NaN.
func sign(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

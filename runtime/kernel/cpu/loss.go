package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Losses give one number an example; their gradients get that number's gradient dl.
var (
	_ = register("cross_entropy", func(s step) *program {
		smooth := float32(s.Attrs.(op.Loss).Smoothing)
		size := s.In[0].Size() / s.In[0][0]
		return rows(s.In[0][0], size, func(from, to int, a kernel.Args) {
			crossEntropy(s.isa, a.Out[from:to], a.In[0][from*size:to*size], a.In[1][from*size:to*size], smooth)
		})
	})
	_ = register("cross_entropy_dx", func(s step) *program {
		smooth := float32(s.Attrs.(op.Loss).Smoothing)
		size := s.In[0].Size() / s.In[0][0]
		return rows(s.In[0][0], size, func(from, to int, a kernel.Args) {
			crossEntropyGrad(s.isa, a.Out[from*size:to*size], a.In[0][from*size:to*size], a.In[1][from*size:to*size], a.In[2][from:to], smooth)
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

// crossEntropy computes the loss of each row of logits x against targets t.
func crossEntropy(set *isa, out, x, t []float32, smooth float32) {
	size := len(x) / len(out)
	even := smooth / float32(size)
	var buffer [512]float32 // powers of as many rows as fit, or of a piece of a row
	var tops [len(buffer)]float32
	group := max(1, len(buffer)/size)
	for from := 0; from < len(out); from += group {
		to := min(from+group, len(out))
		var sums [len(buffer)]float32
		if size <= len(buffer) {
			n := 0
			for r := from; r < to; r++ {
				n += below(buffer[n:], x[r*size:][:size], &tops[r-from])
			}
			exps(set, buffer[:n])
			for r := range to - from {
				sums[r] = sum(0, buffer[r*size:][:size])
			}
		} else {
			row := x[from*size:][:size]
			tops[0] = largest(row)
			for at := 0; at < size; at += len(buffer) {
				part := row[at:min(at+len(buffer), size)]
				for i, v := range part {
					buffer[i] = v - tops[0]
				}
				exps(set, buffer[:len(part)])
				sums[0] = sum(sums[0], buffer[:len(part)])
			}
		}
		for r := from; r < to; r++ {
			top, lse := tops[r-from], log(sums[r-from])
			target := t[r*size:][:size]
			total := float32(0)
			for i, v := range x[r*size:][:size] {
				total += ((1-smooth)*target[i] + even) * ((v - top) - lse)
			}
			out[r] = -total
		}
	}
}

// crossEntropyGrad computes the gradient for each row of logits, whose loss has the gradient dl. Powers are kept in out, which may be x.
func crossEntropyGrad(set *isa, out, x, t, dl []float32, smooth float32) {
	size := len(x) / len(dl)
	even := smooth / float32(size)
	var top float32
	for r := range dl {
		below(out[r*size:], x[r*size:][:size], &top)
	}
	exps(set, out)
	for r, d := range dl {
		row, target := out[r*size:][:size], t[r*size:][:size]
		total := sum(0, row)
		for i, e := range row {
			row[i] = d * (e/total - ((1-smooth)*target[i] + even))
		}
	}
}

// below sets out to x less its largest number.
func below(out, x []float32, top *float32) (n int) {
	*top = largest(x)
	for i, v := range x {
		out[i] = v - *top
	}
	return len(x)
}

func largest(x []float32) float32 {
	top := x[0]
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}

// sum adds up numbers in order.
func sum(start float32, x []float32) float32 {
	for _, v := range x {
		start += v
	}
	return start
}

// exps replaces numbers by e to their power.
func exps(set *isa, x []float32) {
	if set.assembly {
		v := vec{out: x, x: x, n: len(x)}
		v.run(set, doExp)
		return
	}
	for i, v := range x {
		x[i] = exp(v)
	}
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

package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("add", binary(add))
	_ = register("mul", binary(mul))
	_ = register("bias", func(s step) *program {
		c := s.In[1][0]
		return outputRows(s.Out.Size()/c, c, func(from, to int, a kernel.Args) {
			addBias(a.Out[from*c:to*c], a.In[0][from*c:to*c], a.In[1][:c], 0)
		})
	})
	_ = register("mul_channels", channels(func(out, x, s []float32) {
		for i, v := range s {
			out[i] = x[i] * v
		}
	}))
	_ = register("add_channels", channels(func(out, x, s []float32) {
		for i, v := range s {
			out[i] = x[i] + v
		}
	}))
	_ = register("track", func(s step) *program {
		t := s.Attrs.(op.Track)
		c := s.Out[1]
		decay, keep, unbias := float32(t.Decay), float32(1-t.Decay), float32((1-t.Decay)*t.Unbias)
		return once(1, func(_ int, a kernel.Args) {
			state, m := a.In[0], a.In[1]
			for i, v := range state[:c] {
				a.Out[i] = v*decay + m[i]*keep
			}
			for i := c; i < 2*c; i++ {
				a.Out[i] = state[i]*decay + m[i]*unbias
			}
		})
	})
	_ = register("fill", func(s step) *program {
		f := float32(s.Attrs.(op.Fill).Factor)
		return flat(s.Out.Size(), func(from, to int, a kernel.Args) {
			v := a.In[0][0] * f
			out := a.Out[from:to]
			for i := range out {
				out[i] = v
			}
		})
	})
)

// binary makes the compiler of out = f(x, y), elementwise.
func binary(f func(out, x, y []float32)) func(step) *program {
	return func(s step) *program {
		return flat(s.Out.Size(), func(from, to int, a kernel.Args) {
			x := a.In[0][from:to]
			f(a.Out[from:to][:len(x)], x, a.In[1][from:to][:len(x)])
		})
	}
}

// channels makes the compiler of out = f(x[n,h,w,c], s[n,c]); f sees one pixel.
func channels(f func(out, x, s []float32)) func(step) *program {
	return func(s step) *program {
		n, c := s.In[1][0], s.In[1][1]
		space := s.Out.Size() / (n * c)
		return outputRows(n*space, c, func(from, to int, a kernel.Args) {
			for r := from; r < to; r++ {
				image := r / space
				f(a.Out[r*c:][:c], a.In[0][r*c:][:c], a.In[1][image*c:][:c])
			}
		})
	}
}

func add(out, x, y []float32) {
	for i, v := range x {
		out[i] = v + y[i]
	}
}

func mul(out, x, y []float32) {
	for i, v := range x {
		out[i] = v * y[i]
	}
}

// addBias adds b to the rows of x, whose first element is element at of a matrix with rows like b.
func addBias(out, x, b []float32, at int) {
	for part := b[at%len(b):]; len(x) > 0; part = b {
		n := min(len(part), len(x))
		xr, or := x[:n], out[:n]
		for i, v := range part[:n] {
			or[i] = xr[i] + v
		}
		x, out = x[n:], out[n:]
	}
}

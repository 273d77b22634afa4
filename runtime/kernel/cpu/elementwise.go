package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("add", binary(doAdd))
	_ = register("mul", binary(doMul))
	_ = register("bias", func(s step) *program {
		c := s.In[1][0]
		p := outputRows(s.Out.Size()/c, c, nil)
		bias := newBias(p, s.isa, c, 1)
		p.body = func(from, to int, a kernel.Args) { bias(a.Out[from*c:to*c], a.In[0][from*c:to*c], from*c, a) }
		return p
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

// binary makes the compiler of an elementwise operation on two inputs.
func binary(do vecOp) func(step) *program {
	return func(s step) *program {
		return flat(s.Out.Size(), func(from, to int, a kernel.Args) {
			v := vec{out: a.Out[from:to], x: a.In[0][from:to], y: a.In[1][from:to], n: to - from}
			v.run(s.isa, do)
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

// newBias makes a function that adds a bias of c channels, which is an input, to elements at … of rows of c. Where it must be
// repeated, p gets a phase for that and scratch memory.
func newBias(p *program, set *isa, c, input int) func(out, x []float32, at int, a kernel.Args) {
	y := coefficients(c)
	if y.period == c {
		return func(out, x []float32, at int, a kernel.Args) {
			v := vec{out: out, x: x, n: len(x), co: [4][]float32{a.In[input][:c]}, period: c, offset: at % c}
			v.run(set, doAddCo)
		}
	}
	start := p.prepare(y.period, func(dst []float32, a kernel.Args) { y.fill(dst, a.In[input]) })
	return func(out, x []float32, at int, a kernel.Args) {
		v := vec{out: out, x: x, n: len(x), co: [4][]float32{a.Scratch[start:][:y.period]}, period: y.period, offset: at % y.period}
		v.run(set, doAddCo)
	}
}

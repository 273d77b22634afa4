package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Reductions of an image x[n,h,w,c] to s[n,c], and their gradients.
var (
	_ = register("mean_space", func(s step) *program { return sumSpace(s, doSum, 1/float32(s.In[0][1]*s.In[0][2])) })
	_ = register("sum_space", func(s step) *program { return sumSpace(s, doSum, 1) })
	_ = register("mul_channels_ds", func(s step) *program { return sumSpace(s, doDot, 1) })
	_ = register("spread_space", func(s step) *program {
		sp := s.Attrs.(op.Space)
		f := 1 / float32(sp.H*sp.W)
		c, size := s.In[0][1], s.Out.Size()/s.Out[0]
		return outputRows(s.Out[0], size, func(from, to int, a kernel.Args) {
			for image := from; image < to; image++ {
				in, out := a.In[0][image*c:][:c], a.Out[image*size:][:size]
				first := out[:c]
				for i, v := range in {
					first[i] = v * f
				}
				for at := c; at < size; at += c {
					copy(out[at:], first)
				}
			}
		})
	})
	_ = register("max_space", func(s step) *program {
		c, size := s.Out[1], s.In[0].Size()/s.Out[0]
		return rows(s.Out[0], size, func(from, to int, a kernel.Args) {
			for image := from; image < to; image++ {
				x, out := a.In[0][image*size:][:size], a.Out[image*c:][:c]
				copy(out, x)
				for at := c; at < size; at += c {
					for i, v := range x[at:][:len(out)] {
						out[i] = max(out[i], v) // a NaN stays
					}
				}
			}
		})
	})
	_ = register("max_space_dx", func(s step) *program {
		c, size := s.In[1][1], s.In[0].Size()/s.In[1][0]
		p := rows(s.In[1][0], size, func(from, to int, a kernel.Args) {
			for image := from; image < to; image++ {
				x, dx := a.In[0][image*size:][:size], a.Out[image*size:][:size]
				dy := a.In[2][image*c:][:c]
				clear(dx)
				for i, d := range dy {
					best, m := i, x[i]
					for at := i + c; at < size; at += c {
						if v := x[at]; !(v <= m) && m == m {
							best, m = at, v
						}
					}
					dx[best] = d
				}
			}
		})
		p.unread = 1 << 1
		return p
	})
)

// sumSpace adds the pixels of each image (of x, or of x times y) and multiplies by f.
func sumSpace(s step, do vecOp, f float32) *program {
	c, size := s.Out[1], s.In[0].Size()/s.Out[0]
	y := sums(c)
	chunks, per := blocks(s.Out[0], size)
	p := once(chunks, func(chunk int, a kernel.Args) {
		work := a.Scratch[chunk*y.period:][:y.period]
		for image := chunk * per; image < min((chunk+1)*per, s.Out[0]); image++ {
			v := vec{x: a.In[0][image*size:][:size], n: size, acc: [2][]float32{work}, period: y.period}
			if do == doDot {
				v.y = a.In[1][image*size:][:size]
			}
			clear(work)
			v.run(s.isa, do)
			out := a.Out[image*c:][:c]
			y.fold(out, work)
			for i := range out {
				out[i] *= f
			}
		}
	})
	p.scratch = chunks * y.period
	return p
}

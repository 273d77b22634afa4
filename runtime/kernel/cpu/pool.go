package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("pool_max", func(s step) *program { return maxPool(s.isa, newPooling(s.Attrs.(op.Pool), s.In[0], s.Out)) })
	_ = register("pool_max_dx", func(s step) *program {
		return maxPoolGrad(s.isa, newPooling(s.Attrs.(op.Pool), s.In[0], s.In[1]))
	})
	_ = register("pool_avg", func(s step) *program { return averagePool(newPooling(s.Attrs.(op.Pool), s.In[0], s.Out)) })
	_ = register("pool_avg_dx", func(s step) *program {
		return averagePoolGrad(newPooling(s.Attrs.(op.Pool), s.Out, s.In[0]))
	})
)

// pooling is the geometry of a pooling from x to y.
type pooling struct {
	op.Pool
	x, y           op.Shape
	rows, columns  []window // of each output row and column
	xImage, yImage int
	xRow, yRow     int
	c              int
}

// window is where the taps of an output row or column fall: t0 … t1-1 are inside, tap t0 at the input position at.
type window struct{ at, t0, t1 int }

func newPooling(a op.Pool, x, y op.Shape) *pooling {
	p := &pooling{Pool: a, x: x, y: y, c: x[3]}
	p.rows = windows(y[1], a.KH, a.SH, a.DH, a.Top, x[1])
	p.columns = windows(y[2], a.KW, a.SW, a.DW, a.Left, x[2])
	p.xRow, p.yRow = x[2]*x[3], y[2]*y[3]
	p.xImage, p.yImage = x[1]*p.xRow, y[1]*p.yRow
	return p
}

func windows(n, taps, step, tap, before, extent int) []window {
	a := axis{n: n, taps: taps, step: step, tap: tap, before: before}
	a.clip(extent)
	var all []window
	for _, s := range a.segments {
		for i := s.from; i < s.to; i++ {
			all = append(all, window{i*step + s.t0*tap - before, s.t0, s.t1})
		}
	}
	return all
}

// poolRow is one call of a maximum pooling kernel: pixels neighbouring results of c channels, whose windows of tapsY x tapsX taps lie step bytes
// apart in x (tapY and tapX bytes between taps).
type poolRow struct {
	out, x, dy, dx           []float32
	pixels, c, step          int
	tapY, tapX, tapsY, tapsX int
}

// row is the call for output columns from … to-1, which have equally many taps, of row oy. The operands start at one image.
func (p *pooling) row(oy, from, to int, out, x []float32) poolRow {
	wy, wx := p.rows[oy], p.columns[from]
	at := wy.at*p.xRow + wx.at*p.c
	return poolRow{
		out: out[oy*p.yRow+from*p.c:], x: x[at:],
		pixels: to - from, c: p.c, step: 4 * p.SW * p.c,
		tapY: 4 * p.DH * p.xRow, tapX: 4 * p.DW * p.c, tapsY: wy.t1 - wy.t0, tapsX: wx.t1 - wx.t0,
	}
}

// alike is the end of the columns from … on that have the same taps.
func (p *pooling) alike(from int) int {
	to := from + 1
	for to < len(p.columns) && p.columns[to].t0 == p.columns[from].t0 && p.columns[to].t1 == p.columns[from].t1 {
		to++
	}
	return to
}

func maxPool(set *isa, p *pooling) *program {
	c := p.c
	if set.assembly {
		return outputRows(p.y[0]*p.y[1], p.yRow, func(from, to int, a kernel.Args) {
			for r := from; r < to; r++ {
				image := r / p.y[1]
				x, out := a.In[0][image*p.xImage:][:p.xImage], a.Out[image*p.yImage:][:p.yImage]
				for ox := 0; ox < p.y[2]; {
					end := p.alike(ox)
					call := p.row(r%p.y[1], ox, end, out, x)
					poolMaxRow(&call)
					ox = end
				}
			}
		})
	}
	return outputRows(p.y[0]*p.y[1], p.yRow, func(from, to int, a kernel.Args) {
		for r := from; r < to; r++ {
			image, oy := r/p.y[1], r%p.y[1]
			x := a.In[0][image*p.xImage:][:p.xImage]
			out := a.Out[r*p.yRow:][:p.yRow]
			wy := p.rows[oy]
			for ox, wx := range p.columns {
				o := out[ox*c:][:c]
				first := true
				for ty := range wy.t1 - wy.t0 {
					for tx := range wx.t1 - wx.t0 {
						v := x[(wy.at+ty*p.DH)*p.xRow+(wx.at+tx*p.DW)*c:][:len(o)]
						if first {
							copy(o, v)
							first = false
							continue
						}
						for i, m := range o {
							o[i] = max(m, v[i]) // a NaN stays
						}
					}
				}
			}
		}
	})
}

func maxPoolGrad(set *isa, p *pooling) *program {
	c := p.c
	// Windows may overlap, so an image is one thread's.
	if set.assembly {
		return outputRows(p.x[0], p.xImage, func(from, to int, a kernel.Args) {
			for image := from; image < to; image++ {
				x, y := a.In[0][image*p.xImage:][:p.xImage], a.In[1][image*p.yImage:][:p.yImage]
				dy, dx := a.In[2][image*p.yImage:][:p.yImage], a.Out[image*p.xImage:][:p.xImage]
				clear(dx)
				for oy := range p.y[1] {
					for ox := 0; ox < p.y[2]; {
						end := p.alike(ox)
						call := p.row(oy, ox, end, y, x)
						call.dy, call.dx = dy[oy*p.yRow+ox*c:], dx[len(x)-len(call.x):]
						poolMaxGradRow(&call)
						ox = end
					}
				}
			}
		})
	}
	prog := outputRows(p.x[0], p.xImage, func(from, to int, a kernel.Args) {
		for image := from; image < to; image++ {
			x := a.In[0][image*p.xImage:][:p.xImage]
			dy := a.In[2][image*p.yImage:][:p.yImage]
			dx := a.Out[image*p.xImage:][:p.xImage]
			clear(dx)
			for oy, wy := range p.rows {
				for ox, wx := range p.columns {
					d := dy[oy*p.yRow+ox*c:][:c]
					for i, g := range d {
						best, m := -1, float32(0)
						for ty := range wy.t1 - wy.t0 {
							at := (wy.at+ty*p.DH)*p.xRow + wx.at*c + i
							for range wx.t1 - wx.t0 {
								if w := x[at]; best < 0 || !(w <= m) && m == m {
									best, m = at, w
								}
								at += p.DW * c
							}
						}
						dx[best] += g
					}
				}
			}
		}
	})
	prog.unread = 1 << 1
	return prog
}

// divisor is what the sum over a window is divided by.
func (p *pooling) divisor(wy, wx window) float32 {
	if p.CountBorder {
		return float32(p.KH * p.KW)
	}
	return float32((wy.t1 - wy.t0) * (wx.t1 - wx.t0))
}

func averagePool(p *pooling) *program {
	c := p.c
	return outputRows(p.y[0]*p.y[1], p.yRow, func(from, to int, a kernel.Args) {
		for r := from; r < to; r++ {
			image, oy := r/p.y[1], r%p.y[1]
			x := a.In[0][image*p.xImage:][:p.xImage]
			out := a.Out[r*p.yRow:][:p.yRow]
			wy := p.rows[oy]
			for ox, wx := range p.columns {
				o := out[ox*c:][:c]
				clear(o)
				for ty := range wy.t1 - wy.t0 {
					for tx := range wx.t1 - wx.t0 {
						v := x[(wy.at+ty*p.DH)*p.xRow+(wx.at+tx*p.DW)*c:][:len(o)]
						for i := range o {
							o[i] += v[i]
						}
					}
				}
				f := 1 / p.divisor(wy, wx)
				for i := range o {
					o[i] *= f
				}
			}
		}
	})
}

func averagePoolGrad(p *pooling) *program {
	c := p.c
	return outputRows(p.x[0], p.xImage, func(from, to int, a kernel.Args) {
		for image := from; image < to; image++ {
			dy := a.In[0][image*p.yImage:][:p.yImage]
			dx := a.Out[image*p.xImage:][:p.xImage]
			clear(dx)
			for oy, wy := range p.rows {
				for ox, wx := range p.columns {
					d := dy[oy*p.yRow+ox*c:][:c]
					f := 1 / p.divisor(wy, wx)
					for ty := range wy.t1 - wy.t0 {
						for tx := range wx.t1 - wx.t0 {
							v := dx[(wy.at+ty*p.DH)*p.xRow+(wx.at+tx*p.DW)*c:][:len(d)]
							for i, g := range d {
								v[i] += g * f
							}
						}
					}
				}
			}
		}
	})
}

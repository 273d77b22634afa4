package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// depthwise is a convolution whose groups have one channel in and one out (Howard et al. 2017, "MobileNets"): there is no sum over
// channels, so it is a memory-bound sum over the taps of x times the tap's weights, channel by channel.
type depthwise struct {
	*isa
	a          op.Conv
	x, y       op.Shape
	rows, cols []segment // for each ky and kx: the output rows and columns from which it lies inside
	weights    cycle
}

// isDepthwise reports whether a convolution with kernels w[kh,kw,1,co] is one, with as many channels in as out.
func isDepthwise(a op.Conv, w op.Shape) bool { return a.Groups > 1 && w[2] == 1 && w[3] == a.Groups }

func newDepthwise(set *isa, a op.Conv, x, y op.Shape) *depthwise {
	d := &depthwise{isa: set, a: a, x: x, y: y, weights: coefficients(y[3])}
	for ky := range a.KH {
		d.rows = append(d.rows, reach(ky, y[1], a.SH, a.DH, a.Top, x[1]))
	}
	for kx := range a.KW {
		d.cols = append(d.cols, reach(kx, y[2], a.SW, a.DW, a.Left, x[2]))
	}
	return d
}

// The passes of a depthwise convolution.
const (
	passForward = iota
	passInput
	passWeights
)

// along handles the pixels of output row oy that tap (ky, kx) lies inside for, of one image of the input's and of the output's size.
// Neighbouring pixels are one stream where the stride is 1. V has the tap's weights or sums.
func (d *depthwise) along(v *vec, pass, oy, ky, kx int, x, y []float32) {
	c := d.y[3]
	cols := d.cols[kx]
	runs, n, step := 1, (cols.to-cols.from)*c, 0
	if d.a.SW > 1 {
		runs, n, step = cols.to-cols.from, c, d.a.SW*c
	}
	if runs == 0 || n == 0 {
		return
	}
	x = x[((oy*d.a.SH+ky*d.a.DH-d.a.Top)*d.x[2]+cols.from*d.a.SW+kx*d.a.DW-d.a.Left)*c:]
	y = y[(oy*d.y[2]+cols.from)*c:]
	v.n = n
	for r := range runs {
		px, py := x[r*step:][:n], y[r*n:][:n]
		switch pass {
		case passForward:
			v.out, v.x = py, px
			v.run(d.isa, doMulAddCo)
		case passInput:
			v.out, v.x = px, py
			v.run(d.isa, doMulAddCo)
		case passWeights:
			v.x, v.y = px, py
			v.run(d.isa, doDot)
		}
	}
}

// sweep makes the kernel of the forward pass or of the gradient for the input: the output is cleared, then each tap adds to it. An image, or a band
// of its output rows in the forward pass, is a chunk.
func (d *depthwise) sweep(pass int) *program {
	out, bands := d.y, 1
	if pass == passInput {
		out = d.x
	} else {
		bands = min((15+out[0])/out[0], out[1])
	}
	xImage, yImage, row := d.x[1]*d.x[2]*d.x[3], d.y[1]*d.y[2]*d.y[3], out[2]*out[3]
	image := out[1] * row
	p := &program{}
	start := p.prepare(d.a.KH*d.a.KW*d.weights.period, func(dst []float32, a kernel.Args) {
		for tap := range d.a.KH * d.a.KW {
			d.weights.fill(dst[tap*d.weights.period:], a.In[1][tap*d.weights.c:][:d.weights.c])
		}
	})
	p.phases = append(p.phases, phase{d.y[0] * bands, func(chunk int, a kernel.Args) {
		n, band := chunk/bands, chunk%bands
		from, to := band*out[1]/bands, (band+1)*out[1]/bands
		clear(a.Out[n*image+from*row : n*image+to*row])
		x, y := a.In[0], a.Out
		if pass == passInput {
			x, y = a.Out, a.In[0]
			from, to = 0, d.y[1]
		}
		x, y = x[n*xImage:][:xImage], y[n*yImage:][:yImage]
		v := vec{period: d.weights.period}
		for oy := from; oy < to; oy++ {
			for ky, rows := range d.rows {
				if oy < rows.from || oy >= rows.to {
					continue
				}
				for kx := range d.a.KW {
					v.co[0] = a.Scratch[start+(ky*d.a.KW+kx)*d.weights.period:][:d.weights.period]
					d.along(&v, pass, oy, ky, kx, x, y)
				}
			}
		}
		p.finish(n*image+band*out[1]/bands*row, n*image+(band+1)*out[1]/bands*row, a)
	}})
	return p
}

// weightGradient makes the kernel of the gradient for the weights: each part of the batch has sums of its own, which are added
// in order.
func (d *depthwise) weightGradient() *program {
	c := d.y[3]
	taps := d.a.KH * d.a.KW
	size := taps * c
	parts := max(1, min(partialBudget/size, maxParts, d.y[0]))
	y := sums(c)
	xImage, yImage := d.x[1]*d.x[2]*d.x[3], d.y[1]*d.y[2]*d.y[3]
	// The parts' results come first, then what each works with.
	return &program{scratch: parts * (size + taps*y.period), phases: []phase{
		{parts, func(part int, a kernel.Args) {
			work := a.Scratch[parts*size+part*taps*y.period:][:taps*y.period]
			clear(work)
			v := vec{period: y.period}
			for n := part * d.y[0] / parts; n < (part+1)*d.y[0]/parts; n++ {
				for oy := range d.y[1] {
					for ky, rows := range d.rows {
						if oy < rows.from || oy >= rows.to {
							continue
						}
						for kx := range d.a.KW {
							v.acc[0] = work[(ky*d.a.KW+kx)*y.period:][:y.period]
							d.along(&v, passWeights, oy, ky, kx, a.In[0][n*xImage:][:xImage], a.In[1][n*yImage:][:yImage])
						}
					}
				}
			}
			for tap := range taps {
				y.fold(a.Scratch[part*size+tap*c:][:c], work[tap*y.period:])
			}
		}},
		addParts(d.isa, size, parts),
	}}
}

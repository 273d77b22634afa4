package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

var _ = register("conv2d_dw", func(s step) *program {
	a := s.Attrs.(op.Conv)
	if isDepthwise(a, s.Out) {
		return newDepthwise(s.isa, a, s.In[0], s.In[1]).weightGradient()
	}
	g := newWeightGradient(s.isa, a, s.In[0], s.In[1], s.Out)
	if p := newWinogradGradient(g); p != nil {
		return p
	}
	return g.program()
})

// weightGradient is the gradient of a convolution for its kernels: for every kernel cell a product x^T dy over all pixels
// that the cell reaches. The batch is cut into parts with a sum each, which are added in order at the end.
type weightGradient struct {
	*isa
	a       op.Conv
	x, y, w op.Shape
	rows    []segment // for each ky: the output rows from … to-1 that it reaches
	columns []column
	parts   int
	bands   int // of an image's output rows
}

// column is a range of output columns that the kernel cells kx0 … kx0+taps-1 reach from everywhere in it.
type column struct{ from, to, kx0, taps int }

// partialBudget bounds the floats spent on partial sums, maxParts their number, bandBudget the floats of x and
// dy in a band, which has bandPixels at least.
const (
	partialBudget = 1 << 20
	maxParts      = 16
	bandBudget    = 1 << 13
	bandPixels    = 128
)

func newWeightGradient(set *isa, a op.Conv, x, y, w op.Shape) *weightGradient {
	g := &weightGradient{isa: set, a: a, x: x, y: y, w: w}
	for ky := range a.KH {
		g.rows = append(g.rows, reach(ky, y[1], a.SH, a.DH, a.Top, x[1]))
	}
	if a.DW == 1 && a.Groups == 1 {
		// Cells of one row are neighbours in x, so they are handled as one wider cell.
		along := axis{n: y[2], taps: a.KW, step: a.SW, tap: 1, before: a.Left}
		along.clip(x[2])
		for _, s := range along.segments {
			if s.t1 > s.t0 {
				g.columns = append(g.columns, column{s.from, s.to, s.t0, s.t1 - s.t0})
			}
		}
	} else {
		for kx := range a.KW {
			if s := reach(kx, y[2], a.SW, a.DW, a.Left, x[2]); s.to > s.from {
				g.columns = append(g.columns, column{s.from, s.to, kx, 1})
			}
		}
	}
	g.parts = max(1, min(partialBudget/w.Size(), maxParts, x[0]))
	// A band is what stays in the first-level cache while all tiles pass over it, if it has enough pixels to be worth reading and
	// writing the sums.
	g.bands = max(1, min(y[1], (y[1]*(a.SH*x[2]*x[3]+y[2]*y[3])+bandBudget-1)/bandBudget, y[1]*y[2]/bandPixels))
	return g
}

// reach is the range of outputs from which tap t lies inside an input of the given extent.
func reach(t, out, s, d, before, extent int) segment {
	r := segment{from: out, to: 0}
	for o := range out {
		if at := o*s + t*d - before; at >= 0 && at < extent {
			r.from = min(r.from, o)
			r.to = o + 1
		}
	}
	if r.from >= r.to {
		return segment{}
	}
	return r
}

func (g *weightGradient) program() *program {
	size := g.w.Size()
	panels := (g.w[3]/g.a.Groups + g.isa.cols - 1) / g.isa.cols
	// A few images of a part at a time stay in cache while the chunk goes over them; many parts are
	// enough chunks, few are split by kernel row and panel too.
	splits := 1
	if g.parts < maxParts {
		splits = g.a.KH * min(panels, 8)
	}
	sum := phase{g.parts * splits, func(chunk int, a kernel.Args) {
		part, split := chunk/splits, chunk%splits
		dst := a.Out
		if g.parts > 1 {
			dst = a.Scratch[part*size:][:size]
		}
		from, to := part*g.x[0]/g.parts, (part+1)*g.x[0]/g.parts
		if splits == 1 {
			clear(dst)
			for image := from; image < to; image++ {
				for band := range g.bands {
					for ky := range g.a.KH {
						g.run(dst, a.In[0], a.In[1], image, band, ky, 0, panels)
					}
				}
			}
			return
		}
		cuts := splits / g.a.KH
		ky, cut := split/cuts, split%cuts
		p0, p1 := cut*panels/cuts, (cut+1)*panels/cuts
		g.clear(dst, ky, p0, p1)
		for image := from; image < to; image++ {
			for band := range g.bands {
				g.run(dst, a.In[0], a.In[1], image, band, ky, p0, p1)
			}
		}
	}}
	if g.parts == 1 {
		return &program{phases: []phase{sum}}
	}
	return &program{scratch: g.parts * size, phases: []phase{sum, addParts(g.isa, size, g.parts)}}
}

// clear zeroes the weights of one kernel row and some panels of every group.
func (g *weightGradient) clear(dst []float32, ky, p0, p1 int) {
	perOut := g.w[3] / g.a.Groups
	for r := range g.a.KW * g.w[2] {
		line := dst[(ky*g.a.KW*g.w[2]+r)*g.w[3]:]
		for group := range g.a.Groups {
			clear(line[group*perOut+p0*g.isa.cols : group*perOut+min(p1*g.isa.cols, perOut)])
		}
	}
}

// run adds what one band of an image contributes to kernel row ky and panels p0 … p1-1.
func (g *weightGradient) run(dst, x, dy []float32, image, band, ky, p0, p1 int) {
	a := g.a
	r := g.rows[ky]
	r.from, r.to = max(r.from, band*g.y[1]/g.bands), min(r.to, (band+1)*g.y[1]/g.bands)
	if r.from >= r.to {
		return
	}
	perIn, perOut := g.w[2], g.w[3]/a.Groups
	source, row := g.x[2]*g.x[3], g.y[2]*g.y[3]
	x = x[image*g.x[1]*source:]
	dy = dy[image*g.y[1]*row:]
	t := tile{set: g.isa, add: true, ar: 1, cr: g.w[3]}
	for _, col := range g.columns {
		// Walk the longer side inside.
		t.ak, t.bk, t.nk = a.SW*g.x[3], g.y[3], col.to-col.from
		t.ay, t.by, t.ny = a.SH*source, row, r.to-r.from
		if t.ny > t.nk {
			t.ak, t.bk, t.nk, t.ay, t.by, t.ny = t.ay, t.by, t.ny, t.ak, t.bk, t.nk
		}
		xAt := (r.from*a.SH+ky*a.DH-a.Top)*source + (col.from*a.SW+col.kx0*a.DW-a.Left)*g.x[3]
		dyAt := r.from*row + col.from*g.y[3]
		cells := col.taps * perIn
		at := (ky*a.KW + col.kx0) * perIn * g.w[3]
		for group := range a.Groups {
			for p := p0; p < p1; p++ {
				n0 := p * g.isa.cols
				t.b = dy[dyAt+group*perOut+n0:]
				t.a = x[xAt+group*perIn:]
				t.c = dst[at+group*perOut+n0:]
				t.sweep(cells, min(g.isa.cols, perOut-n0))
			}
		}
	}
}

// addParts is the phase that adds partial results of the given size, which lie one after the other in scratch, in
// order.
func addParts(set *isa, size, parts int) phase {
	chunks, per := blocks(size, parts)
	return phase{chunks, func(chunk int, a kernel.Args) {
		from := chunk * per
		to := min(from+per, size)
		out := a.Out[from:to]
		copy(out, a.Scratch[from:to])
		for p := 1; p < parts; p++ {
			v := vec{out: out, x: out, y: a.Scratch[p*size+from:], n: len(out)}
			v.run(set, doAdd)
		}
	}}
}

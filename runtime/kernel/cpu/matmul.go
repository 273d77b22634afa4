package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

var _ = register("matmul", func(s step) *program {
	m := s.Attrs.(op.MatMul)
	return matmul(s.isa, s.Out[0], s.Out[1], inner(m, s.In[0]), m.TransA, m.TransB)
})

func inner(m op.MatMul, a op.Shape) int {
	if m.TransA {
		return a[0]
	}
	return a[1]
}

// Blocking of a product: depthBlock rows of a panel stay in the first-level cache while up to rowBlock rows of a,
// in the second-level cache, pass over them.
const (
	depthBlock = 384
	rowBlock   = 96
)

// product is a matrix product c[m,n] = op(a) op(b) with depth k.
type product struct {
	*isa
	m, n, k     int
	ar, ak      int // distance of neighbours along m and k in a
	panels      packing
	panelBlocks int // chunks along n
	per         int // panels of a chunk
	copied      int // where the copy of a starts in scratch; -1 where a is read in place
	sparse      *sparse
	*program
}

// matmul makes the kernel of a product. A block of rows of c, as many as stay in cache, and a few panels of b are a chunk. Where the rows
// are one block, each panel is used by one chunk alone, which copies a piece of it just before use; else a phase of its own
// copies all of b first.
func matmul(set *isa, m, n, k int, transA, transB bool) *program {
	return newProduct(set, m, n, k, transA, transB, true).program
}

// newProduct is matmul; without skips, it has the dense way only.
func newProduct(set *isa, m, n, k int, transA, transB, skips bool) *product {
	p := &product{isa: set, m: m, n: n, k: k, ar: k, ak: 1, copied: -1, program: &program{behind: &behind{input: -1}}}
	p.panels = packing{assembly: set.assembly, cols: set.cols, depth: k, width: n, row: n, col: 1}
	if transB {
		p.panels.row, p.panels.col = 1, k
	}
	if transA {
		p.ar, p.ak = 1, m
	}
	p.addDense()
	if s := newSparse(p, transA, transB); s != nil && skips {
		own := s.phases()
		p.skips = []func(kernel.Args) bool{nil, s.isDense, s.isDense, s.isDense}
		for range p.phases {
			p.skips = append(p.skips, s.isSparse)
		}
		p.phases = append(own, p.phases...)
		p.scratch = s.end
		p.sparse = s
	}
	p.addFinish()
	return p
}

// addDense adds the phases of the product on tiles.
func (p *product) addDense() {
	panels, k := p.panels.panels(), p.k
	rowBlocks := (p.m + rowBlock - 1) / rowBlock
	// A chunk has enough panels to be worth its start: a few hundred thousand multiply-adds.
	p.per = max(1, (1<<18)/(min(p.m, rowBlock)*p.cols*max(k, 1)))
	p.panelBlocks = (panels + p.per - 1) / p.per
	if rowBlocks == 1 {
		piece := min(k, depthBlock) * p.cols
		p.scratch = p.panelBlocks * piece
		p.phases = []phase{{chunks: p.panelBlocks, body: func(chunk int, a kernel.Args) {
			buffer := a.Scratch[chunk*piece:][:piece]
			p.multiply(chunk, a, func(panel, k0, k1 int) []float32 {
				p.panels.pack(buffer, a.In[1], panel, k0, k1)
				return buffer
			})
		}}}
		p.copyA()
		return
	}
	p.scratch = panels * k * p.cols
	chunks, packPer := blocks(panels, k*p.cols)
	p.phases = []phase{
		{chunks: chunks, body: func(chunk int, a kernel.Args) {
			for panel := chunk * packPer; panel < min((chunk+1)*packPer, panels); panel++ {
				p.panels.pack(a.Scratch[panel*k*p.cols:], a.In[1], panel, 0, k)
			}
		}},
		{chunks: rowBlocks * p.panelBlocks, body: func(chunk int, a kernel.Args) {
			p.multiply(chunk, a, func(panel, k0, _ int) []float32 { return a.Scratch[(panel*k+k0)*p.cols:] })
		}},
	}
	p.copyA()
}

// addFinish adds a phase for the operations fused behind, where chunks do not finish their parts themselves: a chunk that computes a few
// columns of each row would have to call them for each piece of a row.
func (p *product) addFinish() {
	chunks, per := blocks(p.m, p.n)
	for len(p.skips) < len(p.phases) {
		p.skips = append(p.skips, nil)
	}
	p.phases = append(p.phases, phase{chunks, func(chunk int, a kernel.Args) { p.finish(chunk*per*p.n, min((chunk+1)*per, p.m)*p.n, a) }})
	p.skips = append(p.skips, func(a kernel.Args) bool {
		return len(p.links) == 0 || p.finishesRows() && (p.sparse == nil || p.sparse.isDense(a))
	})
}

// finishesRows reports whether a chunk of the dense phases has whole rows, or few of many rows, and finishes them.
func (p *product) finishesRows() bool { return p.panelBlocks == 1 || p.m > rowBlock }

// Rows of a that lie a multiple of aliased floats apart share few places of the first-level cache: a tile reads them at half the speed or
// less. Copied once, rows of rowGap more floats are read by as many tiles as there are panels, which pays from
// fewPanels on.
const (
	aliased   = 256
	rowGap    = 16
	fewPanels = 4
)

// copyA puts a phase in front that copies a with rows further apart, where that pays.
func (p *product) copyA() {
	if p.ak != 1 || p.ar%aliased != 0 || p.m < p.rows || p.panels.panels() < fewPanels {
		return
	}
	from, to := p.ar, p.ar+rowGap
	p.ar, p.copied = to, p.scratch
	p.scratch += p.m * to
	chunks, per := blocks(p.m, from)
	p.phases = append([]phase{{chunks: chunks, body: func(chunk int, a kernel.Args) {
		dst := a.Scratch[p.copied:]
		r, end := chunk*per, min((chunk+1)*per, p.m)
		if p.assembly {
			src := a.In[0][r*from:]
			_, _ = src[(end-r)*from-1], dst[(end-1)*to+from-1]
			copyRows(&dst[r*to], &src[0], to, from, from/lanes, end-r)
			return
		}
		for ; r < end; r++ {
			copy(dst[r*to:][:from], a.In[0][r*from:])
		}
	}}}, p.phases...)
}

// multiply computes a chunk; packed gives rows k0 … k1-1 of a panel.
func (p *product) multiply(chunk int, a kernel.Args, packed func(panel, k0, k1 int) []float32) {
	cols, n := p.cols, p.n
	r0 := chunk / p.panelBlocks * rowBlock
	r1 := min(r0+rowBlock, p.m)
	p0 := chunk % p.panelBlocks * p.per
	p1 := min(p0+p.per, p.panels.panels())
	bias := p.behind.bias(a)
	if p.k == 0 {
		p.empty(r0, r1, p0*cols, min(p1*cols, n), bias, a)
	}
	t := tile{set: p.isa, ak: p.ak, ar: p.ar, bk: cols, cr: n, ny: 1}
	left := a.In[0]
	if p.copied >= 0 {
		left = a.Scratch[p.copied:]
	}
	for k0 := 0; k0 < p.k; k0 += depthBlock {
		k1 := min(k0+depthBlock, p.k)
		t.nk = k1 - k0
		t.add = k0 > 0
		for panel := p0; panel < p1; panel++ {
			n0 := panel * cols
			width := min(cols, n-n0)
			if k1 == p.k {
				t.relu = p.behind.relu
				if bias != nil {
					t.bias = bias[n0:][:width]
				}
			}
			t.b = packed(panel, k0, k1)
			t.a = left[r0*p.ar+k0*p.ak:]
			t.c = a.Out[r0*n+n0:]
			t.sweep(r1-r0, width)
		}
	}
	switch {
	case len(p.links) == 0 || !p.finishesRows():
	case p0 == 0 && p1 == p.panels.panels():
		p.finish(r0*n, r1*n, a)
	default:
		for r := r0; r < r1; r++ {
			p.finish(r*n+p0*cols, r*n+min(p1*cols, n), a)
		}
	}
}

// empty sets part of a product of depth 0.
func (p *product) empty(r0, r1, n0, n1 int, bias []float32, a kernel.Args) {
	for r := r0; r < r1; r++ {
		out := a.Out[r*p.n+n0 : r*p.n+n1]
		clear(out)
		if bias != nil {
			copy(out, bias[n0:n1])
		}
		if p.behind.relu {
			for i, v := range out {
				out[i] = max(v, 0)
			}
		}
	}
}

// packing copies a matrix b[depth, width] into panels: panel p holds columns p*cols … as a matrix
// [depth, cols], zero-filled on the right.
type packing struct {
	cols         int // of a panel
	depth, width int
	row, col     int // distance of neighbours along depth and width in b
	assembly     bool
}

func (p *packing) panels() int { return (p.width + p.cols - 1) / p.cols }

// pack copies rows k0 … k1-1 of one panel to the start of dst.
func (p *packing) pack(dst, b []float32, panel, k0, k1 int) {
	n0 := panel * p.cols
	cols := min(p.cols, p.width-n0)
	dst = dst[:(k1-k0)*p.cols]
	if cols < p.cols {
		clear(dst)
	}
	switch {
	case p.col == 1:
		for k := range k1 - k0 {
			copy(dst[k*p.cols:k*p.cols+cols], b[(k0+k)*p.row+n0:])
		}
	default:
		done := 0 // columns
		whole := (k1 - k0) / lanes
		if p.assembly && p.row == 1 && whole > 0 {
			for ; done+lanes <= cols; done += lanes {
				src := b[(n0+done)*p.col+k0:]
				_, _ = src[(lanes-1)*p.col+whole*lanes-1], dst[(whole*lanes-1)*p.cols+done+lanes-1]
				transpose8(&dst[done], &src[0], p.cols, p.col, whole)
				p.gather(dst, b, n0, done, done+lanes, k0+whole*lanes, k1, k0)
			}
		}
		p.gather(dst, b, n0, done, cols, k0, k1, k0)
	}
}

// gather copies columns c0 … c1-1 of rows k0 … k1-1 of a panel that starts at column n0, with row start at the start of dst.
func (p *packing) gather(dst, b []float32, n0, c0, c1, k0, k1, start int) {
	for c := c0; c < c1; c++ {
		src := b[(n0+c)*p.col:]
		for k := k0; k < k1; k++ {
			dst[(k-start)*p.cols+c] = src[k*p.row]
		}
	}
}

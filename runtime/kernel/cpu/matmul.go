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

// matmul makes the kernel of c[m,n] = op(a) op(b) with depth k. Phase one copies b into panels, phase two
// computes blocks of c.
func matmul(set *isa, m, n, k int, transA, transB bool) *program {
	tileRows, tileCols := set.rows, set.cols
	p := &packing{cols: tileCols, depth: k, width: n, row: n, col: 1}
	if transB {
		p.row, p.col = 1, k
	}
	panels := p.panels()
	ar, ak := k, 1
	if transA {
		ar, ak = 1, m
	}
	rowBlocks := (m + rowBlock - 1) / rowBlock
	// A chunk has enough panels to be worth its start: a few hundred thousand multiply-adds.
	per := max(1, (1<<18)/(min(m, rowBlock)*tileCols*max(k, 1)))
	panelBlocks := (panels + per - 1) / per

	prog := &program{scratch: panels * k * tileCols}
	multiply := func(chunk int, a kernel.Args) {
		r0 := chunk / panelBlocks * rowBlock
		r1 := min(r0+rowBlock, m)
		p0 := chunk % panelBlocks * per
		p1 := min(p0+per, panels)
		if k == 0 {
			for r := r0; r < r1; r++ {
				clear(a.Out[r*n+p0*tileCols : r*n+min(p1*tileCols, n)])
			}
		}
		t := tile{set: set, ak: ak, ar: ar, bk: tileCols, cr: n, ny: 1}
		for k0 := 0; k0 < k; k0 += depthBlock {
			t.nk = min(depthBlock, k-k0)
			t.add = k0 > 0
			for panel := p0; panel < p1; panel++ {
				n0 := panel * tileCols
				t.b = a.Scratch[panel*k*tileCols+k0*tileCols:]
				for r := r0; r < r1; r += tileRows {
					t.a = a.In[0][r*ar+k0*ak:]
					t.c = a.Out[r*n+n0:]
					t.run(min(tileRows, r1-r), min(tileCols, n-n0))
				}
			}
		}
		if p0 == 0 && p1 == panels {
			prog.finish(r0*n, r1*n, a)
			return
		}
		for r := r0; r < r1; r++ {
			prog.finish(r*n+p0*tileCols, r*n+min(p1*tileCols, n), a)
		}
	}
	chunks, packPer := blocks(panels, k*tileCols)
	prog.phases = []phase{
		{chunks, func(chunk int, a kernel.Args) {
			for panel := chunk * packPer; panel < min((chunk+1)*packPer, panels); panel++ {
				p.pack(a.Scratch[panel*k*tileCols:], a.In[1], panel)
			}
		}},
		{rowBlocks * panelBlocks, multiply},
	}
	return prog
}

// packing copies a matrix b[depth, width] into panels: panel p holds columns p*cols … as a matrix
// [depth, cols], zero-filled on the right.
type packing struct {
	cols         int // of a panel
	depth, width int
	row, col     int // distance of neighbours along depth and width in b
}

func (p *packing) panels() int { return (p.width + p.cols - 1) / p.cols }

// pack copies one panel.
func (p *packing) pack(dst, b []float32, panel int) {
	n0 := panel * p.cols
	cols := min(p.cols, p.width-n0)
	dst = dst[:p.depth*p.cols]
	if cols < p.cols {
		clear(dst)
	}
	if p.col == 1 {
		for k := range p.depth {
			copy(dst[k*p.cols:k*p.cols+cols], b[k*p.row+n0:])
		}
		return
	}
	for c := range cols {
		src := b[(n0+c)*p.col:]
		for k := range p.depth {
			dst[k*p.cols+c] = src[k*p.row]
		}
	}
}

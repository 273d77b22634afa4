package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// winogradGradient is the gradient of a convolution for its kernels by points: for each of the 16 points the product of x^T and dy over all tiles.
// The batch is cut into shares with sums of their own, which are added in order at the end. See winograd.go.
type winogradGradient struct {
	winogradPlan
	set    *isa
	a      op.Conv
	x, y   op.Shape
	in, dy int // distance of points
	shares int
	share  int // memory of one: sums, points of x, points of dy, a row of zeros
	sums   int // their number: 16 points of [in channels][out channels]
	direct *program
	bad    int // where in scratch it says whether gradients are not finite, for each chunk of them
}

// The points' sums take memory: winogradShares of them, or half as many for many channels; beyond winogradSums floats the direct way is
// taken.
const (
	winogradShares = 16
	winogradSums   = 1 << 22
)

// winogradGradient makes the gradient by points where that pays, and gives nil elsewhere.
func newWinogradGradient(g *weightGradient) *program {
	a, x, y := g.a, g.x, g.y
	ci, co := x[3], y[3]
	if a.KH != 3 || a.KW != 3 || a.SH != 1 || a.SW != 1 || a.DH != 1 || a.DW != 1 || a.Groups != 1 || ci%lanes != 0 || co%lanes != 0 || x.Size() == 0 || y.Size() == 0 {
		return nil
	}
	rows, columns := axis{n: y[1], taps: 3, step: 1, tap: 1, before: a.Top}, axis{n: y[2], taps: 3, step: 1, tap: 1, before: a.Left}
	rows.clip(x[1])
	columns.clip(x[2])
	sums := 16 * ci * co
	if !winogradPays(g.isa, y[0], y[1], y[2], rows.terms()*columns.terms(), ci, co) || sums*winogradShares/2 > winogradSums {
		return nil
	}
	w := &winogradGradient{winogradPlan: planWinograd(y[0], y[1], y[2], max(ci, co), winogradGradientPart), set: g.isa, a: a, x: x, y: y, sums: sums, direct: g.program()}
	w.in, w.dy = w.points(ci), w.points(co)
	w.shares = min(winogradShares, w.rows, winogradSums/sums)
	w.share = lines(sums + 16*(w.in+w.dy) + max(x[2]*ci, y[2]*co))
	w.bad = max(w.shares*w.share, w.direct.scratch)
	chunks, per := blocks(sums, w.shares)
	folds, fold := blocks(ci, 25*co)
	p := &program{scratch: w.bad + folds}
	p.phases = []phase{
		{w.shares, func(share int, a kernel.Args) { w.sum(share, a) }},
		{chunks, func(chunk int, a kernel.Args) {
			from, to := chunk*per, min((chunk+1)*per, sums)
			for s := 1; s < w.shares; s++ {
				v := vec{out: a.Scratch[from:to], x: a.Scratch[from:to], y: a.Scratch[s*w.share+from:], n: to - from}
				v.run(w.set, doAdd)
			}
		}},
		{folds, func(chunk int, a kernel.Args) { w.kernels(chunk, chunk*fold, min((chunk+1)*fold, ci), a) }},
	}
	// Where something is not finite, all is computed again by direct sums.
	for _, phase := range w.direct.phases {
		body := phase.body
		phase.body = func(chunk int, a kernel.Args) {
			for _, bad := range a.Scratch[w.bad:][:folds] {
				if bad != 0 {
					body(chunk, a)
					return
				}
			}
		}
		p.phases = append(p.phases, phase)
	}
	return p
}

// sum adds up the rows of tiles of one share.
func (w *winogradGradient) sum(share int, a kernel.Args) {
	ci, co := w.x[3], w.y[3]
	work := a.Scratch[share*w.share:][:w.share]
	sums, in, dy := work[:w.sums], work[w.sums:][:16*w.in], work[w.sums+16*w.in:][:16*w.dy]
	zeros := work[w.sums+16*(w.in+w.dy):]
	clear(zeros)
	clear(sums)
	xRow, yRow := w.x[2]*ci, w.y[2]*co
	from, to := share*w.rows/w.shares*w.wide, (share+1)*w.rows/w.shares*w.wide
	for t := from; t < to; t += w.part {
		tiles := min(w.part, to-t)
		w.transform(t, t+tiles, in, dy, zeros, a)
		next, end := t+tiles, min(t+tiles+w.part, to)
		w.fetch(w.set, a.In[0], next, end, w.x[1], xRow, 2-w.a.Top, 4-w.a.Top)
		w.fetch(w.set, a.In[1], next, end, w.y[1], yRow, 0, 2)
		if w.set.pointed() {
			p := pointProduct{a: in, ak: ci, ar: 1, bk: co, cr: co, k: tiles, points: 16, aPoint: w.in, bPoint: w.dy, cPoint: ci * co, add: true}
			for n0 := 0; n0 < co; n0 += w.set.cols {
				p.b, p.c = dy[n0:], sums[n0:]
				p.run(ci, min(w.set.cols, co-n0))
			}
			continue
		}
		for point := range 16 {
			for n0 := 0; n0 < co; n0 += w.set.cols {
				t := tile{set: w.set, add: true, ar: 1, ak: ci, bk: co, cr: co, nk: tiles, ny: 1}
				t.a, t.b, t.c = in[point*w.in:], dy[point*w.dy+n0:], sums[point*ci*co+n0:]
				t.sweep(ci, min(w.set.cols, co-n0))
			}
		}
	}
}

// transform makes the points of x and dy for tiles from … to-1.
func (w *winogradGradient) transform(from, to int, in, dy, zeros []float32, a kernel.Args) {
	ci, co := w.x[3], w.y[3]
	xRow, yRow := w.x[2]*ci, w.y[2]*co
	for t := from; t < to; {
		n, row, column := t/w.wide/w.high, 2*(t/w.wide%w.high), 2*(t%w.wide)
		tiles := min(w.wide-t%w.wide, to-t)
		x := winogradRow{step: w.in, c: ci, pixel: ci, tiles: tiles, left: max(0, w.a.Left-column)}
		skip := max(0, column-w.a.Left)
		x.columns = w.x[2] - skip
		for j := range x.rows {
			x.rows[j] = zeros[:xRow][skip*ci:]
			if at := row - w.a.Top + j; at >= 0 && at < w.x[1] {
				x.rows[j] = a.In[0][(n*w.x[1]+at)*xRow:][:xRow][skip*ci:]
			}
		}
		x.points = in[(t-from)*ci:]
		x.run(w.set, transformIn)
		y := winogradRow{step: w.dy, c: co, pixel: co, tiles: tiles, columns: w.y[2] - column}
		for j := range 2 {
			y.rows[j] = zeros[:yRow][column*co:]
			if row+j < w.y[1] {
				y.rows[j] = a.In[1][(n*w.y[1]+row+j)*yRow:][:yRow][column*co:]
			}
		}
		y.points = dy[(t-from)*co:]
		y.run(w.set, transformGradIn)
		t += tiles
	}
}

// kernels makes the gradients of some input channels from the sums of their points.
func (w *winogradGradient) kernels(chunk, from, to int, a kernel.Args) {
	ci, co := w.x[3], w.y[3]
	k := winogradKernels{kernels: a.Out[from*co:], kernelStep: ci * co, points: a.Scratch[from*co : w.sums], step: ci * co, n: (to - from) * co}
	k.run(w.set, true)
	a.Scratch[w.bad+chunk] = 0
	if k.bad {
		a.Scratch[w.bad+chunk] = 1
	}
}

// winogradGradientPart is the number of tiles of a part: as long sums as fit the second-level cache with the sums' memory.
const winogradGradientPart = 32

package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Convolutions with kernels of 3x3, a stride of 1 and enough channels need 16 instead of 36 multiplications for each 2x2
// results (Winograd's F(2x2, 3x3); Lavin and Gray 2016, "Fast algorithms for convolutional neural networks"). With
//
//	B^T = 1  0 -1  0    A^T = 1 1  1  0    G = 1    0   0
//	      0  1  1  0          0 1 -1 -1        1/2  1/2 1/2
//	      0 -1  1  0                           1/2 -1/2 1/2
//	      0  1  0 -1                           0    0   1
//
// a tile of 4x4 inputs d, two pixels from the next tile, becomes 16 points B^T d B, and kernels g become G g G^T. Each of the 16 points is a
// product over channels of all tiles by the kernels, which the tiles of tile.go compute; and 2x2 results are A^T m A of those
// products m. The gradient for the kernels goes backwards through the same: G^T (sum over tiles of (B^T d B) (A dy A^T)) G.
//
// The sums have other terms than those of the convolution: a result's error is relative to what the 4x4 inputs hold, and not to the
// 3x3 of them that it depends on alone; on numbers of like size it is that of the direct sums. What is not finite would spread in a
// tile, so blocks with such results are computed again by direct sums.

// winogradRow is one call of a transform: a row of tiles. Points lie step floats apart, tiles c floats; so [16][tiles][c].
type winogradRow struct {
	rows   [4][]float32 // of pixels: 4 inputs, or 2 results
	points []float32
	step   int
	tiles  int
	c      int // channels, a multiple of lanes

	// Of inputs and gradients: how many columns of the first tile lie left of the rows, which are 0, and how many columns the
	// rows have; more are 0. Pixels are pixel floats apart.
	left, columns, pixel int

	// Of results: what is added, whether relu follows, and whether a number before those was not finite.
	bias []float32
	relu bool
	bad  bool
}

// transform is which of the transforms a call is.
type transform int

const (
	transformIn     transform = iota // inputs to points: B^T d B
	transformGradIn                  // gradients of results to points: A dy A^T, rows and columns 3 times -1
	transformOut                     // points to results: A^T m A
)

func (r *winogradRow) run(set *isa, do transform) {
	if set.assembly {
		r.check(do)
		r.assembly(do)
		return
	}
	switch do {
	case transformIn:
		r.portableIn()
	case transformGradIn:
		r.portableGradIn()
	case transformOut:
		r.portableOut()
	}
}

// check panics where an operand is too short, before assembly would read or write behind it.
func (r *winogradRow) check(do transform) {
	_ = r.points[15*r.step+r.tiles*r.c-1]
	n, columns := 4, min(r.columns, 2*r.tiles+2-r.left)
	if do != transformIn {
		n, columns = 2, 2*r.tiles
	}
	if do == transformGradIn {
		columns = min(columns, r.columns)
	}
	for _, row := range r.rows[:n] {
		_ = row[(columns-1)*r.pixel+r.c-1]
	}
	if r.bias != nil {
		_ = r.bias[r.c-1]
	}
}

func (r *winogradRow) portableIn() {
	// read is column j of row i from the tile's first on.
	read := func(i, j, ch int) float32 {
		if j -= r.left; j < 0 || j >= r.columns {
			return 0
		}
		return r.rows[i][j*r.pixel+ch]
	}
	for t := range r.tiles {
		for ch := range r.c {
			var d [4][4]float32
			for j := range 4 {
				d0, d1, d2, d3 := read(0, 2*t+j, ch), read(1, 2*t+j, ch), read(2, 2*t+j, ch), read(3, 2*t+j, ch)
				d[0][j], d[1][j], d[2][j], d[3][j] = d0-d2, d1+d2, d2-d1, d1-d3
			}
			at := t*r.c + ch
			for i := range 4 {
				d0, d1, d2, d3 := d[i][0], d[i][1], d[i][2], d[i][3]
				p := r.points[4*i*r.step+at:]
				p[0], p[r.step], p[2*r.step], p[3*r.step] = d0-d2, d1+d2, d2-d1, d1-d3
			}
		}
	}
}

func (r *winogradRow) portableGradIn() {
	read := func(i, j, ch int) float32 {
		if j >= r.columns {
			return 0
		}
		return r.rows[i][j*r.pixel+ch]
	}
	for t := range r.tiles {
		for ch := range r.c {
			var d [4][2]float32
			for j := range 2 {
				d0, d1 := read(0, 2*t+j, ch), read(1, 2*t+j, ch)
				d[0][j], d[1][j], d[2][j], d[3][j] = d0, d0+d1, d0-d1, d1
			}
			at := t*r.c + ch
			for i := range 4 {
				d0, d1 := d[i][0], d[i][1]
				p := r.points[4*i*r.step+at:]
				p[0], p[r.step], p[2*r.step], p[3*r.step] = d0, d0+d1, d0-d1, d1
			}
		}
	}
}

func (r *winogradRow) portableOut() {
	for t := range r.tiles {
		for ch := range r.c {
			at := t*r.c + ch
			var m [4][2]float32
			for i := range 4 {
				p := r.points[4*i*r.step+at:]
				m0, m1, m2, m3 := p[0], p[r.step], p[2*r.step], p[3*r.step]
				m[i] = [2]float32{m0 + (m1 + m2), (m1 - m2) - m3}
			}
			for j := range 2 {
				for i, v := range []float32{m[0][j] + (m[1][j] + m[2][j]), (m[1][j] - m[2][j]) - m[3][j]} {
					if v*0 != 0 {
						r.bad = true
					}
					if r.bias != nil {
						v += r.bias[ch]
					}
					if r.relu {
						v = max(v, 0)
					}
					r.rows[i][(2*t+j)*r.pixel+ch] = v
				}
			}
		}
	}
}

// winogradPlan is how a batch is cut into tiles: rows of tiles, image after image; blocks of rows, whose results are finished together;
// and, in a block, parts of so many tiles that all points of a part stay in cache from one transform to the other.
type winogradPlan struct {
	high, wide int // tiles of an image
	rows       int // of tiles, in all images
	block      int // rows of tiles of a block
	blocks     int
	part       int // tiles of a part
}

// winogradBlock is the least number of floats of results in a block.
const winogradBlock = 1 << 12

func planWinograd(images, height, width, channels, part int) winogradPlan {
	p := winogradPlan{high: (height + 1) / 2, wide: (width + 1) / 2}
	p.rows = images * p.high
	p.block = min(p.rows, max(1, (max(winogradBlock/(4*channels), part)+p.wide-1)/p.wide))
	p.blocks = (p.rows + p.block - 1) / p.block
	p.part = min(part, p.block*p.wide)
	return p
}

// points is the distance between a part's points of c channels: an odd number of cache lines, so that their starts spread over the
// first-level cache.
func (p *winogradPlan) points(c int) int {
	return line * ((p.part*c+line-1)/line | 1)
}

// fetch asks for the rows of pixels that the tiles from … to-1 are about to need: those first … last-1 from the first row of each tile on, in images
// of so many rows of so many floats.
func (p *winogradPlan) fetch(set *isa, x []float32, from, to, height, row, first, last int) {
	if !set.assembly || from >= to {
		return
	}
	at := func(tile, rows int) int {
		n, y := tile/p.wide/p.high, 2*(tile/p.wide%p.high)
		return (n*height + min(max(y+rows, 0), height)) * row
	}
	if from/p.wide%p.high == 0 {
		first = -height // all of the first tile's rows are new
	}
	start := at(from, first)
	if n := min(at(to-1, last)-start, fetched); n > 0 {
		fetchLines(&x[start:][:n][0], (n+line-1)/line)
	}
}

// fetched is the number of floats that are asked for at most.
const fetched = 1 << 12

// line is the number of floats of a cache line.
const line = 16

// lines rounds a number of floats up to whole cache lines.
func lines(n int) int { return (n + line - 1) / line * line }

// winograd computes a correlation over a batch.
type winograd struct {
	*correlation
	winogradPlan
	src, dst op.Shape
	in, out  int // distance of points
	strands  int
	kernels  int // where the transformed kernels start in scratch: [16][panels][depth][cols]
	work     int // where the strands' memory starts
	strand   int // its length
	results  int // where the points of results start in there
	zeros    int // where a row of zeros starts
	edge     int // where the memory for results behind the edges starts
}

// winogradStrands is the number of threads at most that share a convolution; each has memory of its own.
const winogradStrands = 16

// suits says whether a correlation can be computed by points and is worth it.
func (c *correlation) suits(set *isa, src, dst op.Shape) bool {
	if c.y.taps != 3 || c.x.taps != 3 || c.y.step != 1 || c.x.step != 1 || c.y.tap != 1 || c.x.tap != 1 {
		return false
	}
	if c.depth%lanes != 0 || c.width%lanes != 0 || src.Size() == 0 || dst.Size() == 0 {
		return false
	}
	return winogradPays(set, dst[0], dst[1], dst[2], c.y.terms()*c.x.terms(), c.depth, c.width)
}

// winogradPays compares both ways by what was measured with AVX2, in 16ths of multiply-adds: direct sums run at 9/10 of what the processor can
// do, short sums at 1/1.15; the transforms of a tile cost 6 a channel, and those of the kernels 40 each. Wider vectors make the sums faster but
// hardly the transforms, which wait for memory.
func winogradPays(set *isa, images, height, width, terms, depth, deep int) bool {
	tiles := images * ((height + 1) / 2) * ((width + 1) / 2)
	channel := 6.0 * float64(max(1, set.cols/16))
	products := float64(depth * deep)
	points := float64(tiles)*(1.15*products+channel*float64(depth+deep)) + 40*products
	return points < float64(images*terms)*products/16/0.9
}

// terms is the number of taps inside the source over all positions.
func (a *axis) terms() int {
	n := 0
	for _, s := range a.segments {
		n += (s.to - s.from) * (s.t1 - s.t0)
	}
	return n
}

// winogradConvolution makes the kernel of a correlation that suits.
func winogradConvolution(set *isa, c *correlation, src, dst op.Shape) *program {
	direct := convolution(set, []*correlation{c}, 1, src, dst)
	c.taps = nil // blocks are computed again in segments, which can have any rows
	w := &winograd{correlation: c, winogradPlan: planWinograd(dst[0], dst[1], dst[2], max(c.depth, c.width), winogradPart), src: src, dst: dst}
	w.in, w.out = w.points(c.depth), w.points(c.width)
	w.strands = min(winogradStrands, w.blocks)
	w.kernels = lines(direct.scratch)
	w.work = lines(w.kernels + 16*c.panels()*c.depth*c.cols)
	if w.strand = 16 * w.in; c.depth != c.width || c.panels() > 1 {
		w.results = w.strand // else they take the memory of the inputs' points, tile by tile
		w.strand += 16 * w.out
	}
	w.zeros = w.strand
	w.edge = lines(w.zeros + src[2]*src[3])
	w.strand = lines(w.edge + (2*w.part+4)*c.width)
	p := &program{scratch: w.work + w.strands*w.strand, behind: &behind{input: -1}}
	packs := direct.phases[0]
	p.phases = []phase{
		packs,
		{c.panels(), func(panel int, a kernel.Args) { w.pack(panel, a) }},
		{w.strands, func(strand int, a kernel.Args) {
			for block := strand * w.blocks / w.strands; block < (strand+1)*w.blocks/w.strands; block++ {
				w.run(p, block, a.Scratch[w.work+strand*w.strand:][:w.strand], a)
			}
		}},
	}
	return p
}

// pack transforms the kernels of one panel, from where the direct sums have them: [ky][kx][depth][cols].
func (w *winograd) pack(panel int, a kernel.Args) {
	size := w.depth * w.cols
	from := a.Scratch[w.packed+panel*w.panel():][:9*size]
	k := winogradKernels{kernels: from, kernelStep: size, points: a.Scratch[w.kernels+panel*size : w.work], step: w.panels() * size, n: size}
	k.run(w.isa, false)
}

// run computes a block.
func (w *winograd) run(p *program, block int, work []float32, a kernel.Args) {
	from, to := block*w.block, min((block+1)*w.block, w.rows)
	clear(work[w.zeros:w.edge])
	bias, relu, bad := p.behind.bias(a), p.behind.hasRelu(), false
	if bias != nil {
		bias = bias[:w.width]
	}
	for t := from * w.wide; t < to*w.wide; t += w.part {
		end := min(t+w.part, to*w.wide)
		w.transformIn(t, end, work, a.In[0])
		// What the next transforms read and write comes while the products keep the core busy.
		w.fetch(w.isa, a.Out, t, end, w.dst[1], w.dst[2]*w.dst[3], 0, 2)
		w.fetch(w.isa, a.In[0], end, min(end+w.part, w.rows*w.wide), w.src[1], w.src[2]*w.src[3], 2-w.y.before, 4-w.y.before)
		w.multiply(end-t, work, a.Scratch)
		if w.transformOut(t, end, work, a.Out, bias, relu) {
			bad = true
		}
	}
	row, image := w.dst[2]*w.dst[3], w.dst[1]*w.dst[2]*w.dst[3]
	for i := from; i < to; {
		n := i / w.high
		end := min(to, (n+1)*w.high)
		y0, y1 := 2*(i-n*w.high), min(2*(end-n*w.high), w.dst[1])
		if bad {
			w.again(a, n, y0, y1, bias, relu)
		}
		p.finish(n*image+y0*row, n*image+y1*row, a)
		i = end
	}
}

// transformIn makes the points of the inputs of tiles from … to-1.
func (w *winograd) transformIn(from, to int, work, src []float32) {
	row := w.src[2] * w.src[3]
	zeros := work[w.zeros:][:row]
	r := winogradRow{step: w.in, c: w.depth, pixel: w.pixel}
	for t := from; t < to; t += r.tiles {
		n, y := t/w.wide/w.high, 2*(t/w.wide%w.high)-w.y.before
		x := 2*(t%w.wide) - w.x.before
		r.tiles = min(w.wide-t%w.wide, to-t)
		r.left = max(0, -x)
		r.columns = w.src[2] - max(0, x)
		skip := max(0, x) * w.pixel
		for j := range r.rows {
			r.rows[j] = zeros[skip:]
			if at := y + j; at >= 0 && at < w.src[1] {
				r.rows[j] = src[(n*w.src[1]+at)*row+skip:][:row-skip]
			}
		}
		r.points = work[(t-from)*w.depth : w.zeros]
		r.run(w.isa, transformIn)
	}
}

// multiply makes the points of results from those of inputs.
func (w *winograd) multiply(tiles int, work, scratch []float32) {
	size := w.depth * w.cols
	kernels := scratch[w.kernels:w.work]
	if w.pointed() {
		p := pointProduct{ak: 1, ar: w.depth, bk: w.cols, cr: w.width, k: w.depth, points: 16, aPoint: w.in, bPoint: w.panels() * size, cPoint: w.out}
		p.a = work[:w.zeros]
		for panel := range w.panels() {
			n0 := panel * w.cols
			p.b, p.c = kernels[panel*size:], work[w.results+n0:w.zeros]
			p.run(tiles, min(w.cols, w.width-n0))
		}
		return
	}
	t := tile{set: w.isa, ak: 1, ar: w.depth, cr: w.width, bk: w.cols, nk: w.depth, ny: 1}
	for point := range 16 {
		for panel := range w.panels() {
			n0 := panel * w.cols
			t.a = work[point*w.in:][:tiles*w.depth]
			t.b = kernels[(point*w.panels()+panel)*size:]
			t.c = work[w.results+point*w.out+n0 : w.zeros]
			t.sweep(tiles, min(w.cols, w.width-n0))
		}
	}
}

// transformOut makes the results of tiles from … to-1, and says whether some are not finite.
func (w *winograd) transformOut(from, to int, work, dst, bias []float32, relu bool) (bad bool) {
	row, image, odd := w.dst[2]*w.dst[3], w.dst[1]*w.dst[2]*w.dst[3], w.dst[2]%2 > 0
	edge := work[w.edge:]
	for t := from; t < to; {
		n, y, x := t/w.wide/w.high, 2*(t/w.wide%w.high), t%w.wide
		tiles := min(w.wide-x, to-t)
		at := n*image + y*row + 2*x*w.width
		r := winogradRow{step: w.out, tiles: tiles, c: w.width, pixel: w.width, bias: bias, relu: relu}
		r.points = work[w.results+(t-from)*w.width : w.zeros]
		length := min(2*tiles*w.width, row-2*x*w.width)
		above, below := dst[at:][:length], edge[:length]
		if y+1 < w.dst[1] {
			below = dst[at+row:][:length]
		}
		r.rows[0], r.rows[1] = above, below
		cut := odd && x+tiles == w.wide // half of the last tile
		if cut {
			r.tiles--
		}
		if r.tiles > 0 {
			r.run(w.isa, transformOut)
		}
		if cut {
			r.points = r.points[r.tiles*w.width:]
			r.rows[0], r.rows[1] = edge[2*w.part*w.width:][:2*w.width], edge[(2*w.part+2)*w.width:][:2*w.width]
			r.tiles = 1
			r.run(w.isa, transformOut)
			copy(above[length-w.width:], r.rows[0])
			copy(below[length-w.width:], r.rows[1])
		}
		bad = bad || r.bad
		t += tiles
	}
	return bad
}

// again computes rows of an image by direct sums.
func (w *winograd) again(a kernel.Args, image, from, to int, bias []float32, relu bool) {
	src, dst := w.src[1]*w.src[2]*w.src[3], w.dst[1]*w.dst[2]*w.dst[3]
	w.correlation.run(a.Out[image*dst:][:dst], a.In[0][image*src:][:src], a.Scratch, 0, from, to, bias, relu)
}

// pointed says whether the kernels of points.go serve: those for tiles as high and wide as theirs.
func (set *isa) pointed() bool { return set.assembly && set.rows == 6 && set.cols == 16 }

// winogradPart is the number of tiles of a part.
const winogradPart = 16

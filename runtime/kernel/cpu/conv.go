package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("conv2d", func(s step) *program {
		a := s.Attrs.(op.Conv)
		x, w, y := s.In[0], s.In[1], s.Out
		if isDepthwise(a, w) {
			return newDepthwise(s.isa, a, x, y).sweep(passForward)
		}
		return anyConvolution(s.isa, forward(a, x, w, y), a.Groups, x, y)
	})
	_ = register("conv2d_dx", func(s step) *program {
		a := s.Attrs.(op.Conv)
		dy, w, dx := s.In[0], s.In[1], s.Out
		if isDepthwise(a, w) {
			return newDepthwise(s.isa, a, dx, dy).sweep(passInput)
		}
		return anyConvolution(s.isa, backward(a, dx, w, dy), a.Groups, dy, dx)
	})
)

// segment is a run of positions along one axis that the same taps reach: taps from t0 to t1-1 lie inside the source
// for every position from … to-1.
type segment struct{ from, to, t0, t1 int }

// axis is one direction of a correlation: position i of n reads with tap t the source at i*step + t*tap - before.
type axis struct {
	n, taps           int
	step, tap, before int
	segments          []segment
}

// clip cuts the positions into segments for a source of the given extent. So no tap outside the source is ever
// multiplied: there is no padded copy, and no NaN from a border of zeros times infinity.
func (a *axis) clip(extent int) {
	for i := range a.n {
		at := i*a.step - a.before
		t0 := 0
		for t0 < a.taps && at+t0*a.tap < 0 {
			t0++
		}
		t1 := t0
		for t1 < a.taps && at+t1*a.tap < extent {
			t1++
		}
		if t0 == t1 {
			t0, t1 = 0, 0
		}
		last := len(a.segments) - 1
		if last >= 0 && a.segments[last].t0 == t0 && a.segments[last].t1 == t1 {
			a.segments[last].to++
		} else {
			a.segments = append(a.segments, segment{i, i + 1, t0, t1})
		}
	}
}

// correlation is a convolution whose results form a regular grid of pixels: the forward pass, or, of the
// gradient for the input, those pixels that the same taps reach (a stride of 2 makes 4 such grids).
type correlation struct {
	*isa
	y, x           axis
	first, every   int // the grid's rows are rows first, first+every, … of the image
	origin         int // first result of the grid within an image, in floats
	row, col       int // from a result to the next row and column of the grid
	source         int // floats between rows of the source
	pixel          int // floats between columns of the source
	depth, width   int // channels summed over and channels made, in one group
	ky, kx         func(t int) int
	wDepth, wWidth int // distance in w of neighbours along depth and width
	wTap, wGroup   int // distance in w of kernel cells and of groups
	kw             int // kernel width, to find a cell
	packed         int // where its panels start in scratch

	// Where low tiles at the borders would cost more than going over the results once a tap, taps holds for each tap of a row the
	// columns that it reaches; nil where segments serve.
	taps []segment
}

func forward(a op.Conv, x, w, y op.Shape) []*correlation {
	c := &correlation{
		y:     axis{n: y[1], taps: a.KH, step: a.SH, tap: a.DH, before: a.Top},
		x:     axis{n: y[2], taps: a.KW, step: a.SW, tap: a.DW, before: a.Left},
		every: 1, row: y[2] * y[3], col: y[3],
		source: x[2] * x[3], pixel: x[3],
		depth: w[2], width: w[3] / a.Groups,
		ky: func(t int) int { return t }, kx: func(t int) int { return t },
		wDepth: w[3], wWidth: 1, wTap: w[2] * w[3], wGroup: w[3] / a.Groups, kw: a.KW,
	}
	c.y.clip(x[1])
	c.x.clip(x[2])
	return []*correlation{c}
}

// backward turns the gradient for the input into correlations over dy. The pixels of dx with the same remainder by the
// stride are reached by the same kernel cells; walking those cells from last to first walks dy forwards.
func backward(a op.Conv, dx, w, dy op.Shape) []*correlation {
	var all []*correlation
	for py := range min(a.SH, dx[1]) {
		for px := range min(a.SW, dx[2]) {
			y, ky := phaseOf(py, dx[1], a.KH, a.SH, a.DH, a.Top)
			x, kx := phaseOf(px, dx[2], a.KW, a.SW, a.DW, a.Left)
			c := &correlation{
				y: y, x: x, ky: ky, kx: kx,
				first: py, every: a.SH,
				origin: (py*dx[2] + px) * dx[3],
				row:    a.SH * dx[2] * dx[3], col: a.SW * dx[3],
				source: dy[2] * dy[3], pixel: dy[3],
				depth: w[3] / a.Groups, width: w[2],
				wDepth: 1, wWidth: w[3], wTap: w[2] * w[3], wGroup: w[3] / a.Groups, kw: a.KW,
			}
			c.y.clip(dy[1])
			c.x.clip(dy[2])
			all = append(all, c)
		}
	}
	return all
}

// phaseOf gives one axis of a backward grid: the positions p, p+stride, … of an input of the given extent, and which
// kernel cell its tap t is. Position p + i*s is reached by cell k from the output (p + i*s + before - k*d) / s.
func phaseOf(p, extent, kernel, s, d, before int) (axis, func(t int) int) {
	first, step := -1, 0 // cells first, first+step, … divide evenly
	for k := range kernel {
		if (p+before-k*d)%s == 0 {
			if first < 0 {
				first = k
			} else {
				step = k - first
				break
			}
		}
	}
	a := axis{n: (extent - p + s - 1) / s, step: 1}
	if first < 0 {
		return a, nil
	}
	a.taps, a.tap = 1, 1
	last := first
	if step > 0 {
		a.taps = (kernel-1-first)/step + 1
		a.tap = step * d / s
		last = first + (a.taps-1)*step
	}
	// Tap 0 is cell last: output i + (p + before - last*d)/s, an exact division.
	a.before = -(p + before - last*d) / s
	return a, func(t int) int { return last - t*step }
}

// anyConvolution chooses the kernel of a set of correlations.
func anyConvolution(set *isa, all []*correlation, groups int, src, dst op.Shape) *program {
	if groups == 1 && len(all) == 1 && all[0].suits(set, src, dst) {
		return winogradConvolution(set, all[0], src, dst)
	}
	return convolution(set, all, groups, src, dst)
}

// convolution makes the kernel of a set of correlations over the same source. Phase one packs the weights, phase two
// takes images, or bands of rows where images are few.
func convolution(set *isa, all []*correlation, groups int, src, dst op.Shape) *program {
	scratch := 0
	for _, c := range all {
		c.isa = set
		c.packed = scratch
		c.choose(src)
		scratch += groups * c.panels() * c.panel()
	}
	bands := min((15+src[0])/src[0], dst[1])
	srcImage, dstImage := src[1]*src[2]*src[3], dst[1]*dst[2]*dst[3]
	var packs []packJob
	for _, c := range all {
		if c.panel() == 0 {
			continue
		}
		for g := range groups {
			for p := range c.panels() {
				packs = append(packs, packJob{c, g, p})
			}
		}
	}
	p := &program{scratch: scratch, behind: &behind{input: -1}}
	for _, c := range all {
		if c.taps != nil {
			p.behind = nil // sums are finished only when the last tap is done
		}
	}
	p.phases = []phase{
		{len(packs), func(chunk int, a kernel.Args) { packs[chunk].run(a.Scratch, a.In[1]) }},
		{src[0] * bands, func(chunk int, a kernel.Args) {
			image, band := chunk/bands, chunk%bands
			s := a.In[0][image*srcImage:][:srcImage]
			d := a.Out[image*dstImage:][:dstImage]
			from, to := band*dst[1]/bands, (band+1)*dst[1]/bands
			for _, c := range all {
				for g := range groups {
					c.run(d, s, a.Scratch, g, c.rowsBefore(from), c.rowsBefore(to), p.behind.bias(a), p.behind.hasRelu())
				}
			}
			row := dst[2] * dst[3]
			p.finish(image*dstImage+from*row, image*dstImage+to*row, a)
		}},
	}
	return p
}

// rowsBefore is how many rows of the grid lie above an image row.
func (c *correlation) rowsBefore(row int) int {
	return max(0, (row-c.first+c.every-1)/c.every)
}

func (c *correlation) panels() int { return (c.width + c.cols - 1) / c.cols }

// panel is the length of one panel: [ky][kx][depth][cols].
func (c *correlation) panel() int { return c.y.taps * c.x.taps * c.depth * c.cols }

type packJob struct {
	c            *correlation
	group, panel int
}

func (j packJob) run(scratch, w []float32) {
	c := j.c
	dst := scratch[c.packed+(j.group*c.panels()+j.panel)*c.panel():]
	p := packing{assembly: c.assembly, cols: c.cols, depth: c.depth, width: c.width, row: c.wDepth, col: c.wWidth}
	for ty := range c.y.taps {
		for tx := range c.x.taps {
			p.pack(dst, w[(c.ky(ty)*c.kw+c.kx(tx))*c.wTap+j.group*c.wGroup:], j.panel, 0, c.depth)
			dst = dst[c.depth*c.cols:]
		}
	}
}

// run computes the rows from … to-1 of the grid for one image and group, with a bias for all channels (nil for none) and relu behind.
func (c *correlation) run(dst, src, scratch []float32, group, from, to int, bias []float32, relu bool) {
	// Where taps of one row are neighbours in the source, a pixel's taps and channels are one run of numbers.
	merged := c.x.tap*c.pixel == c.depth
	t := tile{set: c.isa, bk: c.cols, ak: 1, ay: c.y.tap * c.source, by: c.x.taps * c.depth * c.cols}
	for panel := range c.panels() {
		b := scratch[c.packed+(group*c.panels()+panel)*c.panel():]
		n0 := panel * c.cols
		cols := min(c.cols, c.width-n0)
		if c.taps != nil {
			c.runTaps(&t, dst[c.origin+group*c.width+n0:], src[group*c.depth:], b, from, to, cols)
			continue
		}
		var own []float32
		if bias != nil {
			own = bias[group*c.width+n0:][:cols]
		}
		for _, ys := range c.y.segments {
			ys.from, ys.to = max(ys.from, from), min(ys.to, to)
			if ys.from >= ys.to {
				continue
			}
			for _, xs := range c.x.segments {
				g := grid{c: c, dst: dst[c.origin+group*c.width+n0:], src: src[group*c.depth:], cols: cols, ys: ys, xs: xs}
				if ys.t0 == ys.t1 || xs.t0 == xs.t1 {
					g.zero(own, relu)
					continue
				}
				t.ny = ys.t1 - ys.t0
				t.add, t.bias, t.relu = false, own, relu
				if merged {
					t.nk = (xs.t1 - xs.t0) * c.depth
					g.run(&t, b, xs.t0)
					continue
				}
				t.nk = c.depth
				for tx := xs.t0; tx < xs.t1; tx++ {
					if tx < xs.t1-1 {
						t.bias, t.relu = nil, false
					} else {
						t.bias, t.relu = own, relu
					}
					g.run(&t, b, tx)
					t.add = true
				}
			}
		}
	}
}

// runTaps computes the rows from … to-1 for one panel: for each row, each tap is added to all columns that it reaches.
func (c *correlation) runTaps(t *tile, dst, src, b []float32, from, to, cols int) {
	t.add, t.bias, t.relu = true, nil, false
	t.ar, t.cr, t.nk = c.x.step*c.pixel, c.col, c.depth
	for _, ys := range c.y.segments {
		t.ny = ys.t1 - ys.t0
		for i := max(ys.from, from); i < min(ys.to, to); i++ {
			row := dst[i*c.row:]
			for j := range c.x.n {
				clear(row[j*c.col:][:cols])
			}
			if t.ny == 0 {
				continue
			}
			at := (i*c.y.step + ys.t0*c.y.tap - c.y.before) * c.source
			for tx, s := range c.taps {
				if s.from == s.to {
					continue
				}
				t.a = src[at+(s.from*c.x.step+tx*c.x.tap-c.x.before)*c.pixel:]
				t.b = b[(ys.t0*c.x.taps+tx)*c.depth*c.cols:]
				t.c = row[s.from*c.col:]
				t.sweep(s.to-s.from, cols)
			}
		}
	}
}

// choose decides between segments and taps by the multiply-adds of both ways, in units of what a row of a high tile takes.
func (c *correlation) choose(src op.Shape) {
	if c.depth == 0 || c.x.taps == 0 || c.y.taps == 0 {
		return
	}
	taps := make([]segment, c.x.taps)
	for tx := range taps {
		taps[tx] = reach(tx, c.x.n, c.x.step, c.x.tap, c.x.before, src[2])
	}
	segments, byTap := 0, 0
	for _, ys := range c.y.segments {
		rows, ny := ys.to-ys.from, ys.t1-ys.t0
		for _, xs := range c.x.segments {
			columns := xs.to - xs.from
			work := ny * (xs.t1 - xs.t0) * c.depth
			if columns >= min(c.rows, rows) {
				segments += rows * c.cost(columns, work)
			} else {
				segments += columns * c.cost(rows, work)
			}
		}
		for _, s := range taps {
			byTap += rows * c.cost(s.to-s.from, ny*c.depth)
		}
	}
	if byTap < segments {
		c.taps = taps
	}
}

// cost is what a sweep over so many results costs, each a sum of terms. Sums of few rows wait for each other, so a tile costs as much as
// one of lowRows at least; callTerms stands for what a tile costs besides.
func (c *correlation) cost(count, terms int) int {
	if count == 0 {
		return 0
	}
	tiles := (count + c.isa.rows - 1) / c.isa.rows
	return max(count, lowRows*tiles)*terms + tiles*callTerms
}

const (
	lowRows   = 4
	callTerms = 60
)

// grid is a rectangle of results that the same taps reach, for one panel of channels.
type grid struct {
	c        *correlation
	dst, src []float32
	cols     int
	ys, xs   segment
}

// run computes the rectangle from tap tx on, in tiles along its longer side.
func (g *grid) run(t *tile, b []float32, tx int) {
	c := g.c
	t.b = b[(g.ys.t0*c.x.taps+tx)*c.depth*c.cols:]
	at := (g.ys.t0*c.y.tap-c.y.before)*c.source + (tx*c.x.tap-c.x.before)*c.pixel
	stepY, stepX := c.y.step*c.source, c.x.step*c.pixel
	if g.xs.to-g.xs.from >= min(c.rows, g.ys.to-g.ys.from) {
		t.ar, t.cr = stepX, c.col
		for i := g.ys.from; i < g.ys.to; i++ {
			t.a = g.src[at+i*stepY+g.xs.from*stepX:]
			t.c = g.dst[i*c.row+g.xs.from*c.col:]
			t.sweep(g.xs.to-g.xs.from, g.cols)
		}
		return
	}
	t.ar, t.cr = stepY, c.row
	for j := g.xs.from; j < g.xs.to; j++ {
		t.a = g.src[at+g.ys.from*stepY+j*stepX:]
		t.c = g.dst[g.ys.from*c.row+j*c.col:]
		t.sweep(g.ys.to-g.ys.from, g.cols)
	}
}

// zero sets the results of a rectangle that no tap reaches.
func (g *grid) zero(bias []float32, relu bool) {
	for i := g.ys.from; i < g.ys.to; i++ {
		for j := g.xs.from; j < g.xs.to; j++ {
			out := g.dst[i*g.c.row+j*g.c.col:][:g.cols]
			clear(out)
			for k, b := range bias {
				out[k] += b
			}
			if relu {
				for k, v := range out {
					out[k] = max(v, 0)
				}
			}
		}
	}
}

package cpu

import (
	"math"

	"github.com/netc-lang/netc/runtime/kernel"
)

// Behind relu and dropout most of an activation, and of its gradient, is exactly zero; images have a background. A product with such
// an operand skips what is zero. Its rows become lists of the numbers that are there (compaction), and for each list rows
// of the other operand are multiplied and added in registers (sparseRows), in the order in which the dense kernel adds: the result has
// the bits that it would have without skipping.
//
// Numbers that most rows of the left operand share, column by column, count as its background: what they give is the same for all
// rows and is computed once. That changes the last bits.
//
// Whether it is done is decided at each run from the numbers of some rows, so it is the same on any number of threads. An operand that is
// not finite takes the dense way: there, zero times infinity is not zero.

// sparseRows is one call of the kernel: rows of c are
//
//	c[r*cStep+n] = sum over the entries of list r of value * b[place+n]
//
// for n less than 8 times its number of vectors; with add, the sum is added to c. To finished rows base[n] is added, then bias[n], then
// their maximum with 0 is taken, where there are those.
type sparseRows struct {
	entries              []float32 // of all lists: pairs of a value and a place in b, in bytes, as the bits of a whole number
	counts               []float32 // of entries, as the bits of a whole number
	b, c, base, bias     []float32
	rows                 int
	entryStep, countStep int // from one list to the next, in entries and in counts
	cStep                int
	add, relu            bool
}

// compaction is one call of the kernel that lists the numbers of a row that differ from the background, less the background, one list for
// each block of sparseDepth columns; their places are the column in the block times pitch bytes. It also sums up how large the numbers and
// those listed are.
type compaction struct {
	x, back         []float32
	entries, counts []float32
	blocks, depth   int // depth is a multiple of 8
	entryStep       int
	pitch           uint32
	_               uint32
	size, rest      float32
}

const (
	sparseDepth   = 64 // columns of a block of the sparse operand: as many rows of the other one stay in the first-level cache
	sparseVectors = 12 // registers with sums, at most
	entryStep     = sparseDepth + lanes
	entryFloats   = 2

	// sparseLimit is the share of numbers up to which skipping the others pays: a row of sums that is computed by itself takes a tenth more
	// time than one in a tile, and some for its start.
	sparseLimit = 0.7

	// sparseList is the longest memory for lists, in floats.
	sparseList = 1 << 18

	// backgroundRows is the number of rows that are asked for the background, and sampleRows for how many numbers are left.
	backgroundRows = 16
	sampleRows     = 8

	// backgroundSize bounds the error: in no row may the background and what is left of the row be this many times larger than the row.
	backgroundSize = 8
)

// What is decided at a run, kept in scratch memory.
const (
	chooseDense = iota
	chooseSparse
	chooseBackground
)

// sparse computes a product S D with S[rows, depth] sparse: S is the left operand, or S D is the transposed result and S the right operand
// transposed.
type sparse struct {
	*product
	left               bool
	rows, depth, width int
	dense              int  // which input D is
	across             bool // D is stored as [width, depth]
	blocks             int  // along depth
	columnBlocks       int  // along width
	vectors            int  // of the widest block
	rowGroups, perRows int

	// Where things are in scratch memory.
	choice, large, bad, back, zero, base, turned, entries, counts, spare, block, tile int
	end                                                                               int
}

// newSparse is nil where a product has no sparse way. Its memory starts behind what the product uses.
func newSparse(p *product, transA, transB bool) *sparse {
	s := &sparse{product: p, left: !transA, depth: p.k, rows: p.m, width: p.n, dense: 1, across: transB}
	if transA {
		s.rows, s.width, s.dense, s.across = p.n, p.m, 0, false
	}
	if !p.assembly || transA && transB || s.depth%lanes != 0 || s.width%lanes != 0 || s.rows%lanes != 0 || s.depth == 0 || p.m*p.n*p.k < 1<<18 {
		return nil
	}
	s.blocks = (s.depth + sparseDepth - 1) / sparseDepth
	vectors := s.width / lanes
	s.columnBlocks = (vectors + sparseVectors - 1) / sparseVectors
	s.vectors = (vectors + s.columnBlocks - 1) / s.columnBlocks
	s.perRows = s.rows
	for s.left && s.columnBlocks*((s.rows+s.perRows-1)/s.perRows) < 8 && s.perRows > 2*sparseDepth {
		s.perRows = (s.perRows/2 + lanes - 1) / lanes * lanes
	}
	s.rowGroups = (s.rows + s.perRows - 1) / s.perRows
	at := p.scratch
	take := func(n int) int {
		from := at
		at += (n + lanes - 1) / lanes * lanes
		return from
	}
	chunks := s.columnBlocks * s.rowGroups
	s.choice, s.large, s.bad = take(1), take(1), take(s.rows/lanes)
	s.back, s.zero = take(s.depth), take(s.depth)
	s.base = take(chunks * s.vectors * lanes)
	lists := (s.rows + 1) * s.blocks // the last row is the background's
	s.entries, s.counts = take(lists*entryStep*entryFloats), take(lists)
	s.spare = take(chunks * (entryStep*entryFloats + lanes))
	s.block = take(chunks * sparseDepth * s.vectors * lanes)
	if !s.left {
		s.turned = take(s.rows * s.depth)
		s.tile = take(chunks * s.tileRows() * s.vectors * lanes)
	}
	if lists*entryStep*entryFloats > sparseList {
		return nil
	}
	s.end = at
	return s
}

// tileRows is the number of rows whose results are kept before they are turned into columns.
func (s *sparse) tileRows() int {
	if s.blocks == 1 {
		return 2 * lanes
	}
	return s.rows
}

// pitch is the distance of rows of a copied block of D, in floats.
func (s *sparse) pitch() int { return s.vectors * lanes }

// phases are those of the sparse way; all but the first are skipped where the dense one is taken.
func (s *sparse) phases() []phase {
	chunks, per := blocks(s.rows/lanes, lanes*s.depth)
	return []phase{
		{chunks: 1, body: func(_ int, a kernel.Args) { s.decide(a) }},
		{chunks: chunks, body: func(chunk int, a kernel.Args) {
			s.list(chunk*per, min((chunk+1)*per, s.rows/lanes), a)
		}},
		{chunks: 1, body: func(_ int, a kernel.Args) { s.settle(a) }},
		{chunks: s.columnBlocks * s.rowGroups, body: func(chunk int, a kernel.Args) {
			if !s.multiply(chunk, a, false) {
				s.multiply(chunk, a, true)
			}
		}},
	}
}

func (s *sparse) isDense(a kernel.Args) bool { return a.Scratch[s.choice] == chooseDense }

func (s *sparse) isSparse(a kernel.Args) bool { return a.Scratch[s.choice] != chooseDense }

// decide looks at some rows of the operand.
func (s *sparse) decide(a kernel.Args) {
	x, rows, cols := a.In[0], s.m, s.k
	if !s.left {
		x, rows, cols = a.In[1], s.k, s.n
	}
	a.Scratch[s.choice], a.Scratch[s.large] = chooseDense, 0
	zero := a.Scratch[s.zero:][:s.depth]
	clear(zero)
	clear(a.Scratch[s.back:][:s.depth])
	limit := int(sparseLimit * float64(s.sampled(rows)*cols))
	// Rows of the right operand are as long as the result is high, which the zeros may not be.
	if s.count(x, rows, cols, nil, zero) <= limit {
		a.Scratch[s.choice] = chooseSparse
		return
	}
	if !s.left || rows < backgroundRows || differences8(&x[0], &x[rows/2*cols], cols/lanes) > cols*3/5 {
		return
	}
	back := a.Scratch[s.back:][:s.depth]
	majorities(&back[0], &x[0], backgroundRows, rows/backgroundRows*cols, cols/lanes)
	if s.count(x, rows, cols, back, zero) > limit {
		return
	}
	a.Scratch[s.choice] = chooseBackground
	a.Scratch[s.large], _ = s.compact(back, zero, s.rows, a) // its own numbers are a list too
}

// sampled is how many of a number of rows are looked at.
func (s *sparse) sampled(rows int) int { return min(rows, sampleRows) }

// count is the number of elements that differ from a row, in some rows; a nil row stands for zeros.
func (s *sparse) count(x []float32, rows, cols int, back, zero []float32) int {
	n, total := s.sampled(rows), 0
	for i := range n {
		row := x[i*rows/n*cols:][:cols]
		if back != nil {
			total += differences8(&row[0], &back[0], cols/lanes)
			continue
		}
		for at := 0; at < cols; at += len(zero) {
			part := row[at:min(at+len(zero), cols)]
			total += differences8(&part[0], &zero[0], len(part)/lanes)
		}
	}
	return total
}

// list makes the lists of rows 8*from … 8*to-1.
func (s *sparse) list(from, to int, a kernel.Args) {
	back, large := a.Scratch[s.back:][:s.depth], a.Scratch[s.large]
	x := a.In[0]
	if !s.left {
		x = a.Scratch[s.turned:]
		for k := 0; k < s.depth; k += lanes {
			src, dst := a.In[1][k*s.n+lanes*from:], x[lanes*from*s.depth+k:]
			_, _ = src[(lanes-1)*s.n+lanes*(to-from)-1], dst[(lanes*(to-from)-1)*s.depth+lanes-1]
			transpose8(&dst[0], &src[0], s.depth, s.n, to-from)
		}
	}
	for group := from; group < to; group++ {
		a.Scratch[s.bad+group] = 0
		for r := lanes * group; r < lanes*(group+1); r++ {
			size, rest := s.compact(x[r*s.depth:][:s.depth], back, r, a)
			if !(large+rest <= backgroundSize*size) || size > math.MaxFloat32 { // a NaN too
				a.Scratch[s.bad+group] = 1
			}
		}
	}
}

// compact lists row r.
func (s *sparse) compact(x, back []float32, r int, a kernel.Args) (size, rest float32) {
	c := compaction{x: x, back: back, entries: a.Scratch[s.entries+r*s.blocks*entryStep*entryFloats:], counts: a.Scratch[s.counts+r*s.blocks:],
		blocks: s.blocks, depth: s.depth, entryStep: entryStep, pitch: uint32(4 * s.pitch())}
	_, _, _ = x[s.depth-1], back[s.depth-1], c.entries[s.blocks*entryStep*entryFloats-1]
	compactRow(&c)
	return c.size, c.rest
}

// settle goes back to the dense way where a row does not allow the sparse one.
func (s *sparse) settle(a kernel.Args) {
	for _, bad := range a.Scratch[s.bad:][:s.rows/lanes] {
		if bad != 0 {
			a.Scratch[s.choice] = chooseDense
			return
		}
	}
}

// multiply computes a chunk: some columns of the result S D, some of its rows. With full it takes every element of S; without, it reports
// false as soon as it meets a number in D that is not finite.
func (s *sparse) multiply(chunk int, a kernel.Args, full bool) bool {
	columnBlock, group := chunk/s.rowGroups, chunk%s.rowGroups
	all := s.width / lanes
	v0, v1 := columnBlock*all/s.columnBlocks, (columnBlock+1)*all/s.columnBlocks
	vectors, n0 := v1-v0, v0*lanes
	r0 := group * s.perRows
	r1 := min(r0+s.perRows, s.rows)
	pitch := s.pitch()
	block := a.Scratch[s.block+chunk*sparseDepth*pitch:][:sparseDepth*pitch]
	base := a.Scratch[s.base+chunk*pitch:][:pitch]
	background := a.Scratch[s.choice] == chooseBackground && !full
	var bias []float32
	if s.left {
		bias = s.behind.bias(a)
	}
	step := r1 - r0
	if !s.left {
		step = min(step, s.tileRows())
	}
	t := sparseRows{b: block, entryStep: s.blocks * entryStep, countStep: s.blocks, cStep: pitch}
	for from := r0; from < r1; from += step {
		to := min(from+step, r1)
		for b := range s.blocks {
			depth := min(sparseDepth, s.depth-b*sparseDepth)
			if s.blocks > 1 || from == r0 {
				if !s.copyBlock(block, a.In[s.dense], b*sparseDepth, depth, n0, vectors) && !full {
					return false
				}
			}
			t.add = b > 0
			if background {
				t.base, t.bias, t.relu, t.c = nil, nil, false, base
				s.rowsOf(&t, s.rows, s.rows+1, b, vectors, a)
			}
			if s.left {
				t.c, t.cStep = a.Out[from*s.n+n0:], s.n
			} else {
				t.c, t.cStep = a.Scratch[s.tile+chunk*s.tileRows()*pitch:], pitch
			}
			if b == s.blocks-1 && s.left {
				t.relu = s.behind.hasRelu()
				if background {
					t.base = base
				}
				if bias != nil {
					t.bias = bias[n0:][:vectors*lanes]
				}
			}
			if full {
				s.fullRows(&t, chunk, from, to, b, depth, vectors, a)
			} else {
				s.rowsOf(&t, from, to, b, vectors, a)
			}
		}
		if s.left {
			continue
		}
		tile := a.Scratch[s.tile+chunk*s.tileRows()*pitch:]
		for r := from; r < to; r += 2 * lanes { // whole lines of the cache where there are as many rows
			src, dst := tile[(r-from)*pitch:], a.Out[n0*s.n+r:]
			if high := min(2*lanes, to-r); high == 2*lanes {
				_, _ = src[(high-1)*pitch+vectors*lanes-1], dst[(vectors*lanes-1)*s.n+high-1]
				transpose16(&dst[0], &src[0], s.n, pitch, vectors)
				continue
			}
			_, _ = src[(lanes-1)*pitch+vectors*lanes-1], dst[(vectors*lanes-1)*s.n+lanes-1]
			transpose8(&dst[0], &src[0], s.n, pitch, vectors)
		}
	}
	return true
}

// rowsOf multiplies the lists of rows from … to-1 in a block of columns of S.
func (s *sparse) rowsOf(t *sparseRows, from, to, block, vectors int, a kernel.Args) {
	list := from*s.blocks + block
	t.entries, t.counts, t.rows = a.Scratch[s.entries+list*entryStep*entryFloats:], a.Scratch[s.counts+list:], to-from
	t.run(vectors)
}

// fullRows is rowsOf with lists of all elements, zeros too.
func (s *sparse) fullRows(t *sparseRows, chunk, from, to, block, depth, vectors int, a kernel.Args) {
	spare := a.Scratch[s.spare+chunk*(entryStep*entryFloats+lanes):]
	out := t.c
	for r := from; r < to; r++ {
		for k := range depth {
			at := r*s.depth + block*sparseDepth + k
			v := float32(0)
			if s.left {
				v = a.In[0][at]
			} else {
				v = a.Scratch[s.turned+at]
			}
			spare[entryFloats*k], spare[entryFloats*k+1] = v, math.Float32frombits(uint32(4*k*s.pitch()))
		}
		spare[entryStep*entryFloats] = math.Float32frombits(uint32(depth))
		t.entries, t.counts, t.rows, t.c = spare, spare[entryStep*entryFloats:], 1, out[(r-from)*t.cStep:]
		t.run(vectors)
	}
}

// run checks the lengths of what assembly goes through, and calls it.
func (t *sparseRows) run(vectors int) {
	n := vectors * lanes
	_ = t.entries[(t.rows-1)*t.entryStep*entryFloats+sparseDepth*entryFloats-1]
	_ = t.counts[(t.rows-1)*t.countStep]
	_ = t.c[(t.rows-1)*t.cStep+n-1]
	if t.base != nil {
		_ = t.base[n-1]
	}
	if t.bias != nil {
		_ = t.bias[n-1]
	}
	t.assembly(vectors)
}

// copyBlock copies rows k0 … k0+depth-1 and some columns of D, and reports whether they are all finite.
func (s *sparse) copyBlock(block, d []float32, k0, depth, n0, vectors int) (finite bool) {
	pitch := s.pitch()
	n := vectors * lanes
	if n < pitch {
		clear(block[:depth*pitch])
	}
	if !s.across {
		d = d[k0*s.width+n0:]
		_, _ = d[(depth-1)*s.width+n-1], block[(depth-1)*pitch+n-1]
		return copyRows(&block[0], &d[0], pitch, s.width, vectors, depth)
	}
	for v := range vectors {
		src := d[(n0+v*lanes)*s.depth+k0:]
		_, _ = src[(lanes-1)*s.depth+depth-1], block[(depth-1)*pitch+v*lanes+lanes-1]
		transpose8(&block[v*lanes], &src[0], pitch, s.depth, depth/lanes)
	}
	return finite8(&block[0], depth*pitch/lanes)
}

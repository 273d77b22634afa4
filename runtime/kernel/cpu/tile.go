package cpu

// tile is one call of the inner kernel of all products and convolutions:
//
//	c[r*cr+n] = sum over y < ny, k < nk of a[y*ay + k*ak + r*ar] * b[y*by + k*bk + n]
//
// for r < rows and n < cols, up to the rows and cols of the instruction set; with add, the sum is added to c. One of ak and ar is 1: pixels
// or rows of a matrix (ak = 1), or its columns (ar = 1). The terms are added in the order of y, then k,
// for every element alike, so that the cut into tiles does not change a bit.
//
// Where bias is there, bias[n] is added to the finished sum, and with relu the maximum of it and 0 is stored: the bits that the
// operations by themselves give.
//
// A call computes several such tiles, each aStep and cStep further on. It moves a and c and counts tiles down.
type tile struct {
	a, b, c    []float32
	ak, ar, ay int
	bk, by     int
	cr         int
	nk, ny     int // at least 1

	tiles        int // at least 1
	aStep, cStep int

	bias []float32
	add  bool
	relu bool
	set  *isa
}

// The tile of the portable kernel.
const (
	goRows = 2
	goCols = 4
)

// sweep computes count rows of cols columns, in tiles of nearly equal heights: a low tile computes no faster than a high one.
func (t *tile) sweep(count, cols int) {
	if count == 0 {
		return
	}
	tiles := (count + t.set.rows - 1) / t.set.rows
	low := count / tiles
	high := count % tiles // tiles that are one row higher
	a, c := t.a, t.c
	if high > 0 {
		t.repeat(high, low+1, cols)
	}
	done := high * (low + 1)
	if high < tiles {
		t.a, t.c = a[done*t.ar:], c[done*t.cr:]
		t.repeat(tiles-high, low, cols)
	}
}

// repeat computes tiles of the same height below each other.
func (t *tile) repeat(tiles, rows, cols int) {
	t.tiles, t.aStep, t.cStep = tiles, rows*t.ar, rows*t.cr
	if t.set.assembly {
		t.check(rows, cols)
		t.assembly(rows, cols)
		return
	}
	for i := range tiles {
		if i > 0 {
			t.a, t.c = t.a[t.aStep:], t.c[t.cStep:]
		}
		t.portable(rows, cols)
		t.finish(rows, cols)
	}
}

// finish applies bias and relu, for the portable kernels.
func (t *tile) finish(rows, cols int) {
	for r := range rows {
		c := t.c[r*t.cr:][:cols]
		if t.bias != nil {
			for i, b := range t.bias[:cols] {
				c[i] += b
			}
		}
		if t.relu {
			for i, v := range c {
				c[i] = max(v, 0)
			}
		}
	}
}

func (t *tile) portable(rows, cols int) {
	switch {
	case cols < goCols:
		t.narrow(rows, cols)
	case t.ak == 1 && rows == 2:
		t.rows2()
	case rows == 2:
		t.columns2()
	default:
		t.single()
	}
}

// rows2 computes a 2x4 tile whose a runs along k.
func (t *tile) rows2() {
	var c00, c01, c02, c03, c10, c11, c12, c13 float32
	if t.add {
		c := (*[4]float32)(t.c)
		c00, c01, c02, c03 = c[0], c[1], c[2], c[3]
		c = (*[4]float32)(t.c[t.cr:])
		c10, c11, c12, c13 = c[0], c[1], c[2], c[3]
	}
	bk := t.bk
	for y := range t.ny {
		a0 := t.a[y*t.ay:][:t.nk]
		a1 := t.a[y*t.ay+t.ar:][:len(a0)]
		b := t.b[y*t.by:]
		for k, x0 := range a0 {
			w := (*[4]float32)(b[k*bk:])
			x1 := a1[k]
			w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
			c00 += x0 * w0
			c01 += x0 * w1
			c02 += x0 * w2
			c03 += x0 * w3
			c10 += x1 * w0
			c11 += x1 * w1
			c12 += x1 * w2
			c13 += x1 * w3
		}
	}
	*(*[4]float32)(t.c) = [4]float32{c00, c01, c02, c03}
	*(*[4]float32)(t.c[t.cr:]) = [4]float32{c10, c11, c12, c13}
}

// columns2 computes a 2x4 tile whose a runs along r.
func (t *tile) columns2() {
	var c00, c01, c02, c03, c10, c11, c12, c13 float32
	if t.add {
		c := (*[4]float32)(t.c)
		c00, c01, c02, c03 = c[0], c[1], c[2], c[3]
		c = (*[4]float32)(t.c[t.cr:])
		c10, c11, c12, c13 = c[0], c[1], c[2], c[3]
	}
	ak, bk := t.ak, t.bk
	for y := range t.ny {
		a := t.a[y*t.ay:]
		b := t.b[y*t.by:]
		for k := range t.nk {
			x := (*[2]float32)(a[k*ak:])
			w := (*[4]float32)(b[k*bk:])
			x0, x1 := x[0], x[1]
			w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
			c00 += x0 * w0
			c01 += x0 * w1
			c02 += x0 * w2
			c03 += x0 * w3
			c10 += x1 * w0
			c11 += x1 * w1
			c12 += x1 * w2
			c13 += x1 * w3
		}
	}
	*(*[4]float32)(t.c) = [4]float32{c00, c01, c02, c03}
	*(*[4]float32)(t.c[t.cr:]) = [4]float32{c10, c11, c12, c13}
}

// single computes a 1x4 tile.
func (t *tile) single() {
	var c0, c1, c2, c3 float32
	if t.add {
		c := (*[4]float32)(t.c)
		c0, c1, c2, c3 = c[0], c[1], c[2], c[3]
	}
	ak, bk := t.ak, t.bk
	for y := range t.ny {
		a := t.a[y*t.ay:]
		b := t.b[y*t.by:]
		for k := range t.nk {
			x := a[k*ak]
			w := (*[4]float32)(b[k*bk:])
			c0 += x * w[0]
			c1 += x * w[1]
			c2 += x * w[2]
			c3 += x * w[3]
		}
	}
	*(*[4]float32)(t.c) = [4]float32{c0, c1, c2, c3}
}

// narrow computes a tile at the right edge of a matrix.
func (t *tile) narrow(rows, cols int) {
	for r := range rows {
		for n := range cols {
			sum := float32(0)
			if t.add {
				sum = t.c[r*t.cr+n]
			}
			for y := range t.ny {
				a := t.a[y*t.ay+r*t.ar:]
				b := t.b[y*t.by+n:]
				for k := range t.nk {
					sum += a[k*t.ak] * b[k*t.bk]
				}
			}
			t.c[r*t.cr+n] = sum
		}
	}
}

// check panics where an operand is too short, before assembly would read or write behind it.
func (t *tile) check(rows, cols int) {
	_ = t.a[(t.ny-1)*t.ay+(t.nk-1)*t.ak+(rows-1)*t.ar+(t.tiles-1)*t.aStep]
	_ = t.b[(t.ny-1)*t.by+(t.nk-1)*t.bk+cols-1]
	_ = t.c[(rows-1)*t.cr+cols-1+(t.tiles-1)*t.cStep]
	if t.bias != nil {
		_ = t.bias[cols-1]
	}
}

package cpu

// tile is one call of the inner kernel of all products and convolutions:
//
//	c[r*cr+n] = sum over y < ny, k < nk of a[y*ay + k*ak + r*ar] * b[y*by + k*bk + n]
//
// for r < rows and n < cols, up to the rows and cols of the instruction set; with add, the sum is added to c. One of ak and ar is 1: pixels
// or rows of a matrix (ak = 1), or its columns (ar = 1). The terms are added in the order of y, then k,
// for every element alike, so that the cut into tiles does not change a bit.
type tile struct {
	a, b, c    []float32
	ak, ar, ay int
	bk, by     int
	cr         int
	nk, ny     int // at least 1
	add        bool
	set        *isa
}

// The tile of the portable kernel.
const (
	goRows = 2
	goCols = 4
)

func (t *tile) run(rows, cols int) {
	if t.set.assembly {
		t.check(rows, cols)
		t.assembly(rows, cols)
		return
	}
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
	last := (t.ny-1)*t.ay + (t.nk-1)*t.ak + (rows-1)*t.ar
	_ = t.a[last]
	_ = t.b[(t.ny-1)*t.by+(t.nk-1)*t.bk+cols-1]
	_ = t.c[(rows-1)*t.cr+cols-1]
}

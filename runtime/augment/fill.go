package augment

// What stands where an image was moved away.
const (
	fillZero    = "zero"
	fillEdge    = "edge"
	fillReflect = "reflect"
)

// inside maps a coordinate into [0, n) by the fill rule, or returns -1 where the pixel is 0.
func inside(i, n int, fill string) int {
	if i >= 0 && i < n {
		return i
	}
	switch fill {
	case fillEdge:
		return max(0, min(i, n-1))
	case fillReflect: // d c b | a b c d | c b a
		if n == 1 {
			return 0
		}
		period := 2 * (n - 1)
		i = ((i % period) + period) % period
		if i >= n {
			i = period - i
		}
		return i
	}
	return -1
}

// translate moves the image so that what was at (dy, dx) comes to the upper left corner.
func (e *example) translate(dy, dx int, fill string) {
	if dy == 0 && dx == 0 {
		return
	}
	copy(e.scratch, e.x)
	row := e.w * e.c
	for y := range e.h {
		out := e.x[y*row : (y+1)*row]
		sy := inside(y+dy, e.h, fill)
		if sy < 0 {
			clear(out)
			continue
		}
		in := e.scratch[sy*row : (sy+1)*row]
		lo, hi := max(0, -dx), min(e.w, e.w-dx) // columns whose source is in the image
		if lo < hi {
			copy(out[lo*e.c:hi*e.c], in[(lo+dx)*e.c:(hi+dx)*e.c])
		} else {
			lo, hi = 0, 0
		}
		for x := range e.w {
			if x >= lo && x < hi {
				continue
			}
			pixel := out[x*e.c : (x+1)*e.c]
			if sx := inside(x+dx, e.w, fill); sx >= 0 {
				copy(pixel, in[sx*e.c:])
			} else {
				clear(pixel)
			}
		}
	}
}

// eachRow visits the numbers of the pixels in rows [y0, y1) and columns [x0, x1), a row at a time.
func (e *example) eachRow(y0, y1, x0, x1 int, visit func(row []float32)) {
	for y := y0; y < y1; y++ {
		visit(e.x[(y*e.w+x0)*e.c : (y*e.w+x1)*e.c])
	}
}

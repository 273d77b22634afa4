package cpu

// The kernels of kernels_amd64.s.

//go:noescape
func tile1x16(t *tile)

//go:noescape
func tile1x16m(t *tile, cols int)

//go:noescape
func tile1x8m(t *tile, cols int)

//go:noescape
func tile2x16(t *tile)

//go:noescape
func tile2x16m(t *tile, cols int)

//go:noescape
func tile2x8m(t *tile, cols int)

//go:noescape
func tile3x16(t *tile)

//go:noescape
func tile3x16m(t *tile, cols int)

//go:noescape
func tile3x8m(t *tile, cols int)

//go:noescape
func tile4x16(t *tile)

//go:noescape
func tile4x16m(t *tile, cols int)

//go:noescape
func tile4x8m(t *tile, cols int)

//go:noescape
func tile5x16(t *tile)

//go:noescape
func tile5x16m(t *tile, cols int)

//go:noescape
func tile5x8m(t *tile, cols int)

//go:noescape
func tile6x16(t *tile)

//go:noescape
func tile6x16m(t *tile, cols int)

//go:noescape
func tile6x8m(t *tile, cols int)

//go:noescape
func transpose8(dst, src *float32, dstStride, srcStride, blocks int)

// assembly computes tiles of up to 6 rows and 16 columns, or what AVX-512 takes.
func (t *tile) assembly(rows, cols int) {
	switch {
	case t.set.avx512:
		t.assembly512(rows, cols)
	case cols == 16:
		switch rows {
		case 1:
			tile1x16(t)
		case 2:
			tile2x16(t)
		case 3:
			tile3x16(t)
		case 4:
			tile4x16(t)
		case 5:
			tile5x16(t)
		case 6:
			tile6x16(t)
		}
	case cols > 8:
		switch rows {
		case 1:
			tile1x16m(t, cols)
		case 2:
			tile2x16m(t, cols)
		case 3:
			tile3x16m(t, cols)
		case 4:
			tile4x16m(t, cols)
		case 5:
			tile5x16m(t, cols)
		case 6:
			tile6x16m(t, cols)
		}
	default:
		switch rows {
		case 1:
			tile1x8m(t, cols)
		case 2:
			tile2x8m(t, cols)
		case 3:
			tile3x8m(t, cols)
		case 4:
			tile4x8m(t, cols)
		case 5:
			tile5x8m(t, cols)
		case 6:
			tile6x8m(t, cols)
		}
	}
}

//go:noescape
func multiplyAdds(n int)

package cpu

// The tiles of kernels512_amd64.s.

//go:noescape
func zmmTile1x32(t *tile)

//go:noescape
func zmmTile1x32m(t *tile, cols int)

//go:noescape
func zmmTile1x16m(t *tile, cols int)

//go:noescape
func zmmTile2x32(t *tile)

//go:noescape
func zmmTile2x32m(t *tile, cols int)

//go:noescape
func zmmTile2x16m(t *tile, cols int)

//go:noescape
func zmmTile3x32(t *tile)

//go:noescape
func zmmTile3x32m(t *tile, cols int)

//go:noescape
func zmmTile3x16m(t *tile, cols int)

//go:noescape
func zmmTile4x32(t *tile)

//go:noescape
func zmmTile4x32m(t *tile, cols int)

//go:noescape
func zmmTile4x16m(t *tile, cols int)

//go:noescape
func zmmTile5x32(t *tile)

//go:noescape
func zmmTile5x32m(t *tile, cols int)

//go:noescape
func zmmTile5x16m(t *tile, cols int)

//go:noescape
func zmmTile6x32(t *tile)

//go:noescape
func zmmTile6x32m(t *tile, cols int)

//go:noescape
func zmmTile6x16m(t *tile, cols int)

//go:noescape
func zmmTile7x32(t *tile)

//go:noescape
func zmmTile7x32m(t *tile, cols int)

//go:noescape
func zmmTile7x16m(t *tile, cols int)

//go:noescape
func zmmTile8x32(t *tile)

//go:noescape
func zmmTile8x32m(t *tile, cols int)

//go:noescape
func zmmTile8x16m(t *tile, cols int)

//go:noescape
func zmmTile9x32(t *tile)

//go:noescape
func zmmTile9x32m(t *tile, cols int)

//go:noescape
func zmmTile9x16m(t *tile, cols int)

//go:noescape
func zmmTile10x32(t *tile)

//go:noescape
func zmmTile10x32m(t *tile, cols int)

//go:noescape
func zmmTile10x16m(t *tile, cols int)

//go:noescape
func zmmTile11x32(t *tile)

//go:noescape
func zmmTile11x32m(t *tile, cols int)

//go:noescape
func zmmTile11x16m(t *tile, cols int)

//go:noescape
func zmmTile12x32(t *tile)

//go:noescape
func zmmTile12x32m(t *tile, cols int)

//go:noescape
func zmmTile12x16m(t *tile, cols int)

//go:noescape
func zmmTile13x32(t *tile)

//go:noescape
func zmmTile13x32m(t *tile, cols int)

//go:noescape
func zmmTile13x16m(t *tile, cols int)

//go:noescape
func zmmTile14x32(t *tile)

//go:noescape
func zmmTile14x32m(t *tile, cols int)

//go:noescape
func zmmTile14x16m(t *tile, cols int)

// assembly512 computes tiles of up to 14 rows and 32 columns.
func (t *tile) assembly512(rows, cols int) {
	switch {
	case cols == 32:
		switch rows {
		case 1:
			zmmTile1x32(t)
		case 2:
			zmmTile2x32(t)
		case 3:
			zmmTile3x32(t)
		case 4:
			zmmTile4x32(t)
		case 5:
			zmmTile5x32(t)
		case 6:
			zmmTile6x32(t)
		case 7:
			zmmTile7x32(t)
		case 8:
			zmmTile8x32(t)
		case 9:
			zmmTile9x32(t)
		case 10:
			zmmTile10x32(t)
		case 11:
			zmmTile11x32(t)
		case 12:
			zmmTile12x32(t)
		case 13:
			zmmTile13x32(t)
		case 14:
			zmmTile14x32(t)
		}
	case cols > 16:
		switch rows {
		case 1:
			zmmTile1x32m(t, cols)
		case 2:
			zmmTile2x32m(t, cols)
		case 3:
			zmmTile3x32m(t, cols)
		case 4:
			zmmTile4x32m(t, cols)
		case 5:
			zmmTile5x32m(t, cols)
		case 6:
			zmmTile6x32m(t, cols)
		case 7:
			zmmTile7x32m(t, cols)
		case 8:
			zmmTile8x32m(t, cols)
		case 9:
			zmmTile9x32m(t, cols)
		case 10:
			zmmTile10x32m(t, cols)
		case 11:
			zmmTile11x32m(t, cols)
		case 12:
			zmmTile12x32m(t, cols)
		case 13:
			zmmTile13x32m(t, cols)
		case 14:
			zmmTile14x32m(t, cols)
		}
	default:
		switch rows {
		case 1:
			zmmTile1x16m(t, cols)
		case 2:
			zmmTile2x16m(t, cols)
		case 3:
			zmmTile3x16m(t, cols)
		case 4:
			zmmTile4x16m(t, cols)
		case 5:
			zmmTile5x16m(t, cols)
		case 6:
			zmmTile6x16m(t, cols)
		case 7:
			zmmTile7x16m(t, cols)
		case 8:
			zmmTile8x16m(t, cols)
		case 9:
			zmmTile9x16m(t, cols)
		case 10:
			zmmTile10x16m(t, cols)
		case 11:
			zmmTile11x16m(t, cols)
		case 12:
			zmmTile12x16m(t, cols)
		case 13:
			zmmTile13x16m(t, cols)
		case 14:
			zmmTile14x16m(t, cols)
		}
	}
}

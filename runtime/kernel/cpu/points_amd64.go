package cpu

// The products of conv_amd64.s.

//go:noescape
func points1x16(p *pointProduct)

//go:noescape
func points1x8(p *pointProduct)

//go:noescape
func points2x16(p *pointProduct)

//go:noescape
func points2x8(p *pointProduct)

//go:noescape
func points3x16(p *pointProduct)

//go:noescape
func points3x8(p *pointProduct)

//go:noescape
func points4x16(p *pointProduct)

//go:noescape
func points4x8(p *pointProduct)

//go:noescape
func points5x16(p *pointProduct)

//go:noescape
func points5x8(p *pointProduct)

//go:noescape
func points6x16(p *pointProduct)

//go:noescape
func points6x8(p *pointProduct)

// assembly computes groups of up to 6 rows and 8 or 16 columns.
func (p *pointProduct) assembly(rows, cols int) {
	switch {
	case cols == 16:
		switch rows {
		case 1:
			points1x16(p)
		case 2:
			points2x16(p)
		case 3:
			points3x16(p)
		case 4:
			points4x16(p)
		case 5:
			points5x16(p)
		case 6:
			points6x16(p)
		}
	default:
		switch rows {
		case 1:
			points1x8(p)
		case 2:
			points2x8(p)
		case 3:
			points3x8(p)
		case 4:
			points4x8(p)
		case 5:
			points5x8(p)
		case 6:
			points6x8(p)
		}
	}
}

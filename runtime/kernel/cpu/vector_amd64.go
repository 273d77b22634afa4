package cpu

// The kernels of vector_amd64.s.

//go:noescape
func dropoutRow(d *dropping)

//go:noescape
func sparseRows1(s *sparseRows)

//go:noescape
func sparseRows2(s *sparseRows)

//go:noescape
func sparseRows3(s *sparseRows)

//go:noescape
func sparseRows4(s *sparseRows)

//go:noescape
func sparseRows5(s *sparseRows)

//go:noescape
func sparseRows6(s *sparseRows)

//go:noescape
func sparseRows7(s *sparseRows)

//go:noescape
func sparseRows8(s *sparseRows)

//go:noescape
func sparseRows9(s *sparseRows)

//go:noescape
func sparseRows10(s *sparseRows)

//go:noescape
func sparseRows11(s *sparseRows)

//go:noescape
func sparseRows12(s *sparseRows)

//go:noescape
func compactRow(c *compaction)

//go:noescape
func majorities(dst, src *float32, rows, stride, blocks int)

//go:noescape
func differences8(x, y *float32, blocks int) int

//go:noescape
func finite8(x *float32, blocks int) bool

//go:noescape
func copyRows(dst, src *float32, dstStride, srcStride, vectors, rows int) bool

//go:noescape
func transpose16(dst, src *float32, dstStride, srcStride, blocks int)

func (s *sparseRows) assembly(vectors int) {
	switch vectors {
	case 1:
		sparseRows1(s)
	case 2:
		sparseRows2(s)
	case 3:
		sparseRows3(s)
	case 4:
		sparseRows4(s)
	case 5:
		sparseRows5(s)
	case 6:
		sparseRows6(s)
	case 7:
		sparseRows7(s)
	case 8:
		sparseRows8(s)
	case 9:
		sparseRows9(s)
	case 10:
		sparseRows10(s)
	case 11:
		sparseRows11(s)
	case 12:
		sparseRows12(s)
	}
}

//go:build !amd64

package cpu

// Without assembly no instruction set reaches these.

func dropoutRow(*dropping)                { panic("cpu: no assembly for this processor") }
func (*sparseRows) assembly(int)          { panic("cpu: no assembly for this processor") }
func compactRow(*compaction)              { panic("cpu: no assembly for this processor") }
func finite8(x *float32, blocks int) bool { panic("cpu: no assembly for this processor") }
func majorities(dst, src *float32, rows, stride, blocks int) {
	panic("cpu: no assembly for this processor")
}
func differences8(x, y *float32, blocks int) int { panic("cpu: no assembly for this processor") }
func copyRows(dst, src *float32, dstStride, srcStride, vectors, rows int) bool {
	panic("cpu: no assembly for this processor")
}
func transpose16(dst, src *float32, dstStride, srcStride, blocks int) {
	panic("cpu: no assembly for this processor")
}
func (*optimize) assembly(optimizeOp, int) { panic("cpu: no assembly for this processor") }

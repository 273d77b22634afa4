//go:build !amd64

package cpu

// isas are the instruction sets with kernels, the best first.
var isas = []*isa{&portable}

// Without assembly no instruction set reaches these.

func (*tile) assembly(int, int)         { panic("cpu: no assembly for this processor") }
func (*vec) assembly(vecOp)             { panic("cpu: no assembly for this processor") }
func (*pointProduct) assembly(int, int) { panic("cpu: no assembly for this processor") }
func (*winogradRow) assembly(transform) { panic("cpu: no assembly for this processor") }
func (*update) assembly(updateOp)       { panic("cpu: no assembly for this processor") }
func poolMaxRow(*poolRow)               { panic("cpu: no assembly for this processor") }
func poolMaxGradRow(*poolRow)           { panic("cpu: no assembly for this processor") }
func transpose8(dst, src *float32, dstStride, srcStride, blocks int) {
	panic("cpu: no assembly for this processor")
}
func multiplyAdds(int)                    { panic("cpu: no assembly for this processor") }
func fetchLines(*float32, int)            { panic("cpu: no assembly for this processor") }
func winogradKernelsIn(*winogradKernels)  { panic("cpu: no assembly for this processor") }
func winogradKernelsOut(*winogradKernels) { panic("cpu: no assembly for this processor") }

package cpu

// The memory-bound and the optimizers' kernels, and dropout, of kernels512_amd64.s. What a switch below does not name has no version for AVX-512, and the
// one for AVX2 is used: a processor that has AVX-512 has AVX2 too.

//go:noescape
func zmmVecAdd(v *vec)

//go:noescape
func zmmVecMul(v *vec)

//go:noescape
func zmmVecRelu(v *vec)

//go:noescape
func zmmVecReluGrad(v *vec)

//go:noescape
func zmmVecAddCo(v *vec)

//go:noescape
func zmmVecMulCo(v *vec)

//go:noescape
func zmmVecMulAddCo(v *vec)

//go:noescape
func zmmVecNormalize(v *vec)

//go:noescape
func zmmVecNormalizeGrad(v *vec)

//go:noescape
func zmmVecSum(v *vec)

//go:noescape
func zmmVecDot(v *vec)

//go:noescape
func zmmVecSquares(v *vec)

//go:noescape
func zmmVecParamGrad(v *vec)

// assembly512 reports whether there is a kernel for AVX-512, which it then runs.
func (v *vec) assembly512(do vecOp) bool {
	switch do {
	case doAdd:
		zmmVecAdd(v)
	case doMul:
		zmmVecMul(v)
	case doRelu:
		zmmVecRelu(v)
	case doReluGrad:
		zmmVecReluGrad(v)
	case doAddCo:
		zmmVecAddCo(v)
	case doMulCo:
		zmmVecMulCo(v)
	case doMulAddCo:
		zmmVecMulAddCo(v)
	case doNormalize:
		zmmVecNormalize(v)
	case doNormalizeGrad:
		zmmVecNormalizeGrad(v)
	case doSum:
		zmmVecSum(v)
	case doDot:
		zmmVecDot(v)
	case doSquares:
		zmmVecSquares(v)
	case doParamGrad:
		zmmVecParamGrad(v)
	default:
		return false
	}
	return true
}

//go:noescape
func zmmUpdateAddScaled(u *update)

//go:noescape
func zmmUpdateAverage(u *update)

//go:noescape
func zmmUpdateMomentum(u *update)

//go:noescape
func zmmUpdateNesterov(u *update)

//go:noescape
func zmmUpdateAdam(u *update)

// assembly512 reports whether there is a kernel for AVX-512, which it then runs.
func (u *update) assembly512(do updateOp) bool {
	switch do {
	case doAddScaled:
		zmmUpdateAddScaled(u)
	case doAverage:
		zmmUpdateAverage(u)
	case doMomentum:
		zmmUpdateMomentum(u)
	case doNesterov:
		zmmUpdateNesterov(u)
	case doAdam:
		zmmUpdateAdam(u)
	default:
		return false
	}
	return true
}

//go:noescape
func zmmDropoutRow(d *dropping)

//go:noescape
func zmmMultiplyAdds(n int)

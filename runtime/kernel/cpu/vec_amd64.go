package cpu

// The memory-bound kernels of kernels_amd64.s.

//go:noescape
func vecAdd(v *vec)

//go:noescape
func vecMul(v *vec)

//go:noescape
func vecRelu(v *vec)

//go:noescape
func vecReluGrad(v *vec)

//go:noescape
func vecAddCo(v *vec)

//go:noescape
func vecMulCo(v *vec)

//go:noescape
func vecMulAddCo(v *vec)

//go:noescape
func vecNormalize(v *vec)

//go:noescape
func vecNormalizeGrad(v *vec)

//go:noescape
func vecSum(v *vec)

//go:noescape
func vecDot(v *vec)

//go:noescape
func vecSquares(v *vec)

//go:noescape
func vecParamGrad(v *vec)

func (v *vec) assembly(do vecOp) {
	switch do {
	case doAdd:
		vecAdd(v)
	case doMul:
		vecMul(v)
	case doRelu:
		vecRelu(v)
	case doReluGrad:
		vecReluGrad(v)
	case doAddCo:
		vecAddCo(v)
	case doMulCo:
		vecMulCo(v)
	case doMulAddCo:
		vecMulAddCo(v)
	case doNormalize:
		vecNormalize(v)
	case doNormalizeGrad:
		vecNormalizeGrad(v)
	case doSum:
		vecSum(v)
	case doDot:
		vecDot(v)
	case doSquares:
		vecSquares(v)
	case doParamGrad:
		vecParamGrad(v)
	default:
		v.elementary(do)
	}
}

//go:noescape
func poolMaxRow(p *poolRow)

//go:noescape
func poolMaxGradRow(p *poolRow)

package cpu

// The elementary functions of vector_amd64.s.

//go:noescape
func vecExp(v *vec)

//go:noescape
func vecTanh(v *vec)

//go:noescape
func vecTanhGrad(v *vec)

//go:noescape
func vecSigmoid(v *vec)

//go:noescape
func vecSigmoidGrad(v *vec)

//go:noescape
func vecSilu(v *vec)

//go:noescape
func vecSiluGrad(v *vec)

//go:noescape
func vecGelu(v *vec)

//go:noescape
func vecGeluGrad(v *vec)

//go:noescape
func vecElu(v *vec)

//go:noescape
func vecEluGrad(v *vec)

//go:noescape
func vecSoftplus(v *vec)

//go:noescape
func vecSoftplusGrad(v *vec)

//go:noescape
func vecLeaky(v *vec)

//go:noescape
func vecLeakyGrad(v *vec)

func (v *vec) elementary(do vecOp) {
	switch do {
	case doExp:
		vecExp(v)
	case doTanh:
		vecTanh(v)
	case doTanhGrad:
		vecTanhGrad(v)
	case doSigmoid:
		vecSigmoid(v)
	case doSigmoidGrad:
		vecSigmoidGrad(v)
	case doSilu:
		vecSilu(v)
	case doSiluGrad:
		vecSiluGrad(v)
	case doGelu:
		vecGelu(v)
	case doGeluGrad:
		vecGeluGrad(v)
	case doElu:
		vecElu(v)
	case doEluGrad:
		vecEluGrad(v)
	case doSoftplus:
		vecSoftplus(v)
	case doSoftplusGrad:
		vecSoftplusGrad(v)
	case doLeaky:
		vecLeaky(v)
	case doLeakyGrad:
		vecLeakyGrad(v)
	}
}

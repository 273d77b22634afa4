package cpu

// The kernels of conv_amd64.s.

//go:noescape
func winogradIn(r *winogradRow)

//go:noescape
func winogradGradIn(r *winogradRow)

//go:noescape
func winogradOut(r *winogradRow)

func (r *winogradRow) assembly(do transform) {
	switch do {
	case transformIn:
		winogradIn(r)
	case transformGradIn:
		winogradGradIn(r)
	case transformOut:
		winogradOut(r)
	}
}

//go:noescape
func fetchLines(from *float32, lines int)

//go:noescape
func winogradKernelsIn(k *winogradKernels)

//go:noescape
func winogradKernelsOut(k *winogradKernels)

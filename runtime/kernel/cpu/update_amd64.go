package cpu

// The optimizers' kernels of kernels_amd64.s.

//go:noescape
func updateAddScaled(u *update)

//go:noescape
func updateAverage(u *update)

//go:noescape
func updateMomentum(u *update)

//go:noescape
func updateNesterov(u *update)

//go:noescape
func updateAdam(u *update)

func (u *update) assembly(do updateOp) {
	switch do {
	case doAddScaled:
		updateAddScaled(u)
	case doAverage:
		updateAverage(u)
	case doMomentum:
		updateMomentum(u)
	case doNesterov:
		updateNesterov(u)
	case doAdam:
		updateAdam(u)
	}
}

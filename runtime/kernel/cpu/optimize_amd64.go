package cpu

// The optimizers' kernels of vector_amd64.s.

//go:noescape
func stepSGDL2(o *optimize)

//go:noescape
func stepSGDAll(o *optimize)

//go:noescape
func stepMomentumL2(o *optimize)

//go:noescape
func stepMomentumAll(o *optimize)

//go:noescape
func stepNesterovL2(o *optimize)

//go:noescape
func stepNesterovAll(o *optimize)

//go:noescape
func stepAdamL2(o *optimize)

//go:noescape
func stepAdamAll(o *optimize)

//go:noescape
func stepRMSProp(o *optimize)

//go:noescape
func stepRMSPropL2(o *optimize)

//go:noescape
func stepRMSPropAll(o *optimize)

//go:noescape
func stepRMSPropMomentum(o *optimize)

//go:noescape
func stepRMSPropMomentumL2(o *optimize)

//go:noescape
func stepRMSPropMomentumAll(o *optimize)

//go:noescape
func stepRMSPropCentered(o *optimize)

//go:noescape
func stepRMSPropCenteredL2(o *optimize)

//go:noescape
func stepRMSPropCenteredAll(o *optimize)

//go:noescape
func stepRMSPropBoth(o *optimize)

//go:noescape
func stepRMSPropBothL2(o *optimize)

//go:noescape
func stepRMSPropBothAll(o *optimize)

//go:noescape
func stepAdaGrad(o *optimize)

//go:noescape
func stepAdaGradL2(o *optimize)

//go:noescape
func stepAdaGradAll(o *optimize)

func (o *optimize) assembly(do optimizeOp, level int) {
	switch do {
	case optimizeSGD:
		switch level {
		case beforeL2:
			stepSGDL2(o)
		case beforeAll:
			stepSGDAll(o)
		}
	case optimizeMomentum:
		switch level {
		case beforeL2:
			stepMomentumL2(o)
		case beforeAll:
			stepMomentumAll(o)
		}
	case optimizeNesterov:
		switch level {
		case beforeL2:
			stepNesterovL2(o)
		case beforeAll:
			stepNesterovAll(o)
		}
	case optimizeAdam:
		switch level {
		case beforeL2:
			stepAdamL2(o)
		case beforeAll:
			stepAdamAll(o)
		}
	case optimizeRMSProp:
		switch level {
		case beforeNothing:
			stepRMSProp(o)
		case beforeL2:
			stepRMSPropL2(o)
		case beforeAll:
			stepRMSPropAll(o)
		}
	case optimizeRMSPropMomentum:
		switch level {
		case beforeNothing:
			stepRMSPropMomentum(o)
		case beforeL2:
			stepRMSPropMomentumL2(o)
		case beforeAll:
			stepRMSPropMomentumAll(o)
		}
	case optimizeRMSPropCentered:
		switch level {
		case beforeNothing:
			stepRMSPropCentered(o)
		case beforeL2:
			stepRMSPropCenteredL2(o)
		case beforeAll:
			stepRMSPropCenteredAll(o)
		}
	case optimizeRMSPropBoth:
		switch level {
		case beforeNothing:
			stepRMSPropBoth(o)
		case beforeL2:
			stepRMSPropBothL2(o)
		case beforeAll:
			stepRMSPropBothAll(o)
		}
	case optimizeAdaGrad:
		switch level {
		case beforeNothing:
			stepAdaGrad(o)
		case beforeL2:
			stepAdaGradL2(o)
		case beforeAll:
			stepAdaGradAll(o)
		}
	}
}

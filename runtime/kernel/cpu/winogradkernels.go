package cpu

// winogradKernels is one call of a transform of kernels of 3x3, n neighbours at a time: their 9 cells lie kernelStep floats apart, their 16
// points step floats.
type winogradKernels struct {
	kernels, points  []float32
	kernelStep, step int
	n                int  // a multiple of lanes
	bad              bool // set where a kernel that was made is not finite
}

func (k *winogradKernels) run(set *isa, back bool) {
	_, _ = k.kernels[8*k.kernelStep+k.n-1], k.points[15*k.step+k.n-1]
	switch {
	case set.assembly && back:
		winogradKernelsOut(k)
	case set.assembly:
		winogradKernelsIn(k)
	case back:
		k.portableOut()
	default:
		k.portableIn()
	}
}

// portableIn is G g G^T.
func (k *winogradKernels) portableIn() {
	for i := range k.n {
		var g [4][3]float32
		for j := range 3 {
			g0, g1, g2 := k.kernels[j*k.kernelStep+i], k.kernels[(3+j)*k.kernelStep+i], k.kernels[(6+j)*k.kernelStep+i]
			g[0][j], g[1][j], g[2][j], g[3][j] = g0, 0.5*(g0+g2+g1), 0.5*(g0+g2-g1), g2
		}
		for j, row := range g {
			g0, g1, g2 := row[0], row[1], row[2]
			u := k.points[4*j*k.step+i:]
			u[0], u[k.step], u[2*k.step], u[3*k.step] = g0, 0.5*(g0+g2+g1), 0.5*(g0+g2-g1), g2
		}
	}
}

// portableOut is G^T u G of sums whose rows and columns 3 have the other sign.
func (k *winogradKernels) portableOut() {
	for i := range k.n {
		var g [3][4]float32
		for j := range 4 {
			u0, u1, u2, u3 := k.points[j*k.step+i], k.points[(4+j)*k.step+i], k.points[(8+j)*k.step+i], k.points[(12+j)*k.step+i]
			half := 0.5 * (u1 + u2)
			g[0][j], g[1][j], g[2][j] = u0+half, 0.5*(u1-u2), half-u3
		}
		for y, u := range g {
			half := 0.5 * (u[1] + u[2])
			for x, v := range [3]float32{u[0] + half, 0.5 * (u[1] - u[2]), half - u[3]} {
				k.kernels[(3*y+x)*k.kernelStep+i] = v
				if v*0 != 0 {
					k.bad = true
				}
			}
		}
	}
}

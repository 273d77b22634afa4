package rng

import "math"

// Logarithm, exponential, sine and cosine in which every platform agrees on every bit. Package math does
// not promise that: some processors have their own versions, and the compiler may fuse x*y + z into one
// rounding. Here each product is rounded by a conversion, which the language specification says forbids the
// fusion. The coefficients are those of FreeBSD's msun (e_log.c, e_exp.c, k_sin.c, k_cos.c; Sun
// Microsystems 1993); errors stay below one unit in the last place or so, far below float32's rounding.

const (
	ln2Hi  = 6.93147180369123816490e-01
	ln2Lo  = 1.90821492927058770002e-10
	log2E  = 1.44269504088896338700e+00
	minExp = -745.2
	maxExp = 709.0
)

// ln is the natural logarithm of x, for finite x > 0.
func ln(x float64) float64 {
	m, exp := math.Frexp(x) // exact: m in [1/2, 1)
	if m < math.Sqrt2/2 {
		m *= 2
		exp--
	}
	f := m - 1
	k := float64(exp)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	t1 := float64(s2 * step(step(step(1.479819860511658591e-01, s4, 1.818357216161805012e-01), s4, 2.857142874366239149e-01), s4, 6.666666666666735130e-01))
	t2 := float64(s4 * step(step(1.531383769920937332e-01, s4, 2.222219843214978396e-01), s4, 3.999999999940941908e-01))
	r := t1 + t2
	half := float64(float64(0.5*f) * f)
	tail := float64(s*(half+r)) + float64(k*ln2Lo)
	return float64(k*ln2Hi) - ((half - tail) - f)
}

// exp is e to the power x; it is 0 below the smallest number and is clamped at e^709.
func exp(x float64) float64 {
	switch {
	case x < minExp:
		return 0
	case x > maxExp:
		x = maxExp
	}
	k := math.Floor(float64(log2E*x) + 0.5)
	hi := x - float64(k*ln2Hi)
	lo := float64(k * ln2Lo)
	r := hi - lo
	t := float64(r * r)
	c := r - float64(t*step(step(step(step(4.13813679705723846039e-08, t, -1.65339022054652515390e-06), t, 6.61375632143793436117e-05), t, -2.77777777770155933842e-03), t, 1.66666666666666657415e-01))
	y := 1 - ((lo - float64(r*c)/(2-c)) - hi)
	return math.Ldexp(y, int(k)) // exact unless it underflows
}

// SincosTurn gives the sine and cosine of w / 2^32 of a full turn. The octant is found in whole numbers, so
// the angle that reaches the polynomials is in [0, pi/4] without any loss.
func SincosTurn(w uint32) (sin, cos float64) {
	octant, part := w>>29, w&(1<<29-1)
	if octant&1 == 1 {
		part = 1<<29 - part
	}
	const turn = 2 * math.Pi / (1 << 32)
	a := float64(part) * turn
	s, c := sinSmall(a), cosSmall(a)
	switch octant {
	case 0:
		return s, c
	case 1:
		return c, s
	case 2:
		return c, -s
	case 3:
		return s, -c
	case 4:
		return -s, -c
	case 5:
		return -c, -s
	case 6:
		return -c, s
	}
	return -s, c
}

func sinSmall(x float64) float64 {
	z := float64(x * x)
	p := step(step(step(step(step(1.58969099521155010221e-10, z, -2.50507602534068634195e-08), z, 2.75573137070700676789e-06), z, -1.98412698298579493134e-04), z, 8.33333333332248946124e-03), z, -1.66666666666666324348e-01)
	return x + float64(float64(x*z)*p)
}

func cosSmall(x float64) float64 {
	z := float64(x * x)
	p := step(step(step(step(step(-1.13596475577881948265e-11, z, 2.08757232129817482790e-09), z, -2.75573143513906633035e-07), z, 2.48015872894767294178e-05), z, -1.38888888888741095749e-03), z, 4.16666666666666019037e-02)
	return 1 - (float64(0.5*z) - float64(float64(z*z)*p))
}

// step is one step of Horner's rule, y x + c with two roundings; it is small enough to be inlined.
func step(y, x, c float64) float64 { return float64(y*x) + c }

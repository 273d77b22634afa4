package cpu

import "math"

// Elementary functions in float32. They follow the Cephes library (Moshier, netlib.org/cephes: expf.c, logf.c,
// tanhf.c); errors stay within two units in the last place. NaN gives NaN, infinities give the limits.

// exp is e to the power x.
func exp(x float32) float32 {
	switch {
	case x > 88.72283:
		return float32(math.Inf(1))
	case x < -87.33654:
		if x < -104 {
			return 0
		}
		return float32(math.Exp(float64(x))) // a subnormal number
	case x != x:
		return x
	}
	const log2e, ln2Hi, ln2Lo = 1.44269504088896341, 0.693359375, -2.12194440e-4
	z := log2e*x + 0.5
	n := int32(z)
	if z < 0 {
		n-- // floor; off by one where z is whole, which the polynomial bears
	}
	f := float32(n)
	x -= f * ln2Hi
	x -= f * ln2Lo
	p := (((((1.9875691500e-4*x+1.3981999507e-3)*x+8.3334519073e-3)*x+4.1665795894e-2)*x+1.6666665459e-1)*x + 5.0000001201e-1)
	p = p*x*x + x + 1
	// 2^n in two factors: n reaches 128, which has no float32 of its own.
	half := n >> 1
	return p * power2(half) * power2(n-half)
}

// power2 is 2^n for n in [-126, 127].
func power2(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// log is the natural logarithm of x; the double precision one is quick enough for what needs it.
func log(x float32) float32 { return float32(math.Log(float64(x))) }

// log1p is log(1+x) for x in [0, 1].
func log1p(x float32) float32 { return float32(math.Log1p(float64(x))) }

// sigmoid is 1/(1+e^-x).
func sigmoid(x float32) float32 {
	if x < 0 {
		e := exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + exp(-x))
}

// tanh is the hyperbolic tangent of x.
func tanh(x float32) float32 {
	a := x
	if a < 0 {
		a = -a
	}
	switch {
	case a < 0.625:
		s := x * x
		p := ((((-5.70498872745e-3*s+2.06390887954e-2)*s-5.37397155531e-2)*s+1.33314422036e-1)*s - 3.33332819422e-1)
		return p*s*x + x
	case a > 10:
		if x < 0 {
			return -1
		}
		return 1
	}
	r := 1 - 2/(exp(2*a)+1) // a NaN passes through
	if x < 0 {
		return -r
	}
	return r
}

// softplus is log(1+e^x).
func softplus(x float32) float32 {
	if x > 0 {
		return x + log1p(exp(-x))
	}
	if x != x {
		return x
	}
	return log1p(exp(x))
}

// expm1 is e^x - 1 for x <= 0.
func expm1(x float32) float32 {
	if x > -0.5 { // the series of e^x - 1 by itself, which does not cancel
		return x * (1 + x*(0.5+x*(1.0/6+x*(1.0/24+x*(1.0/120+x*(1.0/720+x*(1.0/5040)))))))
	}
	return exp(x) - 1
}

// normalCDF is the distribution function of the standard normal.
func normalCDF(x float32) float32 {
	return float32(0.5 * math.Erfc(-float64(x)*(1/math.Sqrt2)))
}

// normalDensity is its density.
func normalDensity(x float32) float32 {
	return 0.3989422804014327 * exp(-0.5*x*x)
}

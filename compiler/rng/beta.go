package rng

import "math"

// Beta draws from the Beta(a, a) distribution on [0, 1], for a > 0: two gamma draws compared as logarithms,
// so that a tiny a, where both would underflow to 0, still gives a number.
func (s *Series) Beta(a float64) float64 {
	x, y := s.lnGamma(a), s.lnGamma(a)
	return 1 / (1 + exp(y-x))
}

// lnGamma is the logarithm of a draw from Gamma(a, 1) (Marsaglia and Tsang, "A simple method for
// generating gamma variables", ACM TOMS 2000; below 1 by Gamma(a) = Gamma(a+1) * U^(1/a)).
func (s *Series) lnGamma(a float64) float64 {
	boost := 0.0
	if a < 1 {
		u := (float64(s.Word()) + 1) * (1.0 / (1 << 32))
		boost = ln(u) / a
		a++
	}
	d := a - 1.0/3
	c := 1 / math.Sqrt(float64(9*d))
	for {
		x := s.Normal()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(float64(v*v) * v)
		u := (float64(s.Word()) + 1) * (1.0 / (1 << 32))
		bound := float64(float64(0.5*x)*x) + float64(d*((1-v)+ln(v)))
		if ln(u) < bound {
			return boost + ln(float64(d*v))
		}
	}
}

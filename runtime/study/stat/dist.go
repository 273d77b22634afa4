package stat

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// normCDF is the standard normal distribution function.
func normCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// normQuantile inverts normCDF for p in (0, 1).
func normQuantile(p float64) float64 {
	switch {
	case p <= 0:
		return math.Inf(-1)
	case p >= 1:
		return math.Inf(1)
	}
	return mathext.NormalQuantile(p)
}

// tSurvival is P(T > t) of Student's t with df degrees of freedom.
func tSurvival(t, df float64) float64 {
	switch {
	case math.IsInf(t, 1):
		return 0
	case math.IsInf(t, -1):
		return 1
	}
	return distuv.StudentsT{Sigma: 1, Nu: df}.Survival(t)
}

// tUpper is the t with P(T > t) = tail, for 0 < tail < 1. The inverse incomplete beta function gives a
// start that Newton's steps polish to full precision.
func tUpper(tail, df float64) float64 {
	if tail > 0.5 {
		return -tUpper(1-tail, df)
	}
	if tail == 0.5 {
		return 0
	}
	d := distuv.StudentsT{Sigma: 1, Nu: df}
	t := d.Quantile(1 - tail)
	if tail < 1e-8 || math.IsInf(t, 0) || math.IsNaN(t) { // 1-tail has lost digits: bracket instead
		lo, hi := 0.0, 1.0
		for tSurvival(hi, df) > tail && hi < 1e300 {
			hi *= 2
		}
		for range 200 {
			if mid := lo + (hi-lo)/2; tSurvival(mid, df) > tail {
				lo = mid
			} else {
				hi = mid
			}
		}
		return lo + (hi-lo)/2
	}
	for range 4 {
		step := (tSurvival(t, df) - tail) / d.Prob(t)
		t += step
		if math.Abs(step) <= 1e-15*math.Abs(t) {
			break
		}
	}
	return t
}

// chi2Quantile inverts the chi-squared distribution function with df degrees of freedom.
func chi2Quantile(p, df float64) float64 { return distuv.ChiSquared{K: df}.Quantile(p) }

// binomialTwoSided is the exact two-sided p-value of k successes in n fair tosses: twice the smaller
// tail, at most 1.
func binomialTwoSided(k, n int) float64 {
	if n == 0 {
		return 1
	}
	return math.Min(1, 2*binomialTail(min(k, n-k), n))
}

// binomialTail is P(X <= k) for n fair tosses, X ~ Binomial(n, 1/2).
func binomialTail(k, n int) float64 {
	if k >= n {
		return 1
	}
	return mathext.RegIncBeta(float64(n-k), float64(k+1), 0.5)
}

// gauss16 holds the positive nodes and the weights of 16-point Gauss-Legendre quadrature on [-1, 1]
// (Abramowitz and Stegun 1964, table 25.4).
var gauss16 = [8][2]float64{
	{0.0950125098376374402, 0.1894506104550684963},
	{0.2816035507792589132, 0.1826034150449235889},
	{0.4580167776572273863, 0.1691565193950025382},
	{0.6178762444026437484, 0.1495959888165767321},
	{0.7554044083550030339, 0.1246289712555338720},
	{0.8656312023878317439, 0.0951585116824927848},
	{0.9445750230732325761, 0.0622535239386478929},
	{0.9894009349916499326, 0.0271524594117540949},
}

// integrate is composite Gauss-Legendre quadrature of f over [a, b].
func integrate(f func(float64) float64, a, b float64, panels int) float64 {
	nodes, weights := gaussNodes(a, b, panels)
	var sum float64
	for i, x := range nodes {
		sum += weights[i] * f(x)
	}
	return sum
}

// overSD averages f(s) over the sampling distribution of s = sd/sigma with df degrees of freedom, that
// is s = sqrt(chi2_df / df), with f taken as zero above limit. Every probability about a t statistic is
// such an average of a normal one.
func overSD(df, limit float64, f func(float64) float64) float64 {
	lg, _ := math.Lgamma(df / 2)
	logc := math.Ln2 + df/2*math.Log(df/2) - lg
	half := 12 / math.Sqrt(2*df) // the rest has probability below 1e-15
	lo, hi := math.Max(0, 1-half), math.Min(limit, 1+half)
	if hi <= lo {
		return 0
	}
	return integrate(func(s float64) float64 {
		return math.Exp(logc+(df-1)*math.Log(s)-df*s*s/2) * f(s)
	}, lo, hi, 48)
}

// nctCDF is P(T <= t) for the noncentral t distribution with df degrees of freedom and noncentrality
// delta: the mean over s of Phi(t*s - delta) (Johnson, Kotz and Balakrishnan 1995, Continuous
// Univariate Distributions 2, ch. 31).
func nctCDF(t, df, delta float64) float64 {
	return clampP(overSD(df, math.Inf(1), func(s float64) float64 { return normCDF(t*s - delta) }))
}

// clampP keeps a computed probability within [0, 1].
func clampP(p float64) float64 { return math.Min(1, math.Max(0, p)) }

// gaussNodes returns the nodes and weights of composite Gauss-Legendre quadrature over [a, b].
func gaussNodes(a, b float64, panels int) (nodes, weights []float64) {
	h := (b - a) / float64(panels) / 2
	for p := range panels {
		mid := a + h*float64(2*p+1)
		for _, g := range gauss16 {
			nodes = append(nodes, mid-h*g[0], mid+h*g[0])
			weights = append(weights, h*g[1], h*g[1])
		}
	}
	return nodes, weights
}

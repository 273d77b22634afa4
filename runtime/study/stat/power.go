package stat

import (
	"fmt"
	"math"
	"slices"
)

// Test names the test that a power calculation is about.
type Test int

const (
	SignFlips Test = iota // the two-sided sign-flip test, the default of a [Rule]
	PairedT               // the two-sided paired t test, of a Rule that assumes normal differences
)

// String returns the test's name.
func (t Test) String() string {
	if t == PairedT {
		return "paired t test"
	}
	return "sign-flip test"
}

const (
	flipPowerDraws = 4000
	maxPlannedN    = 1 << 20
)

// simulated reports whether the power of the sign-flip test of n pairs is simulated. Otherwise that of
// the t test is used: with so many sign patterns in the tails the two differ by less than 0.02 (a test
// checks this).
func simulated(n int, alpha float64) bool { return n <= 16 && alpha*math.Ldexp(1, n) <= 400 }

// Power is the probability that n pairs of runs show a difference at error rate alpha (two-sided), when
// the true mean difference is effect and the differences are normal with standard deviation sd.
//
// For [PairedT] it is exact, from the noncentral t distribution (Johnson and Welch 1940, Biometrika
// 31:362-389). For [SignFlips] with few pairs (up to 12 at 5%, up to 16 at smaller error rates) it is
// simulated with 4,000 fixed draws (standard error at most 0.01): the smallest shift that the test would
// accept is found for each draw once, which gives the power for every effect. Beyond, it is the t
// test's power, which the sign-flip test's approaches (Hoeffding 1952, Ann. Math. Stat. 23:169-192).
func Power(test Test, n int, effect, sd, alpha float64) (float64, error) {
	p, err := newPower(test, n, alpha)
	if err != nil {
		return 0, err
	}
	if err := checkSD(sd); err != nil {
		return 0, err
	}
	if math.IsNaN(effect) {
		return 0, fmt.Errorf("effect is not a number")
	}
	return p.at(math.Abs(effect) / sd), nil
}

// DetectableEffect is the smallest true difference, in the units of sd, that n pairs show with the given
// power. It is +Inf where no difference would be shown, because n is below [MinPairs].
func DetectableEffect(test Test, n int, sd, alpha, power float64) (float64, error) {
	p, err := newPower(test, n, alpha)
	if err != nil {
		return 0, err
	}
	if err := checkSD(sd); err != nil {
		return 0, err
	}
	if err := checkPower(power, alpha); err != nil {
		return 0, err
	}
	return p.detectable(power) * sd, nil
}

// PairsNeeded is the smallest number of pairs that shows a true difference of size effect with the given
// power. It gives an error where that takes more than a million pairs.
func PairsNeeded(test Test, effect, sd, alpha, power float64) (int, error) {
	if err := checkSD(sd); err != nil {
		return 0, err
	}
	if err := checkAlpha(alpha); err != nil {
		return 0, err
	}
	if err := checkPower(power, alpha); err != nil {
		return 0, err
	}
	if effect = math.Abs(effect); !(effect > 0) {
		return 0, fmt.Errorf("effect %v: it must differ from zero, for no number of pairs shows a difference of nothing", effect)
	}
	enough := func(n int) (bool, error) {
		p, err := newPower(test, n, alpha)
		return err == nil && p.at(effect/sd) >= power, err
	}
	return smallest(2, enough, fmt.Sprintf("a difference of %.3g with a spread of %.3g", effect, sd))
}

// smallest finds the smallest n >= lo for which enough holds, assuming that it stays true from there.
func smallest(lo int, enough func(int) (bool, error), what string) (int, error) {
	hi := lo
	for {
		ok, err := enough(hi)
		if err != nil {
			return 0, err
		}
		if ok {
			break
		}
		if hi >= maxPlannedN {
			return 0, fmt.Errorf("%s takes more than %d pairs to show: name a larger effect", what, maxPlannedN)
		}
		lo, hi = hi+1, hi*2
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		ok, err := enough(mid)
		if err != nil {
			return 0, err
		}
		if ok {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return hi, nil
}

// EquivalencePower is the probability that n pairs show equivalence within margin by two one-sided t
// tests at alpha, when the true mean difference is effect and the differences are normal with standard
// deviation sd. It is exact: the probability of the acceptance triangle, averaged over the sampling
// distribution of the standard deviation.
//
// Source: Phillips 1990, "Power of the two one-sided tests procedure in bioequivalence", J.
// Pharmacokinet. Biopharm. 18:137-144 (there through Owen's Q function).
func EquivalencePower(n int, effect, sd, margin, alpha float64) (float64, error) {
	if err := checkMargin(margin); err != nil {
		return 0, err
	}
	if err := checkTOSTAlpha(alpha); err != nil {
		return 0, err
	}
	if err := checkSD(sd); err != nil {
		return 0, err
	}
	if n < 2 {
		return 0, nil
	}
	df := float64(n - 1)
	t, root := tUpper(alpha, df), math.Sqrt(float64(n))
	up, down := root*(margin-effect)/sd, root*(-margin-effect)/sd
	sMax := root * margin / sd / t // where the triangle closes
	return clampP(overSD(df, sMax, func(s float64) float64 {
		return normCDF(up-t*s) - normCDF(down+t*s)
	})), nil
}

// PairsForEquivalence is the smallest number of pairs that shows equivalence within margin with the
// given power, when the true difference is effect, which must lie within the margin.
func PairsForEquivalence(effect, sd, margin, alpha, power float64) (int, error) {
	if err := checkMargin(margin); err != nil {
		return 0, err
	}
	if !(math.Abs(effect) < margin) {
		return 0, fmt.Errorf("a difference of %v is not within the margin %v: no number of pairs shows that it is", effect, margin)
	}
	if err := checkSD(sd); err != nil {
		return 0, err
	}
	if err := checkTOSTAlpha(alpha); err != nil {
		return 0, err
	}
	if err := checkPower(power, alpha); err != nil {
		return 0, err
	}
	enough := func(n int) (bool, error) {
		p, err := EquivalencePower(n, effect, sd, margin, alpha)
		return p >= power, err
	}
	return smallest(2, enough, fmt.Sprintf("equivalence within %.3g with a spread of %.3g", margin, sd))
}

// SpreadBound estimates the standard deviation of paired differences from a pilot of a few pairs, and a
// bound that the true one exceeds with probability 1-confidence only. A pilot's own sd is too small
// half of the time; planning with the bound at confidence 0.8 gives the stated power with that
// probability.
//
// Source: Browne 1995, "On the use of a pilot sample for sample size determination", Stat. Med.
// 14:1933-1940; the chi-squared bound of a normal variance.
func SpreadBound(d []float64, confidence float64) (sd, upper float64, err error) {
	if err := checkLevel(confidence); err != nil {
		return 0, 0, err
	}
	s, err := DescribeDifferences(d)
	if err != nil {
		return 0, 0, err
	}
	if s.N < 2 {
		return 0, 0, fmt.Errorf("a pilot of one pair shows no spread: run at least two")
	}
	df := float64(s.N - 1)
	return s.SD, s.SD * math.Sqrt(df/chi2Quantile(1-confidence, df)), nil
}

// powerCurve is the power of a test of n pairs as a function of the standardized effect.
type powerCurve struct {
	test  Test
	n     int
	alpha float64
	lower []float64 // sorted: per draw of noise the lower end of the sign-flip interval; the upper ends are their mirror image
	never bool      // no effect can be shown
}

func newPower(test Test, n int, alpha float64) (powerCurve, error) {
	if err := checkAlpha(alpha); err != nil {
		return powerCurve{}, err
	}
	if n < 1 {
		return powerCurve{}, fmt.Errorf("%d pairs: a study has at least one", n)
	}
	p := powerCurve{test: test, n: n, alpha: alpha}
	switch {
	case test == SignFlips && n < MinPairs(alpha, 1), n < 2:
		p.never = true
	case test == SignFlips && simulated(n, alpha):
		k := int(math.Floor(alpha/2*math.Ldexp(1, n) + 1e-6))
		z := make([]float64, n)
		var c subsetCounter
		for i := range flipPowerDraws / 2 {
			rng := newStream(0, purposePower, uint32(i))
			for j := range z {
				z[j] = rng.Norm()
			}
			// Noise is as likely with the other sign, so each draw is used with both.
			p.lower = append(p.lower, c.kthMean(z, k, 1e-4), c.kthMean(negated(z), k, 1e-4))
		}
		slices.Sort(p.lower)
	}
	return p, nil
}

// at is the power at a true effect of delta standard deviations, delta >= 0.
func (p powerCurve) at(delta float64) float64 {
	switch {
	case p.never:
		return 0
	case math.IsInf(delta, 1):
		return 1
	case p.lower != nil:
		// The interval of noise+delta excludes zero when lower+delta > 0 or upper+delta < 0.
		exceed := func(x float64) int { return len(p.lower) - countBelow(p.lower, math.Nextafter(x, math.Inf(1))) }
		return float64(exceed(-delta)+exceed(delta)) / float64(len(p.lower))
	}
	df, nc := float64(p.n-1), delta*math.Sqrt(float64(p.n))
	t := tUpper(p.alpha/2, df)
	return clampP(nctCDF(-t, df, -nc) + nctCDF(-t, df, nc)) // P(T > t) + P(T < -t), both as lower tails
}

// detectable is the standardized effect that is shown with the given power.
func (p powerCurve) detectable(power float64) float64 {
	if p.never {
		return math.Inf(1)
	}
	lo, hi := 0.0, 1.0
	for p.at(hi) < power {
		if hi *= 2; hi > 1e9 {
			return math.Inf(1)
		}
	}
	for range 50 {
		if mid := (lo + hi) / 2; p.at(mid) < power {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}

func checkSD(sd float64) error {
	if !(sd > 0) || math.IsInf(sd, 0) {
		return fmt.Errorf("standard deviation %v of the differences: it must be a positive number; a pilot without any spread cannot plan a study", sd)
	}
	return nil
}

func checkPower(power, alpha float64) error {
	if !(power > alpha && power < 1) {
		return fmt.Errorf("power %v: it must lie between the error rate %v and 1, say 0.8", power, alpha)
	}
	return nil
}

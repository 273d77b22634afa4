package stat

import (
	"math"
	"slices"
)

// An e-process is a running score against a hypothesis: it starts at 1, multiplies by what each new
// pair is worth as a bet against the hypothesis, and under the hypothesis no betting strategy makes it
// grow on average. Ville's inequality (1939) then says that the probability that it ever reaches
// 1/alpha, at any of infinitely many looks, is at most alpha. So one may look after every seed, stop when
// one likes, go on after stopping, and the error rate holds.

// side says which alternatives an e-process or a group-sequential test bets on.
type side int

const (
	bothSides side = iota
	above
	below
)

// symmetryBets are the stakes of the symmetry e-process and their shares of the starting capital. A
// stake theta bets tanh(theta*|d|/s) of the capital on the sign of d, which is the optimal bet when
// differences are normal with theta = delta*sqrt(1+delta^2), delta the standardized effect; the infinite
// stake bets everything. The shares were chosen by simulation for studies of 6 to 40 pairs with
// standardized effects of 0.5 to 3; any shares that add to 1 are valid.
var symmetryBets = [...]struct{ theta, share float64 }{
	{0.5, 1. / 9}, {1, 2. / 9}, {2, 2. / 9}, {4, 2. / 9}, {8, 1. / 9}, {math.Inf(1), 1. / 9},
}

// symmetryProcess is the state of a symmetry e-process.
type symmetryProcess struct {
	side    side
	n       int     // finite differences seen
	squares float64 // their sum of squares
	up      [len(symmetryBets)]float64
	down    [len(symmetryBets)]float64 // log capital of each stake
}

// add takes the next difference and returns the e-value. An infinite difference (one arm diverged) bets
// as the largest magnitude there could be.
func (p *symmetryProcess) add(x float64) float64 {
	var z float64
	if math.IsInf(x, 0) {
		z = math.Copysign(math.Sqrt(float64(p.n+1)), x)
	} else {
		p.n++
		p.squares += x * x
		if x != 0 && p.squares > 0 { // squares vanish for magnitudes 1e-160 times the largest: no bet
			z = x / math.Sqrt(p.squares/float64(p.n))
		}
	}
	var e float64
	for i, b := range symmetryBets {
		var stake float64
		if z != 0 {
			stake = math.Tanh(b.theta * z)
		}
		p.up[i] += math.Log1p(stake)
		p.down[i] += math.Log1p(-stake)
		switch p.side {
		case above:
			e += b.share * math.Exp(p.up[i])
		case below:
			e += b.share * math.Exp(p.down[i])
		default:
			e += b.share * (math.Exp(p.up[i]) + math.Exp(p.down[i])) / 2
		}
	}
	return e
}

// SymmetryE returns the e-process against the hypothesis that the differences are symmetric around
// zero: element i is its value after d[:i+1]. The hypothesis may be rejected at error rate alpha as soon
// as it reaches 1/alpha, no matter how often one looked.
//
// Given their magnitudes, the signs of symmetric differences are fair coin tosses, and the process bets
// on them: capital is split over several stakes, half on positive and half on negative signs, and each
// stake risks tanh(theta*|d_i|/s_i) of its capital on the i-th sign, s_i being the root mean square of
// the differences so far. It assumes no distribution and is exact from the first pair. The most it can
// reach after n pairs is 2^(n-1), so that below 6 pairs nothing is ever rejected at 5%, as with the
// sign-flip test.
//
// Source: betting on signs given magnitudes is the martingale of de la Peña 1999, "A general class of
// exponential inequalities for martingales and ratios", Ann. Probab. 27:537-564, and of Ramdas, Ruf,
// Larsson and Koolen 2020, "Admissible anytime-valid sequential inference must rely on nonnegative
// martingales", arXiv:2009.03167; mixing stakes: Robbins 1970, Ann.
// Math. Stat. 41:1397-1409.
func SymmetryE(d []float64) []float64 {
	scale := scaleOf(d)
	p := symmetryProcess{side: bothSides}
	path := make([]float64, len(d))
	for i, x := range d {
		path[i] = p.add(x / scale)
	}
	return path
}

// scaleOf is the largest finite magnitude, or 1; an e-process does not change with the unit.
func scaleOf(d []float64) float64 {
	var m float64
	for _, x := range d {
		if !math.IsInf(x, 0) {
			m = math.Max(m, math.Abs(x))
		}
	}
	if m == 0 {
		return 1
	}
	return m
}

// normalPrior is the variance of the standardized effect delta ~ N(0, normalPrior) that the normal
// mixture bets on.
const normalPrior = 1.0

// NormalE returns the e-process of the t statistic against the hypothesis that normal differences of
// unknown variance have mean zero: element i is its value after d[:i+1]. It is the likelihood ratio of the scaled
// differences, a standardized effect delta ~ N(0, g) with g = 1 against none:
//
//	E_n = (1+ng)^(-1/2) * ((t²+n-1) / (t²/(1+ng)+n-1))^(n/2)
//
// It assumes normal differences. A step whose differences so far are all the same number gives no
// evidence (E = 1): their spread is unknown.
//
// Source: Lai 1976, "On confidence sequences", Ann. Stat. 4:265-280; Wang and Ramdas 2024,
// "Anytime-valid t-tests and confidence sequences for Gaussian means with unknown variance",
// arXiv:2310.03722; Pérez-Ortiz, Lardy, de Heide and Grünwald 2024, "E-statistics, group invariance and
// anytime-valid testing", Ann. Stat. 52:1410-1432. The formula is the Bayes factor of Gönen, Johnson, Lu
// and Westfall 2005, Am. Stat. 59:252-257.
func NormalE(d []float64) []float64 {
	path := make([]float64, len(d))
	for i := range d {
		path[i] = normalE(d[:i+1], bothSides)
	}
	return path
}

func normalE(d []float64, s side) float64 {
	if slices.ContainsFunc(d, func(x float64) bool { return math.IsInf(x, 0) }) {
		return 1
	}
	m, sd := moments(d, 0)
	if len(d) < 2 || sd == 0 {
		return 1
	}
	n := float64(len(d))
	shrink := 1 + n*normalPrior
	t := m / sd * math.Sqrt(n)
	e := math.Exp(n/2*math.Log((t*t+n-1)/(t*t/shrink+n-1)) - math.Log(shrink)/2)
	if s == bothSides {
		return e
	}
	// The half of the prior on one side, doubled: twice E times the posterior probability of that side,
	// which is a t probability with n degrees of freedom.
	q := (n - 1) + t*t/shrink // in units of sd²
	a := t * math.Sqrt(n*normalPrior/shrink)
	if s == below {
		a = -a
	}
	return 2 * e * tSurvival(-a*math.Sqrt(n/q), n)
}

// ConfidenceSequence returns the interval after the differences d, out of a sequence of intervals, one
// after every pair, that all hold the true center of the differences at once with probability at least
// level. So it may be looked at after every seed. It is the set of shifts that the e-process of the
// method has rejected at no step so far; a set with gaps is filled up to an interval.
//
// With [SymmetryMixture] the center is that of a symmetric distribution, and nothing else is assumed;
// with [NormalMixture] differences are normal. The method must be one of these two. Where every shift was rejected, which
// contradicts the assumption, the interval is the one shift that comes closest.
//
// Source: see [SymmetryE] and [NormalE]; Darling and Robbins 1967, "Confidence sequences for mean,
// variance, and median", PNAS 58:66-68.
func ConfidenceSequence(m Method, d []float64, level float64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if err := m.checkAnytime(); err != nil {
		return Interval{}, err
	}
	if len(d) == 0 {
		return Interval{}, ErrNoPairs
	}
	if err := finite("difference", d); err != nil {
		return Interval{}, err
	}
	alpha := 1 - level
	if m == NormalMixture {
		return normalSequence(d, level), nil
	}
	return hull(d, level, 96, func(shifted []float64) float64 { return slices.Max(SymmetryE(shifted)) * alpha }), nil
}

// normalSequence intersects the closed-form intervals of every step: with r = (sqrt(1+ng)/alpha)^(2/n),
// a shift is rejected when its t² is at least (n-1)(r-1)/(1-r/(1+ng)), never when r >= 1+ng.
func normalSequence(d []float64, level float64) Interval {
	run := Unbounded(level)
	for n := 2; n <= len(d); n++ {
		m, sd := moments(d[:n], 0)
		f := float64(n)
		shrink := 1 + f*normalPrior
		r := math.Exp(2 / f * (math.Log(shrink)/2 - math.Log(1-level)))
		if r >= shrink || sd == 0 {
			continue
		}
		half := math.Sqrt((f-1)*(r-1)/(1-r/shrink)) * sd / math.Sqrt(f)
		lo, hi := math.Max(run.Lo, m-half), math.Min(run.Hi, m+half)
		if lo > hi { // nothing is left: the point between
			mid := lo + (hi-lo)/2
			lo, hi = mid, mid
		}
		run.Lo, run.Hi = lo, hi
	}
	return run
}

// hull returns the smallest interval that holds every shift of d with evidence below 1, as far as a
// grid of points between and beyond the data shows; its ends are refined by bisection. evidence is given
// d shifted by minus the candidate.
func hull(d []float64, level float64, grid int, evidenceOf func([]float64) float64) Interval {
	d, scale := normalized(d)
	shifted := make([]float64, len(d))
	evidence := func(delta float64) float64 {
		for i, x := range d {
			shifted[i] = x - delta
		}
		return evidenceOf(shifted)
	}
	lo, hi := slices.Min(d), slices.Max(d)
	unit := math.Max(hi-lo, 1e-3*math.Max(math.Abs(lo), math.Abs(hi)))
	if unit == 0 {
		unit = 1
	}
	points := slices.Clone(d)
	for i := range grid {
		points = append(points, lo+(hi-lo)*(float64(i)+0.5)/float64(grid))
	}
	for k := -8; k <= 24; k += 2 { // the far end lies 2^24 units out
		step := math.Ldexp(unit, k)
		points = append(points, lo-step, hi+step)
	}
	slices.Sort(points)
	first, last, best := -1, -1, 0
	least := math.Inf(1)
	for i, p := range points {
		e := evidence(p)
		if e < 1 {
			if first < 0 {
				first = i
			}
			last = i
		}
		if e < least {
			least, best = e, i
		}
	}
	if first < 0 {
		return Interval{points[best] * scale, points[best] * scale, level}
	}
	out := Unbounded(level)
	if first > 0 {
		out.Lo = scale * edge(points[first], points[first-1], evidence)
	}
	if last < len(points)-1 {
		out.Hi = scale * edge(points[last], points[last+1], evidence)
	}
	return out
}

// edge finds, between a kept and a rejected shift, the outermost one that is kept.
func edge(kept, rejected float64, evidence func(float64) float64) float64 {
	for range 36 { // to eleven digits of the step between grid points
		mid := kept + (rejected-kept)/2
		if mid == kept || mid == rejected {
			break
		}
		if evidence(mid) < 1 {
			kept = mid
		} else {
			rejected = mid
		}
	}
	return kept
}

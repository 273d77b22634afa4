package stat

import (
	"fmt"
	"math"
	"slices"
)

// Spending says how a group-sequential test spends its error rate over the looks: cumulatively, by the
// fraction of the planned pairs that has been seen.
//
// Source: Lan and DeMets 1983, "Discrete sequential boundaries for clinical trials", Biometrika
// 70:659-663.
type Spending int

const (
	// OBrienFleming spends almost nothing early and leaves the last look nearly as sensitive as a
	// fixed-size test (O'Brien and Fleming 1979, Biometrics 35:549-556).
	OBrienFleming Spending = iota
	// Pocock spends evenly, so that it stops sooner on large effects and pays for it at the end (Pocock
	// 1977, Biometrika 64:191-199).
	Pocock
)

// String returns the function's name.
func (s Spending) String() string {
	if s == Pocock {
		return "Pocock-type spending"
	}
	return "O'Brien-Fleming-type spending"
}

// Spent is the part of a one-sided error rate alpha that is spent once fraction of the planned pairs,
// between 0 and 1, has been seen: 2 - 2*Phi(z_{alpha/2}/sqrt(fraction)) for O'Brien-Fleming and
// alpha*ln(1 + (e-1)*fraction) for Pocock.
func (s Spending) Spent(alpha, fraction float64) float64 {
	switch {
	case !(fraction > 0):
		return 0
	case fraction >= 1:
		return alpha
	case s == Pocock:
		return alpha * math.Log1p((math.E-1)*fraction)
	}
	return math.Erfc(-normQuantile(alpha/2) / math.Sqrt(2*fraction))
}

// Boundaries returns the two-sided critical z-values of a group-sequential test of normal data with
// known variance, looking at the given increasing fractions of the planned pairs, the last of which
// may be 1. It is the large-sample form of the exact test of [GroupFlips], for planning.
//
// Source: Armitage, McPherson and Rowe 1969, "Repeated significance tests on accumulating data", J. R.
// Stat. Soc. A 132:235-244, for the recursive integration; Lan and DeMets 1983 for the boundary.
func Boundaries(s Spending, alpha float64, fractions []float64) ([]float64, error) {
	if err := checkAlpha(alpha); err != nil {
		return nil, err
	}
	last := 0.0
	for i, f := range fractions {
		if !(f > last && f <= 1) {
			return nil, fmt.Errorf("look %d is at fraction %v of the planned pairs: fractions must increase and end at or below 1", i+1, f)
		}
		last = f
	}
	// The score B(t) = z*sqrt(t) is a Brownian motion; density holds that of paths still under way, on
	// Gauss-Legendre nodes between the last boundaries.
	var nodes, weights, density, bounds []float64
	var t float64
	for i, f := range fractions {
		spend := s.Spent(alpha/2, f) - s.Spent(alpha/2, t)
		sd := math.Sqrt(f - t)
		beyond := func(c float64) float64 { // P(B(f) > c and still under way)
			if i == 0 {
				return normCDF(-c / sd)
			}
			var p float64
			for j, x := range nodes {
				p += weights[j] * density[j] * normCDF((x-c)/sd)
			}
			return p
		}
		lo, hi := 0.0, 40.0
		for range 100 {
			if mid := (lo + hi) / 2; beyond(mid) > spend {
				lo = mid
			} else {
				hi = mid
			}
		}
		c := hi
		bounds = append(bounds, c/math.Sqrt(f))
		reach := math.Min(c, 9*math.Sqrt(f)) // beyond, paths have no measurable probability
		next, w := gaussNodes(-reach, reach, 24)
		dens := make([]float64, len(next))
		for k, y := range next {
			if i == 0 {
				dens[k] = normPDF(y/sd) / sd
				continue
			}
			for j, x := range nodes {
				dens[k] += weights[j] * density[j] * normPDF((y-x)/sd) / sd
			}
		}
		nodes, weights, density, t = next, w, dens, f
	}
	return bounds, nil
}

func normPDF(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// exactLooks is the largest planned number of pairs for which the exact group-sequential test keeps all
// sign patterns; above it, it keeps a random sample.
const exactLooks = 16

// flipLooks is an exact group-sequential sign-flip test under way.
//
// Given the magnitudes of the differences, all sign patterns are equally likely when the trick does
// nothing. The test follows every pattern: at each look it stops those whose sum is most extreme, as
// many as the spending function allows, and drops them; it rejects when the observed pattern is among the
// stopped. As the stopped patterns are chosen from magnitudes alone, the probability of ever rejecting
// is what was spent, at most alpha, exactly and for any symmetric distribution.
//
// With more than exactLooks planned pairs the patterns are the observed one and a random sample, which
// under the hypothesis are exchangeable, so that the error rate still holds exactly (Hemerik and Goeman
// 2018, "Exact testing with random permutations", TEST 27:811-825).
//
// Source: Mehta, Patel, Senchaudhuri and Tsiatis 1994, "Exact permutational group sequential tests",
// Biometrics 50:1042-1053.
type flipLooks struct {
	alpha   float64
	side    side
	spend   Spending
	planned int
	seen    int

	sums   []float64 // of the patterns under way
	weight float64   // probability of one pattern
	used   float64   // spent so far
	total  float64   // sum of magnitudes, for the tie tolerance
	worst  float64   // largest finite magnitude so far

	observed float64
	crossed  int // the look, counted from 1, at which the observed pattern was stopped; 0 if not

	signs []uint64 // sampled patterns under way: words each, bit i set for a minus at pair i
	words int
	own   int // index of the observed pattern among the sampled ones; -1 once stopped or where all are kept
}

func newFlipLooks(alpha float64, s side, spend Spending, planned int, seed uint64, patterns int) *flipLooks {
	f := &flipLooks{alpha: alpha, side: s, spend: spend, planned: planned, sums: []float64{0}, weight: 1, own: -1}
	if planned > exactLooks {
		f.words = (planned + 63) / 64
		f.sums = make([]float64, patterns+1)
		f.signs = make([]uint64, f.words*patterns, f.words*(patterns+1))
		rng := newStream(seed, purposeSequential, 0)
		for i := range f.signs {
			f.signs[i] = rng.Uint64()
		}
		f.signs = append(f.signs, make([]uint64, f.words)...) // the observed pattern, filled as it comes
		f.own = patterns
		f.weight = 1 / float64(patterns+1)
	}
	return f
}

// add takes the next difference; an infinite one (a single arm diverged) has the largest magnitude seen
// before it, or 1 if it is the first.
func (f *flipLooks) add(x float64) {
	m := math.Abs(x)
	switch {
	case math.IsInf(x, 0):
		if m = f.worst; m == 0 {
			m = 1
		}
		x = math.Copysign(m, x)
	default:
		f.worst = math.Max(f.worst, m)
	}
	f.total += m
	f.observed += x
	at := f.seen
	f.seen++
	switch {
	case f.words > 0:
		if f.own >= 0 && x < 0 {
			f.signs[f.own*f.words+at/64] |= 1 << (at % 64)
		}
		for i := range f.sums {
			if f.signs[i*f.words+at/64]>>(at%64)&1 == 1 {
				f.sums[i] -= m
			} else {
				f.sums[i] += m
			}
		}
	case m > 0:
		next := make([]float64, 0, 2*len(f.sums))
		for _, s := range f.sums {
			next = append(next, s+m, s-m)
		}
		f.sums = next
		f.weight /= 2
	}
}

// look spends what the seen fraction allows and reports whether the observed pattern has been stopped.
func (f *flipLooks) look() bool {
	if f.crossed > 0 {
		return true
	}
	fraction := float64(f.seen) / float64(f.planned)
	budget := f.spend.Spent(f.alpha, fraction)
	if f.side == bothSides {
		budget = 2 * f.spend.Spent(f.alpha/2, fraction)
	}
	allowed := int(math.Floor((budget-f.used)/f.weight + 1e-6))
	if allowed < 1 || len(f.sums) == 0 {
		return false
	}
	limit := math.Inf(-1)
	if allowed < len(f.sums) {
		extremes := make([]float64, len(f.sums))
		for i, s := range f.sums {
			extremes[i] = f.extreme(s)
		}
		limit = kthLargest(extremes, allowed+1) + 1e-10*f.total // ties of the first pattern that is too many are kept
	}
	if f.extreme(f.observed) > limit {
		f.crossed = f.seen
	}
	kept := 0
	own := -1
	for i, s := range f.sums {
		if f.extreme(s) > limit {
			continue
		}
		f.sums[kept] = s
		if f.words > 0 {
			copy(f.signs[kept*f.words:(kept+1)*f.words], f.signs[i*f.words:(i+1)*f.words])
			if i == f.own {
				own = kept
			}
		}
		kept++
	}
	f.used += float64(len(f.sums)-kept) * f.weight
	f.sums, f.own = f.sums[:kept], own
	return f.crossed > 0
}

func (f *flipLooks) extreme(s float64) float64 {
	switch f.side {
	case above:
		return s
	case below:
		return -s
	}
	return math.Abs(s)
}

// groupCrossed runs the whole group-sequential test on d, with a look after every pair.
func groupCrossed(d []float64, alpha float64, s side, spend Spending, planned int, seed uint64, patterns int) bool {
	f := newFlipLooks(alpha, s, spend, planned, seed, patterns)
	for _, x := range d {
		f.add(x)
		if f.look() {
			return true
		}
	}
	return false
}

// RepeatedInterval returns the interval after the differences d, out of a sequence of intervals, one
// after every pair up to the planned number, that all hold the true center at once with probability at
// least level: the shifts that the exact group-sequential sign-flip test has not rejected at any look.
// It is unbounded until enough error has been spent. Above 16 planned pairs it is computed from 1,999
// random patterns.
//
// Source: Jennison and Turnbull 1989, "Interim analyses: the repeated confidence interval approach", J.
// R. Stat. Soc. B 51:305-361.
func RepeatedInterval(d []float64, level float64, spend Spending, planned int, seed uint64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if len(d) == 0 {
		return Interval{}, ErrNoPairs
	}
	if err := finite("difference", d); err != nil {
		return Interval{}, err
	}
	if len(d) > planned {
		return Interval{}, fmt.Errorf("%d pairs of %d planned: a group-sequential test ends at the planned number; continue with an anytime-valid method", len(d), planned)
	}
	return hull(d, level, 16, func(shifted []float64) float64 {
		if groupCrossed(shifted, 1-level, bothSides, spend, planned, seed, 1999) {
			return 2
		}
		return 0
	}), nil
}

// kthLargest returns the k-th largest of x, 1 <= k <= len(x), reordering x (Hoare's quickselect).
func kthLargest(x []float64, k int) float64 {
	want := len(x) - k
	lo, hi := 0, len(x)-1
	for lo < hi {
		if hi-lo < 24 {
			slices.Sort(x[lo : hi+1])
			break
		}
		a, b, c := x[lo], x[lo+(hi-lo)/2], x[hi]
		pivot := math.Max(math.Min(a, b), math.Min(math.Max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for x[j] > pivot {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case want <= j:
			hi = j
		case want >= i:
			lo = i
		default:
			return x[want]
		}
	}
	return x[want]
}

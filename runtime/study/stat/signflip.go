package stat

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// ExactPairs is the largest number of pairs for which the sign-flip test goes through all 2^n sign
// patterns. Above it, patterns are drawn at random.
const ExactPairs = 24

// DefaultFlips is the number of random sign patterns, and DefaultResamples that of bootstrap samples,
// where [Resampling] leaves them at zero.
const (
	DefaultFlips     = 99_999
	DefaultResamples = 9_999
)

// Resampling says how the random parts of this package draw. The zero value is the default: seed 0 and
// the counts above. The same Resampling gives the same numbers on every machine.
type Resampling struct {
	Seed      uint64
	Flips     int // sign patterns of the Monte-Carlo sign-flip test; 0 is DefaultFlips
	Resamples int // bootstrap samples; 0 is DefaultResamples
}

func (r Resampling) filled() (Resampling, error) {
	if r.Flips == 0 {
		r.Flips = DefaultFlips
	}
	if r.Resamples == 0 {
		r.Resamples = DefaultResamples
	}
	if r.Flips < 1 || r.Resamples < 1 {
		return r, fmt.Errorf("%d sign patterns and %d bootstrap samples: both counts must be positive", r.Flips, r.Resamples)
	}
	return r, nil
}

// SignFlipFloor is the smallest two-sided p-value that a sign-flip test of n pairs can give: 2/2^n. All
// differences on one side is the most extreme outcome there is, and luck alone produces it in two of
// the 2^n equally likely sign patterns.
func SignFlipFloor(n int) float64 {
	if n < 1 {
		return 1
	}
	return math.Ldexp(1, 1-n)
}

// MinPairs is the smallest number of pairs with which the sign-flip test can claim a difference at
// error rate alpha when it is asked about comparisons tricks at once under [Holm]: the first rejection
// needs 2/2^n <= alpha/comparisons. MinPairs(0.05, 1) is 6.
func MinPairs(alpha float64, comparisons int) int {
	if !(alpha > 0) {
		return math.MaxInt
	}
	n := 1
	for SignFlipFloor(n) > alpha/float64(max(1, comparisons))*(1+1e-12) {
		n++
	}
	return n
}

// SignFlip is the result of a sign-flip permutation test of paired differences.
type SignFlip struct {
	N        int     `json:"n"`
	P        float64 `json:"p"`         // two-sided
	PGreater float64 `json:"p_greater"` // of the claim that differences lie above zero
	PLess    float64 `json:"p_less"`    // of the claim that they lie below zero
	Floor    float64 `json:"floor"`     // the smallest two-sided p that so many pairs can give, 2/2^n
	Exact    bool    `json:"exact"`     // all 2^n patterns were counted, rather than a random sample
	Patterns int     `json:"patterns"`  // patterns that p counts over, the observed one included
	// Interval holds every shift of the differences that the two-sided test does not reject. It is
	// unbounded where n is too small for the level. It excludes zero exactly when P <= 1-level.
	Interval Interval `json:"interval"`
}

// SignFlipTest tests whether the differences d are symmetric around zero.
//
// If switching the trick changes nothing but luck, on and off are exchangeable within a seed, so each
// difference was as likely to come out with the other sign. The test counts in which fraction of all
// 2^n sign patterns the mean is at least as far from zero as the observed one. It assumes no
// distribution; it is exact for differences that are symmetric under the hypothesis of no effect. Up to
// [ExactPairs] pairs all patterns are counted (by meeting in the middle, Horowitz and Sahni 1974, JACM
// 21:277-292, so that 2^24 patterns cost two sorted lists of 2^12); above, patterns are drawn from the
// seeded stream and the observed one is counted among them, p = (b+1)/(m+1), so that p is never zero and
// the test stays valid (Phipson and Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39).
//
// Differences whose sums agree to ten digits count as ties, which makes p larger, never smaller.
//
// The interval inverts the test: shift the differences by every possible effect and keep those shifts
// that are not rejected. Its ends are order statistics of the means of all subsets of d (Hartigan 1969,
// "Using subsample values as typical values", JASA 64:1303-1317).
//
// Source of the test: Fisher 1935, The Design of Experiments, §21; Pitman 1937, J. R. Stat. Soc.
// Suppl. 4:119-130.
func SignFlipTest(d []float64, level float64, r Resampling) (SignFlip, error) {
	if err := checkLevel(level); err != nil {
		return SignFlip{}, err
	}
	if len(d) == 0 {
		return SignFlip{}, ErrNoPairs
	}
	if err := finite("difference", d); err != nil {
		return SignFlip{}, err
	}
	r, err := r.filled()
	if err != nil {
		return SignFlip{}, err
	}
	x, scale := normalized(d)
	s := SignFlip{N: len(d), Floor: SignFlipFloor(len(d))}
	tol := tieTolerance(x)
	if len(d) <= ExactPairs {
		s.Exact, s.Patterns = true, 1<<len(d)
		s.PGreater, s.PLess = exactFlipP(x, tol)
		s.Interval = exactFlipInterval(x, level)
	} else {
		m := newFlipMeans(x, r)
		s.Patterns = r.Flips + 1
		s.PGreater, s.PLess = m.p(tol)
		s.Interval = m.interval(level)
	}
	s.P = math.Min(1, 2*math.Min(s.PGreater, s.PLess))
	s.Interval = rescaled(s.Interval, scale, tol)
	return s, nil
}

// normalized divides by the largest magnitude, so that sums neither overflow nor vanish.
func normalized(d []float64) ([]float64, float64) {
	scale := maxAbs(d)
	if scale == 0 {
		scale = 1
	}
	x := make([]float64, len(d))
	for i, v := range d {
		x[i] = v / scale
	}
	return x, scale
}

// tieTolerance is the size below which a sum of differences counts as zero: differences of decimal
// numbers carry rounding errors that would otherwise break ties.
func tieTolerance(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += math.Abs(v)
	}
	return 1e-10 * sum
}

func negated(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = -v
	}
	return y
}

// rescaled takes an interval back to the units of the differences; an end that is zero to within tie
// tolerance is zero, so that the interval and the p-value agree.
func rescaled(i Interval, scale, tol float64) Interval {
	end := func(v float64) float64 {
		if math.Abs(v) <= tol {
			return 0
		}
		return v * scale
	}
	return Interval{end(i.Lo), end(i.Hi), i.Level}
}

// flipP is the pair of one-sided p-values of [SignFlipTest] without its interval.
func flipP(d []float64, r Resampling) (greater, less float64) {
	x, _ := normalized(d)
	if len(x) <= ExactPairs {
		return exactFlipP(x, tieTolerance(x))
	}
	return newFlipMeans(x, r).p(tieTolerance(x))
}

func exactFlipP(x []float64, tol float64) (greater, less float64) {
	var c subsetCounter
	return math.Ldexp(float64(c.atMost(x, tol)), -len(x)), math.Ldexp(float64(c.atMost(negated(x), tol)), -len(x))
}

// subsetCounter counts subsets and keeps its memory for the next count.
type subsetCounter struct{ a, b, spare []float64 }

// atMost counts the subsets of x, the empty one included, whose sum is at most bound. Flipping the signs
// in a subset raises the total exactly when the subset's own sum is negative, so with bound 0 this is the
// number of sign patterns whose total is at least the observed one. Every subset is the union of one of
// the first and one of the second half of x; with the sums of both halves in order, one pass counts the
// pairs.
func (c *subsetCounter) atMost(x []float64, bound float64) int {
	half := len(x) / 2
	c.a, c.spare = subsetSums(x[:half], c.a, c.spare)
	c.b, c.spare = subsetSums(x[half:], c.b, c.spare)
	count, j := 0, len(c.b)
	for _, v := range c.a {
		for j > 0 && v+c.b[j-1] > bound {
			j--
		}
		if j == 0 {
			break
		}
		count += j
	}
	return count
}

// subsetSums returns the sums of all subsets of x in increasing order, in the memory of one of its
// buffers, and the other buffer.
func subsetSums(x, sums, next []float64) (sorted, spare []float64) {
	sums = append(sums[:0], 0)
	for _, v := range x {
		// Merges sums with sums+v.
		n := len(sums)
		next = slices.Grow(next[:0], 2*n)[:2*n]
		i, j := 0, 0
		for k := range next {
			if j == n || (i < n && sums[i] <= sums[j]+v) {
				next[k] = sums[i]
				i++
			} else {
				next[k] = sums[j] + v
				j++
			}
		}
		sums, next = next, sums
	}
	return sums, next
}

// exactFlipInterval inverts the two-sided exact test. The shift delta is not rejected from below when
// at least k of the 2^n-1 means of nonempty subsets are at most delta, k = floor(alpha/2 * 2^n); the
// k-th smallest mean is found by bisection on the count.
func exactFlipInterval(x []float64, level float64) Interval {
	k := int(math.Floor((1-level)/2*math.Ldexp(1, len(x)) + 1e-6))
	if k < 1 {
		return Unbounded(level)
	}
	var c subsetCounter
	const fine = 1e-15 // of the range of x: to the last bits
	return Interval{c.kthMean(x, k, fine), -c.kthMean(negated(x), k, fine), level}
}

// kthMean is the k-th smallest mean of the nonempty subsets of x, found by bisection to the given
// fraction of the range of x.
func (c *subsetCounter) kthMean(x []float64, k int, precision float64) float64 {
	lo, hi := slices.Min(x), slices.Max(x)
	shifted := make([]float64, len(x))
	enough := func(delta float64) bool {
		for i, v := range x {
			shifted[i] = v - delta
		}
		return c.atMost(shifted, 0)-1 >= k // -1: the empty subset has no mean
	}
	if k == 1 || lo == hi || enough(lo) {
		return lo
	}
	width := precision * (hi - lo)
	// The normal approximation gives a first guess; doubling steps from there give a bracket.
	m, sd := moments(x, 0)
	se := sd / math.Sqrt(float64(len(x)))
	guess := m + se*normQuantile(math.Ldexp(float64(k), -len(x)))
	for step := se / 16; lo < guess && guess < hi; step *= 2 {
		if enough(guess) {
			hi = guess
			guess -= step
		} else {
			lo = guess
			guess += step
		}
		if hi-lo <= 2*step {
			break
		}
	}
	for hi-lo > width {
		mid := lo + (hi-lo)/2
		if mid == lo || mid == hi {
			break
		}
		if enough(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// flipMeans holds the random sign patterns of the Monte-Carlo test as the mean of the flipped subset of
// each: the pattern counts against "above delta" exactly when that mean is at most delta.
type flipMeans struct {
	sums  []float64 // of the flipped subset, in the order drawn
	means []float64 // the same divided by the subset's size, sorted; without empty subsets
	empty int       // patterns that flip nothing: these count on both sides at every shift
}

func newFlipMeans(x []float64, r Resampling) flipMeans {
	m := flipMeans{sums: make([]float64, r.Flips), means: make([]float64, 0, r.Flips)}
	rng := newStream(r.Seed, purposeFlip, 0)
	for i := range m.sums {
		var sum float64
		var size int
		for at := 0; at < len(x); at += 64 {
			mask := rng.Uint64()
			if rest := len(x) - at; rest < 64 {
				mask &= 1<<rest - 1
			}
			size += bits.OnesCount64(mask)
			for ; mask != 0; mask &= mask - 1 {
				sum += x[at+bits.TrailingZeros64(mask)]
			}
		}
		m.sums[i] = sum
		if size == 0 {
			m.empty++
			continue
		}
		m.means = append(m.means, sum/float64(size))
	}
	slices.Sort(m.means)
	return m
}

func (m flipMeans) p(tol float64) (greater, less float64) {
	g, l := 1, 1 // the observed pattern
	for _, s := range m.sums {
		if s <= tol {
			g++
		}
		if s >= -tol {
			l++
		}
	}
	total := float64(len(m.sums) + 1)
	return float64(g) / total, float64(l) / total
}

func (m flipMeans) interval(level float64) Interval {
	k := int(math.Floor((1-level)/2*float64(len(m.sums)+1) + 1e-6))
	k -= m.empty
	if k < 1 || k > len(m.means) {
		return Unbounded(level)
	}
	return Interval{m.means[k-1], m.means[len(m.means)-k], level}
}

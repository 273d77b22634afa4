package stat

import (
	"math"
	"slices"
	"testing"
)

// bruteFlips counts sign patterns directly.
func bruteFlips(d []float64) (two, greater, less float64) {
	var obs, scale float64
	for _, v := range d {
		obs += v
		scale += math.Abs(v)
	}
	tol := 1e-10 * scale
	n := 1 << len(d)
	for mask := range n {
		var s float64
		for i, v := range d {
			if mask>>i&1 == 1 {
				s -= v
			} else {
				s += v
			}
		}
		if math.Abs(s) >= math.Abs(obs)-tol {
			two++
		}
		if s >= obs-tol {
			greater++
		}
		if s <= obs+tol {
			less++
		}
	}
	return two / float64(n), greater / float64(n), less / float64(n)
}

// bruteInterval takes the order statistics of all subset means (Hartigan 1969).
func bruteInterval(d []float64, level float64) Interval {
	var means []float64
	for mask := 1; mask < 1<<len(d); mask++ {
		var s, n float64
		for i, v := range d {
			if mask>>i&1 == 1 {
				s += v
				n++
			}
		}
		means = append(means, s/n)
	}
	slices.Sort(means)
	k := int(math.Floor((1-level)/2*math.Ldexp(1, len(d)) + 1e-6))
	if k < 1 {
		return Unbounded(level)
	}
	return Interval{means[k-1], means[len(means)-k], level}
}

// Fisher 1935 §21 enumerated all 2^15 patterns by hand: 835 exceed the total of 314 and 28 equal it, so
// that the two-sided p is 2*863/32768 = 0.05267.
func TestFishersMaize(t *testing.T) {
	s := must(SignFlipTest(darwin, 0.95, Resampling{}))
	near(t, "p", s.P, 2.*863/32768, 1e-15)
	near(t, "p greater", s.PGreater, 863./32768, 1e-15)
	near(t, "p less", s.PLess, 1-835./32768, 1e-15)
	if !s.Exact || s.Patterns != 32768 {
		t.Errorf("%+v", s)
	}
}

// The 25th smallest and largest of the 1,023 subset means, found by enumeration in Python.
func TestHartiganIntervalOfSleep(t *testing.T) {
	s := must(SignFlipTest(sleep, 0.95, Resampling{}))
	near(t, "lower", s.Interval.Lo, 0.8333333333333334, 1e-13)
	near(t, "upper", s.Interval.Hi, 2.4666666666666663, 1e-13)
}

// Hamilton depression scale of nine patients (Hollander and Wolfe 1973, p. 29), signed ranks: R's exact
// wilcox.test gives p = 0.0390625.
func TestSignedRanksAreWilcoxon(t *testing.T) {
	x := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	y := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	s := must(SignFlipTest(signedRanks(differences(x, y)), 0.95, Resampling{}))
	near(t, "p", s.P, 0.0390625, 1e-15)
}

func TestExactAgainstEnumeration(t *testing.T) {
	r := newStream(5, 99, 0)
	for trial := range 300 {
		n := 1 + r.IntN(11)
		d := make([]float64, n)
		for i := range d {
			d[i] = 0.3 + r.Norm()
			if trial%3 == 0 { // ties, zeros and decimal rounding
				d[i] = math.Round(d[i]*2)/10 + 0.3 - 0.1 - 0.2
			}
		}
		two, greater, less := bruteFlips(d)
		level := 0.5 + 0.49*r.Float64()
		s := must(SignFlipTest(d, level, Resampling{}))
		near(t, "p greater", s.PGreater, greater, 1e-15)
		near(t, "p less", s.PLess, less, 1e-15)
		near(t, "p", s.P, two, 1e-15)
		want := bruteInterval(d, level)
		if s.Interval.Bounded() != want.Bounded() {
			t.Fatalf("interval %v, want %v", s.Interval, want)
		}
		if want.Bounded() {
			near(t, "lower", s.Interval.Lo, want.Lo, 1e-9)
			near(t, "upper", s.Interval.Hi, want.Hi, 1e-9)
		}
	}
}

// The interval excludes zero exactly when the test rejects, and a shift at its end is on the verge.
func TestIntervalInvertsTheTest(t *testing.T) {
	r := newStream(6, 99, 0)
	rejections := 0
	for range 500 {
		d := normals(r, 5+r.IntN(8), 0.8, 1)
		s := must(SignFlipTest(d, 0.95, Resampling{}))
		if (s.P <= 0.05) == s.Interval.Contains(0) {
			t.Fatalf("p %v and interval %v of %v disagree", s.P, s.Interval, d)
		}
		if s.P <= 0.05 {
			rejections++
		}
		if !s.Interval.Bounded() {
			continue
		}
		for _, end := range []float64{-1, 1} {
			edge := s.Interval.Lo
			if end > 0 {
				edge = s.Interval.Hi
			}
			for _, in := range []float64{-1e-7, 1e-7} {
				shifted := make([]float64, len(d))
				for i := range d {
					shifted[i] = d[i] - edge - in*end
				}
				p := must(SignFlipTest(shifted, 0.95, Resampling{})).P
				if outside := in > 0; outside != (p <= 0.05) {
					t.Fatalf("p = %v at %g beyond the end %v", p, in, edge)
				}
			}
		}
	}
	if rejections < 100 || rejections > 450 {
		t.Errorf("%d of 500 rejected: the test does not exercise both sides", rejections)
	}
}

func TestFloor(t *testing.T) {
	for n := 1; n <= 30; n++ {
		d := make([]float64, n)
		for i := range d {
			d[i] = 1 + float64(i)/100
		}
		s := must(SignFlipTest(d, 0.95, Resampling{}))
		if s.Exact {
			near(t, "the most extreme p", s.P, math.Min(1, SignFlipFloor(n)), 1e-15)
		} else if s.P < 2/float64(DefaultFlips+1) {
			t.Errorf("n = %d: p = %v is below what the patterns drawn can show", n, s.P)
		}
		if (n < 6) != (s.P > 0.05) {
			t.Errorf("n = %d: p = %v", n, s.P)
		}
		if (n < 6) == s.Interval.Bounded() {
			t.Errorf("n = %d: interval %v", n, s.Interval)
		}
	}
	for _, c := range []struct {
		alpha  float64
		tricks int
		want   int
	}{{0.05, 1, 6}, {0.05, 2, 7}, {0.05, 10, 9}, {0.05, 20, 10}, {0.01, 1, 8}, {2. / 64, 1, 6}, {0.5, 1, 2}} {
		if got := MinPairs(c.alpha, c.tricks); got != c.want {
			t.Errorf("MinPairs(%v, %d) = %d, want %d", c.alpha, c.tricks, got, c.want)
		}
	}
}

// Random patterns agree with all patterns.
func TestMonteCarloAgainstExact(t *testing.T) {
	r := newStream(7, 99, 0)
	for trial := range 6 {
		d := normals(r, 14+trial, 0.4, 1)
		exact := must(SignFlipTest(d, 0.9, Resampling{}))
		x, scale := normalized(d)
		m := newFlipMeans(x, Resampling{Seed: uint64(trial), Flips: 200_000})
		g, l := m.p(tieTolerance(x))
		se := math.Sqrt(0.25 / 200_000)
		near(t, "p greater", g, exact.PGreater, 5*se)
		near(t, "p less", l, exact.PLess, 5*se)
		i := m.interval(0.9)
		near(t, "lower", i.Lo*scale, exact.Interval.Lo, 0.02)
		near(t, "upper", i.Hi*scale, exact.Interval.Hi, 0.02)
	}
}

func TestMonteCarloIsSeededAndValid(t *testing.T) {
	d := normals(newStream(8, 99, 0), 70, 0.3, 1)
	a := must(SignFlipTest(d, 0.95, Resampling{Seed: 1, Flips: 999}))
	b := must(SignFlipTest(d, 0.95, Resampling{Seed: 1, Flips: 999}))
	c := must(SignFlipTest(d, 0.95, Resampling{Seed: 2, Flips: 999}))
	if a != b {
		t.Error("the same seed gave another result")
	}
	if a == c {
		t.Error("another seed gave the same patterns")
	}
	if a.Exact || a.Patterns != 1000 || a.PGreater < 1./1000 {
		t.Errorf("%+v", a)
	}
	if (a.P <= 0.05) == a.Interval.Contains(0) {
		t.Errorf("p %v and interval %v disagree", a.P, a.Interval)
	}
	if _, err := SignFlipTest(d, 0.95, Resampling{Flips: -1}); err == nil {
		t.Error("a negative number of patterns was taken")
	}
}

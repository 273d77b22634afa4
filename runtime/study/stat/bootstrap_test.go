package stat

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// scipy 1.10.1: scipy.stats.bootstrap((d,), np.mean, method="BCa", n_resamples=200000).
func TestBCaAgainstScipy(t *testing.T) {
	b := must(BCa(sleep, 0.95, Resampling{Resamples: 200_000}))
	near(t, "sleep, lower", b.Interval.Lo, 1.05, 0.011)
	near(t, "sleep, upper", b.Interval.Hi, 2.64, 0.011)
	b = must(BCa(darwin, 0.90, Resampling{Resamples: 200_000}))
	near(t, "maize, lower", b.Interval.Lo, 2.4, 0.1)
	near(t, "maize, upper", b.Interval.Hi, 34.1008, 0.005)
}

// All 5^5 resamples of five values give the ideal bootstrap; random resamples must approach it.
func TestBCaAgainstAllResamples(t *testing.T) {
	d := []float64{0.3, 1.1, 1.7, 2.9, 7.2}
	var all []float64
	for i := range 3125 {
		var s float64
		for j := i + 3125; j >= 5; j /= 5 {
			s += d[j%5]
		}
		all = append(all, s/5)
	}
	slices.Sort(all)
	b := must(BCa(d, 0.9, Resampling{Resamples: 300_000}))
	var below float64
	for _, v := range all {
		switch {
		case v < b.Estimate-1e-9:
			below++
		case v < b.Estimate+1e-9: // a tie counts half
			below += 0.5
		}
	}
	near(t, "bias", b.Bias, normQuantile(below/3125), 0.01)
	// Acceleration of a mean by hand: sum((x-m)^3) / (6 sum((x-m)^2)^1.5).
	var two, three float64
	for _, v := range d {
		e := v - b.Estimate
		two += e * e
		three += e * e * e
	}
	near(t, "acceleration", b.Acceleration, three/(6*math.Pow(two, 1.5)), 1e-12)
	near(t, "lower", b.Interval.Lo, quantileAt(all, b.adjusted(0.05)), 0.03)
	near(t, "upper", b.Interval.Hi, quantileAt(all, b.adjusted(0.95)), 0.03)
}

func TestBCaEdges(t *testing.T) {
	b := must(BCa([]float64{2, 2, 2}, 0.95, Resampling{}))
	if b.Interval.Lo != 2 || b.Interval.Hi != 2 || b.Bias != 0 || b.Acceleration != 0 {
		t.Errorf("values without spread: %+v", b)
	}
	if _, err := BCa([]float64{1}, 0.95, Resampling{}); err == nil {
		t.Error("one value was resampled")
	}
	nan := func(x []float64) float64 { _, sd := moments(x, 0); return mean(x) / (sd * 0) }
	if _, err := BCaOf(sleep, nan, 0.95, Resampling{}); err == nil || !strings.Contains(err.Error(), "not a finite number") {
		t.Errorf("an undefined statistic: %v", err)
	}
	a, c := must(BCa(sleep, 0.95, Resampling{Seed: 1})), must(BCa(sleep, 0.95, Resampling{Seed: 1}))
	if a != c {
		t.Error("the same seed gave another interval")
	}
	if m := must(BCaOf(sleep, median, 0.95, Resampling{})); m.Estimate != 1.3 || !m.Interval.Contains(1.3) {
		t.Errorf("of the median: %+v", m)
	}
}

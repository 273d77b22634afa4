package stat

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

// R 4.2.2: t.test(sleep differences).
func TestStudentsSleepData(t *testing.T) {
	s := must(DescribeDifferences(sleep))
	near(t, "mean", s.Mean, 1.58, 1e-15)
	near(t, "median", s.Median, 1.3, 1e-15)
	tt := must(s.T(0.95))
	near(t, "t", tt.T, 4.062127683382, 1e-12)
	near(t, "p", tt.P, 0.00283289019738427, 1e-13)
	near(t, "lower", tt.Interval.Lo, 0.700114236723018, 1e-13)
	near(t, "upper", tt.Interval.Hi, 2.459885763276982, 1e-13)
	if tt.DF != 9 {
		t.Errorf("df = %d", tt.DF)
	}
}

// Fisher 1935 §17 gives t = 2.148; R's t.test gives the rest.
func TestDarwinsMaizeT(t *testing.T) {
	tt := must(must(DescribeDifferences(darwin)).T(0.95))
	near(t, "t", math.Round(tt.T*1000)/1000, 2.148, 1e-12)
	near(t, "p", tt.P, 0.0497029440218009, 1e-12)
	near(t, "lower", tt.Interval.Lo, 0.0311933183929742, 1e-12)
	near(t, "upper", tt.Interval.Hi, 41.8354733482736876, 1e-13)
}

func TestPairingByHand(t *testing.T) {
	// var(on) = 1, var(off) = 4, differences 1, 0, -1 with variance 1: cov = (1+4-1)/2 = 2, r = 1.
	s := must(Describe([]float64{1, 2, 3}, []float64{0, 2, 4}))
	near(t, "correlation", s.Pairing.Correlation, 1, 1e-15)
	near(t, "efficiency", s.Pairing.Efficiency, 5, 1e-15)
	// Uncorrelated arms: nothing gained, nothing lost.
	s = must(Describe([]float64{1, 1, -1, -1}, []float64{1, -1, 1, -1}))
	near(t, "correlation", s.Pairing.Correlation, 0, 1e-15)
	near(t, "efficiency", s.Pairing.Efficiency, 1, 1e-15)
	// Opposed arms: pairing costs.
	s = must(Describe([]float64{1, 2, 3}, []float64{3, 2, 1}))
	near(t, "correlation", s.Pairing.Correlation, -1, 1e-15)
	near(t, "efficiency", s.Pairing.Efficiency, 0.5, 1e-15)
	if got := s.Pairing.String(); !strings.Contains(got, "did not help") {
		t.Errorf("%q does not say that pairing cost", got)
	}
}

// Efficiency and correlation are tied: var_d = var_on + var_off - 2 r sd_on sd_off.
func TestPairingIdentity(t *testing.T) {
	r := newStream(3, 99, 0)
	for range 50 {
		on, off := normals(r, 7, 0.9, 0.01), normals(r, 7, 0.8, 0.02)
		for i := range on {
			off[i] += on[i]
		}
		s := must(Describe(on, off))
		want := (s.SDOn*s.SDOn + s.SDOff*s.SDOff - s.SD*s.SD) / (2 * s.SDOn * s.SDOff)
		near(t, "correlation", s.Pairing.Correlation, want, 1e-10)
	}
}

func TestNoSpread(t *testing.T) {
	same := []float64{0.91, 0.93, 0.92, 0.95}
	s := must(Describe(same, same))
	if !s.Identical || s.SD != 0 || s.Pairing.Correlation != 1 || !math.IsInf(s.Pairing.Efficiency, 1) {
		t.Errorf("the same runs: %+v", s)
	}
	tt := must(s.T(0.95))
	if tt.P != 1 || tt.Interval != (Interval{0, 0, 0.95}) || !tt.Degenerate {
		t.Errorf("the same runs: %+v", tt)
	}
	// A shift by 0.1 that rounding makes uneven in the last bit has no spread either.
	shifted := make([]float64, len(same))
	for i, v := range same {
		shifted[i] = v - 0.1
	}
	s = must(Describe(same, shifted))
	if s.SD != 0 || s.Identical || s.Pairing.Correlation != 1 {
		t.Errorf("a constant shift: %+v", s)
	}
	if tt = must(s.T(0.95)); tt.P != 1 || tt.Interval.Bounded() {
		t.Errorf("a constant shift must claim nothing by a t test: %+v", tt)
	}
	one := must(Describe([]float64{1}, []float64{0}))
	if tt = must(one.T(0.95)); tt.P != 1 || tt.Interval.Bounded() || one.Pairing.Correlation != 0 {
		t.Errorf("one pair: %+v %+v", one, tt)
	}
	flat := must(Describe([]float64{1, 1, 1}, []float64{0, 1, 2}))
	if flat.Pairing.Correlation != 0 || flat.Pairing.Efficiency != 1 {
		t.Errorf("one arm without spread: %+v", flat.Pairing)
	}
}

func TestBadPairs(t *testing.T) {
	for _, c := range []struct {
		on, off []float64
		want    string
	}{
		{[]float64{1}, nil, "one of each per seed"},
		{[]float64{1, math.NaN()}, []float64{1, 2}, "on[1] is NaN"},
		{[]float64{1}, []float64{math.Inf(1)}, "status Diverged"},
		{[]float64{math.MaxFloat64}, []float64{-math.MaxFloat64}, "difference[0]"},
	} {
		if _, err := Describe(c.on, c.off); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v: error %v, want %q", c.on, c.off, err, c.want)
		}
	}
	if _, err := Describe(nil, nil); !errors.Is(err, ErrNoPairs) {
		t.Error(err)
	}
	if _, err := must(DescribeDifferences(sleep)).T(95); err == nil {
		t.Error("a level of 95 was taken")
	}
}

// Statistics do not depend on the order of the seeds, follow a change of unit, and mirror when the arms
// are exchanged.
func TestInvariances(t *testing.T) {
	r := newStream(4, 99, 0)
	for range 30 {
		d := normals(r, 4+r.IntN(8), 0.3, 1)
		a := must(SignFlipTest(d, 0.9, Resampling{}))
		ta := must(must(DescribeDifferences(d)).T(0.9))
		moved, mirrored := make([]float64, len(d)), make([]float64, len(d))
		for i, v := range d {
			moved[(i+3)%len(d)] = v * 1e-5
			mirrored[i] = -v
		}
		b, m := must(SignFlipTest(moved, 0.9, Resampling{})), must(SignFlipTest(mirrored, 0.9, Resampling{}))
		tb, tm := must(must(DescribeDifferences(moved)).T(0.9)), must(must(DescribeDifferences(mirrored)).T(0.9))
		near(t, "flip p", b.P, a.P, 0)
		near(t, "t p", tb.P, ta.P, 1e-12)
		near(t, "mirrored flip p", m.PGreater, a.PLess, 0)
		near(t, "mirrored t p", tm.PGreater, ta.PLess, 1e-12)
		if a.Interval.Bounded() {
			near(t, "flip interval", b.Interval.Lo*1e5, a.Interval.Lo, 1e-10)
			near(t, "mirrored interval", -m.Interval.Hi, a.Interval.Lo, 1e-10)
		}
		near(t, "t interval", tb.Interval.Hi*1e5, ta.Interval.Hi, 1e-10)
	}
}

func TestIntervalJSON(t *testing.T) {
	b := must(json.Marshal(Unbounded(0.95)))
	if string(b) != `{"lo":null,"hi":null,"level":0.95}` {
		t.Errorf("%s", b)
	}
	for _, want := range []Interval{Unbounded(0.9), {-1, 2, 0.95}, {0, math.Inf(1), 0.8}} {
		var got Interval
		if err := json.Unmarshal(must(json.Marshal(want)), &got); err != nil || got != want {
			t.Errorf("%v came back as %v, %v", want, got, err)
		}
	}
}

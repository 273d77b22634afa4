package stat

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// R: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "holm").
func TestHolm(t *testing.T) {
	close := cmpopts.EquateApprox(0, 1e-15)
	if d := cmp.Diff([]float64{0.04, 0.09, 0.09, 0.025, 0.5}, must(Holm([]float64{0.01, 0.04, 0.03, 0.005, 0.5})), close); d != "" {
		t.Error(d)
	}
	if got := must(Holm(nil)); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if _, err := Holm([]float64{0.1, math.NaN()}); err == nil {
		t.Error("NaN was taken for a p-value")
	}
	// A single question needs no correction; adjusted values keep the order and never fall below p.
	r := newStream(1, 98, 0)
	for range 100 {
		p := make([]float64, 1+r.IntN(8))
		for i := range p {
			p[i] = r.Float64()
		}
		a := must(Holm(p))
		for i := range p {
			if a[i] < p[i] || a[i] > math.Min(1, p[i]*float64(len(p))) {
				t.Fatalf("%v adjusted to %v", p, a)
			}
			for j := range p {
				if p[i] < p[j] && a[i] > a[j] {
					t.Fatalf("%v adjusted to %v", p, a)
				}
			}
		}
	}
}

// R: t.test(d, mu = -1.5, alternative = "greater"), t.test(d, mu = 1.5, alternative = "less") and
// t.test(d, conf.level = 0.9), d being the sleep data less 1.
func TestTOSTAgainstR(t *testing.T) {
	d := make([]float64, len(sleep))
	for i, v := range sleep {
		d[i] = v - 1
	}
	e := must(TOST(must(DescribeDifferences(d)), 1.5, 0.05))
	near(t, "p lower", e.PLower, 0.000231902704481593, 1e-14)
	near(t, "p upper", e.PUpper, 0.0211168602465007, 1e-13)
	near(t, "p", e.P, 0.0211168602465007, 1e-13)
	near(t, "interval, lower", e.Interval.Lo, -0.133005267029284, 1e-13)
	near(t, "interval, upper", e.Interval.Hi, 1.293005267029284, 1e-13)
}

// Two one-sided tests at alpha hold exactly when the 1-2*alpha interval lies within the margin.
func TestTOSTIsItsInterval(t *testing.T) {
	r := newStream(2, 98, 0)
	held := [2]int{}
	for range 400 {
		d := normals(r, 6+r.IntN(7), 0.2, 1)
		margin := 0.3 + 1.2*r.Float64()
		e := must(TOST(must(DescribeDifferences(d)), margin, 0.05))
		f := must(SignFlipTOST(d, margin, 0.05, Resampling{}))
		for i, x := range []Equivalence{e, f} {
			if x.Holds(0.05) != x.Interval.Within(margin) {
				t.Fatalf("p = %v, but interval %v and margin %v", x.P, x.Interval, margin)
			}
			if x.Holds(0.05) {
				held[i]++
			}
		}
	}
	if held[0] < 50 || held[0] > 350 || held[1] < 50 || held[1] > 350 {
		t.Errorf("held %v of 400: the test does not exercise both sides", held)
	}
}

func TestTOSTEdges(t *testing.T) {
	zeros := make([]float64, 6)
	s := must(DescribeDifferences(zeros))
	if e := must(TOST(s, 0.1, 0.05)); e.P != 0 {
		t.Errorf("identical runs: %+v", e)
	}
	if e := must(SignFlipTOST(zeros, 0.1, 0.05, Resampling{})); e.P != 1./64 {
		t.Errorf("identical runs, six pairs: %+v", e)
	}
	constant := must(DescribeDifferences([]float64{0.01, 0.01}))
	if e := must(TOST(constant, 0.1, 0.05)); e.P != 1 {
		t.Errorf("no spread, so no claim: %+v", e)
	}
	for _, m := range []float64{0, -1, math.Inf(1), math.NaN()} {
		if _, err := TOST(s, m, 0.05); err == nil {
			t.Errorf("margin %v was taken", m)
		}
	}
	if _, err := TOST(s, 1, 0.5); err == nil {
		t.Error("an error rate of a half was taken")
	}
}

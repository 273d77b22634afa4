package stat

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// table makes per-example outcomes with the given counts.
func table(both, onlyA, onlyB, neither int) (a, b []bool) {
	for range both {
		a, b = append(a, true), append(b, true)
	}
	for range onlyA {
		a, b = append(a, true), append(b, false)
	}
	for range onlyB {
		a, b = append(a, false), append(b, true)
	}
	for range neither {
		a, b = append(a, false), append(b, false)
	}
	return a, b
}

// Approval of a prime minister in two surveys of 1,600 people: Agresti 1990, Categorical Data Analysis,
// p. 350 (in R: ?mcnemar.test), 86 against 150 discordant. R: binom.test(86, 236)$p.value.
func TestMcNemar(t *testing.T) {
	exact, _ := McNemar(150, 86)
	near(t, "p", exact, 3.71593613957143e-05, 1e-15)
	exact, _ = McNemar(6, 10)
	near(t, "6 of 16", exact, 0.454498291015625, 1e-13)
	for _, c := range []struct {
		a, b       int
		exact, mid float64
	}{
		// By hand: 1 and 5: 2*(1+6)/64, less the point 6/64; 3 and 3: 1, less half of 20/64.
		{1, 5, 14. / 64, 8. / 64}, {5, 1, 14. / 64, 8. / 64}, {3, 3, 1, 1 - 10./64}, {0, 0, 1, 1}, {0, 6, 2. / 64, 1. / 64}, {-1, 6, 2. / 64, 1. / 64},
	} {
		exact, mid := McNemar(c.a, c.b)
		near(t, "exact", exact, c.exact, 1e-14)
		near(t, "mid-p", mid, c.mid, 1e-13)
	}
}

// Bonett and Price 2012 by hand for the surveys above: (151-87)/1602 and its standard error.
func TestCompareExamples(t *testing.T) {
	g := must(compareTable(794, 150, 86, 570))
	near(t, "difference", g.Difference, 64./1600, 1e-15)
	pa, pb := 151./1602, 87./1602
	half := 1.959963984540054 * math.Sqrt((pa+pb-(pa-pb)*(pa-pb))/1602)
	near(t, "lower", g.Interval.Lo, pa-pb-half, 1e-12)
	near(t, "upper", g.Interval.Hi, pa-pb+half, 1e-12)
	near(t, "accuracy", g.AccuracyA, 944./1600, 1e-15)
	near(t, "agree", g.Agree, 1364./1600, 1e-15)
	// Kappa by hand: chance = (944*880 + 656*720)/1600^2 = 0.509375…
	chance := (944.*880 + 656*720) / (1600. * 1600)
	near(t, "kappa", g.Kappa, (1364./1600-chance)/(1-chance), 1e-14)
	// Phi is Pearson's correlation of the 0/1 outcomes.
	a, b := table(794, 150, 86, 570)
	x, y := make([]float64, len(a)), make([]float64, len(b))
	for i := range a {
		if a[i] {
			x[i] = 1
		}
		if b[i] {
			y[i] = 1
		}
	}
	near(t, "phi", g.Phi, pearson(x, y), 1e-12)
}

func compareTable(both, onlyA, onlyB, neither int) (Agreement, error) {
	a, b := table(both, onlyA, onlyB, neither)
	return CompareExamples(a, b, 0.95)
}

func TestAgreementEdges(t *testing.T) {
	g := must(compareTable(10, 0, 0, 0))
	if g.Phi != 1 || g.Kappa != 1 || g.P != 1 || g.Agree != 1 || !g.Interval.Contains(0) {
		t.Errorf("identical: %+v", g)
	}
	g = must(compareTable(0, 5, 5, 0))
	if g.Phi != -1 || g.Kappa != -1 {
		t.Errorf("opposed: %+v", g)
	}
	g = must(compareTable(5, 5, 0, 0))
	if g.Phi != 0 || g.Kappa != 0 {
		t.Errorf("one always right: %+v", g)
	}
	if _, err := json.Marshal(g); err != nil {
		t.Error(err)
	}
	if _, err := CompareExamples([]bool{true}, nil, 0.95); err == nil || !strings.Contains(err.Error(), "same examples") {
		t.Error(err)
	}
}

// R: cor.test(x, y), cor(x, y, method = "spearman") for the Hamilton data of Hollander and Wolfe.
func TestCorrelation(t *testing.T) {
	x := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	y := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	c := must(Correlation(x, y, 0.95))
	near(t, "Pearson", c.Pearson, 0.8478765191153643, 1e-12)
	near(t, "lower", c.Interval.Lo, 0.4205812590323822, 1e-10)
	near(t, "upper", c.Interval.Hi, 0.9673116261532931, 1e-10)
	near(t, "Spearman", c.Spearman, 0.6470816712483338, 1e-12)
	if c = must(Correlation(x, x, 0.95)); c.Pearson != 1 || c.Spearman != 1 || c.Interval != (Interval{1, 1, 0.95}) {
		t.Errorf("with itself: %+v", c)
	}
	if c = must(Correlation(x, make([]float64, 9), 0.95)); c.Pearson != 0 || c.Spearman != 0 {
		t.Errorf("with a constant: %+v", c)
	}
	for _, bad := range [][]float64{nil, {1}, {1, 2, 3}, {1, math.NaN()}} {
		if _, err := Correlation([]float64{1, 2}, bad, 0.95); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

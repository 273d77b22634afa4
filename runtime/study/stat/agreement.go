package stat

import (
	"fmt"
	"math"
	"slices"
)

// Agreement compares two networks on the same examples.
type Agreement struct {
	Examples   int      `json:"examples"`
	Both       int      `json:"both"`       // examples that both got right
	OnlyA      int      `json:"only_a"`     // that A alone got right
	OnlyB      int      `json:"only_b"`     // that B alone got right
	Neither    int      `json:"neither"`    // that none got right
	AccuracyA  float64  `json:"accuracy_a"` // share of examples that A got right
	AccuracyB  float64  `json:"accuracy_b"`
	Difference float64  `json:"difference"` // AccuracyA - AccuracyB
	Interval   Interval `json:"interval"`   // for the difference, over the population that the examples were drawn from
	P          float64  `json:"p"`          // McNemar's exact two-sided p-value
	MidP       float64  `json:"mid_p"`      // its mid-p variant, less conservative
	Agree      float64  `json:"agree"`      // share of examples on which both are right or both wrong
	Phi        float64  `json:"phi"`        // correlation of being right; 1 for identical outcomes, 0 where only one side varies
	Kappa      float64  `json:"kappa"`      // agreement beyond chance; 1 for identical outcomes
}

// CompareExamples compares two networks example by example: a[i] and b[i] say whether each got example i
// right. Two networks may be equally accurate and yet right on different examples; Phi and Kappa tell.
// The test set is taken as the sample: that training again would give other networks is not part of the
// interval.
//
// Sources: McNemar 1947, Psychometrika 12:153-157, in the exact binomial form; mid-p: Fagerland,
// Lydersen and Laake 2013, BMC Med. Res. Methodol. 13:91; interval: Bonett and Price 2012, "Adjusted Wald
// confidence interval for a difference of binomial proportions based on paired data", J. Educ. Behav.
// Stat. 37:479-488; kappa: Cohen 1960, Educ. Psychol. Meas. 20:37-46.
func CompareExamples(a, b []bool, level float64) (Agreement, error) {
	if err := checkLevel(level); err != nil {
		return Agreement{}, err
	}
	if len(a) != len(b) || len(a) == 0 {
		return Agreement{}, fmt.Errorf("outcomes of %d and %d examples: both networks must be given the same examples, at least one", len(a), len(b))
	}
	g := Agreement{Examples: len(a)}
	for i := range a {
		switch {
		case a[i] && b[i]:
			g.Both++
		case a[i]:
			g.OnlyA++
		case b[i]:
			g.OnlyB++
		default:
			g.Neither++
		}
	}
	n := float64(g.Examples)
	g.AccuracyA, g.AccuracyB = float64(g.Both+g.OnlyA)/n, float64(g.Both+g.OnlyB)/n
	g.Difference = float64(g.OnlyA-g.OnlyB) / n
	g.P, g.MidP = McNemar(g.OnlyA, g.OnlyB)
	g.Agree = float64(g.Both+g.Neither) / n
	g.Interval = bonettPrice(g.OnlyA, g.OnlyB, g.Examples, level)
	g.Phi, g.Kappa = g.association()
	return g, nil
}

// McNemar returns the exact two-sided p-value, and the mid-p variant, of the hypothesis that two
// networks are equally likely to be right: onlyA and onlyB count the examples that one alone got right,
// which under the hypothesis are fair coin tosses. With no such example both are 1.
func McNemar(onlyA, onlyB int) (exact, mid float64) {
	onlyA, onlyB = max(0, onlyA), max(0, onlyB)
	n, k := onlyA+onlyB, min(onlyA, onlyB)
	switch {
	case n == 0:
		return 1, 1
	case onlyA == onlyB:
		return 1, 1 - binomialPoint(k, n)/2
	}
	return binomialTwoSided(k, n), math.Min(1, 2*binomialTail(k, n)-binomialPoint(k, n))
}

// binomialPoint is P(X = k) for n fair tosses.
func binomialPoint(k, n int) float64 {
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return math.Exp(lg(n) - lg(k) - lg(n-k) - float64(n)*math.Ln2)
}

func bonettPrice(onlyA, onlyB, n int, level float64) Interval {
	m := float64(n + 2)
	pa, pb := float64(onlyA+1)/m, float64(onlyB+1)/m
	d := pa - pb
	half := normQuantile(1-(1-level)/2) * math.Sqrt((pa+pb-d*d)/m)
	return Interval{math.Max(-1, d-half), math.Min(1, d+half), level}
}

// association is phi and Cohen's kappa of the two-by-two table.
func (g Agreement) association() (phi, kappa float64) {
	if g.OnlyA+g.OnlyB == 0 {
		return 1, 1
	}
	n := float64(g.Examples)
	a, b := g.AccuracyA, g.AccuracyB
	joint := float64(g.Both)/n - a*b
	if v := a * (1 - a) * b * (1 - b); v > 0 {
		phi = joint / math.Sqrt(v)
	}
	if chance := a*b + (1-a)*(1-b); chance < 1 {
		kappa = (g.Agree - chance) / (1 - chance)
	}
	return math.Max(-1, math.Min(1, phi)), kappa
}

// Association is the correlation of two lists of numbers, such as the losses of two networks on the
// same examples.
type Association struct {
	N        int      `json:"n"`
	Pearson  float64  `json:"pearson"`  // 1 for lists that are the same; 0 where one does not vary
	Spearman float64  `json:"spearman"` // Pearson's of the ranks, ties sharing the mean rank
	Interval Interval `json:"interval"` // for Pearson's, by Fisher's z; unbounded below four values becomes [-1, 1]
}

// Correlation correlates two lists element by element.
//
// Sources: Pearson 1896; Spearman 1904, Am. J. Psychol. 15:72-101; interval: Fisher 1921, Metron
// 1:3-32 (assumes bivariate normal values, and is approximate otherwise).
func Correlation(a, b []float64, level float64) (Association, error) {
	if err := checkLevel(level); err != nil {
		return Association{}, err
	}
	if len(a) != len(b) || len(a) < 2 {
		return Association{}, fmt.Errorf("%d and %d values: a correlation takes two lists of the same length, at least two", len(a), len(b))
	}
	if err := finite("a", a); err != nil {
		return Association{}, err
	}
	if err := finite("b", b); err != nil {
		return Association{}, err
	}
	r := Association{N: len(a), Interval: Interval{-1, 1, level}}
	if slices.Equal(a, b) {
		r.Pearson, r.Spearman, r.Interval.Lo = 1, 1, 1
		return r, nil
	}
	r.Pearson = pearson(a, b)
	r.Spearman = pearson(midRanks(a), midRanks(b))
	if len(a) > 3 && math.Abs(r.Pearson) < 1 {
		z, half := math.Atanh(r.Pearson), normQuantile(1-(1-level)/2)/math.Sqrt(float64(len(a)-3))
		r.Interval = Interval{math.Tanh(z - half), math.Tanh(z + half), level}
	}
	return r, nil
}

// midRanks ranks x from 1, ties sharing the mean rank.
func midRanks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	ranks := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for rank := float64(i+1+j) / 2; i < j; i++ {
			ranks[order[i]] = rank
		}
	}
	return ranks
}

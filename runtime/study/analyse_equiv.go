package study

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// The verdicts of an equivalence study.
const (
	MayStandIn = "may stand in"
	MayNot     = "may not stand in"
	NotSettled = "undecided"
)

// equivalence answers whether A may stand in for B: two one-sided tests of the difference against the margin, how alike the
// learning curves are, and how alike the predictions, example by example.
func (a *analysis) equivalence() error {
	c := a.plan.Between
	if c == nil {
		return nil
	}
	m := a.metric
	v, err := a.judge([]PlannedComparison{*c}, m)
	if err != nil {
		return err
	}
	f := v[0].Finding
	e := &Equivalence{NameA: a.plan.NameA, NameB: a.plan.NameB, Difference: Number(m.gain(f.Effect)), PNotWorse: 1, PNotBetter: 1, P: 1, Interval: stat.Unbounded(1 - 2*a.plan.Alpha)}
	if f.Summary.N == 0 {
		e.Difference = NaN()
	}
	var on, off []float64
	for _, p := range begun(a.plan.pairs(*c, m.Name, a.records)) {
		q := Pair{Seed: p.Seed, On: number(p.On), Off: number(p.Off), Effect: NaN(), OnStatus: p.On.Status.String(), OffStatus: p.Off.Status.String()}
		if q.On.Finite() && q.Off.Finite() {
			q.Effect = Number(m.gain(float64(q.On - q.Off)))
			on, off = append(on, float64(q.On)), append(off, float64(q.Off))
		}
		e.Pairs = append(e.Pairs, q)
	}
	a.form(&e.A, c.On, c.OnText, on)
	a.form(&e.B, c.Off, c.OffText, off)
	if t := f.SignFlipTOST; t != nil {
		e.P, e.Interval = t.P, m.gainInterval(t.Interval)
		// PLower is about -margin in the metric's units; where less is better, that side is "better".
		e.PNotWorse, e.PNotBetter = t.PLower, t.PUpper
		if m.better() == stat.LowerIsBetter {
			e.PNotWorse, e.PNotBetter = t.PUpper, t.PLower
		}
	}
	e.Verdict = NotSettled
	switch f.Verdict {
	case stat.Equivalent:
		e.Verdict = MayStandIn
	case stat.Helps, stat.Hurts:
		e.Verdict = MayNot
	}
	e.Curves = a.curveMatches(c)
	if e.Examples, err = a.exampleMatch(c); err != nil {
		return err
	}
	e.Sentence = a.equivalenceSentence(e, f)
	a.report.Equivalence = e
	return nil
}

func (a *analysis) equivalenceSentence(e *Equivalence, f stat.Finding) string {
	m := a.metric
	s := ""
	figures := fmt.Sprintf("%s differs by %s%s (%s%% interval %s, %d paired seeds", m.Name, m.Difference(float64(e.Difference)), m.Unit(), trimPercent(e.Interval.Level), m.Interval(e.Interval), f.Counts.Compared)
	switch e.Verdict {
	case MayStandIn:
		s = fmt.Sprintf("%s may stand in for %s here, and the other way round: %s, p = %s), less than the margin of %s", e.NameA, e.NameB, figures, pText(e.P), m.Size(m.Margin))
	case MayNot:
		better, worse := e.NameA, e.NameB
		if e.Difference < 0 {
			better, worse = worse, better
		}
		s = fmt.Sprintf("%s and %s may not stand in for each other here: %s is better than %s; %s, p = %s)", e.NameA, e.NameB, better, worse, figures, pText(f.PHolm))
	default:
		s = fmt.Sprintf("%s and %s: undecided; %s)", e.NameA, e.NameB, figures)
		if m.Margin == 0 {
			s += "; no margin was declared, so nothing can be called equivalent"
		} else if sd := f.Summary.SD; sd > 0 {
			if n, err := stat.PairsForEquivalence(0, sd, m.Margin, a.plan.Alpha, 0.8); err == nil && n > f.Counts.Compared {
				s += fmt.Sprintf("; about %d seeds would settle it", n)
			}
		}
	}
	if x := e.Examples; x != nil {
		s += fmt.Sprintf("; they are right on the same examples in %.1f%% of cases (correlation %.2f; between two seeds of %s alone %.2f)", 100*float64(x.Agree), float64(x.Phi), e.NameA, float64(x.SelfPhi))
	}
	return s + "."
}

// curveMatches compares the mean learning curves of both.
func (a *analysis) curveMatches(c *PlannedComparison) []CurveMatch {
	on, off := a.report.Variant(a.plan.resolved(c.On[0], a.records)), a.report.Variant(a.plan.resolved(c.Off[0], a.records))
	var list []CurveMatch
	if on == nil || off == nil {
		return list
	}
	for _, curve := range on.Curves {
		x, y := curve.Points, off.Curve(curve.Metric)
		var xs, ys []float64
		for i := range min(len(x), len(y)) {
			if x[i].N > 0 && y[i].N > 0 {
				xs, ys = append(xs, x[i].Mean), append(ys, y[i].Mean)
			}
		}
		if len(xs) < 2 {
			continue
		}
		lo, hi, gap := math.Inf(1), math.Inf(-1), 0.0
		for i := range xs {
			lo, hi = min(lo, xs[i], ys[i]), max(hi, xs[i], ys[i])
			gap = max(gap, math.Abs(xs[i]-ys[i]))
		}
		match := CurveMatch{Metric: curve.Metric, Distance: 0, Correlation: NaN()}
		if hi > lo {
			match.Distance = Number(gap / (hi - lo))
		}
		if r, err := stat.Correlation(xs, ys, a.level); err == nil {
			match.Correlation = Number(r.Pearson)
		}
		list = append(list, match)
	}
	return list
}

// exampleMatch compares which test examples both get right, seed by seed, and how alike two seeds of A are for comparison.
func (a *analysis) exampleMatch(c *PlannedComparison) (*ExampleMatch, error) {
	idA, idB := a.plan.resolved(c.On[0], a.records), a.plan.resolved(c.Off[0], a.records)
	m := &ExampleMatch{SelfPhi: NaN(), McNemarP: 1}
	var agree, phi, kappa, self []float64
	smallest := 1.0
	var before []bool
	for _, s := range a.plan.Seeds {
		x, y := a.records.Get(idA, s), a.records.Get(idB, s)
		if x == nil || y == nil {
			continue
		}
		rightA, rightB := x.outcomes(), y.outcomes()
		if rightA == nil || len(rightA) != len(rightB) {
			continue
		}
		g, err := stat.CompareExamples(rightA, rightB, a.level)
		if err != nil {
			return nil, err
		}
		m.N = g.Examples
		m.Seeds++
		agree, phi, kappa = append(agree, g.Agree), append(phi, g.Phi), append(kappa, g.Kappa)
		smallest = min(smallest, g.P)
		if len(before) == len(rightA) {
			h, err := stat.CompareExamples(before, rightA, a.level)
			if err != nil {
				return nil, err
			}
			self = append(self, h.Phi)
		}
		before = rightA
	}
	if m.Seeds == 0 {
		return nil, nil
	}
	m.Agree, m.Phi, m.Kappa = moments(agree).Mean, moments(phi).Mean, moments(kappa).Mean
	m.SelfPhi = moments(self).Mean
	m.McNemarP = Number(min(1, smallest*float64(m.Seeds)))
	return m, nil
}

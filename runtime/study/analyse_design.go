package study

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// complete are the seeds at which every variant of a list was run.
func (a *analysis) complete(ids []string) (at []int) {
	for j, s := range a.plan.Seeds {
		all := true
		for _, id := range a.resolve(ids) {
			all = all && a.records.Get(id, s) != nil
		}
		if all {
			at = append(at, j)
		}
	}
	return at
}

// cells are the design's outcomes at the seeds at which all of its runs were made.
func (a *analysis) cells(m Metric) (stat.Design, [][]stat.Outcome, []int, error) {
	f := a.plan.Factorial
	d, err := f.design()
	if err != nil {
		return d, nil, nil, err
	}
	runs := a.plan.runs(f.Cells, m.Name, a.records)
	at := a.complete(f.Cells)
	for i, row := range runs {
		var some []stat.Outcome
		for _, j := range at {
			some = append(some, row[j])
		}
		runs[i] = some
	}
	return d, runs, at, nil
}

func (a *analysis) effects(m Metric) ([]stat.EffectFinding, error) {
	if e, ok := a.known.effects[m.Name]; ok {
		return e, nil
	}
	d, runs, _, err := a.cells(m)
	if err != nil {
		return nil, err
	}
	e, err := d.Effects(runs, min(a.plan.Factorial.Order, len(d.Factors)), a.plan.rule(m))
	a.known.effects[m.Name] = e
	return e, err
}

func (a *analysis) attribution(m Metric) (stat.Attribution, error) {
	if at, ok := a.known.shares[m.Name]; ok {
		return at, nil
	}
	d, runs, _, err := a.cells(m)
	if err != nil {
		return stat.Attribution{}, err
	}
	at, err := d.Shapley(runs, a.plan.rule(m))
	a.known.shares[m.Name] = at
	return at, err
}

// interactions fills in effects, confounding and shares of a factorial design.
func (a *analysis) interactions() error {
	f := a.plan.Factorial
	if f == nil {
		return nil
	}
	d, err := f.design()
	if err != nil {
		return err
	}
	groups, err := d.Confounding(a.resolve(f.Cells), max(1, f.Order))
	if err != nil {
		return err
	}
	own, err := d.Confounding(cellNames(len(f.Cells)), max(1, f.Order)) // what a fraction cannot tell apart anyway: its effects name their aliases
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !slices.ContainsFunc(own, func(o stat.Confounded) bool { return slices.Equal(o.Names, g.Names) && o.Void == g.Void }) {
			a.report.Confounded = append(a.report.Confounded, confounded(g))
		}
	}
	if f.Shapley {
		return a.shapley()
	}
	return a.allEffects(d)
}

// cellNames are n different names.
func cellNames(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = itoa(i)
	}
	return list
}

func confounded(g stat.Confounded) Confounded {
	c := Confounded{Effects: g.Names, Void: g.Void}
	c.Text = strings.Join(g.Names, ", ") + " cannot be told apart: some combinations are the same program"
	if g.Void {
		c.Text = strings.Join(g.Names, ", ") + ": compares programs with themselves, so it is zero by construction"
	}
	return c
}

func (a *analysis) allEffects(d stat.Design) error {
	m := a.metric
	effects, err := a.effects(m)
	if err != nil {
		return err
	}
	watches := make([]*watch, len(effects))
	if a.plan.Sequential > 0 {
		if watches, err = a.watches(m); err != nil {
			return err
		}
	}
	for i, e := range effects {
		v := verdict{Finding: e.Finding}
		if w := watches[i]; w != nil {
			if err := v.sequential(w); err != nil {
				return err
			}
		}
		out := &Effect{Name: d.Name(e.Term), Order: e.Order, Aliases: e.Aliases, Verdict: v.Verdict, Effect: Number(m.gain(v.Effect)), Interval: m.gainInterval(v.Interval),
			P: v.P, PHolm: v.PHolm, N: v.Counts.Compared}
		if v.Summary.N == 0 {
			out.Effect = NaN()
		}
		for j, name := range d.Factors {
			if e.Term.Has(j) {
				out.Factors = append(out.Factors, name)
			}
		}
		out.Sentence = a.effectSentence(out, v)
		a.report.Effects = append(a.report.Effects, out)
	}
	return nil
}

func (a *analysis) effectSentence(e *Effect, v verdict) string {
	m := a.metric
	what := map[stat.Verdict]string{stat.Helps: "helps", stat.Hurts: "hurts", stat.Equivalent: "makes no difference that matters", stat.Undecided: "undecided"}[e.Verdict]
	if e.Order > 1 {
		what = map[stat.Verdict]string{stat.Helps: "they reinforce each other", stat.Hurts: "they get in each other's way", stat.Equivalent: "they do not interact to a degree that matters",
			stat.Undecided: "undecided"}[e.Verdict]
	}
	s := fmt.Sprintf("%s: %s, %s%s %s", e.Name, what, m.Difference(float64(e.Effect)), m.Unit(), m.Interval(e.Interval))
	if e.Order == 1 {
		s += " on average over the settings of the others"
	}
	s += fmt.Sprintf(" (%d seeds, p = %s after Holm)", e.N, pText(e.PHolm))
	if a.plan.Sequential > 0 {
		s = strings.TrimSuffix(s, fmt.Sprintf(", p = %s after Holm)", pText(e.PHolm))) + ")"
	}
	if len(e.Aliases) > 0 {
		s += "; this design cannot tell it from " + strings.Join(e.Aliases, ", ")
	}
	return s + ": " + v.Reason + "."
}

func (a *analysis) shapley() error {
	m := a.metric
	at, err := a.attribution(m)
	if err != nil {
		return err
	}
	_, _, columns, err := a.cells(m)
	if err != nil {
		return err
	}
	out := &Shapley{}
	for _, i := range at.Seeds {
		out.Seeds = append(out.Seeds, a.plan.Seeds[columns[i]])
	}
	share := func(f stat.Finding, bySeed []float64, name, what string) Share {
		s := Share{Name: name, Verdict: f.Verdict, Effect: Number(m.gain(f.Effect)), Interval: m.gainInterval(f.Interval), P: f.P, PHolm: f.PHolm, BySeed: []float64{}}
		for _, x := range bySeed {
			s.BySeed = append(s.BySeed, m.gain(x))
		}
		if f.Summary.N == 0 {
			s.Effect = NaN()
		}
		s.Sentence = fmt.Sprintf("%s: %s %s%s %s, %s: %s.", name, what, m.Difference(float64(s.Effect)), m.Unit(), m.Interval(s.Interval), f.Verdict, f.Reason)
		return s
	}
	for j, name := range at.Factors {
		out.Shares = append(out.Shares, share(at.Findings[j], at.Shares[j], name, "its share is"))
	}
	out.Total = share(at.Gain, at.Total, "all of them", "together they give")
	a.report.Shapley = out
	return nil
}

// curves fills in the comparisons at several values of a setting. All values of all curves are one family of questions.
func (a *analysis) curves() error {
	m := a.metric
	var all []PlannedComparison
	for _, c := range a.plan.Curves {
		for _, pt := range c.Points {
			all = append(all, pt.Comparisons...)
		}
	}
	if len(a.plan.Curves) == 0 {
		return nil
	}
	verdicts, err := a.judge(all, m)
	if err != nil {
		return err
	}
	next := 0
	for _, c := range a.plan.Curves {
		out := &SettingCurve{Path: c.Path}
		for _, pt := range c.Points {
			q := CurvePoint{Value: pt.Value, Number: pt.Number, Variant: a.plan.resolved(pt.Base, a.records), Baseline: map[string]Moments{}}
			if v := a.report.Variant(q.Variant); v != nil {
				q.Baseline = v.Stats
			}
			for _, t := range pt.Comparisons {
				v := verdicts[next]
				next++
				r := PointResult{Name: t.Name, Verdict: v.Verdict, Effect: Number(m.gain(v.Effect)), Interval: m.gainInterval(v.Interval), P: v.P, PHolm: v.PHolm, N: v.Counts.Compared,
					On: Number(v.Summary.MeanOn), Off: Number(v.Summary.MeanOff)}
				if v.Summary.N == 0 {
					r.Effect, r.On, r.Off = NaN(), NaN(), NaN()
				}
				q.Tricks = append(q.Tricks, r)
			}
			out.Points = append(out.Points, q)
		}
		a.report.Curves = append(a.report.Curves, out)
	}
	return nil
}

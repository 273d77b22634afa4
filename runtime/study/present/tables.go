package present

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/runtime/study"
)

// tables are what a paper would show of a report, the answer first.
func tables(r *study.Report) []*table {
	var out []*table
	for _, t := range []*table{equivalenceTable(r), tricksTable(r), effectsTable(r), sharesTable(r), confirmTable(r)} {
		if t != nil {
			out = append(out, t)
		}
	}
	for _, c := range r.Curves {
		out = append(out, settingTable(r, c))
	}
	for i := range r.Metrics {
		if i > 0 {
			if t := otherMetricTable(r, i); t != nil {
				out = append(out, t)
			}
		}
	}
	if t := variantsTable(r); t != nil {
		out = append(out, t)
	}
	return out
}

// effectHead names the column of effects with its unit.
func effectHead(m study.Metric) string {
	if m.Share {
		return "effect (points)"
	}
	return "effect"
}

func intervalHead(r *study.Report) string { return level(r.Level) + " interval" }

// bare writes an effect without its unit, which the column's head states.
func bare(m study.Metric, x study.Number) string {
	return strings.TrimSuffix(difference(m, x), m.Unit())
}

func direction(m study.Metric) string {
	if m.Direction == "" {
		return m.Name
	}
	return m.Name + ", " + m.Direction
}

func tricksTable(r *study.Report) *table {
	if len(r.Tricks) == 0 {
		return nil
	}
	m := r.Primary()
	t := &table{Name: "tricks", Align: "llrcrrrrr",
		Caption: fmt.Sprintf("What each trick of %s contributes: %s, over %s.", r.Study, direction(m), plural(len(r.Seeds), "paired seed")),
		Head:    []string{"trick", "verdict", effectHead(m), intervalHead(r), "p (Holm)", "pairs", "with it", "without", "time"}}
	diverged := false
	for _, x := range ordered(r.Tricks) {
		t.add(x.Name, x.Verdict.String(), bare(m, x.Effect), interval(m, x.Interval), pText(x.PHolm), count(x.N), spread(m, x.On.Mean, x.On.SD), spread(m, x.Off.Mean, x.Off.SD), change(x.Cost.Seconds))
		diverged = diverged || x.Runs.DivergedOn+x.Runs.DivergedOff > 0
	}
	t.Notes = append(t.Notes, "A positive effect is better with the trick on. Values are mean ± standard deviation over the seeds; time is that of training with the trick against without it.")
	if m.Margin > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Differences below %s count as none (%s margin).", m.Size(m.Margin), m.MarginFrom))
	}
	if diverged {
		for _, x := range ordered(r.Tricks) {
			if n := x.Runs.DivergedOn + x.Runs.DivergedOff; n > 0 {
				t.Notes = append(t.Notes, fmt.Sprintf("%s: training diverged in %s with it and %s without.", x.Name, plural(x.Runs.DivergedOn, "run"), plural(x.Runs.DivergedOff, "run")))
			}
		}
	}
	return t
}

func otherMetricTable(r *study.Report, i int) *table {
	m := r.Metrics[i]
	t := &table{Name: "metric-" + m.Name, Align: "llrcrrrr", Caption: fmt.Sprintf("The same comparisons on %s.", direction(m)),
		Head: []string{"trick", "verdict", effectHead(m), intervalHead(r), "p (Holm)", "pairs", "with it", "without"}}
	for _, x := range ordered(r.Tricks) {
		for _, y := range x.Metrics {
			if y.Metric == m.Name {
				t.add(x.Name, y.Verdict.String(), bare(m, y.Effect), interval(m, y.Interval), pText(y.PHolm), count(y.N), value(m, y.On), value(m, y.Off))
			}
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func effectsTable(r *study.Report) *table {
	if len(r.Effects) == 0 {
		return nil
	}
	m := r.Primary()
	t := &table{Name: "effects", Align: "llrcrrl", Caption: fmt.Sprintf("Main effects and interactions: %s.", direction(m)),
		Head: []string{"effect of", "verdict", effectHead(m), intervalHead(r), "p (Holm)", "seeds", "aliases"}}
	for _, e := range r.Effects {
		aliases := strings.Join(e.Aliases, ", ")
		if aliases == "" {
			aliases = "none"
		}
		t.add(e.Name, e.Verdict.String(), bare(m, e.Effect), interval(m, e.Interval), pText(e.PHolm), count(e.N), aliases)
	}
	t.Notes = append(t.Notes, "Of an interaction, positive means that the tricks reinforce each other: half of what the effect of one gains when the other is on.")
	for _, c := range r.Confounded {
		t.Notes = append(t.Notes, c.Text+".")
	}
	return t
}

func sharesTable(r *study.Report) *table {
	if r.Shapley == nil {
		return nil
	}
	m := r.Primary()
	t := &table{Name: "shares", Align: "llrcrr", Caption: fmt.Sprintf("Shapley shares of the total gain: %s.", direction(m)),
		Head: []string{"trick", "verdict", effectHead(m), intervalHead(r), "p (Holm)", "of total"}}
	total := r.Shapley.Total
	for _, s := range r.Shapley.Shares {
		part := absent
		if total.Effect.Finite() && total.Effect != 0 && s.Effect.Finite() {
			part = percent(float64(s.Effect / total.Effect))
		}
		t.add(s.Name, s.Verdict.String(), bare(m, s.Effect), interval(m, s.Interval), pText(s.PHolm), part)
	}
	t.add("all together", total.Verdict.String(), bare(m, total.Effect), interval(m, total.Interval), pText(total.PHolm), "100%")
	t.Notes = append(t.Notes, "The shares add up to the gain of all tricks together.")
	return t
}

func settingTable(r *study.Report, c *study.SettingCurve) *table {
	m := r.Primary()
	t := &table{Name: "curve-" + c.Path, Align: "rllrcrrr", Caption: fmt.Sprintf("The same comparison at several values of %s: %s.", c.Path, direction(m)),
		Head: []string{c.Path, "trick", "verdict", effectHead(m), intervalHead(r), "p (Holm)", "with it", "without"}}
	for _, p := range c.Points {
		for i, x := range p.Tricks {
			label := p.Value
			if i > 0 {
				label = ""
			}
			t.add(label, x.Name, x.Verdict.String(), bare(m, x.Effect), interval(m, x.Interval), pText(x.PHolm), value(m, x.On), value(m, x.Off))
		}
	}
	return t
}

func equivalenceTable(r *study.Report) *table {
	e := r.Equivalence
	if e == nil {
		return nil
	}
	m := r.Primary()
	t := &table{Name: "equivalence", Align: "lr", Caption: fmt.Sprintf("May %s stand in for %s? %s, over %s.", e.NameA, e.NameB, direction(m), plural(len(e.Pairs), "paired seed")), Head: []string{"", "value"}}
	t.add("verdict", e.Verdict)
	t.add(e.NameA, spread(m, e.A.Mean, e.A.SD))
	t.add(e.NameB, spread(m, e.B.Mean, e.B.SD))
	t.add("difference, "+e.NameA+" − "+e.NameB, difference(m, e.Difference))
	t.add(level(e.Interval.Level)+" interval", interval(m, e.Interval))
	if m.Margin > 0 {
		t.add("margin", m.Size(m.Margin))
	}
	t.add("p of not worse", pText(e.PNotWorse))
	t.add("p of not better", pText(e.PNotBetter))
	for _, c := range e.Curves {
		t.add("learning curves, "+c.Metric+": largest distance / range", plain(c.Distance))
		t.add("learning curves, "+c.Metric+": correlation", plain(c.Correlation))
	}
	if x := e.Examples; x != nil {
		t.add("examples on which both are right or both wrong", fmt.Sprintf("%s of %s", share(x.Agree), count(x.N)))
		t.add("correlation of being right", plain(x.Phi))
		t.add("the same between two seeds of "+e.NameA, plain(x.SelfPhi))
		t.add("Cohen's kappa", plain(x.Kappa))
		t.add("p of McNemar's test", pText(float64(x.McNemarP)))
	}
	if m.Margin > 0 {
		t.Notes = append(t.Notes, "A positive difference is better with "+e.NameA+". They may stand in for each other where the interval lies within the margin on both sides.")
	}
	return t
}

func share(x study.Number) string {
	if !x.Finite() {
		return absent
	}
	return percent(float64(x))
}

func variantsTable(r *study.Report) *table {
	if len(r.Variants) == 0 {
		return nil
	}
	m := r.Primary()
	t := &table{Name: "variants", Align: "lrrrrrr", Caption: "The programs that were run.", Head: []string{"program", m.Name, "runs", "diverged", "parameters", "time of a run", "memory"}}
	for _, v := range r.Variants {
		name := v.Name
		if len(v.Also) > 0 {
			name += " (= " + strings.Join(v.Also, ", ") + ")"
		}
		figure := absent
		if x, ok := v.Stats[m.Name]; ok {
			figure = spread(m, x.Mean, x.SD)
		}
		t.add(name, figure, count(v.Finished+v.Diverged), count(v.Diverged), count(v.Parameters), seconds(v.Cost.Seconds), size(v.Cost.Memory))
	}
	return t
}

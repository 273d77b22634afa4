package study

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// confirmation reports the second part of a study.
func (a *analysis) confirmation() error {
	c := a.plan.Confirm
	if c == nil {
		return nil
	}
	if !c.Chosen {
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("the confirmation on %s has not begun: it comes after the verdicts", count(len(c.Seeds), "fresh seed")))
		return nil
	}
	out := &Confirmation{Winner: c.Name, Variant: a.plan.resolved(c.Winner, a.records), LeftOut: c.LeftOut, Itself: c.Winner == c.Base, Seeds: c.Seeds,
		Effect: NaN(), Interval: stat.Unbounded(a.level), P: 1, Promised: NaN(), Flattered: NaN(), FlatteredInterval: stat.Unbounded(a.level)}
	if v := a.plan.variant(out.Variant); v != nil && !out.Itself {
		out.Edits, out.Changes = v.Edits, v.Changes
	}
	for _, t := range c.Takes {
		out.Takes = append(out.Takes, ConfirmPart{t.Name, t.On, t.Text, t.Effect})
	}
	out.Winners = a.trialsAt(c.Winner, c.Seeds)
	if !out.Itself {
		out.Files = a.trialsAt(c.Base, c.Seeds)
	}
	for _, m := range c.Metrics {
		if err := a.confirmOn(out, m); err != nil {
			return err
		}
	}
	first := out.Metrics[0]
	out.N, out.Effect, out.Interval, out.By, out.P, out.Verdict = first.N, first.Effect, first.Interval, first.By, first.P, first.Verdict
	out.Outcome = "nothing better"
	if !out.Itself {
		out.Outcome = map[stat.Verdict]string{stat.Helps: "confirmed", stat.Hurts: "refuted", stat.Equivalent: "no gain that matters", stat.Undecided: "not confirmed"}[out.Verdict]
		a.promise(out)
	}
	a.report.Confirmation = out
	out.Sentence = a.confirmSentence(out)
	a.confirmNotes(out)
	return nil
}

// confirmOn is a confirmation on one metric.
func (a *analysis) confirmOn(out *Confirmation, m Metric) error {
	fresh := a.plan.fresh()
	c := a.plan.winner()
	q := ConfirmMetric{Metric: m, Effect: NaN(), Interval: stat.Unbounded(a.level), P: 1}
	q.Winner = a.levelOf(c.On[0], m.Name)
	if !out.Itself {
		file := a.levelOf(c.Off[0], m.Name)
		q.File = &file
		pairs := begun(fresh.pairs(c, m.Name, a.records))
		found, err := a.plan.rule(m).Judge(stat.Comparison{Name: c.Name, Pairs: pairs})
		if err != nil {
			return err
		}
		f := found[0]
		q.N, q.P, q.Verdict = f.Counts.Compared, f.P, f.Verdict
		if f.Verdict == stat.Equivalent {
			q.P = f.EquivalenceP
		}
		if f.Summary.N > 0 {
			q.Effect, q.Interval, q.By = Number(m.gain(f.Effect)), m.gainInterval(f.Interval), f.DecidedBy
		}
		if !q.Interval.Bounded() && f.T.Interval.Bounded() && f.Summary.N > 1 {
			// Too few pairs for an interval that assumes nothing.
			q.Interval, q.By = m.gainInterval(f.T.Interval), byT
		}
		if len(out.Metrics) == 0 {
			out.Reason = f.Reason
			out.Runs = RunCount{Pairs: len(pairs), DivergedOn: f.Counts.DivergedOn, DivergedOff: f.Counts.DivergedOff, DivergenceP: f.Counts.DivergenceP}
			for _, p := range pairs {
				x := Pair{Seed: p.Seed, On: number(p.On), Off: number(p.Off), Effect: NaN(), OnStatus: p.On.Status.String(), OffStatus: p.Off.Status.String()}
				if x.On.Finite() && x.Off.Finite() {
					x.Effect = Number(m.gain(float64(x.On - x.Off)))
				}
				out.Pairs = append(out.Pairs, x)
			}
		}
	} else {
		q.N = q.Winner.N
	}
	out.Metrics = append(out.Metrics, q)
	return nil
}

// byT says what an interval rests on where the pairs are too few for one that assumes nothing.
const byT = "t"

// levelOf is a variant's metric on the fresh seeds.
func (a *analysis) levelOf(role, metric string) ConfirmLevel {
	var list []float64
	for _, s := range a.plan.Confirm.Seeds {
		if o := a.records.Get(a.plan.resolved(role, a.records), s).outcome(metric); o.Status == stat.Finished {
			list = append(list, o.Value)
		}
	}
	l := ConfirmLevel{Moments: moments(list), Interval: stat.Unbounded(a.level)}
	if len(list) > 1 {
		_, l.Interval = a.mean(list)
	}
	return l
}

// trialsAt are a variant's trials.
func (a *analysis) trialsAt(role string, seeds []uint64) []*Trial {
	list := []*Trial{}
	for _, s := range seeds {
		if rec := a.records.Get(a.plan.resolved(role, a.records), s); rec != nil {
			list = append(list, newTrial(s, rec))
		}
	}
	return list
}

// promise is what the study had measured of the winner, and how much of that the fresh seeds leave.
func (a *analysis) promise(out *Confirmation) {
	m := a.metric
	var d []float64
	for _, p := range begun(a.plan.pairs(a.plan.winner(), m.Name, a.records)) {
		if p.On.Status == stat.Finished && p.Off.Status == stat.Finished {
			d = append(d, m.gain(p.On.Value-p.Off.Value))
		}
	}
	switch {
	case len(d) > 0:
		out.Promised, out.PromisedBy = moments(d).Mean, "measured"
	case len(out.Takes) > 0 && !a.alone():
		sum := Number(0)
		for _, t := range out.Takes {
			sum += t.Effect
		}
		if sum.Finite() {
			out.Promised, out.PromisedBy = sum, "sum of "+count(len(out.Takes), "effect")
		}
	}
	if !out.Promised.Finite() || !out.Effect.Finite() {
		return
	}
	out.Flattered = out.Promised - out.Effect
	out.FlatteredInterval = stat.Interval{Lo: float64(out.Promised) - out.Interval.Hi, Hi: float64(out.Promised) - out.Interval.Lo, Level: out.Interval.Level}
}

// alone reports whether the winner's claims were measured against another program than the file.
func (a *analysis) alone() bool {
	for _, t := range a.plan.Confirm.Takes {
		if a.plan.Comparisons[t.At].Alone {
			return true
		}
	}
	return false
}

func (a *analysis) confirmSentence(c *Confirmation) string {
	m := a.metric
	seeds := count(c.N, "fresh seed")
	var b strings.Builder
	if c.Itself {
		fmt.Fprintf(&b, "Nothing was shown to be better than the file as it is")
		if c.N > 0 {
			fmt.Fprintf(&b, ". On %s that the study had not used its %s is %s", seeds, m.Name, levelText(m, c.Metrics[0].Winner))
		}
		a.onTestPart(&b, c)
		return b.String() + "."
	}
	if c.N == 0 || !c.Effect.Finite() {
		return fmt.Sprintf("%s: not confirmed yet: no pair of fresh runs has finished.", c.Winner)
	}
	effect := float64(c.Effect)
	interval := fmt.Sprintf("%s%% interval %s%s", trimPercent(c.Interval.Level), m.Interval(c.Interval), m.Unit())
	if c.By == byT {
		interval += ", which assumes normal differences"
	}
	moved := fmt.Sprintf("%s is %s %s than the file's on %s (%s", m.Name, m.Size(effect), m.direction(effect), seeds, interval)
	switch {
	case !c.Interval.Bounded():
		moved = fmt.Sprintf("%s is %s %s than the file's on %s (no interval yet", m.Name, m.Size(effect), m.direction(effect), seeds)
	case effect == 0:
		moved = fmt.Sprintf("%s is the file's on %s (%s", m.Name, seeds, interval)
	}
	switch c.Verdict {
	case stat.Helps:
		fmt.Fprintf(&b, "%s: %s; %s, p = %s)", c.Winner, c.Outcome, moved, pText(c.P))
	case stat.Hurts:
		fmt.Fprintf(&b, "%s: refuted, it is worse than the file as it is; %s, p = %s)", c.Winner, moved, pText(c.P))
	case stat.Equivalent:
		fmt.Fprintf(&b, "%s: %s; %s, p = %s for less than the margin of %s)", c.Winner, c.Outcome, moved, pText(c.P), m.Size(m.Margin))
	default:
		fmt.Fprintf(&b, "%s: %s; %s): %s", c.Winner, c.Outcome, moved, c.Reason)
	}
	if c.Promised.Finite() {
		how := "The study had measured"
		if c.PromisedBy != "measured" {
			how = "The study had promised, as the " + c.PromisedBy + " each measured alone,"
		}
		fmt.Fprintf(&b, ". %s %s%s", how, m.Difference(float64(c.Promised)), m.Unit())
		switch f := float64(c.Flattered); {
		case f > 0:
			fmt.Fprintf(&b, ": the selection had flattered it by %s", m.Size(f))
			if c.FlatteredInterval.Bounded() {
				fmt.Fprintf(&b, " %s", m.Interval(c.FlatteredInterval))
			}
		case f < 0:
			b.WriteString(": the selection had not flattered it")
		}
	}
	a.onTestPart(&b, c)
	b.WriteString(".")
	if n := c.Runs.DivergedOn + c.Runs.DivergedOff; n > 0 {
		fmt.Fprintf(&b, " Training diverged in %s with it and %s of the file.", runs(c.Runs.DivergedOn), runs(c.Runs.DivergedOff))
	}
	return b.String()
}

// onTestPart adds what a choice made on another part comes to on the test part.
func (a *analysis) onTestPart(b *strings.Builder, c *Confirmation) {
	if a.metric.Part == "test" {
		return
	}
	own := "test." + a.metric.Name[strings.IndexByte(a.metric.Name, '.')+1:] // what the study is about, where the test part has it
	if !slices.ContainsFunc(c.Metrics, func(q ConfirmMetric) bool { return q.Name == own }) {
		own = ""
	}
	for _, q := range c.Metrics {
		if q.Part != "test" || q.Winner.N == 0 || own != "" && q.Name != own {
			continue
		}
		fmt.Fprintf(b, ". On the test part, which chose nothing: %s %s", q.Name, levelText(q.Metric, q.Winner))
		if !c.Itself && q.Effect.Finite() {
			fmt.Fprintf(b, ", %s%s", q.Difference(float64(q.Effect)), q.Unit())
			if q.Interval.Bounded() {
				fmt.Fprintf(b, " %s", q.Metric.Interval(q.Interval))
			}
			b.WriteString(" against the file")
		}
		return
	}
}

// levelText writes a mean with its interval.
func levelText(m Metric, l ConfirmLevel) string {
	s := m.Value(float64(l.Mean))
	if l.Interval.Bounded() {
		s += " [" + m.Value(l.Interval.Lo) + ", " + m.Value(l.Interval.Hi) + "]"
	}
	return s
}

func (a *analysis) confirmNotes(c *Confirmation) {
	for _, l := range c.LeftOut {
		a.report.Notes = append(a.report.Notes, "not part of what was confirmed: "+l)
	}
	if a.metric.Part == "test" && !c.Itself {
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("the test examples that the winner was chosen by confirm it, too: fresh seeds take out the luck of seeds, not what suits these examples alone; "+
			"`metric valid.%s` keeps the test part out of the choice", strings.TrimPrefix(a.metric.Name, "test.")))
	}
}

package present

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// confirmPart is the section on what was found best, on fresh seeds.
type confirmPart struct {
	Kind, Outcome, Sentence string
	Forest                  *forest
	Pairs                   *dumbbells
	Table                   *table
	Takes                   *table
	Changes                 []changeLine
	LeftOut                 []string
}

func confirmKind(c *study.Confirmation) string {
	if c.Itself {
		return "plain"
	}
	return kind(c.Verdict)
}

func newConfirm(r *study.Report) *confirmPart {
	c := r.Confirmation
	if c == nil {
		return nil
	}
	m := r.Primary()
	p := &confirmPart{Kind: confirmKind(c), Outcome: c.Outcome, Sentence: c.Sentence, Table: confirmTable(r), LeftOut: c.LeftOut}
	if c.Itself {
		return p
	}
	p.Takes = takesTable(r)
	p.Changes = changes(c.Changes)
	p.Pairs = newDumbbells(m, c.Pairs, "the winner", "the file as it is", "with the winner")
	fresh := estimate{Name: "on fresh seeds", Verdict: c.Verdict, Effect: c.Effect, Interval: c.Interval, P: c.P, N: c.N}
	if !c.Promised.Finite() {
		p.Forest = newForest(m, r.Level, []estimate{fresh})
		p.Forest.Rows[0].Verdict = c.Outcome
	} else {
		// What it was chosen by is a point without an interval: one that ignores the choice would be wrong.
		none := stat.Interval{Lo: float64(c.Promised), Hi: float64(c.Promised)}
		p.Forest = newForest(m, r.Level, []estimate{{Name: "when it was chosen", Effect: c.Promised, Interval: none, P: 1, N: len(r.Seeds)}, fresh})
		first := &p.Forest.Rows[0]
		first.Kind, first.Verdict, first.Interval, first.P, first.Whiskers = "plain", c.PromisedBy, "", "", false
		first.Title = first.Name + ": " + difference(m, c.Promised)
		p.Forest.Rows[1].Verdict = c.Outcome
	}
	p.Forest.Head, p.Forest.Worse, p.Forest.Better, p.Forest.PNote = "its gain", "the file is better", "it is better", "p"
	return p
}

// confirmTable is the winner beside the file on every metric.
func confirmTable(r *study.Report) *table {
	c := r.Confirmation
	if c == nil {
		return nil
	}
	m := r.Primary()
	t := &table{Name: "confirmation", Align: "lrrrcrr", Caption: fmt.Sprintf("%s, trained again beside the file as it is, on %s.", c.Winner, plural(len(c.Seeds), "fresh seed")),
		Head: []string{"metric", "winner", "the file", "effect", intervalHead(r), "p", "pairs"}}
	if c.Itself {
		t.Caption, t.Align, t.Head = fmt.Sprintf("The file as it is, on %s.", plural(len(c.Seeds), "fresh seed")), "lrcr", []string{"metric", "mean", intervalHead(r), "runs"}
	}
	for _, x := range c.Metrics {
		if x.Winner.N == 0 {
			continue
		}
		if c.Itself || x.File == nil {
			i := absent
			if l := x.Winner.Interval; l.Bounded() {
				i = "[" + value(x.Metric, study.Number(l.Lo)) + ", " + value(x.Metric, study.Number(l.Hi)) + "]"
			}
			t.add(x.Name, spread(x.Metric, x.Winner.Mean, x.Winner.SD), i, count(x.Winner.N))
			continue
		}
		t.add(x.Name, spread(x.Metric, x.Winner.Mean, x.Winner.SD), spread(x.Metric, x.File.Mean, x.File.SD), difference(x.Metric, x.Effect), interval(x.Metric, x.Interval), pText(x.P), count(x.N))
	}
	if len(t.Rows) == 0 {
		return nil
	}
	if c.Itself {
		t.Notes = append(t.Notes, "No run of the study had used these seeds. Values are mean ± standard deviation; the interval is a t interval of the mean.")
		return t
	}
	s := "No run of the study had used these seeds: the effect is free of the luck that made it the winner."
	if c.Promised.Finite() {
		s += fmt.Sprintf(" When it was chosen, its effect on %s was %s (%s).", m.Name, difference(m, c.Promised), c.PromisedBy)
	}
	if c.By == "t" {
		s += " The interval assumes normal differences."
	}
	t.Notes = append(t.Notes, s)
	return t
}

// takesTable lists the claims that the winner is made of.
func takesTable(r *study.Report) *table {
	c := r.Confirmation
	if len(c.Takes) == 0 {
		return nil
	}
	m := r.Primary()
	t := &table{Head: []string{"made of", effectHead(m) + " in the study"}, Align: "lr"}
	for _, x := range c.Takes {
		t.add(x.Text, bare(m, x.Effect))
	}
	return t
}

package present

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/netc-lang/netc/runtime/study"
)

// page is what the template shows: everything is text and places by now.
type page struct {
	Report    *study.Report
	Title     string
	Headline  []phrase
	Sentences []sentence
	Compact   bool // the sentences are too many for a first screen: figures stand there, and each sentence with its trick
	Power     string
	Notice    string
	Facts     []fact
	Metric    study.Metric
	Better    string

	Forest      *forest
	TricksTable *table
	Equivalence *equivalencePart
	Confirm     *confirmPart
	Tricks      []*trickPart
	Cost        *chart
	CostTable   *table

	Effects      *forest
	EffectsTable *table
	Shares       *forest
	SharesTable  *table
	Settings     []*settingPart
	Retuned      []*retunedPart

	Runs       *table
	RunValues  *table
	Diverged   []string
	Fired      *table
	Program    []span
	Source     []span
	Alias      *table
	Procedures []procedure
	Versions   []fact
	Others     []*table
}

// fact is a name with a value.
type fact struct{ Name, Value string }

// equivalencePart is the section on whether one trick may stand in for another.
type equivalencePart struct {
	Kind, Verdict, Sentence string
	Forest                  *forest
	Pairs                   *dumbbells
	Charts                  []*chart
	Table                   *table
}

// trickPart is the section of one trick.
type trickPart struct {
	ID, Name, Title, Kind, Verdict, Sentence string
	State, OnText, OffText                   string
	Paths                                    string
	Card                                     *study.CardText
	Kin                                      string
	Charts, More                             []*chart
	Pairs                                    *dumbbells
	Did                                      []didRow
	Acted                                    []actedRow
	Cost                                     *table
	Budgets                                  *table
	Tests                                    *table
	Metrics                                  *table
	Changes                                  []changeLine
	Notes                                    []string
}

// didRow is one quantity beside what the card expects of it.
type didRow struct {
	Label, On, Off, Change, Interval, Moved, Expected, Agrees, Kind string
}

// actedRow is one counter.
type actedRow struct {
	Setting, Text, Note string
	Share               float64 // percent
}

type settingPart struct {
	Path   string
	Charts []*chart
	Table  *table
}

type retunedPart struct {
	Name, Path, By, Chosen string
	Edge                   bool
	Table                  *table
}

// sentencesShown is how many verdicts the first screen still tells in full sentences.
const sentencesShown = 6

// finished leaves out of the power line how long the study would still take, which was said while it ran.
func finished(s string) string {
	if i := strings.LastIndex(s, "; about "); i >= 0 && strings.HasSuffix(s, " to go") {
		return s[:i]
	}
	return s
}

// newPage works out everything that the page shows.
func newPage(r *study.Report) *page {
	m := r.Primary()
	p := &page{Report: r, Headline: headline(r), Sentences: sentences(r), Notice: notice(r), Metric: m, Better: m.Direction, Forest: trickForest(r), TricksTable: tricksTable(r), Cost: costChart(r),
		Effects: effectForest(r), EffectsTable: effectsTable(r), Shares: shareWaterfall(r), SharesTable: sharesTable(r), Runs: variantsTable(r), RunValues: runValues(r), Procedures: procedures(r)}
	p.Title = r.Study + ": " + text(p.Headline)
	p.Facts = facts(r)
	p.Compact = len(p.Sentences) > sentencesShown && len(r.Tricks) > 0
	if r.Power != nil {
		p.Power = finished(r.Power.Text)
	}
	p.Equivalence, p.Confirm = newEquivalence(r), newConfirm(r)
	for i, t := range ordered(r.Tricks) {
		p.Tricks = append(p.Tricks, newTrick(r, t, i+1))
	}
	if p.Cost != nil {
		p.CostTable = costTable(r)
	}
	for _, c := range r.Curves {
		p.Settings = append(p.Settings, &settingPart{c.Path, settingCharts(r, c), settingTable(r, c)})
	}
	for _, t := range r.Retuned {
		p.Retuned = append(p.Retuned, newRetuned(t))
	}
	for i := range r.Metrics {
		if i > 0 {
			if t := otherMetricTable(r, i); t != nil {
				p.Others = append(p.Others, t)
			}
		}
	}
	p.Diverged = diverged(r)
	p.Fired = firedTable(r)
	p.Program = highlight(strings.TrimRight(r.Program.Resolved, "\n"))
	p.Source = highlight(strings.TrimRight(r.Program.Source, "\n"))
	p.Versions = versions(r)
	return p
}

// facts are the line under the headline.
func facts(r *study.Report) []fact {
	m := r.Primary()
	out := []fact{{"metric", direction(m)}}
	if m.Margin > 0 {
		out = append(out, fact{"margin", m.Size(m.Margin)})
	}
	out = append(out, fact{"seeds", count(len(r.Seeds))}, fact{"runs", runsText(r)}, fact{"program", r.Program.File})
	if r.Data.Name != "" || r.Data.Train > 0 {
		out = append(out, fact{"data", fmt.Sprintf("%s, %s / %s / %s examples", orElse(r.Data.Name, "data"), count(r.Data.Train), count(r.Data.Valid), count(r.Data.Test))})
	}
	if r.Status != study.StatusNone && r.Status != study.Complete {
		out = append(out, fact{"status", string(r.Status)})
	}
	return out
}

func runsText(r *study.Report) string {
	n := r.Spent.Trials
	if n == 0 {
		for _, v := range r.Variants {
			n += v.Finished + v.Diverged
		}
	}
	s := count(n)
	if total := r.Design.TrialsTotal; total > n {
		s += " of " + count(total)
	}
	if r.Spent.Seconds > 0 {
		s += " in " + study.Duration(time.Duration(r.Spent.Seconds*float64(time.Second)))
	}
	if r.Spent.Reused > 0 {
		s += fmt.Sprintf(" (%s from earlier studies)", count(r.Spent.Reused))
	}
	return s
}

func newTrick(r *study.Report, t *study.Trick, n int) *trickPart {
	m := r.Primary()
	p := &trickPart{ID: fmt.Sprintf("trick-%d", n), Name: t.Name, Title: t.Title, Kind: kind(t.Verdict), Verdict: t.Verdict.String(), Sentence: t.Sentence, State: t.State, OnText: orElse(t.On.Text, "as in the file"), OffText: orElse(t.Off.Text, "nothing"),
		Paths: strings.Join(t.Paths, ", "), Card: t.Card}
	if t.Card != nil {
		p.Kin = strings.Join(t.Card.Kin, ", ")
	}
	on, off := r.Variant(t.On.Variant), r.Variant(t.Off.Variant)
	p.Charts = armCharts(r, on, off, "with "+t.Name, "without")
	diffs := differenceCharts(t)
	for i, c := range diffs {
		if c.Metric == t.Cost.By || i == len(diffs)-1 { // the metric that decides, where every epoch measured it
			p.Charts = append(p.Charts, c)
			p.More = append(append(p.More, diffs[:i]...), diffs[i+1:]...)
			break
		}
	}
	p.Pairs = newDumbbells(m, t.Pairs, "with it", "without", "with it")
	for _, d := range t.Did {
		p.Did = append(p.Did, newDid(d))
	}
	for _, a := range t.Acted {
		row := actedRow{Setting: a.Setting, Note: a.Note, Share: 100 * a.Share}
		row.Text = fmt.Sprintf("%s of %s %s", count(a.Acted), count(a.Of), a.Unit)
		if a.Of > 0 {
			row.Text += " (" + percent(a.Share) + ")"
		}
		p.Acted = append(p.Acted, row)
	}
	p.Cost = trickCostTable(t)
	p.Budgets = budgetTable(t)
	p.Tests = testsTable(r, t)
	p.Metrics = metricsTable(r, t)
	if off != nil && len(off.Changes) > 0 {
		p.Changes = changes(off.Changes)
	} else if on != nil {
		p.Changes = changes(on.Changes)
	}
	if x := t.Runs.DivergedOn + t.Runs.DivergedOff; x > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("Training diverged in %s of %s with it and %s without (McNemar's exact test: p = %s).", plural(t.Runs.DivergedOn, "run"), count(t.Runs.Pairs), plural(t.Runs.DivergedOff, "run"), pText(t.Runs.DivergenceP)))
	}
	if t.Runs.Missing > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s of %s lack a run and were left out.", plural(t.Runs.Missing, "pair"), count(t.Runs.Pairs)))
	}
	if t.Identical {
		p.Notes = append(p.Notes, "The trained weights with it and without it are the same bits at every seed.")
	}
	if c := t.Pairing.Correlation; c.Finite() && !t.Identical {
		s := fmt.Sprintf("Pairing: the two sides correlate with r = %s over the seeds", plain(study.Number(round(float64(c), 2))))
		if g := t.Pairing.Gain; g.Finite() && g >= 1.05 {
			s += fmt.Sprintf("; unpaired runs would have needed %s times as many seeds", plain(study.Number(round(float64(g), 1))))
		}
		p.Notes = append(p.Notes, s+".")
	}
	if l := t.Look; l != nil {
		s := fmt.Sprintf("After %s the look said %s (interval valid at all looks: %s, p = %s)", plural(l.Pairs, "pair"), l.Verdict, interval(m, l.Interval), pText(l.P))
		if l.Stopped {
			s += " and the trick was settled"
		}
		p.Notes = append(p.Notes, s+".")
	}
	return p
}

func trickCostTable(t *study.Trick) *table {
	c := t.Cost
	out := &table{Head: []string{"", "with it", "without", "change"}, Align: "lrrr"}
	out.add("time of a run", seconds(c.On.Seconds), seconds(c.Off.Seconds), change(c.Seconds))
	out.add("time of an epoch", seconds(c.On.EpochSeconds), seconds(c.Off.EpochSeconds), change(c.Epoch))
	out.add("parameters", count(c.On.Parameters), count(c.Off.Parameters), change(c.Parameters))
	out.add("memory of training", size(c.On.Memory), size(c.Off.Memory), change(c.Memory))
	return out
}

func newDid(d study.Movement) didRow {
	m := metricNamed(d.Measure)
	row := didRow{Label: d.Label, On: plain(d.On), Off: plain(d.Off), Moved: d.Moved, Expected: d.Expected, Agrees: d.Agrees}
	switch d.Measure {
	case "time", "parameters", "memory":
		row.Change = change(d.Change + 1)
		if d.Interval.Bounded() {
			row.Interval = "[" + signed(d.Interval.Lo) + ", " + signed(d.Interval.Hi) + "]"
		}
		switch d.Measure {
		case "time":
			row.On, row.Off = seconds(d.On), seconds(d.Off)
		case "memory":
			row.On, row.Off = size(int64(d.On)), size(int64(d.Off))
		}
	default:
		if m.Share {
			row.On, row.Off = value(m, d.On), value(m, d.Off)
		}
		row.Change, row.Interval = difference(m, d.Change), interval(m, d.Interval)
	}
	switch d.Agrees {
	case "agrees":
		row.Kind = "yes"
	case "disagrees":
		row.Kind = "no"
	}
	return row
}

func round(x float64, digits int) float64 {
	var f float64
	if _, err := fmt.Sscanf(fmt.Sprintf("%.*f", digits, x), "%g", &f); err != nil {
		return x
	}
	return f
}

// armCharts draws the learning curves of two variants, a chart for every quantity that both measure each epoch.
func armCharts(r *study.Report, on, off *study.Variant, onName, offName string) []*chart {
	if on == nil || off == nil || on == off {
		return nil
	}
	var names []string
	for _, v := range []*study.Variant{on, off} {
		for _, c := range v.Curves {
			if _, q, ok := strings.Cut(c.Metric, "."); ok && !slices.Contains(names, q) {
				names = append(names, q)
			}
		}
	}
	main := r.Primary().Name
	_, main, _ = strings.Cut(main, ".")
	sort.SliceStable(names, func(i, j int) bool { return names[i] == main && names[j] != main })
	var out []*chart
	for _, q := range names {
		var bands []band
		for _, part := range []string{"valid", "train"} {
			for _, side := range []struct {
				v           *study.Variant
				name, class string
			}{{on, onName, "on"}, {off, offName, "off"}} {
				for _, c := range side.v.Curves {
					if c.Metric == part+"."+q {
						bands = append(bands, band{side.name + ", " + partName(part), side.class, part == "train", c})
					}
				}
			}
		}
		m := metricNamed("valid." + q)
		write := func(x float64) string { return value(m, study.Number(x)) }
		if c := learningCurves(strings.ReplaceAll(q, "_", " "), q, bands, false, write, func(step float64) func(float64) string { return valueAxis(m.Share, step) }); c != nil {
			out = append(out, c)
		}
	}
	return out
}

func partName(part string) string {
	if part == "train" {
		return "training part"
	}
	return "held-out part"
}

// differenceCharts draw the paired difference over the epochs.
func differenceCharts(t *study.Trick) []*chart {
	var out []*chart
	for _, c := range t.Differences {
		m := metricNamed(c.Metric)
		write := func(x float64) string { return difference(m, study.Number(x)) }
		ch := learningCurves("with − without, "+c.Metric, c.Metric+unitIn(m), []band{{"with − without", "on", false, c}}, true, write, func(step float64) func(float64) string { return axisText(m.Share, step) })
		if ch != nil {
			ch.Metric = c.Metric
			out = append(out, ch)
		}
	}
	return out
}

func budgetTable(t *study.Trick) *table {
	c := t.Cost
	if c.AtFixedEpochs == nil && c.AtFixedTime == nil {
		return nil
	}
	m := metricNamed(c.By)
	out := &table{Head: []string{"when both get the same", "epochs with it", "epochs without", "effect on " + c.By, "interval"}, Align: "lrrrc"}
	if b := c.AtFixedEpochs; b != nil {
		out.add("number of epochs", count(b.EpochsOn), count(b.EpochsOff), difference(m, b.Effect), interval(m, b.Interval))
	}
	if b := c.AtFixedTime; b != nil {
		out.add("time, "+seconds(b.Seconds), count(b.EpochsOn), count(b.EpochsOff), difference(m, b.Effect), interval(m, b.Interval))
	}
	return out
}

func testsTable(r *study.Report, t *study.Trick) *table {
	m := r.Primary()
	out := &table{Head: []string{"way to look at the pairs", "p", level(r.Level) + " interval"}, Align: "lrc"}
	number := func(x study.Number) string {
		if !x.Finite() {
			return absent
		}
		return pText(float64(x))
	}
	out.add("sign-flip test", number(t.Tests.SignFlip.P), interval(m, t.Tests.SignFlip.Interval))
	out.add("paired t test", number(t.Tests.T.P), interval(m, t.Tests.T.Interval))
	if b := t.Tests.Bootstrap; b != nil {
		out.add("bootstrap (BCa)", number(b.P), interval(m, b.Interval))
	}
	if m.Margin > 0 {
		out.add("within the margin (after Holm)", pText(t.EquivalenceP), "")
	}
	out.Notes = append(out.Notes, "p before Holm's correction but where said. Decided by: "+orElse(t.Decided, "the rule below")+".")
	return out
}

func metricsTable(r *study.Report, t *study.Trick) *table {
	if len(t.Metrics) < 2 {
		return nil
	}
	out := &table{Head: []string{"metric", "verdict", "effect", level(r.Level) + " interval", "p (Holm)", "with it", "without"}, Align: "llrcrrr"}
	for _, x := range t.Metrics {
		m := study.Metric{Name: x.Metric, Share: metricNamed(x.Metric).Share}
		for _, y := range r.Metrics {
			if y.Name == x.Metric {
				m = y
			}
		}
		out.add(x.Metric, x.Verdict.String(), difference(m, x.Effect), interval(m, x.Interval), pText(x.PHolm), value(m, x.On), value(m, x.Off))
	}
	return out
}

func costTable(r *study.Report) *table {
	m := r.Primary()
	t := &table{Head: []string{"trick", effectHead(m), "time of an epoch", "time of a run", "parameters", "memory"}, Align: "lrrrrr"}
	for _, x := range ordered(r.Tricks) {
		t.add(x.Name, bare(m, x.Effect), change(x.Cost.Epoch), change(x.Cost.Seconds), change(x.Cost.Parameters), change(x.Cost.Memory))
	}
	return t
}

func newEquivalence(r *study.Report) *equivalencePart {
	e := r.Equivalence
	if e == nil {
		return nil
	}
	m := r.Primary()
	p := &equivalencePart{Kind: equivalenceKind(e), Verdict: e.Verdict, Sentence: e.Sentence, Table: equivalenceTable(r)}
	p.Forest = newForest(m, e.Interval.Level, []estimate{{Name: e.NameA + " − " + e.NameB, Effect: e.Difference, Interval: e.Interval, P: e.P, N: len(e.Pairs)}})
	p.Forest.Head, p.Forest.Worse, p.Forest.Better, p.Forest.PNote = "difference", e.NameB+" better", e.NameA+" better", "of both tests"
	p.Forest.Rows[0].Kind, p.Forest.Rows[0].Verdict = p.Kind, p.Verdict
	p.Pairs = newDumbbells(m, e.Pairs, e.NameA, e.NameB, "with "+e.NameA)
	p.Charts = armCharts(r, r.Variant(e.A.Variant), r.Variant(e.B.Variant), e.NameA, e.NameB)
	return p
}

func newRetuned(t study.Retuned) *retunedPart {
	p := &retunedPart{Name: t.Name, Path: t.Path, By: t.By, Chosen: t.Chosen, Edge: t.AtEdge, Table: &table{Head: []string{t.Path, t.By, "runs", "diverged"}, Align: "rrrr"}}
	m := metricNamed(t.By)
	for _, x := range t.Points {
		v := x.Value
		if v == t.Chosen {
			v += " ← chosen"
		}
		p.Table.add(v, value(m, x.Mean), count(x.N), count(x.Diverged))
	}
	return p
}

// runValues is the first metric of every run.
func runValues(r *study.Report) *table {
	m := r.Primary()
	if len(r.Variants) == 0 {
		return nil
	}
	t := &table{Head: []string{"program"}, Align: "l" + strings.Repeat("r", len(r.Seeds))}
	for _, s := range r.Seeds {
		t.Head = append(t.Head, fmt.Sprintf("seed %d", s))
	}
	for _, v := range r.Variants {
		row := []string{v.Name}
		for _, s := range r.Seeds {
			cell := "not run"
			for _, x := range v.Trials {
				if x == nil || x.Seed != s {
					continue
				}
				if y, ok := x.Values[m.Name]; ok && y.Finite() {
					cell = value(m, y)
				} else {
					cell = orElse(x.Status, "missing")
				}
			}
			row = append(row, cell)
		}
		t.add(row...)
	}
	return t
}

func diverged(r *study.Report) (out []string) {
	for _, v := range r.Variants {
		for _, x := range v.Trials {
			if x != nil && x.Status == "diverged" {
				out = append(out, fmt.Sprintf("%s, seed %d, after %s: %s.", v.Name, x.Seed, plural(x.Epochs, "epoch"), orElse(strings.TrimRight(x.Note, "."), "the loss was no longer a number")))
			}
		}
	}
	return out
}

// firedTable is what the counters of the file as it is say.
func firedTable(r *study.Report) *table {
	b := r.Baseline()
	if b == nil || len(b.Fired) == 0 {
		return nil
	}
	t := &table{Head: []string{"setting", "acted", "of", "share", "note"}, Align: "lrrrl"}
	for _, f := range b.Fired {
		part := absent
		if f.Of > 0 {
			part = percent(float64(f.Acted) / float64(f.Of))
		}
		t.add(f.Setting, count(f.Acted), count(f.Of)+" "+f.Unit, part, f.Note)
	}
	return t
}

func versions(r *study.Report) []fact {
	var out []fact
	put := func(name, value string) {
		if value != "" {
			out = append(out, fact{name, value})
		}
	}
	put("netc", r.Versions.Netc)
	put("Go", r.Versions.Go)
	put("platform", r.Versions.Platform)
	put("backend", r.Versions.Backend)
	put("data", r.Data.Fingerprint)
	seeds := make([]string, len(r.Seeds))
	for i, s := range r.Seeds {
		seeds[i] = fmt.Sprint(s)
	}
	put("seeds", strings.Join(seeds, ", "))
	put("a new seed changes", strings.Join(r.Vary, ", "))
	put("edits", strings.Join(r.Program.Edits, "; "))
	put("study", r.Dir)
	if !r.Spent.Started.IsZero() {
		put("started", r.Spent.Started.UTC().Format("2006-01-02 15:04 UTC"))
	}
	for _, s := range r.Spent.Stacked {
		put("stacked", s.String())
	}
	if r.Spent.Training > 0 {
		put("training time", fmt.Sprintf("%s over %s", study.Duration(time.Duration(r.Spent.Training*float64(time.Second))), plural(max(1, r.Spent.Workers), "worker")))
	}
	return out
}

package study

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// Analyse makes a report of the trials that a plan has so far. It depends on nothing else: the same trials give the same report.
func Analyse(p *Plan, records Records) (*Report, error) {
	if len(p.Metrics) == 0 || len(p.Variants) == 0 {
		return nil, fmt.Errorf("the plan of %s compares nothing", p.Name)
	}
	a := newAnalysis(p, records)
	r := &Report{Version: ReportVersion, Kind: p.Kind, Study: p.Name, Program: p.Program, Data: p.Data, Metrics: p.Metrics, Alpha: p.Alpha, Level: a.level,
		Rule: a.ruleText(), Seeds: p.Seeds, Vary: p.Vary, Notes: append([]string(nil), p.Notes...), Reproduce: p.Reproduce, Versions: p.Versions}
	a.report = r
	r.Design = a.design()
	for _, step := range []func() error{a.variants, a.tricks, a.interactions, a.curves, a.equivalence, a.confirmation} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.Retuned = a.retuned()
	r.Sequential = a.sequential()
	a.notes()
	return r, nil
}

// analysis is a report in the making.
type analysis struct {
	plan    *Plan
	records Records
	metric  Metric // the one that decides
	level   float64
	report  *Report

	// By metric, for several steps ask for them.
	known struct {
		effects map[string][]stat.EffectFinding
		shares  map[string]stat.Attribution
		watches map[string][]*watch
	}
}

func newAnalysis(p *Plan, records Records) *analysis {
	a := &analysis{plan: p, records: records, metric: p.Metrics[0], level: 1 - p.Alpha}
	a.known.effects, a.known.shares, a.known.watches = map[string][]stat.EffectFinding{}, map[string]stat.Attribution{}, map[string][]*watch{}
	return a
}

// watches are the sequential tests on a metric, with all pairs taken.
func (a *analysis) watches(m Metric) ([]*watch, error) {
	if w, ok := a.known.watches[m.Name]; ok {
		return w, nil
	}
	list, err := a.plan.watchOn(m)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		if err := w.advance(a.records); err != nil {
			return nil, err
		}
	}
	a.known.watches[m.Name] = list
	return list, nil
}

func (a *analysis) ruleText() string {
	m := a.metric
	if a.plan.Sequential > 0 {
		return a.plan.sequential(m).Text(m.format())
	}
	text := a.plan.rule(m).Text(m.format())
	if m.MarginFrom == "default" && m.Margin > 0 {
		text += " The margin is netc's default for " + base(m.Name) + "; set your own with `metric " + m.Name + ", margin = …` or --margin."
	}
	return text
}

func (a *analysis) design() Design {
	p := a.plan
	roles := len(p.roles())
	d := Design{Kind: p.Design, Cells: roles, Variants: roles, TrialsTotal: p.Trials()}
	switch p.Design {
	case "leave_one_out":
		d.Text = "each trick switched the other way, all else as in the file"
	case "add_one_in":
		d.Text = "each trick switched on alone, in the program with all of them off"
	case "factorial":
		d.Text = "all combinations of the factors"
	case "shapley":
		d.Text = "all combinations of the factors; the total gain is divided among them"
	}
	if f := p.Factorial; f != nil {
		d.Factors, d.Order, d.Resolution, d.Cells = f.Factors, f.Order, f.Resolution, len(f.Cells)
		if s, err := f.design(); err == nil && !s.Full() {
			d.Text = s.String()
		}
	}
	return d
}

// resolve gives the variants that stand for those named, after retuning.
func (a *analysis) resolve(ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, a.plan.resolved(id, a.records))
	}
	return out
}

// verdict is what was found of one comparison on one metric, effects not yet turned.
type verdict struct {
	stat.Finding
	look *stat.Look // of a sequential study
}

// judge reaches the verdicts of a list of comparisons on a metric, as one family.
func (a *analysis) judge(list []PlannedComparison, m Metric) ([]verdict, error) {
	p := a.plan
	var comparisons []stat.Comparison
	for _, c := range list {
		comparisons = append(comparisons, stat.Comparison{Name: c.Name, Pairs: begun(p.pairs(c, m.Name, a.records))})
	}
	findings, err := p.rule(m).Judge(comparisons...)
	if err != nil {
		return nil, err
	}
	out := make([]verdict, len(findings))
	for i, f := range findings {
		out[i].Finding = f
	}
	return out, nil
}

// verdicts are those of the plan's comparisons on a metric, by the plan's design.
func (a *analysis) verdicts(m Metric) ([]verdict, error) {
	p := a.plan
	var out []verdict
	switch f := p.Factorial; {
	case f == nil:
		var err error
		if out, err = a.judge(p.Comparisons, m); err != nil {
			return nil, err
		}
	case f.Shapley:
		at, err := a.attribution(m)
		if err != nil {
			return nil, err
		}
		out = make([]verdict, len(p.Comparisons))
		for i := range out {
			out[i].Finding = at.Findings[i]
		}
	default:
		effects, err := a.effects(m)
		if err != nil {
			return nil, err
		}
		out = make([]verdict, len(p.Comparisons))
		for _, e := range effects {
			for j := range f.Factors {
				if e.Term == 1<<j {
					out[j].Finding = e.Finding
				}
			}
		}
	}
	if p.Sequential == 0 {
		return out, nil
	}
	watches, err := a.watches(m)
	if err != nil {
		return nil, err
	}
	for i, w := range a.ofComparisons(watches) {
		if err := out[i].sequential(w); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ofComparisons picks the watches of the comparisons: all of them, or a factorial's main effects.
func (a *analysis) ofComparisons(watches []*watch) []*watch {
	f := a.plan.Factorial
	if f == nil {
		return watches
	}
	d, err := f.design()
	if err != nil {
		return nil
	}
	var list []*watch
	for j := range f.Factors {
		for i, g := range d.AliasTable(min(f.Order, len(f.Factors))) {
			if g.Effects[0] == 1<<j {
				list = append(list, watches[i])
			}
		}
	}
	return list
}

// sequential puts what a watch knows in the place of the fixed-size verdict, which would not hold after stopping at will.
func (v *verdict) sequential(w *watch) error {
	l, err := w.look()
	if err != nil {
		return err
	}
	v.look = &l
	if l.Pairs == 0 {
		l.P, l.Interval = 1, stat.Unbounded(v.Interval.Level)
		l.Reason = "no pair of runs has an outcome in both arms"
	}
	v.Verdict, v.Interval, v.P, v.PHolm, v.Reason = l.Verdict, l.Interval, l.P, l.P, l.Reason
	v.EquivalenceP, v.EquivalencePHolm = 1, 1
	v.DecidedBy, v.Assumption = stat.GroupFlips.String(), ""
	if l.Pairs > 0 {
		v.Effect = l.Effect
	}
	return nil
}

// tricks fills in the comparisons.
func (a *analysis) tricks() error {
	p := a.plan
	all := make([][]verdict, len(p.Metrics))
	for i, m := range p.Metrics {
		var err error
		if all[i], err = a.verdicts(m); err != nil {
			return err
		}
	}
	for i, c := range p.Comparisons {
		t := a.trick(c, all[0][i])
		for j, m := range p.Metrics {
			t.Metrics = append(t.Metrics, a.onMetric(c, m, all[j][i], t))
		}
		a.report.Tricks = append(a.report.Tricks, t)
	}
	return nil
}

func (a *analysis) onMetric(c PlannedComparison, m Metric, v verdict, t *Trick) MetricResult {
	r := MetricResult{Metric: m.Name, Verdict: v.Verdict, Effect: Number(m.gain(v.Effect)), Interval: m.gainInterval(v.Interval), P: v.P, PHolm: v.PHolm,
		EquivalenceP: v.EquivalencePHolm, N: v.Counts.Compared, Reason: v.Reason, On: Number(v.Summary.MeanOn), Off: Number(v.Summary.MeanOff)}
	if v.Summary.N == 0 {
		r.Effect, r.On, r.Off = NaN(), NaN(), NaN()
	}
	if a.plan.Factorial != nil {
		r.On, r.Off = a.sideMean(c.On, m.Name), a.sideMean(c.Off, m.Name)
	}
	if t.Verdict == stat.DidNothing {
		r.Verdict, r.Reason = stat.DidNothing, t.Reason
	}
	return r
}

// sideMean is the mean of a metric over a side's variants and the seeds that finished in all of them.
func (a *analysis) sideMean(ids []string, metric string) Number {
	var list []float64
	for _, s := range a.plan.Seeds {
		if v := a.sideValue(ids, s, func(r *Record) float64 { return r.value(metric) }); !math.IsNaN(v) {
			list = append(list, v)
		}
	}
	return moments(list).Mean
}

// sideValue is the mean of a quantity over a side's variants at a seed; NaN where one was not run or has none.
func (a *analysis) sideValue(ids []string, seed uint64, of func(*Record) float64) float64 {
	sum := 0.0
	for _, id := range a.resolve(ids) {
		rec := a.records.Get(id, seed)
		if rec == nil {
			return math.NaN()
		}
		sum += of(rec)
	}
	return sum / float64(len(ids))
}

// trick is one comparison on the deciding metric.
func (a *analysis) trick(c PlannedComparison, v verdict) *Trick {
	m := a.metric
	t := &Trick{Name: c.Name, Verdict: v.Verdict, Reason: v.Reason, Assumes: v.Assumption, Decided: v.DecidedBy,
		Effect: Number(m.gain(v.Effect)), Interval: m.gainInterval(v.Interval), P: v.P, PHolm: v.PHolm, N: v.Counts.Compared, EquivalenceP: v.EquivalencePHolm,
		Title: c.Title, Card: c.Card, Paths: c.Paths, State: c.State}
	if v.Summary.N == 0 {
		t.Effect = NaN()
	}
	pairs := a.plan.pairs(c, m.Name, a.records)
	var on, off []float64
	for _, p := range begun(pairs) {
		q := Pair{Seed: p.Seed, On: number(p.On), Off: number(p.Off), Effect: NaN(), OnStatus: p.On.Status.String(), OffStatus: p.Off.Status.String()}
		if q.On.Finite() && q.Off.Finite() {
			q.Effect = Number(m.gain(float64(q.On - q.Off)))
			on, off = append(on, float64(q.On)), append(off, float64(q.Off))
		}
		t.Pairs = append(t.Pairs, q)
	}
	if s, err := stat.Describe(on, off); err == nil {
		t.Pairing = Pairing{Number(s.Pairing.Correlation), Number(s.Pairing.Efficiency)}
	} else {
		t.Pairing = Pairing{NaN(), NaN()}
	}
	a.form(&t.On, c.On, c.OnText, on)
	a.form(&t.Off, c.Off, c.OffText, off)
	t.Runs = RunCount{Pairs: len(t.Pairs), DivergedOn: v.Counts.DivergedOn, DivergedOff: v.Counts.DivergedOff, DivergenceP: v.Counts.DivergenceP}
	t.Tests = Tests{SignFlip: Test{Number(v.SignFlip.P), m.gainInterval(v.SignFlip.Interval)}, T: Test{Number(v.T.P), m.gainInterval(v.T.Interval)}}
	if b := v.Bootstrap; b != nil {
		t.Tests.Bootstrap = &Test{NaN(), m.gainInterval(b.Interval)}
	}
	t.Acted = a.acted(c)
	a.didNothing(t, c)
	a.cost(t, c)
	a.movements(t, c)
	a.differences(t, c)
	if l := v.look; l != nil {
		t.Look = &Look{Pairs: l.Pairs, Verdict: l.Verdict, Interval: m.gainInterval(l.Interval), P: l.P, Stopped: l.Verdict != stat.Undecided && l.Pairs < len(a.plan.Seeds), Reason: l.Reason}
		t.N = l.Pairs
	}
	t.Sentence = a.sentence(t, v)
	return t
}

func number(o stat.Outcome) Number {
	if o.Status != stat.Finished {
		return NaN()
	}
	return Number(o.Value)
}

func (a *analysis) form(f *Form, ids []string, text string, values []float64) {
	f.Text = text
	if len(ids) == 1 {
		f.Variant = a.plan.resolved(ids[0], a.records)
	}
	mo := moments(values)
	f.Mean, f.SD = mo.Mean, mo.SD
}

// moments are mean and spread of a list.
func moments(list []float64) Moments {
	m := Moments{N: len(list), Mean: NaN(), SD: NaN()}
	if m.N == 0 {
		return m
	}
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	mean := sum / float64(m.N)
	m.Mean = Number(mean)
	if m.N > 1 {
		ss := 0.0
		for _, x := range list {
			ss += (x - mean) * (x - mean)
		}
		m.SD = Number(math.Sqrt(ss / float64(m.N-1)))
	}
	return m
}

// didNothing gives the fifth verdict: the runs with the trick on and off are the same bits.
func (a *analysis) didNothing(t *Trick, c PlannedComparison) {
	if c.Absent != "" {
		t.Verdict, t.Identical, t.Reason = stat.DidNothing, true, c.Absent
		t.Effect, t.P, t.PHolm = 0, 1, 1
		t.Interval = stat.Interval{Level: a.level}
		return
	}
	n := 0
	for _, s := range a.plan.Seeds {
		for i := range c.On {
			if i >= len(c.Off) {
				return
			}
			on, off := a.records.Get(a.plan.resolved(c.On[i], a.records), s), a.records.Get(a.plan.resolved(c.Off[i], a.records), s)
			if on == nil || off == nil {
				continue
			}
			if on.Status != off.Status || on.Hashes.FinalWeights == "" || on.Hashes.FinalWeights != off.Hashes.FinalWeights || !sameValues(on, off) {
				return
			}
			n++
		}
	}
	if n == 0 {
		return
	}
	t.Verdict, t.Identical = stat.DidNothing, true
	t.Reason = fmt.Sprintf("the runs with it on and with it off are the same bits at %s", allOf(n, "seed"))
	for _, f := range t.Acted {
		if f.Acted == 0 {
			t.Reason += fmt.Sprintf("; it acted in 0 of %d %s", f.Of, f.Unit)
			break
		}
	}
	if len(t.Acted) == 0 && zero.MatchString(c.OnText) {
		t.Reason += fmt.Sprintf("; with a value of 0 there is nothing for it to do: %s", c.OnText)
	}
	if n > 1 {
		t.Pairing.Correlation = 1
	}
}

// zero finds a form such as `dropout 0`, which has no counter because it is never carried out.
var zero = regexp.MustCompile(`(^|; )[a-z_]+ (\w+ = )?0($|;)`)

func allOf(n int, what string) string {
	switch n {
	case 1:
		return "the one " + what
	case 2:
		return "both " + what + "s"
	}
	return fmt.Sprintf("all %d %ss", n, what)
}

// sameValues compares what was measured; a value that only one of them has does not count.
func sameValues(a, b *Record) bool {
	for name, x := range a.Values {
		y, ok := b.Values[name]
		// The training loss includes no penalties, but the noise that a trick adds to it in training is part of what it does.
		if ok && x != y && (x.Finite() || y.Finite()) {
			return false
		}
	}
	return true
}

// acted are the counters of the trick's own settings, summed over the runs with it on.
func (a *analysis) acted(c PlannedComparison) []Acted {
	var list []Acted
	at := map[string]int{}
	for _, id := range a.resolve(c.On) {
		for _, s := range a.plan.Seeds {
			rec := a.records.Get(id, s)
			if rec == nil {
				continue
			}
			for _, f := range rec.Fired {
				if !has(c.Settings, f.Setting) {
					continue
				}
				i, ok := at[f.Setting]
				if !ok {
					i = len(list)
					at[f.Setting] = i
					list = append(list, Acted{Setting: f.Setting, Unit: f.Unit, Note: f.Note})
				}
				list[i].Acted += f.Acted
				list[i].Of += f.Of
			}
		}
	}
	for i := range list {
		if list[i].Of > 0 {
			list[i].Share = float64(list[i].Acted) / float64(list[i].Of)
		}
	}
	return list
}

// notes adds what a reader must know.
func (a *analysis) notes() {
	r := a.report
	var bad []string
	for _, v := range r.Variants {
		if v.Diverged > 0 {
			bad = append(bad, fmt.Sprintf("%d of %s", v.Diverged, v.Name))
		}
	}
	if len(bad) > 0 {
		r.Notes = append(r.Notes, "runs diverged, and count as the worst outcome: "+strings.Join(bad, ", "))
	}
	for _, v := range a.plan.Vary {
		if v == "split" {
			r.Notes = append(r.Notes, "every seed splits the data anew: intervals are about other samples of the data, too")
		}
	}
	if a.plan.Sequential > 0 {
		r.Notes = append(r.Notes, "effects read off at an early stop are on average too large; the intervals are valid all the same")
	}
	for _, t := range a.plan.Retunes {
		for _, x := range r.Retuned {
			if x.Name == t.Name && x.AtEdge {
				r.Notes = append(r.Notes, fmt.Sprintf("%s: the best %s, %s, is an end of its range; a wider range may suit it better", x.Name, x.Path, x.Chosen))
			}
		}
	}
}

// sequential sums up how a study was watched.
func (a *analysis) sequential() *Sequential {
	p := a.plan
	if p.Sequential == 0 {
		return nil
	}
	s := &Sequential{Error: p.Sequential, Method: stat.GroupFlips.String(), Rule: p.sequential(a.metric).Text(a.metric.format()), Planned: p.Trials()}
	for _, bySeed := range a.records {
		s.Run += len(bySeed)
	}
	s.Saved = max(0, s.Planned-s.Run)
	return s
}

// retuned tells what tuning chose.
func (a *analysis) retuned() []Retuned {
	var list []Retuned
	for _, g := range a.plan.Retunes {
		x := Retuned{Name: g.Name, Path: strings.Join(g.Paths, ", "), By: a.plan.RetuneBy, Seeds: a.plan.RetuneSeeds, Variant: a.plan.resolved(g.Variant, a.records)}
		for _, pt := range g.Points {
			q := RetunePoint{Value: pt.Value}
			var values []float64
			for _, s := range a.plan.RetuneSeeds {
				switch rec := a.records.Get(pt.Variant, s); {
				case rec == nil:
				case rec.Status == statusDiverged:
					q.Diverged++
				default:
					values = append(values, rec.value(a.plan.RetuneBy))
				}
			}
			mo := moments(values)
			q.Mean, q.N = mo.Mean, mo.N
			if pt.Variant == x.Variant && x.Variant != "" {
				x.Chosen, x.AtEdge = pt.Value, pt.Edge
			}
			x.Points = append(x.Points, q)
		}
		list = append(list, x)
	}
	return list
}

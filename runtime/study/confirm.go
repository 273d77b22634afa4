package study

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// A study that picks the best of what it measured has picked luck along with it: of many effects the largest is on average
// smaller than it looked (the winner's curse; Ioannidis 2008, Epidemiology 19:640-648; data that had no part in a choice: Cox 1975,
// Biometrika 62:441-444). A confirmation trains what was picked once more, beside the file as it is, on seeds that had no part in picking it. What it
// measures is an unbiased estimate of the gain, for one question that was settled before the first of its runs.

// PlannedConfirmation is the second part of a study.
type PlannedConfirmation struct {
	Seeds   []uint64 `json:"seeds"`   // none of which the study has used before
	Metrics []Metric `json:"metrics"` // the study's, and what they are on the test part
	// Chosen says that the verdicts were there and the rest is known.
	Chosen  bool     `json:"chosen"`
	Name    string   `json:"name,omitempty"`     // "dropout off, mixup"
	Winner  string   `json:"winner,omitempty"`   // variant
	Base    string   `json:"base,omitempty"`     // the file as it is; the winner where nothing is better
	Takes   []Claim  `json:"takes,omitempty"`    // what the winner is made of; none of a factorial design, whose best cell it is
	LeftOut []string `json:"left_out,omitempty"` // claims that do not go with others, and why
}

// Claim is an improvement that a study claims.
type Claim struct {
	At     int    `json:"at"` // of the plan's comparisons
	Name   string `json:"name"`
	On     bool   `json:"on"`     // the form that is better
	Text   string `json:"text"`   // "dropout off", "mixup"
	Effect Number `json:"effect"` // of that form, measured alone: positive
}

func (c Claim) String() string { return c.Text }

// claim is one of a report's tricks in its better form.
func claim(i int, t *Trick, on bool) Claim {
	c := Claim{At: i, Name: t.Name, On: on, Text: t.Name, Effect: t.Effect}
	switch {
	case !on:
		c.Text, c.Effect = t.Name+" off", -t.Effect
	case t.State != notInFile:
		c.Text = t.Name + " on"
	}
	return c
}

// Combiner is a Trainer that can make programs which are known only when a study has found something.
type Combiner interface {
	// Combine adds to the plan the program in which all claims hold together, and gives its variant. A claim that does not go with
	// those before it is left out, with the reason.
	Combine(claims []Claim) (variant string, taken []Claim, leftOut []string, err error)
	// Tune gives a variant a grid where the study tunes settings.
	Tune(variant string) error
}

// trials is the number of trials of a confirmation; until it is known what is found best, there are two arms.
func (c *PlannedConfirmation) trials() int {
	switch {
	case c == nil:
		return 0
	case c.Chosen && c.Winner == c.Base:
		return len(c.Seeds)
	}
	return 2 * len(c.Seeds)
}

// confirming reports whether the plan is in its second part.
func (p *Plan) confirming() bool { return p.Confirm != nil && p.Confirm.Chosen }

// confirmRoles are the variants that a confirmation runs, before tuning.
func (p *Plan) confirmRoles() []string {
	if p.Confirm.Winner == p.Confirm.Base {
		return []string{p.Confirm.Base}
	}
	return []string{p.Confirm.Winner, p.Confirm.Base}
}

// fresh is the plan with the seeds of the confirmation.
func (p *Plan) fresh() *Plan {
	f := *p
	f.Seeds = p.Confirm.Seeds
	return &f
}

// winner is the comparison of what was found best with the file as it is.
func (p *Plan) winner() PlannedComparison {
	c := p.Confirm
	return PlannedComparison{Name: c.Name, State: notInFile, On: []string{c.Winner}, Off: []string{c.Base}, OnText: c.Name, OffText: "the file as it is"}
}

// planConfirm reserves the seeds of the confirmation.
func (s *Study) planConfirm() error {
	q, p := s.q, s.Plan
	if q.confirm == 0 {
		return nil
	}
	if p.Between != nil {
		return diag.Errorf(BadDesign, diag.Span{}, "an equivalence study has no winner to confirm").WithHelp("leave out --confirm")
	}
	last := slices.Max(append(append([]uint64(nil), p.Seeds...), p.RetuneSeeds...))
	c := &PlannedConfirmation{Base: p.Variants[0].ID}
	for i := range q.confirm {
		c.Seeds = append(c.Seeds, last+1+uint64(i))
	}
	c.Metrics = append(c.Metrics, p.Metrics...)
	for _, m := range p.Metrics {
		if t, ok := onTest(m, s.measured); ok && !slices.ContainsFunc(c.Metrics, func(x Metric) bool { return x.Name == t.Name }) {
			c.Metrics = append(c.Metrics, t)
		}
	}
	p.Confirm = c
	return nil
}

// onTest is a metric on the test part, where that was not what it was taken on.
func onTest(m Metric, measured []string) (Metric, bool) {
	name := "test." + m.Name[strings.IndexByte(m.Name, '.')+1:]
	if m.Part == "test" {
		return m, false
	}
	if !has(measured, name) {
		if name = usual(measured); !strings.HasPrefix(name, "test.") || m.Name != measureGap {
			return m, false
		}
		m.Direction, m.Share, m.Margin = stat.HigherIsBetter.String(), share(name), 0
		if lower(name, nil) {
			m.Direction = stat.LowerIsBetter.String()
		}
	}
	m.Name, m.Part = name, "test"
	return m, true
}

// choice is what a study found best: a variant, or claims that are still to be put together. Neither is the file as it is.
type choice struct {
	variant string
	name    string
	claims  []Claim
}

// choose finds the best of what a report's runs have shown.
//
// In a design of factors it is the combination with the best mean. Else it is the file with every improvement that is claimed (a trick
// that hurts goes, one that helps comes in), or one of the variants, which exclude each other, where one promises more than
// that: the one with the largest effect, be it certain or not.
func (a *analysis) choose() (*choice, error) {
	p := a.plan
	if p.Factorial != nil {
		return a.bestCell()
	}
	out, promise := &choice{}, 0.0
	var best *Claim
	for i, t := range a.report.Tricks {
		var c Claim
		switch planned := p.Comparisons[i]; {
		case planned.Variant:
			if c = claim(i, t, true); t.Effect > 0 && t.Verdict != stat.DidNothing && t.Runs.DivergedOn <= t.Runs.DivergedOff && (best == nil || t.Effect > best.Effect) {
				best = &c
			}
			continue
		case t.Verdict == stat.Helps && (planned.Alone || t.State != "on"):
			c = claim(i, t, true)
		case t.Verdict == stat.Hurts && !planned.Alone && (t.State == "on" || t.State == "partly on"):
			c = claim(i, t, false)
		default:
			continue
		}
		if c.Effect.Finite() {
			promise += float64(c.Effect)
		}
		out.claims = append(out.claims, c)
	}
	if best != nil && (len(out.claims) == 0 || float64(best.Effect) > promise) {
		out.claims = []Claim{*best}
	}
	// The larger effect goes first: where two exclude each other, it stays.
	size := func(c Claim) float64 {
		if c.Effect.Finite() {
			return float64(c.Effect)
		}
		return 0
	}
	sort.SliceStable(out.claims, func(i, j int) bool { return size(out.claims[i]) > size(out.claims[j]) })
	return out, nil
}

// bestCell is the combination of factors with the best mean over the seeds at which all were run; the first in the order of the design
// where several are alike, and one of which a run diverged only where there is no other.
func (a *analysis) bestCell() (*choice, error) {
	d, runs, _, err := a.cells(a.metric)
	if err != nil {
		return nil, err
	}
	at, best, bad := -1, 0.0, 0
	for i, row := range runs {
		var list []float64
		diverged := 0
		for _, o := range row {
			if o.Status == stat.Finished {
				list = append(list, a.metric.gain(o.Value))
			} else {
				diverged++
			}
		}
		if len(list) == 0 {
			continue
		}
		mean := float64(moments(list).Mean)
		if at < 0 || diverged < bad || diverged == bad && mean > best {
			at, best, bad = i, mean, diverged
		}
	}
	if at < 0 {
		return &choice{}, nil
	}
	var on []string
	for j, name := range d.Factors {
		if d.Cells[at].Has(j) {
			on = append(on, name)
		}
	}
	c := &choice{variant: a.plan.Factorial.Cells[at], name: "none of " + strings.Join(d.Factors, ", ")}
	if len(on) > 0 {
		c.name = strings.Join(on, ", ")
		if len(on) < len(d.Factors) {
			c.name += " alone"
		}
	}
	return c, nil
}

// Combine implements Combiner.
func (s *Study) Combine(claims []Claim) (string, []Claim, []string, error) {
	var taken []Claim
	var left []string
	base := s.Plan.Variants[0].ID
	id := base
	for _, c := range claims {
		with := append(slices.Clone(taken), c)
		edits := s.together(with)
		single, _, err := s.build(c.String(), s.together([]Claim{c}))
		if err != nil {
			return "", nil, nil, err
		}
		next, _, err := s.build(winnerName(with, s.alone != nil), edits)
		why := ""
		switch set := bothSet(s.together(taken), s.together([]Claim{c})); {
		case len(taken) == 0 && err != nil:
			return "", nil, nil, err
		case err != nil:
			why = "together with " + names(taken) + " it is no program (" + plainMessage(err) + ")"
		case len(taken) > 0 && set != "" && s.alone == nil:
			why = "it sets " + set + ", as does " + names(taken) + ", which gave more"
		case len(taken) > 0 && next == id:
			why = "beside " + names(taken) + " it changes nothing"
		case len(taken) > 0 && next == single && next != base:
			why = "it undoes " + names(taken) + ", which gave more"
		}
		if why != "" {
			left = append(left, c.String()+": "+why)
			continue
		}
		taken, id = with, next
	}
	if len(taken) == 0 {
		return base, nil, left, nil
	}
	id, err := s.add(winnerName(taken, s.alone != nil), s.together(taken))
	return id, taken, left, err
}

// together are the edits in which claims hold together. Tricks that were measured alone are put together alone, too: what of them is
// not claimed is off.
func (s *Study) together(claims []Claim) []*canon.Edit {
	var edits []*canon.Edit
	framed := false
	for _, c := range claims {
		framed = framed || slices.Contains(s.alone, s.arm[c.At])
	}
	if framed {
		for _, a := range s.alone {
			on := slices.ContainsFunc(claims, func(c Claim) bool { return s.arm[c.At] == a && c.On })
			edits = append(edits, a.forms(on)...)
		}
	}
	for _, c := range claims {
		if a := s.arm[c.At]; !slices.Contains(s.alone, a) {
			edits = append(edits, a.forms(c.On)...)
		}
	}
	return edits
}

// bothSet is a setting that two lists of edits give a value; "" where there is none.
func bothSet(a, b []*canon.Edit) string {
	for _, x := range a {
		for _, y := range b {
			if x.Verb == "set" && y.Verb == "set" && x.Sel.String() == y.Sel.String() {
				return x.Sel.String()
			}
		}
	}
	return ""
}

func names(claims []Claim) string {
	var list []string
	for _, c := range claims {
		list = append(list, c.String())
	}
	return strings.Join(list, ", ")
}

// winnerName says what the program that was found best is.
func winnerName(claims []Claim, alone bool) string {
	if alone {
		var on []string
		for _, c := range claims {
			on = append(on, c.Name)
		}
		return strings.Join(on, ", ") + " alone"
	}
	return names(claims)
}

// plainMessage is an error without its place.
func plainMessage(err error) string {
	var list diag.List
	if l, ok := err.(diag.List); ok {
		list = l
	}
	if len(list) > 0 {
		return list[0].Message
	}
	return message(err)
}

// Tune implements Combiner.
func (s *Study) Tune(variant string) error {
	if len(s.grid) == 0 || s.Plan.retune(variant) != nil {
		return nil
	}
	return s.tune(variant)
}

// choose begins the second part of a study: it decides from the report so far what is confirmed, and adds it to the plan.
func (r *Runner) choose() error {
	p := r.Plan
	report, err := Analyse(p, r.records)
	if err != nil {
		return err
	}
	a := newAnalysis(p, r.records)
	a.report = report
	pick, err := a.choose()
	if err != nil {
		return err
	}
	c := *p.Confirm
	c.Chosen, c.Winner, c.Name = true, c.Base, ""
	switch {
	case pick.variant != "":
		c.Winner, c.Name = pick.variant, pick.name
	case len(pick.claims) > 0:
		combiner, ok := r.Trainer.(Combiner)
		if !ok {
			return fmt.Errorf("this study cannot put claims together for its confirmation")
		}
		if c.Winner, c.Takes, c.LeftOut, err = combiner.Combine(pick.claims); err != nil {
			return err
		}
		c.Name = p.variant(c.Winner).Name
	}
	if c.Winner == c.Base {
		c.Name, c.Takes = "the file as it is", nil
	}
	p.Confirm = &c
	if combiner, ok := r.Trainer.(Combiner); ok {
		for _, role := range p.confirmRoles() {
			if err := combiner.Tune(role); err != nil {
				return err
			}
		}
	}
	if r.Folder != nil {
		if err := r.Folder.writeJSON(PlanFile, p); err != nil {
			return err
		}
	}
	if err := r.recallJobs(r.confirmJobs()); err != nil {
		return err
	}
	if r.Observer != nil && r.begun {
		r.Observer.Confirming(p, r.progress())
	}
	return nil
}

// confirmJobs are all trials of the second part, tuning included.
func (r *Runner) confirmJobs() []job {
	p := r.Plan
	var list []job
	for _, role := range p.confirmRoles() {
		if g := p.retune(role); g != nil {
			for _, s := range p.RetuneSeeds {
				for _, pt := range g.Points {
					list = append(list, job{pt.Variant, s})
				}
			}
		}
	}
	for _, s := range p.Confirm.Seeds {
		for _, role := range p.confirmRoles() {
			if v := p.resolved(role, r.records); v != "" {
				list = append(list, job{v, s})
			}
		}
	}
	return dedupe(list)
}

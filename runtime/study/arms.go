package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/lang/spell"
)

// arm is something that can be switched: a trick of the program, several moved together, or a candidate of the study section.
type arm struct {
	name    string
	on, off []*canon.Edit // what makes each form of the program; none where the program has that form already
	isOn    bool          // in the file
	state   string
	title   string
	card    *CardText
	paths   []string
	set     []string // settings under which counters are kept
	absent  string
	instead bool   // of an equivalence: its edits take the other trick away
	example string // of how to ask for it
	variant bool   // one of several programs that exclude each other
	onText  string // what stands there, as the file says it; empty: read off the programs
	offText string
}

func setEdit(path, value string) (*canon.Edit, error) {
	a, list := parse.Arg("set", path+" = "+value)
	if list.HasErrors() {
		return nil, list
	}
	e, d := canon.SetEdit(a)
	if d != nil {
		return nil, d
	}
	return e, nil
}

func switchEdit(verb, path string, span diag.Span) (*canon.Edit, *diag.Diagnostic) {
	sel, d := canon.SelectorOf(path, span)
	if d != nil {
		return nil, d
	}
	return &canon.Edit{Verb: verb, Sel: sel, Span: span}, nil
}

// arms finds what a text of the study section or of --trick means: a trick, `a + b` as one, `[*]` each place as one, or a
// candidate's name.
func (s *Study) arms(l located) ([]*arm, error) {
	parts := together(l.text)
	if len(parts) == 1 {
		return s.single(parts[0], l.span)
	}
	joint := &arm{state: "on", isOn: true}
	var names []string
	states := map[bool]int{}
	for _, part := range parts {
		list, err := s.single(part, l.span)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			names = append(names, a.name)
			states[a.isOn]++
			joint.paths, joint.set = append(joint.paths, a.paths...), append(joint.set, a.set...)
			joint.on, joint.off = append(joint.on, a.on...), append(joint.off, a.off...)
			joint.onText, joint.offText = joinText(joint.onText, a.onText), joinText(joint.offText, a.offText)
			if a.absent != "" {
				joint.absent = a.absent
			}
		}
	}
	joint.name = strings.Join(names, " + ")
	switch {
	case states[true] > 0 && states[false] > 0:
		joint.isOn, joint.state = false, "partly on"
	case states[false] > 0:
		joint.isOn, joint.state = false, "off"
	}
	return []*arm{joint}, nil
}

func joinText(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// together splits a + b, leaving the + of an index such as dropout[+1] alone.
func together(text string) []string {
	var parts []string
	depth, from := 0, 0
	for i, r := range text {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		case '+':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(text[from:i]))
				from = i + 1
			}
		}
	}
	return append(parts, strings.TrimSpace(text[from:]))
}

func (s *Study) single(text string, span diag.Span) ([]*arm, error) {
	for _, c := range s.q.tries {
		if c.name == text {
			return []*arm{s.candidateArm(c)}, nil
		}
	}
	sel, d := canon.SelectorOf(text, span)
	if d != nil {
		return nil, d
	}
	tricks, d := s.Base.Canon.Arms(sel)
	if d != nil {
		if near, ok := spell.Nearest(text, s.candidateNames()); ok && d.Help == "" {
			d.WithHelp("did you mean %s?", near)
		} else if c := s.Base.Canon.Card(text); c != nil && len(d.Notes) == 0 {
			d.WithNote(span, "the library has a card of it: write it into the file, switched off if it is not used otherwise, or compare it in a study section, `try %s { into SECTION { … } }`", text)
		}
		return nil, d
	}
	var list []*arm
	for _, t := range tricks {
		path := text
		if len(tricks) > 1 || strings.Contains(text, "*") {
			path = t.Name // of one place: its path
		}
		a, err := s.trickArm(t, t.Name, path, span)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

func (s *Study) candidateNames() []string {
	var names []string
	for _, c := range s.q.tries {
		names = append(names, c.name)
	}
	return names
}

func (s *Study) candidateArm(c candidate) *arm {
	return &arm{name: c.name, on: c.edits, state: notInFile, variant: c.variant}
}

// trickArm makes the arm of a trick. Where some of its places are on and some are off, on is the file as it is.
func (s *Study) trickArm(t *canon.Trick, name, path string, span diag.Span) (*arm, error) {
	a := &arm{name: name, isOn: t.On(), state: "off"}
	if a.isOn {
		a.state = "on"
	}
	verb := map[bool]string{true: "off", false: "on"}[a.isOn]
	e, d := switchEdit(verb, path, span)
	if d != nil {
		return nil, d
	}
	if a.isOn {
		a.off = []*canon.Edit{e}
	} else {
		a.on = []*canon.Edit{e}
	}
	for _, pl := range t.Places {
		a.paths = append(a.paths, pl.Path())
		a.set = append(a.set, pl.Node.Path, pl.Node.Name)
		if pl.Node.Kind == canon.Change {
			a.set = a.set[:len(a.set)-2]
		}
	}
	a.onText, a.offText = trickForms(t)
	if !t.Active() {
		a.absent = "it is absent from this program: it stands in a form that another trick has removed, so switching it changes nothing"
	}
	if c := t.Card; c != nil {
		a.title = c.Title
		a.card = cardText(c)
	}
	return a, nil
}

func cardText(c *canon.Card) *CardText {
	t := &CardText{Solves: c.Solves, Source: c.Source, Cost: c.Cost, Caution: c.Caution, Kin: c.Kin}
	for _, e := range c.Expect {
		t.Expect = append(t.Expect, e.Measure+" = "+e.Direction)
	}
	return t
}

// all are the arms of every trick of the program that is present in it.
func (s *Study) all() ([]*arm, []string, error) {
	var list []*arm
	var absent []string
	for _, t := range s.Base.Canon.Tricks() {
		if !t.Active() {
			absent = append(absent, t.Name)
			continue
		}
		a, err := s.trickArm(t, t.Name, t.Name, t.Places[0].Node.Span)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, a)
	}
	return list, absent, nil
}

// plan decides what is run.
func (s *Study) plan() error {
	q := s.q
	s.split = has(q.vary, "split")
	p := &Plan{Version: ReportVersion, Kind: Ablation, Name: q.name, Alpha: q.alpha, AssumeNormal: q.ask.Normal, Sequential: q.sequential, Budget: q.budget, Vary: q.vary, Design: q.design,
		Reproduce: s.ask.Reproduce, Versions: s.ask.Versions}
	s.Plan = p
	for i := range q.seeds {
		p.Seeds = append(p.Seeds, s.seed+uint64(i))
	}
	if s.split && s.Base.Data.Find("split") == nil {
		return diag.Errorf(BadDesign, s.q.section.Find("vary").Span, "vary split needs a split, and the data section has none").
			WithHelp("write `split train = 70%%, test = 30%%`, or leave split out of vary")
	}
	base, err := s.add(baseline, nil)
	if err != nil {
		return err
	}
	first := s.programs[base]
	s.measured = first.facts.Metrics
	p.Metrics = q.settle(s.measured)
	s.checkTuning()
	if err := q.diags.Err(); err != nil {
		return err
	}
	d := first.full.Data
	p.Data = Data{Name: s.Base.Data.Name, Fingerprint: d.Fingerprint, Train: d.Info.Train, Valid: d.Info.Valid, Test: d.Info.Test}
	p.Program = Program{File: s.ask.File, Source: string(s.Base.Source(s.ask.File)), Resolved: s.Base.Resolved(), Train: q.train}
	for _, e := range s.ask.Edits {
		p.Program.Edits = append(p.Program.Edits, EditText(e))
	}
	for _, step := range []func() error{s.planArms, s.planCurves, s.planRetunes, s.planConfirm} {
		if err := step(); err != nil {
			return err
		}
	}
	questions, points := p.family(), 0
	if p.Between != nil {
		questions = 1
	}
	for _, c := range p.Curves {
		for _, pt := range c.Points {
			points += len(pt.Comparisons) // which are a family of their own
		}
	}
	questions = max(questions, points)
	if note := q.enough(questions); note != "" {
		p.Notes = append(p.Notes, note)
	}
	p.Identity = s.identity()
	return nil
}

// identity is the same for the same question.
func (s *Study) identity() string {
	p := *s.Plan
	p.Identity, p.Reproduce, p.Budget, p.Notes = "", nil, 0, nil
	return digest(p)
}

func (s *Study) planArms() error {
	q := s.q
	if len(s.ask.Between) == 2 {
		return s.planBetween()
	}
	switch q.design {
	case "factorial", "fractional", "shapley":
		return s.planFactorial()
	}
	var arms []*arm
	switch {
	case len(q.tricks) > 0:
		for _, l := range q.tricks {
			list, err := s.arms(l)
			if err != nil {
				return err
			}
			arms = append(arms, list...)
		}
	case len(q.tries) > 0 && !q.ask.LeaveOneOut:
		// a section that lists candidates and no tricks is about the candidates
	default:
		list, absent, err := s.all()
		if err != nil {
			return err
		}
		arms = list
		if len(absent) > 0 {
			s.Plan.Notes = append(s.Plan.Notes, "not measured, for they stand in forms that other tricks have removed: "+strings.Join(absent, ", "))
		}
	}
	if q.design == "add_one_in" {
		if err := s.planAddOneIn(arms); err != nil {
			return err
		}
	} else if err := s.compare(arms); err != nil {
		return err
	}
	if !q.ask.LeaveOneOut {
		if len(q.tries) > 0 && len(arms) == 0 {
			s.Plan.Design = "add_one_in"
		}
		for _, c := range q.tries {
			if slices.ContainsFunc(q.tricks, func(l located) bool { return l.text == c.name }) {
				continue
			}
			if c.variant {
				s.Plan.Design = "variants"
			}
			if err := s.compare([]*arm{s.candidateArm(c)}); err != nil {
				return err
			}
		}
	}
	if len(s.Plan.Comparisons) == 0 {
		span := s.Base.Train.Span
		if q.section != nil {
			span = q.section.Span
		}
		return diag.Errorf(NothingToStudy, span, "there is nothing to compare: the program has no trick").
			WithHelp("make one: dropout 0.3 (a card of the standard library knows its off form), or `X instead of Y`")
	}
	return nil
}

// compare adds comparisons of arms with the file as it is.
func (s *Study) compare(arms []*arm) error {
	for _, a := range arms {
		c, err := s.comparison(a, nil)
		if err != nil {
			return err
		}
		s.Plan.Comparisons = append(s.Plan.Comparisons, c)
		s.arm = append(s.arm, a)
	}
	return nil
}

// comparison makes the variants of an arm's two forms. extra edits apply to both, behind the arm's.
func (s *Study) comparison(a *arm, extra []*canon.Edit) (PlannedComparison, error) {
	c := PlannedComparison{Name: a.name, State: a.state, Title: a.title, Card: a.card, Paths: a.paths, Settings: a.set, Absent: a.absent, Variant: a.variant}
	onName, offName := baseline, a.name+" off"
	if !a.isOn {
		onName, offName = a.name+" on", baseline
		if a.state == notInFile {
			onName = a.name
		}
		if a.state == "partly on" {
			offName = a.name + " off"
		}
	}
	suffix := ""
	for _, e := range extra {
		suffix += ", " + strings.TrimPrefix(EditText(e), "set ")
	}
	on, err := s.add(onName+suffix, concat(a.on, extra))
	if err != nil {
		return c, err
	}
	off, err := s.add(offName+suffix, concat(a.off, extra))
	if err != nil {
		return c, err
	}
	c.On, c.Off = []string{on}, []string{off}
	s.texts(&c, a)
	if on == off && c.Absent == "" {
		c.Absent = "both forms are the same program here"
	}
	return c, nil
}

// texts say what stands in each form.
func (s *Study) texts(c *PlannedComparison, a *arm) {
	c.OnText, c.OffText = a.onText, a.offText
	if c.OnText == "" {
		c.OnText, c.OffText = formTexts(s.programs[c.On[0]].resolved, s.programs[c.Off[0]].resolved)
	}
}

func concat(a, b []*canon.Edit) []*canon.Edit { return append(append([]*canon.Edit(nil), a...), b...) }

// forms are the edits that bring an arm into a form, whatever the file has.
func (a *arm) forms(on bool) []*canon.Edit {
	if on {
		return a.on
	}
	return a.off
}

// planAddOneIn compares each trick alone with the program without any of them.
func (s *Study) planAddOneIn(arms []*arm) error {
	var none []*canon.Edit
	for _, a := range arms {
		none = append(none, a.off...)
	}
	if _, err := s.add("all off", none); err != nil { // first, for it is what the others are compared with
		return err
	}
	for _, a := range arms {
		var off, on []*canon.Edit
		for _, b := range arms {
			off = append(off, b.off...)
			if a == b {
				on = append(on, b.on...)
			} else {
				on = append(on, b.off...)
			}
		}
		alone := *a
		alone.on, alone.off, alone.isOn = on, off, false
		if len(off) > 0 {
			alone.isOn = true // neither side is the baseline's name
		}
		c, err := s.comparisonNamed(&alone, "all off, but "+a.name, "all off")
		if err != nil {
			return err
		}
		c.Alone = true
		s.Plan.Comparisons = append(s.Plan.Comparisons, c)
		s.arm, s.alone = append(s.arm, a), append(s.alone, a)
	}
	return nil
}

func (s *Study) comparisonNamed(a *arm, onName, offName string) (PlannedComparison, error) {
	c := PlannedComparison{Name: a.name, State: a.state, Title: a.title, Card: a.card, Paths: a.paths, Settings: a.set}
	on, err := s.add(onName, a.on)
	if err != nil {
		return c, err
	}
	off, err := s.add(offName, a.off)
	if err != nil {
		return c, err
	}
	c.On, c.Off = []string{on}, []string{off}
	s.texts(&c, a)
	if on == off {
		c.Absent = "both forms are the same program here"
	}
	return c, nil
}

// planFactorial makes the cells of a design.
func (s *Study) planFactorial() error {
	q, p := s.q, s.Plan
	var arms []*arm
	f := &PlannedFactorial{Order: q.order, Shapley: q.design == "shapley"}
	for _, l := range q.factors {
		list, err := s.arms(l)
		if err != nil {
			return err
		}
		for _, a := range list {
			arms, f.Factors = append(arms, a), append(f.Factors, a.name)
		}
	}
	at := q.section.Find("factors").Span
	if d := q.section.Find("design"); d != nil {
		at = d.Span
	}
	switch n := len(arms); {
	case n < 2:
		return diag.Errorf(BadDesign, at, "a %s design combines at least two factors", q.design).WithHelp("factors dropout, norm")
	case n > 12 && q.design != "fractional":
		return diag.Errorf(BadDesign, at, "%d factors make %.0f combinations", n, math.Pow(2, float64(n))).WithHelp("design fractional, resolution = 4")
	case f.Shapley && q.sequential > 0:
		return diag.Errorf(BadDesign, at, "shares are read off once, at the end: stop = sequential does not go with design shapley").WithHelp("design factorial can be stopped early")
	}
	if q.design == "fractional" {
		f.Resolution = q.resolution
	}
	d, err := f.design()
	if err != nil {
		return diag.Errorf(BadDesign, at, "%v", err)
	}
	f.Order = min(f.Order, len(arms))
	sides := make([]PlannedComparison, len(arms))
	for j, a := range arms {
		sides[j] = PlannedComparison{Name: a.name, State: a.state, Title: a.title, Card: a.card, Paths: a.paths, Settings: a.set, OnText: a.onText, OffText: a.offText}
		if a.onText == "" {
			sides[j].OnText, sides[j].OffText = a.name, "without"
		}
	}
	for _, cell := range d.Cells {
		var edits []*canon.Edit
		var on []string
		for j, a := range arms {
			edits = append(edits, a.forms(cell.Has(j))...)
			if cell.Has(j) {
				on = append(on, a.name)
			}
		}
		name := strings.Join(on, ", ")
		switch {
		case len(edits) == 0:
			name = baseline
		case len(on) == 0:
			name = "none of them"
		}
		id, err := s.add(name, edits)
		if err != nil {
			return err
		}
		f.Cells = append(f.Cells, id)
	}
	for j := range arms {
		for i, cell := range d.Cells {
			if cell.Has(j) {
				sides[j].On = append(sides[j].On, f.Cells[i])
			} else {
				sides[j].Off = append(sides[j].Off, f.Cells[i])
			}
		}
		if slices.Equal(sides[j].On, sides[j].Off) {
			sides[j].Absent = "all combinations with it and without it are the same programs here"
		}
	}
	p.Factorial, p.Comparisons = f, sides
	return nil
}

// planCurves makes the comparisons at every value of a curve's setting.
func (s *Study) planCurves() error {
	q := s.q
	if len(q.curves) > 0 && s.Plan.Factorial != nil {
		return diag.Errorf(BadDesign, q.curves[0].span, "a curve repeats comparisons of single tricks, not a design with factors").WithHelp("write `tricks …` in place of `factors …`, or a study of its own")
	}
	for _, t := range q.curves {
		c := PlannedCurve{Path: t.path}
		for _, v := range t.values {
			e, err := s.settingEdit(t.path, v, t.span)
			if err != nil {
				return err
			}
			base, err := s.add(baseline+", "+strings.TrimPrefix(EditText(e), "set "), []*canon.Edit{e})
			if err != nil {
				return err
			}
			pt := PlannedCurvePoint{Value: v.String(), Number: NaN(), Base: base}
			if v.Kind == model.Number {
				pt.Number = Number(v.Num)
			}
			for _, known := range s.Plan.Comparisons {
				arms, err := s.rearm(known)
				if err != nil {
					return err
				}
				pc, err := s.comparison(arms, []*canon.Edit{e})
				if err != nil {
					return err
				}
				pt.Comparisons = append(pt.Comparisons, pc)
			}
			c.Points = append(c.Points, pt)
		}
		s.Plan.Curves = append(s.Plan.Curves, c)
	}
	return nil
}

// rearm gives the arm of a planned comparison again, from the edits of its variants.
func (s *Study) rearm(c PlannedComparison) (*arm, error) {
	a := &arm{name: c.Name, state: c.State, title: c.Title, card: c.Card, paths: c.Paths, set: c.Settings, absent: c.Absent, isOn: c.State == "on"}
	a.on, a.off, a.onText, a.offText = s.programs[c.On[0]].edits, s.programs[c.Off[0]].edits, c.OnText, c.OffText
	return a, nil
}

// settingEdit is `set PATH = VALUE` with the place of the study's line.
func (s *Study) settingEdit(path string, v model.Value, span diag.Span) (*canon.Edit, error) {
	e, err := setEdit(path, v.String())
	if err != nil {
		return nil, err
	}
	e.Span, e.Sel.Span = span, span
	return e, nil
}

// checkTuning checks what tuning is by.
func (s *Study) checkTuning() {
	for _, t := range s.q.retunes {
		if !has(s.measured, t.by) && t.by != "gap" {
			d := s.q.errorf(BadRetune, t.span, "%s is not measured by these runs", t.by)
			if strings.HasPrefix(t.by, "valid.") && s.Base.Data.Find("split") != nil {
				d.WithHelp("hold out a part: `split valid = 10%%`")
			}
		}
	}
}

// maxGrid bounds the points of a grid: what is tuned in passing is not searched.
const maxGrid = 64

// tuningSeeds is the number of seeds that each point of a grid is tried on.
const tuningSeeds = 2

// planRetunes makes a grid of every variant that is compared.
func (s *Study) planRetunes() error {
	q, p := s.q, s.Plan
	if len(q.retunes) == 0 {
		return nil
	}
	grid := []gridPoint{{}}
	var paths []string
	for _, t := range q.retunes {
		paths = append(paths, t.path)
		var next []gridPoint
		for _, g := range grid {
			for i, v := range t.values {
				e, err := s.settingEdit(t.path, v, t.span)
				if err != nil {
					return err
				}
				text := v.String()
				if g.text != "" {
					text = g.text + ", " + text
				}
				next = append(next, gridPoint{text, concat(g.edits, []*canon.Edit{e}), g.edge || t.ranged && (i == 0 || i == len(t.values)-1)})
			}
		}
		grid = next
	}
	if len(grid) > maxGrid {
		return diag.Errorf(BadRetune, q.retunes[0].span, "the grid has %d points for every variant", len(grid)).WithHelp("give fewer points, or tune fewer settings: at most %d", maxGrid)
	}
	if len(grid) < 2 {
		return nil
	}
	p.RetuneBy = q.retunes[0].by
	p.RetuneLower = lower(p.RetuneBy, q.reported())
	// Where the comparison itself is on the valid part, tuning on the same seeds would favor what was tuned by them.
	from := s.seed
	if p.Metrics[0].Part != "test" {
		from += uint64(q.seeds)
	}
	for i := range min(tuningSeeds, q.seeds) {
		p.RetuneSeeds = append(p.RetuneSeeds, from+uint64(i))
	}
	s.grid, s.gridPaths = grid, paths
	for _, role := range p.roles() {
		if err := s.tune(role); err != nil {
			return err
		}
	}
	p.Notes = append(p.Notes, fmt.Sprintf("%s was tuned anew for every form, by %s on the %s part (%s)", strings.Join(paths, ", "), p.RetuneBy, strings.SplitN(p.RetuneBy, ".", 2)[0], count(len(p.RetuneSeeds), "seed")))
	return nil
}

// gridPoint is one point of the settings that are tuned.
type gridPoint struct {
	text  string
	edits []*canon.Edit
	edge  bool
}

// tune makes the grid of one variant.
func (s *Study) tune(role string) error {
	p := s.Plan
	defer func() { s.light = false }()
	name, edits := p.variant(role).Name, s.programs[role].edits
	r := PlannedRetune{Variant: role, Name: name, Paths: s.gridPaths}
	grids := map[string]bool{}
	for i, g := range s.grid {
		s.light = i > 0 && i < len(s.grid)-1
		id, err := s.add(name+", "+strings.Join(s.gridPaths, ", ")+" = "+g.text, concat(edits, g.edits))
		if err != nil {
			return err
		}
		grids[id] = true
		r.Points = append(r.Points, PlannedRetunePoint{g.text, id, g.edge})
	}
	p.Retunes = append(p.Retunes, r)
	for i := range p.Variants {
		if grids[p.Variants[i].ID] {
			p.Variants[i].Grid = true
		}
	}
	return nil
}

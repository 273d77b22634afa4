package study

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/gpu"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// Ask is what a command line asks of a program's study. Zero values leave a thing to the study section, and to the defaults
// where there is none.
type Ask struct {
	File    string
	Edits   []*canon.Edit // of the command line, applied to every variant
	Train   string
	Catalog *catalog.Catalog
	Reader  *data.Reader // shared by all variants; a new one where nil
	// ReadFile reads source files; os.ReadFile where nil.
	ReadFile func(string) ([]byte, error)

	// Section names the study section. With Any it may be absent: `netc ablate` works without one.
	Section string
	Any     bool
	// LeaveOneOut asks for each trick switched the other way whatever the section's design: its try, variant, factors, curve and
	// retune lines are left to `netc study`.
	LeaveOneOut bool
	Tricks      []string // selectors; in place of the section's
	// Retune are settings that are tuned anew for every form: "train.optimizer.lr" for values around the program's own,
	// "train.optimizer.lr=0.01..0.4" for five points of a range, evenly spread in the logarithm. A name alone is the optimizer's.
	Retune     []string
	Between    []string // two selectors: may one stand in for the other?
	Metrics    []string
	Margin     *float64
	Seeds      int
	Confirm    int // fresh seeds for what is found best
	Budget     time.Duration
	Alpha      float64
	Normal     bool // assume normal differences: the paired t test decides
	Sequential float64
	Device     *gpu.Pool // nil: the processor
	Versions   Versions
	Reproduce  []string
}

// DefaultSeeds is the number of pairs where nothing says how many: enough for one trick's verdict at 5%, with some to spare.
const DefaultSeeds = 8

// defaultMargin is the margin of accuracies where none is declared: half a point.
const defaultMargin = 0.005

// question is a study section read, with the command line's word over it.
type question struct {
	ask     *Ask
	base    *compiler.Program
	section *model.Section // nil: there is none
	node    *canon.Node
	diags   diag.List

	name       string
	train      string
	metrics    []metricAsk
	seeds      int
	confirm    int
	alpha      float64
	design     string
	order      int
	resolution int
	budget     time.Duration
	sequential float64
	vary       []string
	tricks     []located // selectors
	tries      []candidate
	factors    []located
	retunes    []tuning
	curves     []tuning
}

type metricAsk struct {
	name   string
	margin float64
	given  bool
	span   diag.Span
}

// located is a text of a study section with its place.
type located struct {
	text string
	span diag.Span
}

// candidate is a try or a variant: edits with a name.
type candidate struct {
	name    string
	edits   []*canon.Edit
	variant bool
	span    diag.Span
}

// tuning is a setting with values, of retune and curve.
type tuning struct {
	path   string
	values []model.Value
	ranged bool // the ends are ends of a range
	by     string
	span   diag.Span
}

func (q *question) errorf(code diag.Code, span diag.Span, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, span, format, args...)
	q.diags.Add(d)
	return d
}

// Sections names the study sections of a program, "" for one without a name.
func Sections(p *compiler.Program) []string {
	var names []string
	for _, s := range p.Studies {
		names = append(names, s.Name)
	}
	return names
}

// read finds the study section and reads it.
func read(ask *Ask, base *compiler.Program) (*question, error) {
	q := &question{ask: ask, base: base, train: ask.Train, seeds: ask.Seeds, confirm: ask.Confirm, alpha: ask.Alpha, design: "leave_one_out", order: 2, resolution: 4, budget: ask.Budget, sequential: ask.Sequential}
	if q.alpha == 0 {
		q.alpha = 0.05
	}
	if err := q.choose(); err != nil {
		return nil, err
	}
	q.name = programName(ask.File)
	if q.section != nil {
		if q.section.Name != "" && !ask.LeaveOneOut {
			q.name += "-" + q.section.Name
		}
		q.readSection()
	}
	q.override()
	if q.seeds == 0 {
		q.seeds = DefaultSeeds
	}
	return q, q.diags.Err()
}

func programName(file string) string {
	if i := strings.LastIndexAny(file, `/\`); i >= 0 {
		file = file[i+1:]
	}
	return strings.TrimSuffix(file, ".net")
}

// choose finds the study section that is meant.
func (q *question) choose() error {
	p := q.base
	var names []string
	at := -1
	for i, s := range p.Studies {
		names = append(names, s.Name)
		if s.Name == q.ask.Section && (s.Name != "" || at < 0) {
			at = i
		}
	}
	file := diag.Span{Start: diag.Pos{Filename: q.ask.File}}
	unnamed := 0
	for _, name := range names {
		if name == "" {
			unnamed++
		}
	}
	switch {
	case at >= 0 && q.ask.Section == "" && unnamed > 1:
		return diag.Errorf(NoSuchStudy, file, "%d study sections have no name, so none can be chosen", unnamed).
			WithHelp("name them: `study short { … }`")
	case at >= 0:
	case q.ask.Section != "":
		d := diag.Errorf(NoSuchStudy, file, "no study section is called %s", q.ask.Section)
		if near, ok := spell.Nearest(q.ask.Section, names); ok {
			d.WithHelp("did you mean %s?", near)
		} else if len(names) > 0 {
			d.WithHelp("there %s %s", isAre(len(names)), strings.Join(names, ", "))
		} else {
			d.WithHelp("the program has none")
		}
		return d
	case len(names) == 1:
		at = 0
	case q.ask.Any:
		return nil
	case len(names) == 0:
		return diag.Errorf(NoSuchStudy, file, "the program has no study section").
			WithHelp("netc ablate %s measures its tricks without one", q.ask.File)
	default:
		return diag.Errorf(NoSuchStudy, file, "the program has %d study sections", len(names)).
			WithHelp("choose one with --study: %s", strings.Join(names, ", "))
	}
	q.node = p.Canon.StudyNodes[at]
	q.section = build.Section(p.Canon, q.node, &q.diags)
	return q.diags.Err()
}

func (q *question) readSection() {
	s := q.section
	if n := s.Find("train"); n != nil && q.train == "" {
		q.train = n.Args.Text("name")
	}
	for _, n := range s.All("metric") {
		m := metricAsk{name: n.Args.Text("of"), span: n.Span}
		if v := n.Args["margin"]; v.IsSet() {
			m.margin, m.given = v.Num, true
			if v.Unit == "points" {
				m.margin /= 100
			}
		}
		q.metrics = append(q.metrics, m)
	}
	if n := s.Find("seeds"); n != nil && q.seeds == 0 {
		q.seeds = n.Args.Int("n")
	}
	if n := s.Find("vary"); n != nil {
		q.vary = n.Args.Texts("what")
	}
	if n := s.Find("tricks"); n != nil {
		q.tricks = texts(n.Args["names"])
	}
	if n := s.Find("budget"); n != nil {
		if v := n.Args["time"]; v.IsSet() && q.budget == 0 {
			q.budget = time.Duration(v.Num * float64(time.Second))
		}
		if stop := n.Args.Call("stop"); stop != nil && q.sequential == 0 {
			q.sequential = stop.Args.Num("error")
		}
	}
	q.readCandidates()
	if q.ask.LeaveOneOut {
		return
	}
	if n := s.Find("factors"); n != nil {
		q.factors = texts(n.Args["names"])
	}
	if n := s.Find("design"); n != nil {
		q.readDesign(n)
	} else if len(q.factors) > 0 {
		q.design = "factorial"
	}
	if n := s.Find("confirm"); n != nil && q.confirm == 0 {
		q.confirm = n.Args.Int("seeds")
	}
	for _, n := range s.All("retune") {
		q.readRetune(n)
	}
	for _, n := range s.All("curve") {
		q.curves = append(q.curves, tuning{path: n.Args.Text("path"), values: n.Args["values"].List, span: n.Span})
	}
}

func texts(v model.Value) []located {
	var list []located
	for _, x := range v.List {
		list = append(list, located{x.Str, x.Span})
	}
	return list
}

func (q *question) readDesign(n *model.Node) {
	q.design = n.Args.Text("kind")
	q.order, q.resolution = n.Args.Int("order"), n.Args.Int("resolution")
	switch q.design {
	case "halving", "greedy":
		q.errorf(diag.Code("N0401"), n.Span, "design %s is not carried out yet: %s", q.design, bySearch).WithHelp("take the line out to measure each trick")
	case "factorial", "fractional", "shapley":
		if len(q.factors) == 0 {
			q.errorf(BadDesign, n.Span, "design %s combines factors, and the section names none", q.design).WithHelp("factors dropout, norm, flip + crop")
		}
	default:
		if len(q.factors) > 0 {
			q.errorf(BadDesign, n.Span, "factors are for the designs factorial, fractional and shapley, not for %s", q.design).
				WithHelp("write `tricks …` in place of `factors …`, or choose such a design")
		}
	}
}

// readCandidates reads try and variant with the edits in their braces.
func (q *question) readCandidates() {
	var walk func(list []*canon.Node)
	walk = func(list []*canon.Node) {
		for _, n := range build.Active(list) {
			if n.Kind == canon.Group {
				walk(n.Body)
				continue
			}
			if n.Name != "try" && n.Name != "variant" || n.Edits == nil {
				continue
			}
			for _, s := range q.section.All(n.Name) {
				if s.Path != n.Path {
					continue
				}
				before := len(q.base.Diags)
				edits := q.base.Canon.ReadEdits(n.Edits.Stmts, n.Env)
				for _, d := range q.base.Diags[before:] {
					if d.Severity == diag.Error {
						q.diags.Add(d)
					}
				}
				q.tries = append(q.tries, candidate{s.Args.Text("name"), edits, n.Name == "variant", n.Span})
			}
		}
	}
	walk(q.node.Body)
	seen := map[string]diag.Span{}
	for _, c := range q.tries {
		if old, dup := seen[c.name]; dup {
			q.errorf(BadDesign, c.span, "two candidates are called %s", c.name).WithNote(old, "the first is here")
		}
		seen[c.name] = c.span
	}
}

// readRetune reads a grid.
func (q *question) readRetune(n *model.Node) {
	t := tuning{path: n.Args.Text("path"), by: n.Args.Text("by"), span: n.Span}
	if strings.HasPrefix(t.by, "test.") {
		q.errorf(BadRetune, n.Span, "retune looks at %s, but the test part is read once, at the end (rule 17)", t.by).
			WithHelp("by = valid.%s", strings.TrimPrefix(t.by, "test."))
	}
	over := n.Args["over"]
	if over.Kind == model.List {
		t.values = over.List
	} else {
		t.ranged = true
		lo, hi, points := over.List[0], over.List[1], n.Args.Int("points")
		switch {
		case points < 2:
			q.errorf(BadRetune, n.Span, "a range takes at least two points").WithHelp("points = 5")
		case !(lo.Num < hi.Num):
			q.errorf(BadRetune, n.Span, "the range %s goes nowhere", over).WithHelp("write the smaller number first")
		case n.Args.Bool("log") && lo.Num <= 0:
			q.errorf(BadRetune, n.Span, "a logarithmic range starts above zero, not at %s", lo)
		default:
			for i := range points {
				f := float64(i) / float64(points-1)
				x := lo.Num + f*(hi.Num-lo.Num)
				if n.Args.Bool("log") {
					x = lo.Num * math.Pow(hi.Num/lo.Num, f)
				}
				t.values = append(t.values, model.Value{Kind: model.Number, Num: rounded(x), Unit: lo.Unit, Span: n.Span})
			}
		}
	}
	if len(q.retunes) > 0 && q.retunes[0].by != t.by {
		q.errorf(BadRetune, n.Span, "two settings are tuned by different metrics, %s and %s", q.retunes[0].by, t.by).WithHelp("one metric chooses for the whole grid")
	}
	q.retunes = append(q.retunes, t)
}

// retuneFlag reads one --retune.
func (q *question) retuneFlag(text string) {
	path, over, ranged := strings.Cut(text, "=")
	if path = strings.TrimSpace(path); !strings.Contains(path, ".") {
		path = "train.optimizer." + path
	}
	span := diag.Span{Start: diag.Pos{Filename: "--retune", Line: 1, Column: 1}, End: diag.Pos{Filename: "--retune", Line: 1, Column: 1 + len(text), Offset: len(text)}}
	t := tuning{path: path, by: "valid.loss", ranged: true, span: span}
	add := func(x float64, unit string) {
		t.values = append(t.values, model.Value{Kind: model.Number, Num: rounded(x), Unit: unit, Span: span})
	}
	if ranged {
		from, to, ok := strings.Cut(over, "..")
		lo, err := strconv.ParseFloat(strings.TrimSpace(from), 64)
		hi, err2 := strconv.ParseFloat(strings.TrimSpace(to), 64)
		if !ok || err != nil || err2 != nil || !(lo > 0) || !(lo < hi) {
			q.errorf(BadRetune, span, "%s is no range of positive numbers", strings.TrimSpace(over)).WithHelp("--retune lr=0.01..0.4")
			return
		}
		for i := range 5 {
			add(lo*math.Pow(hi/lo, float64(i)/4), "")
		}
	} else {
		ref, list := parse.Selector("--retune", path)
		if list.HasErrors() {
			q.diags = append(q.diags, list...)
			return
		}
		v, err := q.base.Canon.Setting(ref, &canon.Evaluator{Program: q.base.Canon}, nil)
		var d *diag.Diagnostic
		switch {
		case errors.As(err, &d):
			q.diags.Add(d)
			return
		case err != nil || v.Kind != model.Number || !(v.Num > 0):
			q.errorf(BadRetune, span, "%s is not a positive number in this program", path).WithHelp("give the range: --retune %s=0.01..0.4", path)
			return
		}
		for _, f := range []float64{0.25, 0.5, 1, 2, 4} {
			add(v.Num*f, v.Unit)
		}
	}
	q.retunes = append(q.retunes, t)
}

// rounded gives a point of a grid three digits: what a person would have written.
func rounded(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		return x
	}
	return y
}

// override puts the command line over the section.
func (q *question) override() {
	a := q.ask
	if len(a.Tricks) > 0 {
		q.tricks = nil
		for _, t := range a.Tricks {
			q.tricks = append(q.tricks, located{t, diag.Span{Start: diag.Pos{Filename: "--trick", Line: 1, Column: 1}, End: diag.Pos{Filename: "--trick", Line: 1, Column: 1 + len(t), Offset: len(t)}}})
		}
	}
	if len(a.Metrics) > 0 {
		old := q.metrics
		q.metrics = nil
		for _, name := range a.Metrics {
			m := metricAsk{name: name, span: diag.Span{Start: diag.Pos{Filename: "--metric", Line: 1, Column: 1}}}
			for _, o := range old {
				if o.name == name {
					m = o
				}
			}
			q.metrics = append(q.metrics, m)
		}
	}
	for _, text := range a.Retune {
		q.retuneFlag(text)
	}
	if len(q.vary) == 0 {
		q.vary = []string{"init", "order", "augment", "masks"}
	}
	if q.alpha <= 0 || q.alpha >= 0.5 {
		q.errorf(BadDesign, diag.Span{}, "an error rate of %v makes no sense: it lies between 0 and 0.5", q.alpha).WithHelp("--alpha 0.05")
	}
}

// settle checks the metrics against what the runs measure, and chooses where the section names none.
func (q *question) settle(measured []string) []Metric {
	asked := q.metrics
	if len(asked) == 0 {
		asked = []metricAsk{{name: usual(measured)}}
	}
	var list []Metric
	for i, m := range asked {
		out, err := newMetric(m.name, measured, q.reported())
		if err != nil {
			d := q.errorf(BadMetric, m.span, "%v", err)
			if near, ok := closest(m.name, measured); ok {
				d.WithHelp("did you mean %s?", near)
			} else {
				d.WithHelp("they measure %s; `report` in the train section adds more", strings.Join(measured, ", "))
			}
			continue
		}
		out.Margin, out.MarginFrom = m.margin, "declared"
		if i == 0 && q.ask.Margin != nil {
			out.Margin, m.given = *q.ask.Margin, true
		}
		if !m.given {
			out.MarginFrom = "default"
			if out.Share {
				out.Margin = defaultMargin
			}
		}
		list = append(list, out)
	}
	return list
}

// reported are the metrics that the train section reports.
func (q *question) reported() []*model.Node {
	var list []*model.Node
	if n := q.base.Train.Find("report"); n != nil {
		for _, v := range n.Args["metrics"].List {
			if v.Call != nil {
				list = append(list, v.Call)
			}
		}
	}
	return list
}

// closest is the metric that a name was meant to be: test.acc is test.accuracy, acc too.
func closest(name string, measured []string) (string, bool) {
	for _, full := range []string{name, "test." + name, "valid." + name} {
		for _, m := range measured {
			if strings.HasPrefix(m, full) {
				return m, true
			}
		}
	}
	return spell.Nearest(name, measured)
}

// usual is the metric of a study that names none: accuracy, else rmse, else the loss, on the test part where there is one.
func usual(measured []string) string {
	for _, part := range []string{"test.", "valid.", "train."} {
		for _, name := range []string{"accuracy", "rmse", "loss"} {
			if has(measured, part+name) {
				return part + name
			}
		}
	}
	return "test.loss"
}

// enough warns when so few seeds cannot show anything, before any time is spent.
func (q *question) enough(questions int) string {
	if q.ask.Normal {
		return ""
	}
	alpha := q.alpha
	if q.sequential > 0 {
		alpha = q.sequential
	}
	need := stat.MinPairs(alpha, questions)
	if q.seeds >= need {
		return ""
	}
	what := "one question"
	if questions > 1 {
		what = fmt.Sprintf("%d questions at once", questions)
	}
	return fmt.Sprintf("%d seeds cannot decide %s: luck alone gives %d differences of one sign with probability %.2g. It takes %d seeds (--seeds %d)",
		q.seeds, what, q.seeds, stat.SignFlipFloor(q.seeds), need, need)
}

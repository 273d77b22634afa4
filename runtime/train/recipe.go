package train

import (
	"strings"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/optim"
	"github.com/netc-lang/netc/runtime/schedule"
)

// recipe is a train section read: what its settings ask for.
type recipe struct {
	rule       optim.Rule
	ruleNode   *model.Node
	schedule   *model.Node // nil: constant
	warmup     *model.Value
	clip       optim.Clip
	clipNode   *model.Node
	ema        *model.Node
	penalties  []penalty
	maxNorm    float64
	batch      int
	batchSpan  diag.Span
	shuffle    string // each_epoch, once, never
	epochs     int
	early      *early
	seed       uint64
	augment    []*model.Node
	report     []*model.Node
	examples   *model.Node
	checkpoint *model.Value
	precision  *model.Node // nil: fp32
}

// penalty is one l1, l2 or decay statement.
type penalty struct {
	kind string
	c    float64
	on   string
	node *model.Node
}

// early is an early(…) rule and where it stands.
type early struct {
	node     *model.Node
	on       string
	patience int
	delta    float64
	restore  bool
	lower    bool // less of the metric is better

	best      float64
	bestEpoch int // counted from 1; 0 before the first
	bad       int // epochs since
}

// Seed is the seed that a train section asks for.
func Seed(sec *model.Section) uint64 {
	if n := sec.Find("seed"); n != nil {
		return uint64(n.Args.Num("n"))
	}
	return 1
}

// Check finds the mistakes of a train section that typing its arguments does not: settings that are missing, or that
// contradict each other.
func Check(sec *model.Section) diag.List {
	_, list := read(sec)
	return list
}

// read turns a section into a recipe. All mistakes are found, not only the first.
func read(sec *model.Section) (*recipe, diag.List) {
	var list diag.List
	need := func(name, example string) *model.Node {
		n := sec.Find(name)
		if n == nil {
			list.Add(diag.Errorf(MissingSetting, sec.Span, "the train section has no %s", name).WithHelp("add a line such as `%s`", example))
		}
		return n
	}
	r := &recipe{seed: Seed(sec), schedule: call(sec.Find("schedule"), "curve"), ema: sec.Find("ema"), examples: sec.Find("examples"),
		precision: sec.Find("precision")}
	if n := need("optimizer", "optimizer adamw(lr = 1e-3)"); n != nil {
		r.ruleNode = call(n, "rule")
		rule, err := optim.NewRule(r.ruleNode)
		if err != nil {
			list.Add(diag.Errorf(MissingSetting, n.Span, "%v", err))
		}
		r.rule = rule
		if m := r.ruleNode.Args; m.Bool("nesterov") && m.Num("momentum") == 0 {
			list.Add(diag.Errorf(NesterovAlone, r.ruleNode.Span, "nesterov looks ahead along the momentum, and there is none").
				WithHelp("write sgd(lr = %s, momentum = 0.9, nesterov)", m["lr"]))
		}
	}
	if n := need("batch", "batch 64"); n != nil {
		r.batch, r.batchSpan = n.Args.Int("size"), n.Span
	}
	r.shuffle = "each_epoch"
	if n := sec.Find("shuffle"); n != nil {
		r.shuffle = n.Args.Text("when")
	}
	if n := need("epochs", "epochs 10"); n != nil {
		r.epochs = n.Args.Int("n")
	}
	if n := sec.Find("warmup"); n != nil {
		v := n.Args["length"]
		if !v.Span.Start.IsValid() {
			v.Span = n.Span
		}
		r.warmup = &v
	}
	if n := sec.Find("checkpoint"); n != nil {
		v := n.Args["every"]
		r.checkpoint = &v
	}
	if r.clipNode = sec.Find("clip"); r.clipNode != nil {
		c, err := optim.NewClip(call(r.clipNode, "by"))
		if err != nil {
			list.Add(diag.Errorf(MissingSetting, r.clipNode.Span, "%v", err))
		}
		r.clip = c
	}
	for _, kind := range []string{"l1", "l2", "decay"} {
		for _, n := range sec.All(kind) {
			r.penalties = append(r.penalties, penalty{kind, n.Args.Num("c"), n.Args.Text("on"), n})
		}
	}
	if r.rule != nil && r.rule.Decay() > 0 {
		if n := sec.Find("decay"); n != nil {
			list.Add(diag.Errorf(TwoDecays, n.Span, "%s decays weights already, so they would decay twice", r.ruleNode.Name).
				WithNote(r.ruleNode.Span, "its weight_decay is %s", model.FormatNumber(r.rule.Decay())).
				WithHelp("keep one: `optimizer adam` with this line, or %s without it", r.ruleNode.Name))
		}
		r.penalties = append(r.penalties, penalty{"decay", r.rule.Decay(), "weights", r.ruleNode})
	}
	if n := sec.Find("max_norm"); n != nil {
		r.maxNorm = n.Args.Num("c")
	}
	if n := sec.Find("stop"); n != nil {
		e := call(n, "rule")
		r.early = &early{node: e, on: e.Args.Text("on"), patience: e.Args.Int("patience"), delta: e.Args.Num("min_delta"), restore: e.Args.Bool("restore")}
		if !e.Span.Start.IsValid() {
			e.Span = n.Span
		}
	}
	if n := sec.Find("augment"); n != nil {
		r.augment = n.Body
	}
	if n := sec.Find("report"); n != nil {
		for _, v := range n.Args["metrics"].List {
			if v.Call != nil {
				r.report = append(r.report, v.Call)
			}
		}
	}
	if r.early != nil {
		r.early.lower = metric.Lower(r.early.on, r.report...)
	}
	return r, list
}

// multiplies is the precision of matrix products.
func (r *recipe) multiplies() string {
	if r.precision == nil {
		return "fp32"
	}
	return r.precision.Args.Text("format")
}

// call is the constructor that a statement holds in an argument, or nil for no statement.
func call(n *model.Node, arg string) *model.Node {
	if n == nil {
		return nil
	}
	return n.Args.Call(arg)
}

// chosen reports whether a parameter of that role is meant by `on = words`.
func chosen(words string, role network.Role) bool {
	switch words {
	case "weights":
		return role == network.Weight || role == network.Embedding
	case "biases":
		return role == network.Bias
	case "norms":
		return role == network.NormScale || role == network.NormShift
	case "embeddings":
		return role == network.Embedding
	}
	return true
}

// segment is what the recipe asks for one parameter.
func (r *recipe) segment(p *network.Param, from int) optim.Segment {
	s := optim.Segment{Name: p.Name, From: from, To: from + p.Size(), Units: 1, Rate: p.Rate, Frozen: p.Frozen}
	if len(p.Shape) > 0 {
		s.Units = p.Shape.Last()
	}
	for _, q := range r.penalties {
		if !chosen(q.on, p.Role) {
			continue
		}
		switch q.kind {
		case "l1":
			s.L1 += q.c
		case "l2":
			s.L2 += q.c
		case "decay":
			s.Decay += q.c
		}
	}
	if p.Role == network.Weight {
		s.MaxNorm = r.maxNorm
	}
	return s
}

// checkWatched says whether a metric path such as valid.loss can be watched, given the values that an epoch has. who names the
// setting in messages.
func checkWatched(path, who string, at diag.Span, has func(path string) bool, names []string) *diag.Diagnostic {
	part, _, _ := strings.Cut(path, ".")
	switch {
	case part == "test":
		return diag.Errorf(WatchesTest, at, "%s watches %s, but the test part is read once, at the end", who, path).
			WithHelp("watch valid.%s", strings.TrimPrefix(path, "test."))
	case has(path):
		return nil
	}
	d := diag.Errorf(WatchesNothing, at, "%s watches %s, which this run does not measure", who, path)
	if part == "valid" && !hasPrefix(names, "valid.") {
		return d.WithHelp("hold out a part: `split valid = 10%%` in the data section")
	}
	return d.WithHelp("it measures %s; `report` adds more", strings.Join(names, ", "))
}

func hasPrefix(names []string, prefix string) bool {
	for _, n := range names {
		if strings.HasPrefix(n, prefix) {
			return true
		}
	}
	return false
}

// observe takes the watched metric at the end of an epoch (counted from 1). It reports whether this epoch is
// the best so far and whether it is time to stop.
func (e *early) observe(epoch int, value float64) (best, stop bool) {
	better := value > e.best+e.delta
	if e.lower {
		better = value < e.best-e.delta
	}
	if e.bestEpoch == 0 || better {
		e.best, e.bestEpoch, e.bad = value, epoch, 0
		return true, false
	}
	e.bad++
	return false, e.bad >= e.patience
}

func (e *early) state() []float64 {
	return []float64{e.best, float64(e.bestEpoch), float64(e.bad)}
}

func (e *early) setState(s []float64) { e.best, e.bestEpoch, e.bad = s[0], int(s[1]), int(s[2]) }

// checkpointEvery is the number of steps between checkpoints.
func (r *recipe) checkpointEvery(total, perEpoch int64) int64 {
	if r.checkpoint == nil {
		return perEpoch
	}
	return max(1, schedule.Steps(*r.checkpoint, total, perEpoch))
}

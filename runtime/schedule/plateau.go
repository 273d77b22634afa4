package schedule

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Schedule, Name: "plateau",
		Doc: "Multiplies the learning rate by factor when a metric has not improved for more than `patience` epochs, " +
			"then counts anew. An improvement is a change for the better by more than min_delta times the best value (its size).",
		Params: []catalog.Param{
			{Name: "factor", Doc: "What the rate is multiplied by.", Type: catalog.Num().Above(0).Below(1), Default: catalog.N(0.1), Positional: true},
			{Name: "patience", Doc: "Epochs without improvement that are borne.", Type: catalog.Int().AtLeast(0).WithUnits("epochs"), Default: catalog.NUnit(10, "epochs")},
			{Name: "on", Doc: "The metric that is watched: valid.loss, valid.accuracy, train.loss …", Type: catalog.Path(), Default: &model.Value{Kind: model.PathRef, Str: "valid.loss"}},
			{Name: "min_delta", Doc: "Smallest relative change that counts as an improvement.", Type: catalog.NonNegative(), Default: catalog.N(1e-4)},
			{Name: "min", Doc: "Lower bound of the rate, as a share of the base rate.", Type: catalog.Probability(), Default: catalog.N(0)},
		},
		Foreign: []string{"reduce_on_plateau", "ReduceLROnPlateau"},
	},
	make: func(n *model.Node, _ Span) (curve, diag.List) {
		return &plateau{
			by: n.Args.Num("factor"), patience: n.Args.Int("patience"), on: n.Args.Text("on"),
			delta: n.Args.Num("min_delta"), min: n.Args.Num("min"), now: 1, best: math.NaN(),
		}, nil
	},
})

type plateau struct {
	by, delta, min float64
	patience       int
	on             string

	now  float64 // factor in force
	best float64 // best value so far; NaN before the first
	bad  int     // epochs without improvement
}

func (p *plateau) factor(int64) float64 { return p.now }

func (p *plateau) observe(value float64, lower bool) bool {
	better := value > p.best+p.delta*math.Abs(p.best)
	if lower {
		better = value < p.best-p.delta*math.Abs(p.best)
	}
	if better || math.IsNaN(p.best) {
		p.best, p.bad = value, 0
		return false
	}
	p.bad++
	if p.bad <= p.patience {
		return false
	}
	p.bad = 0
	next := math.Max(p.now*p.by, p.min)
	fired := next < p.now
	p.now = next
	return fired
}

func (p *plateau) state() []float64 { return []float64{p.now, p.best, float64(p.bad)} }

func (p *plateau) restore(s []float64) { p.now, p.best, p.bad = s[0], s[1], int(s[2]) }

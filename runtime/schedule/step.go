package schedule

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Schedule, Name: "step",
		Doc: "Multiplies the learning rate by factor at each milestone: step(at = [50%, 75%], factor = 0.1). A milestone in % " +
			"is a share of the steps that the schedule fills (all but the warmup); epochs and steps count from the start of the run.",
		Params: []catalog.Param{
			{Name: "at", Doc: "The milestones.", Type: catalog.ListOf(catalog.Length().NeedsUnit()), Positional: true},
			{Name: "factor", Doc: "What each milestone multiplies the rate by.", Type: catalog.Positive(), Default: catalog.N(0.1), Positional: true},
		},
		Foreign: []string{"multistep", "multi_step", "piecewise"},
	},
	make: func(n *model.Node, s Span) (curve, diag.List) {
		var list diag.List
		c := steps{by: n.Args.Num("factor")}
		at := n.Args["at"]
		values := at.List
		if at.Kind != model.List {
			values = []model.Value{at}
		}
		for _, v := range values {
			m := s.milestone(v)
			if m >= s.Total {
				place := v.Span
				if !place.Start.IsValid() {
					place = n.Span
				}
				list.Add(diag.Warnf(LateMilestone, place, "the milestone at %s (step %d) is not reached in a run of %d steps", v, m, s.Total).
					WithHelp("give milestones as shares of the run: step(at = [50%%, 75%%])"))
			}
			c.at = append(c.at, m)
		}
		return c, list
	},
})

type steps struct {
	at []int64
	by float64
}

func (c steps) factor(step int64) float64 {
	passed := 0
	for _, m := range c.at {
		if step >= m {
			passed++
		}
	}
	return math.Pow(c.by, float64(passed))
}

package schedule

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Schedule, Name: "one_cycle",
		Doc: "Up and down once: along half a cosine from lr/div_factor to lr in the first `pct_start` of the steps, then along another " +
			"from lr to lr/(div_factor*final_div_factor) at the last step. The optimizer's lr is the peak (PyTorch's max_lr); momentum stays as it is.",
		Paper: "Smith and Topin 2018, arXiv:1708.07120",
		Params: []catalog.Param{
			{Name: "pct_start", Doc: "Share of the steps in which the rate rises.", Type: catalog.Num().Above(0).Below(1).WithUnits("%"), Default: catalog.NUnit(0.3, "%"), Positional: true},
			{Name: "div_factor", Doc: "What the peak is divided by at the start.", Type: catalog.Num().AtLeast(1), Default: catalog.N(25)},
			{Name: "final_div_factor", Doc: "What the starting rate is divided by at the end.", Type: catalog.Num().AtLeast(1), Default: catalog.N(1e4)},
		},
		Foreign: []string{"onecycle", "super_convergence"},
	},
	make: func(n *model.Node, s Span) (curve, diag.List) {
		return oneCycle{s, n.Args.Num("pct_start"), n.Args.Num("div_factor"), n.Args.Num("final_div_factor")}, nil
	},
})

type oneCycle struct {
	Span
	rise, div, finalDiv float64
}

func (c oneCycle) factor(step int64) float64 {
	last := float64(c.Total - c.From - 1) // the step at which the cycle is complete
	top := c.rise*(last+1) - 1            // the step of the peak, as PyTorch counts it
	i := float64(step - c.From)
	low := 1 / c.div
	switch {
	case i <= top && top > 0:
		return between(low, 1, i/top)
	case last > top:
		return between(1, low/c.finalDiv, (i-top)/(last-top))
	}
	return 1
}

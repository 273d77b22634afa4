package augment

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name: "mixup",
		Doc: "Blends an example and its target with those of a random example of the batch: t x + (1-t) x', with t drawn from Beta(alpha, alpha). " +
			"Each example draws its own t and its own partner (any example of the batch, itself included), as the paper's definition has it; its published code shares one t in a batch.",
		Paper: "Zhang et al. 2018, ICLR (arXiv:1710.09412)",
		Params: []catalog.Param{
			{Name: "alpha", Doc: "both parameters of the Beta distribution: small values mostly leave examples alone, 1 makes every blend equally likely", Positional: true,
				Type: catalog.Positive(), Default: catalog.N(0.2)},
			chance(1),
		},
	},
	make: func(n *model.Node, in input) (any, *diag.Diagnostic) {
		if problem := noCategories(n, in); problem != nil {
			return nil, problem
		}
		return mixup{n.Args.Num("alpha"), n.Args.Num("p")}, nil
	},
})

// noCategories refuses to blend what cannot be blended.
func noCategories(n *model.Node, in input) *diag.Diagnostic {
	if in.categories == 0 {
		return nil
	}
	return diag.Errorf(CannotMixCategories, n.Span, "%s cannot blend the %d category columns of this data", n.Name, in.categories).
		WithHelp("remove %s; for numbers of a table there is jitter", n.Name)
}

type mixup struct{ alpha, p float64 }

func (m mixup) mix(v *View, draw drawer, s *Scratch) int {
	features := len(v.X) / v.N
	x, y := s.x[:len(v.X)], s.y[:len(v.Y)]
	copy(x, v.X)
	copy(y, v.Y)
	acted := 0
	for i := range v.N {
		draws := draw.series(v.IDs[i])
		if !happens(&draws, m.p) {
			continue
		}
		j := int(draws.IntN(uint32(v.N)))
		t := float32(draws.Beta(m.alpha))
		if j == i {
			continue
		}
		blend(v.X[i*features:(i+1)*features], x[j*features:], t)
		blend(v.Y[i*v.K:(i+1)*v.K], y[j*v.K:], t)
		acted++
	}
	return acted
}

// blend turns a into t a + (1-t) b.
func blend(a, b []float32, t float32) {
	u := 1 - t
	for i := range a {
		a[i] = float32(t*a[i]) + float32(u*b[i])
	}
}

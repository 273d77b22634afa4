package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/op"
)

// Loss is a per-example loss: the operation of its name, with its parameters.
type Loss struct {
	catalog.Signature
	Classes bool // it is for a class target, with one logit a class
	Attrs   func(args map[string]float64, smoothing float64) op.Loss
	Smooths bool // label smoothing applies
}

var losses = []*Loss{
	{Signature: catalog.Signature{Name: "cross_entropy", Paper: "Bridle 1990",
		Doc:     "Negative log-likelihood of the softmax of logits against the class. The network ends in `dense classes`, without softmax.",
		Foreign: []string{"CrossEntropyLoss", "softmax_cross_entropy", "categorical_crossentropy", "crossentropy", "nll"}},
		Classes: true, Smooths: true,
		Attrs: func(_ map[string]float64, e float64) op.Loss { return op.Loss{Smoothing: e} }},
	{Signature: catalog.Signature{Name: "bce",
		Doc:     "Binary cross-entropy of the sigmoid of each logit against its target in [0, 1], averaged over outputs.",
		Foreign: []string{"binary_cross_entropy", "BCEWithLogitsLoss", "binary_crossentropy"}},
		Smooths: true,
		Attrs:   func(_ map[string]float64, e float64) op.Loss { return op.Loss{Smoothing: e} }},
	{Signature: catalog.Signature{Name: "mse", Doc: "Mean squared error over outputs.", Foreign: []string{"MSELoss", "l2_loss", "mean_squared_error"}},
		Attrs: func(map[string]float64, float64) op.Loss { return op.Loss{} }},
	{Signature: catalog.Signature{Name: "mae", Doc: "Mean absolute error over outputs.", Foreign: []string{"L1Loss", "mean_absolute_error"}},
		Attrs: func(map[string]float64, float64) op.Loss { return op.Loss{} }},
	{Signature: catalog.Signature{Name: "huber", Doc: "Quadratic up to delta, linear beyond, averaged over outputs.", Paper: "Huber 1964, Ann. Math. Statist. 35(1)",
		Params:  []catalog.Param{{Name: "delta", Doc: "Where quadratic turns linear, in units of the (scaled) target.", Type: catalog.Positive(), Default: catalog.N(1), Positional: true}},
		Foreign: []string{"HuberLoss", "smooth_l1"}},
		Attrs: func(a map[string]float64, _ float64) op.Loss { return op.Loss{Delta: a["delta"]} }},
}

// GetLoss returns a loss by name, or nil.
func GetLoss(name string) *Loss {
	for _, l := range losses {
		if l.Name == name {
			return l
		}
	}
	return nil
}

func lossSignatures() []catalog.Signature {
	list := []catalog.Signature{
		{Kind: catalog.Train, Name: "loss", Many: true,
			Doc: "What training makes small. Several add up; `on` names the head that each is held against.",
			Params: []catalog.Param{
				{Name: "kind", Doc: "The loss.", Type: catalog.New(catalog.Loss), Positional: true},
				{Name: "on", Doc: "The head.", Type: catalog.Name(), Default: catalog.Nothing()},
				{Name: "weight", Doc: "Factor in the sum.", Type: catalog.NonNegative(), Default: catalog.N(1)},
				{Name: "target", Doc: "A named point of the flow to be rebuilt, in place of the data's target.", Type: catalog.Name(), Default: catalog.Nothing()},
			}},
		{Kind: catalog.Train, Name: "label_smoothing", Paper: "Szegedy et al. 2016, CVPR",
			Doc:    "Targets are mixed with the uniform distribution: (1 - e) * target + e / classes. In training only.",
			Params: []catalog.Param{{Name: "e", Doc: "Share of the uniform distribution.", Type: catalog.Fraction(), Positional: true}}},
	}
	for _, l := range losses {
		l.Kind = catalog.Loss
		list = append(list, l.Signature)
	}
	return list
}

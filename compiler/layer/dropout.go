package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

var _ = register(&Def{
	Signature: catalog.Signature{Name: "dropout",
		Doc:     "In training, zeroes each element with probability p and scales the others by 1/(1-p); evaluation leaves everything as it is.",
		Params:  []catalog.Param{{Name: "p", Doc: "Probability of dropping.", Type: catalog.Fraction(), Positional: true}},
		Paper:   "Srivastava et al. 2014, JMLR 15:1929-1958",
		Foreign: []string{"Dropout", "drop"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.numbers(); d != nil {
			return nil, d
		}
		p := s.Node.Args.Num("p")
		if s.Net.Mode == network.Evaluation || p == 0 {
			return s.X, nil
		}
		return s.apply("dropout", op.Dropout{P: p, Rescale: true, Path: s.Node.Path}, s.X), nil
	},
})

func noiseSignatures() []catalog.Signature {
	return []catalog.Signature{
		{Kind: catalog.Noise, Name: "gaussian", Doc: "Adds normal noise.", Paper: "Bishop 1995, Neural Computation 7(1)",
			Params: []catalog.Param{{Name: "std", Doc: "Standard deviation.", Type: catalog.NonNegative(), Positional: true}}},
		{Kind: catalog.Noise, Name: "mask", Doc: "Zeroes a share of the elements without rescaling.", Paper: "Vincent et al. 2010, JMLR 11",
			Params: []catalog.Param{{Name: "p", Doc: "Probability of zeroing.", Type: catalog.Fraction(), Positional: true}}},
	}
}

var _ = register(&Def{
	Signature: catalog.Signature{Name: "noise",
		Doc:     "In training, disturbs each element; evaluation leaves everything as it is.",
		Params:  []catalog.Param{{Name: "kind", Doc: "The disturbance.", Type: catalog.New(catalog.Noise), Positional: true}},
		Foreign: []string{"GaussianNoise"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.numbers(); d != nil {
			return nil, d
		}
		kind := s.Node.Args.Call("kind")
		if s.Net.Mode == network.Evaluation {
			return s.X, nil
		}
		if kind.Name == "gaussian" {
			if std := kind.Args.Num("std"); std > 0 {
				return s.apply("gauss", op.Gauss{Std: std, Path: s.Node.Path}, s.X), nil
			}
			return s.X, nil
		}
		if p := kind.Args.Num("p"); p > 0 {
			return s.apply("dropout", op.Dropout{P: p, Path: s.Node.Path}, s.X), nil
		}
		return s.X, nil
	},
})

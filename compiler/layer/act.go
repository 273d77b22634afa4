package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

// activation is a function applied to each element. The operation has its name; Param, where there is one, is its Alpha.
type activation struct {
	name, doc, paper string
	param            *catalog.Param
	foreign          []string
}

var activations = []activation{
	{name: "relu", doc: "max(x, 0).", paper: "Nair and Hinton 2010, ICML", foreign: []string{"ReLU"}},
	{name: "leaky_relu", doc: "x where positive, else slope * x.", paper: "Maas et al. 2013, ICML workshop",
		param:   &catalog.Param{Name: "slope", Doc: "Slope below 0.", Type: catalog.NonNegative(), Default: catalog.N(0.01), Positional: true},
		foreign: []string{"lrelu", "LeakyReLU", "leaky"}},
	{name: "elu", doc: "x where positive, else alpha * (exp(x) - 1).", paper: "Clevert et al. 2016, ICLR",
		param: &catalog.Param{Name: "alpha", Doc: "Minus the value that is approached far below 0.", Type: catalog.NonNegative(), Default: catalog.N(1), Positional: true}, foreign: []string{"ELU"}},
	{name: "gelu", doc: "x * Phi(x), with the exact normal distribution function.", paper: "Hendrycks and Gimpel 2016, arXiv:1606.08415", foreign: []string{"GELU"}},
	{name: "silu", doc: "x * sigmoid(x).", paper: "Elfwing et al. 2018, Neural Networks 107", foreign: []string{"swish", "SiLU"}},
	{name: "tanh", doc: "Hyperbolic tangent.", foreign: []string{"Tanh"}},
	{name: "sigmoid", doc: "1 / (1 + exp(-x)).", foreign: []string{"logistic", "Sigmoid"}},
	{name: "softplus", doc: "log(1 + exp(x)).", paper: "Dugas et al. 2001, NIPS", foreign: []string{"Softplus"}},
}

func activationSignatures() []catalog.Signature {
	var list []catalog.Signature
	for _, a := range activations {
		s := catalog.Signature{Kind: catalog.Activation, Name: a.name, Doc: a.doc, Paper: a.paper, Foreign: a.foreign}
		if a.param != nil {
			s.Params = []catalog.Param{*a.param}
		}
		list = append(list, s)
	}
	return list
}

var _ = register(&Def{
	Signature: catalog.Signature{Name: "act",
		Doc:     "Applies an activation function to each element; shapes stay.",
		Params:  []catalog.Param{{Name: "kind", Doc: "The function.", Type: catalog.New(catalog.Activation), Positional: true}},
		Foreign: []string{"activation", "nonlinearity"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.numbers(); d != nil {
			return nil, d
		}
		call := s.Node.Args.Call("kind")
		alpha := 0.0
		for _, v := range call.Args {
			alpha = v.Num
		}
		return s.apply(call.Name, op.Unary{Alpha: alpha}, s.X), nil
	},
})

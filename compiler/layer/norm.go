package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

func normSignatures() []catalog.Signature {
	eps := catalog.Param{Name: "eps", Doc: "Added to the variance.", Type: catalog.Positive(), Default: catalog.N(1e-5)}
	return []catalog.Signature{
		{Kind: catalog.Norm, Name: "batch", Paper: "Ioffe and Szegedy 2015, ICML",
			Doc: "Per channel over the batch and the image. Evaluation uses running averages.",
			Params: []catalog.Param{
				{Name: "decay", Doc: "Share of the running averages that stays at each step (PyTorch's momentum is 1 - decay).",
					Type: catalog.Probability(), Default: catalog.N(0.9)}, eps}},
		{Kind: catalog.Norm, Name: "layer", Paper: "Ba et al. 2016, arXiv:1607.06450", Doc: "Per example over everything in it.", Params: []catalog.Param{eps}},
		{Kind: catalog.Norm, Name: "group", Paper: "Wu and He 2018, ECCV", Doc: "Per example over groups of channels.",
			Params: []catalog.Param{{Name: "groups", Doc: "Number of groups of channels.", Type: catalog.Count(), Default: catalog.N(8), Positional: true}, eps}},
	}
}

var _ = register(&Def{
	Signature: catalog.Signature{Name: "norm",
		Doc:     "Normalizes to mean 0 and variance 1, then scales and shifts each channel by learned factors; shapes stay.",
		Params:  []catalog.Param{{Name: "kind", Doc: "Over what.", Type: catalog.New(catalog.Norm), Positional: true}},
		Foreign: []string{"batchnorm", "batch_norm", "BatchNorm2d", "BatchNormalization", "layernorm", "layer_norm", "normalize"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.numbers(); d != nil {
			return nil, d
		}
		kind := s.Node.Args.Call("kind")
		c := s.X.Dims.Last()
		a := op.Moments{Over: kind.Name, Eps: kind.Args.Num("eps")}
		if kind.Name == "group" {
			a.Groups = kind.Args.Int("groups")
			if c%a.Groups != 0 {
				return nil, s.errorf(CodeFit, "%d groups do not divide %d channels", a.Groups, c).WithHelp("take a number of groups that divides the channels")
			}
		}
		constant := func(name, init string, role network.Role) *network.Value {
			return s.Param(&network.Param{Name: s.Node.Path + "." + name, Shape: op.Shape{c}, Role: role, FanIn: 1, FanOut: 1,
				Init: &model.Node{Name: init, Args: model.Args{}}, Span: s.Node.Span})
		}
		gamma, beta := constant("scale", "ones", network.NormScale), constant("shift", "zeros", network.NormShift)
		if kind.Name != "batch" {
			return s.apply("normalize", a, s.X, s.apply("moments", a, s.X), gamma, beta), nil
		}
		state := &network.Param{Name: s.Node.Path + ".moments", Shape: op.Shape{2, c}, Span: s.Node.Span,
			Init: &model.Node{Name: "moments", Args: model.Args{}}}
		running := s.State(state)
		if s.Net.Mode == network.Evaluation {
			return s.apply("normalize_fixed", a, s.X, running, gamma, beta), nil
		}
		m := s.apply("moments", a, s.X)
		n := float64(s.X.Dims.Size() / c)
		if n < 2 {
			return nil, s.errorf(CodeFit, "batch normalization needs more than one value a channel, and a batch of %d gives one", s.Net.Batch).
				WithHelp("take a larger batch, or norm layer")
		}
		s.Update(state.Name, s.apply("track", op.Track{Decay: kind.Args.Num("decay"), Unbias: n / (n - 1)}, running, m))
		return s.apply("normalize", a, s.X, m, gamma, beta), nil
	},
})

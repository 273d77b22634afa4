package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

var _ = register(&Def{
	Signature: catalog.Signature{Name: "conv",
		Doc: "Convolution (cross-correlation) with learned kernels. [N, H, W, C] -> [N, H', W', channels]; weights [kernel, kernel, C/groups, channels].",
		Params: []catalog.Param{
			{Name: "channels", Doc: "Number of output channels.", Type: catalog.Count(), Positional: true},
			kernelParam, strideParam, padParam,
			{Name: "dilation", Doc: "Distance between the cells of the window.", Type: pair, Default: catalog.N(1)},
			{Name: "groups", Doc: "Channels are split into so many groups that do not see each other.", Type: catalog.Count(), Default: catalog.N(1)},
			biasParam,
		},
		Paper:   "LeCun et al. 1989, Neural Computation 1(4)",
		Foreign: []string{"conv2d", "Conv2d", "Conv2D", "convolution", "convolutional"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.images(); d != nil {
			return nil, d
		}
		w, d := s.window()
		if d != nil {
			return nil, d
		}
		in, out, groups := s.X.Dims[3], s.Node.Args.Int("channels"), s.Node.Args.Int("groups")
		if in%groups != 0 || out%groups != 0 {
			return nil, s.errorf(CodeFit, "%d groups do not divide %d input and %d output channels", groups, in, out).
				WithHelp("take a number of groups that divides both")
		}
		a := op.Conv{Window: w, Groups: groups, H: s.X.Dims[1], W: s.X.Dims[2], InChannels: in}
		area := w.KH * w.KW
		k := s.weight("weight", network.Weight, area*in/groups, area*out/groups, w.KH, w.KW, in/groups, out)
		y := s.apply("conv2d", a, s.X, k)
		if b := s.bias(out); b != nil {
			y = s.apply("bias", nil, y, b)
		}
		return y, nil
	},
})

package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

var _ = register(&Def{
	Signature: catalog.Signature{Name: "pool",
		Doc: "Maximum or average over windows of each channel. [N, H, W, C] -> [N, H', W', C]; with global, over the whole image: [N, C].",
		Params: []catalog.Param{
			{Name: "kind", Doc: "max or average.", Type: catalog.Word("max", "average"), Positional: true},
			{Name: "kernel", Doc: "Height and width of the window.", Type: pair, Default: catalog.N(2)},
			{Name: "stride", Doc: "Step of the window; the kernel by default.", Type: pair, Default: catalog.Nothing()},
			padParam,
			{Name: "global", Doc: "Over the whole image; the result is a row of channels.", Type: catalog.Flag(), Default: catalog.B(false)},
			{Name: "count_border", Doc: "An average divides by the whole window also at the border.", Type: catalog.Flag(), Default: catalog.B(false)},
		},
		Foreign: []string{"maxpool", "avgpool", "max_pool", "avg_pool", "MaxPool2d", "AvgPool2d", "MaxPooling2D"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.images(); d != nil {
			return nil, d
		}
		average := s.Node.Args.Text("kind") == "average"
		if s.Node.Args.Bool("global") {
			name := "max_space"
			if average {
				name = "mean_space"
			}
			return s.apply(name, op.Space{H: s.X.Dims[1], W: s.X.Dims[2]}, s.X), nil
		}
		w, d := s.window()
		if d != nil {
			return nil, d
		}
		a := op.Pool{Window: w, CountBorder: s.Node.Args.Bool("count_border"), H: s.X.Dims[1], W: s.X.Dims[2]}
		if average {
			return s.apply("pool_avg", a, s.X), nil
		}
		return s.apply("pool_max", a, s.X), nil
	},
})

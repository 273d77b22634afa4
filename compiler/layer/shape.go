package layer

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

var _ = register(&Def{
	Signature: catalog.Signature{Name: "flatten",
		Doc:     "Images become rows: [N, H, W, C] -> [N, H*W*C]; rows stay as they are.",
		Foreign: []string{"Flatten", "reshape"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.numbers(); d != nil {
			return nil, d
		}
		if len(s.X.Dims) == 2 {
			return s.X, nil
		}
		return s.apply("reshape", op.Reshape{D1: s.X.Dims[1:].Size()}, s.X), nil
	},
})

var _ = register(&Def{
	Signature: catalog.Signature{Name: "pad_channels",
		Doc:    "Appends channels of zeros, half before and half behind (the odd one behind), until there are as many as asked for.",
		Params: []catalog.Param{{Name: "channels", Doc: "Number of channels in all.", Type: catalog.Count(), Positional: true}},
		Paper:  "He et al. 2015, arXiv:1512.03385, section 3.3, option A"},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.numbers(); d != nil {
			return nil, d
		}
		have, want := s.X.Dims.Last(), s.Node.Args.Int("channels")
		if want < have {
			return nil, s.errorf(CodeFit, "pad_channels %d: %s enters, which has more channels already", want, Text(s.X.Dims)).
				WithHelp("use conv %d, kernel = 1 to have fewer channels", want)
		}
		if want == have {
			return s.X, nil
		}
		from := (want - have) / 2
		return s.apply("pad_last", op.Slice{From: from, To: from + have, Width: want}, s.X), nil
	},
})

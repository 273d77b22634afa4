package layer

import (
	"strconv"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

func itoa(i int) string { return strconv.Itoa(i) }

var biasParam = catalog.Param{Name: "bias", Doc: "auto: present unless a normalization with a shift follows.",
	Type: catalog.Word("auto").OrElse(catalog.Flag()), Default: catalog.W("auto")}

var _ = register(&Def{
	Signature: catalog.Signature{Name: "dense",
		Doc: "Fully connected: y = x W + b. [N, in] -> [N, units]; weights [in, units].",
		Params: []catalog.Param{
			{Name: "units", Doc: "Number of outputs.", Type: catalog.Count(), Positional: true},
			biasParam,
		},
		Foreign: []string{"linear", "Linear", "Dense", "fc", "fully_connected", "connected"}},
	Build: func(s *Site) (*network.Value, error) {
		if d := s.rows(); d != nil {
			return nil, d
		}
		in, units := s.X.Dims[1], s.Node.Args.Int("units")
		y := s.apply("matmul", op.MatMul{}, s.X, s.weight("weight", network.Weight, in, units, in, units))
		if b := s.bias(units); b != nil {
			y = s.apply("bias", nil, y, b)
		}
		return y, nil
	},
})

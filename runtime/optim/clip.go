package optim

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

// Clip bounds gradients before they are used. At most one of the limits is set.
type Clip struct {
	Norm  float64 // upper bound of the L2 norm of all gradients together; 0 is none
	Value float64 // upper bound of each gradient element's size; 0 is none
}

type clipSpec struct {
	signature catalog.Signature
	make      func(model.Args) Clip
}

var clips = []clipSpec{{
	signature: catalog.Signature{
		Kind: catalog.Clip, Name: "norm",
		Doc:   "Scales all gradients by max/(norm + 1e-6) where their common L2 norm is above max.",
		Paper: "Pascanu, Mikolov and Bengio 2013, ICML",
		Params: []catalog.Param{{Name: "max", Doc: "Largest norm that passes unchanged.",
			Type: catalog.Positive(), Positional: true}},
	},
	make: func(a model.Args) Clip { return Clip{Norm: a.Num("max")} },
}, {
	signature: catalog.Signature{
		Kind: catalog.Clip, Name: "value",
		Doc: "Cuts every gradient element to [-max, max].",
		Params: []catalog.Param{{Name: "max", Doc: "Largest size that passes unchanged.",
			Type: catalog.Positive(), Positional: true}},
	},
	make: func(a model.Args) Clip { return Clip{Value: a.Num("max")} },
}}

// NewClip makes the clipping of a resolved constructor, say norm(1.0).
func NewClip(n *model.Node) (Clip, error) {
	for _, c := range clips {
		if c.signature.Name == n.Name {
			return c.make(n.Args), nil
		}
	}
	return Clip{}, fmt.Errorf("there is no clipping %s", n.Name)
}

// scale is the factor for gradients whose squares sum to square.
func (c Clip) scale(square float64) float64 {
	return math.Min(1, c.Norm/(math.Sqrt(square)+1e-6))
}

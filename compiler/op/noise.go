package op

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/rng"
)

var _ = register(define[Gauss]{
	Name: "gauss",
	Doc: `y = x + Std z, with z standard normal, drawn anew each step: training with noise (Bishop 1995, "Training with noise is
equivalent to Tikhonov regularization"). Element e of example n adds number e%4 of Normal(Noise(Path).Block(e/4, n, step, step>>32)). dx = dy.`,
	Inputs: []string{"x"},
	Random: true,
	Shape: func(a Gauss, in []Shape) (Shape, error) {
		if !(a.Std >= 0) {
			return nil, fmt.Errorf("the standard deviation is %v; it must not be negative", a.Std)
		}
		return in[0], wantSomeAxes("x", in[0])
	},
	Grad: func(_ Builder, _ Gauss, _ []Val, _, dy Val) []Val { return []Val{dy} },
	Eval: func(c *Context, a Gauss, out Tensor, in []Tensor) {
		eachBlock(c.Noise(a.Path), c.Step, in[0].Shape, func(i, word int, block [4]uint32) {
			out.Data[i] = in[0].Data[i] + a.Std*rng.Normal64(block)[word]
		})
	},
	FLOPs:   outputSize[Gauss](2),
	InPlace: []int{0},
	Samples: []Sample{
		{Name: "rows", Attrs: Gauss{Std: 0.1, Path: "model.noise"}, Inputs: []Shape{{5, 7}}},
		{Name: "images", Attrs: Gauss{Std: 1, Path: "model.noise[2]"}, Inputs: []Shape{{2, 3, 5, 3}}},
		{Name: "no noise", Attrs: Gauss{Path: "model.noise"}, Inputs: []Shape{{1, 9}}},
	},
})

// Apply adds noise to x.
func (a Gauss) Apply(b Builder, x Val) Val { return b.Apply("gauss", a, x) }

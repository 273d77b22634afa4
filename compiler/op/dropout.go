package op

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/rng"
)

var _ = register(define[Dropout]{
	Name: "dropout",
	Doc: `Each element is set to 0 with probability P; with Rescale the others are divided by 1-P, so that the
expectation stays (Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"). Element e of example n is dropped where
Uniform(word e%4 of Mask(Path).Block(e/4, n, step, step>>32)) < P, compared in float32. The gradient is the same operation on dy.`,
	Inputs: []string{"x"},
	Random: true,
	Shape: func(a Dropout, in []Shape) (Shape, error) {
		if !(a.P >= 0 && a.P < 1) {
			return nil, fmt.Errorf("the probability of dropping is %v; it must be in [0, 1)", a.P)
		}
		return in[0], wantSomeAxes("x", in[0])
	},
	Grad: func(b Builder, a Dropout, _ []Val, _, dy Val) []Val { return []Val{a.Apply(b, dy)} },
	Eval: func(c *Context, a Dropout, out Tensor, in []Tensor) {
		keep := 1.0
		if a.Rescale {
			keep = 1 / (1 - a.P)
		}
		eachBlock(c.Mask(a.Path), c.Step, in[0].Shape, func(i, word int, block [4]uint32) {
			if rng.Uniform(block[word]) < float32(a.P) {
				out.Data[i] = 0
			} else {
				out.Data[i] = keep * in[0].Data[i]
			}
		})
	},
	FLOPs:   outputSize[Dropout](2),
	InPlace: []int{0},
	Samples: []Sample{
		{Name: "rows", Attrs: Dropout{P: 0.5, Rescale: true, Path: "model.dropout"}, Inputs: []Shape{{5, 7}}},
		{Name: "images", Attrs: Dropout{P: 0.2, Rescale: true, Path: "model.dropout[2]"}, Inputs: []Shape{{2, 3, 5, 3}}},
		{Name: "not rescaled", Attrs: Dropout{P: 0.3, Path: "model.dropout"}, Inputs: []Shape{{3, 17}}},
		{Name: "nothing dropped", Attrs: Dropout{P: 0, Rescale: true, Path: "model.dropout"}, Inputs: []Shape{{1, 9}}},
		{Name: "vector", Attrs: Dropout{P: 0.5, Rescale: true, Path: "model.dropout"}, Inputs: []Shape{{11}}},
	},
})

// Apply drops elements of x.
func (a Dropout) Apply(b Builder, x Val) Val { return b.Apply("dropout", a, x) }

// eachBlock visits each element of a batch with the random block that it draws from and its word in there:
// element e of example n reads word e%4 of the block (e/4, n, step low, step high).
func eachBlock(s rng.Stream, step uint64, shape Shape, f func(i, word int, block [4]uint32)) {
	per := shape.Size() / shape[0]
	var block [4]uint32
	for n := range shape[0] {
		for e := range per {
			if e%4 == 0 {
				block = s.Block(uint32(e/4), uint32(n), uint32(step), uint32(step>>32))
			}
			f(n*per+e, e%4, block)
		}
	}
}

package op

import "fmt"

var _ = register(define[none]{
	Name:   "bias",
	Doc:    `y = x + b, where b[c] is added at channel (or feature) c of the last axis. dx = dy; db = sum_rows(dy).`,
	Inputs: []string{"x", "b"},
	Shape: func(_ none, in []Shape) (Shape, error) {
		if err := first(wantSomeAxes("x", in[0]), wantRank("b", in[1], "channels")); err != nil {
			return nil, err
		}
		if in[1][0] != in[0].Last() {
			return nil, fmt.Errorf("b has %d channels and x has %d", in[1][0], in[0].Last())
		}
		return in[0], nil
	},
	Grad: func(b Builder, _ none, _ []Val, _, dy Val) []Val { return []Val{dy, b.Apply("sum_rows", nil, dy)} },
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		for i, x := range in[0].Data {
			out.Data[i] = x + in[1].Data[i%len(in[1].Data)]
		}
	},
	InPlace: []int{0},
	Samples: []Sample{
		{Name: "rows", Inputs: []Shape{{5, 7}, {7}}},
		{Name: "images", Inputs: []Shape{{2, 3, 5, 6}, {6}}},
		{Name: "one channel", Inputs: []Shape{{3, 2, 2, 1}, {1}}},
		{Name: "batch of one", Inputs: []Shape{{1, 17}, {17}}},
	},
})

// Bias adds b to the last axis of x.
func Bias(g Builder, x, b Val) Val { return g.Apply("bias", nil, x, b) }

var _ = register(define[none]{
	Name:     "sum_rows",
	Doc:      `s[c] = sum of x over every axis but the last: the gradient of a bias.`,
	Inputs:   []string{"x"},
	Backward: true,
	Shape: func(_ none, in []Shape) (Shape, error) {
		if err := wantSomeAxes("x", in[0]); err != nil {
			return nil, err
		}
		return Shape{in[0].Last()}, nil
	},
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		zero(out)
		for i, x := range in[0].Data {
			out.Data[i%len(out.Data)] += x
		}
	},
	FLOPs: inputSize[none](1),
})

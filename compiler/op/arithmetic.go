package op

import "fmt"

var pairSamples = []Sample{
	{Name: "rows", Inputs: []Shape{{5, 7}, {5, 7}}},
	{Name: "images", Inputs: []Shape{{2, 3, 5, 3}, {2, 3, 5, 3}}},
	{Name: "numbers", Inputs: []Shape{{}, {}}},
	{Name: "batch of one", Inputs: []Shape{{1, 17}, {1, 17}}},
}

var _ = register(define[none]{
	Name: "add", Doc: `y = a + b, element by element.`, Inputs: []string{"a", "b"},
	Shape: sameAll[none]("a", "b"),
	Grad:  func(_ Builder, _ none, _ []Val, _, dy Val) []Val { return []Val{dy, dy} },
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		for i, a := range in[0].Data {
			out.Data[i] = a + in[1].Data[i]
		}
	},
	InPlace: []int{0, 1}, Samples: pairSamples,
})

// Add is x + y.
func Add(b Builder, x, y Val) Val { return b.Apply("add", nil, x, y) }

var _ = register(define[none]{
	Name: "mul", Doc: `y = a b, element by element; da = dy b and db = dy a.`, Inputs: []string{"a", "b"},
	Shape: sameAll[none]("a", "b"),
	Grad: func(b Builder, _ none, in []Val, _, dy Val) []Val {
		return []Val{Mul(b, dy, in[1]), Mul(b, dy, in[0])}
	},
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		for i, a := range in[0].Data {
			out.Data[i] = a * in[1].Data[i]
		}
	},
	InPlace: []int{0, 1}, Samples: pairSamples,
})

// Mul is x y, element by element.
func Mul(b Builder, x, y Val) Val { return b.Apply("mul", nil, x, y) }

var _ = register(define[Unary]{
	Name: "scale", Doc: `y = Alpha x; dx = Alpha dy.`, Inputs: []string{"x"},
	Shape: sameAsFirst[Unary],
	Grad:  func(b Builder, a Unary, _ []Val, _, dy Val) []Val { return []Val{b.Apply("scale", a, dy)} },
	Eval: func(_ *Context, a Unary, out Tensor, in []Tensor) {
		for i, x := range in[0].Data {
			out.Data[i] = a.Alpha * x
		}
	},
	InPlace: []int{0},
	Samples: []Sample{
		{Name: "rows", Attrs: Unary{0.3}, Inputs: []Shape{{5, 7}}},
		{Name: "number", Attrs: Unary{-2}, Inputs: []Shape{{}}},
		{Name: "images", Attrs: Unary{1e-4}, Inputs: []Shape{{1, 3, 3, 5}}},
	},
})

// Scale is factor x.
func Scale(b Builder, x Val, factor float64) Val { return b.Apply("scale", Unary{factor}, x) }

var gateSamples = []Sample{
	{Name: "images", Inputs: []Shape{{2, 3, 5, 4}, {2, 4}}},
	{Name: "one pixel", Inputs: []Shape{{3, 1, 1, 7}, {3, 7}}},
	{Name: "batch of one", Inputs: []Shape{{1, 4, 4, 17}, {1, 17}}},
}

func gateShape(_ none, in []Shape) (Shape, error) {
	x := in[0]
	if err := wantImage("x", x); err != nil {
		return nil, err
	}
	return x, wantShape("s", in[1], Shape{x[0], x[3]})
}

var _ = register(define[none]{
	Name: "mul_channels", Inputs: []string{"x", "s"},
	Doc:   `y[n,h,w,c] = x[n,h,w,c] s[n,c]: the gate of a squeeze-and-excitation block (Hu, Shen and Sun 2018). dx = mul_channels(dy, s); ds sums x dy over space.`,
	Shape: gateShape,
	Grad: func(b Builder, _ none, in []Val, _, dy Val) []Val {
		return []Val{MulChannels(b, dy, in[1]), b.Apply("mul_channels_ds", nil, in[0], dy)}
	},
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		a := Space{out.Shape[1], out.Shape[2]}
		for i, x := range in[0].Data {
			out.Data[i] = x * in[1].Data[a.row(i, out.Shape[3])]
		}
	},
	InPlace: []int{0}, Samples: gateSamples,
})

// MulChannels multiplies each channel of each example of x by its number in s.
func MulChannels(b Builder, x, s Val) Val { return b.Apply("mul_channels", nil, x, s) }

var _ = register(define[none]{
	Name: "mul_channels_ds", Inputs: []string{"x", "dy"}, Backward: true,
	Doc: `Gradient of mul_channels for s: ds[n,c] = sum over h, w of x dy.`,
	Shape: func(_ none, in []Shape) (Shape, error) {
		if err := first(wantImage("x", in[0]), wantSame("x", in[0], "dy", in[1])); err != nil {
			return nil, err
		}
		return Shape{in[0][0], in[0][3]}, nil
	},
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		zero(out)
		s := in[0].Shape
		a := Space{s[1], s[2]}
		for i, x := range in[0].Data {
			out.Data[a.row(i, s[3])] += x * in[1].Data[i]
		}
	},
	FLOPs: inputSize[none](2),
})

var _ = register(define[none]{
	Name: "add_channels", Inputs: []string{"x", "s"},
	Doc:   `y[n,h,w,c] = x[n,h,w,c] + s[n,c]. dx = dy; ds = sum_space(dy).`,
	Shape: gateShape,
	Grad: func(b Builder, _ none, _ []Val, _, dy Val) []Val {
		return []Val{dy, b.Apply("sum_space", spaceOf(dy), dy)}
	},
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		a := Space{out.Shape[1], out.Shape[2]}
		for i, x := range in[0].Data {
			out.Data[i] = x + in[1].Data[a.row(i, out.Shape[3])]
		}
	},
	InPlace: []int{0}, Samples: gateSamples,
})

// AddChannels adds to each channel of each example of x its number in s.
func AddChannels(b Builder, x, s Val) Val { return b.Apply("add_channels", nil, x, s) }

var _ = register(define[none]{
	Name: "mean", Doc: `Mean of a vector, say of the losses of a batch. dx = fill(dy) with factor 1/N.`, Inputs: []string{"x"},
	Shape: func(_ none, in []Shape) (Shape, error) { return Shape{}, wantRank("x", in[0], "batch") },
	Grad: func(b Builder, _ none, in []Val, _, dy Val) []Val {
		n := in[0].Shape()[0]
		return []Val{Fill{n, 1 / float64(n)}.Apply(b, dy)}
	},
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		sum := 0.0
		for _, x := range in[0].Data {
			sum += x
		}
		out.Data[0] = sum / float64(len(in[0].Data))
	},
	FLOPs: inputSize[none](1),
	Samples: []Sample{
		{Name: "seven", Inputs: []Shape{{7}}},
		{Name: "batch of one", Inputs: []Shape{{1}}},
		{Name: "128", Inputs: []Shape{{128}}},
	},
})

// Mean averages a vector.
func Mean(b Builder, x Val) Val { return b.Apply("mean", nil, x) }

var _ = register(define[Fill]{
	Name: "fill", Doc: `y[i] = Factor s for i < N. ds = Factor sum(dy).`, Inputs: []string{"s"},
	Shape: func(a Fill, in []Shape) (Shape, error) {
		if len(in[0]) != 0 {
			return nil, fmt.Errorf("s has shape %v; it must be a single number", in[0])
		}
		if a.N < 1 {
			return nil, fmt.Errorf("cannot fill %d elements; there must be at least 1", a.N)
		}
		return Shape{a.N}, nil
	},
	Grad: func(b Builder, a Fill, _ []Val, _, dy Val) []Val {
		return []Val{Scale(b, Mean(b, dy), a.Factor*float64(a.N))}
	},
	Eval: func(_ *Context, a Fill, out Tensor, in []Tensor) {
		for i := range out.Data {
			out.Data[i] = a.Factor * in[0].Data[0]
		}
	},
	Samples: []Sample{
		{Name: "seven", Attrs: Fill{7, 1.0 / 7}, Inputs: []Shape{{}}},
		{Name: "one", Attrs: Fill{1, 3}, Inputs: []Shape{{}}},
	},
})

// Apply spreads the number s over a vector.
func (a Fill) Apply(b Builder, s Val) Val { return b.Apply("fill", a, s) }

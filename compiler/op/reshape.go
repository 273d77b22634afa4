package op

import (
	"fmt"
)

var _ = register(define[Reshape]{
	Name: "reshape", Doc: `The same elements under another shape; the batch axis stays.`, Inputs: []string{"x"},
	View: true,
	Shape: func(a Reshape, in []Shape) (Shape, error) {
		if err := wantSomeAxes("x", in[0]); err != nil {
			return nil, err
		}
		out, err := a.of(in[0][0])
		if err == nil && out.Size() != in[0].Size() {
			err = fmt.Errorf("x has shape %v, which does not fit into %v: %d elements against %d an example",
				in[0], out, in[0].Size()/in[0][0], out.Size()/out[0])
		}
		return out, err
	},
	Grad: func(b Builder, _ Reshape, in []Val, _, dy Val) []Val {
		return []Val{ReshapeTo(b, dy, in[0].Shape()[1:]...)}
	},
	Eval: func(_ *Context, _ Reshape, out Tensor, in []Tensor) { copy(out.Data, in[0].Data) },
	Samples: []Sample{
		{Name: "flatten", Attrs: Reshape{D1: 30}, Inputs: []Shape{{2, 3, 5, 2}}},
		{Name: "to image", Attrs: Reshape{2, 3, 4}, Inputs: []Shape{{3, 24}}},
		{Name: "to a number each", Attrs: Reshape{}, Inputs: []Shape{{5, 1}}},
		{Name: "from a number each", Attrs: Reshape{D1: 1}, Inputs: []Shape{{5}}},
	},
})

// of is the whole shape for a batch of n.
func (a Reshape) of(n int) (Shape, error) {
	out := Shape{n}
	dims := [...]int{a.D1, a.D2, a.D3}
	for i, d := range dims {
		switch {
		case d < 0 || d > 0 && i > 0 && dims[i-1] == 0:
			return nil, fmt.Errorf("cannot reshape to %v: axes are positive, with the unused ones at the end", dims)
		case d > 0:
			out = append(out, d)
		}
	}
	return out, nil
}

// ReshapeTo gives x the axes dims (at most three) behind its batch axis.
func ReshapeTo(b Builder, x Val, dims ...int) Val {
	var a Reshape
	for i, d := range dims {
		*[...]*int{&a.D1, &a.D2, &a.D3}[i] = d
	}
	return b.Apply("reshape", a, x)
}

// Flatten makes rows of x: [batch, all else].
func Flatten(b Builder, x Val) Val {
	s := x.Shape()
	if len(s) == 0 {
		return b.Apply("reshape", Reshape{}, x) // the shape rule says what is wrong
	}
	return ReshapeTo(b, x, s.Size()/s[0])
}

var _ = register(define[Row]{
	Name: "row", Doc: `Row I of a matrix, say the gradient of gamma from both of a normalization.`, Inputs: []string{"p"},
	View: true, Backward: true,
	Shape: func(a Row, in []Shape) (Shape, error) {
		p := in[0]
		if err := wantRank("p", p, "rows columns"); err != nil {
			return nil, err
		}
		if a.I < 0 || a.I >= p[0] {
			return nil, fmt.Errorf("there is no row %d in %v", a.I, p)
		}
		return Shape{p[1]}, nil
	},
	Offset: func(a Row, in []Shape) int { return a.I * in[0][1] },
	Eval: func(_ *Context, a Row, out Tensor, in []Tensor) {
		copy(out.Data, in[0].Data[a.I*len(out.Data):])
	},
})

// Apply takes row I of p.
func (a Row) Apply(b Builder, p Val) Val { return b.Apply("row", a, p) }

var _ = register(define[none]{
	Name: "concat", Doc: `The inputs side by side along the last axis (channels or features). The gradient of each is its slice of dy.`, Inputs: []string{"x..."},
	Shape: func(_ none, in []Shape) (Shape, error) {
		width := 0
		for i, x := range in {
			if err := wantSomeAxes(fmt.Sprintf("input %d", i+1), x); err != nil {
				return nil, err
			}
			if !x[:len(x)-1].Equal(in[0][:len(in[0])-1]) {
				return nil, fmt.Errorf("input 1 has shape %v and input %d has %v; they may differ in the last axis only", in[0], i+1, x)
			}
			width += x.Last()
		}
		return withLast(in[0], width), nil
	},
	Grad: func(b Builder, _ none, in []Val, y, dy Val) []Val {
		grads := make([]Val, len(in))
		from := 0
		for i, x := range in {
			to := from + x.Shape().Last()
			grads[i] = Slice{from, to, y.Shape().Last()}.Apply(b, dy)
			from = to
		}
		return grads
	},
	Eval: func(_ *Context, _ none, out Tensor, in []Tensor) {
		from := 0
		for _, x := range in {
			w := x.Shape.Last()
			for i, v := range x.Data {
				out.Data[i/w*out.Shape.Last()+from+i%w] = v
			}
			from += w
		}
	},
	FLOPs: outputSize[none](0),
	Samples: []Sample{
		{Name: "rows", Inputs: []Shape{{3, 2}, {3, 5}, {3, 1}}},
		{Name: "images", Inputs: []Shape{{2, 3, 2, 4}, {2, 3, 2, 3}}},
		{Name: "one input", Inputs: []Shape{{1, 7}}},
	},
})

// Concat joins xs along the last axis.
func Concat(b Builder, xs ...Val) Val { return b.Apply("concat", nil, xs...) }

func (a Slice) check() error {
	switch {
	case a.From < 0 || a.From >= a.To:
		return fmt.Errorf("the slice %d to %d is empty", a.From, a.To)
	case a.To > a.Width:
		return fmt.Errorf("the slice %d to %d does not fit into %d", a.From, a.To, a.Width)
	}
	return nil
}

func withLast(s Shape, last int) Shape {
	return append(append(Shape{}, s[:len(s)-1]...), last)
}

var _ = register(define[Slice]{
	Name: "slice", Doc: `Elements From to To-1 of the last axis, whose whole extent is Width. dx = pad_last(dy).`, Inputs: []string{"x"},
	Shape: func(a Slice, in []Shape) (Shape, error) {
		x := in[0]
		if err := first(wantSomeAxes("x", x), a.check()); err != nil {
			return nil, err
		}
		if x.Last() != a.Width {
			return nil, fmt.Errorf("x has shape %v and the slice is of %d", x, a.Width)
		}
		return withLast(x, a.To-a.From), nil
	},
	Grad: func(b Builder, a Slice, _ []Val, _, dy Val) []Val { return []Val{b.Apply("pad_last", a, dy)} },
	Eval: func(_ *Context, a Slice, out Tensor, in []Tensor) {
		w := a.To - a.From
		for i := range out.Data {
			out.Data[i] = in[0].Data[i/w*a.Width+a.From+i%w]
		}
	},
	FLOPs: outputSize[Slice](0),
	Samples: []Sample{
		{Name: "middle", Attrs: Slice{2, 5, 7}, Inputs: []Shape{{3, 7}}},
		{Name: "images", Attrs: Slice{0, 1, 4}, Inputs: []Shape{{2, 3, 2, 4}}},
		{Name: "end", Attrs: Slice{6, 7, 7}, Inputs: []Shape{{1, 7}}},
		{Name: "all", Attrs: Slice{0, 3, 3}, Inputs: []Shape{{5, 3}}},
	},
})

// Apply takes the slice of x.
func (a Slice) Apply(b Builder, x Val) Val { return b.Apply("slice", a, x) }

var _ = register(define[Slice]{
	Name: "pad_last", Doc: `x at From to To-1 of a last axis of Width, zero elsewhere: the gradient of slice. dx = slice(dy).`, Inputs: []string{"x"},
	Shape: func(a Slice, in []Shape) (Shape, error) {
		x := in[0]
		if err := first(wantSomeAxes("x", x), a.check()); err != nil {
			return nil, err
		}
		if x.Last() != a.To-a.From {
			return nil, fmt.Errorf("x has shape %v and its place is %d to %d", x, a.From, a.To)
		}
		return withLast(x, a.Width), nil
	},
	Grad: func(b Builder, a Slice, _ []Val, _, dy Val) []Val { return []Val{a.Apply(b, dy)} },
	Eval: func(_ *Context, a Slice, out Tensor, in []Tensor) {
		zero(out)
		w := a.To - a.From
		for i, x := range in[0].Data {
			out.Data[i/w*a.Width+a.From+i%w] = x
		}
	},
	FLOPs: outputSize[Slice](0),
	Samples: []Sample{
		{Name: "middle", Attrs: Slice{2, 5, 7}, Inputs: []Shape{{3, 3}}},
		{Name: "images", Attrs: Slice{1, 4, 4}, Inputs: []Shape{{2, 3, 2, 3}}},
		{Name: "all", Attrs: Slice{0, 3, 3}, Inputs: []Shape{{1, 3}}},
	},
})

package op

import (
	"fmt"
	"math"
)

var spaceSamples = []Sample{
	{Name: "square", Attrs: Space{3, 3}, Inputs: []Shape{{2, 3, 3, 4}}, Fill: []fill{apart}},
	{Name: "odd", Attrs: Space{2, 5}, Inputs: []Shape{{3, 2, 5, 7}}, Fill: []fill{apart}},
	{Name: "one pixel", Attrs: Space{1, 1}, Inputs: []Shape{{2, 1, 1, 3}}, Fill: []fill{apart}},
	{Name: "batch of one", Attrs: Space{4, 4}, Inputs: []Shape{{1, 4, 4, 17}}, Fill: []fill{apart}},
}

func reduceSpace(a Space, in []Shape) (Shape, error) {
	x := in[0]
	if err := wantImage("x", x); err != nil {
		return nil, err
	}
	return Shape{x[0], x[3]}, wantShape("x", x, Shape{x[0], a.H, a.W, x[3]})
}

// row is the place in [n, c] of the element i of [n, h, w, c].
func (a Space) row(i, c int) int { return i/(a.H*a.W*c)*c + i%c }

func (a Space) sum(out, x Tensor, weight float64) {
	zero(out)
	for i, v := range x.Data {
		out.Data[a.row(i, x.Shape[3])] += weight * v
	}
}

var _ = register(define[Space]{
	Name:   "mean_space",
	Doc:    `Global average pooling (Lin, Chen and Yan 2014, "Network in network"): s[n,c] = mean of x[n,h,w,c] over h and w. dx = spread_space(dy).`,
	Inputs: []string{"x"},
	Shape:  reduceSpace,
	Grad:   func(b Builder, a Space, _ []Val, _, dy Val) []Val { return []Val{b.Apply("spread_space", a, dy)} },
	Eval: func(_ *Context, a Space, out Tensor, in []Tensor) {
		a.sum(out, in[0], 1/float64(a.H*a.W))
	},
	FLOPs:   inputSize[Space](1),
	Samples: spaceSamples,
})

// MeanSpace averages x over height and width.
func MeanSpace(b Builder, x Val) Val { return b.Apply("mean_space", spaceOf(x), x) }

var _ = register(define[Space]{
	Name:   "sum_space",
	Doc:    `s[n,c] = sum of x[n,h,w,c] over h and w.`,
	Inputs: []string{"x"},
	Shape:  reduceSpace,
	Grad: func(b Builder, a Space, _ []Val, _, dy Val) []Val {
		return []Val{b.Apply("spread_space", a, Scale(b, dy, float64(a.H*a.W)))}
	},
	Eval:    func(_ *Context, a Space, out Tensor, in []Tensor) { a.sum(out, in[0], 1) },
	FLOPs:   inputSize[Space](1),
	Samples: spaceSamples,
})

var _ = register(define[Space]{
	Name:   "spread_space",
	Doc:    `x[n,h,w,c] = s[n,c] / (H W): the gradient of mean_space.`,
	Inputs: []string{"s"},
	Shape: func(a Space, in []Shape) (Shape, error) {
		s := in[0]
		if err := wantRank("s", s, "batch channels"); err != nil {
			return nil, err
		}
		if a.H < 1 || a.W < 1 {
			return nil, fmt.Errorf("cannot spread over %dx%d places; both sides must be at least 1", a.H, a.W)
		}
		return Shape{s[0], a.H, a.W, s[1]}, nil
	},
	Grad: func(b Builder, a Space, _ []Val, _, dy Val) []Val { return []Val{b.Apply("mean_space", a, dy)} },
	Eval: func(_ *Context, a Space, out Tensor, in []Tensor) {
		for i := range out.Data {
			out.Data[i] = in[0].Data[a.row(i, out.Shape[3])] / float64(a.H*a.W)
		}
	},
	Samples: []Sample{
		{Name: "square", Attrs: Space{3, 3}, Inputs: []Shape{{2, 4}}},
		{Name: "odd", Attrs: Space{2, 5}, Inputs: []Shape{{3, 7}}},
		{Name: "one pixel", Attrs: Space{1, 1}, Inputs: []Shape{{1, 3}}},
	},
})

var _ = register(define[Space]{
	Name:   "max_space",
	Doc:    `Global max pooling: s[n,c] = largest x[n,h,w,c] over h and w; a NaN is the result. The gradient goes to the first maximum, row by row.`,
	Inputs: []string{"x"},
	Shape:  reduceSpace,
	Grad: func(b Builder, a Space, in []Val, y, dy Val) []Val {
		return []Val{b.Apply("max_space_dx", a, in[0], y, dy)}
	},
	Eval: func(_ *Context, a Space, out Tensor, in []Tensor) {
		for o, i := range a.winners(in[0]) {
			out.Data[o] = in[0].Data[i]
		}
	},
	FLOPs:   inputSize[Space](1),
	Samples: spaceSamples,
})

// MaxSpace takes the largest of x over height and width.
func MaxSpace(b Builder, x Val) Val { return b.Apply("max_space", spaceOf(x), x) }

var _ = register(define[Space]{
	Name:     "max_space_dx",
	Doc:      `Gradient of max_space: dy goes to the first maximum.`,
	Inputs:   []string{"x", "y", "dy"},
	Backward: true,
	Shape: func(a Space, in []Shape) (Shape, error) {
		y, err := reduceSpace(a, in)
		if err == nil {
			err = first(wantShape("y", in[1], y), wantShape("dy", in[2], y))
		}
		return in[0], err
	},
	Eval: func(_ *Context, a Space, out Tensor, in []Tensor) {
		zero(out)
		for o, i := range a.winners(in[0]) {
			out.Data[i] = in[2].Data[o]
		}
	},
})

func (a Space) winners(x Tensor) []int {
	c := x.Shape[3]
	best := make([]int, x.Shape[0]*c)
	for i := range best {
		best[i] = -1
	}
	for i, v := range x.Data {
		o := a.row(i, c)
		if best[o] < 0 || v > x.Data[best[o]] || math.IsNaN(v) && !math.IsNaN(x.Data[best[o]]) {
			best[o] = i
		}
	}
	return best
}

// spaceOf is the spatial extent of an image; of anything else it is nothing, which the shape rule then reports.
func spaceOf(x Val) Space {
	if s := x.Shape(); len(s) == 4 {
		return Space{s[1], s[2]}
	}
	return Space{}
}

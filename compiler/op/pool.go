package op

import "math"

var poolSamples = []Sample{
	{Name: "2x2", Attrs: Pool{Window: square(2, 2, 1, 0)}, Inputs: []Shape{{2, 4, 6, 3}}, Fill: []fill{apart}},
	{Name: "odd input", Attrs: Pool{Window: square(2, 2, 1, 0)}, Inputs: []Shape{{1, 5, 7, 2}}, Fill: []fill{apart}},
	{Name: "overlapping with border", Attrs: Pool{Window: square(3, 2, 1, 1)}, Inputs: []Shape{{2, 6, 5, 2}}, Fill: []fill{apart}},
	{Name: "border counted", Attrs: Pool{Window: square(3, 2, 1, 1), CountBorder: true}, Inputs: []Shape{{1, 5, 5, 3}}, Fill: []fill{apart}},
	{Name: "asymmetric", Attrs: Pool{Window: Window{2, 3, 1, 2, 1, 1, 0, 1, 2, 0}}, Inputs: []Shape{{1, 4, 6, 2}}, Fill: []fill{apart}},
	{Name: "dilation", Attrs: Pool{Window: square(2, 1, 2, 0)}, Inputs: []Shape{{1, 5, 4, 2}}, Fill: []fill{apart}},
	{Name: "whole image", Attrs: Pool{Window: square(3, 3, 1, 0)}, Inputs: []Shape{{4, 3, 3, 1}}, Fill: []fill{apart}},
}

func poolShape(a Pool, in []Shape) (Shape, error) {
	x := in[0]
	if err := wantImage("x", x); err != nil {
		return nil, err
	}
	if err := a.checkFilled(x[1], x[2]); err != nil {
		return nil, err
	}
	oh, ow := a.Out(x[1], x[2])
	return Shape{x[0], oh, ow, x[3]}, nil
}

func poolFLOPs(a Pool, _ []Shape, out Shape) int64 { return int64(out.Size()) * int64(a.KH*a.KW) }

func (a Pool) on(x Shape) Pool {
	a.H, a.W = x[1], x[2]
	return a
}

var _ = register(define[Pool]{
	Name:   "pool_max",
	Doc:    `Largest value of each window and channel; the border is not looked at. A NaN in the window is the result. The gradient goes to the first maximum, row by row.`,
	Inputs: []string{"x"},
	Shape:  poolShape,
	Grad: func(b Builder, a Pool, in []Val, y, dy Val) []Val {
		return []Val{b.Apply("pool_max_dx", a.on(in[0].Shape()), in[0], y, dy)}
	},
	Eval: func(_ *Context, a Pool, out Tensor, in []Tensor) {
		for o, i := range a.winners(in[0], out.Shape) {
			out.Data[o] = in[0].Data[i]
		}
	},
	FLOPs:   poolFLOPs,
	Samples: poolSamples,
})

// Max takes the largest value of each window.
func (a Pool) Max(b Builder, x Val) Val { return b.Apply("pool_max", a, x) }

var _ = register(define[Pool]{
	Name:     "pool_max_dx",
	Doc:      `Gradient of pool_max: each dy goes to the first maximum of its window; where windows overlap they add up.`,
	Inputs:   []string{"x", "y", "dy"},
	Backward: true,
	Shape: func(a Pool, in []Shape) (Shape, error) {
		y, err := poolShape(a, in)
		if err == nil {
			err = first(wantShape("y", in[1], y), wantShape("dy", in[2], y))
		}
		return in[0], err
	},
	Eval: func(_ *Context, a Pool, out Tensor, in []Tensor) {
		zero(out)
		for o, i := range a.winners(in[0], in[1].Shape) {
			out.Data[i] += in[2].Data[o]
		}
	},
	FLOPs: func(a Pool, in []Shape, _ Shape) int64 { return poolFLOPs(a, nil, in[2]) },
})

// winners is for each output element the place in x of the first maximum of its window; a NaN counts as the
// largest.
func (a Pool) winners(x Tensor, y Shape) []int {
	best := make([]int, y.Size())
	for i := range best {
		best[i] = -1
	}
	for n := range y[0] {
		a.taps(x.Shape[1], x.Shape[2], func(oy, ox, _, _, iy, ix int) {
			for c := range y[3] {
				o := ((n*y[1]+oy)*y[2]+ox)*y[3] + c
				i := ((n*x.Shape[1]+iy)*x.Shape[2]+ix)*y[3] + c
				if best[o] < 0 || x.Data[i] > x.Data[best[o]] || math.IsNaN(x.Data[i]) && !math.IsNaN(x.Data[best[o]]) {
					best[o] = i
				}
			}
		})
	}
	return best
}

var _ = register(define[Pool]{
	Name: "pool_avg",
	Doc: `Mean of each window and channel over the cells inside the input; with CountBorder the sum is divided by the
whole kernel everywhere, as if the border were zeros.`,
	Inputs: []string{"x"},
	Shape:  poolShape,
	Grad: func(b Builder, a Pool, in []Val, _, dy Val) []Val {
		return []Val{b.Apply("pool_avg_dx", a.on(in[0].Shape()), dy)}
	},
	Eval: func(_ *Context, a Pool, out Tensor, in []Tensor) {
		zero(out)
		a.eachShare(in[0].Shape, out.Shape, func(i, o int, share float64) { out.Data[o] += share * in[0].Data[i] })
	},
	FLOPs:   poolFLOPs,
	Samples: poolSamples,
})

// Average takes the mean of each window.
func (a Pool) Average(b Builder, x Val) Val { return b.Apply("pool_avg", a, x) }

var _ = register(define[Pool]{
	Name:     "pool_avg_dx",
	Doc:      `Gradient of pool_avg: each dy is shared out over the cells that its mean was taken of. H and W give the input's extent.`,
	Inputs:   []string{"dy"},
	Backward: true,
	Shape: func(a Pool, in []Shape) (Shape, error) {
		dy := in[0]
		if err := first(wantImage("dy", dy), a.checkFilled(a.H, a.W)); err != nil {
			return nil, err
		}
		oh, ow := a.Out(a.H, a.W)
		return Shape{dy[0], a.H, a.W, dy[3]}, wantShape("dy", dy, Shape{dy[0], oh, ow, dy[3]})
	},
	Eval: func(_ *Context, a Pool, out Tensor, in []Tensor) {
		zero(out)
		a.eachShare(out.Shape, in[0].Shape, func(i, o int, share float64) { out.Data[i] += share * in[0].Data[o] })
	},
	FLOPs: func(a Pool, in []Shape, _ Shape) int64 { return poolFLOPs(a, nil, in[0]) },
})

// eachShare visits each pair of input and output element of an average with the input's weight in the mean.
func (a Pool) eachShare(x, y Shape, f func(i, o int, share float64)) {
	cells := make([]int, y[1]*y[2])
	a.taps(x[1], x[2], func(oy, ox, _, _, _, _ int) { cells[oy*y[2]+ox]++ })
	for n := range x[0] {
		a.taps(x[1], x[2], func(oy, ox, _, _, iy, ix int) {
			count := cells[oy*y[2]+ox]
			if a.CountBorder {
				count = a.KH * a.KW
			}
			for c := range x[3] {
				f(((n*x[1]+iy)*x[2]+ix)*x[3]+c, ((n*y[1]+oy)*y[2]+ox)*y[3]+c, 1/float64(count))
			}
		})
	}
}

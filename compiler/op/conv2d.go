package op

import (
	"errors"
	"fmt"
)

var _ = register(define[Conv]{
	Name: "conv2d",
	Doc: `Cross-correlation, which the field calls convolution (LeCun et al. 1989, "Backpropagation applied to
handwritten zip code recognition"), on images x[n,h,w,ci] with kernels w[kh,kw,ci/groups,co]:
y[n,oy,ox,co] = sum over ky, kx, c of x[n, oy*SH+ky*DH-Top, ox*SW+kx*DW-Left, g*ci/groups+c] w[ky,kx,c,co], zero outside
the image, with g = co / (co/groups) the group of the output channel.`,
	Inputs: []string{"x", "w"},
	Shape: func(a Conv, in []Shape) (Shape, error) {
		x, w := in[0], in[1]
		err := first(wantImage("x", x), wantRank("w", w, "height width in/groups out"))
		if err == nil {
			err = a.check(x[1], x[2])
		}
		if err == nil {
			err = a.checkChannels(x[3], w[3])
		}
		if err == nil {
			err = wantShape("w", w, Shape{a.KH, a.KW, x[3] / a.Groups, w[3]})
		}
		if err != nil {
			return nil, err
		}
		oh, ow := a.Out(x[1], x[2])
		return Shape{x[0], oh, ow, w[3]}, nil
	},
	Grad: func(b Builder, a Conv, in []Val, _, dy Val) []Val {
		x := in[0].Shape()
		a.H, a.W, a.InChannels = x[1], x[2], x[3]
		return []Val{b.Apply("conv2d_dx", a, dy, in[1]), b.Apply("conv2d_dw", a, in[0], dy)}
	},
	Eval: func(_ *Context, a Conv, out Tensor, in []Tensor) {
		zero(out)
		a.each(in[0].Shape, in[1].Shape, out.Shape, func(x, w, y int) { out.Data[y] += in[0].Data[x] * in[1].Data[w] })
	},
	FLOPs: func(a Conv, in []Shape, out Shape) int64 { return convFLOPs(out, in[1]) },
	Samples: []Sample{
		{Name: "3x3 same", Attrs: Conv{Window: square(3, 1, 1, 1), Groups: 1}, Inputs: []Shape{{2, 5, 6, 3}, {3, 3, 3, 4}}},
		{Name: "1x1", Attrs: Conv{Window: square(1, 1, 1, 0), Groups: 1}, Inputs: []Shape{{1, 3, 3, 5}, {1, 1, 5, 2}}},
		{Name: "stride 2", Attrs: Conv{Window: square(3, 2, 1, 1), Groups: 1}, Inputs: []Shape{{2, 7, 6, 2}, {3, 3, 2, 3}}},
		{Name: "asymmetric border", Attrs: Conv{Window: Window{3, 3, 2, 2, 1, 1, 0, 1, 0, 1}, Groups: 1}, Inputs: []Shape{{1, 6, 8, 2}, {3, 3, 2, 2}}},
		{Name: "5x3 uneven stride", Attrs: Conv{Window: Window{5, 3, 3, 1, 1, 1, 2, 1, 0, 2}, Groups: 1}, Inputs: []Shape{{1, 8, 5, 2}, {5, 3, 2, 3}}},
		{Name: "dilation", Attrs: Conv{Window: Window{3, 2, 1, 2, 2, 3, 2, 2, 1, 1}, Groups: 1}, Inputs: []Shape{{2, 6, 7, 2}, {3, 2, 2, 3}}},
		{Name: "groups", Attrs: Conv{Window: square(3, 1, 1, 1), Groups: 2}, Inputs: []Shape{{2, 4, 5, 4}, {3, 3, 2, 6}}},
		{Name: "depthwise", Attrs: Conv{Window: square(3, 2, 1, 1), Groups: 3}, Inputs: []Shape{{1, 5, 5, 3}, {3, 3, 1, 3}}},
		{Name: "kernel is the image", Attrs: Conv{Window: square(4, 1, 1, 0), Groups: 1}, Inputs: []Shape{{3, 4, 4, 1}, {4, 4, 1, 2}}},
		{Name: "large border", Attrs: Conv{Window: square(2, 1, 1, 3), Groups: 1}, Inputs: []Shape{{1, 2, 2, 1}, {2, 2, 1, 1}}},
	},
})

// Apply convolves x with the kernels w.
func (a Conv) Apply(b Builder, x, w Val) Val { return b.Apply("conv2d", a, x, w) }

var _ = register(define[Conv]{
	Name:     "conv2d_dx",
	Doc:      `Gradient of conv2d for its input: every product of the forward sum, scattered back to its x. H, W and InChannels give the input's extent.`,
	Inputs:   []string{"dy", "w"},
	Backward: true,
	Shape: func(a Conv, in []Shape) (Shape, error) {
		dy, w := in[0], in[1]
		err := first(wantImage("dy", dy), wantRank("w", w, "height width in/groups out"), a.check(a.H, a.W), a.checkChannels(a.InChannels, w[3]))
		if err == nil {
			oh, ow := a.Out(a.H, a.W)
			err = first(wantShape("dy", dy, Shape{dy[0], oh, ow, w[3]}), wantShape("w", w, Shape{a.KH, a.KW, a.InChannels / a.Groups, w[3]}))
		}
		if err != nil {
			return nil, err
		}
		return Shape{dy[0], a.H, a.W, a.InChannels}, nil
	},
	Eval: func(_ *Context, a Conv, out Tensor, in []Tensor) {
		zero(out)
		a.each(out.Shape, in[1].Shape, in[0].Shape, func(x, w, y int) { out.Data[x] += in[0].Data[y] * in[1].Data[w] })
	},
	FLOPs: func(a Conv, in []Shape, _ Shape) int64 { return convFLOPs(in[0], in[1]) },
})

var _ = register(define[Conv]{
	Name:     "conv2d_dw",
	Doc:      `Gradient of conv2d for its kernels: w[ky,kx,c,co] sums x times dy over the batch and every output place.`,
	Inputs:   []string{"x", "dy"},
	Backward: true,
	Shape: func(a Conv, in []Shape) (Shape, error) {
		x, dy := in[0], in[1]
		err := first(wantImage("x", x), wantImage("dy", dy))
		if err == nil {
			err = first(a.check(x[1], x[2]), a.checkChannels(x[3], dy[3]))
		}
		if err == nil {
			oh, ow := a.Out(x[1], x[2])
			err = wantShape("dy", dy, Shape{x[0], oh, ow, dy[3]})
		}
		if err != nil {
			return nil, err
		}
		return Shape{a.KH, a.KW, x[3] / a.Groups, dy[3]}, nil
	},
	Eval: func(_ *Context, a Conv, out Tensor, in []Tensor) {
		zero(out)
		a.each(in[0].Shape, out.Shape, in[1].Shape, func(x, w, y int) { out.Data[w] += in[0].Data[x] * in[1].Data[y] })
	},
	FLOPs: func(a Conv, in []Shape, out Shape) int64 { return convFLOPs(in[1], out) },
})

// each visits every product of the sum that a convolution is, by the flat places of its three operands.
func (a Conv) each(x, w, y Shape, f func(x, w, y int)) {
	perIn, perOut := x[3]/a.Groups, y[3]/a.Groups
	for n := range x[0] {
		a.taps(x[1], x[2], func(oy, ox, ky, kx, iy, ix int) {
			for co := range y[3] {
				for c := range perIn {
					f(((n*x[1]+iy)*x[2]+ix)*x[3]+co/perOut*perIn+c, ((ky*a.KW+kx)*perIn+c)*y[3]+co, ((n*y[1]+oy)*y[2]+ox)*y[3]+co)
				}
			}
		})
	}
}

func (a Conv) checkChannels(in, out int) error {
	switch {
	case a.Groups < 1:
		return errors.New("groups must be at least 1")
	case in%a.Groups != 0:
		return fmt.Errorf("%d groups do not divide the %d input channels", a.Groups, in)
	case out%a.Groups != 0:
		return fmt.Errorf("%d groups do not divide the %d output channels", a.Groups, out)
	}
	return nil
}

// convFLOPs is the cost of a convolution or one of its gradients: a multiply-add for each output element and kernel cell.
func convFLOPs(y, w Shape) int64 { return 2 * int64(y.Size()) * int64(w[0]*w[1]*w[2]) }

// square is the window of a k x k kernel with the same stride, dilation and border everywhere.
func square(k, stride, dilation, border int) Window {
	return Window{k, k, stride, stride, dilation, dilation, border, border, border, border}
}

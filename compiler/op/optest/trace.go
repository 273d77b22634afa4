package optest

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/op"
)

// Trace evaluates a sample, and its gradient where it has one, and gives every step of both: what a kernel in float32 is held
// to. Every value is rounded to float32 before it is used, so that a kernel gets the very inputs that the reference had; outputs
// are as the reference computed them. The inputs come from c's seed.
func Trace(spec *op.Spec, s op.Sample, c op.Context) ([]Case, error) {
	t := &tracer{ctx: c}
	var in []op.Val
	for _, v := range Inputs(s, c.Seed) {
		in = append(in, rounded(v))
	}
	y := t.Apply(spec.Name, s.Attrs, in...)
	if t.err == nil && spec.Grad != nil {
		spec.Grad(t, s.Attrs, in, y, rounded(Projection(y.Shape(), c.Seed)))
	}
	return t.list, t.err
}

// tracer is an op.Builder that evaluates by the reference and records what is applied.
type tracer struct {
	ctx  op.Context
	list []Case
	err  error
}

// traced is a value that float32 holds exactly.
type traced struct{ op.Tensor }

func (v traced) Shape() op.Shape { return v.Tensor.Shape }

func rounded(t op.Tensor) traced {
	data := make([]float64, len(t.Data))
	for i, v := range t.Data {
		data[i] = float64(float32(v))
	}
	return traced{op.Tensor{Shape: t.Shape, Data: data}}
}

func (t *tracer) Apply(name string, attrs any, in ...op.Val) op.Val {
	if t.err != nil {
		return in[0]
	}
	c := Case{Spec: op.Get(name), Attrs: attrs, Context: t.ctx}
	if c.Spec == nil {
		t.err = fmt.Errorf("no operation %q", name)
		return in[0]
	}
	for _, v := range in {
		c.In = append(c.In, v.(traced).Tensor)
	}
	var shape op.Shape
	if shape, t.err = c.Spec.Shape(attrs, c.Shapes()); t.err != nil {
		return in[0]
	}
	c.Out = op.Tensor{Shape: shape, Data: make([]float64, shape.Size())}
	c.Spec.Eval(&t.ctx, attrs, c.Out, c.In)
	t.list = append(t.list, c)
	return rounded(c.Out)
}

// Shapes are those of the inputs.
func (c *Case) Shapes() []op.Shape {
	shapes := make([]op.Shape, len(c.In))
	for i, v := range c.In {
		shapes[i] = v.Shape
	}
	return shapes
}

// String is the operation with its shapes and attributes.
func (c *Case) String() string {
	s := c.Spec.Name
	for _, v := range c.In {
		s += fmt.Sprint(v.Shape)
	}
	return fmt.Sprintf("%s %+v", s, c.Attrs)
}

// Float32 are the inputs.
func (c *Case) Float32() [][]float32 {
	in := make([][]float32, len(c.In))
	for i, v := range c.In {
		in[i] = Float32(v.Data)
	}
	return in
}

// Float32 rounds each element.
func Float32(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// sums are the operations whose elements are sums of terms that may cancel.
var sums = map[string]bool{
	"matmul": true, "conv2d": true, "conv2d_dx": true, "conv2d_dw": true, "sum_rows": true, "mean": true, "sum_space": true, "mean_space": true,
	"mul_channels_ds": true, "pool_avg": true, "pool_avg_dx": true, "embed_dw": true, "normalize_dparams": true, "bias": true, "add": true,
	"add_channels": true,
}

// Magnitude is the size of the terms that an output element is summed from: the operation on absolute values, which bounds what
// rounding can do. Nil where the elements themselves say enough.
func (c *Case) Magnitude() []float64 {
	if !sums[c.Spec.Name] {
		return nil
	}
	var in []op.Tensor
	for _, v := range c.In {
		w := op.Tensor{Shape: v.Shape, Data: make([]float64, len(v.Data))}
		for i, x := range v.Data {
			w.Data[i] = math.Abs(x)
		}
		in = append(in, w)
	}
	switch c.Spec.Name {
	case "embed_dw":
		in[0] = c.In[0]
	case "normalize_dparams": // |x - mean| is at most |x| + |mean|
		means := in[1].Data[:len(in[1].Data)/2]
		for i, m := range means {
			means[i] = -m
		}
	}
	out := op.Tensor{Shape: c.Out.Shape, Data: make([]float64, len(c.Out.Data))}
	c.Spec.Eval(&c.Context, c.Attrs, out, in)
	return out.Data
}

// Compare asks for a relative error of at most tolerance: of the element's magnitude where one is given, else of the element plus a
// 25th of the largest one (for results of cancelling terms). Infinite and NaN elements must be just that. The error names the
// first element that is off.
func Compare(got []float32, want, magnitude []float64, tolerance float64) error {
	top := 0.0
	for _, w := range want {
		if !math.IsInf(w, 0) && math.Abs(w) > top {
			top = math.Abs(w)
		}
	}
	for i, w := range want {
		g := float64(got[i])
		if math.IsNaN(w) || math.IsInf(w, 0) || math.IsNaN(g) || math.IsInf(g, 0) {
			if !(math.IsNaN(w) && math.IsNaN(g)) && w != g {
				return fmt.Errorf("element %d is %v, want %v", i, g, w)
			}
			continue
		}
		size := math.Abs(w) + 0.04*top
		if magnitude != nil {
			size = magnitude[i]
		}
		if d := math.Abs(g - w); d > tolerance*size+1e-37 {
			return fmt.Errorf("element %d is %v, want %v: off by %.2g of %.2g", i, g, w, d/size, size)
		}
	}
	return nil
}

package op

import (
	"fmt"
	"math"
)

// regression is a loss of the difference d = p - y: f, and its derivative g.
type regression struct {
	name, doc string
	delta     float64 // of the samples; 0 where the loss has no parameter
	f, g      func(d, delta float64) float64
}

var regressions = []regression{
	{
		name: "mse", doc: `Squared error of each example, averaged over its outputs: l[n] = mean (p - y)^2. dp = dl 2 (p - y) / T.`,
		f: func(d, _ float64) float64 { return d * d },
		g: func(d, _ float64) float64 { return 2 * d },
	},
	{
		name: "mae", doc: `Absolute error of each example, averaged over its outputs: l[n] = mean |p - y|. dp = dl sign(p - y) / T, 0 where they are equal.`,
		f: func(d, _ float64) float64 { return math.Abs(d) },
		g: func(d, _ float64) float64 {
			switch {
			case d > 0:
				return 1
			case d < 0:
				return -1
			}
			return d // 0, or NaN
		},
	},
	{
		name: "huber", doc: `Huber's loss of each example, averaged over its outputs: d^2/2 for |d| <= Delta and Delta (|d| - Delta/2) beyond, d = p - y (Huber 1964, "Robust
estimation of a location parameter"; PyTorch's HuberLoss). dp = dl clamp(d, -Delta, Delta) / T.`, delta: 1,
		f: func(d, delta float64) float64 {
			if math.Abs(d) <= delta {
				return d * d / 2
			}
			return delta * (math.Abs(d) - delta/2)
		},
		g: func(d, delta float64) float64 { return math.Max(-delta, math.Min(d, delta)) },
	},
}

// The forward and backward operations of every regression loss.
var _ = func() (specs []*Spec) {
	for _, r := range regressions {
		shape := func(a Loss, in []Shape) (Shape, error) {
			if err := first(wantSomeAxes("p", in[0]), wantSame("p", in[0], "y", in[1])); err != nil {
				return nil, err
			}
			if r.delta > 0 && !(a.Delta > 0) {
				return nil, fmt.Errorf("delta is %v; it must be positive", a.Delta)
			}
			return Shape{in[0][0]}, nil
		}
		attrs := Loss{Delta: r.delta}
		fills, fixed := []fill{far, near}, []bool{false, true}
		specs = append(specs, register(define[Loss]{
			Name: r.name, Doc: r.doc, Inputs: []string{"p", "y"}, Wrt: firstOnly, Shape: shape, Grad: lossGrad(r.name),
			Eval: func(_ *Context, a Loss, out Tensor, in []Tensor) {
				zero(out)
				t := in[0].Shape.Size() / in[0].Shape[0]
				for i, p := range in[0].Data {
					out.Data[i/t] += r.f(p-in[1].Data[i], a.Delta) / float64(t)
				}
			},
			FLOPs: inputSize[Loss](3),
			Samples: []Sample{
				{Name: "one output", Attrs: attrs, Inputs: []Shape{{5, 1}, {5, 1}}, Fill: fills, Fixed: fixed},
				{Name: "three outputs", Attrs: attrs, Inputs: []Shape{{4, 3}, {4, 3}}, Fill: fills, Fixed: fixed},
				{Name: "images", Attrs: Loss{Delta: r.delta * 1.7}, Inputs: []Shape{{2, 3, 2, 5}, {2, 3, 2, 5}}, Fill: fills, Fixed: fixed},
				{Name: "a number each", Attrs: attrs, Inputs: []Shape{{7}, {7}}, Fill: fills, Fixed: fixed},
			},
		}), register(define[Loss]{
			Name: r.name + "_dx", Doc: `Gradient of ` + r.name + ` for p.`, Inputs: []string{"p", "y", "dl"}, Backward: true, Shape: lossDxShape(shape),
			Eval: func(_ *Context, a Loss, out Tensor, in []Tensor) {
				t := in[0].Shape.Size() / in[0].Shape[0]
				for i, p := range in[0].Data {
					out.Data[i] = in[2].Data[i/t] * r.g(p-in[1].Data[i], a.Delta) / float64(t)
				}
			},
			FLOPs: inputSize[Loss](3), InPlace: []int{0},
		}))
	}
	return specs
}()

// MSE is the squared error of each example.
func (a Loss) MSE(b Builder, p, y Val) Val { return b.Apply("mse", a, p, y) }

// MAE is the absolute error of each example.
func (a Loss) MAE(b Builder, p, y Val) Val { return b.Apply("mae", a, p, y) }

// Huber is Huber's loss of each example.
func (a Loss) Huber(b Builder, p, y Val) Val { return b.Apply("huber", a, p, y) }

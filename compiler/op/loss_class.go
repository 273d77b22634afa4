package op

import (
	"fmt"
	"math"
)

// smoothing is the check of classification losses.
func (a Loss) smoothing() error {
	if !(a.Smoothing >= 0 && a.Smoothing < 1) {
		return fmt.Errorf("label smoothing is %v; it must be in [0, 1)", a.Smoothing)
	}
	return nil
}

// classShape is the shape rule of a loss of logits against targets of the same shape.
func classShape(a Loss, in []Shape) (Shape, error) {
	err := first(a.smoothing(), wantRank("logits", in[0], "batch classes"), wantSame("logits", in[0], "target", in[1]))
	if err != nil {
		return nil, err
	}
	return Shape{in[0][0]}, nil
}

// lossDxShape is the shape rule of a loss's gradient: that of its first input, given one number an example.
func lossDxShape(forward func(Loss, []Shape) (Shape, error)) func(Loss, []Shape) (Shape, error) {
	return func(a Loss, in []Shape) (Shape, error) {
		l, err := forward(a, in[:2])
		if err == nil {
			err = wantShape("dl", in[2], l)
		}
		return in[0], err
	}
}

// lossGrad is the gradient of a loss for its prediction; the target has none.
func lossGrad(name string) func(b Builder, a Loss, in []Val, _, dy Val) []Val {
	return func(b Builder, a Loss, in []Val, _, dy Val) []Val {
		return []Val{b.Apply(name+"_dx", a, in[0], in[1], dy), nil}
	}
}

var firstOnly = []bool{true, false}

var _ = register(define[Loss]{
	Name: "cross_entropy",
	Doc: `Softmax cross-entropy of each example: l[n] = -sum_k t'[n,k] ln softmax(logits[n])[k], stable for any logits. Rows of target sum to 1. Label
smoothing e takes t' = (1-e) target + e/K (Szegedy et al. 2016, "Rethinking the Inception architecture"). dlogits = dl (softmax - t').`,
	Inputs: []string{"logits", "target"},
	Wrt:    firstOnly,
	Shape:  classShape,
	Grad:   lossGrad("cross_entropy"),
	Eval: func(_ *Context, a Loss, out Tensor, in []Tensor) {
		a.eachRow(in[0], in[1], func(n int, logits, target []float64) {
			lse := logSumExp(logits)
			sum := 0.0
			for k, z := range logits {
				sum += target[k] * (lse - z)
			}
			out.Data[n] = sum
		})
	},
	FLOPs: inputSize[Loss](6),
	Samples: []Sample{
		{Name: "one class each", Attrs: Loss{}, Inputs: []Shape{{5, 7}, {5, 7}}, Fill: []fill{nil, oneOf(7)}, Fixed: []bool{false, true}},
		{Name: "smoothed", Attrs: Loss{Smoothing: 0.1}, Inputs: []Shape{{3, 10}, {3, 10}}, Fill: []fill{nil, oneOf(10)}, Fixed: []bool{false, true}},
		{Name: "mixed", Attrs: Loss{}, Inputs: []Shape{{6, 5}, {6, 5}}, Fill: []fill{nil, mixedOf(5)}, Fixed: []bool{false, true}},
		{Name: "two classes, one example", Attrs: Loss{Smoothing: 0.3}, Inputs: []Shape{{1, 2}, {1, 2}}, Fill: []fill{nil, oneOf(2)}, Fixed: []bool{false, true}},
		{Name: "large logits", Attrs: Loss{}, Inputs: []Shape{{4, 3}, {4, 3}}, Fill: []fill{func(i int, u func() float64) float64 { return 80*u() - 40 }, oneOf(3)}, Fixed: []bool{false, true}},
	},
})

// CrossEntropy is the loss of each example.
func (a Loss) CrossEntropy(b Builder, logits, target Val) Val {
	return b.Apply("cross_entropy", a, logits, target)
}

var _ = register(define[Loss]{
	Name: "cross_entropy_dx", Doc: `Gradient of cross_entropy: dl[n] (softmax(logits[n]) - t'[n]), for targets whose rows sum to 1.`, Inputs: []string{"logits", "target", "dl"}, Backward: true,
	Shape: lossDxShape(classShape),
	Eval: func(_ *Context, a Loss, out Tensor, in []Tensor) {
		a.eachRow(in[0], in[1], func(n int, logits, target []float64) {
			lse := logSumExp(logits)
			for k, z := range logits {
				out.Data[n*len(logits)+k] = in[2].Data[n] * (math.Exp(z-lse) - target[k])
			}
		})
	},
	FLOPs: inputSize[Loss](6), InPlace: []int{0},
})

// eachRow visits the logits of each example with its smoothed target.
func (a Loss) eachRow(logits, target Tensor, f func(n int, logits, target []float64)) {
	k := logits.Shape[1]
	smooth := make([]float64, k)
	for n := range logits.Shape[0] {
		for j, t := range target.Data[n*k : (n+1)*k] {
			smooth[j] = (1-a.Smoothing)*t + a.Smoothing/float64(k)
		}
		f(n, logits.Data[n*k:(n+1)*k], smooth)
	}
}

// logSumExp is ln(sum of e^z) without overflow.
func logSumExp(z []float64) float64 {
	top := z[0]
	for _, v := range z {
		top = math.Max(top, v)
	}
	sum := 0.0
	for _, v := range z {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}

var _ = register(define[Loss]{
	Name: "bce",
	Doc: `Binary cross-entropy with logits: for each example the mean over its outputs of softplus(z) - t' z, which is -t' ln s - (1-t') ln(1-s) for s =
sigmoid(z), stable for any z. Label smoothing e takes t' = (1-e) target + e/2. dlogits = dl (s - t')/T.`,
	Inputs: []string{"logits", "target"},
	Wrt:    firstOnly,
	Shape:  classShape,
	Grad:   lossGrad("bce"),
	Eval: func(_ *Context, a Loss, out Tensor, in []Tensor) {
		zero(out)
		t := in[0].Shape[1]
		for i, z := range in[0].Data {
			out.Data[i/t] += (softplus(z) - a.half(in[1].Data[i])*z) / float64(t)
		}
	},
	FLOPs: inputSize[Loss](8),
	Samples: []Sample{
		{Name: "one output", Attrs: Loss{}, Inputs: []Shape{{5, 1}, {5, 1}}, Fill: []fill{nil, binary}, Fixed: []bool{false, true}},
		{Name: "smoothed", Attrs: Loss{Smoothing: 0.1}, Inputs: []Shape{{3, 4}, {3, 4}}, Fill: []fill{nil, binary}, Fixed: []bool{false, true}},
		{Name: "probabilities, one example", Attrs: Loss{}, Inputs: []Shape{{1, 7}, {1, 7}}, Fill: []fill{nil, near}, Fixed: []bool{false, true}},
		{Name: "large logits", Attrs: Loss{}, Inputs: []Shape{{4, 3}, {4, 3}}, Fill: []fill{func(i int, u func() float64) float64 { return 80*u() - 40 }, binary}, Fixed: []bool{false, true}},
	},
})

// BCE is the binary cross-entropy of each example.
func (a Loss) BCE(b Builder, logits, target Val) Val { return b.Apply("bce", a, logits, target) }

var _ = register(define[Loss]{
	Name: "bce_dx", Doc: `Gradient of bce: dl[n] (sigmoid(logits) - t') / T.`, Inputs: []string{"logits", "target", "dl"}, Backward: true,
	Shape: lossDxShape(classShape),
	Eval: func(_ *Context, a Loss, out Tensor, in []Tensor) {
		t := in[0].Shape[1]
		for i, z := range in[0].Data {
			out.Data[i] = in[2].Data[i/t] * (logistic(z) - a.half(in[1].Data[i])) / float64(t)
		}
	},
	FLOPs: inputSize[Loss](7), InPlace: []int{0},
})

// half is the smoothed binary target.
func (a Loss) half(t float64) float64 { return (1-a.Smoothing)*t + a.Smoothing/2 }

package optim

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

func adamParams(more ...catalog.Param) []catalog.Param {
	return append([]catalog.Param{
		lrParam(catalog.N(1e-3)),
		{Name: "beta1", Doc: "Decay of the average of gradients.", Type: catalog.Fraction(), Default: catalog.N(0.9)},
		{Name: "beta2", Doc: "Decay of the average of squared gradients.", Type: catalog.Fraction(), Default: catalog.N(0.999)},
		{Name: "eps", Doc: "Added to the denominator.", Type: catalog.NonNegative(), Default: catalog.N(1e-8)},
	}, more...)
}

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Optimizer, Name: "adam",
		Doc: "Adam: m = beta1*m + (1-beta1)*g, v = beta2*v + (1-beta2)*g*g, " +
			"w -= lr * m/(1-beta1^t) / (sqrt(v/(1-beta2^t)) + eps).",
		Paper:  "Kingma and Ba 2015, ICLR",
		Params: adamParams(),
	},
	make: func(a model.Args) Rule { return newAdam(a) },
})

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Optimizer, Name: "adamw",
		Doc: "Adam with decoupled weight decay: shorthand for adam with a `decay` statement of its own, " +
			"which shrinks weights (not biases, not norms) by lr*weight_decay before each update.",
		Paper: "Loshchilov and Hutter 2019, ICLR",
		Params: adamParams(catalog.Param{
			Name: "weight_decay", Doc: "Decoupled decay of weights.", Type: catalog.NonNegative(), Default: catalog.N(0.01)}),
	},
	make: func(a model.Args) Rule {
		r := newAdam(a)
		r.decay = a.Num("weight_decay")
		return r
	},
})

func newAdam(a model.Args) adam {
	return adam{lr: a.Num("lr"), beta1: a.Num("beta1"), beta2: a.Num("beta2"), eps: a.Num("eps")}
}

type adam struct{ lr, beta1, beta2, eps, decay float64 }

func (r adam) Rate() float64  { return r.lr }
func (r adam) Decay() float64 { return r.decay }
func (r adam) Slots() []Slot  { return []Slot{{Name: "exp_avg"}, {Name: "exp_avg_sq"}} }

func (r adam) Update(k cpu.Updates, before *cpu.Before, p, g []float32, s Slots, lr float64, step int64) (cut bool) {
	t := float64(step)
	rate := float32(lr / (1 - math.Pow(r.beta1, t)))
	correct := float32(math.Sqrt(1 - math.Pow(r.beta2, t)))
	return k.Adam(before, p, g, s[0], s[1], cpu.AdamFactors{
		Beta1: float32(r.beta1), Take1: float32(1 - r.beta1), Beta2: float32(r.beta2), Take2: float32(1 - r.beta2),
		Rate: rate, Correct: correct, Eps: float32(r.eps),
	})
}

package optim

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Optimizer, Name: "sgd",
		Doc: "Stochastic gradient descent. With momentum m: v = m*v + (1-dampening)*g (v = g in the first step), " +
			"w -= lr*v; with nesterov: w -= lr*(g + m*v).",
		Paper: "Robbins and Monro 1951; momentum: Sutskever et al. 2013, ICML",
		Params: []catalog.Param{
			lrParam(nil),
			{Name: "momentum", Doc: "Share of the last update that is kept; 0 is plain descent.", Type: catalog.Fraction(), Default: catalog.N(0)},
			{Name: "nesterov", Doc: "Look ahead along the momentum (needs momentum).", Type: catalog.Flag(), Default: catalog.B(false)},
			{Name: "dampening", Doc: "Share of the gradient that is held back from the momentum.", Type: catalog.Probability(), Default: catalog.N(0)},
		},
		Foreign: []string{"SGD", "gradient_descent", "momentum"},
	},
	make: func(a model.Args) Rule {
		return sgd{lr: a.Num("lr"), momentum: a.Num("momentum"), dampening: a.Num("dampening"), nesterov: a.Bool("nesterov")}
	},
})

type sgd struct {
	lr, momentum, dampening float64
	nesterov                bool
}

func (r sgd) Rate() float64  { return r.lr }
func (r sgd) Decay() float64 { return 0 }

func (r sgd) Slots() []Slot {
	if r.momentum == 0 {
		return nil
	}
	return []Slot{{Name: "momentum"}}
}

func (r sgd) Update(k cpu.Updates, before *cpu.Before, p, g []float32, s Slots, lr float64, step int64) (cut bool) {
	rate := float32(lr)
	if r.momentum == 0 {
		return k.SGD(before, p, g, rate)
	}
	m, keep := float32(r.momentum), float32(1-r.dampening)
	if step == 1 {
		m, keep = 0, 1
	}
	if r.nesterov {
		return k.Nesterov(before, p, g, s[0], m, keep, rate, float32(r.momentum))
	}
	return k.Momentum(before, p, g, s[0], m, keep, rate)
}

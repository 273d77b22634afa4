package optim

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Optimizer, Name: "rmsprop",
		Doc: "RMSprop: s = alpha*s + (1-alpha)*g*g, w -= lr*g/(sqrt(s) + eps); centered subtracts the squared average " +
			"gradient from s; with momentum m: u = m*u + g/(sqrt(s) + eps), w -= lr*u.",
		Paper: "Tieleman and Hinton 2012, Coursera lecture 6.5; centered: Graves 2013, arXiv:1308.0850",
		Params: []catalog.Param{
			lrParam(catalog.N(0.01)),
			{Name: "alpha", Doc: "Decay of the average of squared gradients.", Type: catalog.Fraction(), Default: catalog.N(0.99)},
			{Name: "eps", Doc: "Added to the denominator.", Type: catalog.NonNegative(), Default: catalog.N(1e-8)},
			{Name: "momentum", Doc: "Share of the last update that is kept.", Type: catalog.Fraction(), Default: catalog.N(0)},
			{Name: "centered", Doc: "Divide by the standard deviation instead of the root mean square.", Type: catalog.Flag(), Default: catalog.B(false)},
		},
		Foreign: []string{"RMSprop", "rms_prop"},
	},
	make: func(a model.Args) Rule {
		return rmsprop{lr: a.Num("lr"), alpha: a.Num("alpha"), eps: a.Num("eps"), momentum: a.Num("momentum"), centered: a.Bool("centered")}
	},
})

type rmsprop struct {
	lr, alpha, eps, momentum float64
	centered                 bool
}

func (r rmsprop) Rate() float64  { return r.lr }
func (r rmsprop) Decay() float64 { return 0 }

func (r rmsprop) Slots() []Slot {
	list := []Slot{{Name: "square_avg"}}
	if r.momentum != 0 {
		list = append(list, Slot{Name: "momentum"})
	}
	if r.centered {
		list = append(list, Slot{Name: "grad_avg"})
	}
	return list
}

func (r rmsprop) Update(k cpu.Updates, before *cpu.Before, p, g []float32, s Slots, lr float64, _ int64) (cut bool) {
	var last, average []float32
	if r.momentum != 0 {
		last = s[1]
	}
	if r.centered {
		average = s[1]
		if last != nil {
			average = s[2]
		}
	}
	return k.RMSProp(before, p, g, s[0], last, average, cpu.RMSPropFactors{
		Keep: float32(r.alpha), Take: float32(1 - r.alpha), Rate: float32(lr), Eps: float32(r.eps), Momentum: float32(r.momentum),
	})
}

package optim

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Optimizer, Name: "adagrad",
		Doc:   "AdaGrad: s += g*g, w -= lr/(1 + (t-1)*lr_decay) * g/(sqrt(s) + eps).",
		Paper: "Duchi, Hazan and Singer 2011, JMLR 12:2121-2159",
		Params: []catalog.Param{
			lrParam(catalog.N(0.01)),
			{Name: "lr_decay", Doc: "Slows the rate by 1/(1 + (t-1)*lr_decay) at step t.", Type: catalog.NonNegative(), Default: catalog.N(0)},
			{Name: "start", Doc: "Value of the sum of squares before the first step.", Type: catalog.NonNegative(), Default: catalog.N(0)},
			{Name: "eps", Doc: "Added to the denominator.", Type: catalog.NonNegative(), Default: catalog.N(1e-10)},
		},
		Foreign: []string{"Adagrad"},
	},
	make: func(a model.Args) Rule {
		return adagrad{lr: a.Num("lr"), lrDecay: a.Num("lr_decay"), start: a.Num("start"), eps: a.Num("eps")}
	},
})

type adagrad struct{ lr, lrDecay, start, eps float64 }

func (r adagrad) Rate() float64  { return r.lr }
func (r adagrad) Decay() float64 { return 0 }
func (r adagrad) Slots() []Slot  { return []Slot{{Name: "sum", Start: float32(r.start)}} }

func (r adagrad) Update(k cpu.Updates, before *cpu.Before, p, g []float32, s Slots, lr float64, step int64) (cut bool) {
	return k.AdaGrad(before, p, g, s[0], float32(lr/(1+float64(step-1)*r.lrDecay)), float32(r.eps))
}

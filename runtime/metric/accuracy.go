package metric

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

var _ = register(spec{
	signature: catalog.Signature{
		Name: "accuracy",
		Doc: "Share of examples whose largest logit is that of the true class (the largest target, where mixing made it soft); " +
			"for yes-or-no labels the share of labels on whose side of 0 the logit lies. In [0, 1].",
		Foreign: []string{"acc"},
	},
	tasks: []Task{Classes, Labels},
	make:  func(model.Args, *Output) accumulator { return &accuracy{} },
})

type accuracy struct{ n [2]float64 } // right, all

func (a *accuracy) numbers() []float64 { return a.n[:] }

func (a *accuracy) add(o *Output, b Batch) {
	k := len(o.Columns)
	if o.Task == Labels {
		for i, p := range b.Logits[:b.N*k] {
			if p == p && (p > 0) == (b.Target[i] > 0.5) {
				a.n[0]++
			}
		}
		a.n[1] += float64(b.N * k)
		return
	}
	for i := range b.N {
		if argmax(b.Logits[i*k:(i+1)*k]) == argmax(b.Target[i*k:(i+1)*k]) {
			a.n[0]++
		}
	}
	a.n[1] += float64(b.N)
}

func (a *accuracy) values(_ *Output, put func(string, float64)) {
	put("accuracy", ratio(a.n[0], a.n[1]))
}

package metric

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

var _ = register(spec{
	signature: catalog.Signature{
		Name: "loss",
		Doc:  "Mean loss of an example, in the units that the network is trained in; penalties (l1, l2) are not part of it. With several outputs: the weighted sum of theirs.",
	},
	lower: true,
	make:  func(model.Args, *Output) accumulator { return &loss{} },
})

type loss struct{ n [2]float64 } // sum, examples

func (l *loss) numbers() []float64 { return l.n[:] }

func (l *loss) add(_ *Output, b Batch) {
	if b.Loss == nil {
		return
	}
	for _, v := range b.Loss[:b.N] {
		l.n[0] += float64(v)
	}
	l.n[1] += float64(b.N)
}

func (l *loss) values(_ *Output, put func(string, float64)) {
	if l.n[1] > 0 {
		put("loss", l.n[0]/l.n[1])
	}
}

var _ = register(spec{
	signature: catalog.Signature{
		Name: "gap",
		Doc: "How much worse the network is on the valid part than on the training part: accuracy(train) - accuracy(valid), or for a " +
			"regression loss(valid) - loss(train). The training figure is the mean over the epoch's batches.",
		Foreign: []string{"generalization_gap", "overfit"},
	},
	lower: true, // made from the values of two parts by Gap
})

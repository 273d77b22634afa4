package metric

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

var _ = register(spec{
	signature: catalog.Signature{
		Name:    "confusion",
		Doc:     "The confusion matrix: how many examples of each true class (row) were taken for each class (column). It goes into the run's summary.",
		Foreign: []string{"confusion_matrix"},
	},
	tasks: []Task{Classes},
	make: func(_ model.Args, o *Output) accumulator {
		k := len(o.Columns)
		return &confusion{k, make([]float64, k*k)}
	},
})

type confusion struct {
	k int
	n []float64
}

func (c *confusion) numbers() []float64 { return c.n }

func (c *confusion) add(_ *Output, b Batch) {
	for i := range b.N {
		truth, guess := argmax(b.Target[i*c.k:(i+1)*c.k]), argmax(b.Logits[i*c.k:(i+1)*c.k])
		if truth >= 0 && guess >= 0 {
			c.n[truth*c.k+guess]++
		}
	}
}

func (c *confusion) values(*Output, func(string, float64)) {}

func (c *confusion) matrix() [][]float64 {
	rows := make([][]float64, c.k)
	for i := range rows {
		rows[i] = append([]float64(nil), c.n[i*c.k:(i+1)*c.k]...)
	}
	return rows
}

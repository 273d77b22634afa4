package metric

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

var _ = register(spec{
	signature: catalog.Signature{
		Name:    "top",
		Doc:     "Share of examples whose true class is among the k largest logits, reported as top5 for k = 5. Equal logits rank by class number.",
		Params:  []catalog.Param{{Name: "k", Doc: "How many guesses count.", Type: catalog.Count(), Default: catalog.N(5), Positional: true}},
		Foreign: []string{"top_k", "topk"},
	},
	tasks: []Task{Classes},
	make:  func(a model.Args, _ *Output) accumulator { return &top{k: a.Int("k")} },
})

type top struct {
	k int
	n [2]float64 // right, all
}

func (t *top) numbers() []float64 { return t.n[:] }

func (t *top) add(o *Output, b Batch) {
	k := len(o.Columns)
	for i := range b.N {
		if rank(b.Logits[i*k:(i+1)*k], argmax(b.Target[i*k:(i+1)*k])) < t.k {
			t.n[0]++
		}
	}
	t.n[1] += float64(b.N)
}

// rank is how many logits come before that of class; all of them where there is a NaN.
func rank(logits []float32, class int) int {
	if class < 0 || argmax(logits) < 0 {
		return len(logits)
	}
	before := 0
	for j, v := range logits {
		if v > logits[class] || v == logits[class] && j < class {
			before++
		}
	}
	return before
}

func (t *top) values(_ *Output, put func(string, float64)) {
	put(fmt.Sprintf("top%d", t.k), ratio(t.n[0], t.n[1]))
}

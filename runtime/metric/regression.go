package metric

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

var _ = register(spec{
	signature: catalog.Signature{
		Name:    "mae",
		Doc:     "Mean absolute error in the target's own units; with several target columns the mean of theirs, each also reported by itself.",
		Foreign: []string{"mean_absolute_error", "l1_error"},
	},
	tasks: []Task{Regression},
	lower: true,
	make:  columnwise("mae", 2, func(n []float64, p, y float64) { n[0]++; n[1] += math.Abs(p - y) }, func(n []float64) float64 { return ratio(n[1], n[0]) }),
})

var _ = register(spec{
	signature: catalog.Signature{
		Name:    "rmse",
		Doc:     "Root of the mean squared error in the target's own units; with several target columns the mean of theirs, each also reported by itself.",
		Foreign: []string{"root_mean_squared_error"},
	},
	tasks: []Task{Regression},
	lower: true,
	make:  columnwise("rmse", 2, func(n []float64, p, y float64) { n[0]++; n[1] += float64((p - y) * (p - y)) }, func(n []float64) float64 { return math.Sqrt(ratio(n[1], n[0])) }),
})

var _ = register(spec{
	signature: catalog.Signature{
		Name: "r2",
		Doc: "Share of the target's variance that the predictions explain: 1 - sum((y-p)^2)/sum((y-mean(y))^2). 1 is perfect, 0 no better than the " +
			"mean; undefined for a target that does not vary. With several target columns the mean of theirs, each also reported by itself.",
		Foreign: []string{"r_squared", "r2_score"},
	},
	tasks: []Task{Regression},
	// Count, squared error, and Welford's running mean and sum of squares of the target.
	make: columnwise("r2", 4, func(n []float64, p, y float64) {
		n[0]++
		n[1] += float64((p - y) * (p - y))
		d := y - n[2]
		n[2] += d / n[0]
		n[3] += float64(d * (y - n[2]))
	}, func(n []float64) float64 { return 1 - ratio(n[1], n[3]) }),
})

// columns is a metric that keeps width numbers for each target column.
type columns struct {
	name   string
	width  int
	n      []float64
	update func(n []float64, p, y float64)
	result func(n []float64) float64
}

// columnwise makes such a metric from how a column's numbers take in a prediction p of y, and what they amount to.
func columnwise(name string, width int, update func(n []float64, p, y float64), result func(n []float64) float64) func(model.Args, *Output) accumulator {
	return func(_ model.Args, o *Output) accumulator {
		return &columns{name, width, make([]float64, width*len(o.Columns)), update, result}
	}
}

func (c *columns) numbers() []float64 { return c.n }

func (c *columns) add(o *Output, b Batch) {
	k := len(o.Columns)
	for i := range b.N {
		for j := range k {
			p, y := float64(b.Logits[i*k+j]), float64(b.Target[i*k+j])
			if o.Scale != nil {
				p = float64(p*o.Scale[j]) + o.Shift[j]
				y = float64(y*o.Scale[j]) + o.Shift[j]
			}
			c.update(c.n[j*c.width:(j+1)*c.width], p, y)
		}
	}
}

func (c *columns) values(o *Output, put func(string, float64)) {
	sum := 0.0
	for j, column := range o.Columns {
		v := c.result(c.n[j*c.width : (j+1)*c.width])
		sum += v
		if len(o.Columns) > 1 {
			put(c.name+"("+column+")", v)
		}
	}
	put(c.name, sum/float64(len(o.Columns)))
}

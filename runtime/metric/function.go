package metric

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/compiler/model"
)

// function is a metric that the program defines itself, of the targets and predictions of the whole part, in the
// targets' own units. It keeps them all. With several target columns it is the mean of theirs, each also reported by itself.
type function struct {
	name string
	of   func(y, p []float64) (float64, error)
	y, p [][]float64 // by column
}

func newFunction(n *model.Node, o *Output) *function {
	k := len(o.Columns)
	return &function{name: n.Name, of: n.Measure.Of, y: make([][]float64, k), p: make([][]float64, k)}
}

func (f *function) add(o *Output, b Batch) {
	k := len(o.Columns)
	for i := 0; i < b.N; i++ {
		for j := range f.y {
			y, p := float64(b.Target[i*k+j]), float64(b.Logits[i*k+j])
			if o.Scale != nil {
				y, p = y*o.Scale[j]+o.Shift[j], p*o.Scale[j]+o.Shift[j]
			}
			f.y[j], f.p[j] = append(f.y[j], y), append(f.p[j], p)
		}
	}
}

func (f *function) values(o *Output, put func(string, float64)) {
	mean := 0.0
	for j := range f.y {
		v := math.NaN()
		if len(f.y[j]) > 0 {
			if x, err := f.of(f.y[j], f.p[j]); err == nil {
				v = x
			}
		}
		mean += v / float64(len(f.y))
		if len(f.y) > 1 {
			put(f.name+"("+o.Columns[j]+")", v)
		}
	}
	put(f.name, mean)
}

// numbers is empty: what the metric keeps grows, so it is saved and restored by itself.
func (f *function) numbers() []float64 { return nil }

func (f *function) reset() {
	for j := range f.y {
		f.y[j], f.p[j] = f.y[j][:0], f.p[j][:0]
	}
}

// save is the number of examples, then the columns of targets and of predictions.
func (f *function) save() []float64 {
	s := []float64{float64(len(f.y[0]))}
	for j := range f.y {
		s = append(append(s, f.y[j]...), f.p[j]...)
	}
	return s
}

func (f *function) load(s []float64) (rest []float64, err error) {
	if len(s) == 0 || s[0] < 0 || s[0] != math.Trunc(s[0]) || s[0]*float64(2*len(f.y)) > float64(len(s)-1) {
		return nil, fmt.Errorf("the state of the metric %s is damaged", f.name)
	}
	n := int(s[0])
	s = s[1:]
	for j := range f.y {
		f.y[j] = append(f.y[j][:0], s[:n]...)
		f.p[j] = append(f.p[j][:0], s[n:2*n]...)
		s = s[2*n:]
	}
	return s, nil
}

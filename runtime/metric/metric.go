package metric

import (
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

// Task says what an output's numbers mean.
type Task int

// The tasks.
const (
	Classes    Task = iota // one of K classes: K logits against K class weights that add up to 1
	Labels                 // K yes-or-no answers: K logits against K zeros and ones
	Regression             // K numbers
	Unmeasured             // held against nothing that the data know: it has a loss, and that is all
)

// Output describes one output of a network.
type Output struct {
	Name string // "main", or the head's name
	Task Task
	// Columns names the K numbers: classes, labels or target columns.
	Columns []string
	// Scale and Shift bring a regression target back to its own units: value*Scale + Shift for each column; nil where
	// it is not scaled.
	Scale, Shift []float64
}

// Batch holds N examples of an output, row by row: K predictions and K targets each, and one loss each. Loss may be
// nil.
type Batch struct {
	N              int
	Logits, Target []float32
	Loss           []float32
}

// accumulator is one metric in the making.
type accumulator interface {
	add(o *Output, b Batch)
	values(o *Output, put func(name string, v float64))
	// numbers is the live state; restoring copies into it.
	numbers() []float64
}

type spec struct {
	signature catalog.Signature
	tasks     []Task // nil: every task
	lower     bool   // less is better
	make      func(a model.Args, o *Output) accumulator
}

var specs []spec

func register(s spec) spec { s.signature.Kind = catalog.Metric; specs = append(specs, s); return s }

// Signatures lists the metrics for the catalog.
func Signatures() []catalog.Signature {
	var list []catalog.Signature
	for _, s := range specs {
		list = append(list, s.signature)
	}
	return list
}

func lookup(name string) *spec {
	for i := range specs {
		if specs[i].signature.Name == name {
			return &specs[i]
		}
	}
	return nil
}

func (s *spec) fits(t Task) bool {
	if s.tasks == nil {
		return true
	}
	for _, u := range s.tasks {
		if u == t {
			return true
		}
	}
	return false
}

// ForTask names the metrics that fit a task.
func ForTask(t Task) []string {
	var names []string
	for i := range specs {
		if specs[i].fits(t) {
			names = append(names, specs[i].signature.Name)
		}
	}
	return names
}

// Fits reports whether a metric has a meaning for a task. Functions of the program are for numbers.
func Fits(n *model.Node, t Task) bool {
	if n.Measure != nil {
		return t == Regression
	}
	s := lookup(n.Name)
	return s != nil && s.fits(t)
}

// Lower reports whether less of a metric is better; the name may carry a part, a number and a head: valid.top5(aux). The metrics
// that a program reports tell of its own functions.
func Lower(name string, reported ...*model.Node) bool {
	name, _, _ = strings.Cut(name, "(")
	name = name[strings.LastIndexByte(name, '.')+1:]
	for _, n := range reported {
		if n.Measure != nil && n.Name == name {
			return n.Measure.Lower()
		}
	}
	s := lookup(name)
	return s != nil && s.lower
}

// Collector gathers the metrics of one output over one part.
type Collector struct {
	output Output
	list   []accumulator
}

// New makes a collector of the given metrics, resolved constructors such as accuracy or top(5). Those that always belong to
// the task are collected whether or not they are given: loss, and accuracy of classes and labels or mae, rmse and r2 of numbers.
func New(o Output, metrics []*model.Node) (*Collector, error) {
	c := &Collector{output: o}
	always := []string{"loss", "accuracy"}
	switch o.Task {
	case Regression:
		always = []string{"loss", "mae", "rmse", "r2"}
	case Unmeasured:
		always = []string{"loss"}
	}
	seen := map[string]bool{}
	own := map[string]bool{} // the program's functions hide metrics of their names
	for _, n := range metrics {
		own[n.Name] = own[n.Name] || n.Measure != nil
	}
	add := func(n *model.Node) error {
		if n.Measure != nil {
			if o.Task != Regression {
				return fmt.Errorf("%s is a function of numbers, and the output %s predicts classes; metrics that fit are %s", n.Name, o.Name, strings.Join(ForTask(o.Task), ", "))
			}
			c.list = append(c.list, newFunction(n, &c.output))
			return nil
		}
		s := lookup(n.Name)
		switch {
		case own[n.Name]:
			return nil
		case s == nil:
			return fmt.Errorf("there is no metric %s", n.Name)
		case !s.fits(o.Task):
			return fmt.Errorf("%s has no meaning for the output %s; metrics that fit are %s", n.Name, o.Name, strings.Join(ForTask(o.Task), ", "))
		case s.make == nil || seen[n.Constructor()]:
			return nil
		}
		seen[n.Constructor()] = true
		c.list = append(c.list, s.make(n.Args, &c.output))
		return nil
	}
	for _, name := range always {
		if err := add(&model.Node{Name: name}); err != nil {
			return nil, err
		}
	}
	for _, n := range metrics {
		if err := add(n); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Output describes what the collector measures.
func (c *Collector) Output() *Output { return &c.output }

// Add takes a batch.
func (c *Collector) Add(b Batch) {
	for _, a := range c.list {
		a.add(&c.output, b)
	}
}

// Values gives the metrics of all that was added; NaN where nothing was.
func (c *Collector) Values() Values {
	v := Values{}
	for _, a := range c.list {
		a.values(&c.output, func(name string, x float64) { v[name] = x })
	}
	return v
}

// Confusion gives the confusion matrix, rows by true class, or nil where it was not asked for.
func (c *Collector) Confusion() [][]float64 {
	for _, a := range c.list {
		if m, ok := a.(*confusion); ok {
			return m.matrix()
		}
	}
	return nil
}

// Reset forgets everything.
func (c *Collector) Reset() {
	for _, a := range c.list {
		if f, ok := a.(*function); ok {
			f.reset()
		}
		clear(a.numbers())
	}
}

// State is all that the collector has gathered.
func (c *Collector) State() []float64 {
	s := []float64{} // never nil, so that it can be told from nothing in a file
	for _, a := range c.list {
		s = append(s, a.numbers()...)
	}
	for _, a := range c.list {
		if f, ok := a.(*function); ok {
			s = append(s, f.save()...)
		}
	}
	return s
}

// Restore takes back what State gave.
func (c *Collector) Restore(state []float64) error {
	want := 0
	for _, a := range c.list {
		want += len(a.numbers())
	}
	if len(state) < want {
		return fmt.Errorf("the metrics' state has %d numbers, not %d", len(state), want)
	}
	for _, a := range c.list {
		state = state[copy(a.numbers(), state):]
	}
	for _, a := range c.list {
		if f, ok := a.(*function); ok {
			var err error
			if state, err = f.load(state); err != nil {
				return err
			}
		}
	}
	if len(state) > 0 {
		return fmt.Errorf("the metrics' state has %d numbers too many", len(state))
	}
	return nil
}

// argmax is the first of the largest numbers, or -1 where there is a NaN.
func argmax(row []float32) int {
	best := 0
	for i, v := range row {
		if v != v {
			return -1
		}
		if v > row[best] {
			best = i
		}
	}
	return best
}

// ratio is a/b, NaN for 0/0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}

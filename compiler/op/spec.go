// Package op is the list of primitive operations that every network is made of. One file holds one
// family: what it computes (a plain float64 reference that defines the meaning), its shape rule, its gradient, its
// documentation and samples. The registry is the test list: an operation without documentation, samples
// or a gradient that passes the numerical check fails the suite, and every device kernel is held to the
// reference.
//
// Activations are NHWC: [batch, height, width, channels]; rows are [batch, features]. A scalar has shape [].
// Labels and category codes travel as numbers in the same type.
package op

import (
	"fmt"
	"sort"

	"github.com/netc-lang/netc/compiler/rng"
)

// Shape is the extent of each axis, the batch axis first.
type Shape []int

// Size is the number of elements; 1 for a scalar.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

// Equal reports whether both have the same axes.
func (s Shape) Equal(t Shape) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if s[i] != t[i] {
			return false
		}
	}
	return true
}

// Last is the extent of the last axis, which holds channels or features.
func (s Shape) Last() int { return s[len(s)-1] }

// Val is a value of a graph under construction. Only its shape may be asked.
type Val interface{ Shape() Shape }

// Builder adds applications of operations to a graph. The network builder, the lowering and the numerical
// gradient check all implement it, so a gradient is written once. Apply reports a wrong shape through the
// builder's own sticky error and then returns a value of the best guess.
type Builder interface {
	Apply(name string, attrs any, in ...Val) Val
}

// Context is what an evaluation knows besides its inputs: the seed and the step that random operations
// are keyed by.
type Context struct {
	Seed uint64
	Step uint64
}

// Mask returns the stream of the dropout masks at path.
func (c *Context) Mask(path string) rng.Stream { return rng.New(c.Seed, rng.Mask, path) }

// Noise returns the stream of the noise added at path.
func (c *Context) Noise(path string) rng.Stream { return rng.New(c.Seed, rng.Noise, path) }

// Tensor is an input or output of a reference evaluation: row-major data with its shape.
type Tensor struct {
	Shape Shape
	Data  []float64
}

// Sample is one application that tests run: gradients are checked on it numerically, kernels against Eval.
type Sample struct {
	Name   string
	Attrs  any
	Inputs []Shape
	// Fill overrides the standard normal values of an input, say for labels or positive variances; nil
	// entries and a nil slice mean standard normal. u is a fresh uniform draw in [0, 1).
	Fill []func(i int, u func() float64) float64
	// Fixed inputs are not differentiated in the check (labels, moments).
	Fixed []bool
	// Compose is the expression whose gradient is checked, where that is more than the operation alone:
	// normalize's gradient holds only together with the moments of its input.
	Compose func(b Builder, attrs any, in []Val) Val
}

// Spec is one operation.
type Spec struct {
	Name   string
	Doc    string   // what it computes, with a formula; the source where it is a method
	Inputs []string // names for messages; a last name ending in "..." takes one or more

	// Shape returns the output's shape, or an error that names the input that does not fit.
	Shape func(attrs any, in []Shape) (Shape, error)

	// Grad returns the gradient for each input given that of the output (dy); nil where an input has
	// none. A nil Grad means that no input has one: reaching it by differentiation is an error.
	Grad func(b Builder, attrs any, in []Val, y, dy Val) []Val

	// Wrt says which inputs have a gradient; nil with a Grad means all.
	Wrt []bool

	// Eval is the reference: it defines the operation, in float64, slowly.
	Eval func(c *Context, attrs any, out Tensor, in []Tensor)

	// FLOPs of one application (a multiply-add counts two); nil counts one per output element.
	FLOPs func(attrs any, in []Shape, out Shape) int64

	// View says that the output is input 0 under another shape or a leading/contiguous part of it: it shares storage. Offset gives
	// the first element of the part (0 when nil).
	View   bool
	Offset func(attrs any, in []Shape) int

	// InPlace lists the inputs whose buffer the output may take over when nothing else needs it.
	InPlace []int

	// Random operations read Context.Seed and Step; their attributes have a path.
	Random bool

	Samples []Sample

	// Backward marks operations that only gradients apply. Tests reach them through the samples of the
	// forward operation, so that their inputs belong together; they need no Grad and no samples of their own.
	Backward bool
}

var registry = map[string]*Spec{}

// Register adds an operation at start-up.
func Register(s *Spec) *Spec {
	if _, dup := registry[s.Name]; dup {
		panic(fmt.Sprintf("op: %s registered twice", s.Name))
	}
	registry[s.Name] = s
	return s
}

// Get returns the operation of that name, or nil.
func Get(name string) *Spec { return registry[name] }

// All lists every operation by name.
func All() []*Spec {
	list := make([]*Spec, 0, len(registry))
	for _, s := range registry {
		list = append(list, s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

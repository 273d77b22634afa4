package op

import (
	"fmt"
	"strings"
)

// none stands for the attributes of an operation that has none; such an operation is applied with nil.
type none struct{}

// define is a Spec whose functions see the attributes in their own type A. register checks type, number of inputs
// and extents once, so that the rules of an operation read like its formula.
type define[A any] struct {
	Name    string
	Doc     string
	Inputs  []string
	Shape   func(a A, in []Shape) (Shape, error)
	Grad    func(b Builder, a A, in []Val, y, dy Val) []Val
	Wrt     []bool
	Eval    func(c *Context, a A, out Tensor, in []Tensor)
	FLOPs   func(a A, in []Shape, out Shape) int64
	View    bool
	Offset  func(a A, in []Shape) int
	InPlace []int

	Random, Backward bool

	Samples []Sample
}

// register turns d into a Spec and adds it to the registry.
func register[A any](d define[A]) *Spec {
	s := &Spec{
		Name: d.Name, Doc: d.Doc, Inputs: d.Inputs, Wrt: d.Wrt, View: d.View, InPlace: d.InPlace,
		Random: d.Random, Backward: d.Backward, Samples: d.Samples,
	}
	s.Shape = func(attrs any, in []Shape) (Shape, error) {
		a, err := attrsAs[A](attrs)
		if err == nil {
			err = s.checkInputs(in)
		}
		var out Shape
		if err == nil {
			out, err = d.Shape(a, in)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		return out, nil
	}
	s.Eval = func(c *Context, attrs any, out Tensor, in []Tensor) { d.Eval(c, mustAttrs[A](attrs), out, in) }
	if d.Grad != nil {
		s.Grad = func(b Builder, attrs any, in []Val, y, dy Val) []Val {
			return d.Grad(b, mustAttrs[A](attrs), in, y, dy)
		}
	}
	if d.FLOPs != nil {
		s.FLOPs = func(attrs any, in []Shape, out Shape) int64 { return d.FLOPs(mustAttrs[A](attrs), in, out) }
	}
	if d.Offset != nil {
		s.Offset = func(attrs any, in []Shape) int { return d.Offset(mustAttrs[A](attrs), in) }
	}
	return Register(s)
}

// attrsAs is attrs in its own type.
func attrsAs[A any](attrs any) (A, error) {
	var zero A
	if _, empty := any(zero).(none); empty {
		if attrs != nil {
			return zero, fmt.Errorf("takes no attributes, got %T", attrs)
		}
		return zero, nil
	}
	a, ok := attrs.(A)
	if !ok {
		return zero, fmt.Errorf("takes attributes of type %T, got %T", zero, attrs)
	}
	return a, nil
}

// mustAttrs is attrsAs where Shape has already been asked.
func mustAttrs[A any](attrs any) A {
	a, err := attrsAs[A](attrs)
	if err != nil {
		panic("op: " + err.Error())
	}
	return a
}

// Variadic reports whether the last input may be given more than once.
func (s *Spec) Variadic() bool {
	return len(s.Inputs) > 0 && strings.HasSuffix(s.Inputs[len(s.Inputs)-1], "...")
}

// Differentiable reports whether input i has a gradient.
func (s *Spec) Differentiable(i int) bool {
	switch {
	case s.Grad == nil:
		return false
	case s.Wrt == nil:
		return true
	}
	return s.Wrt[min(i, len(s.Wrt)-1)]
}

// Cost is the number of floating point operations of one application; a multiply-add counts two.
func (s *Spec) Cost(attrs any, in []Shape, out Shape) int64 {
	switch {
	case s.View:
		return 0
	case s.FLOPs == nil:
		return int64(out.Size())
	}
	return s.FLOPs(attrs, in, out)
}

func (s *Spec) checkInputs(in []Shape) error {
	switch n, names := len(s.Inputs), strings.Join(s.Inputs, ", "); {
	case s.Variadic() && len(in) < n:
		return fmt.Errorf("takes at least %s (%s), got %d", plural(n, "input", "inputs"), names, len(in))
	case !s.Variadic() && len(in) != n:
		return fmt.Errorf("takes %s (%s), got %d", plural(n, "input", "inputs"), names, len(in))
	}
	for i, shape := range in {
		for _, d := range shape {
			if d < 1 {
				return fmt.Errorf("%s has shape %v; every axis needs at least one element", s.input(i), shape)
			}
		}
	}
	return nil
}

// input is the name of input i for a message.
func (s *Spec) input(i int) string {
	if s.Variadic() && i >= len(s.Inputs)-1 {
		return fmt.Sprintf("input %d", i+1)
	}
	return s.Inputs[i]
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// The checks that shape rules share.

func wantRank(name string, s Shape, axes string) error {
	if n := len(strings.Fields(axes)); len(s) != n {
		return fmt.Errorf("%s has shape %v; it needs %s: [%s]", name, s, plural(n, "axis", "axes"), axes)
	}
	return nil
}

func wantImage(name string, s Shape) error {
	return wantRank(name, s, "batch height width channels")
}

func wantSame(nameA string, a Shape, nameB string, b Shape) error {
	if !a.Equal(b) {
		return fmt.Errorf("%s has shape %v and %s has %v; they must be the same", nameA, a, nameB, b)
	}
	return nil
}

func wantShape(name string, s, want Shape) error {
	if !s.Equal(want) {
		return fmt.Errorf("%s has shape %v; it must be %v", name, s, want)
	}
	return nil
}

// wantSomeAxes asks for at least one axis, so that there is a last one.
func wantSomeAxes(name string, s Shape) error {
	if len(s) == 0 {
		return fmt.Errorf("%s is a single number; it needs at least one axis", name)
	}
	return nil
}

// first is the first error of several checks.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// inputSize is a FLOPs rule: k for each element of input 0.
func inputSize[A any](k int64) func(A, []Shape, Shape) int64 {
	return func(_ A, in []Shape, _ Shape) int64 { return k * int64(in[0].Size()) }
}

// outputSize is a FLOPs rule: k for each element of the output.
func outputSize[A any](k int64) func(A, []Shape, Shape) int64 {
	return func(_ A, _ []Shape, out Shape) int64 { return k * int64(out.Size()) }
}

// zero clears a tensor before sums go into it.
func zero(t Tensor) { clear(t.Data) }

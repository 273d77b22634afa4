// Package optest runs operations by their references: an interpreter that evaluates and differentiates at once in
// float64, the inputs of every operation's samples, random samples, the steps of both as float32 sees them, and a
// numerical check of gradients. Tests of kernels and of the compiler hold themselves to it.
package optest

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/op"
)

// Value is a value of an Interp.
type Value struct {
	op.Tensor
	id int
}

// Shape is the shape of the value.
func (v *Value) Shape() op.Shape { return v.Tensor.Shape }

// Application is one operation that an Interp evaluated.
type Application struct {
	Spec  *op.Spec
	Attrs any
	In    []*Value
	Out   *Value
}

// Interp evaluates each operation when it is applied and remembers it, so that Grad can run backwards. It is an
// op.Builder; after the first error, which Err gives, values are only shapes.
type Interp struct {
	Context op.Context
	Tape    []Application // in order of evaluation
	values  int
	err     error
}

// New makes an interpreter with the seed and step of c.
func New(c op.Context) *Interp { return &Interp{Context: c} }

// Input adds a value that does not come from an operation. Its data is not copied.
func (p *Interp) Input(t op.Tensor) *Value {
	p.values++
	return &Value{t, p.values}
}

// Err is the first error of Apply or Grad.
func (p *Interp) Err() error { return p.err }

// Apply evaluates an operation. The values of in must come from this interpreter.
func (p *Interp) Apply(name string, attrs any, in ...op.Val) op.Val {
	if p.err != nil {
		return p.guess(in)
	}
	spec := op.Get(name)
	if spec == nil {
		p.err = fmt.Errorf("there is no operation %q", name)
		return p.guess(in)
	}
	a := Application{Spec: spec, Attrs: attrs}
	shapes := make([]op.Shape, len(in))
	tensors := make([]op.Tensor, len(in))
	for i, v := range in {
		value := v.(*Value)
		a.In = append(a.In, value)
		shapes[i], tensors[i] = value.Shape(), value.Tensor
	}
	shape, err := spec.Shape(attrs, shapes)
	if err != nil {
		p.err = err
		return p.guess(in)
	}
	a.Out = p.Input(op.Tensor{Shape: shape, Data: make([]float64, shape.Size())})
	spec.Eval(&p.Context, attrs, a.Out.Tensor, tensors)
	p.Tape = append(p.Tape, a)
	return a.Out
}

// guess is a value to go on with after an error.
func (p *Interp) guess(in []op.Val) op.Val {
	var s op.Shape
	if len(in) > 0 {
		s = in[0].Shape()
	}
	return p.Input(op.Tensor{Shape: s, Data: make([]float64, s.Size())})
}

// Grad is the gradient of sum(y dy) for each of wrt, by the rules of the operations that led to y; nil where
// y does not depend on it. A path through an operation without a gradient is an error.
func (p *Interp) Grad(y op.Val, dy op.Tensor, wrt ...op.Val) []*Value {
	grads := map[int]op.Val{y.(*Value).id: p.Input(dy)}
	depends := map[int]bool{}
	for _, v := range wrt {
		depends[v.(*Value).id] = true
	}
	tape := p.Tape
	for _, a := range tape {
		for i, v := range a.In {
			if depends[v.id] && (a.Spec.Differentiable(i) || a.Spec.Grad == nil) {
				depends[a.Out.id] = true
			}
		}
	}
	for i := len(tape) - 1; i >= 0; i-- {
		a := tape[i]
		dout := grads[a.Out.id]
		if dout == nil || !depends[a.Out.id] {
			continue
		}
		if a.Spec.Grad == nil {
			if p.err == nil {
				p.err = fmt.Errorf("%s has no gradient", a.Spec.Name)
			}
			break
		}
		in := make([]op.Val, len(a.In))
		for j, v := range a.In {
			in[j] = v
		}
		for j, g := range a.Spec.Grad(p, a.Attrs, in, a.Out, dout) {
			id := a.In[j].id
			switch {
			case g == nil || !depends[id]:
			case grads[id] == nil:
				grads[id] = g
			default:
				grads[id] = op.Add(p, grads[id], g)
			}
		}
	}
	out := make([]*Value, len(wrt))
	for i, v := range wrt {
		if g := grads[v.(*Value).id]; g != nil && depends[v.(*Value).id] {
			out[i] = g.(*Value)
		}
	}
	return out
}

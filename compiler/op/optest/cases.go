package optest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/netc-lang/netc/compiler/op"
)

// Context is the seed and step that samples run under; the step needs more than 32 bits.
var Context = op.Context{Seed: 7, Step: 1<<32 + 5}

// Inputs makes the inputs of a sample: standard normal numbers, or what the sample's fills say. The same
// sample and seed give the same numbers.
func Inputs(s op.Sample, seed uint64) []op.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	in := make([]op.Tensor, len(s.Inputs))
	for i, shape := range s.Inputs {
		in[i] = op.Tensor{Shape: shape, Data: make([]float64, shape.Size())}
		for j := range in[i].Data {
			if i < len(s.Fill) && s.Fill[i] != nil {
				in[i].Data[j] = s.Fill[i](j, r.Float64)
			} else {
				in[i].Data[j] = r.NormFloat64()
			}
		}
	}
	return in
}

// Case is one application of an operation with its result.
type Case struct {
	Name    string // operation/sample, and /backward where the gradient of another operation applied it
	Spec    *op.Spec
	Attrs   any
	Context op.Context
	In      []op.Tensor
	Out     op.Tensor // by the reference
}

// Cases is every sample of every operation, and every application of an operation in the gradients of those samples:
// what a kernel is held to. Inputs of backward operations belong together (y is f(x)).
func Cases() []Case {
	var cases []Case
	for _, spec := range op.All() {
		for i, s := range spec.Samples {
			p, in, y := forward(spec, s, Inputs(s, uint64(i)))
			if s.Compose != nil { // the operation alone, too
				q := New(Context)
				vals := make([]op.Val, len(in))
				for j, v := range in {
					vals[j] = q.Input(v.(*Value).Tensor)
				}
				q.Apply(spec.Name, s.Attrs, vals...)
				cases = append(cases, collect(q, spec.Name+"/"+s.Name+"/alone", 0)...)
			}
			cases = append(cases, collect(p, spec.Name+"/"+s.Name, 0)...)
			done := len(p.Tape)
			if spec.Grad != nil {
				p.Grad(y, Projection(y.Shape(), uint64(i)), in...)
				cases = append(cases, collect(p, spec.Name+"/"+s.Name+"/backward", done)...)
			}
			if p.Err() != nil {
				panic(fmt.Sprintf("optest: sample %s/%s: %v", spec.Name, s.Name, p.Err()))
			}
		}
	}
	return cases
}

// Projection is a random direction in which a gradient is taken: standard normal numbers.
func Projection(s op.Shape, seed uint64) op.Tensor {
	return Inputs(op.Sample{Inputs: []op.Shape{s}}, seed+1000)[0]
}

func collect(p *Interp, name string, from int) []Case {
	var cases []Case
	for _, a := range p.Tape[from:] {
		c := Case{Name: name, Spec: a.Spec, Attrs: a.Attrs, Context: p.Context, Out: a.Out.Tensor}
		for _, v := range a.In {
			c.In = append(c.In, v.Tensor)
		}
		cases = append(cases, c)
	}
	return cases
}

// forward evaluates a sample on in.
func forward(spec *op.Spec, s op.Sample, in []op.Tensor) (*Interp, []op.Val, op.Val) {
	p := New(Context)
	vals := make([]op.Val, len(in))
	for i, t := range in {
		vals[i] = p.Input(t)
	}
	if s.Compose != nil {
		return p, vals, s.Compose(p, s.Attrs, vals)
	}
	return p, vals, p.Apply(spec.Name, s.Attrs, vals...)
}

// CheckGradient compares the gradient of a sample with central differences of a random projection of its output, for each element of each
// input that has one. The error names the first element that is off.
func CheckGradient(spec *op.Spec, s op.Sample, seed uint64) error {
	in := Inputs(s, seed)
	p, vals, y := forward(spec, s, in)
	if p.Err() != nil {
		return p.Err()
	}
	dy := Projection(y.Shape(), seed)
	grads := p.Grad(y, dy, vals...)
	if p.Err() != nil {
		return fmt.Errorf("gradient: %w", p.Err())
	}
	objective := func() float64 {
		_, _, y := forward(spec, s, in)
		return Dot(y.(*Value).Tensor, dy)
	}
	const h, tolerance = 1e-5, 1e-6
	for i, t := range in {
		fixed := i < len(s.Fixed) && s.Fixed[i]
		switch {
		case !spec.Differentiable(i):
			if grads[i] != nil {
				return fmt.Errorf("input %d has a gradient against the specification", i)
			}
			continue
		case fixed:
			continue
		case grads[i] == nil:
			return fmt.Errorf("input %d has no gradient", i)
		case !grads[i].Shape().Equal(t.Shape):
			return fmt.Errorf("input %d has shape %v and its gradient %v", i, t.Shape, grads[i].Shape())
		}
		for j, x := range t.Data {
			t.Data[j] = x + h
			up := objective()
			t.Data[j] = x - h
			down := objective()
			t.Data[j] = x
			numeric, got := (up-down)/(2*h), grads[i].Data[j]
			if !(math.Abs(numeric-got) <= tolerance*(1+math.Abs(numeric))) {
				return fmt.Errorf("input %d element %d: the gradient is %v, central differences give %v", i, j, got, numeric)
			}
		}
	}
	return nil
}

// Dot is the sum of the products of the elements.
func Dot(a, b op.Tensor) float64 {
	sum := 0.0
	for i, x := range a.Data {
		sum += x * b.Data[i]
	}
	return sum
}

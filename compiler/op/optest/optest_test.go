package optest_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
)

// square has the gradient factor*x*dy: right with factor 2.
func square(name string, factor float64) *op.Spec {
	return op.Register(&op.Spec{
		Name: name, Inputs: []string{"x"},
		Shape: func(_ any, in []op.Shape) (op.Shape, error) { return in[0], nil },
		Grad: func(b op.Builder, _ any, in []op.Val, _, dy op.Val) []op.Val {
			return []op.Val{op.Scale(b, op.Mul(b, in[0], dy), factor)}
		},
		Eval: func(_ *op.Context, _ any, out op.Tensor, in []op.Tensor) {
			for i, x := range in[0].Data {
				out.Data[i] = x * x
			}
		},
	})
}

// The check passes a right gradient and names the element of a wrong one.
func TestCheckGradient(t *testing.T) {
	s := op.Sample{Inputs: []op.Shape{{2, 3}}}
	if err := optest.CheckGradient(square("test_square", 2), s, 1); err != nil {
		t.Error(err)
	}
	err := optest.CheckGradient(square("test_square_wrong", 2.001), s, 1)
	if err == nil || !strings.HasPrefix(err.Error(), "input 0 element 0: the gradient is") {
		t.Errorf("a wrong gradient: %v", err)
	}
}

// Mistakes are in Err, the first one, and the interpreter goes on.
func TestInterpErrors(t *testing.T) {
	one := op.Tensor{Shape: op.Shape{1}, Data: []float64{1}}
	for want, do := range map[string]func(p *optest.Interp){
		`there is no operation "sqare"`: func(p *optest.Interp) { p.Apply("sqare", nil, p.Input(one)) },
		"add: takes 2 inputs (a, b), got 1": func(p *optest.Interp) {
			y := p.Apply("add", nil, p.Input(one))
			p.Apply("nothing", nil, y)
		},
		"track has no gradient": func(p *optest.Interp) {
			x := p.Input(op.Tensor{Shape: op.Shape{2, 1}, Data: []float64{1, 2}})
			y := op.Track{}.Apply(p, x, x)
			p.Grad(y, op.Tensor{Shape: op.Shape{2, 1}, Data: []float64{1, 1}}, x)
		},
	} {
		p := optest.New(optest.Context)
		do(p)
		if p.Err() == nil || p.Err().Error() != want {
			t.Errorf("got %v, want %s", p.Err(), want)
		}
	}
}

// Cases of a backward operation have inputs that belong together.
func TestCasesAreConsistent(t *testing.T) {
	seen := 0
	for _, c := range optest.Cases() {
		if c.Spec.Name != "tanh_dx" {
			continue
		}
		seen++
		y := op.Tensor{Shape: c.In[0].Shape, Data: make([]float64, len(c.In[0].Data))}
		op.Get("tanh").Eval(&c.Context, c.Attrs, y, c.In[:1])
		for i := range y.Data {
			if y.Data[i] != c.In[1].Data[i] {
				t.Fatalf("%s: y is not tanh(x)", c.Name)
			}
		}
	}
	if seen == 0 {
		t.Error("no case of tanh_dx")
	}
}

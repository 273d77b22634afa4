package graph

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
)

// Operations with broken gradients, which only this test knows.
var (
	_ = op.Register(&op.Spec{
		Name: "test_panics", Doc: "panics in its gradient", Inputs: []string{"x"},
		Shape: func(_ any, in []op.Shape) (op.Shape, error) { return in[0], nil },
		Grad:  func(op.Builder, any, []op.Val, op.Val, op.Val) []op.Val { panic("boom") },
	})
	_ = op.Register(&op.Spec{
		Name: "test_forgets", Doc: "gives no gradient", Inputs: []string{"x"},
		Shape: func(_ any, in []op.Shape) (op.Shape, error) { return in[0], nil },
		Grad:  func(op.Builder, any, []op.Val, op.Val, op.Val) []op.Val { return []op.Val{nil} },
	})
	_ = op.Register(&op.Spec{
		Name: "test_misshapes", Doc: "gives a gradient of another shape", Inputs: []string{"x"},
		Shape: func(_ any, in []op.Shape) (op.Shape, error) { return in[0], nil },
		Grad: func(b op.Builder, _ any, _ []op.Val, _, dy op.Val) []op.Val {
			return []op.Val{op.Fill{N: 3, Factor: 1}.Apply(b, dy)}
		},
	})
	_ = op.Register(&op.Spec{
		Name: "test_misapplies", Doc: "applies an operation wrongly in its gradient", Inputs: []string{"x"},
		Shape: func(_ any, in []op.Shape) (op.Shape, error) { return in[0], nil },
		Grad: func(b op.Builder, _ any, _ []op.Val, _, dy op.Val) []op.Val {
			return []op.Val{op.Mean(b, dy)}
		},
	})
)

// Mistakes are errors that say where and what, never panics, and the first one stays.
func TestMisuse(t *testing.T) {
	shape := op.Shape{2, 3}
	scalar := func(g *Graph) (op.Val, op.Val) {
		w := g.Param("w", op.Shape{})
		return w, op.Scale(g, w, 2)
	}
	tests := map[string]struct {
		do   func(g *Graph)
		want string
	}{
		"shape": {func(g *Graph) {
			g.SetOrigin(at(9, "model.dense"))
			op.MatMul{}.Apply(g, g.Input("x", shape), g.Param("w", shape))
		}, "model.net:9:3: model.dense: matmul: a has 3 columns and b has 2 rows; they must agree"},
		"unknown operation": {func(g *Graph) { g.Apply("matmull", nil) }, "matmull: there is no such operation"},
		"wrong attributes": {func(g *Graph) { g.Apply("relu", op.Row{}, g.Input("x", shape)) },
			"relu: takes attributes of type op.Unary, got op.Row"},
		"too few inputs": {func(g *Graph) { g.Apply("add", nil, g.Input("x", shape)) }, "add: takes 2 inputs (a, b), got 1"},
		"no inputs":      {func(g *Graph) { g.Apply("concat", nil) }, "concat: takes at least 1 input (x...), got 0"},
		"value of another graph": {func(g *Graph) { op.Scale(g, New(Float32).Input("x", shape), 2) },
			"scale: input 1 is not a value of this graph"},
		"nil value":  {func(g *Graph) { g.Apply("relu", op.Unary{}, nil) }, "relu: input 1 is not a value of this graph"},
		"name taken": {func(g *Graph) { g.Input("x", shape); g.Param("x", shape) }, "param x: the name is taken; every input, parameter and state needs its own"},
		"no name":    {func(g *Graph) { g.State("", shape) }, "state : has no name"},
		"empty axis": {func(g *Graph) { g.Input("x", op.Shape{0, 3}) }, "input x: has shape [0 3]; every axis needs at least one element"},
		"first error stays": {func(g *Graph) {
			y := op.Add(g, g.Input("x", shape), g.Input("z", op.Shape{4}))
			op.MatMul{}.Apply(g, y, y)
			g.Output("y", y)
			g.Grad(y, y)
		}, "add: a has shape [2 3] and b has [4]; they must be the same"},
		"output twice": {func(g *Graph) {
			_, y := scalar(g)
			g.Output("y", y)
			g.Output("y", y)
		}, "scale: there is an output y already"},
		"output of nothing": {func(g *Graph) { g.Output("y", nil) }, "output y is not a value of this graph"},
		"loss is a vector": {func(g *Graph) {
			w := g.Param("w", op.Shape{4})
			g.Grad(op.Scale(g, w, 2), w)
		}, "scale: the loss has shape [4]; it must be a single number, say the mean over the batch"},
		"by a result": {func(g *Graph) {
			_, y := scalar(g)
			g.Grad(y, y)
		}, "scale: cannot be differentiated by; only inputs, parameters and states can"},
		"twice": {func(g *Graph) {
			w, y := scalar(g)
			g.Grad(y, w)
			g.Grad(y, w)
		}, "differentiating: the graph has been differentiated before; add the losses up and differentiate once"},
		"no gradient": {func(g *Graph) {
			g.SetOrigin(at(4, "model.norm"))
			w := g.Param("w", op.Shape{2, 3})
			m := op.Moments{Over: "batch"}.Of(g, w)
			g.SetOrigin(Origin{})
			g.Grad(op.Mean(g, op.ReshapeTo(g, op.Loss{}.MSE(g, m, m))), w)
		}, "model.net:4:3: model.norm: moments: the loss depends on parameters through this operation, which has no gradient"},
		"gradient panics": {func(g *Graph) {
			w, y := scalar(g)
			g.SetOrigin(at(3, "model.boom"))
			g.Grad(g.Apply("test_panics", nil, y), w)
		}, "model.net:3:3: model.boom: test_panics: differentiating: gorgonia gave up: boom"},
		"gradient is missing": {func(g *Graph) {
			w, y := scalar(g)
			g.Grad(g.Apply("test_forgets", nil, y), w)
		}, "the gradient of test_forgets has no part for x"},
		"gradient has another shape": {func(g *Graph) {
			w, y := scalar(g)
			g.Grad(g.Apply("test_misshapes", nil, y), w)
		}, "the gradient of test_misshapes for an input of shape [] has shape [3]"},
		"gradient is misapplied": {func(g *Graph) {
			w, y := scalar(g)
			g.SetOrigin(at(7, "model.odd"))
			g.Grad(g.Apply("test_misapplies", nil, y), w)
		}, "model.net:7:3: model.odd: mean: x has shape []; it needs 1 axis: [batch]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := New(Float32)
			test.do(g)
			if g.Err() == nil {
				t.Fatal("no error")
			}
			if got := g.Err().Error(); !strings.Contains(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if _, err := g.Program(); err != g.Err() {
				t.Errorf("Program gives %v", err)
			}
		})
	}
}

func TestProgramWithoutOutput(t *testing.T) {
	if _, err := New(Float32).Program(); err == nil || err.Error() != "the graph has no output" {
		t.Error(err)
	}
}

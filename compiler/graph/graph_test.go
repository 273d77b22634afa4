package graph

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gorgonia.org/gorgonia"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/lang/diag"
)

// net is a small network and its data, built on any op.Builder so that a graph can be held to the interpreter.
type net struct {
	inputs, params, states map[string]op.Shape
	build                  func(b op.Builder, v map[string]op.Val) map[string]op.Val // "loss" and other outputs
}

var mlp = net{
	inputs: map[string]op.Shape{"x": {5, 7}, "t": {5, 3}},
	params: map[string]op.Shape{"w1": {7, 6}, "b1": {6}, "w2": {6, 3}, "b2": {3}},
	build: func(b op.Builder, v map[string]op.Val) map[string]op.Val {
		h := op.Bias(b, op.MatMul{}.Apply(b, v["x"], v["w1"]), v["b1"])
		h = op.Dropout{P: 0.4, Rescale: true, Path: "model.dropout"}.Apply(b, op.Activation(b, "relu", 0, h))
		y := op.Bias(b, op.MatMul{}.Apply(b, h, v["w2"]), v["b2"])
		return map[string]op.Val{"logits": y, "loss": op.Mean(b, op.Loss{Smoothing: 0.1}.CrossEntropy(b, y, v["t"]))}
	},
}

// residual has a convolution, batch norm with tracked statistics, a weight that is used twice, a skip
// connection and a gate, so that gradients are summed in several places.
var residual = net{
	inputs: map[string]op.Shape{"x": {3, 5, 5, 2}, "y": {3, 2}},
	params: map[string]op.Shape{"k1": {3, 3, 2, 4}, "k2": {3, 3, 4, 4}, "gamma": {4}, "beta": {4}, "gate": {4, 4}, "w": {4, 2}},
	states: map[string]op.Shape{"stats": {2, 4}},
	build: func(b op.Builder, v map[string]op.Val) map[string]op.Val {
		same := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Groups: 1}
		bn := op.Moments{Over: "batch", Eps: 1e-5}
		x := same.Apply(b, v["x"], v["k1"])
		m := bn.Of(b, x)
		x = op.Activation(b, "silu", 0, bn.Normalize(b, x, m, v["gamma"], v["beta"]))
		y := same.Apply(b, x, v["k2"])
		y = op.Activation(b, "tanh", 0, y)
		y = op.Add(b, same.Apply(b, y, v["k2"]), x) // k2 again, and the skip
		y = op.Gauss{Std: 0.1, Path: "model.noise"}.Apply(b, y)
		s := op.Activation(b, "sigmoid", 0, op.MatMul{}.Apply(b, op.MeanSpace(b, y), v["gate"]))
		y = op.MulChannels(b, y, s)
		pooled := op.Pool{Window: op.Window{KH: 2, KW: 2, SH: 2, SW: 2, DH: 1, DW: 1}}.Average(b, y)
		f := op.MeanSpace(b, pooled)
		p := op.MatMul{}.Apply(b, f, v["w"])
		loss := op.Mean(b, op.Loss{Delta: 0.5}.Huber(b, p, v["y"]))
		loss = op.Add(b, loss, op.Scale(b, op.Mean(b, op.Loss{}.MSE(b, p, v["y"])), 0.3))
		return map[string]op.Val{"prediction": p, "loss": loss, "state/stats": op.Track{Decay: 0.9, Unbias: 75.0 / 74}.Apply(b, v["stats"], m)}
	},
}

// data makes numbers for every named value.
func (n net) data() map[string]op.Tensor {
	feed := map[string]op.Tensor{}
	seed := uint64(0)
	for _, group := range []map[string]op.Shape{n.inputs, n.params, n.states} {
		for name, shape := range group {
			for _, c := range name {
				seed = seed*31 + uint64(c)
			}
			feed[name] = optest.Projection(shape, seed)
		}
	}
	return feed
}

// graph builds n with gradients of every parameter as outputs.
func (n net) graph(t *testing.T, dtype DType) *Graph {
	t.Helper()
	g := New(dtype)
	vals := map[string]op.Val{}
	var params []string
	for name, s := range n.inputs {
		vals[name] = g.Input(name, s)
	}
	for name, s := range n.params {
		vals[name] = g.Param(name, s)
		params = append(params, name)
	}
	for name, s := range n.states {
		vals[name] = g.State(name, s)
	}
	out := n.build(g, vals)
	for name, v := range out {
		g.Output(name, v)
	}
	wrt := make([]op.Val, len(params))
	for i, name := range params {
		wrt[i] = vals[name]
	}
	grads, err := g.Grad(out["loss"], wrt...)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range params {
		if grads[i] == nil {
			t.Fatalf("no gradient for %s", name)
		}
		g.Output("grad/"+name, grads[i])
	}
	return g
}

// eager evaluates n and its gradients with the interpreter.
func (n net) eager(t *testing.T, c op.Context, feed map[string]op.Tensor) map[string]op.Tensor {
	t.Helper()
	p := optest.New(c)
	vals := map[string]op.Val{}
	for name, v := range feed {
		vals[name] = p.Input(v)
	}
	result := map[string]op.Tensor{}
	out := n.build(p, vals)
	for name, v := range out {
		result[name] = v.(*optest.Value).Tensor
	}
	for name := range n.params {
		d := p.Grad(out["loss"], op.Tensor{Shape: op.Shape{}, Data: []float64{1}}, vals[name])
		result["grad/"+name] = d[0].Tensor
	}
	if p.Err() != nil {
		t.Fatal(p.Err())
	}
	return result
}

func close(tolerance float64) cmp.Option {
	return cmp.Options{cmpopts.EquateApprox(tolerance, tolerance), cmpopts.EquateEmpty()}
}

var nets = map[string]net{"mlp": mlp, "residual": residual}

// A program gives what eager evaluation with the same rules gives.
func TestProgramAgainstInterpreter(t *testing.T) {
	for name, n := range nets {
		t.Run(name, func(t *testing.T) {
			p, err := n.graph(t, Float64).Program()
			if err != nil {
				t.Fatal(err)
			}
			feed := n.data()
			got, err := p.Reference(optest.Context, feed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(n.eager(t, optest.Context, feed), got, close(1e-12)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// gorgonia's own TapeMachine runs the same graph to the same numbers.
func TestTapeMachineAgrees(t *testing.T) {
	for name, n := range nets {
		for _, dtype := range []DType{Float64, Float32} {
			t.Run(name+"/"+dtype.String(), func(t *testing.T) {
				g := n.graph(t, dtype)
				g.context = optest.Context
				feed := n.data()
				for _, v := range g.nodes {
					if tensor, ok := feed[v.name]; ok {
						// The machine computes in place where it may: give it its own copy.
						own := op.Tensor{Shape: tensor.Shape, Data: append([]float64{}, tensor.Data...)}
						if err := gorgonia.Let(v.expr, g.value(own)); err != nil {
							t.Fatal(err)
						}
					}
				}
				vm := gorgonia.NewTapeMachine(g.expr)
				defer vm.Close()
				if err := vm.RunAll(); err != nil {
					t.Fatal(err)
				}
				got := map[string]op.Tensor{}
				for name, v := range g.outputs {
					data, err := numbers(v.expr.Value())
					if err != nil {
						t.Fatal(err)
					}
					got[name] = op.Tensor{Shape: v.shape, Data: data}
				}
				tolerance := 1e-12
				if dtype == Float32 {
					tolerance = 1e-4
				}
				if diff := cmp.Diff(n.eager(t, optest.Context, feed), got, close(tolerance)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func at(line int, path string) Origin {
	return Origin{Path: path, Span: diag.Span{Start: diag.Pos{Filename: "model.net", Line: line, Column: 3}}}
}

// Gradients that gorgonia adds up itself, for shapes that it might take for a scalar or a vector.
func TestSummedGradients(t *testing.T) {
	for _, shape := range []op.Shape{{}, {1}, {1, 1}, {3}, {3, 1}, {1, 3}, {2, 3}, {1, 1, 1, 1}, {2, 1, 1, 3}, {2, 3, 2}} {
		n := net{
			params: map[string]op.Shape{"p": shape},
			build: func(b op.Builder, v map[string]op.Val) map[string]op.Val {
				p := v["p"]
				y := op.Add(b, op.Mul(b, p, p), op.Add(b, op.Scale(b, p, 3), op.Activation(b, "tanh", 0, p)))
				if len(shape) == 0 {
					return map[string]op.Val{"loss": y}
				}
				return map[string]op.Val{"loss": op.Mean(b, op.Loss{}.MSE(b, y, p))}
			},
		}
		p, err := n.graph(t, Float64).Program()
		if err != nil {
			t.Fatalf("%v: %v", shape, err)
		}
		got, err := p.Reference(optest.Context, n.data())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n.eager(t, optest.Context, n.data()), got, close(1e-12)); diff != "" {
			t.Errorf("%v: %s", shape, diff)
		}
	}
}

// Every operation's sample gets the same gradient from a graph as from the interpreter, which central differences confirm.
func TestGradientOfEveryOperation(t *testing.T) {
	for _, spec := range op.All() {
		for i, s := range spec.Samples {
			if spec.Grad == nil {
				continue
			}
			t.Run(spec.Name+"/"+s.Name, func(t *testing.T) {
				n := net{inputs: map[string]op.Shape{}, params: map[string]op.Shape{}}
				feed := map[string]op.Tensor{}
				name := func(i int) string { return spec.Name + string(rune('a'+i)) }
				for j, in := range optest.Inputs(s, uint64(i)) {
					feed[name(j)] = in
					if spec.Differentiable(j) {
						n.params[name(j)] = in.Shape
					} else {
						n.inputs[name(j)] = in.Shape
					}
				}
				n.build = func(b op.Builder, v map[string]op.Val) map[string]op.Val {
					in := make([]op.Val, len(s.Inputs))
					for j := range in {
						in[j] = v[name(j)]
					}
					var y op.Val
					if s.Compose != nil {
						y = s.Compose(b, s.Attrs, in)
					} else {
						y = b.Apply(spec.Name, s.Attrs, in...)
					}
					y = op.Mul(b, y, y) // so that the elements get different gradients
					if len(y.Shape()) > 1 {
						y = op.Flatten(b, y)
						y = op.Loss{}.MSE(b, y, op.Scale(b, y, 0.5))
					}
					if len(y.Shape()) == 1 {
						y = op.Mean(b, y)
					}
					return map[string]op.Val{"loss": y}
				}
				p, err := n.graph(t, Float64).Program()
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range p.Values { // a sample may not need all of its inputs
					if _, ok := feed[v.Name]; v.Name != "" && !ok {
						t.Fatalf("no %s", v.Name)
					}
				}
				got, err := p.Reference(optest.Context, feed)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(n.eager(t, optest.Context, feed), got, close(1e-12)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// What the loss does not depend on has no gradient, and the input's gradient is not computed when nobody asks.
func TestAbsentGradientsAndDeadCode(t *testing.T) {
	g := New(Float32)
	x := g.Input("x", op.Shape{4, 6, 6, 3})
	used := g.Param("used", op.Shape{3, 3, 3, 5})
	unused := g.Param("unused", op.Shape{7})
	dead := g.Param("dead", op.Shape{4, 4, 4, 5})
	y := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1}, Groups: 1}.Apply(g, x, used)
	op.Mul(g, y, dead) // leads nowhere
	stats := op.Moments{Over: "batch"}.Of(g, y)
	g.Output("stats", stats)
	loss := op.Mean(g, op.Loss{}.MSE(g, y, g.Input("t", op.Shape{4, 4, 4, 5})))
	grads, err := g.Grad(loss, used, unused, dead)
	if err != nil {
		t.Fatal(err)
	}
	if grads[0] == nil || grads[1] != nil || grads[2] != nil {
		t.Fatalf("gradients %v", grads)
	}
	g.Output("loss", loss)
	g.Output("grad/used", grads[0])
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		if s.Op.Name == "conv2d_dx" || s.Op.Name == "mul" {
			t.Errorf("%s is computed for nobody", s.Op.Name)
		}
	}
	var names []string
	for _, v := range p.Values {
		if v.Name != "" {
			names = append(names, v.Kind.String()+" "+v.Name)
		}
	}
	want := []string{"input x", "param used", "param unused", "param dead", "input t"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("what is declared stays, in order: %s", diff)
	}
}

// The gradient by the data is there for who asks, and a loss that depends on nothing has none.
func TestGradientByInputsAndOfConstants(t *testing.T) {
	g := New(Float64)
	x := g.Input("x", op.Shape{3})
	loss := op.Mean(g, op.Mul(g, x, x))
	grads, err := g.Grad(loss, x)
	if err != nil || grads[0] == nil {
		t.Fatalf("%v, %v", grads, err)
	}
	g.Output("dx", grads[0])
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Reference(op.Context{}, map[string]op.Tensor{"x": {Shape: op.Shape{3}, Data: []float64{3, 6, -9}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{2, 4, -6}, out["dx"].Data, close(1e-15)); diff != "" {
		t.Error(diff)
	}

	g = New(Float64)
	w := g.Param("w", op.Shape{3})
	grads, err = g.Grad(g.Const(4), w)
	if err != nil || grads[0] != nil {
		t.Errorf("gradient of a constant: %v, %v", grads, err)
	}

	g = New(Float64)
	w = g.Param("w", op.Shape{})
	grads, err = g.Grad(w, w)
	if err != nil || grads[0] == nil {
		t.Fatalf("gradient of a parameter by itself: %v, %v", grads, err)
	}
	g.Output("dw", grads[0])
	if p, err = g.Program(); err != nil {
		t.Fatal(err)
	}
	if out, err = p.Reference(op.Context{}, map[string]op.Tensor{"w": {Data: []float64{5}}}); err != nil || out["dw"].Data[0] != 1 {
		t.Errorf("%v, %v", out, err)
	}
}

// Graphs may be built side by side, as a study does. Run with -race.
func TestGraphsAreIndependent(t *testing.T) {
	want, err := buildResnet(1)
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan string)
	for range 8 {
		go func() {
			p, err := buildResnet(1)
			if err != nil {
				results <- err.Error()
				return
			}
			results <- p.String()
		}()
	}
	for range 8 {
		if diff := cmp.Diff(want.String(), <-results); diff != "" {
			t.Error(diff)
		}
	}
}

package graph

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/op"
)

// small is a network of a convolution, batch norm, dropout and a dense layer, with the places of its statements.
func small() *Graph {
	g := New(Float32)
	x, t := g.Input("x", op.Shape{8, 6, 6, 1}), g.Input("target", op.Shape{8, 3})
	g.SetOrigin(at(5, "model.conv"))
	k := g.Param("model.conv.w", op.Shape{3, 3, 1, 4})
	h := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 2, SW: 2, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Groups: 1}.Apply(g, x, k)
	g.SetOrigin(at(6, "model.norm"))
	gamma, beta := g.Param("model.norm.scale", op.Shape{4}), g.Param("model.norm.shift", op.Shape{4})
	state := g.State("model.norm.moments", op.Shape{2, 4})
	bn := op.Moments{Over: "batch", Eps: 1e-5}
	m := bn.Of(g, h)
	h = bn.Normalize(g, h, m, gamma, beta)
	g.Output("state/model.norm.moments", op.Track{Decay: 0.9, Unbias: 72.0 / 71}.Apply(g, state, m))
	g.SetOrigin(at(7, "model.act"))
	h = op.Activation(g, "relu", 0, h)
	g.SetOrigin(at(8, "model.dropout"))
	h = op.Dropout{P: 0.5, Rescale: true, Path: "model.dropout"}.Apply(g, h)
	g.SetOrigin(at(9, "model.flatten"))
	h = op.Flatten(g, h)
	g.SetOrigin(at(10, "model.dense"))
	w := g.Param("model.dense.w", op.Shape{36, 3})
	logits := op.MatMul{}.Apply(g, h, w)
	logits = op.Add(g, logits, op.Scale(g, logits, 0.5)) // so that a gradient is a sum
	g.SetOrigin(at(14, "train.loss"))
	loss := op.Mean(g, op.Loss{Smoothing: 0.1}.CrossEntropy(g, logits, t))
	loss = op.Add(g, loss, g.Const(0.25))
	g.Output("logits", logits)
	g.Output("loss", loss)
	params := map[string]op.Val{"model.conv.w": k, "model.norm.scale": gamma, "model.norm.shift": beta, "model.dense.w": w}
	grads, _ := g.Grad(loss, k, gamma, beta, w)
	for i, name := range []string{"model.conv.w", "model.norm.scale", "model.norm.shift", "model.dense.w"} {
		if params[name] != nil && grads[i] != nil {
			g.Output("grad/"+name, grads[i])
		}
	}
	return g
}

// A dump of a program. NETC_UPDATE=1 writes the file anew.
func TestPrint(t *testing.T) {
	p, err := small().Program()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "small.txt")
	if os.Getenv("NETC_UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(p.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), p.String()); diff != "" {
		t.Error(diff)
	}
}

// Each way to spoil a program is found.
func TestVerify(t *testing.T) {
	spoil := map[string]struct {
		do   func(p *Program)
		want string
	}{
		"shape":            {func(p *Program) { p.Values[p.Steps[0].Out].Shape = op.Shape{8, 3, 3, 5} }, "conv2d gives shape [8 3 3 4] and the value has [8 3 3 5]"},
		"empty axis":       {func(p *Program) { p.Values[0].Shape = op.Shape{0} }, "%0 has shape [0]"},
		"order":            {func(p *Program) { p.Steps[0], p.Steps[1] = p.Steps[1], p.Steps[0] }, "before it is made"},
		"missing step":     {func(p *Program) { p.Steps = p.Steps[:len(p.Steps)-1] }, "is never made"},
		"written twice":    {func(p *Program) { p.Steps = append(p.Steps, p.Steps[0]) }, "made already"},
		"writes an input":  {func(p *Program) { p.Steps[0].Out = 0 }, "made already"},
		"dangling input":   {func(p *Program) { p.Steps[0].In[0] = 999 }, "uses %999 before it is made"},
		"dangling output":  {func(p *Program) { p.Steps[0].Out = -1 }, "does not exist"},
		"unknown output":   {func(p *Program) { p.Outputs["loss"] = 999 }, "output loss is %999, which does not exist"},
		"no output":        {func(p *Program) { p.Outputs = nil }, "no output"},
		"name twice":       {func(p *Program) { p.Values[1].Name = p.Values[0].Name }, `the name "x" of a input is empty or taken`},
		"unknown kind":     {func(p *Program) { p.Values[0].Kind = 17 }, "unknown kind"},
		"constant tensor":  {func(p *Program) { p.Values[0].Kind = Const }, "constant of shape"},
		"foreign step":     {func(p *Program) { p.Steps[0].Op = &op.Spec{Name: "conv2d"} }, "not registered"},
		"wrong attributes": {func(p *Program) { p.Steps[0].Attrs = nil }, "conv2d: takes attributes of type op.Conv, got <nil>"},
	}
	for name, test := range spoil {
		t.Run(name, func(t *testing.T) {
			p, err := small().Program()
			if err != nil {
				t.Fatal(err)
			}
			test.do(p)
			if err := p.Verify(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// The reference says what it misses.
func TestReferenceFeeds(t *testing.T) {
	g := New(Float32)
	g.Output("y", op.Scale(g, g.Input("x", op.Shape{2}), 3))
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Reference(op.Context{}, nil); err == nil || err.Error() != "input x is not fed" {
		t.Error(err)
	}
	feed := map[string]op.Tensor{"x": {Shape: op.Shape{3}, Data: []float64{1, 2, 3}}}
	if _, err := p.Reference(op.Context{}, feed); err == nil || err.Error() != "input x has shape [2] and is fed [3] with 3 numbers" {
		t.Error(err)
	}
}

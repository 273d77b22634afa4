package exec

import (
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

func TestFindNonFinite(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	p := resnet(t, 2, 8, 1)
	for _, c := range []struct {
		name  string
		spoil func(b Buffers)
		want  string // "" where all is well
	}{
		{"all is well", func(Buffers) {}, ""},
		{"an input", func(b Buffers) { b.Inputs["x"][200] = inf },
			`input "x", read by conv2d (forward pass of model.conv[1]) holds +Inf at [1 0 2 2]; 1 of its 2 8 8 3 elements are not finite`},
		{"a parameter", func(b Buffers) { b.Params["model.norm[4].gamma"][3] = nan },
			`parameter "model.norm[4].gamma", read by normalize (forward pass of model.norm[4]) holds NaN at [3]; 1 of its 16 elements are not finite`},
		{"an overflow", func(b Buffers) {
			w := b.Params["model.conv[5].weight"]
			for i := range w {
				w[i] = 3e38
			}
		}, "the output of conv2d (forward pass of model.conv[5]) holds"},
		{"the target", func(b Buffers) { b.Inputs["t"][3] = nan }, `input "t", read by cross_entropy (forward pass of model.loss`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := buffers(p, feed(p, 1))
			flat := gradients(p, b)
			c.spoil(b)
			m := bind(t, plan(t, p, Options{}), b)
			ctx := &kernel.Context{Seed: 1, Step: 2}
			m.Run(ctx)
			before := results(m)
			f, found, err := m.FindNonFinite(ctx)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case !found && c.want != "":
				t.Errorf("nothing was found; want %s", c.want)
			case found && (c.want == "" || !strings.Contains(f.String(), c.want)):
				t.Errorf("got %s, want %s", f, c.want)
			case found && !f.Step.Origin.Span.Start.IsValid():
				t.Errorf("%s has no place in the source", f)
			}
			sameBits(t, "outputs after the search", results(m), before)
			if len(flat) == 0 {
				t.Error("no gradients")
			}
		})
	}
}

// An operation in the backward half is found as such, though its forward half is finite.
func TestFindNonFiniteBackward(t *testing.T) {
	g := graph.New(graph.Float32)
	g.SetOrigin(graph.Origin{Path: "model.square"})
	w := g.Param("w", op.Shape{2})
	big := op.Scale(g, w, 1e30)
	loss := op.Mean(g, op.Scale(g, big, 1e20))
	g.Output("loss", loss)
	grads, err := g.Grad(loss, w)
	if err != nil {
		t.Fatal(err)
	}
	g.Output("grad/w", grads[0])
	p, err := g.Program()
	if err != nil {
		t.Fatal(err)
	}
	m := bind(t, plan(t, p, Options{}), Buffers{Params: map[string][]float32{"w": {1e-20, -1e-20}}})
	m.Run(&kernel.Context{})
	if v := m.Output("loss")[0]; math.IsInf(float64(v), 0) || v != v {
		t.Fatalf("the loss is %v", v)
	}
	f, found, err := m.FindNonFinite(&kernel.Context{})
	if err != nil || !found || !f.Step.Backward || f.Step.Op.Name != "scale" || f.Step.Origin.Path != "model.square" || !math.IsInf(float64(f.Value), 1) {
		t.Errorf("found %v %v, error %v", f, found, err)
	}
}

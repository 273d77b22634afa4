package graph

import (
	"fmt"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
)

// resnet builds ResNet-20 for 32x32 images with batch norm and gives its loss and parameters (He et al. 2016, section 4.2).
func resnet(g *Graph, blocks, batch int) (op.Val, []op.Val) {
	var params []op.Val
	param := func(kind string, shape ...int) op.Val {
		v := g.Param(fmt.Sprintf("model.%s[%d]", kind, len(params)), shape)
		params = append(params, v)
		return v
	}
	bn := op.Moments{Over: "batch", Eps: 1e-5}
	convNorm := func(x op.Val, kernel, out, stride int) op.Val {
		border := kernel / 2
		c := op.Conv{Window: op.Window{KH: kernel, KW: kernel, SH: stride, SW: stride, DH: 1, DW: 1, Top: border, Bottom: border, Left: border, Right: border}, Groups: 1}
		x = c.Apply(g, x, param("conv", kernel, kernel, x.Shape().Last(), out))
		m := bn.Of(g, x)
		state := g.State(fmt.Sprintf("model.stats[%d]", len(params)), op.Shape{2, out})
		g.Output(fmt.Sprintf("state/%d", len(params)), op.Track{Decay: 0.9, Unbias: 1}.Apply(g, state, m))
		return bn.Normalize(g, x, m, param("gamma", out), param("beta", out))
	}
	relu := func(x op.Val) op.Val { return op.Activation(g, "relu", 0, x) }

	x := relu(convNorm(g.Input("x", op.Shape{batch, 32, 32, 3}), 3, 16, 1))
	for i, width := range []int{16, 32, 64} {
		for j := range blocks {
			stride := 1
			if i > 0 && j == 0 {
				stride = 2
			}
			y := convNorm(relu(convNorm(x, 3, width, stride)), 3, width, 1)
			if stride == 2 {
				x = convNorm(x, 1, width, 2)
			}
			x = relu(op.Add(g, y, x))
		}
	}
	w, b := param("dense", 64, 10), param("bias", 10)
	logits := op.Bias(g, op.MatMul{}.Apply(g, op.MeanSpace(g, x), w), b)
	return op.Mean(g, op.Loss{}.CrossEntropy(g, logits, g.Input("t", op.Shape{batch, 10}))), params
}

func buildResnet(blocks int) (*Program, error) {
	g := New(Float32)
	loss, params := resnet(g, blocks, 128)
	grads, err := g.Grad(loss, params...)
	if err != nil {
		return nil, err
	}
	g.Output("loss", loss)
	for i, d := range grads {
		g.Output(fmt.Sprintf("grad/%d", i), d)
	}
	return g.Program()
}

// The depth shows whether building stays linear: 20, 56, 110 and 218 layers.
func BenchmarkBuildResNet(b *testing.B) {
	for _, blocks := range []int{3, 9, 18, 36} {
		b.Run(fmt.Sprint(6*blocks+2), func(b *testing.B) {
			var p *Program
			for b.Loop() {
				var err error
				if p, err = buildResnet(blocks); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(p.Steps)), "steps")
		})
	}
}

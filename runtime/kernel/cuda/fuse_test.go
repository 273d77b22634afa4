package cuda

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/kernel"
)

// fusion is an application with a random chain behind, and the same operations one by one.
type fusion struct {
	fused  kernel.Step
	in     [][]float32
	single []kernel.Step
	args   [][]int // of each single step: which of in it reads, -1 for the result so far
}

func newFusion(d optest.Draw, a *application) fusion {
	shape := a.Out.Shape
	type other struct {
		kernel.Link
		shape op.Shape // of the other input
	}
	choices := []other{
		{kernel.Link{Op: "relu", Attrs: op.Unary{}, In: -1}, nil},
		{kernel.Link{Op: "elu", Attrs: op.Unary{Alpha: 0.7}, In: -1}, nil},
		{kernel.Link{Op: "scale", Attrs: op.Unary{Alpha: -1.5}, In: -1}, nil},
		{kernel.Link{Op: "add", At: 0}, shape},
		{kernel.Link{Op: "mul", At: 1}, shape},
		{kernel.Link{Op: "relu_dx", Attrs: op.Unary{}, At: 2}, shape},
		{kernel.Link{Op: "silu_dx", Attrs: op.Unary{}, At: 0}, shape},
	}
	if len(shape) > 0 {
		choices = append(choices,
			other{kernel.Link{Op: "bias"}, op.Shape{shape.Last()}},
			other{kernel.Link{Op: "dropout", Attrs: op.Dropout{P: 0.4, Rescale: true, Path: "p"}, In: -1}, nil},
			other{kernel.Link{Op: "gauss", Attrs: op.Gauss{Std: 0.4, Path: "p"}, In: -1}, nil})
	}
	if len(shape) == 4 {
		choices = append(choices, other{kernel.Link{Op: "mul_channels"}, op.Shape{shape[0], shape[3]}})
	}
	f := fusion{fused: a.step(), in: a.Float32()}
	f.single = append(f.single, a.step())
	own := make([]int, len(a.In))
	for i := range own {
		own[i] = i
	}
	f.args = append(f.args, own)
	for range 1 + d.IntN(3) {
		c := choices[d.IntN(len(choices))]
		spec := op.Get(c.Op)
		alone := kernel.Step{Op: c.Op, Attrs: c.Attrs, Out: shape, In: make([]op.Shape, len(spec.Inputs))}
		args := make([]int, len(spec.Inputs))
		for i := range args {
			alone.In[i], args[i] = shape, -1
		}
		if c.shape != nil {
			c.In = len(f.in)
			x := make([]float32, c.shape.Size())
			for i := range x {
				x[i] = float32(d.NormFloat64())
			}
			f.in = append(f.in, x)
			f.fused.In = append(f.fused.In, c.shape)
			for i := range args {
				if i != c.At {
					alone.In[i], args[i] = c.shape, c.In
				}
			}
		}
		f.single, f.args = append(f.single, alone), append(f.args, args)
		f.fused.Then = append(f.fused.Then, c.Link)
	}
	return f
}

// Chains give what their operations give one by one, alone and stacked: the same bits where a device rounds every operation by itself.
func TestChains(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 9))}
	var list []fusion
	var kernels []Unitary
	for _, name := range []string{"add", "bias", "gelu", "pool_max", "normalize", "dropout", "embed", "concat", "matmul", "matmul", "conv2d", "conv2d", "conv2d", "mean_space", "max_space", "spread_space"} {
		spec := op.Get(name)
		applications := trace(t, spec, optest.Fresh[name](d), op.Context{Seed: seed, Step: 6})
		f := newFusion(d, &applications[d.IntN(len(applications))])
		list = append(list, f)
		kernels = append(kernels, compiled(t, f.fused))
		for _, s := range f.single {
			kernels = append(kernels, compiled(t, s))
		}
	}
	m := newMachine(t, kernels...)
	exact := exact()
	for _, f := range list {
		what := fmt.Sprintf("seed %d: %s %v %+v then %+v", seed, f.fused.Op, f.fused.In, f.fused.Attrs, f.fused.Then)
		var want []float32
		for i, s := range f.single {
			var in [][]float32
			for _, k := range f.args[i] {
				if k < 0 {
					in = append(in, want)
				} else {
					in = append(in, f.in[k])
				}
			}
			want = m.run(compiled(t, s), []kernel.Step{s}, []uint64{seed}, 6, [][][]float32{in}, 0, -1)[0]
		}
		gap := d.IntN(2) * 4
		got := m.run(compiled(t, f.fused), []kernel.Step{f.fused, f.fused}, []uint64{seed, seed + 1}, 6, [][][]float32{f.in, f.in}, gap, -1)[0]
		top := 0.0
		for _, w := range want {
			top = math.Max(top, math.Abs(float64(w)))
		}
		for i, w := range want {
			if math.Float32bits(got[i]) != math.Float32bits(w) && (exact || !(math.Abs(float64(got[i]-w)) <= 1e-5*top)) {
				t.Fatalf("%s: element %d is %v, one by one %v", what, i, got[i], w)
			}
		}
	}
}

func TestFusionsThatAreNotOffered(t *testing.T) {
	for _, s := range []kernel.Step{
		{Op: "relu", Attrs: op.Unary{}, In: []op.Shape{{2}}, Out: op.Shape{2}, Then: []kernel.Link{{Op: "mean", In: -1}}},
		{Op: "relu", Attrs: op.Unary{}, In: []op.Shape{{2}}, Out: op.Shape{2}, Then: []kernel.Link{{Op: "relu_dx", Attrs: op.Unary{}, At: 1, In: -1}}},
		{Op: "matmul", Attrs: op.MatMul{}, In: []op.Shape{{2, 3}, {3, 2}}, Out: op.Shape{2, 2}, Then: []kernel.Link{{Op: "cross_entropy", In: -1}}},
		{Op: "unheard", Out: op.Shape{2}},
	} {
		if _, err := New().Compile(s); !errors.Is(err, kernel.ErrMissing) {
			t.Errorf("%+v gives %v", s, err)
		}
	}
}

func TestSameShape(t *testing.T) {
	shape := op.Shape{2, 3}
	step := func(attrs any, then ...kernel.Link) kernel.Step {
		return kernel.Step{Op: "dropout", Attrs: attrs, In: []op.Shape{shape}, Out: shape, Then: then}
	}
	a := step(op.Dropout{P: 0.1, Path: "a"}, kernel.Link{Op: "leaky_relu", Attrs: op.Unary{Alpha: 1}, In: -1})
	for _, c := range []struct {
		b    kernel.Step
		same bool
	}{
		{step(op.Dropout{P: 0.3, Rescale: true, Path: "b"}, kernel.Link{Op: "leaky_relu", Attrs: op.Unary{Alpha: 2}, In: -1}), true},
		{step(op.Dropout{P: 0.1, Path: "a"}, kernel.Link{Op: "elu", Attrs: op.Unary{Alpha: 1}, In: -1}), false},
		{step(op.Dropout{P: 0.1, Path: "a"}), false},
		{kernel.Step{Op: "dropout", Attrs: a.Attrs, In: []op.Shape{{3, 2}}, Out: op.Shape{3, 2}, Then: a.Then}, false},
	} {
		if got := SameShape(a, c.b); got != c.same {
			t.Errorf("%+v and %+v: %v", a, c.b, got)
		}
	}
	pool := func(k int, border bool) kernel.Step {
		return kernel.Step{Op: "pool_avg", Attrs: op.Pool{Window: op.Window{KH: k, KW: 2, SH: 1, SW: 1, DH: 1, DW: 1}, CountBorder: border}}
	}
	if SameShape(pool(2, false), pool(3, false)) || SameShape(pool(2, false), pool(2, true)) || !SameShape(pool(2, true), pool(2, true)) {
		t.Error("pooling shares a shape where its windows are the same")
	}
}

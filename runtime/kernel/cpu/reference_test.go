package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// application is one step to test: an operation with float64 inputs that float32 holds exactly.
type application struct {
	spec  *op.Spec
	attrs any
	in    []op.Tensor
	out   op.Tensor // by the reference
	name  string    // prefix of messages
	set   string    // instruction set
}

func (a *application) backend() *Backend {
	b, err := For(a.set)
	if err != nil {
		panic(err)
	}
	return b
}

// tracer is an op.Builder that evaluates by the reference and records what is applied. Every value is rounded to float32, so that
// a kernel gets the very inputs that the reference had.
type tracer struct {
	ctx  op.Context
	list []application
	err  error
}

type traced struct{ op.Tensor }

func (v traced) Shape() op.Shape { return v.Tensor.Shape }

func (t *tracer) Apply(name string, attrs any, in ...op.Val) op.Val {
	spec := op.Get(name)
	if spec == nil {
		t.err = fmt.Errorf("no operation %q", name)
		return in[0]
	}
	a := application{spec: spec, attrs: attrs}
	var shapes []op.Shape
	for _, v := range in {
		a.in = append(a.in, v.(traced).Tensor)
		shapes = append(shapes, v.Shape())
	}
	shape, err := spec.Shape(attrs, shapes)
	if err != nil {
		if t.err == nil {
			t.err = err
		}
		return in[0]
	}
	a.out = op.Tensor{Shape: shape, Data: make([]float64, shape.Size())}
	spec.Eval(&t.ctx, attrs, a.out, a.in)
	t.list = append(t.list, a)
	return traced{rounded(a.out)}
}

func rounded(t op.Tensor) op.Tensor {
	data := make([]float64, len(t.Data))
	for i, v := range t.Data {
		data[i] = float64(float32(v))
	}
	return op.Tensor{Shape: t.Shape, Data: data}
}

// trace evaluates a sample, and its gradient where it has one, and gives every step of both.
func trace(spec *op.Spec, s op.Sample, seed uint64) ([]application, error) {
	r := rand.New(rand.NewPCG(seed, 1))
	t := &tracer{ctx: op.Context{Seed: seed, Step: seed<<31 + 5}}
	var in []op.Val
	for i, shape := range s.Inputs {
		v := op.Tensor{Shape: shape, Data: make([]float64, shape.Size())}
		for j := range v.Data {
			if i < len(s.Fill) && s.Fill[i] != nil {
				v.Data[j] = s.Fill[i](j, r.Float64)
			} else {
				v.Data[j] = r.NormFloat64()
			}
		}
		in = append(in, traced{rounded(v)})
	}
	y := t.Apply(spec.Name, s.Attrs, in...)
	if t.err == nil && spec.Grad != nil {
		dy := op.Tensor{Shape: y.Shape(), Data: make([]float64, y.Shape().Size())}
		for j := range dy.Data {
			dy.Data[j] = r.NormFloat64()
		}
		spec.Grad(t, s.Attrs, in, y, traced{rounded(dy)})
	}
	return t.list, t.err
}

// pools of 1, 2 and 3 threads are shared by all tests.
var pools = []*kernel.Pool{kernel.NewPool(1), kernel.NewPool(2), kernel.NewPool(3)}

func toFloat32(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func mustCompile(t testing.TB, a *application) kernel.Host {
	t.Helper()
	step := kernel.Step{Op: a.spec.Name, Attrs: a.attrs, Out: a.out.Shape}
	for _, v := range a.in {
		step.In = append(step.In, v.Shape)
	}
	k, err := a.backend().Compile(step)
	if err != nil {
		t.Fatal(err)
	}
	return k.(kernel.Host)
}

// compute runs the kernel of an application. Memory around and below what the kernel owns is poisoned, so that reading what
// it has not written shows.
func (a *application) compute(t testing.TB, ctx op.Context, pool *kernel.Pool, alias int) []float32 {
	t.Helper()
	var in [][]float32
	for _, v := range a.in {
		in = append(in, toFloat32(v.Data))
	}
	k := mustCompile(t, a)
	if r, ok := k.(kernel.Reader); ok {
		for i := range in {
			if !r.Reads(i) && i != alias {
				in[i] = nil
			}
		}
	}
	nan := float32(math.NaN())
	const guard = 12345
	n := a.out.Shape.Size()
	memory := make([]float32, n+8)
	for i := range memory {
		memory[i] = nan
	}
	for i := n; i < len(memory); i++ {
		memory[i] = guard
	}
	out := memory[:n:n]
	if alias >= 0 {
		out = in[alias]
	}
	scratch := make([]float32, k.Scratch())
	for i := range scratch {
		scratch[i] = nan
	}
	k.Run(&kernel.Context{Seed: ctx.Seed, Step: ctx.Step, Workers: pool}, out, in, scratch)
	for i := n; i < len(memory); i++ {
		if memory[i] != guard {
			t.Fatalf("%s writes behind its output", a.spec.Name)
		}
	}
	return out
}

// check holds a kernel to the reference, to its own bits on other numbers of threads, and to its own bits in place.
func (a *application) check(t *testing.T, ctx op.Context) {
	t.Helper()
	got := a.compute(t, ctx, pools[0], -1)
	compare(t, a.String(), got, a.out.Data, a.magnitude(ctx))
	same := func(what string, other []float32) {
		for i := range got {
			if math.Float32bits(got[i]) != math.Float32bits(other[i]) {
				t.Fatalf("%s: element %d is %v, and %v %s", a, i, got[i], other[i], what)
			}
		}
	}
	for _, p := range pools[1:] {
		same(fmt.Sprintf("on %d threads", p.Threads()), a.compute(t, ctx, p, -1))
	}
	for _, i := range a.spec.InPlace {
		if a.in[i].Shape.Equal(a.out.Shape) {
			same("in place of "+a.spec.Inputs[i], a.compute(t, ctx, pools[1], i))
		}
	}
}

func (a *application) String() string {
	s := a.name + a.set + " " + a.spec.Name
	for _, v := range a.in {
		s += fmt.Sprint(v.Shape)
	}
	return fmt.Sprintf("%s %+v", s, a.attrs)
}

// magnitude is the size of the terms that an output element is summed from: the operation on absolute values, which bounds
// what rounding can do. Nil where the elements themselves say enough.
func (a *application) magnitude(ctx op.Context) []float64 {
	switch a.spec.Name {
	case "matmul", "conv2d", "conv2d_dx", "conv2d_dw", "sum_rows", "mean", "sum_space", "mean_space", "mul_channels_ds", "pool_avg", "pool_avg_dx", "embed_dw", "normalize_dparams", "bias", "add", "add_channels":
	default:
		return nil
	}
	var in []op.Tensor
	for _, v := range a.in {
		w := op.Tensor{Shape: v.Shape, Data: make([]float64, len(v.Data))}
		for i, x := range v.Data {
			w.Data[i] = math.Abs(x)
		}
		in = append(in, w)
	}
	switch a.spec.Name {
	case "embed_dw":
		in[0] = a.in[0]
	case "normalize_dparams": // |x - mean| is at most |x| + |mean|
		means := in[1].Data[:len(in[1].Data)/2]
		for i, m := range means {
			means[i] = -m
		}
	}
	out := op.Tensor{Shape: a.out.Shape, Data: make([]float64, len(a.out.Data))}
	a.spec.Eval(&ctx, a.attrs, out, in)
	return out.Data
}

// compare asks for a relative error of at most 4e-6, of the element's magnitude where one is given, else of the element plus a
// 25th of the largest one (for results of cancelling terms). Infinite and NaN elements must be just that.
func compare(t *testing.T, what string, got []float32, want, magnitude []float64) {
	t.Helper()
	top := 0.0
	for _, w := range want {
		if !math.IsInf(w, 0) && math.Abs(w) > top {
			top = math.Abs(w)
		}
	}
	for i, w := range want {
		g := float64(got[i])
		if math.IsNaN(w) || math.IsInf(w, 0) || math.IsNaN(g) || math.IsInf(g, 0) {
			if !(math.IsNaN(w) && math.IsNaN(g)) && w != g {
				t.Fatalf("%s: element %d is %v, want %v", what, i, g, w)
			}
			continue
		}
		size := math.Abs(w) + 0.04*top
		if magnitude != nil {
			size = magnitude[i]
		}
		if d := math.Abs(g - w); d > 4e-6*size+1e-37 {
			t.Fatalf("%s: element %d is %v, want %v: off by %.2g of %.2g", what, i, g, w, d/size, size)
		}
	}
}

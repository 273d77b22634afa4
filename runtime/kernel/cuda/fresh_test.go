package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// application is one step to test, with inputs that float32 holds exactly and the output of the reference.
type application struct {
	spec  *op.Spec
	attrs any
	in    []op.Tensor
	out   op.Tensor
}

// tracer is an op.Builder that evaluates by the reference and records what is applied. Every value is rounded to float32.
type tracer struct {
	ctx  op.Context
	list []application
	err  error
}

type traced struct{ op.Tensor }

func (v traced) Shape() op.Shape { return v.Tensor.Shape }

func (t *tracer) Apply(name string, attrs any, in ...op.Val) op.Val {
	spec := op.Get(name)
	a := application{spec: spec, attrs: attrs}
	for _, v := range in {
		a.in = append(a.in, v.(traced).Tensor)
	}
	shape, err := spec.Shape(attrs, shapesOf(a.in))
	if err != nil {
		t.err = err
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

// trace evaluates a sample, and its gradient where it has one.
func trace(t *testing.T, spec *op.Spec, s op.Sample, ctx op.Context) []application {
	t.Helper()
	r := rand.New(rand.NewPCG(ctx.Seed, 1))
	tr := &tracer{ctx: ctx}
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
	y := tr.Apply(spec.Name, s.Attrs, in...)
	if tr.err == nil && spec.Grad != nil {
		dy := op.Tensor{Shape: y.Shape(), Data: make([]float64, y.Shape().Size())}
		for j := range dy.Data {
			dy.Data[j] = r.NormFloat64()
		}
		spec.Grad(tr, s.Attrs, in, y, traced{rounded(dy)})
	}
	if tr.err != nil {
		t.Fatalf("seed %d: %s %+v: %v", ctx.Seed, spec.Name, s, tr.err)
	}
	return tr.list
}

func (a *application) step() kernel.Step {
	return kernel.Step{Op: a.spec.Name, Attrs: a.attrs, In: shapesOf(a.in), Out: a.out.Shape}
}

func (a *application) inputs() [][]float32 {
	var in [][]float32
	for _, v := range a.in {
		in = append(in, toFloat32(v.Data))
	}
	return in
}

func toFloat32(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func (a *application) String() string {
	s := a.spec.Name
	for _, v := range a.in {
		s += fmt.Sprint(v.Shape)
	}
	return fmt.Sprintf("%s %+v", s, a.attrs)
}

// otherNumbers are attributes with other numbers, for a second trial of a stack.
func otherNumbers(d draw, attrs any) any {
	switch a := attrs.(type) {
	case op.Unary:
		a.Alpha *= 0.5
		return a
	case op.Dropout:
		a.P, a.Path, a.Rescale = 0.9*d.Float64(), "another", !a.Rescale
		return a
	case op.Gauss:
		a.Std *= 3
		return a
	case op.Moments:
		a.Eps *= 100
		return a
	case op.Loss:
		a.Smoothing /= 2
		a.Delta *= 1.7
		return a
	case op.Track:
		a.Decay = d.Float64()
		return a
	case op.Fill:
		a.Factor *= -2
		return a
	}
	return attrs
}

// Every operation, forward and backward, on random shapes, other ones each time: two trials stacked give what the reference gives
// for each, the same bits as each alone, and the same in place. A failure names the seed.
func TestFreshShapes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	const rounds = 6
	type stack struct {
		trials [2][]application
		ctx    [2]op.Context
	}
	stacks := map[string][]stack{}
	var kernels []Unitary
	for _, spec := range op.All() {
		if spec.Backward || entries[spec.Name].compile == nil && entries[spec.Name].expression == nil && entries[spec.Name].choose == nil {
			continue
		}
		make := fresh[spec.Name]
		if make == nil {
			t.Fatalf("%s: no random samples", spec.Name)
		}
		d := draw{rand.New(rand.NewPCG(seed, 7))}
		for i := range uint64(rounds) {
			var s stack
			sample := make(d)
			for trial := range s.trials {
				s.ctx[trial] = op.Context{Seed: seed + 2*i + uint64(trial), Step: (seed+i)<<31 + 5}
				s.trials[trial] = trace(t, spec, sample, s.ctx[trial])
				sample.Attrs = otherNumbers(d, sample.Attrs)
			}
			for _, a := range s.trials[0] {
				kernels = append(kernels, compiled(t, a.step()))
			}
			stacks[spec.Name] = append(stacks[spec.Name], s)
		}
	}
	m := newMachine(t, kernels...)
	for _, spec := range op.All() {
		t.Run(spec.Name, func(t *testing.T) {
			m := *m
			m.TB = t
			for _, s := range stacks[spec.Name] {
				for i := range s.trials[0] {
					m.check(fmt.Sprintf("seed %d", seed), []*application{&s.trials[0][i], &s.trials[1][i]}, s.ctx[:], rand.N(5))
				}
			}
		})
	}
}

// check computes one operation for stacked trials.
func (m *machine) check(what string, trials []*application, ctx []op.Context, gap int) {
	m.Helper()
	a := trials[0]
	k := compiled(m, a.step())
	var steps []kernel.Step
	var seeds []uint64
	var in [][][]float32
	for t, a := range trials {
		steps = append(steps, a.step())
		seeds = append(seeds, ctx[t].Seed)
		in = append(in, a.inputs())
		if !SameShape(steps[0], steps[t]) {
			m.Fatalf("%s: %s and %s do not share a shape", what, trials[0], a)
		}
	}
	out := m.run(k, steps, seeds, ctx[0].Step, in, gap, -1)
	same := func(how string, t int, got []float32) {
		m.Helper()
		for i, v := range out[t] {
			if math.Float32bits(v) != math.Float32bits(got[i]) {
				m.Fatalf("%s: %s: element %d is %v, and %v %s", what, trials[t], i, v, got[i], how)
			}
		}
	}
	for t, a := range trials {
		compare(m, fmt.Sprintf("%s: %s, trial %d", what, a, t), out[t], a.out.Data, a.magnitude(ctx[t]))
		alone := m.run(k, steps[t:t+1], seeds[t:t+1], ctx[t].Step, in[t:t+1], gap, -1)
		if exact() || a.spec.Name != "matmul" { // a library may go another way with one product than with two
			same("alone", t, alone[0])
		} else {
			compare(m, fmt.Sprintf("%s: %s alone", what, a), alone[0], a.out.Data, a.magnitude(ctx[t]))
		}
		if a.spec.Random {
			same("on the processor", t, onProcessor(m, a, ctx[t]))
		}
	}
	for _, i := range a.spec.InPlace {
		if a.in[i].Shape.Equal(a.out.Shape) {
			for t, x := range m.run(k, steps, seeds, ctx[0].Step, in, gap, i) {
				same("in place of "+a.spec.Inputs[i], t, x)
			}
		}
	}
}

func onProcessor(m *machine, a *application, ctx op.Context) []float32 {
	m.Helper()
	k, err := cpu.New().Compile(a.step())
	m.ok(err)
	out := make([]float32, a.out.Shape.Size())
	k.(kernel.Host).Run(&kernel.Context{Seed: ctx.Seed, Step: ctx.Step}, out, a.inputs(), make([]float32, k.Scratch()))
	return out
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

// compare asks for a relative error of at most 1e-5, of the element's magnitude where one is given, else of the element plus a
// 25th of the largest one (for results of cancelling terms). Infinite and NaN elements must be just that.
func compare(t testing.TB, what string, got []float32, want, magnitude []float64) {
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
		if d := math.Abs(g - w); d > 1e-5*size+1e-37 {
			t.Fatalf("%s: element %d is %v, want %v: off by %.2g of %.2g", what, i, g, w, d/size, size)
		}
	}
}

// The kernels cover what the processor's cover.
func TestEveryOperation(t *testing.T) {
	for _, spec := range op.All() {
		if _, ok := entries[spec.Name]; !ok {
			t.Errorf("%s has no kernel", spec.Name)
		}
	}
}

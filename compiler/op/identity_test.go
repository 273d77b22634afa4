package op_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
)

// run applies what build says to inputs and gives the result.
func run(t *testing.T, build func(b op.Builder, in []op.Val) op.Val, in ...op.Tensor) op.Tensor {
	t.Helper()
	return runAt(t, optest.Context, build, in...)
}

func runAt(t *testing.T, c op.Context, build func(b op.Builder, in []op.Val) op.Val, in ...op.Tensor) op.Tensor {
	t.Helper()
	p := optest.New(c)
	vals := make([]op.Val, len(in))
	for i, x := range in {
		vals[i] = p.Input(x)
	}
	y := build(p, vals)
	if p.Err() != nil {
		t.Fatal(p.Err())
	}
	return y.(*optest.Value).Tensor
}

func same(t *testing.T, what string, want, got []float64, tolerance float64) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, tolerance), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func normal(seed uint64, shape ...int) op.Tensor { return optest.Projection(shape, seed) }

func tensor(data []float64, shape ...int) op.Tensor { return op.Tensor{Shape: shape, Data: data} }

// Smoothing the labels is the mixture (1-e) CE(target) + e CE(uniform), and cross-entropy is stable.
func TestCrossEntropy(t *testing.T) {
	const k = 5
	logits := normal(1, 3, k)
	target := tensor([]float64{1, 0, 0, 0, 0, 0, 0, 0.7, 0.3, 0, 0, 1, 0, 0, 0}, 3, k)
	uniform := tensor(make([]float64, 3*k), 3, k)
	for i := range uniform.Data {
		uniform.Data[i] = 1.0 / k
	}
	loss := func(smoothing float64, t op.Tensor) func(op.Builder, []op.Val) op.Val {
		return func(b op.Builder, in []op.Val) op.Val {
			return op.Loss{Smoothing: smoothing}.CrossEntropy(b, in[0], b.(*optest.Interp).Input(t))
		}
	}
	const e = 0.15
	plain, flat, smooth := run(t, loss(0, target), logits), run(t, loss(0, uniform), logits), run(t, loss(e, target), logits)
	want := make([]float64, 3)
	for n := range want {
		want[n] = (1-e)*plain.Data[n] + e*flat.Data[n]
	}
	same(t, "mixture", want, smooth.Data, 1e-12)

	far := run(t, loss(0, tensor([]float64{1, 0, 0, 1}, 2, 2)), tensor([]float64{1000, -1000, 1000, -1000}, 2, 2))
	same(t, "huge logits", []float64{0, 2000}, far.Data, 0)
}

// Binary cross-entropy of one logit is the cross-entropy of the two logits (z, 0).
func TestBinaryCrossEntropyIsTwoClasses(t *testing.T) {
	z := []float64{-3, 0.2, 40, -900}
	y := []float64{1, 0, 1, 0}
	var two, target []float64
	for i := range z {
		two = append(two, z[i], 0)
		target = append(target, y[i], 1-y[i])
	}
	for _, smoothing := range []float64{0, 0.2} {
		a := op.Loss{Smoothing: smoothing}
		bce := run(t, func(b op.Builder, in []op.Val) op.Val { return a.BCE(b, in[0], in[1]) }, tensor(z, 4, 1), tensor(y, 4, 1))
		ce := run(t, func(b op.Builder, in []op.Val) op.Val { return a.CrossEntropy(b, in[0], in[1]) }, tensor(two, 4, 2), tensor(target, 4, 2))
		same(t, "two classes", ce.Data, bce.Data, 1e-12)
	}
}

// Huber's loss is half the squared error inside Delta and close to Delta times the absolute error far outside.
func TestHuberBetweenSquareAndAbsolute(t *testing.T) {
	p, y := tensor([]float64{0.3, -0.2}, 2, 1), tensor([]float64{0.1, 0.1}, 2, 1)
	loss := func(name string, a op.Loss, p, y op.Tensor) []float64 {
		return run(t, func(b op.Builder, in []op.Val) op.Val { return b.Apply(name, a, in...) }, p, y).Data
	}
	mse, huber := loss("mse", op.Loss{}, p, y), loss("huber", op.Loss{Delta: 1}, p, y)
	same(t, "inside", []float64{mse[0] / 2, mse[1] / 2}, huber, 1e-15)
	far := tensor([]float64{50, -70}, 2, 1)
	mae, huber := loss("mae", op.Loss{}, far, y), loss("huber", op.Loss{Delta: 2}, far, y)
	same(t, "outside", []float64{2*mae[0] - 2, 2*mae[1] - 2}, huber, 1e-12)
}

// The convolution against the sum of its definition, written out for one output element at a time.
func TestConvolutionAgainstDirectSum(t *testing.T) {
	for _, s := range op.Get("conv2d").Samples {
		a := s.Attrs.(op.Conv)
		in := optest.Inputs(s, 3)
		x, w := in[0], in[1]
		y := run(t, func(b op.Builder, in []op.Val) op.Val { return a.Apply(b, in[0], in[1]) }, x, w)
		n, h, wide, ci, co := x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], w.Shape[3]
		var want []float64
		for b := range n {
			for oy := range y.Shape[1] {
				for ox := range y.Shape[2] {
					for o := range co {
						sum := 0.0
						for ky := range a.KH {
							for kx := range a.KW {
								for c := range ci {
									if c/(ci/a.Groups) != o/(co/a.Groups) { // another group
										continue
									}
									iy, ix := oy*a.SH+ky*a.DH-a.Top, ox*a.SW+kx*a.DW-a.Left
									if iy < 0 || iy >= h || ix < 0 || ix >= wide {
										continue
									}
									sum += x.Data[b*h*wide*ci+iy*wide*ci+ix*ci+c] * w.Data[ky*a.KW*ci/a.Groups*co+kx*ci/a.Groups*co+c%(ci/a.Groups)*co+o]
								}
							}
						}
						want = append(want, sum)
					}
				}
			}
		}
		same(t, s.Name, want, y.Data, 1e-12)
	}
}

// A 1x1 convolution is a matrix product of every pixel, and one whose kernel is the image a dense layer.
func TestConvolutionAsMatrixProduct(t *testing.T) {
	x := normal(1, 2, 3, 4, 5)
	w := normal(2, 1, 1, 5, 7)
	one := op.Conv{Window: op.Window{KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1}, Groups: 1}
	conv := run(t, func(b op.Builder, in []op.Val) op.Val { return one.Apply(b, in[0], in[1]) }, x, w)
	prod := run(t, func(b op.Builder, in []op.Val) op.Val { return op.MatMul{}.Apply(b, in[0], in[1]) }, tensor(x.Data, 24, 5), tensor(w.Data, 5, 7))
	same(t, "1x1", prod.Data, conv.Data, 1e-12)

	w = normal(3, 3, 4, 5, 2)
	whole := op.Conv{Window: op.Window{KH: 3, KW: 4, SH: 1, SW: 1, DH: 1, DW: 1}, Groups: 1}
	conv = run(t, func(b op.Builder, in []op.Val) op.Val { return whole.Apply(b, in[0], in[1]) }, x, w)
	prod = run(t, func(b op.Builder, in []op.Val) op.Val {
		return op.MatMul{}.Apply(b, op.Flatten(b, in[0]), in[1])
	}, x, tensor(w.Data, 60, 2))
	same(t, "whole image", prod.Data, conv.Data, 1e-12)
}

// Counting the border is the average of an image with zeros around it.
func TestAverageCountsBorder(t *testing.T) {
	ones := tensor([]float64{1, 1, 1, 1}, 1, 2, 2, 1)
	a := op.Pool{Window: op.Window{KH: 2, KW: 2, SH: 2, SW: 2, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}}
	average := func(b op.Builder, in []op.Val) op.Val { return a.Average(b, in[0]) }
	same(t, "inside only", []float64{1, 1, 1, 1}, run(t, average, ones).Data, 0)
	a.CountBorder = true
	same(t, "border counted", []float64{0.25, 0.25, 0.25, 0.25}, run(t, average, ones).Data, 0)
}

// The gradient of a maximum goes to the first of equal values, and NaN comes through.
func TestMaximumTiesAndNaN(t *testing.T) {
	a := op.Pool{Window: op.Window{KH: 2, KW: 2, SH: 2, SW: 2, DH: 1, DW: 1}}
	nan := math.NaN()
	for _, test := range []struct{ x, y, dx []float64 }{
		{[]float64{3, 5, 5, 5}, []float64{5}, []float64{0, 1, 0, 0}},
		{[]float64{-1, -1, -1, -1}, []float64{-1}, []float64{1, 0, 0, 0}},
		{[]float64{9, nan, 1, nan}, []float64{nan}, []float64{0, 1, 0, 0}},
		{[]float64{math.Inf(-1), math.Inf(-1), 0, 0}, []float64{0}, []float64{0, 0, 1, 0}},
	} {
		for name, attrs := range map[string]any{"pool_max": a, "max_space": op.Space{H: 2, W: 2}} {
			p := optest.New(optest.Context)
			x := p.Input(tensor(test.x, 1, 2, 2, 1))
			y := p.Apply(name, attrs, x)
			dx := p.Grad(y, op.Tensor{Shape: y.Shape(), Data: []float64{1}}, x)[0]
			same(t, name, test.y, y.(*optest.Value).Data, 0)
			same(t, name+" gradient", test.dx, dx.Data, 0)
		}
	}
}

// What leaves a normalization with gamma 1 and beta 0 has mean 0 and variance 1 (Eps aside) in each group.
func TestNormalizedMoments(t *testing.T) {
	for _, a := range []op.Moments{{Over: "batch"}, {Over: "layer"}, {Over: "group", Groups: 3}} {
		x := normal(5, 4, 3, 5, 6)
		for i := range x.Data {
			x.Data[i] = 3*x.Data[i] + 100
		}
		ones := tensor([]float64{1, 1, 1, 1, 1, 1}, 6)
		m := run(t, func(b op.Builder, in []op.Val) op.Val {
			y := a.Normalize(b, in[0], a.Of(b, in[0]), in[1], in[2])
			return a.Of(b, y)
		}, x, ones, tensor(make([]float64, 6), 6))
		n := m.Shape[1]
		want := make([]float64, 2*n)
		for i := range n {
			want[n+i] = 1
		}
		same(t, a.Over, want, m.Data, 1e-11)
	}
}

// Moments against numbers worked out by hand, biased variance.
func TestMomentsByHand(t *testing.T) {
	x := tensor([]float64{1, 10, 3, 20, 5, 60, 7, 70}, 2, 1, 2, 2) // two images of two pixels of two channels
	for a, want := range map[op.Moments][]float64{
		{Over: "batch"}:            {4, 40, 5, 650},
		{Over: "layer"}:            {8.5, 35.5, 55.25, 883.25},
		{Over: "group", Groups: 2}: {2, 15, 6, 65, 1, 25, 1, 25},
	} {
		m := run(t, func(b op.Builder, in []op.Val) op.Val { return a.Of(b, in[0]) }, x)
		same(t, a.Over, want, m.Data, 1e-12)
	}
}

// One group is layer normalization; as many groups as channels is instance normalization.
func TestGroupsBetweenLayerAndInstance(t *testing.T) {
	x := normal(6, 3, 2, 4, 5)
	moments := func(a op.Moments, x op.Tensor) []float64 {
		return run(t, func(b op.Builder, in []op.Val) op.Val { return a.Of(b, in[0]) }, x).Data
	}
	same(t, "one group", moments(op.Moments{Over: "layer"}, x), moments(op.Moments{Over: "group", Groups: 1}, x), 1e-15)
	one := tensor(x.Data[:40], 1, 2, 4, 5)
	same(t, "instance", moments(op.Moments{Over: "batch"}, one), moments(op.Moments{Over: "group", Groups: 5}, one), 1e-15)
}

// Tracking with decay 0 and no correction takes over the moments; the variance is corrected, the mean is not.
func TestTrack(t *testing.T) {
	state, m := tensor([]float64{1, 2, 3, 4}, 2, 2), tensor([]float64{10, 20, 30, 40}, 2, 2)
	got := run(t, func(b op.Builder, in []op.Val) op.Val {
		return op.Track{Decay: 0.9, Unbias: 1.5}.Apply(b, in[0], in[1])
	}, state, m)
	same(t, "track", []float64{1.9, 3.8, 7.2, 9.6}, got.Data, 1e-12)
}

// Dropout drops the share that it says, keeps the expectation when it rescales, uses the same mask for its
// gradient, and draws by path, step, seed, example and element alone.
func TestDropout(t *testing.T) {
	const p, n = 0.3, 20000
	ones := tensor(make([]float64, n), 4, n/4)
	for i := range ones.Data {
		ones.Data[i] = 1
	}
	a := op.Dropout{P: p, Rescale: true, Path: "model.dropout"}
	apply := func(a op.Dropout) func(op.Builder, []op.Val) op.Val {
		return func(b op.Builder, in []op.Val) op.Val { return a.Apply(b, in[0]) }
	}
	y := run(t, apply(a), ones)
	dropped, sum := 0, 0.0
	for _, v := range y.Data {
		sum += v
		if v == 0 {
			dropped++
		}
	}
	deviation := math.Sqrt(p * (1 - p) / n)
	if share := float64(dropped) / n; math.Abs(share-p) > 4*deviation {
		t.Errorf("%.4f dropped, want %v", share, p)
	}
	if mean := sum / n; math.Abs(mean-1) > 4*deviation/(1-p) {
		t.Errorf("mean %.4f, want 1", mean)
	}

	g := optest.New(optest.Context)
	x := g.Input(ones)
	dx := g.Grad(a.Apply(g, x), ones, x)[0]
	same(t, "mask of the gradient", y.Data, dx.Data, 0)

	plain := a
	plain.Rescale = false
	unscaled := run(t, apply(plain), ones)
	for i := range unscaled.Data {
		unscaled.Data[i] /= 1 - p
	}
	same(t, "rescaled", unscaled.Data, y.Data, 1e-15)

	image := tensor(ones.Data, 4, 10, 50, 10)
	same(t, "the shape of an example does not matter", y.Data, run(t, apply(a), image).Data, 0)
	first := tensor(ones.Data[:n/4], 1, n/4)
	same(t, "nor do the other examples", y.Data[:n/4], run(t, apply(a), first).Data, 0)

	other := a
	other.Path = "model.dropout[2]"
	masks := map[string][]float64{"path": run(t, apply(other), ones).Data}
	for name, c := range map[string]op.Context{
		"seed":      {Seed: optest.Context.Seed + 1, Step: optest.Context.Step},
		"step":      {Seed: optest.Context.Seed, Step: optest.Context.Step + 1},
		"high step": {Seed: optest.Context.Seed, Step: optest.Context.Step + 1<<32},
	} {
		masks[name] = runAt(t, c, apply(a), ones).Data
	}
	masks["example"] = append(append([]float64{}, y.Data[n/4:]...), y.Data[:n/4]...)
	for name, mask := range masks {
		both := 0
		for i, v := range mask {
			if v == 0 && y.Data[i] == 0 {
				both++
			}
		}
		if share := float64(both) / n; math.Abs(share-p*p) > 4*math.Sqrt(p*p*(1-p*p)/n) {
			t.Errorf("masks of another %s: %.4f dropped in both, want %v", name, share, p*p)
		}
	}
}

// Added noise has mean 0 and the standard deviation that it says.
func TestGauss(t *testing.T) {
	const n, std = 20000, 0.5
	zeros := tensor(make([]float64, n), 10, n/10)
	y := run(t, func(b op.Builder, in []op.Val) op.Val { return op.Gauss{Std: std, Path: "model.noise"}.Apply(b, in[0]) }, zeros)
	sum, squares := 0.0, 0.0
	for _, v := range y.Data {
		sum += v
		squares += v * v
	}
	if mean := sum / n; math.Abs(mean) > 4*std/math.Sqrt(n) {
		t.Errorf("mean %v", mean)
	}
	if v := squares / n; math.Abs(v-std*std) > 4*std*std*math.Sqrt(2.0/n) {
		t.Errorf("variance %v, want %v", v, std*std)
	}
}

// An embedding is the one-hot code times the table.
func TestEmbeddingIsOneHotTimesTable(t *testing.T) {
	a := op.NewTable(3, 4)
	codes := tensor([]float64{0, 3, 2, 1, 7, -1, math.NaN(), 2.9}, 4, 2)
	onehot := run(t, func(b op.Builder, in []op.Val) op.Val { return a.OneHot(b, in[0]) }, codes)
	same(t, "codes", []float64{
		1, 0, 0, 0, 0, 0, 1,
		0, 0, 1, 0, 1, 0, 0,
		0, 0, 1, 0, 0, 0, 1, // 7 and -1 are outside: the last slots
		0, 0, 1, 0, 0, 1, 0, // so is NaN; 2.9 is cut to 2
	}, onehot.Data, 0)

	table := normal(8, 7, 5)
	rows := run(t, func(b op.Builder, in []op.Val) op.Val { return a.Embed(b, in[0], in[1]) }, codes, table)
	sum := run(t, func(b op.Builder, in []op.Val) op.Val { return op.MatMul{}.Apply(b, in[0], in[1]) }, onehot, table)
	for n := range 4 {
		for j := range 5 {
			both := rows.Data[n*10+j] + rows.Data[n*10+5+j]
			if math.Abs(both-sum.Data[n*5+j]) > 1e-12 {
				t.Errorf("example %d, column %d: %v, want %v", n, j, both, sum.Data[n*5+j])
			}
		}
	}
}

// Slices of a concatenation are its parts; padding a slice back leaves the rest zero.
func TestConcatSlicePad(t *testing.T) {
	a, b := normal(1, 2, 3, 2, 4), normal(2, 2, 3, 2, 1)
	part := run(t, func(g op.Builder, in []op.Val) op.Val {
		return op.Slice{From: 4, To: 5, Width: 5}.Apply(g, op.Concat(g, in...))
	}, a, b)
	same(t, "slice of concat", b.Data, part.Data, 0)
	whole := run(t, func(g op.Builder, in []op.Val) op.Val {
		return op.Add(g, g.Apply("pad_last", op.Slice{From: 0, To: 4, Width: 5}, in[0]), g.Apply("pad_last", op.Slice{From: 4, To: 5, Width: 5}, in[1]))
	}, a, b)
	same(t, "sum of padded", run(t, func(g op.Builder, in []op.Val) op.Val { return op.Concat(g, in...) }, a, b).Data, whole.Data, 0)
}

// Values of the activations that can be looked up, and their behaviour far out.
func TestActivationValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	tests := []struct {
		name     string
		alpha    float64
		x, y, dx float64
	}{
		{"relu", 0, 0, 0, 0}, {"relu", 0, -2, 0, 0}, {"relu", 0, 3, 3, 1}, {"relu", 0, nan, nan, 1},
		{"leaky_relu", 0.1, -2, -0.2, 0.1}, {"leaky_relu", 0.1, 0, 0, 0.1},
		{"elu", 2, -1, 2 * (1/math.E - 1), 2 / math.E}, {"elu", 1, -inf, -1, 0},
		{"gelu", 0, 1, 0.8413447460685429, 1.0833154705876864}, {"gelu", 0, 0, 0, 0.5}, {"gelu", 0, -40, 0, 0}, {"gelu", 0, 40, 40, 1},
		{"silu", 0, 1, 0.7310585786300049, 0.9276705118714866}, {"silu", 0, -800, 0, 0}, {"silu", 0, 800, 800, 1},
		{"tanh", 0, 0.5, 0.46211715726000973, 0.7864477329659274}, {"tanh", 0, 400, 1, 0},
		{"sigmoid", 0, 0, 0.5, 0.25}, {"sigmoid", 0, -800, 0, 0}, {"sigmoid", 0, 800, 1, 0},
		{"softplus", 0, 0, math.Ln2, 0.5}, {"softplus", 0, 800, 800, 1}, {"softplus", 0, -800, 0, 0},
	}
	for _, test := range tests {
		p := optest.New(optest.Context)
		x := p.Input(tensor([]float64{test.x}, 1))
		y := op.Activation(p, test.name, test.alpha, x)
		dx := p.Grad(y, tensor([]float64{1}, 1), x)[0]
		same(t, fmt.Sprintf("%s(%v)", test.name, test.x), []float64{test.y, test.dx}, []float64{y.(*optest.Value).Data[0], dx.Data[0]}, 1e-12)
	}
}

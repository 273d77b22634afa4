package cpu

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// Elementary functions and their slopes keep to float64 over the whole range of float32, whatever the instruction set.
func TestElementaryFunctions(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	var x []float32
	for range 8000 {
		x = append(x, float32(r.NormFloat64()*4), math.Float32frombits(r.Uint32()))
	}
	inf := float32(math.Inf(1))
	x = append(x, 0, float32(math.Copysign(0, -1)), inf, -inf, float32(math.NaN()), 88.7, 88.8, -87.4, -103, -105, 1e-40, -1e-40, 0.625, -0.5, math.MaxFloat32)
	const alpha = 0.3
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	cdf := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	density := func(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }
	where := func(b bool, x, y float64) float64 {
		if b {
			return x
		}
		return y
	}
	// A gradient may be a sum that cancels: its error is measured against its terms.
	type want struct {
		value       func(x float64) float64
		grad, other func(v float64) float64 // by what the gradient reads: the sum of its terms
		slack       float64                 // roundings; powers of large numbers multiply them
	}
	none := func(float64) float64 { return 0 }
	functions := map[string]want{
		"tanh":    {math.Tanh, func(y float64) float64 { return (1 - y) * (1 + y) }, none, 4},
		"sigmoid": {sigmoid, func(y float64) float64 { return y * (1 - y) }, none, 4},
		"silu":    {func(x float64) float64 { return x * sigmoid(x) }, sigmoid, func(x float64) float64 { return x * sigmoid(x) * sigmoid(-x) }, 5},
		"gelu":    {func(x float64) float64 { return x * cdf(x) }, cdf, func(x float64) float64 { return x * density(x) }, 64},
		"elu": {func(x float64) float64 { return where(x < 0, alpha*math.Expm1(x), x) },
			func(x float64) float64 { return where(x < 0, alpha*math.Exp(x), 1) }, none, 5},
		"softplus": {func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }, sigmoid, none, 4},
		"leaky_relu": {func(x float64) float64 { return where(x < 0, float64(float32(alpha))*x, x) },
			func(x float64) float64 { return where(x <= 0, float64(float32(alpha)), 1) }, none, 2},
	}
	dy := make([]float32, len(x))
	for i := range dy {
		dy[i] = 1
	}
	for name, w := range functions {
		f := activations[name]
		for _, set := range isas {
			if !set.has() {
				continue
			}
			y, dx := make([]float32, len(x)), make([]float32, len(x))
			f.apply(set, y, x, alpha)
			read := x
			if f.reads == fromY {
				read = y
			}
			f.gradient(set, dx, read, dy, alpha)
			for i, v := range x {
				near(t, set.name+" "+name, v, y[i], w.value(float64(v)), 0, w.slack)
				near(t, set.name+" "+name+" slope", v, dx[i], w.grad(float64(read[i])), w.other(float64(read[i])), w.slack)
			}
		}
	}
	for _, set := range isas {
		if !set.has() {
			continue
		}
		y := append([]float32(nil), x...)
		exps(set, y)
		for i, v := range x {
			near(t, set.name+" exp", v, y[i], math.Exp(float64(v)), 0, 4)
		}
	}
}

// near holds a number to the sum of two terms, within some roundings of the larger.
func near(t *testing.T, what string, x, got float32, term, other, slack float64) {
	t.Helper()
	want := term + other
	if math.IsNaN(want) || math.IsNaN(float64(got)) {
		if math.IsNaN(want) != math.IsNaN(float64(got)) {
			t.Fatalf("%s of %v is %v, want %v", what, x, got, want)
		}
		return
	}
	if float32(want) == got || math.Abs(float64(got)-want) <= slack*(max(math.Abs(term), math.Abs(other))*0x1p-23+max(1, math.Abs(float64(x)))*0x1p-149) {
		return
	}
	t.Fatalf("%s of %v is %v, want %v", what, x, got, want)
}

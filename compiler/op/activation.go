package op

import "math"

// activation is an elementwise function f and its derivative d, in x and y = f(x).
type activation struct {
	name, doc string
	alpha     float64 // of the samples; 0 where the function has no parameter
	flops     int64
	f         func(x, alpha float64) float64
	d         func(x, y, alpha float64) float64
}

var activations = []activation{
	{
		name: "relu", doc: `Rectifier: y = max(x, 0), with derivative 0 at 0; a NaN stays one (Nair and Hinton 2010, "Rectified linear units improve restricted Boltzmann machines").`, flops: 1,
		f: func(x, _ float64) float64 {
			if x <= 0 {
				return 0
			}
			return x
		},
		d: func(x, _, _ float64) float64 {
			if x <= 0 {
				return 0
			}
			return 1
		},
	},
	{
		name: "leaky_relu", doc: `y = x above 0 and Alpha x elsewhere (Maas, Hannun and Ng 2013, "Rectifier nonlinearities improve neural network acoustic models").`, alpha: 0.01, flops: 2,
		f: func(x, alpha float64) float64 {
			if x <= 0 {
				return alpha * x
			}
			return x
		},
		d: func(x, _, alpha float64) float64 {
			if x <= 0 {
				return alpha
			}
			return 1
		},
	},
	{
		name: "elu", doc: `y = x above 0 and Alpha (e^x - 1) elsewhere (Clevert, Unterthiner and Hochreiter 2016, "Fast and accurate deep network learning by exponential linear units").`, alpha: 1, flops: 4,
		f: func(x, alpha float64) float64 {
			if x <= 0 {
				return alpha * math.Expm1(x)
			}
			return x
		},
		d: func(x, _, alpha float64) float64 {
			if x <= 0 {
				return alpha * math.Exp(x)
			}
			return 1
		},
	},
	{
		name: "gelu", doc: `y = x Phi(x), Phi the normal distribution function, exact: x/2 (1 + erf(x/sqrt 2)) (Hendrycks and Gimpel 2016, "Gaussian error linear units").`, flops: 8,
		f: func(x, _ float64) float64 { return x * normalCDF(x) },
		d: func(x, _, _ float64) float64 {
			return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		},
	},
	{
		name: "silu", doc: `y = x sigmoid(x), also called swish (Elfwing, Uchibe and Doya 2018, "Sigmoid-weighted linear units").`, flops: 5,
		f: func(x, _ float64) float64 { return x * logistic(x) },
		d: func(x, _, _ float64) float64 { s := logistic(x); return s * (1 + x*(1-s)) },
	},
	{
		name: "tanh", doc: `Hyperbolic tangent; dx = dy (1 - y^2).`, flops: 4,
		f: func(x, _ float64) float64 { return math.Tanh(x) },
		d: func(_, y, _ float64) float64 { return 1 - y*y },
	},
	{
		name: "sigmoid", doc: `Logistic function y = 1/(1 + e^-x); dx = dy y (1 - y).`, flops: 4,
		f: func(x, _ float64) float64 { return logistic(x) },
		d: func(_, y, _ float64) float64 { return y * (1 - y) },
	},
	{
		name: "softplus", doc: `y = ln(1 + e^x), a smooth relu (Dugas et al. 2001, "Incorporating second-order functional knowledge for better option pricing"); dx = dy sigmoid(x).`, flops: 4,
		f: func(x, _ float64) float64 { return softplus(x) },
		d: func(x, _, _ float64) float64 { return logistic(x) },
	},
}

// Activations lists the names of the elementwise functions.
func Activations() []string {
	names := make([]string, len(activations))
	for i, a := range activations {
		names[i] = a.name
	}
	return names
}

// Activation applies the function of that name; alpha is the parameter of leaky_relu and elu, else 0.
func Activation(b Builder, name string, alpha float64, x Val) Val {
	return b.Apply(name, Unary{alpha}, x)
}

// The forward and backward operations of every activation.
var _ = func() (specs []*Spec) {
	for _, a := range activations {
		attrs := Unary{a.alpha}
		specs = append(specs, register(define[Unary]{
			Name: a.name, Doc: a.doc, Inputs: []string{"x"},
			Shape: sameAsFirst[Unary],
			Grad: func(b Builder, u Unary, in []Val, y, dy Val) []Val {
				return []Val{b.Apply(a.name+"_dx", u, in[0], y, dy)}
			},
			Eval: func(_ *Context, u Unary, out Tensor, in []Tensor) {
				for i, x := range in[0].Data {
					out.Data[i] = a.f(x, u.Alpha)
				}
			},
			FLOPs: outputSize[Unary](a.flops), InPlace: []int{0},
			Samples: []Sample{
				{Name: "rows", Attrs: attrs, Inputs: []Shape{{5, 7}}, Fill: []fill{far}},
				{Name: "images", Attrs: attrs, Inputs: []Shape{{2, 3, 5, 3}}, Fill: []fill{far}},
				{Name: "one", Attrs: attrs, Inputs: []Shape{{1, 1}}, Fill: []fill{far}},
				{Name: "another alpha", Attrs: Unary{a.alpha * 3}, Inputs: []Shape{{3, 17}}, Fill: []fill{far}},
			},
		}), register(define[Unary]{
			Name: a.name + "_dx", Doc: `Gradient of ` + a.name + `: dx = dy f'(x), given x and y = f(x).`,
			Inputs: []string{"x", "y", "dy"}, Backward: true,
			Shape: sameAll[Unary]("x", "y", "dy"),
			Eval: func(_ *Context, u Unary, out Tensor, in []Tensor) {
				for i, x := range in[0].Data {
					out.Data[i] = in[2].Data[i] * a.d(x, in[1].Data[i], u.Alpha)
				}
			},
			FLOPs: outputSize[Unary](a.flops + 1), InPlace: []int{0, 1, 2},
		}))
	}
	return specs
}()

// normalCDF is the standard normal distribution function; erfc keeps the small tail that 1 + erf would round away.
func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// logistic is 1/(1 + e^-x) without overflow.
func logistic(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}

// softplus is ln(1 + e^x) without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// sameAsFirst is the shape rule of an operation on the elements of input 0.
func sameAsFirst[A any](_ A, in []Shape) (Shape, error) { return in[0], nil }

// sameAll is the shape rule of an elementwise operation on several inputs.
func sameAll[A any](names ...string) func(A, []Shape) (Shape, error) {
	return func(_ A, in []Shape) (Shape, error) {
		for i := range in[1:] {
			if err := wantSame(names[0], in[0], names[i+1], in[i+1]); err != nil {
				return nil, err
			}
		}
		return in[0], nil
	}
}

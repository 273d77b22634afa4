package optest

import (
	"math/rand/v2"

	"github.com/netc-lang/netc/compiler/op"
)

// Draw makes random shapes and attributes.
type Draw struct{ *rand.Rand }

// UpTo is 1 … n, small numbers more often.
func (d Draw) UpTo(n int) int { return 1 + int(float64(n)*d.Float64()*d.Float64()) }

func (d Draw) anyShape() op.Shape {
	switch d.IntN(4) {
	case 0:
		return op.Shape{d.UpTo(40)}
	case 1:
		return op.Shape{d.UpTo(400), d.UpTo(300)}
	default:
		return d.image()
	}
}

func (d Draw) image() op.Shape { return op.Shape{d.UpTo(9), d.UpTo(17), d.UpTo(17), d.UpTo(40)} }

// window fits an input of h x w, with no window that sees only border.
func (d Draw) window(h, w int) op.Window {
	side := func(extent int) (k, s, dil, before, after int) {
		for {
			k, s, dil = d.UpTo(6), d.UpTo(4), d.UpTo(3)
			before, after = d.IntN(k), d.IntN(k)
			if (k-1)*dil+1 <= extent {
				return
			}
		}
	}
	var p op.Window
	p.KH, p.SH, p.DH, p.Top, p.Bottom = side(h)
	p.KW, p.SW, p.DW, p.Left, p.Right = side(w)
	return p
}

// Conv is a convolution.
func (d Draw) Conv() op.Sample {
	x := d.image()
	a := op.Conv{Window: d.window(x[1], x[2]), Groups: 1}
	co := d.UpTo(40)
	switch d.IntN(4) {
	case 0:
		a.Groups = d.UpTo(5)
		x[3] = a.Groups * d.UpTo(5)
		co = a.Groups * d.UpTo(5)
	case 1: // depthwise
		a.Groups, co = x[3], x[3]
	}
	return op.Sample{Attrs: a, Inputs: []op.Shape{x, {a.KH, a.KW, x[3] / a.Groups, co}}}
}

func (d Draw) pool() op.Sample {
	x := d.image()
	return op.Sample{Attrs: op.Pool{Window: d.window(x[1], x[2]), CountBorder: d.IntN(2) == 0}, Inputs: []op.Shape{x}}
}

func (d Draw) space() op.Sample {
	x := d.image()
	return op.Sample{Attrs: op.Space{H: x[1], W: x[2]}, Inputs: []op.Shape{x}}
}

func (d Draw) pair() op.Sample {
	s := d.anyShape()
	return op.Sample{Inputs: []op.Shape{s, s}}
}

func (d Draw) gate() op.Sample {
	x := d.image()
	return op.Sample{Inputs: []op.Shape{x, {x[0], x[3]}}}
}

func (d Draw) moments() (op.Moments, op.Shape) {
	x := d.image()
	if d.IntN(2) == 0 {
		x = op.Shape{d.UpTo(2000), d.UpTo(300)}
	}
	a := op.Moments{Over: []string{"batch", "layer", "group"}[d.IntN(3)], Eps: 1e-5}
	if a.Over == "group" {
		a.Groups = d.UpTo(6)
		x[len(x)-1] = a.Groups * d.UpTo(8)
	}
	return a, x
}

func (d Draw) normalize() op.Sample {
	a, x := d.moments()
	n := x.Last()
	switch a.Over {
	case "layer":
		n = x[0]
	case "group":
		n = x[0] * a.Groups
	}
	c := op.Shape{x.Last()}
	positive := func(_ int, u func() float64) float64 { return 0.5 + u() }
	table := func(i int, u func() float64) float64 {
		if i < n {
			return 3 * u()
		}
		return 0.5 + u()
	}
	return op.Sample{Attrs: a, Inputs: []op.Shape{x, {2, n}, c, c}, Fill: []func(int, func() float64) float64{nil, table, positive, nil}}
}

func (d Draw) activation() op.Sample {
	return op.Sample{
		Attrs: op.Unary{Alpha: d.Float64()}, Inputs: []op.Shape{d.anyShape()},
		Fill: []func(int, func() float64) float64{func(_ int, u func() float64) float64 { return 24*u() - 12 }},
	}
}

func (d Draw) table(withTable bool) op.Sample {
	sizes := make([]int, d.UpTo(5))
	rows := 0
	for i := range sizes {
		sizes[i] = d.UpTo(20)
		rows += sizes[i]
	}
	s := op.Sample{
		Attrs: op.NewTable(sizes...), Inputs: []op.Shape{{d.UpTo(3000), len(sizes)}},
		Fill: []func(int, func() float64) float64{func(_ int, u func() float64) float64 { return float64(int(24*u())) - 2 }, nil},
	}
	if withTable {
		s.Inputs = append(s.Inputs, op.Shape{rows, d.UpTo(20)})
	}
	return s
}

func (d Draw) classLoss() op.Sample {
	k := d.UpTo(60)
	s := op.Shape{d.UpTo(900), k}
	target := func(i int, _ func() float64) float64 {
		if i%k == i/k*7%k {
			return 1
		}
		return 0
	}
	return op.Sample{Attrs: op.Loss{Smoothing: d.Float64() * 0.3}, Inputs: []op.Shape{s, s}, Fill: []func(int, func() float64) float64{nil, target}}
}

func (d Draw) regression() op.Sample {
	s := d.anyShape()
	return op.Sample{Attrs: op.Loss{Delta: 0.3 + d.Float64()}, Inputs: []op.Shape{s, s}}
}

func (d Draw) slice() (whole, part op.Shape, a op.Slice) {
	whole = d.anyShape()
	a.Width = whole.Last()
	a.From = d.IntN(a.Width)
	a.To = a.From + 1 + d.IntN(a.Width-a.From)
	part = append(append(op.Shape{}, whole[:len(whole)-1]...), a.To-a.From)
	return whole, part, a
}

// Fresh makes a random application of an operation, by its name; operations that only gradients apply are reached through those.
var Fresh = map[string]func(d Draw) op.Sample{
	"matmul": func(d Draw) op.Sample {
		a := op.MatMul{TransA: d.IntN(2) == 0, TransB: d.IntN(2) == 0}
		m, n, k := d.UpTo(250), d.UpTo(80), d.UpTo(500)
		x, y := op.Shape{m, k}, op.Shape{k, n}
		if a.TransA {
			x = op.Shape{k, m}
		}
		if a.TransB {
			y = op.Shape{n, k}
		}
		return op.Sample{Attrs: a, Inputs: []op.Shape{x, y}}
	},
	"bias": func(d Draw) op.Sample {
		x := d.anyShape()
		return op.Sample{Inputs: []op.Shape{x, {x.Last()}}}
	},
	"conv2d": Draw.Conv, "pool_max": Draw.pool, "pool_avg": Draw.pool,
	"mean_space": Draw.space, "sum_space": Draw.space, "max_space": Draw.space,
	"spread_space": func(d Draw) op.Sample {
		x := d.image()
		return op.Sample{Attrs: op.Space{H: x[1], W: x[2]}, Inputs: []op.Shape{{x[0], x[3]}}}
	},
	"relu": Draw.activation, "leaky_relu": Draw.activation, "elu": Draw.activation, "gelu": Draw.activation,
	"silu": Draw.activation, "tanh": Draw.activation, "sigmoid": Draw.activation, "softplus": Draw.activation,
	"scale": Draw.activation,
	"dropout": func(d Draw) op.Sample {
		return op.Sample{Attrs: op.Dropout{P: 0.9 * d.Float64(), Rescale: d.IntN(2) == 0, Path: "p"}, Inputs: []op.Shape{d.anyShape()}}
	},
	"gauss": func(d Draw) op.Sample {
		return op.Sample{Attrs: op.Gauss{Std: d.Float64(), Path: "p"}, Inputs: []op.Shape{d.anyShape()}}
	},
	"moments": func(d Draw) op.Sample {
		a, x := d.moments()
		return op.Sample{Attrs: a, Inputs: []op.Shape{x}}
	},
	"normalize": Draw.normalize, "normalize_fixed": Draw.normalize,
	"track": func(d Draw) op.Sample {
		c := d.UpTo(99)
		return op.Sample{Attrs: op.Track{Decay: d.Float64(), Unbias: 1.1}, Inputs: []op.Shape{{2, c}, {2, c}}}
	},
	"add": Draw.pair, "mul": Draw.pair, "mul_channels": Draw.gate, "add_channels": Draw.gate,
	"reshape": func(d Draw) op.Sample {
		x := d.image()
		return op.Sample{Attrs: op.Reshape{D1: x[1] * x[2] * x[3]}, Inputs: []op.Shape{x}}
	},
	"concat": func(d Draw) op.Sample {
		var s op.Sample
		x := d.anyShape()
		for range d.UpTo(5) {
			s.Inputs = append(s.Inputs, append(append(op.Shape{}, x[:len(x)-1]...), d.UpTo(30)))
		}
		return s
	},
	"slice": func(d Draw) op.Sample {
		whole, _, a := d.slice()
		return op.Sample{Attrs: a, Inputs: []op.Shape{whole}}
	},
	"pad_last": func(d Draw) op.Sample {
		_, part, a := d.slice()
		return op.Sample{Attrs: a, Inputs: []op.Shape{part}}
	},
	"embed":  func(d Draw) op.Sample { return d.table(true) },
	"onehot": func(d Draw) op.Sample { return d.table(false) },

	"cross_entropy": Draw.classLoss, "bce": Draw.classLoss,
	"mse": Draw.regression, "mae": Draw.regression, "huber": Draw.regression,
	"mean": func(d Draw) op.Sample { return op.Sample{Inputs: []op.Shape{{d.UpTo(3000)}}} },
	"fill": func(d Draw) op.Sample {
		return op.Sample{Attrs: op.Fill{N: d.UpTo(30000), Factor: d.Float64()}, Inputs: []op.Shape{{}}}
	},
}

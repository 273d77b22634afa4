package op

import (
	"fmt"
	"math"
)

// groups is the number of groups that moments are taken of, for an input of shape x, and the group of its flat element i.
func (a Moments) groups(x Shape) (int, func(i int) int, error) {
	if len(x) != 2 && len(x) != 4 {
		return 0, nil, fmt.Errorf("x has shape %v; it needs 2 axes [batch features] or 4 [batch height width channels]", x)
	}
	if !(a.Eps >= 0) {
		return 0, nil, fmt.Errorf("eps is %v; it must not be negative", a.Eps)
	}
	c, per := x.Last(), x.Size()/x[0]
	switch a.Over {
	case "batch":
		return c, func(i int) int { return i % c }, nil
	case "layer":
		return x[0], func(i int) int { return i / per }, nil
	case "group":
		if a.Groups < 1 {
			return 0, nil, fmt.Errorf("there are %d groups; there must be at least 1", a.Groups)
		}
		if c%a.Groups != 0 {
			return 0, nil, fmt.Errorf("%d groups do not divide the %d channels", a.Groups, c)
		}
		return x[0] * a.Groups, func(i int) int { return i/per*a.Groups + i%c/(c/a.Groups) }, nil
	}
	return 0, nil, fmt.Errorf("moments over %q are not known; use batch, layer or group", a.Over)
}

// mustGroups is groups where the shape rule has already been asked.
func (a Moments) mustGroups(x Shape) (int, func(i int) int) {
	n, group, err := a.groups(x)
	if err != nil {
		panic("op: " + err.Error())
	}
	return n, group
}

// hat is the normalized x: (x - mean) / sqrt(variance + eps) of flat element i; inv is the factor 1/sqrt(…).
func (a Moments) hat(x, m Tensor) func(i int) (hat, inv float64) {
	n, group := a.mustGroups(x.Shape)
	return func(i int) (float64, float64) {
		inv := 1 / math.Sqrt(m.Data[n+group(i)]+a.Eps)
		return (x.Data[i] - m.Data[group(i)]) * inv, inv
	}
}

var _ = register(define[Moments]{
	Name: "moments",
	Doc: `Mean (row 0) and biased variance (row 1) of each group of elements: "batch" one per channel over batch and space ([2,C]), "layer" one per
example over all else ([2,N]), "group" one per example and group of consecutive channels ([2,N*Groups], example by example). It has no gradient of
its own: normalize's gradient goes through its moments.`,
	Inputs: []string{"x"},
	Shape: func(a Moments, in []Shape) (Shape, error) {
		n, _, err := a.groups(in[0])
		return Shape{2, n}, err
	},
	Eval: func(_ *Context, a Moments, out Tensor, in []Tensor) {
		zero(out)
		n, group := a.mustGroups(in[0].Shape)
		mean, variance := out.Data[:n], out.Data[n:]
		count := float64(len(in[0].Data) / n)
		for i, x := range in[0].Data {
			mean[group(i)] += x / count
		}
		for i, x := range in[0].Data {
			d := x - mean[group(i)]
			variance[group(i)] += d * d / count
		}
	},
	FLOPs: inputSize[Moments](4),
	Samples: []Sample{
		{Name: "batch, rows", Attrs: Moments{Over: "batch"}, Inputs: []Shape{{5, 7}}},
		{Name: "batch, images", Attrs: Moments{Over: "batch"}, Inputs: []Shape{{2, 3, 5, 4}}},
		{Name: "layer, rows", Attrs: Moments{Over: "layer"}, Inputs: []Shape{{5, 7}}},
		{Name: "layer, images", Attrs: Moments{Over: "layer"}, Inputs: []Shape{{2, 3, 3, 4}}},
		{Name: "group, rows", Attrs: Moments{Over: "group", Groups: 2}, Inputs: []Shape{{3, 6}}},
		{Name: "group, images", Attrs: Moments{Over: "group", Groups: 3}, Inputs: []Shape{{2, 3, 4, 6}}},
		{Name: "one pixel", Attrs: Moments{Over: "batch"}, Inputs: []Shape{{1, 1, 1, 3}}},
	},
})

// Of takes the moments of x.
func (a Moments) Of(b Builder, x Val) Val { return b.Apply("moments", a, x) }

var normalizeInputs = []string{"x", "m", "gamma", "beta"}

func normalizeShape(a Moments, in []Shape) (Shape, error) {
	x := in[0]
	n, _, err := a.groups(x)
	if err == nil {
		c := Shape{x.Last()}
		err = first(wantShape("m", in[1], Shape{2, n}), wantShape("gamma", in[2], c), wantShape("beta", in[3], c))
	}
	return x, err
}

func normalizeEval(_ *Context, a Moments, out Tensor, in []Tensor) {
	hat := a.hat(in[0], in[1])
	gamma, beta := in[2].Data, in[3].Data
	for i := range out.Data {
		h, _ := hat(i)
		out.Data[i] = gamma[i%len(gamma)]*h + beta[i%len(beta)]
	}
}

// normalizeSample gives means and positive variances as moments, for n groups.
func normalizeSample(name string, a Moments, x Shape, through bool) Sample {
	n, _ := a.mustGroups(x)
	c := Shape{x.Last()}
	s := Sample{Name: name, Attrs: a, Inputs: []Shape{x, {2, n}, c, c}, Fill: []fill{nil, momentsOf(n), positive, nil}, Fixed: []bool{false, true, false, false}}
	if through {
		s.Compose = func(b Builder, attrs any, in []Val) Val {
			a := attrs.(Moments)
			return a.Normalize(b, in[0], a.Of(b, in[0]), in[2], in[3])
		}
	}
	return s
}

func normalizeSamples(through bool) []Sample {
	return []Sample{
		normalizeSample("batch, rows", Moments{Over: "batch", Eps: 1e-5}, Shape{5, 7}, through),
		normalizeSample("batch, images", Moments{Over: "batch", Eps: 1e-3}, Shape{2, 3, 5, 4}, through),
		normalizeSample("layer, rows", Moments{Over: "layer", Eps: 1e-5}, Shape{5, 7}, through),
		normalizeSample("layer, images", Moments{Over: "layer", Eps: 1e-5}, Shape{2, 3, 3, 4}, through),
		normalizeSample("group, rows", Moments{Over: "group", Groups: 2, Eps: 1e-5}, Shape{3, 6}, through),
		normalizeSample("group, images", Moments{Over: "group", Groups: 3, Eps: 1e-5}, Shape{2, 3, 4, 6}, through),
		normalizeSample("batch of one", Moments{Over: "group", Groups: 1, Eps: 1e-5}, Shape{1, 2, 2, 3}, through),
	}
}

var _ = register(define[Moments]{
	Name: "normalize",
	Doc: `y = gamma (x - mean)/sqrt(variance + Eps) + beta with m = moments(x); gamma and beta are per channel. Over the batch it is batch
normalization (Ioffe and Szegedy 2015), over the layer layer normalization (Ba, Kiros and Hinton 2016), over groups group normalization (Wu and He
2018). The gradient is taken as if m were computed inside, so it holds for m = moments(x) only.`,
	Inputs: normalizeInputs,
	Shape:  normalizeShape,
	Wrt:    []bool{true, false, true, true},
	Grad: func(b Builder, a Moments, in []Val, _, dy Val) []Val {
		dparams := b.Apply("normalize_dparams", a, in[0], in[1], dy)
		dx := b.Apply("normalize_dx", a, in[0], in[1], in[2], dy, dparams)
		return []Val{dx, nil, Row{0}.Apply(b, dparams), Row{1}.Apply(b, dparams)}
	},
	Eval:    normalizeEval,
	FLOPs:   outputSize[Moments](4),
	InPlace: []int{0},
	Samples: normalizeSamples(true),
})

// Normalize normalizes x by its own moments m = moments(x).
func (a Moments) Normalize(b Builder, x, m, gamma, beta Val) Val {
	return b.Apply("normalize", a, x, m, gamma, beta)
}

var _ = register(define[Moments]{
	Name: "normalize_fixed",
	Doc: `normalize by moments that do not depend on x: the moving averages in evaluation, or frozen statistics in training. m
is a constant of the gradient: dx = dy gamma / sqrt(variance + Eps).`,
	Inputs: normalizeInputs,
	Shape:  normalizeShape,
	Wrt:    []bool{true, false, true, true},
	Grad: func(b Builder, a Moments, in []Val, _, dy Val) []Val {
		dparams := b.Apply("normalize_dparams", a, in[0], in[1], dy)
		dx := b.Apply("normalize_fixed_dx", a, in[0], in[1], in[2], dy)
		return []Val{dx, nil, Row{0}.Apply(b, dparams), Row{1}.Apply(b, dparams)}
	},
	Eval:    normalizeEval,
	FLOPs:   outputSize[Moments](4),
	InPlace: []int{0},
	Samples: normalizeSamples(false),
})

// NormalizeFixed normalizes x by given moments m.
func (a Moments) NormalizeFixed(b Builder, x, m, gamma, beta Val) Val {
	return b.Apply("normalize_fixed", a, x, m, gamma, beta)
}

var _ = register(define[Moments]{
	Name:     "normalize_dparams",
	Doc:      `Gradients of a normalization for gamma (row 0, the sum of dy times the normalized x per channel) and beta (row 1, the sum of dy).`,
	Inputs:   []string{"x", "m", "dy"},
	Backward: true,
	Shape: func(a Moments, in []Shape) (Shape, error) {
		n, _, err := a.groups(in[0])
		if err == nil {
			err = first(wantShape("m", in[1], Shape{2, n}), wantSame("x", in[0], "dy", in[2]))
		}
		return Shape{2, in[0].Last()}, err
	},
	Eval: func(_ *Context, a Moments, out Tensor, in []Tensor) {
		zero(out)
		hat := a.hat(in[0], in[1])
		c := out.Shape[1]
		for i, dy := range in[2].Data {
			h, _ := hat(i)
			out.Data[i%c] += dy * h
			out.Data[c+i%c] += dy
		}
	},
	FLOPs: inputSize[Moments](5),
})

var _ = register(define[Moments]{
	Name: "normalize_dx",
	Doc: `Gradient of normalize for x, through its moments: with g = dy gamma and h the normalized x,
dx = (g - mean(g) - h mean(g h)) / sqrt(variance + Eps), the means over the group. Over the batch they follow from dparams, so that a kernel need
not sum again.`,
	Inputs:   []string{"x", "m", "gamma", "dy", "dparams"},
	Backward: true,
	Shape: func(a Moments, in []Shape) (Shape, error) {
		x := in[0]
		n, _, err := a.groups(x)
		if err == nil {
			c := x.Last()
			err = first(wantShape("m", in[1], Shape{2, n}), wantShape("gamma", in[2], Shape{c}),
				wantSame("x", x, "dy", in[3]), wantShape("dparams", in[4], Shape{2, c}))
		}
		return x, err
	},
	Eval: func(_ *Context, a Moments, out Tensor, in []Tensor) {
		n, group := a.mustGroups(in[0].Shape)
		hat := a.hat(in[0], in[1])
		gamma, dy := in[2].Data, in[3].Data
		count := float64(len(dy) / n)
		meanG, meanGH := make([]float64, n), make([]float64, n)
		for i := range dy {
			h, _ := hat(i)
			g := dy[i] * gamma[i%len(gamma)]
			meanG[group(i)] += g / count
			meanGH[group(i)] += g * h / count
		}
		for i := range dy {
			h, inv := hat(i)
			g := dy[i] * gamma[i%len(gamma)]
			out.Data[i] = (g - meanG[group(i)] - h*meanGH[group(i)]) * inv
		}
	},
	FLOPs:   outputSize[Moments](8),
	InPlace: []int{0, 3},
})

var _ = register(define[Moments]{
	Name:     "normalize_fixed_dx",
	Doc:      `Gradient of normalize_fixed for x: dx = dy gamma / sqrt(variance + Eps).`,
	Inputs:   []string{"x", "m", "gamma", "dy"},
	Backward: true,
	Shape: func(a Moments, in []Shape) (Shape, error) {
		x := in[0]
		n, _, err := a.groups(x)
		if err == nil {
			err = first(wantShape("m", in[1], Shape{2, n}), wantShape("gamma", in[2], Shape{x.Last()}), wantSame("x", x, "dy", in[3]))
		}
		return x, err
	},
	Eval: func(_ *Context, a Moments, out Tensor, in []Tensor) {
		hat := a.hat(in[0], in[1])
		gamma := in[2].Data
		for i, dy := range in[3].Data {
			_, inv := hat(i)
			out.Data[i] = dy * gamma[i%len(gamma)] * inv
		}
	},
	FLOPs:   outputSize[Moments](2),
	InPlace: []int{3},
})

var _ = register(define[Track]{
	Name: "track",
	Doc: `Moving average of batch moments, for evaluation: state Decay + (1 - Decay) m, the variance of m first multiplied by Unbias = n/(n-1). Not
differentiated.`,
	Inputs: []string{"state", "m"},
	Shape: func(a Track, in []Shape) (Shape, error) {
		if !(a.Decay >= 0 && a.Decay <= 1) {
			return nil, fmt.Errorf("the decay is %v; it must be in [0, 1]", a.Decay)
		}
		err := first(wantRank("state", in[0], "2 channels"), wantSame("state", in[0], "m", in[1]))
		if err == nil && in[0][0] != 2 {
			err = fmt.Errorf("state has shape %v; it needs two rows, means and variances", in[0])
		}
		return in[0], err
	},
	Eval: func(_ *Context, a Track, out Tensor, in []Tensor) {
		n := out.Shape[1]
		for i, state := range in[0].Data {
			m := in[1].Data[i]
			if i >= n {
				m *= a.Unbias
			}
			out.Data[i] = state*a.Decay + (1-a.Decay)*m
		}
	},
	FLOPs:   outputSize[Track](3),
	InPlace: []int{0},
	Samples: []Sample{
		{Name: "seven channels", Attrs: Track{Decay: 0.9, Unbias: 32.0 / 31}, Inputs: []Shape{{2, 7}, {2, 7}}, Fill: []fill{momentsOf(7), momentsOf(7)}},
		{Name: "one channel", Attrs: Track{Decay: 0.99, Unbias: 1}, Inputs: []Shape{{2, 1}, {2, 1}}, Fill: []fill{momentsOf(1), momentsOf(1)}},
	},
})

// Apply moves the state towards m.
func (a Track) Apply(b Builder, state, m Val) Val { return b.Apply("track", a, state, m) }

package initial

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/diag"
)

func constructor(name string, given model.Args) *model.Node {
	for _, s := range Signatures() {
		if s.Name == name {
			return &model.Node{Name: name, Args: s.Fill(given)}
		}
	}
	return &model.Node{Name: name}
}

func matrix(name string, in, out int, init *model.Node) *network.Param {
	return &network.Param{Name: name, Shape: op.Shape{in, out}, Role: network.Weight, Init: init, FanIn: in, FanOut: out}
}

func values(t *testing.T, seed uint64, params ...*network.Param) [][]float32 {
	t.Helper()
	into := make([][]float32, len(params))
	for i, p := range params {
		into[i] = make([]float32, p.Size())
	}
	if err := All(seed, params, into); err != nil {
		t.Fatal(err)
	}
	return into
}

func moments(v []float32) (mean, variance float64) {
	for _, x := range v {
		mean += float64(x)
	}
	mean /= float64(len(v))
	for _, x := range v {
		variance += (float64(x) - mean) * (float64(x) - mean)
	}
	return mean, variance / float64(len(v))
}

func TestVariance(t *testing.T) {
	uniform := model.Args{"mode": *catalog.W("uniform")}
	for _, c := range []struct {
		name string
		args model.Args
		want float64
	}{
		{"he", nil, 2. / 200}, {"he", uniform, 2. / 200}, {"he", model.Args{"fan": *catalog.W("fan_out")}, 2. / 300},
		{"glorot", nil, 2. / 500}, {"glorot", uniform, 2. / 500},
		{"lecun", nil, 1. / 200}, {"lecun", uniform, 1. / 200},
		{"normal", model.Args{"std": *catalog.N(0.1)}, 0.01},
		{"uniform", model.Args{"min": *catalog.N(-0.3), "max": *catalog.N(0.3)}, 0.03},
		{"orthogonal", nil, 1. / 300},
		{"zeros", nil, 0},
	} {
		v := values(t, 1, matrix("m.w", 200, 300, constructor(c.name, c.args)))[0]
		mean, variance := moments(v)
		if math.Abs(mean) > 5*math.Sqrt(c.want/6e4)+1e-9 || math.Abs(variance-c.want) > 0.03*c.want {
			t.Errorf("%s %v: mean %v, variance %v, want %v", c.name, c.args, mean, variance, c.want)
		}
	}
}

// He keeps the second moment through square ReLU layers; Glorot halves it in each.
func TestReLUDepth(t *testing.T) {
	const width, depth = 128, 10
	after := func(init string) float64 {
		x := make([]float64, width)
		for i := range x {
			x[i] = math.Sin(float64(i) + 1)
		}
		second := func() float64 {
			s := 0.0
			for _, v := range x {
				s += v * v
			}
			return s / width
		}
		start := second()
		total := 0.0
		const seeds = 8
		first := append([]float64(nil), x...)
		for seed := range uint64(seeds) {
			copy(x, first)
			for layer := range depth {
				w := values(t, seed, matrix(string(rune('a'+layer))+".w", width, width, constructor(init, nil)))[0]
				y := make([]float64, width)
				for i := range width {
					for j := range width {
						y[j] += x[i] * float64(w[i*width+j])
					}
				}
				for j := range y {
					x[j] = max(y[j], 0)
				}
			}
			total += second() / start
		}
		return total / seeds
	}
	he, glorot := after("he"), after("glorot")
	if he < 0.5 || he > 2 {
		t.Errorf("he: the second moment changes by %v", he)
	}
	if want := math.Pow(2, -depth); glorot < want/2 || glorot > want*2 {
		t.Errorf("glorot: the second moment changes by %v, want about %v", glorot, want)
	}
}

// Two initializers in one place scale the same standardized values.
func TestFormsShareDraws(t *testing.T) {
	he := values(t, 3, matrix("m.w", 20, 10, constructor("he", nil)))[0]
	normal := values(t, 3, matrix("m.w", 20, 10, constructor("normal", model.Args{"std": *catalog.N(0.01)})))[0]
	for i := range he {
		a, b := float64(he[i])/math.Sqrt(2./20), float64(normal[i])/0.01
		if math.Abs(a-b) > 1e-5 {
			t.Fatalf("element %d: %v and %v", i, a, b)
		}
	}
}

// What a parameter gets does not depend on what else the network has.
func TestNeighboursChangeNothing(t *testing.T) {
	he := constructor("he", nil)
	weight := matrix("model.dense[2].weight", 7, 5, he)
	bias := &network.Param{Name: "model.dense[2].bias", Shape: op.Shape{5}, Role: network.Bias}
	alone := values(t, 1, weight)[0]
	among := values(t, 1, matrix("model.dense[1].weight", 7, 7, he), weight, bias)
	if diff := cmp.Diff(alone, among[1]); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(among[0][:35], among[1]) {
		t.Error("two layers have the same draws")
	}
	if cmp.Equal(alone, values(t, 2, weight)[0]) {
		t.Error("two seeds give the same draws")
	}
}

func TestRoles(t *testing.T) {
	shape := op.Shape{3}
	got := values(t, 1,
		&network.Param{Name: "a.bias", Shape: shape, Role: network.Bias},
		&network.Param{Name: "a.scale", Shape: shape, Role: network.NormScale},
		&network.Param{Name: "a.shift", Shape: shape, Role: network.NormShift})
	if diff := cmp.Diff([][]float32{{0, 0, 0}, {1, 1, 1}, {0, 0, 0}}, got); diff != "" {
		t.Error(diff)
	}
	compiler := values(t, 1,
		&network.Param{Name: "n.moments", Shape: op.Shape{2, 2}, Init: &model.Node{Name: "moments"}},
		&network.Param{Name: "n.scale", Shape: op.Shape{2}, Role: network.NormScale, Init: &model.Node{Name: "ones"}})
	if diff := cmp.Diff([][]float32{{0, 0, 1, 1}, {1, 1}}, compiler); diff != "" {
		t.Error(diff)
	}
}

func TestOrthogonal(t *testing.T) {
	gain := constructor("orthogonal", model.Args{"gain": *catalog.N(2)})
	for _, p := range []*network.Param{
		matrix("m.w", 12, 5, gain), matrix("m.w", 5, 12, gain), matrix("m.w", 8, 8, gain),
		{Name: "c.w", Shape: op.Shape{3, 3, 4, 6}, Role: network.Weight, Init: gain, FanIn: 36, FanOut: 54},
	} {
		v := values(t, 1, p)[0]
		cols := p.Shape.Last()
		rows := len(v) / cols
		n, length, at := cols, rows, func(k, i int) float64 { return float64(v[i*cols+k]) }
		if cols > rows {
			n, length, at = rows, cols, func(k, i int) float64 { return float64(v[k*cols+i]) }
		}
		for a := range n {
			for b := range n {
				s := 0.0
				for i := range length {
					s += at(a, i) * at(b, i)
				}
				want := 0.0
				if a == b {
					want = 4
				}
				if math.Abs(s-want) > 1e-5 {
					t.Fatalf("%v: vectors %d and %d have the product %v, want %v", p.Shape, a, b, s, want)
				}
			}
		}
	}
}

func TestHash(t *testing.T) {
	p := matrix("m.w", 4, 4, constructor("he", nil))
	a, b := values(t, 1, p), values(t, 1, p)
	if Hash([]*network.Param{p}, a) != Hash([]*network.Param{p}, b) {
		t.Error("equal values, unequal hashes")
	}
	b[0][3] = math.Nextafter32(b[0][3], 1)
	if Hash([]*network.Param{p}, a) == Hash([]*network.Param{p}, b) {
		t.Error("one bit changes nothing")
	}
}

func TestMistakes(t *testing.T) {
	bounds := model.Args{"min": *catalog.N(0.1), "max": *catalog.N(0.1)}
	for _, c := range []struct {
		init *model.Node
		code diag.Code
	}{
		{&model.Node{Name: "hee"}, UnknownInitializer},
		{constructor("uniform", bounds), EmptyRange},
		{nil, NoInitializer},
	} {
		p := matrix("m.w", 2, 2, c.init)
		var d *diag.Diagnostic
		if err := All(1, []*network.Param{p}, [][]float32{make([]float32, 4)}); !errors.As(err, &d) || d.Code != c.code {
			t.Errorf("%v: %v, want %s", c.init, err, c.code)
		}
	}
	if err := All(1, []*network.Param{matrix("m.w", 2, 2, nil)}, [][]float32{nil}); err == nil {
		t.Error("a buffer of the wrong size passes")
	}
	for _, s := range Signatures() {
		if s.Doc == "" {
			t.Errorf("%s has no documentation", s.Name)
		}
	}
}

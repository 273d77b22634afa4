package optim

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

// rule makes a rule from arguments as the language would, defaults filled in.
func rule(t *testing.T, name string, args map[string]any) Rule {
	t.Helper()
	for _, s := range Signatures() {
		if s.Kind != catalog.Optimizer || s.Name != name {
			continue
		}
		given := model.Args{}
		for k, v := range args {
			if s.Param(k) == nil {
				t.Fatalf("%s has no argument %s", name, k)
			}
			switch v := v.(type) {
			case float64:
				given[k] = *catalog.N(v)
			case bool:
				given[k] = *catalog.B(v)
			}
		}
		r, err := NewRule(&model.Node{Name: name, Args: s.Fill(given)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Fatalf("no rule %s", name)
	return nil
}

type args = map[string]any

func TestAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/fixtures.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixtures struct {
		Start []float32
		Grads [][]float32
		Cases []struct {
			Rule    string
			Args    args
			Penalty struct{ L2, Decay float64 }
			Clip    Clip
			Weights [][]float32
		}
	}
	if err := json.Unmarshal(text, &fixtures); err != nil {
		t.Fatal(err)
	}
	for _, c := range fixtures.Cases {
		t.Run(fmt.Sprint(c.Rule, c.Args, c.Penalty, c.Clip), func(t *testing.T) {
			n := len(fixtures.Start)
			o := optimizer(t, rule(t, c.Rule, c.Args), c.Clip, Segment{Name: "w", To: n, L2: c.Penalty.L2, Decay: c.Penalty.Decay})
			w := append([]float32(nil), fixtures.Start...)
			for step, g := range fixtures.Grads {
				o.Step(w, append([]float32(nil), g...), o.Rule().Rate())
				for i := range w {
					if want := c.Weights[step][i]; math.Abs(float64(w[i]-want)) > 1e-6*(1+math.Abs(float64(want))) {
						t.Fatalf("step %d, weight %d: %v, PyTorch has %v", step+1, i, w[i], want)
					}
				}
			}
		})
	}
}

func optimizer(t *testing.T, r Rule, clip Clip, segments ...Segment) *Optimizer {
	t.Helper()
	size := 0
	for _, s := range segments {
		size = max(size, s.To)
	}
	o, err := New(r, clip, segments, size, nil)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func normals(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// Under plain SGD an L2 penalty and decoupled decay are one thing; under Adam they differ (Loshchilov and
// Hutter 2019).
func TestPenaltyAndDecay(t *testing.T) {
	const n, c = 50, 0.1
	apart := func(r Rule) float64 {
		a, b := normals(n, 1), normals(n, 1)
		penalty := optimizer(t, r, Clip{}, Segment{To: n, L2: c})
		decay := optimizer(t, r, Clip{}, Segment{To: n, Decay: c})
		for step := range 20 {
			g := normals(n, uint64(step+2))
			penalty.Step(a, append([]float32(nil), g...), 0.05)
			decay.Step(b, g, 0.05)
		}
		worst := 0.0
		for i := range a {
			worst = max(worst, math.Abs(float64(a[i]-b[i])))
		}
		return worst
	}
	if d := apart(rule(t, "sgd", args{"lr": 0.05})); d > 1e-6 {
		t.Errorf("sgd: L2 and decay are %v apart", d)
	}
	if d := apart(rule(t, "adam", args{})); d < 1e-2 {
		t.Errorf("adam: L2 and decay are only %v apart", d)
	}
}

// With a constant gradient and momentum m the velocity converges to g/(1-m).
func TestMomentumLimit(t *testing.T) {
	o := optimizer(t, rule(t, "sgd", args{"lr": 1.0, "momentum": 0.9}), Clip{}, Segment{Name: "w", To: 1})
	w := []float32{0}
	for range 300 {
		o.Step(w, []float32{0.5}, 0)
	}
	if v := o.State()[0].Data[0]; math.Abs(float64(v)-5) > 1e-4 {
		t.Errorf("velocity %v, want 5", v)
	}
}

func TestSegments(t *testing.T) {
	r := rule(t, "sgd", args{"lr": 1.0})
	o := optimizer(t, r, Clip{},
		Segment{Name: "plain", From: 0, To: 1},
		Segment{Name: "slow", From: 1, To: 2, Rate: 0.1},
		Segment{Name: "frozen", From: 2, To: 3, Frozen: true, L2: 1, Decay: 1},
		Segment{Name: "lasso", From: 3, To: 5, L1: 0.25},
	)
	w := []float32{1, 1, 1, 2, -2}
	o.Step(w, []float32{0.5, 0.5, 0.5, 0, 0}, 1)
	if diff := cmp.Diff([]float32{0.5, 0.95, 1, 1.75, -1.75}, w); diff != "" {
		t.Error(diff)
	}
}

func TestMaxNorm(t *testing.T) {
	o := optimizer(t, rule(t, "sgd", args{"lr": 1.0}), Clip{}, Segment{Name: "w", To: 4, Units: 2, MaxNorm: 5})
	w := []float32{6, 1, 8, 2} // unit 0 is (6, 8) with norm 10, unit 1 is (1, 2)
	o.Step(w, make([]float32, 4), 1)
	if diff := cmp.Diff([]float32{3, 1, 4, 2}, w); diff != "" {
		t.Error(diff)
	}
	o.Step(w, make([]float32, 4), 1)
	if diff := cmp.Diff(Counters{Steps: 2, MaxNorm: 1, MaxNormUnits: 1}, o.Counters()); diff != "" {
		t.Error(diff)
	}
}

func TestClipCounters(t *testing.T) {
	r := rule(t, "sgd", args{"lr": 1.0})
	for _, clip := range []Clip{{Norm: 1}, {Value: 1}} {
		o := optimizer(t, r, clip, Segment{Name: "w", To: 2})
		w := make([]float32, 2)
		for _, g := range [][]float32{{0.1, 0.1}, {3, -4}, {0.5, 0.5}} {
			o.Step(w, g, 1)
		}
		if c := o.Counters(); c.Clipped != 1 || c.Steps != 3 {
			t.Errorf("%v: %+v", clip, c)
		}
	}
}

func TestAverage(t *testing.T) {
	a := NewAverage(0.5, false, []float32{0, 8})
	a.Update([]float32{4, 0})
	a.Update([]float32{4, 0})
	if diff := cmp.Diff([]float32{3, 2}, a.Values()); diff != "" {
		t.Error(diff)
	}
	w := NewAverage(0.999, true, []float32{0})
	w.Update([]float32{1}) // decay 1/10
	if diff := cmp.Diff([]float32{0.9}, w.Values()); diff != "" {
		t.Error(diff)
	}
	if w.Updates() != 1 {
		t.Errorf("%d updates", w.Updates())
	}
}

func bigSegments(n int) []Segment {
	return []Segment{{Name: "a", To: n / 2, Units: 1, L2: 1e-3, MaxNorm: 3}, {Name: "b", From: n / 2, To: n, L1: 1e-3, Decay: 0.1}}
}

func TestThreadsGiveTheSameBits(t *testing.T) {
	const n = 8 * chunkSize
	parallel := func(n int, body func(int)) {
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { body(n - 1 - i) })
		}
		wg.Wait()
	}
	var results [2][]float32
	for i, run := range []Parallel{nil, parallel} {
		o, err := New(rule(t, "adamw", args{}), Clip{Norm: 1}, bigSegments(n), n, run)
		if err != nil {
			t.Fatal(err)
		}
		w := normals(n, 1)
		for step := range 3 {
			o.Step(w, normals(n, uint64(step+2)), 0.01)
		}
		results[i] = w
	}
	if !slices.Equal(results[0], results[1]) {
		t.Error("results differ between one and many threads")
	}
}

// State and counters hold all that an optimizer remembers.
func TestResume(t *testing.T) {
	const n = 64
	for _, c := range []struct {
		rule string
		args args
	}{
		{"sgd", args{"lr": 0.1, "momentum": 0.9, "dampening": 0.1}},
		{"adam", args{}},
		{"adamw", args{}},
		{"rmsprop", args{"momentum": 0.5, "centered": true}},
		{"adagrad", args{"lr_decay": 0.1, "start": 0.1}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			make := func() *Optimizer {
				return optimizer(t, rule(t, c.rule, c.args), Clip{Norm: 3}, bigSegments(n)...)
			}
			whole, first, second := make(), make(), make()
			a, b := normals(n, 1), normals(n, 1)
			for step := range 10 {
				g := normals(n, uint64(step+2))
				whole.Step(a, append([]float32(nil), g...), 0.1)
				if step == 4 {
					for i, s := range first.State() {
						copy(second.State()[i].Data, s.Data)
					}
					second.SetCounters(first.Counters())
					first = second
				}
				first.Step(b, g, 0.1)
			}
			if !cmp.Equal(a, b) {
				t.Error("a resumed run ends elsewhere")
			}
			if diff := cmp.Diff(whole.Counters(), first.Counters()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	const n = 3 * chunkSize
	w, g := normals(n, 1), normals(n, 2)
	for _, c := range Signatures() {
		if c.Kind != catalog.Optimizer {
			continue
		}
		o := optimizer(t, rule(t, c.Name, args{"lr": 0.1}), Clip{Norm: 1}, bigSegments(n)...)
		if got := testing.AllocsPerRun(3, func() { o.Step(w, g, 0.1) }); got != 0 {
			t.Errorf("%s: a step allocates %v times", c.Name, got)
		}
	}
}

func TestSignatures(t *testing.T) {
	for _, s := range Signatures() {
		if s.Doc == "" {
			t.Errorf("%s %s has no documentation", s.Kind, s.Name)
		}
		for _, p := range s.Params {
			if p.Doc == "" {
				t.Errorf("%s %s: argument %s has no documentation", s.Kind, s.Name, p.Name)
			}
		}
	}
	if _, err := NewRule(&model.Node{Name: "lion"}); err == nil {
		t.Error("an unknown rule is made")
	}
	if _, err := NewClip(&model.Node{Name: "lion"}); err == nil {
		t.Error("an unknown clipping is made")
	}
}

func TestBadSegments(t *testing.T) {
	r := rule(t, "sgd", args{"lr": 1.0})
	for _, s := range []Segment{{Name: "out", From: 2, To: 9}, {Name: "units", To: 3, Units: 2, MaxNorm: 1}} {
		if _, err := New(r, Clip{}, []Segment{s}, 4, nil); err == nil {
			t.Errorf("%+v passes", s)
		}
	}
}

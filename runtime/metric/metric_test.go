package metric

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

var near = cmp.Options{cmpopts.EquateApprox(0, 1e-6), cmpopts.EquateNaNs()}

func collector(t *testing.T, o Output, metrics ...*model.Node) *Collector {
	t.Helper()
	c, err := New(o, metrics)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func topK(k float64) *model.Node {
	return &model.Node{Name: "top", Args: model.Args{"k": *catalog.N(k)}}
}

func TestClasses(t *testing.T) {
	nan := float32(math.NaN())
	c := collector(t, Output{Name: "main", Columns: []string{"a", "b", "c"}}, topK(2), topK(2), &model.Node{Name: "confusion"}, &model.Node{Name: "gap"})
	c.Add(Batch{N: 3,
		Logits: []float32{3, 1, 2 /**/, 0, 0, -1 /**/, 1, 2, 3},
		Target: []float32{1, 0, 0 /**/, 0, 1, 0 /**/, 0.6, 0.4, 0},
		Loss:   []float32{1, 2, 3},
	})
	c.Add(Batch{N: 1, Logits: []float32{nan, nan, nan}, Target: []float32{0, 0, 1}, Loss: []float32{6}})
	if diff := cmp.Diff(Values{"accuracy": 0.25, "top2": 0.5, "loss": 3}, c.Values(), near); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]float64{{1, 0, 1}, {1, 0, 0}, {0, 0, 0}}, c.Confusion()); diff != "" {
		t.Error(diff)
	}
	c.Reset()
	if diff := cmp.Diff(Values{"accuracy": math.NaN(), "top2": math.NaN()}, c.Values(), near); diff != "" {
		t.Error(diff)
	}
}

func TestLabels(t *testing.T) {
	c := collector(t, Output{Task: Labels, Columns: []string{"a", "b"}})
	c.Add(Batch{N: 2, Logits: []float32{1, -1, 0, 3}, Target: []float32{1, 1, 0, 1}})
	if diff := cmp.Diff(Values{"accuracy": 0.75}, c.Values(), near); diff != "" {
		t.Error(diff)
	}
}

// Figures of sklearn.metrics on the same numbers, in the target's own units.
func TestRegression(t *testing.T) {
	o := Output{Task: Regression, Columns: []string{"price"}, Scale: []float64{2}, Shift: []float64{10}}
	c := collector(t, o)
	c.Add(Batch{N: 2, Logits: []float32{1, 2}, Target: []float32{0, 2}})
	c.Add(Batch{N: 1, Logits: []float32{-1}, Target: []float32{-2}})
	// y = 10, 14, 6; p = 12, 14, 8
	if diff := cmp.Diff(Values{"mae": 4. / 3, "rmse": math.Sqrt(8. / 3), "r2": 1 - 8./32}, c.Values(), near); diff != "" {
		t.Error(diff)
	}
	two := collector(t, Output{Task: Regression, Columns: []string{"x", "y"}})
	two.Add(Batch{N: 2, Logits: []float32{1, 0, 3, 0}, Target: []float32{0, 5, 2, 5}})
	want := Values{"mae": 3, "mae(x)": 1, "mae(y)": 5, "rmse": 3, "rmse(x)": 1, "rmse(y)": 5,
		"r2": math.NaN(), "r2(x)": 0, "r2(y)": math.NaN()} // y does not vary
	if diff := cmp.Diff(want, two.Values(), near); diff != "" {
		t.Error(diff)
	}
}

func random(n, k int, r *rand.Rand) Batch {
	b := Batch{N: n, Logits: make([]float32, n*k), Target: make([]float32, n*k), Loss: make([]float32, n)}
	for i := range b.Logits {
		b.Logits[i], b.Target[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
	}
	for i := range b.Loss {
		b.Loss[i] = r.Float32()
	}
	return b
}

func (b Batch) part(from, to, k int) Batch {
	return Batch{N: to - from, Logits: b.Logits[from*k : to*k], Target: b.Target[from*k : to*k], Loss: b.Loss[from:to]}
}

// Batches of any size give the same bits, and so does a collector that was saved in between.
func TestBatchingAndResume(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const k = 4
	b := random(50, k, r)
	for _, o := range []Output{{Task: Classes}, {Task: Labels}, {Task: Regression}} {
		o.Columns = []string{"a", "b", "c", "d"}
		var more []*model.Node
		if o.Task == Classes {
			more = []*model.Node{topK(2), {Name: "confusion"}}
		}
		whole, parts := collector(t, o, more...), collector(t, o, more...)
		whole.Add(b)
		for from := 0; from < b.N; from += 7 {
			parts.Add(b.part(from, min(from+7, b.N), k))
			next := collector(t, o, more...)
			if err := next.Restore(parts.State()); err != nil {
				t.Fatal(err)
			}
			parts = next
		}
		if diff := cmp.Diff(whole.Values(), parts.Values()); diff != "" {
			t.Error(diff)
		}
		if err := whole.Restore([]float64{1}); err == nil {
			t.Error("a state of the wrong length passes")
		}
	}
}

func TestUnfitMetrics(t *testing.T) {
	if _, err := New(Output{Task: Regression, Columns: []string{"a"}}, []*model.Node{{Name: "accuracy"}}); err == nil {
		t.Error("accuracy of a regression passes")
	}
	if _, err := New(Output{}, []*model.Node{{Name: "acuracy"}}); err == nil {
		t.Error("an unknown metric passes")
	}
}

func TestMerge(t *testing.T) {
	one := Values{"loss": 1}
	if diff := cmp.Diff(one, Merge([]string{"main"}, []Values{one}, []float64{2})); diff != "" {
		t.Error(diff)
	}
	got := Merge([]string{"heating", "cooling"}, []Values{{"loss": 1, "rmse": 3}, {"loss": 4, "mae": 5, "mae(x)": 6}}, []float64{1, 0.5})
	want := Values{"loss": 3, "loss(heating)": 1, "loss(cooling)": 4, "rmse(heating)": 3, "mae(cooling)": 5, "mae(cooling.x)": 6}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDirection(t *testing.T) {
	for name, lower := range map[string]bool{"loss": true, "valid.loss": true, "valid.rmse(cooling)": true, "valid.mae(cooling.x)": true, "gap": true, "accuracy": false, "test.r2": false, "top5": false} {
		if Lower(name) != lower {
			t.Errorf("Lower(%q) = %v", name, !lower)
		}
	}
	if g := Gap("accuracy", 0.9, 0.8); math.Abs(g-0.1) > 1e-12 {
		t.Error(g)
	}
	if g := Gap("loss", 0.5, 0.8); math.Abs(g-0.3) > 1e-12 {
		t.Error(g)
	}
	if Primary(Values{"loss": 1}) != "loss" || Primary(Values{"loss": 1, "accuracy": 1}) != "accuracy" {
		t.Error("primary metric")
	}
}

func TestJSON(t *testing.T) {
	v := Values{"loss": 0.1, "r2": math.NaN(), "mae": math.Inf(1)}
	b, err := json.Marshal(v)
	if err != nil || string(b) != `{"loss":0.1,"mae":null,"r2":null}` {
		t.Fatal(string(b), err)
	}
	var got Values
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got["loss"] != 0.1 || !math.IsNaN(got["r2"]) {
		t.Error(got)
	}
}

func TestSignatures(t *testing.T) {
	for _, s := range Signatures() {
		if s.Doc == "" {
			t.Errorf("%s has no documentation", s.Name)
		}
	}
}

package schedule

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

func node(t *testing.T, name string, given model.Args) *model.Node {
	t.Helper()
	for _, s := range Signatures() {
		if s.Name == name {
			return &model.Node{Name: name, Args: s.Fill(given)}
		}
	}
	t.Fatalf("no schedule %s", name)
	return nil
}

func length(n float64, unit string) model.Value { return *catalog.NUnit(n, unit) }

func list(v ...model.Value) model.Value { return model.Value{Kind: model.List, List: v} }

func factors(s *Schedule, total int64) []float64 {
	var out []float64
	for i := range total {
		out = append(out, s.Factor(i))
	}
	return out
}

func TestFactors(t *testing.T) {
	warmup := length(2, "steps")
	for _, c := range []struct {
		name   string
		node   *model.Node
		warmup *model.Value
		want   []float64
	}{
		{"none", nil, nil, []float64{1, 1, 1, 1, 1, 1}},
		{"constant", node(t, "constant", nil), nil, []float64{1, 1, 1, 1, 1, 1}},
		{"warmup alone", nil, &warmup, []float64{0.5, 1, 1, 1, 1, 1}},
		{"step in shares", node(t, "step", model.Args{"at": list(length(0.5, "%"), length(0.75, "%")), "factor": *catalog.N(0.5)}), nil,
			[]float64{1, 1, 1, 0.5, 0.25, 0.25}}, // 75% of 6 is 4.5, the even step 4
		{"step in shares fills what the warmup leaves", node(t, "step", model.Args{"at": list(length(0.5, "%")), "factor": *catalog.N(0.5)}), &warmup,
			[]float64{0.5, 1, 1, 1, 0.5, 0.5}},
		{"step in epochs counts from the start", node(t, "step", model.Args{"at": length(1, "epochs"), "factor": *catalog.N(0.5)}), &warmup,
			[]float64{0.5, 1, 1, 0.5, 0.5, 0.5}},
		{"cosine", node(t, "cosine", nil), nil, []float64{1, 0.9330127, 0.75, 0.5, 0.25, 0.0669873}},
		{"cosine with a floor, behind a warmup", node(t, "cosine", model.Args{"min": *catalog.N(0.5)}), &warmup,
			[]float64{0.5, 1, 1, 0.9267767, 0.75, 0.5732233}},
		{"linear", node(t, "linear", nil), nil, []float64{1, 5. / 6, 4. / 6, 3. / 6, 2. / 6, 1. / 6}},
		{"linear to", node(t, "linear", model.Args{"to": *catalog.N(0.4)}), nil, []float64{1, 0.9, 0.8, 0.7, 0.6, 0.5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, warnings := New(c.node, c.warmup, 6, 3)
			if len(warnings) > 0 {
				t.Fatal(warnings)
			}
			if diff := cmp.Diff(c.want, factors(s, 6), cmpopts.EquateApprox(0, 1e-7)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Figures of torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=10).
func TestOneCycleAgainstPyTorch(t *testing.T) {
	s, _ := New(node(t, "one_cycle", nil), nil, 10, 10)
	want := []float64{0.04, 0.52, 1, 0.9504846320134737, 0.8117456539497631, 0.6112620219362892,
		0.3887419780637108, 0.18825834605023698, 0.0495193679865264, 4e-6}
	if diff := cmp.Diff(want, factors(s, 10), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
	for _, total := range []int64{1, 2, 3} {
		short, _ := New(node(t, "one_cycle", nil), nil, total, 1)
		for i, f := range factors(short, total) {
			if math.IsNaN(f) || f <= 0 || f > 1 {
				t.Errorf("factor %v at step %d of %d", f, i, total)
			}
		}
	}
}

func TestPlateau(t *testing.T) {
	n := node(t, "plateau", model.Args{"patience": length(1, "epochs"), "factor": *catalog.N(0.5), "min": *catalog.N(0.3)})
	s, _ := New(n, nil, 100, 10)
	if s.Watches() != "valid.loss" {
		t.Errorf("watches %q", s.Watches())
	}
	var got []float64
	for i, loss := range []float64{1, 0.9, 0.95, 0.96, 0.97, 0.98, 0.8, 0.8, 0.8} {
		if i == 4 { // a resumed schedule goes on as if nothing had happened
			fresh, _ := New(n, nil, 100, 10)
			if err := fresh.Restore(s.State()); err != nil {
				t.Fatal(err)
			}
			s = fresh
		}
		s.Observe(loss, true)
		got = append(got, s.Factor(0))
	}
	if diff := cmp.Diff([]float64{1, 1, 1, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3}, got); diff != "" {
		t.Error(diff)
	}
	up, _ := New(node(t, "plateau", model.Args{"patience": length(0, "epochs")}), nil, 1, 1)
	if up.Observe(0.5, false) || up.Observe(0.6, false) || !up.Observe(0.6, false) {
		t.Error("a metric of which more is better is read wrongly")
	}
	if err := up.Restore(nil); err == nil {
		t.Error("a state of the wrong length passes")
	}
}

func TestWarnings(t *testing.T) {
	code := func(n *model.Node, w *model.Value) diag.Code {
		_, l := New(n, w, 100, 10)
		if len(l) != 1 {
			t.Fatalf("want one warning, got %v", l)
		}
		return l[0].Code
	}
	w := length(10, "epochs")
	if c := code(nil, &w); c != LongWarmup {
		t.Error(c)
	}
	if c := code(node(t, "step", model.Args{"at": list(length(50, "steps"), length(30, "epochs"))}), nil); c != LateMilestone {
		t.Error(c)
	}
	if c := code(&model.Node{Name: "cosin"}, nil); c != UnknownSchedule {
		t.Error(c)
	}
	// A run that is all warmup still has a factor at every step.
	s, _ := New(node(t, "cosine", nil), &w, 100, 10)
	for i, f := range factors(s, 100) {
		if math.IsNaN(f) || f <= 0 || f > 1 {
			t.Errorf("factor %v at step %d", f, i)
		}
	}
}

func TestSteps(t *testing.T) {
	for _, c := range []struct {
		v    model.Value
		want int64
	}{{length(2, "epochs"), 20}, {length(0.25, "epochs"), 2}, {length(7, "steps"), 7}, {length(0.1, "%"), 12}} {
		if got := Steps(c.v, 123, 10); got != c.want {
			t.Errorf("%s: %d steps, want %d", c.v, got, c.want)
		}
	}
}

package lower_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/network"
)

const text = `
data digits { from digits }
model m {
  input digits
  conv 4
  norm batch
  act relu
  head side { flatten; dense classes }
  pool average, global
  dropout 0.5
  dense classes
}
train { loss cross_entropy; optimizer sgd(lr = 0.1) }
`

func program(t *testing.T, mode network.Mode, edits ...string) *graph.Program {
	t.Helper()
	n, err := compilertest.Good(t, text, edits...).Network(mode, 4)
	if err != nil {
		t.Fatal(err)
	}
	p, err := lower.Lower(n, graph.Float32)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func outputs(p *graph.Program) []string { return slices.Sorted(maps.Keys(p.Outputs)) }

func TestOutputs(t *testing.T) {
	same := func(what string, want, got []string) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", what, diff)
		}
	}
	same("training", []string{
		"grad/model.conv[1].weight", "grad/model.dense[1].bias", "grad/model.dense[1].weight",
		"grad/model.head[1].dense[1].bias", "grad/model.head[1].dense[1].weight", "grad/model.norm[1].scale", "grad/model.norm[1].shift",
		"logits/main", "logits/side", "loss", "loss/main", "loss/side", "state/model.norm[1].moments"}, outputs(program(t, network.Training)))
	same("evaluation", []string{"logits/main", "loss", "loss/main"}, outputs(program(t, network.Evaluation)))
}

func TestShapesSurviveLowering(t *testing.T) {
	for _, mode := range []network.Mode{network.Training, network.Evaluation} {
		p := program(t, mode)
		for i, v := range p.Values {
			if len(v.Shape) > 0 && v.Shape.Size() <= 0 {
				t.Errorf("%s: value %d has shape %v", mode, i, v.Shape)
			}
		}
		if got := p.Values[p.Outputs["logits/main"]].Shape; !got.Equal([]int{4, 10}) {
			t.Errorf("%s: logits have shape %v", mode, got)
		}
		if got := p.Values[p.Outputs["loss"]].Shape; got.Size() != 1 {
			t.Errorf("%s: the loss has shape %v", mode, got)
		}
	}
}

func TestStepsKnowTheirStatement(t *testing.T) {
	p := program(t, network.Training)
	seen := map[string]bool{}
	for _, s := range p.Steps {
		seen[s.Origin.Path] = true
		if s.Origin.Path != "" && !strings.HasPrefix(s.Origin.Path, "model.") && !strings.HasPrefix(s.Origin.Path, "train.") {
			t.Errorf("a step comes from %s", s.Origin.Path)
		}
	}
	for _, path := range []string{"model.conv[1]", "model.norm[1]", "model.dropout[1]", "model.head[1].dense[1]"} {
		if !seen[path] {
			t.Errorf("no step comes from %s", path)
		}
	}
}

func TestTricksChangeOnlyTheirSteps(t *testing.T) {
	names := func(edits ...string) []string {
		var list []string
		for _, s := range program(t, network.Training, edits...).Steps {
			if !s.Backward {
				list = append(list, s.Op.Name+" "+s.Origin.Path)
			}
		}
		slices.Sort(list)
		return list
	}
	on, off := names(), names("off dropout")
	var kept []string
	for _, s := range on {
		if !strings.HasSuffix(s, "model.dropout[1]") {
			kept = append(kept, s)
		}
	}
	if diff := cmp.Diff(kept, off); diff != "" {
		t.Errorf("without dropout (-want +got)\n%s", diff)
	}
}

func TestNothingToTrain(t *testing.T) {
	p := compilertest.Good(t, "data digits { from digits }\nmodel m { input digits; pool average, global; act tanh; concat { path { }; path { }; path { }; path { }; path { }; path { }; path { }; path { }; path { }; path { } } }\ntrain { loss cross_entropy }")
	n, err := p.Network(network.Training, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lower.Lower(n, graph.Float32); err == nil || !strings.Contains(err.Error(), "no weights to train") {
		t.Errorf("a model without weights cannot be trained: %v", err)
	}
}

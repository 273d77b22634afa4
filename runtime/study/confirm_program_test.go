package study_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/study"
)

// claims are claims about the comparisons of a plan, by name; a name with " off" means the off form.
func claims(t *testing.T, p *study.Plan, list ...string) []study.Claim {
	t.Helper()
	var out []study.Claim
	for _, text := range list {
		name, off := strings.CutSuffix(text, " off")
		at := -1
		for i, c := range p.Comparisons {
			if c.Name == name {
				at = i
			}
		}
		if at < 0 {
			t.Fatalf("no comparison is called %s", name)
		}
		out = append(out, study.Claim{At: at, Name: name, On: !off, Text: text, Effect: 1})
	}
	return out
}

// All claims are put into one program. Those that do not go with ones of more effect are left out, and it is said why.
func TestCombine(t *testing.T) {
	const section = `
study {
  metric  valid.accuracy
  seeds   6
  tricks  relu, l2, clip
  try     fast  { set train.optimizer.lr = 0.2 }
  try     slow  { set train.optimizer.lr = 0.01; set train.batch = 16 }
  try     wide  { set model.width = 16 }
  try     short { remove model.second }
  try     soft  { set model.second.p = 0.1 }
  try     twice { set model.first.p = 0.2 }
  confirm seeds = 4
}
`
	for _, c := range []struct {
		name   string
		claims []string
		edits  []string
		left   []string
	}{
		{"all go together", []string{"wide", "relu off", "clip", "fast"}, []string{"set model.width = 16", "off relu", "on clip", "set train.optimizer.lr = 0.2"}, nil},
		{"two values of one setting", []string{"fast", "l2 off", "slow"}, []string{"set train.optimizer.lr = 0.2", "off l2"},
			[]string{"slow: it sets train.optimizer.lr, as does fast, l2 off, which gave more"}},
		{"no program together", []string{"short", "soft"}, []string{"remove model.second"}, []string{"soft: together with short it is no program"}},
		{"nothing", nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := prepare(t, ask(t, tiny+section))
			id, taken, left, err := s.Combine(claims(t, s.Plan, c.claims...))
			if err != nil {
				t.Fatal(err)
			}
			var edits []string
			for _, v := range s.Plan.Variants {
				if v.ID == id {
					edits = v.Edits
				}
			}
			if diff := cmp.Diff(c.edits, edits); diff != "" {
				t.Error(diff)
			}
			if len(left) != len(c.left) || len(taken)+len(left) != len(c.claims) {
				t.Fatalf("taken %v, left out %v", taken, left)
			}
			for i, want := range c.left {
				if !strings.HasPrefix(left[i], want) {
					t.Errorf("%q, not %q", left[i], want)
				}
			}
			if len(c.claims) == 0 && id != s.Plan.Variants[0].ID {
				t.Error("without a claim the winner is the file as it is")
			}
		})
	}
}

// Tricks that were measured alone are put together alone: what of them is not claimed stays off.
func TestCombineOfTricksMeasuredAlone(t *testing.T) {
	s := prepare(t, ask(t, tiny+"study {\n  seeds 6\n  tricks l2, first, second, clip\n  design add_one_in\n  confirm seeds = 3\n}\n"))
	id, _, _, err := s.Combine(claims(t, s.Plan, "l2", "clip"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range s.Plan.Variants {
		if v.ID == id {
			if diff := cmp.Diff([]string{"off first", "off second", "on clip"}, v.Edits); diff != "" || v.Name != "l2, clip alone" {
				t.Errorf("%s %s", v.Name, diff)
			}
		}
	}
}

// The fresh seeds are behind all that a study uses, those of tuning included; a metric of another part is measured on the test part, too.
func TestConfirmIsPlanned(t *testing.T) {
	s := prepare(t, ask(t, tiny+"study {\n  metric valid.accuracy, margin = 1%\n  metric gap\n  seeds 6\n  tricks relu\n  retune train.optimizer.lr, [0.02, 0.05], by = valid.loss\n  confirm seeds = 3\n}\n"))
	c := s.Plan.Confirm
	if diff := cmp.Diff([]uint64{13, 14, 15}, c.Seeds); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, m := range c.Metrics {
		names = append(names, m.Name)
	}
	if diff := cmp.Diff([]string{"valid.accuracy", "gap", "test.accuracy"}, names); diff != "" {
		t.Error(diff)
	}
	if c.Metrics[2].Margin != 0.01 || c.Metrics[2].Part != "test" {
		t.Errorf("%+v", c.Metrics[2])
	}
	a := ask(t, tiny)
	a.Any, a.Between, a.Confirm = true, []string{"first", "second"}, 4
	if _, err := study.Prepare(a); err == nil || !strings.Contains(err.Error(), "no winner to confirm") {
		t.Error(err)
	}
}

// A real study with a confirmation: the winner is found, trained beside the file on fresh seeds and measured on the test part; asking
// for it without a section gives the same.
func TestConfirmRuns(t *testing.T) {
	r := run(t, ask(t, tiny+"study {\n  metric valid.accuracy\n  seeds 7\n  try none { set train.optimizer.lr = 1e-6 }\n  try wide { set model.width = 64 }\n  confirm seeds = 6\n}\n"))
	c := r.Confirmation
	if c == nil || c.Winner != "wide" || c.Itself || c.N != 6 || len(c.Metrics) != 2 || c.Metrics[1].Name != "test.accuracy" || c.PromisedBy != "measured" {
		t.Fatalf("%+v", c)
	}
	if diff := cmp.Diff([]string{"set model.width = 64"}, c.Edits); diff != "" || len(c.Winners) != 6 || len(c.Files) != 6 {
		t.Error(diff)
	}
	for _, want := range []string{"wide: confirmed; valid.accuracy is ", "On the test part, which chose nothing: test.accuracy "} {
		if !strings.Contains(c.Sentence, want) {
			t.Errorf("%q lacks %q", c.Sentence, want)
		}
	}
	a := ask(t, tiny)
	a.Any, a.LeaveOneOut, a.Tricks, a.Seeds, a.Confirm = true, true, []string{"l2"}, 2, 2
	if c := run(t, a).Confirmation; c == nil || !c.Itself || c.N != 2 {
		t.Errorf("%+v", c)
	}
}

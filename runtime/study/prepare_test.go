package study_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// reader keeps the digits decoded for all tests.
var reader data.Reader

// tiny trains in milliseconds. $ stands for the study sections.
const tiny = `
data digits {
  from  digits
  split train = 20%, valid = 20%, test = 60%, seed = 1
  scale standardize
}
model m(width = 8) {
  input digits
  init  he instead of normal(std = 0.01) as he
  flatten
  dense width
  act   relu
  dropout 0.2 as first
  dense width
  act   relu
  dropout 0.3 as second
  dense classes as last
}
train {
  loss      cross_entropy
  optimizer sgd(lr = 0.05, momentum = 0.9)
  l2        1e-4
  clip      norm(1000) off
  batch     32
  epochs    2
  seed      5
}
`

func ask(t testing.TB, text string) *study.Ask {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tiny.net")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return &study.Ask{File: file, Catalog: netc.Catalog(), Reader: &reader, Versions: study.Versions{Netc: "test"}}
}

func prepare(t testing.TB, a *study.Ask) *study.Study {
	t.Helper()
	s, err := study.Prepare(a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t testing.TB, a *study.Ask) *study.Report {
	t.Helper()
	s := prepare(t, a)
	r, err := (&study.Runner{Plan: s.Plan, Trainer: s, Workers: 2}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// edit is an edit of the command line.
func edit(t testing.TB, verb, text string) *canon.Edit {
	t.Helper()
	if verb == "set" {
		a, list := parse.Arg("--set", text)
		if list.HasErrors() {
			t.Fatal(list)
		}
		e, d := canon.SetEdit(a)
		if d != nil {
			t.Fatal(d)
		}
		return e
	}
	ref, list := parse.Selector("--"+verb, text)
	if list.HasErrors() {
		t.Fatal(list)
	}
	e, d := canon.SwitchEdit(verb, ref)
	if d != nil {
		t.Fatal(d)
	}
	return e
}

// variants lists what is run: names with their edits.
func variants(s *study.Study) []string {
	var list []string
	for _, v := range s.Plan.Variants {
		list = append(list, v.Name+": "+strings.Join(v.Edits, "; "))
	}
	return list
}

func comparisons(s *study.Study) []string {
	names := map[string]string{}
	for _, v := range s.Plan.Variants {
		names[v.ID] = v.Name
	}
	var list []string
	for _, c := range s.Plan.Comparisons {
		list = append(list, c.Name+" ("+c.State+"): "+names[c.On[0]]+" against "+names[c.Off[0]])
	}
	return list
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// Without a study section every trick of the file is measured, each switched the other way; the baseline is run once for all.
func TestLeaveOneOut(t *testing.T) {
	a := ask(t, tiny)
	a.Any = true
	s := prepare(t, a)
	off := comparisons(s)
	for _, want := range []string{"he (on): baseline against he off", "dropout (on): baseline against dropout off", "l2 (on): baseline against l2 off", "clip (off): clip on against baseline"} {
		if !strings.Contains(strings.Join(off, "\n"), want) {
			t.Errorf("no %q in %v", want, off)
		}
	}
	if n := len(s.Plan.Variants); n != 1+len(s.Plan.Comparisons) {
		t.Errorf("%d variants for %d tricks", n, len(s.Plan.Comparisons))
	}
	if m := s.Plan.Metrics[0]; m.Name != "test.accuracy" || m.Margin != 0.005 || m.MarginFrom != "default" {
		t.Errorf("%+v", m)
	}
	equal(t, "seeds", s.Plan.Seeds, []uint64{5, 6, 7, 8, 9, 10, 11, 12})
	if len(s.Plan.Notes) == 0 || !strings.Contains(s.Plan.Notes[0], "8 seeds cannot decide") {
		t.Errorf("too few seeds for so many questions are announced before anything is spent: %q", s.Plan.Notes)
	}
}

// A selector means all places as one switch; [*] one arm each; a + b move together.
func TestSelectors(t *testing.T) {
	a := ask(t, tiny)
	a.Any, a.Tricks = true, []string{"dropout", "dropout[*]", "second", "dropout + l2", "clip"}
	s := prepare(t, a)
	equal(t, "comparisons", comparisons(s), []string{
		"dropout (on): baseline against dropout off",
		"model.first (on): baseline against model.first off",
		"model.second (on): baseline against model.second off",
		"second (on): baseline against model.second off",
		"dropout + l2 (on): baseline against dropout + l2 off",
		"clip (off): clip on against baseline",
	})
	equal(t, "edits", s.Plan.Variants[4].Edits, []string{"off dropout", "off l2"})
	equal(t, "forms", []string{s.Plan.Comparisons[1].OnText, s.Plan.Comparisons[1].OffText}, []string{"dropout 0.2", "nothing"})
}

// Edits of the command line come before a study's, and hold for all variants.
func TestCommandLineEdits(t *testing.T) {
	a := ask(t, tiny)
	a.Any, a.Tricks = true, []string{"dropout"}
	a.Edits = []*canon.Edit{edit(t, "set", "train.epochs = 3"), edit(t, "off", "dropout")}
	s := prepare(t, a)
	equal(t, "comparisons", comparisons(s), []string{"dropout (off): dropout on against baseline"})
	equal(t, "edits", s.Plan.Program.Edits, []string{"set train.epochs = 3", "off dropout"})
	for _, v := range s.Plan.Variants {
		if v.Epochs != 3 {
			t.Errorf("%s has %d epochs", v.Name, v.Epochs)
		}
	}
}

// try and variant are edits, compared with the file as it is; those that come to the same program are one variant.
func TestCandidates(t *testing.T) {
	a := ask(t, tiny+`study add {
  metric  test.accuracy, margin = 1%
  metric  test.loss, margin = 0.02
  seeds   7
  try     more   { after model.second { dropout 0.1 } }
  try     wide   { set model.width = 12; set train.batch = 16 }
  variant broad  { set model.width = 12; set train.batch = 16 }
  variant bare   { off dropout; remove train.l2 }
}`)
	s := prepare(t, a)
	equal(t, "comparisons", comparisons(s), []string{"more (not in the file): more against baseline", "wide (not in the file): wide against baseline", "broad (not in the file): wide against baseline", "bare (not in the file): bare against baseline"})
	equal(t, "variants", variants(s), []string{"baseline: ", "more: after model.second { dropout 0.1 }", "wide: set model.width = 12; set train.batch = 16", "bare: off dropout; remove train.l2"})
	equal(t, "the same program", s.Plan.Variants[2].Also, []string{"broad"})
	equal(t, "margins", []float64{s.Plan.Metrics[0].Margin, s.Plan.Metrics[1].Margin}, []float64{0.01, 0.02})
	if s.Plan.Name != "tiny-add" || len(s.Plan.Seeds) != 7 {
		t.Error(s.Plan.Name, s.Plan.Seeds)
	}
}

// A trick nested in another's removed form is absent, not off; cells of a factorial that coincide run once and are reported.
func TestRule13AbsentNotOffAndCellsThatCoincideRunOnce(t *testing.T) {
	nested := strings.Replace(tiny, "  dropout 0.2 as first\n", "  sum {\n path { }\n path { dense width; dropout 0.2 as first }\n }\n", 1)
	nested = strings.Replace(nested, "path { dense width; dropout 0.2 as first }", "path { dense width; dropout 0.2 as first } instead of nothing as branch", 1)
	a := ask(t, nested)
	a.Any, a.Tricks, a.Seeds, a.Edits = true, []string{"first", "second"}, 6, []*canon.Edit{edit(t, "off", "branch")}
	r := run(t, a)
	if x := r.Tricks[0]; x.Verdict != stat.DidNothing || !strings.Contains(x.Reason, "absent") || x.Pairs == nil && x.N != 6 {
		t.Errorf("%s: %s", x.Verdict, x.Reason)
	}
	if len(r.Variants) != 2 {
		t.Errorf("%d programs were run", len(r.Variants))
	}
	a = ask(t, nested+"study {\n metric test.accuracy\n seeds 6\n factors branch, first\n design factorial, order = 2\n}")
	r = run(t, a)
	if len(r.Variants) != 3 || r.Design.Cells != 4 || r.Spent.Trials != 18 {
		t.Errorf("%d programs for %d cells, %d trials", len(r.Variants), r.Design.Cells, r.Spent.Trials)
	}
	if len(r.Confounded) != 1 || !strings.Contains(r.Confounded[0].Text, "first") {
		t.Errorf("%+v", r.Confounded)
	}
	if len(r.Effects) != 3 || len(r.Tricks) != 2 {
		t.Errorf("%d effects, %d tricks", len(r.Effects), len(r.Tricks))
	}
}

// add_one_in compares each trick alone with none of them; shapley's shares add up to the total.
func TestDesigns(t *testing.T) {
	s := prepare(t, ask(t, tiny+"study {\n tricks dropout, l2, clip\n seeds 8\n design add_one_in\n}"))
	equal(t, "comparisons", comparisons(s), []string{"dropout (on): all off, but dropout against all off", "l2 (on): all off, but l2 against all off", "clip (off): all off, but clip against all off"})
}

func TestShapleyAddsUp(t *testing.T) {
	r := run(t, ask(t, tiny+"study {\n metric test.loss\n factors dropout, l2 + he\n seeds 6\n design shapley\n}"))
	sum := 0.0
	for _, x := range r.Shapley.Shares {
		sum += float64(x.Effect)
	}
	if d := sum - float64(r.Shapley.Total.Effect); d > 1e-12 || d < -1e-12 || len(r.Shapley.Shares) != 2 {
		t.Errorf("shares add up to %v, the total is %v", sum, r.Shapley.Total.Effect)
	}
	equal(t, "factors", r.Design.Factors, []string{"dropout", "l2 + he"})
}

// The A/A study: a trick that does nothing is called that, and the runs of its pairs are the same bits.
func TestNothingIsNothing(t *testing.T) {
	a := ask(t, tiny)
	a.Any, a.Tricks, a.Seeds, a.Edits = true, []string{"first", "clip"}, 20, []*canon.Edit{edit(t, "set", "model.first.p = 0")}
	r := run(t, a)
	for _, x := range r.Tricks {
		if x.Verdict != stat.DidNothing || !x.Identical || x.Pairing.Correlation != 1 || x.N != 20 || x.Effect != 0 {
			t.Errorf("%s: %s, %d pairs, correlation %v: %s", x.Name, x.Verdict, x.N, x.Pairing.Correlation, x.Sentence)
		}
	}
	if clip := r.Tricks[1]; len(clip.Acted) != 1 || clip.Acted[0].Acted != 0 || !strings.Contains(clip.Sentence, "it acted in 0 of") {
		t.Errorf("%+v %s", clip.Acted, clip.Sentence)
	}
	if len(r.Variants) != 3 {
		t.Errorf("dropout 0 and no dropout are different programs: %d", len(r.Variants))
	}
}

// vary: what does not vary keeps the first seed's draws; the split stays unless it is named.
func TestRule15WhatANewSeedChanges(t *testing.T) {
	hashes := func(vary string) (init, order map[string]bool, fingerprints int) {
		s := prepare(t, ask(t, tiny+"study {\n metric test.accuracy\n seeds 3\n tricks first\n "+vary+"\n}"))
		init, order = map[string]bool{}, map[string]bool{}
		ids := map[string]bool{}
		for _, seed := range s.Plan.Seeds {
			rec, err := s.Train(t.Context(), s.Plan.Variants[0].ID, seed)
			if err != nil {
				t.Fatal(err)
			}
			init[rec.Hashes.InitialWeights], order[rec.Hashes.BatchOrder] = true, true
			ids[rec.Variant] = true
		}
		return init, order, len(ids)
	}
	if i, o, f := hashes(""); len(i) != 3 || len(o) != 3 || f != 1 {
		t.Errorf("by default: %d initial weights, %d orders, %d data sets", len(i), len(o), f)
	}
	if i, o, f := hashes("vary init"); len(i) != 3 || len(o) != 1 || f != 1 {
		t.Errorf("vary init: %d initial weights, %d orders, %d data sets", len(i), len(o), f)
	}
	if i, o, f := hashes("vary order, split"); len(i) != 1 || len(o) != 3 || f != 3 {
		t.Errorf("vary order, split: %d initial weights, %d orders, %d data sets", len(i), len(o), f)
	}
}

// retune gives every form its own best value, by the valid part; curve repeats the comparison.
func TestRetuneAndCurve(t *testing.T) {
	r := run(t, ask(t, tiny+`study {
  metric test.loss, margin = 0.5
  seeds  6
  tricks dropout
  retune train.optimizer.lr, 0.001..0.1, log, points = 3, by = valid.loss
}`))
	if len(r.Retuned) != 2 || len(r.Retuned[0].Points) != 3 || r.Retuned[0].Points[1].Value != "0.01" || r.Tricks[0].N != 6 {
		t.Fatalf("%+v", r.Retuned)
	}
	for _, x := range r.Retuned {
		best := 0
		for i, p := range x.Points {
			if p.Mean < x.Points[best].Mean {
				best = i
			}
		}
		if x.Chosen != x.Points[best].Value || r.Variant(x.Variant) == nil {
			t.Errorf("%+v", x)
		}
	}
	if r.Spent.Trials != 2*3*2+2*4 {
		t.Errorf("%d trials", r.Spent.Trials)
	}
	a := ask(t, tiny)
	a.Any, a.LeaveOneOut, a.Tricks, a.Retune = true, true, []string{"l2"}, []string{"lr", "train.l2.c=0.001..0.1"}
	s := prepare(t, a)
	if g := s.Plan.Retunes; len(g) != 2 || len(g[0].Points) != 25 || g[0].Points[0].Value != "0.0125, 0.001" || g[0].Points[24].Value != "0.2, 0.1" {
		t.Errorf("%+v", g)
	}
	r = run(t, ask(t, tiny+"study {\n metric test.accuracy\n seeds 6\n tricks dropout\n curve train.examples, [50, 100, 200]\n}"))
	if len(r.Curves) != 1 || len(r.Curves[0].Points) != 3 || r.Curves[0].Points[2].Number != 200 {
		t.Fatalf("%+v", r.Curves)
	}
	for _, p := range r.Curves[0].Points {
		if len(p.Tricks) != 1 || p.Tricks[0].N != 6 || p.Baseline["test.accuracy"].N != 6 {
			t.Errorf("%+v", p)
		}
	}
	if a, b := r.Curves[0].Points[0].Baseline["test.accuracy"].Mean, r.Curves[0].Points[2].Baseline["test.accuracy"].Mean; a >= b {
		t.Errorf("50 examples give %v, 200 give %v", a, b)
	}
}

// An equivalence study compares both tricks with neither, and with each other, also example by example.
func TestEquivalence(t *testing.T) {
	a := ask(t, tiny)
	margin := 0.2
	a.Any, a.LeaveOneOut, a.Between, a.Seeds, a.Margin = true, true, []string{"clip", "l2"}, 6, &margin
	r := run(t, a)
	e := r.Equivalence
	if e == nil || e.Verdict != study.MayStandIn || len(e.Pairs) != 6 || len(r.Variants) != 3 || !strings.Contains(e.Sentence, "may stand in for l2") {
		t.Fatalf("%+v", e)
	}
	if x := e.Examples; x == nil || x.N < 1000 || !(x.Phi > 0.2 && x.Phi < 1) || !x.SelfPhi.Finite() {
		t.Errorf("%+v", e.Examples)
	}
	if len(e.Curves) == 0 || e.Curves[0].Distance <= 0 {
		t.Errorf("%+v", e.Curves)
	}
}

// Mistakes are found before anything is trained, and say what to do.
func TestMistakes(t *testing.T) {
	drawn := map[diag.Code]bool{}
	for _, c := range []struct{ name, text, trick, want string }{
		{"unknown trick", tiny, "dropuot", "dropout"},
		{"unknown metric", tiny + "study {\n metric test.accurcy\n}", "", "did you mean test.accuracy"},
		{"test part by retune", tiny + "study {\n retune train.optimizer.lr, 0.1..1, by = test.loss\n}", "", "rule 17"},
		{"arm that does not compile", tiny + "study {\n try x { set model.widht = 3 }\n}", "", "x: "},
		{"edit that misses", tiny + "study {\n try x { remove model.convv }\n}", "", "x: "},
		{"two names", tiny + "study {\n try x { off dropout }\n try x { off l2 }\n}", "", "two candidates are called x"},
		{"factors without design", tiny + "study {\n factors dropout, l2\n design add_one_in\n}", "", "factors are for the designs"},
		{"one factor", tiny + "study {\n factors dropout\n design factorial\n}", "", "at least two factors"},
		{"search", tiny + "study {\n design halving\n}", "", "not carried out yet"},
		{"bad range", tiny + "study {\n retune train.optimizer.lr, 1..0.1\n}", "", "goes nowhere"},
		{"nothing to do", strings.NewReplacer("dropout 0.2 as first", "pass", "dropout 0.3 as second", "pass").Replace(tiny) + "study {\n tricks nothing_here\n}", "", "nothing_here is no trick"},
		{"no section", tiny + "study a {\n}\nstudy b {\n}", "", ""},
		{"nothing to compare", `data d { from digits }
model m { input d; flatten; dense classes }
train { loss cross_entropy; optimizer sgd(lr = 0.1); batch 32; epochs 1 }`, "", "there is nothing to compare"},
		{"split", strings.Replace(tiny, "  split train = 20%, valid = 20%, test = 60%, seed = 1\n", "", 1) + "study {\n vary split\n tricks dropout\n}", "", "vary split needs a split"},
	} {
		a := ask(t, c.text)
		a.Any = c.name != "no section"
		if c.trick != "" {
			a.Tricks = []string{c.trick}
		}
		_, err := study.Prepare(a)
		text := ""
		if err != nil {
			text = err.Error() + " " + strings.Join(helps(err), " ")
		}
		if !strings.Contains(text, c.want) {
			t.Errorf("%s: %q does not say %q", c.name, text, c.want)
		}
		drawn[code(err)] = true
	}
	if _, err := study.Find(t.TempDir(), "nowhere"); err != nil {
		drawn[code(err)] = true
	}
	for _, info := range diag.Codes() {
		if info.Code >= "N0801" && info.Code < "N0900" && !drawn[info.Code] {
			t.Errorf("no case draws %s %s", info.Code, info.Name)
		}
	}
}

func code(err error) diag.Code {
	var list diag.List
	var one *diag.Diagnostic
	if errors.As(err, &list) && len(list) > 0 {
		return list[0].Code
	}
	if errors.As(err, &one) {
		return one.Code
	}
	return ""
}

func helps(err error) []string {
	var out []string
	var list diag.List
	var one *diag.Diagnostic
	if errors.As(err, &list) {
		for _, d := range list {
			out = append(out, d.Help)
		}
	} else if errors.As(err, &one) {
		out = append(out, one.Help)
	}
	return out
}

// Margins are absolute, one per metric, in its units: 1% and 1 points of an accuracy are 0.01, a number stands as it is.
func TestRule16MarginsAreAbsolute(t *testing.T) {
	for text, want := range map[string]float64{
		"test.accuracy, margin = 1%":       0.01,
		"test.accuracy, margin = 1 points": 0.01,
		"test.accuracy, margin = 0.002":    0.002,
		"test.accuracy":                    0.005, // netc's default for accuracies
		"test.loss":                        0,     // none: a loss has no natural one
	} {
		s := prepare(t, ask(t, tiny+"study {\n tricks l2\n metric "+text+"\n}"))
		if m := s.Plan.Metrics[0]; m.Margin != want {
			t.Errorf("%s: %v, not %v", text, m.Margin, want)
		}
	}
}

// Tuning may read the training and the valid part only; and its seeds are others than the comparison's where that is on the
// valid part itself.
func TestRule17TuningReadsNoTest(t *testing.T) {
	if _, err := study.Prepare(ask(t, tiny+"study {\n tricks l2\n retune train.optimizer.lr, 0.01..0.1, by = test.accuracy\n}")); err == nil || !strings.Contains(err.Error(), "rule 17") {
		t.Errorf("%v", err)
	}
	line := "retune train.optimizer.lr, 0.01..0.1, points = 2\n}"
	equal(t, "by the test part", prepare(t, ask(t, tiny+"study {\n tricks l2\n seeds 6\n"+line)).Plan.RetuneSeeds, []uint64{5, 6})
	equal(t, "by the valid part", prepare(t, ask(t, tiny+"study {\n tricks l2\n seeds 6\n metric valid.accuracy\n"+line)).Plan.RetuneSeeds, []uint64{11, 12})
}

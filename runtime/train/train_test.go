package train_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/initial"
	"github.com/netc-lang/netc/runtime/schedule"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/store/safetensors"
	"github.com/netc-lang/netc/runtime/train"
)

// reader keeps the digits decoded for all tests.
var reader data.Reader

// config compiles a program and opens its data.
func config(t testing.TB, text string) train.Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.net")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p := compiler.Compile(file, compiler.Options{Catalog: train.TestCatalog(), Data: &reader})
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	d, err := reader.Open(p.Data, p.Base())
	if err != nil {
		t.Fatal(err)
	}
	return train.Config{Program: p, Train: p.Train, DataSection: p.Data, Info: p.Info, Data: d, Identity: "test"}
}

func run(t testing.TB, c train.Config) *train.Result {
	t.Helper()
	r, err := train.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const digits = `
data digits {
  from  digits
  split valid = 15%, test = 15%, seed = 7
  scale standardize
}
`

// small is a network that trains in a moment and uses every kind of memory that a run has.
func small(model, train string) string {
	return digits + "model m {\n input digits\n flatten\n" + model + "\n dense classes\n}\ntrain {\n loss cross_entropy\n" + train + "\n}\n"
}

var everything = strings.Replace(small(`
 dense 24
 norm batch
 act relu
 dropout 0.2`, `
 optimizer adam(lr = 3e-3)
 schedule plateau(factor = 0.5, patience = 0 epochs)
 warmup 5 steps
 clip norm(1)
 ema 0.9
 l1 1e-5
 l2 1e-4
 max_norm 3
 batch 50
 epochs 4
 examples 430
 stop early(patience = 3 epochs)
 report top(3), confusion`), "standardize\n}", "standardize\n augment { shift 1; mixup 0.2 }\n}", 1)

func TestLearnsDigits(t *testing.T) {
	c := config(t, small(" dense 64\n act relu", " optimizer adam(lr = 3e-3)\n batch 32\n epochs 15"))
	c.Threads = 2
	r := run(t, c)
	if r.Status != train.Finished || r.Epochs != 15 || len(r.History) != 15 {
		t.Errorf("%s after %d epochs", r.Status, r.Epochs)
	}
	if r.Test["accuracy"] < 0.95 {
		t.Errorf("test accuracy %v", r.Test["accuracy"])
	}
	if r.Train["loss"] > 0.1 || math.Abs(r.Gap["accuracy"]-(r.Train["accuracy"]-r.Valid["accuracy"])) > 1e-12 {
		t.Errorf("train %v, gap %v", r.Train, r.Gap)
	}
	if r.Reading == nil || r.Reading.Verdict == "" {
		t.Errorf("reading %+v", r.Reading)
	}
}

func TestThreadsGiveTheSameBits(t *testing.T) {
	var first *train.Result
	for _, threads := range []int{1, 2, 5} {
		c := config(t, everything)
		c.Threads = threads
		r := run(t, c)
		if first == nil {
			first = r
			continue
		}
		if diff := cmp.Diff(first.Hashes, r.Hashes); diff != "" {
			t.Errorf("%d threads: %s", threads, diff)
		}
		if diff := cmp.Diff(first.Test, r.Test); diff != "" {
			t.Errorf("%d threads: %s", threads, diff)
		}
	}
	if first.Confusion["main"] == nil || first.Valid["top3"] < first.Valid["accuracy"] {
		t.Errorf("reported metrics: %v %v", first.Valid, first.Confusion)
	}
}

func TestSeedsDiffer(t *testing.T) {
	short := small("", " optimizer sgd(lr = 0.1)\n batch 64\n epochs 1\n seed SEED")
	a := run(t, config(t, strings.Replace(short, "SEED", "1", 1)))
	b := run(t, config(t, strings.Replace(short, "SEED", "2", 1)))
	if a.Hashes.InitialWeights == b.Hashes.InitialWeights || a.Hashes.BatchOrder == b.Hashes.BatchOrder || a.Hashes.FinalWeights == b.Hashes.FinalWeights {
		t.Errorf("%+v\n%+v", a.Hashes, b.Hashes)
	}
}

// Switching a trick off leaves all other draws as they were.
func TestOffLeavesDraws(t *testing.T) {
	on := run(t, config(t, everything))
	off := run(t, config(t, strings.Replace(everything, "dropout 0.2", "dropout 0.2 off", 1)))
	if on.Hashes.FinalWeights == off.Hashes.FinalWeights {
		t.Error("dropout changes nothing")
	}
	on.Hashes.FinalWeights, off.Hashes.FinalWeights = "", ""
	if diff := cmp.Diff(on.Hashes, off.Hashes); diff != "" {
		t.Error(diff)
	}
}

// watcher calls back.
type watcher struct {
	step  func(train.Step)
	epoch func(train.Epoch)
	start func(train.Start)
}

func (w watcher) Start(s train.Start) {
	if w.start != nil {
		w.start(s)
	}
}
func (w watcher) Step(s train.Step) {
	if w.step != nil {
		w.step(s)
	}
}
func (w watcher) Epoch(e train.Epoch) {
	if w.epoch != nil {
		w.epoch(e)
	}
}
func (watcher) Done(*train.Result) {}

func folder(t testing.TB) *store.Run {
	t.Helper()
	s, err := store.CreateAt(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// same compares two runs of one program but for the clock.
func same(t *testing.T, what string, a, b *train.Result) {
	t.Helper()
	clean := func(r *train.Result) train.Result {
		c := *r
		c.Seconds, c.StepsPerSecond = 0, 0
		c.History = append([]train.Epoch(nil), r.History...)
		for i := range c.History {
			c.History[i].Seconds = 0
		}
		c.Fired = nil // batches made ahead of an interruption count again
		for _, f := range r.Fired {
			if f.Unit != "examples" {
				c.Fired = append(c.Fired, f)
			}
		}
		return c
	}
	if diff := cmp.Diff(clean(a), clean(b)); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// Ctrl-C in any step, then --resume: bit for bit the run that was never interrupted.
func TestInterruptAndResume(t *testing.T) {
	whole := run(t, config(t, everything))
	for _, at := range []int64{1, 7, 9, 10, 20, 33} {
		c := config(t, everything)
		c.Store, c.Threads = folder(t), 2
		ctx, cancel := context.WithCancel(context.Background())
		c.Observer = watcher{step: func(s train.Step) {
			if s.Step == at {
				cancel()
			}
		}}
		r, err := train.Run(ctx, c)
		if err != nil || r.Status != train.Interrupted || r.Steps != at {
			t.Fatalf("step %d: %v, %+v", at, err, r)
		}
		if _, err := os.Stat(c.Store.Path(store.SummaryFile)); err == nil {
			t.Error("an interrupted run has a summary")
		}
		c.Observer, c.Threads = nil, 1
		if c.Resume, err = c.Store.LoadCheckpoint(); err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("interrupted at step %d", at), whole, run(t, c))
	}
}

// kill -9 at any moment: what lies in the folder then is enough.
func TestKillAndResume(t *testing.T) {
	text := strings.Replace(everything, " report", " checkpoint 7 steps\n report", 1)
	c := config(t, text)
	c.Store = folder(t)
	copies := t.TempDir()
	snapshot := func(name string) {
		if err := os.CopyFS(filepath.Join(copies, name), os.DirFS(c.Store.Dir())); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	c.Observer = watcher{
		step: func(s train.Step) {
			if s.Step%8 == 0 {
				names = append(names, fmt.Sprint("step", s.Step))
				snapshot(names[len(names)-1])
			}
		},
		epoch: func(e train.Epoch) {
			names = append(names, fmt.Sprint("epoch", e.Epoch))
			snapshot(names[len(names)-1])
		},
	}
	whole := run(t, c)
	lines, err := c.Store.ReadFile(store.MetricsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		dir := filepath.Join(copies, name)
		if err := os.WriteFile(filepath.Join(dir, store.RunFile), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		// A line cut off in the middle is what a kill may leave.
		if f, err := os.OpenFile(s.Path(store.MetricsFile), os.O_APPEND|os.O_WRONLY, 0); err == nil {
			if _, err := f.WriteString(`{"epoch":99,"tr`); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		again := config(t, text)
		again.Store = s
		again.Resume, err = s.LoadCheckpoint()
		if err != nil {
			var d *diag.Diagnostic
			if errors.As(err, &d) && d.Code == store.NotARun {
				continue // killed before the first checkpoint
			}
			t.Fatal(err)
		}
		same(t, "killed after "+name, whole, run(t, again))
		got, err := s.ReadFile(store.MetricsFile)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(got), "\n") != strings.Count(string(lines), "\n") || strings.Contains(string(got), `"epoch":99`) {
			t.Errorf("killed after %s: metrics are\n%s", name, got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestResumeOfAFinishedRun(t *testing.T) {
	c := config(t, everything)
	c.Store = folder(t)
	whole := run(t, c)
	var err error
	if c.Resume, err = c.Store.LoadCheckpoint(); err != nil {
		t.Fatal(err)
	}
	same(t, "resumed at the end", whole, run(t, c))
	weights, err := safetensors.ReadFile(c.Store.Path(store.WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Weights, weights.Tensors); diff != "" {
		t.Error(diff)
	}
	var summary train.Result
	if err := c.Store.ReadJSON(store.SummaryFile, &summary); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Test, summary.Test); diff != "" {
		t.Error(diff)
	}
}

func TestOtherProgramIsRefused(t *testing.T) {
	c := config(t, everything)
	c.Store = folder(t)
	run(t, c)
	f, err := c.Store.LoadCheckpoint()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*train.Config, *safetensors.File){
		"identity":  func(c *train.Config, _ *safetensors.File) { c.Identity = "another" },
		"format":    func(_ *train.Config, f *safetensors.File) { f.Metadata["format"] = "netc checkpoint 0" },
		"history":   func(_ *train.Config, f *safetensors.File) { f.Metadata["history"] = "[" },
		"a tensor":  func(_ *train.Config, f *safetensors.File) { f.Tensors = f.Tensors[1:] },
		"its name":  func(_ *train.Config, f *safetensors.File) { f.Tensors[0].Name = "value/other" },
		"its size":  func(_ *train.Config, f *safetensors.File) { f.Tensors[0].F32 = f.Tensors[0].F32[1:] },
		"its type":  func(_ *train.Config, f *safetensors.File) { f.Get("schedule").F64 = nil },
		"the place": func(_ *train.Config, f *safetensors.File) { f.Get("position").I64[0] = -1 },
	} {
		d := config(t, everything)
		g := &safetensors.File{Metadata: map[string]string{}, Tensors: append([]safetensors.Tensor(nil), f.Tensors...)}
		for k, v := range f.Metadata {
			g.Metadata[k] = v
		}
		for i := range g.Tensors {
			g.Tensors[i].I64 = append([]int64(nil), g.Tensors[i].I64...)
		}
		change(&d, g)
		d.Resume = g
		expect(t, name, d, train.OtherProgram)
	}
}

// expect runs a program that must end in an error of a code, and returns it.
func expect(t *testing.T, name string, c train.Config, code diag.Code) *diag.Diagnostic {
	t.Helper()
	_, err := train.Run(context.Background(), c)
	var list diag.List
	var d *diag.Diagnostic
	if errors.As(err, &list) && len(list) > 0 {
		d = list[0]
	} else if !errors.As(err, &d) {
		t.Errorf("%s: %v, want %s", name, err, code)
		return &diag.Diagnostic{}
	}
	if d.Code != code {
		t.Errorf("%s: %v, want %s", name, err, code)
	}
	if d.Code != train.OtherProgram && !d.Span.Start.IsValid() {
		t.Errorf("%s: the error has no place: %v", name, d)
	}
	return d
}

func TestMistakes(t *testing.T) {
	tail := "\n batch 64\n epochs 1"
	for _, c := range []struct {
		name, model, train string
		code               diag.Code
	}{
		{"no optimizer", "", tail, train.MissingSetting},
		{"no batch", "", " optimizer adam\n epochs 1", train.MissingSetting},
		{"no epochs", "", " optimizer adam\n batch 1", train.MissingSetting},
		{"two decays", "", " optimizer adamw\n decay 0.1" + tail, train.TwoDecays},
		{"nesterov alone", "", " optimizer sgd(lr = 0.1, nesterov)" + tail, train.NesterovAlone},
		{"watches test", "", " optimizer adam\n stop early(on = test.loss)" + tail, train.WatchesTest},
		{"watches nothing", "", " optimizer adam\n stop early(on = valid.rmse)" + tail, train.WatchesNothing},
		{"plateau watches nothing", "", " optimizer adam\n schedule plateau(on = valid.los)" + tail, train.WatchesNothing},
		{"unfit metric", "", " optimizer adam\n report rmse" + tail, train.UnfitMetric},
		{"too many examples", "", " optimizer adam\n examples 100000" + tail, train.TooManyExamples},
		{"batch larger than the data", "", " optimizer adam\n batch 5000\n epochs 1", data.BatchTooLarge},
		{"a lone example", " dense 8\n norm batch", " optimizer adam\n examples 129" + tail, train.LoneExample},
	} {
		expect(t, c.name, config(t, small(c.model, c.train)), c.code)
	}
}

func TestNothingHeldOut(t *testing.T) {
	text := strings.Replace(small("", " optimizer adam\n batch 64\n epochs 2\n stop early"), "split valid = 15%, test = 15%, seed = 7", "split train = 100%", 1)
	c := config(t, text)
	d := expect(t, "stop without a valid part", c, train.WatchesNothing)
	if !strings.Contains(d.Help, "split valid") {
		t.Errorf("help: %q", d.Help)
	}
	r := run(t, config(t, strings.Replace(text, " stop early", "", 1)))
	if r.Valid != nil || r.Test != nil || r.Train["accuracy"] == 0 {
		t.Errorf("%+v", r)
	}
}

func TestDivergence(t *testing.T) {
	c := config(t, small(" dense 16\n act relu", " optimizer sgd(lr = 1e30)\n batch 64\n epochs 3"))
	c.Store = folder(t)
	r, err := train.Run(context.Background(), c)
	if r == nil || r.Status != train.Diverged {
		t.Fatalf("%v %+v", err, r)
	}
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != train.NotFinite {
		t.Fatal(err)
	}
	for _, want := range []string{"step ", "epoch 1", "model."} {
		if !strings.Contains(d.Message, want) {
			t.Errorf("%q does not say %q", d.Message, want)
		}
	}
	if !strings.Contains(d.Help, "--set train.optimizer.lr=") || !strings.Contains(d.Help, "clip norm(1)") || !d.Span.Start.IsValid() {
		t.Errorf("help %q at %v", d.Help, d.Span)
	}
	if r.Reading == nil || r.Reading.Edit == "" {
		t.Errorf("reading %+v", r.Reading)
	}
	var summary train.Result
	if err := c.Store.ReadJSON(store.SummaryFile, &summary); err != nil || summary.Status != train.Diverged {
		t.Errorf("%v %+v", err, summary)
	}
}

func TestEarlyStopping(t *testing.T) {
	r := run(t, config(t, small("", " optimizer sgd(lr = 0.5, momentum = 0.9)\n batch 16\n epochs 40\n examples 100\n stop early(patience = 2 epochs)")))
	if r.Status != train.StoppedOnce || r.Epochs != r.Best+2 || len(r.History) != r.Epochs {
		t.Fatalf("%s after %d epochs, the best %d", r.Status, r.Epochs, r.Best)
	}
	lowest := math.Inf(1)
	for _, e := range r.History {
		lowest = min(lowest, e.Valid["loss"])
	}
	if r.Valid["loss"] != lowest || !r.History[r.Best-1].Best {
		t.Errorf("valid loss %v handed out, the lowest was %v", r.Valid["loss"], lowest)
	}
	for _, f := range r.Fired {
		if f.Setting == "stop" && f.Acted != int64(40-r.Epochs) {
			t.Errorf("%+v", f)
		}
	}
}

func fired(r *train.Result) map[string]train.Fired {
	m := map[string]train.Fired{}
	for _, f := range r.Fired {
		m[f.Setting] = f
	}
	return m
}

func TestFiring(t *testing.T) {
	r := run(t, config(t, everything))
	f := fired(r)
	steps := r.Steps
	if f["clip"].Of != steps || f["clip"].Acted == 0 || f["ema"].Acted != steps || f["warmup"].Acted != 5 || f["max_norm"].Of != steps {
		t.Errorf("%+v", r.Fired)
	}
	idle := fired(run(t, config(t, small("", " optimizer adam\n clip norm(1000)\n l2 0\n warmup 9 epochs\n batch 64\n epochs 1\n stop early"))))
	if idle["clip"].Acted != 0 || idle["l2"].Note == "" || idle["stop"].Acted != 0 || !strings.Contains(idle["warmup"].Note, "whole run") {
		t.Errorf("%+v", idle)
	}
}

func TestWarningsReachTheObserver(t *testing.T) {
	c := config(t, small("", " optimizer adam\n warmup 9 epochs\n batch 64\n epochs 1"))
	var start train.Start
	c.Observer = watcher{start: func(s train.Start) { start = s }}
	run(t, c)
	if len(start.Notes) != 1 || start.StepsPerEpoch == 0 || start.Parameters != 650 {
		t.Errorf("%+v", start)
	}
}

const table = `
data energy {
  from   csv("energy.csv")
  target heating, cooling
  number rest
  split  train = 70%, valid = 15%, test = 15%, seed = 7
  scale  standardize
  scale  standardize, on = target
}
model two {
  input energy
  dense 16; act tanh
  head heating { dense 8; act relu; dense 1 }
  head cooling { dense 1 }
}
train {
  loss      huber(delta = 1), on = heating
  loss      mse, on = cooling, weight = 0.5
  optimizer adamw(lr = 1e-2)
  batch     32
  epochs    40
  stop      early(patience = 20 epochs)
}
`

// Two targets, two losses; metrics are in the columns' own units.
func TestRegressionHeads(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("a,b,heating,cooling\n")
	for i := range 400 {
		a, b := math.Sin(float64(i)), math.Cos(float64(3*i))
		fmt.Fprintf(&csv, "%v,%v,%v,%v\n", a, b, 1000+100*a*b, 50-5*a)
	}
	file := filepath.Join(t.TempDir(), "program.net")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "energy.csv"), []byte(csv.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	p := compiler.Compile(file, compiler.Options{Catalog: train.TestCatalog(), Data: &reader})
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	d, err := reader.Open(p.Data, p.Base())
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, train.Config{Program: p, Train: p.Train, DataSection: p.Data, Info: p.Info, Data: d})
	for name, bound := range map[string]float64{"rmse(heating)": 20, "rmse(cooling)": 0.5, "mae(heating)": 20} {
		if v, ok := r.Test[name]; !ok || v > bound {
			t.Errorf("%s = %v, want less than %v (test %v)", name, v, bound, r.Test)
		}
	}
	if v := r.Test["r2(cooling)"]; v < 0.98 || v > 1 {
		t.Errorf("r2(cooling) = %v", v)
	}
	if want := r.Test["loss(heating)"] + 0.5*r.Test["loss(cooling)"]; math.Abs(r.Test["loss"]-want) > 1e-12 {
		t.Errorf("loss %v, want %v", r.Test["loss"], want)
	}
	if r.Reading == nil || math.IsNaN(r.Gap["loss"]) {
		t.Errorf("reading %+v, gap %v", r.Reading, r.Gap)
	}
}

func TestUnwritableStore(t *testing.T) {
	c := config(t, everything)
	c.Store = folder(t)
	if err := os.RemoveAll(c.Store.Dir()); err != nil {
		t.Fatal(err)
	}
	_, err := train.Run(context.Background(), c)
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != store.CannotWrite {
		t.Error(err)
	}
}

// The seconds of a resumed run go on from those of the first part.
func TestSecondsAddUp(t *testing.T) {
	c := config(t, everything)
	c.Store = folder(t)
	run(t, c)
	f, err := c.Store.LoadCheckpoint()
	if err != nil {
		t.Fatal(err)
	}
	f.Get("seconds").F64[0] = 1000
	c.Resume = f
	if r := run(t, c); r.Seconds < 1000 {
		t.Errorf("%v seconds", r.Seconds)
	}
}

// Every code of training has an example that draws it, or is a case of a test that is named here.
func TestCodes(t *testing.T) {
	elsewhere := map[diag.Code]string{
		schedule.UnknownSchedule:   "package schedule, TestWarnings",
		initial.UnknownInitializer: "package initial, TestMistakes",
		initial.NoInitializer:      "package initial, TestMistakes",
		train.OtherProgram:         "TestOtherProgramIsRefused",
	}
	for _, info := range diag.Codes() {
		if !strings.HasPrefix(string(info.Code), "N06") {
			continue
		}
		if info.Example == "" {
			if elsewhere[info.Code] == "" {
				t.Errorf("%s %s has no example", info.Code, info.Name)
			}
			continue
		}
		t.Run(info.Name, func(t *testing.T) {
			c := config(t, info.Example)
			notes := ""
			c.Observer = watcher{start: func(s train.Start) { notes = strings.Join(s.Notes, "\n") }}
			if _, err := train.Run(context.Background(), c); err == nil {
				if !strings.Contains(notes, string(info.Code)) { // a warning
					t.Errorf("the example passes; notes: %q", notes)
				}
				return
			}
			expect(t, info.Name, c, info.Code)
		})
	}
}

package study

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// helpful is a study in which trick a helps by two points, b does nothing that can be seen.
func helpful(variant string, seed uint64) *Record {
	luck := 0.01*noise(0, "seed", seed) + 0.001*noise(0, variant, seed)
	if variant == "no a" {
		luck -= 0.02
	}
	return scored(variant, seed, 0.9+luck, 0.3-luck)
}

func TestTrialsRunOnceInSeedOrder(t *testing.T) {
	p := planOf(8, "a", "b")
	f := &fakeTrainer{score: helpful}
	r := mustReport(t)((&Runner{Plan: p, Trainer: f}).Run(t.Context()))
	if len(f.order) != 24 {
		t.Fatalf("%d trials, not 24", len(f.order))
	}
	for i, j := range f.order {
		if want := uint64(i/3 + 1); j.seed != want {
			t.Fatalf("trial %d is of seed %d, not %d: pairs must complete early", i, j.seed, want)
		}
	}
	if r.Status != Complete || r.Tricks[0].Verdict != stat.Helps || r.Tricks[1].Verdict == stat.Helps {
		t.Errorf("%s, %s, %s", r.Status, r.Tricks[0].Verdict, r.Tricks[1].Verdict)
	}
	if e := r.Tricks[0].Effect; e < 0.019 || e > 0.021 {
		t.Errorf("the effect is %v, not 0.02", e)
	}
	if g := r.Tricks[0].Pairing; g.Correlation < 0.9 || g.Gain < 10 {
		t.Errorf("luck that seeds share should cancel: %+v", g)
	}
}

// A study that is interrupted again and again, and whose log a crash has cut, runs every trial once and comes to the same report.
func TestResume(t *testing.T) {
	whole := mustReport(t)((&Runner{Plan: planOf(6, "a", "b"), Trainer: &fakeTrainer{score: helpful}, Workers: 2}).Run(t.Context()))
	root := t.TempDir()
	f := &fakeTrainer{score: helpful}
	var last *Report
	for session := 1; session <= 20; session++ {
		ctx, cancel := context.WithCancel(t.Context())
		f.after = func(int) {
			if session < 6 {
				cancel()
			}
		}
		folder, err := OpenFolder(root, planOf(6, "a", "b"), epoch)
		if err != nil {
			t.Fatal(err)
		}
		last = mustReport(t)((&Runner{Plan: planOf(6, "a", "b"), Trainer: f, Trials: NewTrialFolder(root), Folder: folder, Workers: 2}).Run(ctx))
		cancel()
		if err := folder.Close(); err != nil {
			t.Fatal(err)
		}
		if last.Status == Complete {
			break
		}
		if last.Status != Interrupted {
			t.Fatalf("session %d: %s", session, last.Status)
		}
		// The crash: the last line of the log is half written.
		log := filepath.Join(folder.Dir(), TrialsFile)
		b, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(log, b[:len(b)-20], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for j, n := range f.calls {
		if n != 1 {
			t.Errorf("%v was trained %d times", j, n)
		}
	}
	if len(f.calls) != 18 {
		t.Errorf("%d trials, not 18", len(f.calls))
	}
	plain := func(r Report) string {
		r.Dir, r.Spent, r.Power = "", Spent{}, nil
		return asJSON(t, r)
	}
	for _, v := range whole.Variants {
		for i := range v.Trials {
			v.Trials[i].Identity = last.Variant(v.ID).Trials[i].Identity // kept trials have one, those without a folder too
		}
	}
	if diff := cmp.Diff(plain(*whole), plain(*last)); diff != "" {
		t.Error(diff)
	}
	dirs, err := List(root)
	if err != nil || len(dirs) != 1 {
		t.Errorf("the same question has one folder, not %v (%v)", dirs, err)
	}
	// The report can be made again from what is on disk.
	folder := &Folder{dir: dirs[0]}
	again := mustReport(t)(folder.Rebuild())
	if diff := cmp.Diff(asJSON(t, *last), asJSON(t, *again)); diff != "" {
		t.Error(diff)
	}
}

func asJSON(t *testing.T, r Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Another study that needs the same trials finds them; a damaged record is run again.
func TestTrialsAreShared(t *testing.T) {
	root := t.TempDir()
	f := &fakeTrainer{score: helpful}
	run := func(p *Plan) *Report {
		folder, err := OpenFolder(root, p, epoch)
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		return mustReport(t)((&Runner{Plan: p, Trainer: f, Trials: NewTrialFolder(root), Folder: folder}).Run(t.Context()))
	}
	run(planOf(4, "a"))
	if r := run(planOf(4, "a", "b")); len(f.order) != 12 || r.Spent.Reused != 8 || r.Spent.Trials != 12 {
		t.Errorf("%d trained, %+v", len(f.order), r.Spent)
	}
	id, _ := f.Identity("base", 2)
	if err := os.WriteFile(NewTrialFolder(root).path(id), []byte(`{"identity":`), 0o644); err != nil {
		t.Fatal(err)
	}
	run(planOf(3, "b"))
	if f.calls[job{"base", 2}] != 2 || len(f.order) != 13 {
		t.Errorf("the damaged trial was trained %d times, all %d", f.calls[job{"base", 2}], len(f.order))
	}
}

func TestRule14DivergenceIsAnOutcome(t *testing.T) {
	p := planOf(8, "a")
	score := func(variant string, seed uint64) *Record {
		if variant == "no a" && seed%2 == 0 {
			return &Record{Status: statusDiverged, Note: "the loss is not a finite number", Epochs: 0, Seconds: 0.1}
		}
		return scored(variant, seed, 0.9+0.001*noise(1, variant, seed), 0.3)
	}
	r := mustReport(t)((&Runner{Plan: p, Trainer: &fakeTrainer{score: score}}).Run(t.Context()))
	d := r.Tricks[0]
	if d.Runs.DivergedOff != 4 || d.Runs.DivergedOn != 0 || d.N != 8 || r.Variants[1].Diverged != 4 {
		t.Errorf("%+v", d.Runs)
	}
	if d.Pairs[1].OffStatus != "diverged" || d.Pairs[1].Effect.Finite() {
		t.Errorf("%+v", d.Pairs[1])
	}
	if !strings.Contains(d.Sentence, "diverged in 0 runs with it and 4 runs without") || len(r.Notes) == 0 {
		t.Errorf("%s %v", d.Sentence, r.Notes)
	}
}

// A trial that breaks stops the study; what was finished is kept, and the report says so.
func TestFailure(t *testing.T) {
	root := t.TempDir()
	p := planOf(6, "a")
	broken := func(variant string, seed uint64) *Record {
		if seed == 3 {
			return nil
		}
		return helpful(variant, seed)
	}
	folder, err := OpenFolder(root, p, epoch)
	if err != nil {
		t.Fatal(err)
	}
	r, err := (&Runner{Plan: p, Trainer: &fakeTrainer{score: broken}, Folder: folder}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "seed 3 of base broke") {
		t.Fatalf("%v", err)
	}
	if r.Status != Failed || r.Spent.Trials != 4 || r.Tricks[0].N != 2 || r.Tricks[0].Verdict != stat.Undecided {
		t.Errorf("%s %+v", r.Status, r.Spent)
	}
}

func TestBudget(t *testing.T) {
	now := epoch
	p := planOf(10, "a")
	p.Budget = 10 * time.Minute
	f := &fakeTrainer{score: func(v string, s uint64) *Record {
		now = now.Add(time.Minute)
		r := helpful(v, s)
		r.Seconds = 60
		return r
	}}
	r := mustReport(t)((&Runner{Plan: p, Trainer: f, Clock: func() time.Time { return now }}).Run(t.Context()))
	if r.Status != OutOfBudget || len(f.order) != 10 || r.Tricks[0].N != 5 {
		t.Errorf("%s after %d trials, %d pairs", r.Status, len(f.order), r.Tricks[0].N)
	}
}

// slowTrainer never ends by itself.
type slowTrainer struct{ fakeTrainer }

func (*slowTrainer) Train(ctx context.Context, _ string, _ uint64) (*Record, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A trial that does not end within the budget is cut off.
func TestBudgetCutsOff(t *testing.T) {
	p := planOf(4, "a")
	p.Budget = 20 * time.Millisecond
	r := mustReport(t)((&Runner{Plan: p, Trainer: &slowTrainer{}, Workers: 2}).Run(t.Context()))
	if r.Status != OutOfBudget || r.Spent.Trials != 0 || r.Tricks[0].Verdict != stat.Undecided {
		t.Errorf("%s, %d trials", r.Status, r.Spent.Trials)
	}
}

// A sequential study stops what is decided, and only that.
func TestSequentialStops(t *testing.T) {
	p := planOf(30, "a", "b")
	p.Sequential = 0.05
	f := &fakeTrainer{score: helpful}
	r := mustReport(t)((&Runner{Plan: p, Trainer: f}).Run(t.Context()))
	a, b := r.Tricks[0], r.Tricks[1]
	if r.Status != Decided || a.Verdict != stat.Helps || !a.Look.Stopped || a.N >= 30 || b.N != 30 || b.Verdict != stat.Undecided {
		t.Errorf("%s; a: %s after %d; b: %s after %d", r.Status, a.Verdict, a.N, b.Verdict, b.N)
	}
	if f.calls[job{"no a", 30}] != 0 || f.calls[job{"base", 30}] != 1 || r.Sequential.Saved == 0 {
		t.Errorf("%+v", r.Sequential)
	}
}

// Tuning runs the grid on its seeds, takes the best by the valid part, and runs that on all seeds.
func TestRetune(t *testing.T) {
	p := planOf(6, "a")
	p.RetuneBy, p.RetuneLower, p.RetuneSeeds = "valid.loss", true, []uint64{1, 2}
	for _, role := range []string{"base", "no a"} {
		g := PlannedRetune{Variant: role, Name: role, Paths: []string{"train.optimizer.lr"}}
		for _, v := range []string{"0.1", "0.2", "0.4"} {
			id := role + " lr " + v
			p.Variants = append(p.Variants, PlannedVariant{ID: id, Name: id, Grid: true})
			g.Points = append(g.Points, PlannedRetunePoint{v, id, v != "0.2"})
		}
		p.Retunes = append(p.Retunes, g)
	}
	best := map[string]string{"base lr 0.2": "", "no a lr 0.4": ""}
	f := &fakeTrainer{score: func(variant string, seed uint64) *Record {
		loss := 0.5
		if _, ok := best[variant]; ok {
			loss = 0.4
		}
		return scored(variant, seed, 0.9+0.001*noise(3, variant, seed), loss)
	}}
	r := mustReport(t)((&Runner{Plan: p, Trainer: f}).Run(t.Context()))
	if len(f.order) != 6*2+2*4 || len(f.order) != p.Trials() {
		t.Errorf("%d trials, planned %d", len(f.order), p.Trials())
	}
	if f.calls[job{"base", 1}] != 0 {
		t.Error("the program as written was run beside its grid")
	}
	if got := []string{r.Retuned[0].Chosen, r.Retuned[1].Chosen, r.Tricks[0].On.Variant, r.Tricks[0].Off.Variant}; !cmp.Equal(got, []string{"0.2", "0.4", "base lr 0.2", "no a lr 0.4"}) {
		t.Error(got)
	}
	if r.Retuned[0].AtEdge || !r.Retuned[1].AtEdge || r.Tricks[0].N != 6 {
		t.Errorf("%+v", r.Retuned)
	}
}

type powers struct{ list []*Power }

func (powers) Started(*Plan, *Progress)                     {}
func (powers) TrialStarted(string, uint64)                  {}
func (powers) TrialDone(string, uint64, *Record, *Progress) {}
func (powers) Confirming(*Plan, *Progress)                  {}
func (p *powers) Power(w *Power)                            { p.list = append(p.list, w) }

// The power line comes once, after the pilot, and says what a study can show.
func TestPower(t *testing.T) {
	p := planOf(10, "a")
	w := &powers{}
	r := mustReport(t)((&Runner{Plan: p, Trainer: &fakeTrainer{score: helpful}, Observer: w}).Run(t.Context()))
	if len(w.list) != 1 || w.list[0].From != "a pilot of 3 seeds" || r.Power == nil {
		t.Fatalf("%+v", w.list)
	}
	if d := w.list[0].Detectable; !(d > 0.0002 && d < 0.01) || w.list[0].Cautious <= d || w.list[0].SecondsLeft != 14 {
		t.Errorf("%+v", w.list[0])
	}
	few := planOf(4, "a")
	mustReport(t)((&Runner{Plan: few, Trainer: &fakeTrainer{score: helpful}, Observer: w}).Run(t.Context()))
	if !strings.Contains(w.list[1].Text, "no difference of any size: that takes at least 6 seeds") {
		t.Error(w.list[1].Text)
	}
}

// A trick that is written with a value of 0 has no counter, for it is never carried out; that it did nothing is said with the reason.
func TestWrittenWithZero(t *testing.T) {
	for form, said := range map[string]bool{"dropout 0": true, "relu; dropout 0": true, "mixup alpha = 0": true, "dropout 0.5": false, "crop 10": false, "0": false} {
		p := planOf(6, "a")
		p.Comparisons[0].OnText = form
		r := mustReport(t)((&Runner{Plan: p, Trainer: &fakeTrainer{score: func(_ string, seed uint64) *Record { return scored("both", seed, 0.9, 0.3) }}}).Run(t.Context()))
		x := r.Tricks[0]
		if x.Verdict != stat.DidNothing || strings.Contains(x.Sentence, "with a value of 0 there is nothing for it to do: "+form) != said {
			t.Errorf("%s: %s", form, x.Sentence)
		}
	}
}

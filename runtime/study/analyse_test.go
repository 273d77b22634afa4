package study

import (
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/study/stat"
	"github.com/netc-lang/netc/runtime/train"
)

// learner makes a record with a learning curve: the accuracy after epoch e is at(e).
func learner(variant string, seed uint64, epochs int, secondsPerEpoch float64, at func(e int) float64) *Record {
	last := at(epochs)
	r := scored(variant, seed, last, 1-last)
	r.History = nil
	for e := 1; e <= epochs; e++ {
		r.History = append(r.History, train.Epoch{Epoch: e, Train: metric.Values{"loss": 1 - at(e), "accuracy": at(e)}, Valid: metric.Values{"loss": 1 - at(e), "accuracy": at(e)}, Seconds: float64(e) * secondsPerEpoch})
	}
	r.Epochs, r.Seconds, r.Steps = epochs, float64(epochs)*secondsPerEpoch, int64(10*epochs)
	return r
}

// A trick that is better at the same number of epochs and twice as slow is worse in the same time: both are reported.
func TestRule10FixedEpochsAndFixedTime(t *testing.T) {
	p := planOf(8, "slow")
	r, err := Analyse(p, fill(p, func(variant string, seed uint64) *Record {
		luck := 0.001 * noise(0, variant, seed)
		if variant == "base" { // with the trick: two seconds an epoch, 0.02 better after each
			return learner(variant, seed, 10, 2, func(e int) float64 { return 0.5 + 0.03*float64(e) + 0.02 + luck })
		}
		return learner(variant, seed, 10, 1, func(e int) float64 { return 0.5 + 0.03*float64(e) + luck })
	}))
	if err != nil {
		t.Fatal(err)
	}
	c := r.Tricks[0].Cost
	if c.Epoch != 2 || c.By != "valid.accuracy" || c.AtFixedTime.EpochsOn != 5 || c.AtFixedTime.EpochsOff != 10 || c.AtFixedTime.Seconds != 10 {
		t.Fatalf("%+v %+v", c, c.AtFixedTime)
	}
	if e := c.AtFixedEpochs.Effect; e < 0.018 || e > 0.022 || c.AtFixedEpochs.Interval.Lo <= 0 {
		t.Errorf("at the same epochs: %v", e)
	}
	if e := c.AtFixedTime.Effect; math.Abs(float64(e)+0.13) > 0.005 || c.AtFixedTime.Interval.Hi >= 0 {
		t.Errorf("in the same time: %v, not about -0.13", e)
	}
}

// Where less is better, effects are turned: positive is better with the trick on.
func TestEffectsAreTurned(t *testing.T) {
	p := planOf(8, "a")
	p.Metrics = []Metric{{Name: "test.loss", Part: "test", Direction: "lower is better"}, {Name: "test.accuracy", Part: "test", Direction: "higher is better", Share: true}}
	r, err := Analyse(p, fill(p, func(variant string, seed uint64) *Record {
		loss := 0.3 + 0.01*noise(0, "seed", seed) + 0.002*noise(0, variant, seed)
		if variant == "base" {
			loss -= 0.05
		}
		return scored(variant, seed, 1-loss, loss)
	}))
	if err != nil {
		t.Fatal(err)
	}
	x := r.Tricks[0]
	if x.Verdict != stat.Helps || !(x.Effect > 0.045 && x.Effect < 0.055) || x.Interval.Lo <= 0 || x.Interval.Lo >= x.Interval.Hi || x.Tests.T.Interval.Lo <= 0 || x.Pairs[0].Effect <= 0 {
		t.Errorf("%s %v %v", x.Verdict, x.Effect, x.Interval)
	}
	if !strings.Contains(x.Sentence, "test.loss is 0.0") || !strings.Contains(x.Sentence, "lower with it") {
		t.Error(x.Sentence)
	}
	if len(x.Metrics) != 2 || x.Metrics[1].Metric != "test.accuracy" || !near(x.Metrics[1].Effect, float64(x.Metrics[0].Effect)) || x.Metrics[1].Verdict != stat.Helps {
		t.Errorf("%+v", x.Metrics)
	}
}

// What a trick did is set beside what its card expects.
func TestExpectations(t *testing.T) {
	p := planOf(8, "a")
	p.Comparisons[0].Card = &CardText{Expect: []string{"train.loss = up", "gap = down", "time = same", "test.loss = down", "memory = up"}}
	r, err := Analyse(p, fill(p, func(variant string, seed uint64) *Record {
		x := scored(variant, seed, 0.9+0.001*noise(0, variant, seed), 0.3)
		x.Values["gap"] = Number(0.05 + 0.001*noise(1, variant, seed))
		x.Values["train.loss"] = Number(0.1 + 0.001*noise(2, variant, seed))
		if variant == "base" {
			x.Values["train.loss"] += 0.05
			x.Values["gap"] += 0.02
			x.Memory = 2000
		}
		return x
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range r.Tricks[0].Did {
		got[d.Measure] = d.Moved + " " + d.Expected + " " + d.Agrees
		if d.Measure == "memory" && !near(d.Change, 1) {
			t.Errorf("twice the memory is a change of %v", d.Change)
		}
	}
	for measure, want := range map[string]string{"train.loss": "up up agrees", "gap": "up down disagrees", "time": "same same agrees", "test.loss": "same down not shown", "memory": "up up agrees", "parameters": "same  "} {
		if got[measure] != want {
			t.Errorf("%s: %q, not %q", measure, got[measure], want)
		}
	}
}

// A trick is said to have done nothing where the bits say so, not where the accuracy happens to agree.
func TestDidNothingIsAboutBits(t *testing.T) {
	p := planOf(8, "bits", "luck")
	p.Metrics[0].Margin = 0.01
	r, err := Analyse(p, fill(p, func(variant string, seed uint64) *Record {
		x := scored("any", seed, 0.9+0.01*noise(0, "seed", seed), 0.3)
		x.Fired = []train.Fired{{Setting: "bits", Acted: 0, Of: 100, Unit: "steps"}}
		if variant == "no luck" {
			x.Hashes.FinalWeights = "others"
		}
		return x
	}))
	if err != nil {
		t.Fatal(err)
	}
	bits, luck := r.Tricks[0], r.Tricks[1]
	if bits.Verdict != stat.DidNothing || !bits.Identical || bits.Pairing.Correlation != 1 || !strings.Contains(bits.Sentence, "it acted in 0 of 800 steps") {
		t.Errorf("%s: %s", bits.Verdict, bits.Sentence)
	}
	if luck.Verdict != stat.Equivalent || luck.Identical {
		t.Errorf("%s: %s", luck.Verdict, luck.Sentence)
	}
}

// Long runs are thinned: a report stays readable, and says how.
func TestLongCurvesAreThinned(t *testing.T) {
	p := planOf(6, "a")
	r, err := Analyse(p, fill(p, func(variant string, seed uint64) *Record {
		return learner(variant, seed, 1000, 1, func(e int) float64 { return float64(e) / 1000 })
	}))
	if err != nil {
		t.Fatal(err)
	}
	c := r.Variants[0].Curves[0]
	if c.Every != 5 || len(c.Points) != 200 || r.Variants[0].Curve("valid.accuracy")[199].Mean != 1 || len(r.Tricks[0].Differences) == 0 {
		t.Errorf("%s: %d points, every %d epochs", c.Metric, len(c.Points), c.Every)
	}
}

// A report of a study that has run nothing yet is whole, too.
func TestEmptyReport(t *testing.T) {
	for _, p := range []*Plan{planOf(6, "a"), factorialOf(t, 6, 0, false, "a", "b"), factorialOf(t, 6, 0, true, "a", "b")} {
		p.Metrics[0].Margin = 0.01
		for _, sequential := range []float64{0, 0.05} {
			if p.Sequential = sequential; sequential > 0 && p.Factorial != nil && p.Factorial.Shapley {
				continue
			}
			r, err := Analyse(p, Records{})
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			if x := r.Tricks[0]; x.Verdict != stat.Undecided || x.N != 0 || x.Effect.Finite() || asJSON(t, *r) == "" {
				t.Errorf("%+v", x)
			}
		}
	}
}

func TestChanges(t *testing.T) {
	from := []string{"model {", "  dense 16 // model.dense: [N 16]", "  dropout p = 0.3 // model.dropout: [N 16]", "  dense 10 // model.last: [N 10]", "}"}
	to := []string{"model {", "  dense 24 // model.dense: [N 24]", "  dense 10 // model.last: [N 10]", "}"}
	if got := strings.Join(changes(from, to), "|"); got != "- dense 16|- dropout p = 0.3|+ dense 24" {
		t.Error(got)
	}
	if on, off := formTexts(from, to); on != "dense 16; dropout p = 0.3" || off != "dense 24" {
		t.Error(on, off)
	}
	if got := changes(from, from); len(got) != 0 {
		t.Error(got)
	}
}

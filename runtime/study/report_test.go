package study

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/study/stat"
	"github.com/netc-lang/netc/runtime/train"
)

// invented makes up a report with every part filled in: the example that writers of pages and tables are tried on.
func invented() *Report {
	draw := rand.New(rand.NewPCG(1, 2))
	iv := func(lo, hi float64) stat.Interval { return stat.Interval{Lo: lo, Hi: hi, Level: 0.95} }
	band := func(metric string, from, to, noise float64, epochs int) Curve {
		c := Curve{Metric: metric, Every: 1}
		for e := range epochs {
			m := to + (from-to)*math.Exp(-float64(e)/3) + noise*draw.NormFloat64()/4
			c.Points = append(c.Points, stat.BandPoint{N: 8, Mean: m, SD: noise, Interval: iv(m-noise*0.83, m+noise*0.83)})
		}
		return c
	}
	variant := func(id, name string, edits []string, accuracy, loss, seconds float64, parameters int) *Variant {
		v := &Variant{ID: id, Name: name, Edits: edits, Finished: 8, Parameters: parameters, Stats: map[string]Moments{},
			Cost:     Cost{Seconds: Number(seconds), EpochSeconds: Number(seconds / 12), StepsPerSecond: Number(12 * 40 / seconds), Epochs: 12, Parameters: parameters, Memory: int64(parameters)*16 + 1_400_000},
			Readings: map[string]int{"fine": 5, "variance": 3}}
		for s := range 8 {
			a := accuracy + 0.004*draw.NormFloat64()
			v.Trials = append(v.Trials, &Trial{Seed: uint64(s + 1), Identity: fmt.Sprintf("%s%02d", id, s+1), Status: "finished", Epochs: 12, Seconds: seconds + draw.Float64()/5,
				Values: map[string]Number{"test.accuracy": Number(a), "test.loss": Number(loss + 0.01*draw.NormFloat64()), "valid.accuracy": Number(a + 0.002), "train.loss": Number(loss / 3)}, FinalWeights: fmt.Sprintf("%016x", draw.Uint64())})
		}
		v.Stats["test.accuracy"] = Moments{8, Number(accuracy), 0.004}
		v.Stats["test.loss"] = Moments{8, Number(loss), 0.01}
		v.Stats["valid.accuracy"] = Moments{8, Number(accuracy + 0.002), 0.004}
		v.Stats["train.loss"] = Moments{8, Number(loss / 3), 0.004}
		v.Curves = []Curve{band("train.loss", 2, loss/3, 0.01, 12), band("valid.loss", 1.9, loss, 0.02, 12), band("train.accuracy", 0.3, 0.99, 0.004, 12), band("valid.accuracy", 0.4, accuracy, 0.006, 12)}
		return v
	}
	base := variant("3f9a1c20b7de", "baseline", nil, 0.981, 0.072, 4.1, 44_330)
	base.Fired = []train.Fired{{Setting: "data.augment.shift", Acted: 60_212, Of: 120_576, Unit: "examples"}}
	noDropout := variant("81b2c3d4e5f6", "dropout off", []string{"off dropout"}, 0.979, 0.081, 3.9, 44_330)
	noDropout.Changes = []string{"- dropout p = 0.3"}
	tanh := variant("9911aa22bb33", "relu off", []string{"off relu"}, 0.969, 0.110, 4.4, 44_330)
	noL2 := variant("7c7c7c7c7c7c", "l2 off", []string{"off l2"}, 0.981, 0.073, 4.0, 44_330)
	lost := variant("aaaabbbbcccc", "norm off", []string{"off norm"}, 0.955, 0.15, 3.1, 44_202)
	lost.Trials[3] = &Trial{Seed: 4, Identity: "aaaabbbbcccc04", Status: "diverged", Epochs: 2, Seconds: 0.6, Note: "the loss is not a finite number in step 93"}
	lost.Finished, lost.Diverged = 7, 1
	still := variant("ddddeeeeffff", "clip off", []string{"off clip"}, 0.981, 0.072, 4.1, 44_330)

	trick := func(name, title string, off *Variant, text string, verdict stat.Verdict, effect, lo, hi, p float64) *Trick {
		t := &Trick{Name: name, Title: title, Verdict: verdict, State: "on", Paths: []string{"model." + name}, Effect: Number(effect), Interval: iv(lo, hi), P: p, PHolm: min(1, 5*p), N: 8, EquivalenceP: 0.4,
			Reason: "the difference is not luck (p = 0.0078)", Decided: "sign-flip test", On: Form{Variant: base.ID, Text: text, Mean: 0.981, SD: 0.004}, Off: Form{Variant: off.ID, Text: "nothing", Mean: Number(0.981 - effect), SD: 0.004},
			Pairing: Pairing{0.62, 2.4}, Runs: RunCount{Pairs: 8, DivergedOff: off.Diverged, DivergenceP: 1},
			Tests: Tests{SignFlip: Test{Number(p), iv(lo, hi)}, T: Test{Number(p / 2), iv(lo*0.9, hi*0.9)}, Bootstrap: &Test{NaN(), iv(lo*0.8, hi*0.95)}},
			Card:  &CardText{Solves: "overfitting", Source: "Srivastava et al. 2014, JMLR 15:1929-1958", Kin: []string{"l2", "jitter"}, Expect: []string{"train.loss = up", "gap = down"}, Caution: "Rarely helps small nets."},
			Metrics: []MetricResult{
				{"test.accuracy", verdict, Number(effect), iv(lo, hi), p, min(1, 5*p), 0.4, 8, 0.981, Number(0.981 - effect), "the difference is not luck"},
				{"test.loss", stat.Undecided, 0.009, iv(-0.001, 0.019), 0.09, 0.45, 1, 8, 0.072, 0.081, "the difference could be luck (p = 0.45)"}},
			Cost: CostOfTrick{On: base.Cost, Off: off.Cost, Seconds: base.Cost.Seconds / off.Cost.Seconds, Epoch: base.Cost.Seconds / off.Cost.Seconds, Parameters: 1, Memory: 1, By: "valid.accuracy",
				AtFixedEpochs: &AtBudget{NaN(), 12, 12, Number(effect), iv(lo, hi), 8}, AtFixedTime: &AtBudget{3.9, 11, 12, Number(effect * 0.8), iv(lo*0.8, hi*0.8), 8}},
			Did: []Movement{
				{"train.loss", "training loss", 0.024, 0.016, 0.008, iv(0.006, 0.010), "up", "up", "agrees"},
				{"gap", "gap between training and valid part", 0.010, 0.018, -0.008, iv(-0.012, -0.004), "down", "down", "agrees"},
				{"convergence", "epochs to reach the worse arm's final valid accuracy", 9, 8, 1, iv(-0.4, 2.2), "same", "", ""},
				{"time", "seconds", 4.1, 3.9, 0.05, iv(0.02, 0.08), "up", "same", "disagrees"}},
			Differences: []Curve{band("valid.accuracy", 0, effect, 0.002, 12)}}
		for i, on := range base.Trials {
			p := Pair{Seed: on.Seed, On: on.Values["test.accuracy"], Off: NaN(), Effect: NaN(), OnStatus: "finished", OffStatus: off.Trials[i].Status}
			if v, ok := off.Trials[i].Values["test.accuracy"]; ok {
				p.Off, p.Effect = v, p.On-v
			}
			t.Pairs = append(t.Pairs, p)
		}
		t.Sentence = fmt.Sprintf("%s: %s, %+.1f points [%+.1f, %+.1f] (95%% interval), 8 pairs: %s.", name, verdict, 100*effect, 100*lo, 100*hi, t.Reason)
		return t
	}
	r := &Report{
		Version: ReportVersion, Kind: Ablation, Study: "digits", Dir: ".netc/studies/digits-20260131-142502", Status: Complete,
		Program: Program{File: "examples/digits.net", Source: "data digits {\n  from digits\n}\n", Resolved: "data digits {\n  from digits\n}\n\nmodel {\n  conv 32 // conv[1]: [8 8 32]\n}\n", Edits: []string{"set train.epochs = 12"}},
		Data:    Data{Name: "digits", Fingerprint: "5d41402abc4b2a76b9719d911017c592", Train: 1257, Valid: 270, Test: 270},
		Metrics: []Metric{{"test.accuracy", "test", "higher is better", 0.01, "declared", true}, {"test.loss", "test", "lower is better", 0, "default", false}},
		Alpha:   0.05, Level: 0.95, Rule: stat.Rule{Margin: 0.01}.String(),
		Design: Design{Kind: "leave_one_out", Text: "each trick off, everything else as in the file", Cells: 6, Variants: 6, TrialsTotal: 48},
		Seeds:  []uint64{1, 2, 3, 4, 5, 6, 7, 8}, Vary: []string{"init", "order", "augment", "masks"},
		Variants: []*Variant{base, noDropout, tanh, noL2, lost, still},
		Tricks: []*Trick{
			trick("dropout", "Dropout", noDropout, "dropout 0.3", stat.Undecided, 0.002, -0.002, 0.006, 0.22),
			trick("relu", "Rectified linear unit", tanh, "relu", stat.Helps, 0.012, 0.008, 0.016, 0.0078),
			trick("l2", "L2 regularization", noL2, "l2 1e-4", stat.Equivalent, 0.0003, -0.001, 0.0016, 0.7),
			trick("norm", "Normalization", lost, "norm batch", stat.Helps, 0.026, 0.02, 0.032, 0.0078),
			trick("clip", "Gradient clipping", still, "clip norm(1)", stat.DidNothing, 0, 0, 0, 1),
			trick("shift", "Random shifts", tanh, "shift 1", stat.Hurts, -0.012, -0.016, -0.008, 0.0078),
		},
		Effects: []*Effect{
			{"norm", []string{"norm"}, 1, nil, stat.Helps, 0.02, iv(0.015, 0.025), 0.0078, 0.03, 8, "norm: helps."},
			{"dropout", []string{"dropout"}, 1, nil, stat.Undecided, 0.001, iv(-0.003, 0.005), 0.5, 1, 8, "dropout: undecided."},
			{"norm × dropout", []string{"norm", "dropout"}, 2, nil, stat.Hurts, -0.006, iv(-0.009, -0.003), 0.0078, 0.03, 8, "norm × dropout: hurts; they get in each other's way."}},
		Confounded: []Confounded{{[]string{"se × ratio"}, true, "se × ratio compares programs with themselves"}},
		Shapley: &Shapley{Seeds: []uint64{1, 2, 3}, Total: Share{"all", stat.Helps, 0.03, iv(0.02, 0.04), 0.0078, 0.0078, []float64{0.03, 0.031, 0.029}, "all: helps."},
			Shares: []Share{{"norm", stat.Helps, 0.02, iv(0.015, 0.025), 0.0078, 0.0156, []float64{0.02, 0.021, 0.019}, "norm: helps."}, {"dropout", stat.Undecided, 0.01, iv(-0.001, 0.021), 0.2, 0.2, []float64{0.01, 0.01, 0.01}, "dropout: undecided."}}},
		Retuned: []Retuned{{noDropout.ID, "dropout off", "train.optimizer.lr", "valid.loss", "0.001", false, []RetunePoint{{"0.0005", 0.09, 2, 0}, {"0.001", 0.08, 2, 0}, {"0.002", 0.085, 2, 0}}, []uint64{1, 2}}},
		Power: &Power{Text: "8 pairs show an effect of 0.6 points with probability 80%; about 3 minutes", SD: 0.005, From: "pilot of 3 seeds", Pairs: 8, Tricks: 6, Power: 0.8,
			Detectable: 0.006, Cautious: 0.009, SecondsLeft: 180, PairsForMargin: 6, PairsForEquivalence: 9},
		Spent: Spent{Started: time.Date(2026, 1, 31, 14, 25, 2, 0, time.UTC), Ended: time.Date(2026, 1, 31, 14, 27, 0, 0, time.UTC), Seconds: 118, Training: 200, Trials: 48, Reused: 8, Workers: 2},
		Notes: []string{"1 of 48 runs diverged: seed 4 of norm off"}, Reproduce: []string{"netc study examples/digits.net --set train.epochs=12"},
		Versions: Versions{"v0.1.0", "go1.26.0", "linux/amd64", "portable Go"},
	}
	for i, n := range []float64{100, 300, 1000} {
		effect := 0.03 / float64(i+1)
		r.Curves = append(r.Curves[:0], &SettingCurve{Path: "train.examples", Points: append(points(r.Curves), CurvePoint{
			Value: fmt.Sprint(n), Number: Number(n), Variant: base.ID, Baseline: map[string]Moments{"test.accuracy": {8, Number(0.98 - 0.1/float64(i+1)), 0.01}},
			Tricks: []PointResult{{"dropout", stat.Helps, Number(effect), iv(effect/2, effect*1.5), 0.0078, 0.02, 8, 0.95, Number(0.95 - effect)}}})})
	}
	return r
}

func points(list []*SettingCurve) []CurvePoint {
	if len(list) == 0 {
		return nil
	}
	return list[0].Points
}

// A report reads back as it was written, and testdata holds one with every part filled in.
func TestReportJSON(t *testing.T) {
	got, err := json.MarshalIndent(invented(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const file = "testdata/report.json"
	if os.Getenv("NETC_UPDATE") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("the example is stale; NETC_UPDATE=1 go test writes it anew")
	}
	var back Report
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.MarshalIndent(&back, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(again)+"\n"); diff != "" {
		t.Error(diff)
	}
}

package present_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
	"github.com/netc-lang/netc/runtime/train"
)

const program = `// Handwritten digits, 8x8 pixels.
data digits {
  from  digits
  split train = 70%, valid = 15%, test = 15%, by = class, seed = 1
  scale standardize                              // statistics of the training part only
  augment {
    shift 1, p = 0.5
  }
}

model convnet(width = 32) {
  input digits
  init  he instead of normal(std = 0.01)
  conv  width
  norm  batch
  act   relu instead of tanh as relu
  pool  max
  flatten
  dense 64
  dropout 0.3
  dense classes
}

train {
  loss      cross_entropy
  optimizer adam(lr = 2e-3)
  schedule  cosine
  l2        1e-4
  batch     32
  epochs    12
}

study {
  metric test.accuracy, margin = 1%
  seeds  8
}
`

// maker makes up reports whose figures fit together: runs are drawn, and effects, intervals and tests computed from them.
type maker struct {
	draw   *rand.Rand
	seeds  int
	epochs int
	metric study.Metric
	base   *study.Variant
	report *study.Report
}

func newMaker(seeds, epochs int) *maker {
	k := &maker{draw: rand.New(rand.NewPCG(7, 11)), seeds: seeds, epochs: epochs, metric: study.Metric{Name: "test.accuracy", Part: "test", Direction: "higher is better", Margin: 0.01, MarginFrom: "declared", Share: true}}
	k.report = &study.Report{Version: study.ReportVersion, Kind: study.Ablation, Study: "digits", Dir: ".netc/studies/digits-20260131-142502", Status: study.Complete,
		Program: study.Program{File: "examples/digits.net", Source: program, Resolved: program}, Data: study.Data{Name: "digits", Fingerprint: "5d41402abc4b2a76b9719d911017c592", Train: 1257, Valid: 270, Test: 270},
		Metrics: []study.Metric{k.metric, {Name: "test.loss", Part: "test", Direction: "lower is better", MarginFrom: "default"}}, Alpha: 0.05, Level: 0.95,
		Rule:   stat.Rule{Margin: 0.01}.Text(func(x float64) string { return fmt.Sprintf("%+.3g points", 100*x) }),
		Design: study.Design{Kind: "leave_one_out", Text: "each trick switched the other way, all else as in the file"}, Vary: []string{"init", "order", "augment", "masks"},
		Spent:     study.Spent{Started: time.Date(2026, 1, 31, 14, 25, 2, 0, time.UTC), Ended: time.Date(2026, 1, 31, 14, 27, 0, 0, time.UTC), Seconds: 118, Training: 220, Workers: 2},
		Reproduce: []string{"netc ablate examples/digits.net --seeds 8"}, Versions: study.Versions{Netc: "v0.1.0", Go: "go1.26.0", Platform: "linux/amd64", Backend: "portable Go"}}
	for s := range seeds {
		k.report.Seeds = append(k.report.Seeds, uint64(s+1))
	}
	k.base = k.variant("3f9a1c20b7de", "baseline", 0.978, 0.07, 0.02, 4.1, nil)
	k.base.Fired = []train.Fired{{Setting: "data.augment.shift", Acted: 60_212, Of: 120_576, Unit: "examples"}, {Setting: "train.clip", Acted: 0, Of: 3840, Unit: "steps", Note: "no gradient was longer than the bound"}}
	k.report.Power = &study.Power{Text: fmt.Sprintf("%d seeds show an effect of 0.6 points or more with probability 80%% (spread of pairs 0.5 points, from a pilot of 3 seeds: reckon with up to 0.9 points)", seeds), SD: 0.005, From: "pilot of 3 seeds", Pairs: seeds, Power: 0.8, Detectable: 0.006, Cautious: 0.009}
	return k
}

// done fills in what follows from the rest.
func (k *maker) done() *study.Report {
	r := k.report
	r.Design.Variants = len(r.Variants)
	r.Design.TrialsTotal = len(r.Variants) * k.seeds
	if r.Design.Cells == 0 {
		r.Design.Cells = len(r.Variants)
	}
	r.Spent.Trials = r.Design.TrialsTotal
	return r
}

func (k *maker) curve(metric string, from, to, rate, noise float64) study.Curve {
	c := study.Curve{Metric: metric, Every: 1}
	for e := range k.epochs {
		m := to + (from-to)*math.Exp(-float64(e)/rate) + noise*k.draw.NormFloat64()/4
		half := noise * 2.36 / math.Sqrt(float64(k.seeds))
		c.Points = append(c.Points, stat.BandPoint{N: k.seeds, Mean: m, SD: noise, Interval: stat.Interval{Lo: m - half, Hi: m + half, Level: 0.95}})
	}
	return c
}

// variant draws the runs of a program. seedLuck is shared by all variants of a seed.
func (k *maker) variant(id, name string, accuracy, loss, trainLoss, secs float64, changed []string) *study.Variant {
	v := &study.Variant{ID: id, Name: name, Changes: changed, Finished: k.seeds, Parameters: 44_330, Stats: map[string]study.Moments{}, Readings: map[string]int{"fine": k.seeds},
		Cost: study.Cost{Seconds: study.Number(secs), EpochSeconds: study.Number(secs / float64(k.epochs)), StepsPerSecond: 120, Epochs: study.Number(k.epochs), Parameters: 44_330, Memory: 2_109_280}}
	luck := rand.New(rand.NewPCG(3, 4))
	var values []float64
	for s := range k.seeds {
		a := accuracy + 0.004*luck.NormFloat64() + 0.003*k.draw.NormFloat64()
		a = math.Round(a*540) / 540
		values = append(values, a)
		v.Trials = append(v.Trials, &study.Trial{Seed: uint64(s + 1), Identity: fmt.Sprintf("%s%02d", id, s+1), Status: "finished", Epochs: k.epochs, Seconds: secs,
			Values: map[string]study.Number{"test.accuracy": study.Number(a), "test.loss": study.Number(loss)}})
	}
	mean, sd := moments(values)
	v.Stats["test.accuracy"] = study.Moments{N: k.seeds, Mean: study.Number(mean), SD: study.Number(sd)}
	v.Curves = []study.Curve{k.curve("train.loss", 2.3, trainLoss, 1.7, 0.008), k.curve("valid.loss", 2.2, loss, 1.6, 0.018), k.curve("train.accuracy", 0.2, 1-trainLoss/4, 1.5, 0.004), k.curve("valid.accuracy", 0.25, accuracy+0.003, 1.5, 0.006)}
	k.report.Variants = append(k.report.Variants, v)
	return v
}

func moments(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(max(1, len(x)-1)))
}

// pairs compares two variants seed by seed.
func pairs(on, off *study.Variant) (list []study.Pair, d []float64) {
	for i := range on.Trials {
		a, b := on.Trials[i], off.Trials[i]
		p := study.Pair{Seed: a.Seed, On: study.NaN(), Off: study.NaN(), Effect: study.NaN(), OnStatus: a.Status, OffStatus: b.Status}
		if v, ok := a.Values["test.accuracy"]; ok {
			p.On = v
		}
		if v, ok := b.Values["test.accuracy"]; ok {
			p.Off = v
		}
		if p.On.Finite() && p.Off.Finite() {
			p.Effect = p.On - p.Off
			d = append(d, float64(p.Effect))
		}
		list = append(list, p)
	}
	return list, d
}

// trick compares the baseline with a variant that has the trick off.
func (k *maker) trick(name, title, onText, offText string, off *study.Variant, verdict stat.Verdict, reason string) *study.Trick {
	list, d := pairs(k.base, off)
	mean, sd := moments(d)
	half := 2.36 * sd / math.Sqrt(float64(len(d)))
	iv := stat.Interval{Lo: mean - half, Hi: mean + half, Level: 0.95}
	p := math.Max(math.Pow(0.5, float64(len(d)-1)), math.Min(1, math.Exp(-math.Abs(mean)/(sd+1e-9)*math.Sqrt(float64(len(d))))))
	on, off2 := k.base.Stats["test.accuracy"], off.Stats["test.accuracy"]
	t := &study.Trick{Name: name, Title: title, Verdict: verdict, Reason: reason, Decided: "sign-flip test", Effect: study.Number(mean), Interval: iv, P: p, PHolm: math.Min(1, 3*p), N: len(d), EquivalenceP: 0.4,
		Paths: []string{"model." + name}, State: "on", On: study.Form{Variant: k.base.ID, Text: onText, Mean: on.Mean, SD: on.SD}, Off: study.Form{Variant: off.ID, Text: offText, Mean: off2.Mean, SD: off2.SD}, Pairs: list,
		Pairing: study.Pairing{Correlation: 0.62, Gain: 2.4}, Runs: study.RunCount{Pairs: k.seeds, DivergedOff: off.Diverged, DivergenceP: 1},
		Tests: study.Tests{SignFlip: study.Test{P: study.Number(p), Interval: iv}, T: study.Test{P: study.Number(p / 2), Interval: iv}, Bootstrap: &study.Test{P: study.NaN(), Interval: iv}},
		Metrics: []study.MetricResult{{Metric: "test.accuracy", Verdict: verdict, Effect: study.Number(mean), Interval: iv, P: p, PHolm: math.Min(1, 3*p), EquivalenceP: 0.4, N: len(d), On: on.Mean, Off: off2.Mean},
			{Metric: "test.loss", Verdict: stat.Undecided, Effect: 0.009, Interval: stat.Interval{Lo: -0.001, Hi: 0.019, Level: 0.95}, P: 0.09, PHolm: 0.45, EquivalenceP: 1, N: len(d), On: 0.072, Off: 0.081}},
		Cost: study.CostOfTrick{On: k.base.Cost, Off: off.Cost, Seconds: k.base.Cost.Seconds / off.Cost.Seconds, Epoch: k.base.Cost.EpochSeconds / off.Cost.EpochSeconds, Parameters: 1, Memory: 1, By: "valid.accuracy",
			AtFixedEpochs: &study.AtBudget{Seconds: study.NaN(), EpochsOn: 12, EpochsOff: 12, Effect: study.Number(mean), Interval: iv, N: len(d)}, AtFixedTime: &study.AtBudget{Seconds: 3.9, EpochsOn: 11, EpochsOff: 12, Effect: study.Number(mean * 0.8), Interval: iv, N: len(d)}},
		Differences: []study.Curve{k.curve("valid.accuracy", 0, mean, 3, 0.004)}}
	t.Sentence = fmt.Sprintf("%s %s: test.accuracy differs by %+.2f points (95%% interval [%+.2f, %+.2f] points, %d paired seeds): %s.", name, verdict, 100*mean, 100*iv.Lo, 100*iv.Hi, len(d), reason)
	if verdict == stat.DidNothing {
		t.Sentence = name + " did nothing: " + reason + "."
	}
	k.report.Tricks = append(k.report.Tricks, t)
	return t
}

// one is a study of a single trick.
func one() *study.Report {
	k := newMaker(8, 12)
	off := k.variant("81b2c3d4e5f6", "dropout off", 0.976, 0.081, 0.012, 3.9, []string{"  dense 64", "- dropout p = 0.3", "+ nothing", "  dense classes"})
	t := k.trick("dropout", "Dropout", "dropout 0.3", "nothing", off, stat.Undecided, "the difference could be luck (p = 0.22)")
	t.Card = &study.CardText{Solves: "overfitting", Source: "Srivastava et al. 2014, JMLR 15:1929-1958", Kin: []string{"l2", "jitter"}, Expect: []string{"train.loss = up", "gap = down"}, Caution: "Rarely helps small nets."}
	iv := func(lo, hi float64) stat.Interval { return stat.Interval{Lo: lo, Hi: hi, Level: 0.95} }
	t.Did = []study.Movement{
		{Measure: "train.loss", Label: "training loss", On: 0.024, Off: 0.016, Change: 0.008, Interval: iv(0.006, 0.010), Moved: "up", Expected: "up", Agrees: "agrees"},
		{Measure: "gap", Label: "gap between training and valid part", On: 0.010, Off: 0.018, Change: -0.008, Interval: iv(-0.012, 0.001), Moved: "same", Expected: "down", Agrees: "not shown"},
		{Measure: "time", Label: "seconds", On: 4.1, Off: 3.9, Change: 0.05, Interval: iv(0.02, 0.08), Moved: "up", Expected: "same", Agrees: "disagrees"}}
	t.Acted = []study.Acted{{Setting: "model.dropout", Acted: 57_812, Of: 192_512, Unit: "units", Share: 0.3003}}
	return k.done()
}

// many is a study of several tricks with every verdict, and a run that diverged.
func many() *study.Report {
	k := newMaker(8, 12)
	helps := k.variant("9911aa22bb33", "relu off", 0.962, 0.11, 0.03, 4.4, []string{"- act relu", "+ act tanh"})
	hurts := k.variant("44556677aabb", "shift off", 0.989, 0.05, 0.01, 3.5, nil)
	equal := k.variant("7c7c7c7c7c7c", "l2 off", 0.978, 0.073, 0.02, 4.05, nil)
	open := k.variant("81b2c3d4e5f6", "dropout off", 0.974, 0.081, 0.012, 3.9, []string{"- dropout p = 0.3"})
	lost := k.variant("aaaabbbbcccc", "norm off", 0.955, 0.15, 0.05, 3.1, nil)
	lost.Trials[3] = &study.Trial{Seed: 4, Identity: "aaaabbbbcccc04", Status: "diverged", Epochs: 2, Seconds: 0.6, Note: "the loss is not a finite number in step 93"}
	lost.Finished, lost.Diverged = k.seeds-1, 1
	for i := range lost.Curves {
		for j := 2; j < k.epochs; j++ {
			lost.Curves[i].Points[j].N, lost.Curves[i].Points[j].Diverged = k.seeds-1, 1
		}
	}
	k.trick("dropout", "Dropout", "dropout 0.3", "nothing", open, stat.Undecided, "the difference could be luck (p = 0.22)")
	k.trick("relu", "Rectified linear unit", "relu", "tanh", helps, stat.Helps, "the difference is not luck (p = 0.039)")
	k.trick("l2", "L2 regularization", "l2 1e-4", "nothing", equal, stat.Equivalent, "the difference lies within the margin (p = 0.023)")
	k.trick("norm", "Batch normalization", "norm batch", "nothing", lost, stat.Helps, "the difference is not luck (p = 0.039), counting runs that diverged as worse than any that finished")
	k.trick("shift", "Random shifts", "shift 1, p = 0.5", "nothing", hurts, stat.Hurts, "the difference is not luck (p = 0.039)")
	still := *k.base
	still.ID, still.Name, still.Edits = "ddddeeeeffff", "clip off", []string{"off clip"}
	k.report.Variants = append(k.report.Variants, &still)
	n := k.trick("clip", "Gradient clipping", "clip norm(1)", "nothing", &still, stat.DidNothing, "it acted in 0 of 3840 steps and the trained weights are the same bits")
	n.Identical, n.Interval = true, stat.Interval{Level: 0.95}
	n.Acted = []study.Acted{{Setting: "train.clip", Acted: 0, Of: 3840, Unit: "steps", Note: "no gradient was longer than the bound"}}
	k.report.Notes = []string{"1 of 56 runs diverged: seed 4 of norm off"}
	return k.done()
}

// factorial is a fraction of a factorial design with interactions, aliases and confounding.
func factorial() *study.Report {
	k := newMaker(6, 8)
	iv := func(lo, hi float64) stat.Interval { return stat.Interval{Lo: lo, Hi: hi, Level: 0.95} }
	k.report.Design = study.Design{Kind: "fractional", Text: "2^(4-1) of resolution IV: d = abc", Factors: []string{"skip", "norm", "dropout", "l2"}, Order: 2, Resolution: 4, Cells: 8}
	k.report.Effects = []*study.Effect{
		{Name: "skip", Factors: []string{"skip"}, Order: 1, Verdict: stat.Helps, Effect: 0.018, Interval: iv(0.011, 0.025), P: 0.03, PHolm: 0.031, N: 6, Sentence: "skip helps: +1.8 points."},
		{Name: "norm", Factors: []string{"norm"}, Order: 1, Verdict: stat.Helps, Effect: 0.022, Interval: iv(0.015, 0.029), P: 0.03, PHolm: 0.031, N: 6, Sentence: "norm helps: +2.2 points."},
		{Name: "dropout", Factors: []string{"dropout"}, Order: 1, Verdict: stat.Undecided, Effect: 0.001, Interval: iv(-0.004, 0.006), P: 0.6, PHolm: 1, N: 6, Sentence: "dropout: undecided."},
		{Name: "l2", Factors: []string{"l2"}, Order: 1, Verdict: stat.Equivalent, Effect: 0.0004, Interval: iv(-0.001, 0.002), P: 0.5, PHolm: 1, N: 6, Sentence: "l2 makes no difference that matters."},
		{Name: "skip × norm", Factors: []string{"skip", "norm"}, Order: 2, Aliases: []string{"dropout × l2"}, Verdict: stat.Hurts, Effect: -0.009, Interval: iv(-0.014, -0.004), P: 0.03, PHolm: 0.031, N: 6, Sentence: "skip × norm: they get in each other's way."}}
	k.report.Confounded = []study.Confounded{{Effects: []string{"norm × l2"}, Void: true, Text: "norm × l2: compares programs with themselves, so it is zero by construction"}}
	return k.done()
}

// shapley divides a gain.
func shapley() *study.Report {
	k := newMaker(6, 8)
	iv := func(lo, hi float64) stat.Interval { return stat.Interval{Lo: lo, Hi: hi, Level: 0.95} }
	k.report.Design = study.Design{Kind: "shapley", Text: "all combinations of the factors; the total gain is divided among them", Factors: []string{"norm", "relu", "dropout"}, Order: 3, Cells: 8}
	k.report.Shapley = &study.Shapley{Seeds: k.report.Seeds, Total: study.Share{Name: "all", Verdict: stat.Helps, Effect: 0.031, Interval: iv(0.024, 0.038), P: 0.03, PHolm: 0.03, BySeed: make([]float64, 6), Sentence: "all: helps."},
		Shares: []study.Share{{Name: "norm", Verdict: stat.Helps, Effect: 0.021, Interval: iv(0.016, 0.026), P: 0.03, PHolm: 0.06, BySeed: make([]float64, 6), Sentence: "norm: helps."},
			{Name: "relu", Verdict: stat.Helps, Effect: 0.013, Interval: iv(0.009, 0.017), P: 0.03, PHolm: 0.06, BySeed: make([]float64, 6), Sentence: "relu: helps."},
			{Name: "dropout", Verdict: stat.Hurts, Effect: -0.003, Interval: iv(-0.005, -0.001), P: 0.03, PHolm: 0.06, BySeed: make([]float64, 6), Sentence: "dropout: hurts."}}}
	return k.done()
}

// curves is a study over data sizes, with settings chosen anew.
func curves() *study.Report {
	k := newMaker(8, 12)
	off := k.variant("81b2c3d4e5f6", "dropout off", 0.972, 0.081, 0.012, 3.9, nil)
	k.trick("dropout", "Dropout", "dropout 0.3", "nothing", off, stat.Helps, "the difference is not luck (p = 0.0078)")
	c := &study.SettingCurve{Path: "train.examples"}
	for i, n := range []float64{100, 300, 1000, 1257} {
		effect := 0.03/float64(i+1) - 0.006
		v := stat.Helps
		if i > 1 {
			v = stat.Equivalent
		}
		c.Points = append(c.Points, study.CurvePoint{Value: fmt.Sprint(n), Number: study.Number(n), Variant: k.base.ID, Baseline: map[string]study.Moments{"test.accuracy": {N: 8, Mean: study.Number(0.98 - 0.1/float64(i+1)), SD: study.Number(0.012 / float64(i+1))}},
			Tricks: []study.PointResult{{Name: "dropout", Verdict: v, Effect: study.Number(effect), Interval: stat.Interval{Lo: effect - 0.008, Hi: effect + 0.008, Level: 0.95}, P: 0.0078, PHolm: 0.02, N: 8, On: 0.95, Off: study.Number(0.95 - effect)}}})
	}
	k.report.Curves = []*study.SettingCurve{c}
	k.report.Retuned = []study.Retuned{{Variant: off.ID, Name: "dropout off", Path: "train.optimizer.lr", By: "valid.loss", Chosen: "0.004", AtEdge: true, Points: []study.RetunePoint{{Value: "0.001", Mean: 0.09, N: 2}, {Value: "0.002", Mean: 0.085, N: 2}, {Value: "0.004", Mean: 0.08, N: 2, Diverged: 1}}, Seeds: []uint64{1, 2}}}
	return k.done()
}

// equivalence asks whether one trick may stand in for another.
func equivalence() *study.Report {
	k := newMaker(10, 12)
	k.report.Kind = study.EquivStudy
	a := k.variant("aaaaaaaaaaaa", "dropout", 0.977, 0.08, 0.03, 4.2, nil)
	b := k.variant("bbbbbbbbbbbb", "l2", 0.976, 0.082, 0.02, 4.0, nil)
	list, d := pairs(a, b)
	mean, sd := moments(d)
	half := 1.83 * sd / math.Sqrt(10)
	k.report.Equivalence = &study.Equivalence{A: study.Form{Variant: a.ID, Text: "dropout 0.3", Mean: 0.977, SD: 0.004}, B: study.Form{Variant: b.ID, Text: "l2 1e-4", Mean: 0.976, SD: 0.004}, NameA: "dropout", NameB: "l2",
		Verdict: study.MayStandIn, Sentence: "dropout may stand in for l2 here, and the other way round: test.accuracy differs by less than the margin of 1 point.", Difference: study.Number(mean),
		Interval: stat.Interval{Lo: mean - half, Hi: mean + half, Level: 0.9}, PNotWorse: 0.002, PNotBetter: 0.004, P: 0.004,
		Curves:   []study.CurveMatch{{Metric: "valid.loss", Distance: 0.02, Correlation: 0.998}},
		Examples: &study.ExampleMatch{N: 270, Agree: 0.985, Phi: 0.61, Kappa: 0.6, Seeds: 10, SelfPhi: 0.66, McNemarP: 0.8}, Pairs: list}
	return k.done()
}

// confirmed is a study whose winner was trained again.
func confirmed() *study.Report {
	k := newMaker(8, 12)
	off := k.variant("81b2c3d4e5f6", "dropout off", 0.972, 0.081, 0.012, 3.9, []string{"- dropout p = 0.3"})
	k.trick("dropout", "Dropout", "dropout 0.3", "nothing", off, stat.Hurts, "the difference is not luck (p = 0.0078)")
	a := k.variant("cccccccccccc", "dropout off, mixup", 0.985, 0.07, 0.02, 4.4, nil)
	b := k.variant("dddddddddddd", "the file", 0.977, 0.08, 0.02, 4.1, nil)
	list, d := pairs(a, b)
	mean, sd := moments(d)
	half := 2.36 * sd / math.Sqrt(8)
	for i := range list {
		list[i].Seed += 8
	}
	k.report.Variants = k.report.Variants[:2]
	test := k.metric
	iv := stat.Interval{Lo: mean - half, Hi: mean + half, Level: 0.95}
	level := func(x float64) study.ConfirmLevel {
		return study.ConfirmLevel{Moments: study.Moments{N: 8, Mean: study.Number(x), SD: 0.004}, Interval: stat.Interval{Lo: x - 0.003, Hi: x + 0.003, Level: 0.95}}
	}
	file := level(0.977)
	k.report.Confirmation = &study.Confirmation{Winner: "dropout off, mixup", Outcome: "confirmed", Variant: a.ID, Edits: []string{"off dropout", "into data.augment { mixup 0.2 }"}, Changes: []string{"- dropout p = 0.3", "+ mixup alpha = 0.2"},
		Takes: []study.ConfirmPart{{Name: "mixup", On: true, Text: "mixup", Effect: 0.009}, {Name: "dropout", Text: "dropout off", Effect: 0.006}}, LeftOut: []string{"cutout: beside mixup, dropout off it is no program"},
		Seeds: []uint64{9, 10, 11, 12, 13, 14, 15, 16}, N: 8, Verdict: stat.Helps, Sentence: "dropout off, mixup: confirmed.", Effect: study.Number(mean), Interval: iv, By: "sign-flip test", P: 0.0078,
		Promised: 0.015, PromisedBy: "sum of 2 effects", Flattered: study.Number(0.015 - mean), FlatteredInterval: stat.Interval{Lo: 0.015 - mean - half, Hi: 0.015 - mean + half, Level: 0.95},
		Metrics: []study.ConfirmMetric{{Metric: test, Winner: level(0.985), File: &file, Verdict: stat.Helps, Effect: study.Number(mean), Interval: iv, P: 0.0078, N: 8}}, Pairs: list, Winners: a.Trials, Files: b.Trials}
	return k.done()
}

// itself is a study that found nothing better than the file.
func itself() *study.Report {
	r := one()
	r.Confirmation = &study.Confirmation{Winner: "the file as it is", Outcome: "nothing better", Itself: true, Seeds: []uint64{9, 10, 11}, N: 3, Sentence: "Nothing was shown to be better than the file as it is.", Effect: study.NaN(), Interval: stat.Unbounded(0.95), P: 1,
		Promised: study.NaN(), Flattered: study.NaN(), FlatteredInterval: stat.Unbounded(0.95),
		Metrics: []study.ConfirmMetric{{Metric: r.Metrics[0], Winner: study.ConfirmLevel{Moments: study.Moments{N: 3, Mean: 0.979, SD: 0.003}, Interval: stat.Interval{Lo: 0.972, Hi: 0.986, Level: 0.95}}, Effect: study.NaN(), Interval: stat.Unbounded(0.95), P: 1, N: 3}}}
	return r
}

// hostile is a report whose every text tries to be markup.
func hostile() *study.Report {
	r := many()
	const bad = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'&|\%$#_{}~^*[x](javascript:alert(3))` + "\n\\end{table}`"
	r.Study, r.Dir, r.Program.File, r.Rule, r.Status = bad, bad, bad, bad, study.Status(bad)
	r.Program.Resolved, r.Program.Source = bad, bad
	r.Notes, r.Reproduce, r.Data.Name, r.Versions.Netc = []string{bad}, []string{bad}, bad, bad
	for _, t := range r.Tricks {
		t.Name, t.Title, t.Sentence, t.Reason, t.State, t.Paths = bad, bad, bad, bad, bad, []string{bad}
		t.On.Text, t.Off.Text = bad, bad
		t.Card = &study.CardText{Solves: bad, Source: bad, Cost: bad, Caution: bad, Kin: []string{bad}, Expect: []string{bad}}
		t.Did = []study.Movement{{Measure: bad, Label: bad, Moved: bad, Expected: bad, Agrees: bad}}
		t.Acted = []study.Acted{{Setting: bad, Unit: bad, Note: bad}}
	}
	for _, v := range r.Variants {
		v.Name, v.Also, v.Changes = bad, []string{bad}, []string{"+ " + bad, "- " + bad}
		for i := range v.Curves {
			v.Curves[i].Metric = "valid." + bad
		}
		for _, x := range v.Trials {
			x.Note = bad
		}
	}
	r.Confirmation = confirmed().Confirmation
	r.Confirmation.Winner, r.Confirmation.Sentence, r.Confirmation.PromisedBy, r.Confirmation.LeftOut, r.Confirmation.Changes = bad, bad, bad, []string{bad}, []string{"+ " + bad}
	r.Metrics[0].Name = "test." + bad
	return r
}

// empty is a study of which nothing is known yet.
func empty() *study.Report {
	return &study.Report{Version: study.ReportVersion, Study: "new", Status: study.Unfinished, Metrics: []study.Metric{{Name: "test.accuracy", Share: true}}, Level: 0.95, Alpha: 0.05}
}

var examples = []struct {
	name string
	make func() *study.Report
}{
	{"one", one}, {"many", many}, {"factorial", factorial}, {"shapley", shapley}, {"curves", curves}, {"equivalence", equivalence}, {"confirmed", confirmed}, {"itself", itself}, {"empty", empty}, {"hostile", hostile},
}

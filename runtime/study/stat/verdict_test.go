package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// pairsOf makes pairs with the given differences around an accuracy of 0.9.
func pairsOf(d ...float64) []Pair {
	pairs := make([]Pair, len(d))
	for i, v := range d {
		base := 0.9 + 0.01*float64(i%3)
		pairs[i] = Pair{Seed: uint64(i), On: Value(base + v), Off: Value(base)}
	}
	return pairs
}

func judge(t *testing.T, r Rule, pairs []Pair) Finding {
	t.Helper()
	f, err := r.Judge(Comparison{"trick", pairs})
	if err != nil {
		t.Fatal(err)
	}
	return f[0]
}

func TestVerdicts(t *testing.T) {
	up := []float64{0.010, 0.012, 0.008, 0.011, 0.009, 0.013}
	down := negated(up)
	tiny := []float64{0.0010, 0.0012, 0.0008, 0.0011, 0.0009, 0.0013}
	mixed := []float64{0.010, -0.012, 0.008, -0.011, 0.009, 0.002}
	for _, c := range []struct {
		name   string
		rule   Rule
		diffs  []float64
		want   Verdict
		reason string
	}{
		{"up", Rule{}, up, Helps, "not luck"},
		{"down", Rule{}, down, Hurts, "not luck"},
		{"up, of a loss", Rule{Better: LowerIsBetter}, up, Hurts, "not luck"},
		{"down, of a loss", Rule{Better: LowerIsBetter}, down, Helps, "not luck"},
		{"mixed", Rule{}, mixed, Undecided, "could be luck"},
		{"mixed, small margin", Rule{Margin: 0.005}, mixed, Undecided, "could be luck"},
		{"mixed, wide margin", Rule{Margin: 0.05}, mixed, Equivalent, "within the margin"},
		{"up, beyond the margin", Rule{Margin: 0.005}, up, Helps, "not luck"},
		{"real, but smaller than matters", Rule{Margin: 0.005}, tiny, Equivalent, "smaller than what was said to matter"},
		{"the same, without a margin", Rule{}, tiny, Helps, "not luck"},
		{"five pairs", Rule{}, up[:5], Undecided, "it takes 6 pairs"},
		{"five pairs, wide margin", Rule{Margin: 1}, up[:5], Undecided, "it takes 6 pairs"},
		{"five pairs, assuming normal", Rule{AssumeNormal: true}, up[:5], Helps, "not luck"},
		{"two pairs, assuming normal", Rule{AssumeNormal: true}, up[:2], Undecided, "could be luck"},
		{"one pair, assuming normal", Rule{AssumeNormal: true}, up[:1], Undecided, "one pair shows no spread"},
		{"two equal differences", Rule{AssumeNormal: true}, []float64{0.01, 0.01}, Undecided, "spread cannot be estimated"},
		{"seven equal differences", Rule{}, []float64{1, 1, 1, 1, 1, 1, 1}, Helps, "not luck"},
		{"the same runs", Rule{}, make([]float64, 8), Undecided, "the same result"},
		{"the same runs, margin", Rule{Margin: 0.001}, make([]float64, 8), Equivalent, "the same result"},
		{"the same runs, few", Rule{Margin: 0.001}, make([]float64, 3), Undecided, "too few"},
		{"no runs", Rule{}, nil, Undecided, "no pair"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := judge(t, c.rule, pairsOf(c.diffs...))
			if f.Verdict != c.want || !strings.Contains(f.Reason, c.reason) {
				t.Errorf("%v because %q; want %v because %q", f.Verdict, f.Reason, c.want, c.reason)
			}
			if (f.Assumption != "") != c.rule.AssumeNormal {
				t.Errorf("assumption %q", f.Assumption)
			}
			if c.rule.AssumeNormal && f.Verdict == Helps && !strings.Contains(f.Sentence(nil), "normally distributed") {
				t.Errorf("the sentence hides the assumption: %s", f.Sentence(nil))
			}
			if _, err := json.Marshal(f); err != nil {
				t.Error(err)
			}
		})
	}
}

// Whatever the data, fewer than six pairs never get a verdict without an assumption.
func TestFewPairsAreUndecided(t *testing.T) {
	r := newStream(3, 98, 0)
	for range 500 {
		n := r.IntN(6)
		d := normals(r, n, 100*r.Norm(), 1)
		for _, rule := range []Rule{{}, {Margin: 1e6}, {Margin: 0.1, Better: LowerIsBetter}, {AssumeNormal: true, Margin: 1e6}} {
			rule.Resampling.Resamples = 19
			pairs := pairsOf(d...)
			if n > 0 && rule.AssumeNormal { // a run that diverged takes the t test's place away
				pairs[0].On = Outcome{Status: Diverged}
			}
			if f := judge(t, rule, pairs); f.Verdict != Undecided {
				t.Fatalf("%v of %v: %s", f.Verdict, d, f.Sentence(nil))
			}
		}
	}
}

func TestManyTricksNeedMorePairs(t *testing.T) {
	up := pairsOf(0.010, 0.012, 0.008, 0.011, 0.009, 0.013)
	var many []Comparison
	for i := range 4 {
		many = append(many, Comparison{fmt.Sprint("t", i), up})
	}
	for _, f := range must(Rule{}.Judge(many...)) {
		if f.Verdict != Undecided || f.P != 2./64 || f.PHolm != 8./64 || !strings.Contains(f.Reason, "at least 8 pairs") {
			t.Errorf("%s", f.Sentence(nil))
		}
	}
	more := pairsOf(0.010, 0.012, 0.008, 0.011, 0.009, 0.013, 0.01, 0.011)
	for i := range many {
		many[i].Pairs = more
	}
	for _, f := range must(Rule{}.Judge(many...)) {
		if f.Verdict != Helps {
			t.Errorf("%s", f.Sentence(nil))
		}
	}
}

func TestDivergenceIsCounted(t *testing.T) {
	bad := Outcome{Status: Diverged}
	// With the trick on, training diverges on 6 of 8 seeds; on the others it looks better.
	pairs := pairsOf(0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01)
	for i := range 6 {
		pairs[i].On = Value(math.NaN())
	}
	f := judge(t, Rule{Margin: 0.005}, pairs)
	if f.Verdict == Helps || f.Verdict == Equivalent {
		t.Errorf("%s", f.Sentence(nil))
	}
	if f.Counts.DivergedOn != 6 || f.Counts.OnlyOn != 6 || f.Counts.Compared != 8 || !f.ByRank {
		t.Errorf("%+v", f.Counts)
	}
	near(t, "divergence p", f.Counts.DivergenceP, 2./64, 1e-15)
	// On all 8 seeds: hurts, whichever way the metric goes.
	for i := range pairs {
		pairs[i].On = bad
	}
	for _, better := range []Direction{HigherIsBetter, LowerIsBetter} {
		if f = judge(t, Rule{Better: better}, pairs); f.Verdict != Hurts || !strings.Contains(f.Sentence(nil), "diverged: 8 on, 0 off") {
			t.Errorf("%s: %s", better, f.Sentence(nil))
		}
		if _, err := json.Marshal(f); err != nil {
			t.Error(err)
		}
	}
	// A trick that prevents divergence helps.
	for i := range pairs {
		pairs[i].On, pairs[i].Off = Value(0.9), bad
	}
	if f = judge(t, Rule{}, pairs); f.Verdict != Helps {
		t.Errorf("%s", f.Sentence(nil))
	}
	// Both arms diverge everywhere: a tie, no verdict, and never called equivalent.
	for i := range pairs {
		pairs[i].On = bad
	}
	if f = judge(t, Rule{Margin: 1}, pairs); f.Verdict != Undecided || !f.Identical {
		t.Errorf("%s", f.Sentence(nil))
	}
	// Imputed, a diverged run is a number like any other.
	pairs = pairsOf(-0.01, -0.01, -0.02, -0.01, -0.01, -0.02)
	pairs[2].On = bad
	f = judge(t, Rule{Diverged: ImputeValue(0.1)}, pairs)
	if f.Verdict != Hurts || f.ByRank || f.Summary.N != 6 || f.Counts.DivergedOn != 1 {
		t.Errorf("%s", f.Sentence(nil))
	}
	near(t, "effect", f.Effect, (-0.01*4-0.02+0.1-0.92)/6, 1e-12)
}

// The rank of a pair with a diverged arm is the largest there is, so that it weighs against the arm at
// least as much as any finished pair weighs for it.
func TestWorstRank(t *testing.T) {
	c := must(compare([]Pair{
		{On: Value(0.9), Off: Value(0.8)},
		{On: Outcome{Status: Diverged}, Off: Value(0.1)},
		{On: Value(0.5), Off: Value(0.9)},
		{On: Value(math.Inf(1)), Off: Value(math.NaN())},
		{On: Outcome{Status: Missing}, Off: Value(1)},
		{On: Value(1), Off: Outcome{Status: Diverged}},
	}, HigherIsBetter, WorstRank()))
	want := []float64{2, -4.5, -3, 0, 4.5}
	for i, v := range want {
		near(t, fmt.Sprint("rank ", i), c.scores[i], v, 0)
	}
	if c.counts != (Counts{Pairs: 6, Compared: 5, Missing: 1, DivergedOn: 2, DivergedOff: 2, OnlyOn: 1, OnlyOff: 1, DivergenceP: 1}) {
		t.Errorf("%+v", c.counts)
	}
}

func TestMissingIsSaid(t *testing.T) {
	pairs := pairsOf(0.010, 0.012, 0.008, 0.011, 0.009, 0.013, 0.5)
	pairs[6].Off = Outcome{Status: Missing}
	f := judge(t, Rule{}, pairs)
	if f.Verdict != Helps || f.Counts.Missing != 1 || !strings.Contains(f.Sentence(nil), "1 of 7 pairs lack an outcome") {
		t.Errorf("%s", f.Sentence(nil))
	}
}

func TestNoEffect(t *testing.T) {
	same := pairsOf(make([]float64, 20)...)
	if ok, r := NoEffect(same); !ok || r != 1 {
		t.Errorf("the same runs: %v, %v", ok, r)
	}
	same[3].On, same[3].Off = Value(math.NaN()), Value(math.NaN())
	if ok, r := NoEffect(same); !ok || r != 1 {
		t.Errorf("the same runs, one diverged in both arms: %v, %v", ok, r)
	}
	same[4].On = Value(math.NaN())
	if ok, r := NoEffect(same); ok || math.Abs(r-1) > 1e-12 {
		t.Errorf("one diverged in one arm: %v, %v", ok, r)
	}
	if ok, r := NoEffect(nil); ok || r != 0 {
		t.Errorf("no pairs: %v, %v", ok, r)
	}
	f := judge(t, Rule{}, pairsOf(make([]float64, 20)...))
	if !f.Identical || f.Summary.Pairing.Correlation != 1 || f.Effect != 0 {
		t.Errorf("%+v", f)
	}
}

func TestRuleInWords(t *testing.T) {
	points := func(x float64) string { return fmt.Sprintf("%+.2g%%", 100*x) }
	got := Rule{Margin: 0.005}.Text(points)
	want := "equivalent: two one-sided sign-flip tests put the mean difference within ±0.5% (p <= 5% after Holm over the tricks of the study), whether or not it differs from zero; " +
		"otherwise helps or hurts: the two-sided sign-flip test finds a difference (p <= 5% after Holm), for the better or for the worse; undecided: otherwise. " +
		"Fewer than 6 pairs are always undecided. Higher is better; a run that diverged counts as worse than any that finished."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = Rule{AssumeNormal: true, Alpha: 0.01, Better: LowerIsBetter, Diverged: ImputeValue(2.3)}.String()
	for _, part := range []string{"paired t test", "1%", "Assumes that differences", "no margin was declared", "Lower is better", "metric 2.3"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q does not say %q", got, part)
		}
	}
}

func TestVerdictText(t *testing.T) {
	for v := Undecided; v <= DidNothing; v++ {
		var back Verdict
		if err := back.UnmarshalText(must(v.MarshalText())); err != nil || back != v {
			t.Errorf("%v came back as %v, %v", v, back, err)
		}
	}
	var v Verdict
	if err := v.UnmarshalText([]byte("good")); err == nil || !strings.Contains(err.Error(), "helps") {
		t.Error(err)
	}
}

func TestBadRules(t *testing.T) {
	for _, r := range []Rule{{Alpha: 0.7}, {Alpha: -1}, {Margin: -0.1}, {Margin: math.NaN()}, {Diverged: ImputeValue(math.NaN())}, {Resampling: Resampling{Flips: -1}}} {
		if _, err := r.Judge(Comparison{"x", pairsOf(1, 2)}); err == nil {
			t.Errorf("%+v was taken", r)
		}
	}
	if _, err := Pairs([]float64{1}, nil); err == nil {
		t.Error("lists of different length were paired")
	}
}

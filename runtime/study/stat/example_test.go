package stat_test

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// points writes accuracies and their differences in percentage points.
func points(x float64) string { return fmt.Sprintf("%+.2f%%", 100*x) }

// A leave-one-out study: eight seeds with everything on, and eight without each trick.
func ExampleRule_Judge() {
	full := []float64{0.951, 0.948, 0.955, 0.950, 0.953, 0.947, 0.952, 0.949}
	noDropout := []float64{0.943, 0.938, 0.949, 0.941, 0.945, 0.940, 0.941, 0.942}
	noFlip := []float64{0.958, 0.957, 0.960, 0.959, 0.961, 0.952, 0.960, 0.957}
	noL2 := []float64{0.951, 0.949, 0.954, 0.950, 0.952, 0.947, 0.953, 0.949}
	trick := func(name string, off []float64) stat.Comparison {
		pairs, err := stat.Pairs(full, off)
		if err != nil {
			fmt.Println(err)
		}
		return stat.Comparison{Name: name, Pairs: pairs}
	}
	rule := stat.Rule{Margin: 0.002, Better: stat.HigherIsBetter}
	findings, err := rule.Judge(trick("dropout", noDropout), trick("flip", noFlip), trick("l2", noL2))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Println(f.Sentence(points))
	}
	// Output:
	// dropout: helps, +0.83% [+0.70%, +0.97%] (95% interval), 8 pairs: the difference is not luck (p = 0.023).
	// flip: hurts, -0.74% [-0.87%, -0.60%] (95% interval), 8 pairs: the difference is not luck (p = 0.023).
	// l2: equivalent, +0.00% [-0.07%, +0.07%] (95% interval), 8 pairs: the difference lies within the margin (p = 0.012).
}

// Five seeds that all point the same way decide nothing without an assumption, and the finding names it.
func ExampleRule_Judge_fewSeeds() {
	pairs, _ := stat.Pairs([]float64{0.951, 0.948, 0.955, 0.950, 0.953}, []float64{0.943, 0.938, 0.949, 0.941, 0.945})
	for _, rule := range []stat.Rule{{}, {AssumeNormal: true}} {
		f, err := rule.Judge(stat.Comparison{Name: "dropout", Pairs: pairs})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f[0].Sentence(points))
	}
	// Output:
	// dropout: undecided, +0.82% [-inf, +inf] (95% interval), 5 pairs: too few: even if all 5 point the same way, luck alone does that with probability 6.25%; it takes 6 pairs, or the stated assumption that differences between paired runs are normally distributed.
	// dropout: helps, +0.82% [+0.64%, +1.00%] (95% interval), 5 pairs: the difference is not luck (p = 0.00025), assuming that differences between paired runs are normally distributed.
}

// A run that diverged counts as worse than any that finished.
func ExampleWorstRank() {
	nan := math.NaN()
	on := []float64{0.95, nan, 0.96, nan, nan, 0.95, nan, nan}
	off := []float64{0.94, 0.93, 0.95, 0.94, 0.93, 0.94, 0.94, 0.93}
	pairs, _ := stat.Pairs(on, off)
	f, err := stat.Rule{Margin: 0.005}.Judge(stat.Comparison{Name: "big steps", Pairs: pairs})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f[0].Verdict, "|", f[0].Counts, "|", f[0].DecidedBy)
	// Output:
	// undecided | 8 pairs; diverged: 5 on, 0 off | sign-flip test of signed ranks
}

func ExampleRule_String() {
	fmt.Println(stat.Rule{Margin: 0.005}.Text(points))
	// Output:
	// equivalent: two one-sided sign-flip tests put the mean difference within ±0.50% (p <= 5% after Holm over the tricks of the study), whether or not it differs from zero; otherwise helps or hurts: the two-sided sign-flip test finds a difference (p <= 5% after Holm), for the better or for the worse; undecided: otherwise. Fewer than 6 pairs are always undecided. Higher is better; a run that diverged counts as worse than any that finished.
}

// Before a study: what can eight seeds show, given the spread of four pilot pairs?
func ExamplePlanning() {
	pilot := []float64{0.004, -0.003, 0.006, 0.001}
	sd, _, err := stat.SpreadBound(pilot, 0.8)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := stat.Planning{Pairs: 8, Tricks: 2, SD: sd, PilotPairs: len(pilot), Rule: stat.Rule{Margin: 0.005}}.Plan()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Text(points))
	// Output:
	// 8 seeds and 2 tricks show a difference of 0.55% or more with probability 80% (sign-flip test at 5%; spread of paired differences 0.39%, from a pilot: reckon with up to 0.95%). A difference of the margin, 0.50%, takes 10 seeds. A trick that does nothing is shown equivalent within ±0.50% with probability 75%; 9 seeds would do it.
}

// Looking after every seed, and stopping as soon as the answer is clear.
func ExampleSequential() {
	watch, err := stat.NewSequential(stat.SequentialRule{
		Method: stat.GroupFlips, Planned: 12, Rule: stat.Rule{Margin: 0.002},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	gains := []float64{0.011, 0.009, 0.013, 0.010, 0.008, 0.012, 0.011, 0.010, 0.009, 0.012, 0.010, 0.011}
	for seed, gain := range gains {
		look, err := watch.Add(stat.Pair{Seed: uint64(seed), On: stat.Value(0.94 + gain), Off: stat.Value(0.94)})
		if err != nil {
			fmt.Println(err)
			return
		}
		if look.Stop {
			fmt.Printf("%s: %s %s, %s\n", look.Verdict, points(look.Effect), look.Interval.Text(points), look.Reason)
			break
		}
	}
	// Output:
	// helps: +1.05% [+0.80%, +1.30%], decided after 8 pairs by the group-sequential sign-flip test
}

// Which tricks work together? A half fraction of four tricks, in 8 runs a seed instead of 16.
func ExampleNewFraction() {
	d, err := stat.NewFraction(4, "skip", "norm", "l2", "crop")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	// Output:
	// fraction 2^(4-1) of resolution IV: 8 runs a seed
	// generator: crop = skip × norm × l2
	// estimates: skip
	// estimates: norm
	// estimates: l2
	// estimates: crop
	// estimates: skip × norm + l2 × crop
	// estimates: skip × l2 + norm × crop
	// estimates: skip × crop + norm × l2
}

// Two tricks of which the second works only on top of the first.
func ExampleDesign_Effects() {
	d, err := stat.NewFactorial("warmup", "big batch")
	if err != nil {
		fmt.Println(err)
		return
	}
	luck := []float64{0.002, -0.001, 0.003, 0.000, -0.002, 0.001}
	base := []float64{0.90, 0.91, 0.86, 0.93} // neither, warmup, big batch, both
	runs := make([][]stat.Outcome, len(d.Cells))
	for i, cell := range d.Cells {
		for seed, l := range luck {
			runs[i] = append(runs[i], stat.Value(base[cell]+l+0.0005*float64((seed+i)%3)))
		}
	}
	effects, err := d.Effects(runs, 2, stat.Rule{AssumeNormal: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range effects {
		fmt.Println(e.Name, points(e.Effect), e.Verdict)
	}
	// Output:
	// warmup +4.00% helps
	// big batch -1.00% hurts
	// warmup × big batch +3.00% helps
}

// Shares of the gain, one a trick, that add up to it.
func ExampleDesign_Shapley() {
	d, err := stat.NewFactorial("a", "b")
	if err != nil {
		fmt.Println(err)
		return
	}
	runs := [][]stat.Outcome{{stat.Value(0.90)}, {stat.Value(0.94)}, {stat.Value(0.92)}, {stat.Value(0.95)}}
	share, err := d.Shapley(runs, stat.Rule{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(points(share.Shares[0][0]), "+", points(share.Shares[1][0]), "=", points(share.Total[0]))
	// Output:
	// +3.50% + +1.50% = +5.00%
}

// Equally accurate, but not on the same examples.
func ExampleCompareExamples() {
	a := []bool{true, true, true, true, false, false, true, true}
	b := []bool{false, false, true, true, true, true, true, true}
	g, err := stat.CompareExamples(a, b, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("accuracy %.2f and %.2f, agree on %.2f, phi %.2f, p %.2f\n", g.AccuracyA, g.AccuracyB, g.Agree, g.Phi, g.P)
	// Output:
	// accuracy 0.75 and 0.75, agree on 0.50, phi -0.33, p 1.00
}

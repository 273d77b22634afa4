package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func letters(k int) []string {
	var out []string
	for i := range k {
		out = append(out, string(rune('A'+i)))
	}
	return out
}

// outcomes repeats each run's value over seeds with noise that seeds share and noise of its own.
func outcomes(cells int, seeds int, value func(c Cell, s int) float64) [][]Outcome {
	runs := make([][]Outcome, cells)
	for c := range runs {
		for s := range seeds {
			runs[c] = append(runs[c], Value(value(Cell(c), s)))
		}
	}
	return runs
}

// The pilot plant of Box, Hunter and Hunter 2005, ch. 5, table 5.2: temperature, concentration, catalyst.
func TestPilotPlant(t *testing.T) {
	d := must(NewFactorial("T", "C", "K"))
	yield := []float64{60, 72, 54, 68, 52, 83, 45, 80}
	seedNoise := []float64{-3, 1, 2, 0, 5, -5, 2, -2}
	effects := must(d.Effects(outcomes(8, 8, func(c Cell, s int) float64 { return yield[c] + seedNoise[s] }), 3, Rule{}))
	want := map[string]float64{"T": 23, "C": -5, "K": 1.5, "T × C": 1.5, "T × K": 10, "C × K": 0, "T × C × K": 0.5}
	if len(effects) != 7 {
		t.Fatalf("%d effects", len(effects))
	}
	for _, e := range effects {
		near(t, e.Name, e.Effect, want[e.Name], 1e-12)
		near(t, "spread between seeds of "+e.Name, e.Summary.SD, 0, 1e-9)
		if len(e.Aliases) != 0 || e.Counts.Compared != 8 {
			t.Errorf("%+v", e)
		}
	}
	if effects[0].Name != "T" || effects[3].Name != "T × C" || effects[6].Order != 3 {
		t.Error("effects are not in order")
	}
}

// Main effects and interactions are found with their signs; what is not there is not.
func TestFactorialVerdicts(t *testing.T) {
	d := must(NewFactorial("skip", "norm", "l2"))
	r := newStream(1, 96, 0)
	runs := outcomes(8, 12, func(c Cell, s int) float64 {
		v := 0.8 + 0.002*r.Norm()
		if c.Has(0) {
			v += 0.02
		}
		if c.Has(0) && c.Has(1) {
			v -= 0.012
		}
		return v
	})
	effects := must(d.Effects(runs, 2, Rule{Better: HigherIsBetter}))
	want := map[string]Verdict{"skip": Helps, "norm": Hurts, "l2": Undecided, "skip × norm": Hurts, "skip × l2": Undecided, "norm × l2": Undecided}
	for _, e := range effects {
		if e.Verdict != want[e.Name] {
			t.Errorf("%s: %s", e.Name, e.Sentence(nil))
		}
	}
	near(t, "skip", effects[0].Effect, 0.02-0.006, 0.002)
	near(t, "skip × norm", effects[3].Effect, -0.006, 0.002)
	if b, err := json.Marshal(effects[3]); err != nil || !strings.Contains(string(b), `"effect":-0.00`) || !strings.Contains(string(b), `"name":"skip × norm"`) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestFactorialDivergenceAndGaps(t *testing.T) {
	d := must(NewFactorial("a", "b"))
	r := newStream(2, 96, 0)
	fresh := func() [][]Outcome {
		return outcomes(4, 8, func(Cell, int) float64 { return 1 + 0.01*r.Norm() })
	}
	// With a on, training diverges at every seed, with b on or off.
	runs := fresh()
	for s := range 8 {
		runs[1][s], runs[3][s] = Value(math.NaN()), Value(math.Inf(1))
	}
	e := must(d.Effects(runs, 2, Rule{}))
	if e[0].Verdict != Hurts || e[1].Verdict != Undecided || e[2].Verdict != Undecided {
		t.Errorf("a %v, b %v, a × b %v", e[0].Verdict, e[1].Verdict, e[2].Verdict)
	}
	// Imputed, means are over all runs.
	e = must(d.Effects(runs, 1, Rule{Diverged: ImputeValue(0)}))
	near(t, "effect of a", e[0].Effect, -1, 0.02)
	// A missing run takes its seed out, and is said.
	runs = fresh()
	runs[2][5].Status = Missing
	e = must(d.Effects(runs, 1, Rule{}))
	if e[0].Counts.Missing != 1 || e[0].Counts.Compared != 7 {
		t.Errorf("%+v", e[0].Counts)
	}
	// A factor that changes nothing is seen to be identical.
	runs = outcomes(4, 8, func(c Cell, s int) float64 { return float64(s) + 0.1*float64(c&1) })
	if e = must(d.Effects(runs, 1, Rule{})); !e[1].Identical || e[0].Identical {
		t.Errorf("%+v", e[1])
	}
}

// Effects of orthogonal contrasts do not see each other: adding to one leaves the others as they were.
func TestContrastsAreOrthogonal(t *testing.T) {
	for _, d := range []Design{must(NewFactorial(letters(4)...)), must(NewFraction(4, letters(6)...))} {
		groups := d.AliasTable(2)
		for i, g := range groups {
			for j, h := range groups {
				sum := 0
				for _, c := range d.Cells {
					sum += sign(c, g.Effects[0]) * sign(c, h.Effects[0])
				}
				if want := map[bool]int{true: len(d.Cells)}[i == j]; sum != want {
					t.Errorf("%v times %v = %d", g, h, sum)
				}
			}
		}
	}
}

// Word length patterns of minimum aberration designs: Fries and Hunter 1980; Wu and Hamada 2009,
// Experiments, app. 5A (16 and 32 runs); Box, Hunter and Hunter 2005, table 6.22 (runs and resolution).
func TestFractions(t *testing.T) {
	for _, c := range []struct {
		k, ask, runs, resolution int
		words                    string // number of words by length from the shortest
	}{
		{3, 3, 4, 3, "3:1"},
		{4, 4, 8, 4, "4:1"},
		{5, 3, 8, 3, "3:2 4:1"},
		{5, 5, 16, 5, "5:1"},
		{6, 3, 8, 3, "3:4 4:3"},
		{6, 4, 16, 4, "4:3"},
		{6, 5, 32, 6, "6:1"},
		{7, 3, 8, 3, "3:7 4:7 7:1"},
		{7, 4, 16, 4, "4:7"},
		{7, 5, 64, 7, "7:1"},
		{8, 4, 16, 4, "4:14 8:1"},
		{8, 5, 64, 5, "5:2 6:1"},
		{9, 3, 16, 3, "3:4 4:14 5:8 7:4 8:1"},
		{9, 4, 32, 4, "4:6 5:8 8:1"},
		{10, 5, 128, 5, ""},
		{11, 5, 128, 5, ""},
		{15, 3, 16, 3, ""},
		{16, 4, 32, 4, ""},
		{4, 5, 16, 0, ""}, // nothing smaller than the full factorial
	} {
		d := must(NewFraction(c.ask, letters(c.k)...))
		if len(d.Cells) != c.runs || d.Resolution() != c.resolution {
			t.Errorf("%d factors at resolution %d: %d runs of resolution %d, want %d of %d", c.k, c.ask, len(d.Cells), d.Resolution(), c.runs, c.resolution)
			continue
		}
		var words []string
		for i, n := range wordLengths(d.Relation(), c.k) {
			if n > 0 {
				words = append(words, fmt.Sprintf("%d:%d", i+1, n))
			}
		}
		if got := strings.Join(words, " "); c.words != "" && got != c.words {
			t.Errorf("%d factors at resolution %d: words %s, want %s", c.k, c.ask, got, c.words)
		}
		// Every run is distinct, all on is among them, each defining word has one sign, each factor is
		// on in half of the runs.
		seen := map[Cell]bool{}
		for _, run := range d.Cells {
			seen[run] = true
			for _, w := range d.Relation() {
				if sign(run, w) != 1 {
					t.Fatalf("word %s has sign -1 in run %s", d.Name(w), d.Name(run))
				}
			}
		}
		if len(seen) != len(d.Cells) || !seen[1<<c.k-1] {
			t.Errorf("runs %v", d.Cells)
		}
	}
}

func TestFractionInWords(t *testing.T) {
	d := must(NewFraction(4, "skip", "norm", "l2", "crop"))
	want := `fraction 2^(4-1) of resolution IV: 8 runs a seed
generator: crop = skip × norm × l2
estimates: skip
estimates: norm
estimates: l2
estimates: crop
estimates: skip × norm + l2 × crop
estimates: skip × l2 + norm × crop
estimates: skip × crop + norm × l2`
	if diff := cmp.Diff(want, d.String()); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, a := range d.Aliases(1) {
		names = append(names, d.Name(a))
	}
	if diff := cmp.Diff([]string{"skip", "norm × l2 × crop"}, names); diff != "" {
		t.Error(diff)
	}
}

// A fraction estimates the sum of the aliased effects of the full factorial.
func TestFractionEstimatesAliases(t *testing.T) {
	full, half := must(NewFactorial(letters(4)...)), must(NewFraction(4, letters(4)...))
	r := newStream(3, 96, 0)
	value := make([]float64, 16)
	for i := range value {
		value[i] = r.Norm()
	}
	all := map[string]float64{}
	for _, e := range must(full.Effects(outcomes(16, 2, func(c Cell, s int) float64 { return value[c] }), 4, Rule{})) {
		all[e.Name] = e.Effect
	}
	var runs [][]Outcome
	for _, c := range half.Cells {
		runs = append(runs, []Outcome{Value(value[c]), Value(value[c])})
	}
	for _, e := range must(half.Effects(runs, 2, Rule{})) {
		sum := 0.0
		for _, a := range half.Aliases(e.Term) {
			sum += all[half.Name(a)]
		}
		near(t, e.Name, e.Effect, sum, 1e-12)
	}
}

// A trick nested in another's removed form changes nothing while that is off: its effect and their
// interaction are one contrast.
func TestConfounding(t *testing.T) {
	d := must(NewFactorial("outer", "inner", "other"))
	var keys []string
	for _, c := range d.Cells {
		if !c.Has(0) {
			c &^= 2
		}
		keys = append(keys, fmt.Sprint(c))
	}
	got := must(d.Confounding(keys, 2))
	want := []Confounded{{Effects: []Cell{2, 3}, Names: []string{"inner", "outer × inner"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i := range keys { // "other" never acts
		keys[i] = fmt.Sprint(i &^ 4)
	}
	got = must(d.Confounding(keys, 1))
	if len(got) != 1 || !got[0].Void || got[0].Names[0] != "other" {
		t.Errorf("%+v", got)
	}
	if _, err := d.Confounding(keys[:3], 1); err == nil {
		t.Error("three keys for eight runs")
	}
}

func TestBadDesigns(t *testing.T) {
	d := must(NewFactorial("a", "b"))
	for name, err := range map[string]error{
		"no factors":     second(NewFactorial()),
		"twice":          second(NewFactorial("a", "a")),
		"too many":       second(NewFactorial(letters(17)...)),
		"resolution":     second(NewFraction(2, letters(5)...)),
		"runs":           second(d.Effects(nil, 1, Rule{})),
		"order":          second(d.Effects(outcomes(4, 6, func(Cell, int) float64 { return 0 }), 3, Rule{})),
		"ragged":         second(d.Effects([][]Outcome{{{}}, {{}}, {{}}, nil}, 1, Rule{})),
		"fraction share": second(must(NewFraction(3, letters(3)...)).Shapley(nil, Rule{})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Textbook games. Gloves: one owns a right glove, two a left one, a pair is worth 1. Voting with weights
// 3, 2, 1, 1 and quota 4 (Shapley and Shubik 1954, Am. Polit. Sci. Rev. 48:787-792, index).
func TestShapleyOfGames(t *testing.T) {
	gloves := func(c Cell, _ int) float64 {
		if c.Has(2) && (c.Has(0) || c.Has(1)) {
			return 1
		}
		return 0
	}
	weights := []int{3, 2, 1, 1}
	voting := func(c Cell, _ int) float64 {
		sum := 0
		for j, w := range weights {
			if c.Has(j) {
				sum += w
			}
		}
		if sum >= 4 {
			return 1
		}
		return 0
	}
	for _, g := range []struct {
		k    int
		v    func(Cell, int) float64
		want []float64
	}{{3, gloves, []float64{1. / 6, 1. / 6, 4. / 6}}, {4, voting, []float64{1. / 2, 1. / 6, 1. / 6, 1. / 6}}} {
		a := must(must(NewFactorial(letters(g.k)...)).Shapley(outcomes(1<<g.k, 1, g.v), Rule{}))
		for j, want := range g.want {
			near(t, fmt.Sprint("player ", j), a.Shares[j][0], want, 1e-14)
		}
	}
}

// The axioms: shares add up to the total at every seed, a trick that changes nothing has exactly none,
// equal tricks have equal shares; and the average over all orders agrees.
func TestShapleyAxioms(t *testing.T) {
	r := newStream(4, 96, 0)
	for k := 1; k <= 7; k++ {
		d := must(NewFactorial(letters(k)...))
		table := make([]float64, 1<<k)
		for i := range table {
			table[i] = 0.9 + 0.1*r.Norm()
		}
		dummy := k > 1
		runs := outcomes(1<<k, 7, func(c Cell, s int) float64 {
			if dummy { // the last factor changes nothing
				c &^= 1 << (k - 1)
			}
			return table[c] * (1 + float64(s)/10)
		})
		a := must(d.Shapley(runs, Rule{}))
		for i := range a.Seeds {
			var sum float64
			for j := range k {
				sum += a.Shares[j][i]
				near(t, "share, pair by pair", a.Findings[j].Summary.Mean, mean(a.Shares[j]), 1e-12)
			}
			near(t, "sum of shares", sum, a.Total[i], 1e-14*float64(int(1)<<k))
			if dummy && a.Shares[k-1][i] != 0 {
				t.Errorf("a trick that changes nothing has a share of %v", a.Shares[k-1][i])
			}
		}
		if dummy && !a.Findings[k-1].Identical {
			t.Error("a trick that changes nothing is not seen to be identical")
		}
		if k <= 5 {
			for j, want := range orderAverage(k, runs) {
				near(t, "average over orders", a.Shares[j][0], want, 1e-12)
			}
		}
		if _, err := json.Marshal(a); err != nil {
			t.Error(err)
		}
	}
	// Equal tricks.
	d := must(NewFactorial("a", "b", "c"))
	a := must(d.Shapley(outcomes(8, 6, func(c Cell, s int) float64 { return float64(c.Order()*c.Order() + s) }), Rule{}))
	near(t, "equal tricks", a.Shares[0][2], 3, 1e-14)
	near(t, "equal tricks", a.Shares[2][2], 3, 1e-14)
}

// orderAverage is the definition: what each trick adds when it comes, averaged over all orders.
func orderAverage(k int, runs [][]Outcome) []float64 {
	shares := make([]float64, k)
	orders := 0
	var walk func(c Cell, order []int)
	walk = func(c Cell, order []int) {
		if len(order) == k {
			orders++
			at := Cell(0)
			for _, j := range order {
				shares[j] += runs[at|1<<j][0].Value - runs[at][0].Value
				at |= 1 << j
			}
			return
		}
		for j := range k {
			if !c.Has(j) {
				walk(c|1<<j, append(order, j))
			}
		}
	}
	walk(0, nil)
	for j := range shares {
		shares[j] /= float64(orders)
	}
	return shares
}

func TestShapleyDivergence(t *testing.T) {
	d := must(NewFactorial("a", "b"))
	runs := outcomes(4, 8, func(c Cell, s int) float64 { return float64(c.Order()) + 0.1*float64(s) })
	for s := range 8 {
		runs[1][s] = Outcome{Status: Diverged} // a alone diverges; with b it does not
	}
	a := must(d.Shapley(runs, Rule{}))
	if len(a.Seeds) != 0 || a.Findings[0].Verdict != Hurts || a.Findings[1].Verdict != Helps || a.Gain.Verdict != Helps {
		t.Errorf("%+v", a)
	}
	a = must(d.Shapley(runs, Rule{Diverged: ImputeValue(-5)}))
	for i := range a.Seeds {
		near(t, "sum of imputed shares", a.Shares[0][i]+a.Shares[1][i], a.Total[i], 1e-13)
	}
	if len(a.Seeds) != 8 {
		t.Errorf("%v", a.Seeds)
	}
}

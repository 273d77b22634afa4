package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// R, integrating the noncentral t likelihood ratio over delta ~ N(0, 1): dt(t, n-1, ncp = sqrt(n)*delta)
// / dt(t, n-1); the second figure doubles the half with delta > 0.
func TestNormalEAgainstR(t *testing.T) {
	for _, c := range []struct {
		t         float64
		n         int
		two, plus float64
	}{{3, 5, 3.50651767087342, 6.8461153953264}, {-1.2, 8, 0.643570965115433, 0.171175517952489}, {6, 12, 438.689661313585, 877.306963092192}} {
		// Data with this t: n-1 equal spreads around a mean.
		d := normals(newStream(uint64(c.n), 97, 0), c.n, 0, 1)
		m, sd := moments(d, 0)
		for i := range d {
			d[i] = (d[i]-m)/sd + c.t/math.Sqrt(float64(c.n))
		}
		near(t, "E", normalE(d, bothSides), c.two, 1e-8)
		near(t, "E above", normalE(d, above), c.plus, 1e-8)
		near(t, "E below", normalE(d, below), 2*c.two-c.plus, 1e-7)
	}
}

// Over all 2^n sign patterns of given magnitudes the symmetry e-process averages exactly one after every
// pair, and the share of patterns that ever reach 1/alpha is at most alpha: Ville's inequality, by
// enumeration, for no hypothesis but symmetry.
func TestSymmetryEByEnumeration(t *testing.T) {
	r := newStream(1, 97, 0)
	for trial := range 12 {
		n := 3 + trial%8
		size := make([]float64, n)
		for i := range size {
			size[i] = math.Exp(3 * r.Norm())
			if i == 4 && trial%3 == 0 {
				size[i] = 0
			}
			if i == 2 && trial%4 == 0 {
				size[i] = math.Inf(1)
			}
		}
		for _, sd := range []side{bothSides, above, below} {
			total := make([]float64, n)
			reached := map[float64]int{0.5: 0, 0.05: 0, 0.01: 0}
			for mask := range 1 << n {
				p := symmetryProcess{side: sd}
				most := 0.0
				for i, v := range size {
					if mask>>i&1 == 1 {
						v = -v
					}
					e := p.add(v)
					total[i] += e
					most = math.Max(most, e)
				}
				for a := range reached {
					if most >= 1/a {
						reached[a]++
					}
				}
			}
			for i, v := range total {
				near(t, fmt.Sprintf("mean after pair %d", i+1), v/math.Ldexp(1, n), 1, 1e-10)
			}
			for a, c := range reached {
				if got := float64(c) / math.Ldexp(1, n); got > a {
					t.Errorf("n = %d: %v of the patterns reach 1/%v", n, got, a)
				}
			}
		}
	}
}

// Fewer than six pairs never reach 1/0.05, whatever they are.
func TestSymmetryENeedsSixPairs(t *testing.T) {
	r := newStream(2, 97, 0)
	for range 2000 {
		d := make([]float64, 5)
		for i := range d {
			d[i] = math.Exp(4 * r.Norm())
		}
		if e := slices.Max(SymmetryE(d)); e > 16 {
			t.Fatalf("five pairs reach %v: %v", e, d)
		}
	}
	if e := SymmetryE([]float64{1, 1, 1, 1, 1, 1, 1}); e[6] < 20 {
		t.Errorf("seven equal pairs reach only %v", e)
	}
}

func TestEProcessesIgnoreTheUnit(t *testing.T) {
	d := normals(newStream(3, 97, 0), 12, 1, 1)
	for _, f := range []func([]float64) []float64{SymmetryE, NormalE} {
		a := f(d)
		for _, unit := range []float64{1e-150, 1e-9, 1e150} {
			x := make([]float64, len(d))
			for i := range d {
				x[i] = d[i] * unit
			}
			for i, v := range f(x) {
				near(t, "e-value", v/a[i], 1, 1e-9)
			}
		}
	}
}

// A shift is in the confidence sequence exactly when no step has rejected it.
func TestConfidenceSequenceInvertsTheTest(t *testing.T) {
	r := newStream(4, 97, 0)
	for range 20 {
		d := normals(r, 8+r.IntN(10), 0.5, 1)
		for m, process := range map[Method]func([]float64) []float64{SymmetryMixture: SymmetryE, NormalMixture: NormalE} {
			i := must(ConfidenceSequence(m, d, 0.9))
			if i.Lo > i.Hi {
				t.Fatalf("%v", i)
			}
			rejected := func(shift float64) bool {
				x := make([]float64, len(d))
				for j := range d {
					x[j] = d[j] - shift
				}
				return slices.Max(process(x)) >= 10
			}
			w := i.Width()
			for _, c := range []struct {
				at   float64
				want bool
			}{{i.Lo + 1e-6*w, false}, {i.Lo - 1e-6*w, true}, {i.Hi - 1e-6*w, false}, {i.Hi + 1e-6*w, true}, {i.Hi + 100*w, true}} {
				if i.Bounded() && rejected(c.at) != c.want {
					t.Errorf("%s: shift %v of %v rejected: %v", m, c.at, i, !c.want)
				}
			}
		}
	}
}

func TestConfidenceSequencesOnlyShrink(t *testing.T) {
	d := normals(newStream(5, 97, 0), 25, 1, 1)
	for _, m := range []Method{SymmetryMixture, NormalMixture} {
		last := Unbounded(0.95)
		for n := 1; n <= len(d); n++ {
			i := must(ConfidenceSequence(m, d[:n], 0.95))
			if i.Lo < last.Lo-1e-9 || i.Hi > last.Hi+1e-9 {
				t.Errorf("%s: %v after %d pairs follows %v", m, i, n, last)
			}
			last = i
		}
		if !last.Bounded() || last.Width() > 2.5 {
			t.Errorf("%s: %v after 25 pairs", m, last)
		}
	}
}

// Lan-DeMets boundaries at two-sided 5%, five equal looks. O'Brien-Fleming type: Reboussin, DeMets, Kim
// and Lan 2000, Control. Clin. Trials 21:190-207, and R's ldbounds: 4.8769 3.3569 2.6803 2.2898 2.0310.
// Pocock type: 2.4380 2.4268 2.4101 2.3966 2.3859.
func TestBoundaries(t *testing.T) {
	looks := []float64{0.2, 0.4, 0.6, 0.8, 1}
	for s, want := range map[Spending][]float64{
		OBrienFleming: {4.8769, 3.3569, 2.6803, 2.2898, 2.0310},
		Pocock:        {2.4380, 2.4268, 2.4101, 2.3966, 2.3859},
	} {
		got := must(Boundaries(s, 0.05, looks))
		for i := range want {
			near(t, fmt.Sprintf("%s, look %d", s, i+1), got[i], want[i], 1e-4)
		}
	}
	one := must(Boundaries(Pocock, 0.05, []float64{1}))
	near(t, "a single look", one[0], 1.959963984540054, 1e-9)
	if _, err := Boundaries(Pocock, 0.05, []float64{0.5, 0.4}); err == nil {
		t.Error("decreasing looks were taken")
	}
	for _, s := range []Spending{OBrienFleming, Pocock} {
		near(t, "spent at the end", s.Spent(0.025, 1), 0.025, 1e-15)
		near(t, "spent at the start", s.Spent(0.025, 0), 0, 0)
		for f := 0.05; f < 1; f += 0.05 {
			if s.Spent(0.025, f) >= s.Spent(0.025, f+0.05) {
				t.Errorf("%s is not increasing at %v", s, f)
			}
		}
	}
}

// Over all sign patterns of given magnitudes the group-sequential test rejects exactly the patterns it
// says it stops, at most alpha of them, whatever the magnitudes.
func TestGroupFlipsByEnumeration(t *testing.T) {
	r := newStream(6, 97, 0)
	for trial := range 6 {
		n := 6 + trial%4
		size := make([]float64, n)
		for i := range size {
			size[i] = math.Abs(r.Norm())
			if trial%2 == 1 {
				size[i] = math.Round(3*size[i]) / 10 // ties
			}
			if trial == 5 && i == 3 {
				size[i] = math.Inf(1)
			}
		}
		for _, spend := range []Spending{OBrienFleming, Pocock} {
			for _, sd := range []side{bothSides, above, below} {
				rejected := 0
				var used float64
				for mask := range 1 << n {
					f := newFlipLooks(0.1, sd, spend, n, 0, 0)
					for i, v := range size {
						if mask>>i&1 == 1 {
							v = -v
						}
						f.add(v)
						f.look()
					}
					if f.crossed > 0 {
						rejected++
					} else {
						used = f.used
					}
				}
				share := float64(rejected) / math.Ldexp(1, n)
				if share > 0.1 {
					t.Errorf("%v of the patterns are rejected", share)
				}
				near(t, "rejected share against what was spent", share, used, 1e-12)
			}
		}
	}
}

// With one look at the end the group-sequential test is the sign-flip test.
func TestGroupFlipsWithOneLook(t *testing.T) {
	r := newStream(7, 97, 0)
	agree, rejected := 0, 0
	for range 300 {
		d := normals(r, 10, 0.7, 1)
		f := newFlipLooks(0.05, bothSides, OBrienFleming, 10, 0, 0)
		for _, x := range d {
			f.add(x)
		}
		p := must(SignFlipTest(d, 0.95, Resampling{})).P
		if f.look() == (p <= 0.05) {
			agree++
		}
		if p <= 0.05 {
			rejected++
		}
	}
	if agree != 300 || rejected < 50 || rejected > 250 {
		t.Errorf("agree on %d of 300, %d rejected", agree, rejected)
	}
}

// Random patterns give the same decisions as all of them, up to their noise.
func TestSampledGroupFlips(t *testing.T) {
	r := newStream(8, 97, 0)
	differ := 0
	for i := range 60 {
		d := normals(r, 14, 0.7, 1)
		exact := groupCrossed(d, 0.05, bothSides, OBrienFleming, 14, 0, 0)
		f := newFlipLooks(0.05, bothSides, OBrienFleming, exactLooks+1, uint64(i), 9999) // sampled
		f.planned = 14
		crossed := false
		for _, x := range d {
			f.add(x)
			crossed = f.look() || crossed
		}
		if crossed != exact {
			differ++
		}
	}
	if differ > 3 {
		t.Errorf("%d of 60 decisions differ", differ)
	}
}

func TestSequentialVerdicts(t *testing.T) {
	run := func(r SequentialRule, pairs []Pair) Look {
		t.Helper()
		s, err := NewSequential(r)
		if err != nil {
			t.Fatal(err)
		}
		var l Look
		for _, p := range pairs {
			if l, err = s.Add(p); err != nil {
				t.Fatal(err)
			}
			if _, err := json.Marshal(l); err != nil {
				t.Fatal(err)
			}
			if l.Stop {
				break
			}
		}
		return l
	}
	r := newStream(9, 97, 0)
	noise := normals(r, 24, 0, 0.003)
	shifted := func(by float64) []Pair {
		d := slices.Clone(noise)
		for i := range d {
			d[i] += by
		}
		return pairsOf(d...)
	}
	for _, m := range []Method{SymmetryMixture, NormalMixture, GroupFlips} {
		rule := SequentialRule{Method: m, Planned: 24, Rule: Rule{Margin: 0.005, AssumeNormal: m == NormalMixture}}
		for _, c := range []struct {
			by     float64
			better Direction
			want   Verdict
			within int
		}{{0.01, HigherIsBetter, Helps, 20}, {-0.01, HigherIsBetter, Hurts, 20}, {-0.01, LowerIsBetter, Helps, 20}, {0, HigherIsBetter, Equivalent, 24}} {
			rule.Rule.Better = c.better
			l := run(rule, shifted(c.by))
			if l.Verdict != c.want || l.Pairs > c.within || l.Pairs < 5 || !l.Stop {
				t.Errorf("%s, shift %v: %v after %d pairs (%s)", m, c.by, l.Verdict, l.Pairs, l.Reason)
			}
			if m != NormalMixture && l.Pairs < 6 {
				t.Errorf("%s decided after %d pairs without an assumption", m, l.Pairs)
			}
		}
		// The same runs are equivalent.
		if l := run(rule, pairsOf(make([]float64, 24)...)); m != NormalMixture && (l.Verdict != Equivalent || l.Pairs > 20) {
			t.Errorf("%s, identical runs: %v after %d pairs", m, l.Verdict, l.Pairs)
		}
		// A trick that makes every run diverge hurts; the t e-process cannot say so.
		pairs := shifted(0)
		for i := range pairs {
			pairs[i].On = Value(math.NaN())
		}
		rule.Rule.Better = LowerIsBetter
		l := run(rule, pairs)
		if want := map[bool]Verdict{true: Undecided, false: Hurts}[m == NormalMixture]; l.Verdict != want || l.Counts.DivergedOn != l.Pairs {
			t.Errorf("%s, diverging: %v after %d pairs (%s)", m, l.Verdict, l.Pairs, l.Reason)
		}
		// Missing pairs change nothing but the count.
		pairs = shifted(0.01)
		pairs[0].On.Status = Missing
		if l := run(rule, pairs); l.Verdict != Hurts || l.Counts.Missing != 1 {
			t.Errorf("%s: %+v", m, l)
		}
	}
}

func TestSequentialIntervalAndEnd(t *testing.T) {
	s := must(NewSequential(SequentialRule{Method: GroupFlips, Planned: 8, Rule: Rule{Margin: 0.001}}))
	var l Look
	for _, p := range pairsOf(0.01, -0.011, 0.012, -0.009, 0.011, -0.01, 0.012, -0.011) {
		l = must(s.Add(p))
		if l.Pairs == 5 && (!l.Hopeless || !strings.Contains(l.Reason, "3 pairs still planned")) {
			t.Errorf("after 5 of 8: %+v", l)
		}
	}
	if l.Verdict != Undecided || !l.Stop || !strings.Contains(l.Reason, "all 8 planned pairs") || !l.Interval.Contains(0) || !l.Interval.Bounded() {
		t.Errorf("%+v", l)
	}
	if _, err := s.Add(pairsOf(0.01)[0]); err == nil || !strings.Contains(err.Error(), "anytime-valid") {
		t.Errorf("a ninth pair of eight: %v", err)
	}
	// The repeated interval after the last look is near the sign-flip interval.
	d := normals(newStream(10, 97, 0), 12, 1, 1)
	a, b := must(RepeatedInterval(d, 0.95, OBrienFleming, 12, 0)), must(SignFlipTest(d, 0.95, Resampling{})).Interval
	if a.Width() < b.Width()-1e-9 || a.Width() > 1.3*b.Width() {
		t.Errorf("repeated %v, single %v", a, b)
	}
}

func TestChance(t *testing.T) {
	s := must(NewSequential(SequentialRule{Planned: 12, Rule: Rule{}}))
	d := []float64{1, 0.5, 1.5, 0.8, 1.2, 0.4}
	// Against simulation of the final t test with future pairs from N(mean, sd).
	m, sd := moments(d, 0)
	r := newStream(11, 97, 0)
	hit := 0
	small := make([]float64, len(d))
	for i := range d {
		small[i] = d[i] - 0.6
	}
	m -= 0.6
	const reps = 4000
	for range reps {
		x := append(slices.Clone(small), normals(r, 6, m, sd)...)
		if must(must(DescribeDifferences(x)).T(0.95)).P <= 0.05 {
			hit++
		}
	}
	near(t, "chance", s.chance(small), float64(hit)/reps, 0.06)
}

func TestBadSequentialRules(t *testing.T) {
	for name, r := range map[string]SequentialRule{
		"no plan":       {Method: GroupFlips},
		"assumption":    {Method: NormalMixture},
		"contradiction": {Method: SymmetryMixture, Rule: Rule{AssumeNormal: true}},
		"tricks":        {Tricks: -1},
		"hopeless":      {Hopeless: 2},
		"method":        {Method: 9},
		"alpha":         {Rule: Rule{Alpha: 3}},
		"impute":        {Rule: Rule{Diverged: ImputeValue(math.Inf(1))}},
	} {
		if _, err := NewSequential(r); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := ConfidenceSequence(GroupFlips, sleep, 0.95); err == nil {
		t.Error("a group-sequential test has no confidence sequence for all time")
	}
	if _, err := RepeatedInterval(sleep, 0.95, Pocock, 5, 0); err == nil {
		t.Error("ten pairs of five planned")
	}
}

func TestSequentialRuleInWords(t *testing.T) {
	got := SequentialRule{Method: GroupFlips, Planned: 20, Tricks: 2, Rule: Rule{Margin: 0.005}}.String()
	for _, part := range []string{"group-sequential", "2.5%", "equivalent", "20 planned pairs", "O'Brien-Fleming", "over 2 tricks"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q does not say %q", got, part)
		}
	}
}

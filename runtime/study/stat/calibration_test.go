package stat

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// The tests in this file simulate whole studies and hold the error rates, the coverage and the power to
// what the documentation states. By default they run few studies; NETC_LONG=1 runs 10,000 of each, and
// -v prints the rates.

// rate is a share of simulated studies.
type rate struct{ hits, of int }

func (r rate) value() float64 { return float64(r.hits) / float64(r.of) }

// se is the standard error of a rate whose true value is p.
func (r rate) se(p float64) float64 { return math.Sqrt(p * (1 - p) / float64(r.of)) }

func (r *rate) count(hit bool) {
	r.of++
	if hit {
		r.hits++
	}
}

// atMost checks that the true rate may be at most limit.
func (r rate) atMost(t *testing.T, what string, limit float64) {
	t.Helper()
	t.Logf("%-72s %.4f of %d, at most %.4f", what, r.value(), r.of, limit)
	if r.value() > limit+3.5*r.se(limit) {
		t.Errorf("%s: %.4f of %d studies, at most %.4f stated", what, r.value(), r.of, limit)
	}
}

// about checks that the true rate may be want.
func (r rate) about(t *testing.T, what string, want, slack float64) {
	t.Helper()
	t.Logf("%-72s %.4f of %d, stated %.4f", what, r.value(), r.of, want)
	if math.Abs(r.value()-want) > slack+3.5*r.se(want) {
		t.Errorf("%s: %.4f of %d studies, %.4f stated", what, r.value(), r.of, want)
	}
}

func claims(v Verdict) bool { return v == Helps || v == Hurts }

// quick is the resampling of simulations that do not look at bootstrap intervals.
var quick = Resampling{Resamples: 1}

func attained(n int, alpha float64) float64 {
	return 2 * math.Floor(alpha/2*math.Ldexp(1, n)+1e-6) / math.Ldexp(1, n)
}

func TestNullStudies(t *testing.T) {
	for _, shape := range shapes {
		for _, n := range []int{6, 8, 12, 20} {
			var wrong rate
			reps := studies(200)
			if n == 20 && reps == 200 {
				reps = 50
			}
			for i := range reps {
				r := newStream(uint64(n), 90, uint32(i))
				d := make([]float64, n)
				for j := range d {
					d[j] = shape.draw(r)
				}
				f := must(Rule{Resampling: quick}.Judge(Comparison{"x", pairsFrom(d)}))
				wrong.count(claims(f[0].Verdict))
			}
			what := fmt.Sprintf("false helps or hurts, %d pairs, %s", n, shape.name)
			wrong.atMost(t, what, 0.05)
			if shape.name == "normal" {
				wrong.about(t, what+", as attained", attained(n, 0.05), 0)
			}
		}
	}
}

// pairsFrom makes pairs whose differences are exactly d.
func pairsFrom(d []float64) []Pair {
	pairs := make([]Pair, len(d))
	for i, v := range d {
		pairs[i] = Pair{Seed: uint64(i), On: Value(v), Off: Value(0)}
	}
	return pairs
}

func TestNullStudiesAssumingNormal(t *testing.T) {
	for _, n := range []int{2, 3, 5, 8} {
		var wrong rate
		for i := range studies(1000) {
			d := normals(newStream(uint64(n), 91, uint32(i)), n, 0, 3)
			f := must(Rule{AssumeNormal: true, Resampling: quick}.Judge(Comparison{"x", pairsFrom(d)}))
			wrong.count(claims(f[0].Verdict))
		}
		wrong.about(t, fmt.Sprintf("false helps or hurts by the t test, %d pairs, normal", n), 0.05, 0)
	}
}

// Leave-one-out: five tricks share the arm with everything on, and none of them does anything.
func TestNullStudiesOfManyTricks(t *testing.T) {
	for _, n := range []int{8, 12} {
		var family, single rate
		for i := range studies(200) {
			r := newStream(uint64(n), 92, uint32(i))
			full := normals(r, n, 0.9, 0.01)
			var tricks []Comparison
			for range 5 {
				tricks = append(tricks, Comparison{"x", must(Pairs(full, normals(r, n, 0.9, 0.01)))})
			}
			any := false
			for _, f := range must(Rule{Resampling: quick}.Judge(tricks...)) {
				any = any || claims(f.Verdict)
				single.count(f.P <= 0.05)
			}
			family.count(any)
		}
		family.atMost(t, fmt.Sprintf("any false helps or hurts among five tricks, %d pairs", n), 0.05)
		single.about(t, fmt.Sprintf("  a single one of them before Holm, %d pairs", n), attained(n, 0.05), 0.01)
	}
}

func TestNullStudiesWithDivergence(t *testing.T) {
	var wrong, counted rate
	for i := range studies(400) {
		r := newStream(1, 93, uint32(i))
		on, off := normals(r, 10, 0.9, 0.01), normals(r, 10, 0.9, 0.01)
		for j := range on {
			if r.IntN(6) == 0 {
				on[j] = math.NaN()
			}
			if r.IntN(6) == 0 {
				off[j] = math.NaN()
			}
		}
		f := must(Rule{Resampling: quick, Margin: 0.5}.Judge(Comparison{"x", must(Pairs(on, off))}))
		wrong.count(claims(f[0].Verdict))
		counted.count(f[0].Counts.DivergenceP <= 0.05)
	}
	wrong.atMost(t, "false helps or hurts, 10 pairs, one run in six diverges", 0.05)
	counted.atMost(t, "  false claim about how often runs diverge", 0.05)
}

func TestNullDesigns(t *testing.T) {
	designs := map[string]Design{
		"full factorial of 3":        must(NewFactorial("a", "b", "c")),
		"2^(4-1) fraction":           must(NewFraction(4, "a", "b", "c", "d")),
		"Shapley shares of 3 tricks": must(NewFactorial("a", "b", "c")),
	}
	for name, d := range designs {
		var family rate
		for i := range studies(120) {
			r := newStream(2, 93, uint32(i))
			n := 10
			shared := normals(r, n, 0.9, 0.02)
			runs := outcomes(len(d.Cells), n, func(_ Cell, s int) float64 { return shared[s] + 0.01*r.Norm() })
			any := false
			rule := Rule{Resampling: quick}
			if name == "Shapley shares of 3 tricks" {
				for _, f := range must(d.Shapley(runs, rule)).Findings {
					any = any || claims(f.Verdict)
				}
			} else {
				for _, e := range must(d.Effects(runs, 2, rule)) {
					any = any || claims(e.Verdict)
				}
			}
			family.count(any)
		}
		family.atMost(t, "any false claim of an effect, 10 seeds, "+name, 0.05)
	}
}

// A trick whose effect is as large as the margin must not be called equivalent more often than alpha.
func TestFalseEquivalence(t *testing.T) {
	for _, normal := range []bool{false, true} {
		for _, n := range []int{6, 10} {
			for _, shape := range shapes[:3] {
				if normal && shape.name != "normal" {
					continue
				}
				var wrong rate
				for i := range studies(200) {
					r := newStream(uint64(n), 94, uint32(i))
					d := make([]float64, n)
					for j := range d {
						d[j] = 2 + shape.draw(r)
					}
					f := must(Rule{AssumeNormal: normal, Margin: 2, Resampling: quick}.Judge(Comparison{"x", pairsFrom(d)}))
					wrong.count(f[0].Verdict == Equivalent)
				}
				wrong.atMost(t, fmt.Sprintf("false equivalent, %d pairs, %s, t test %v", n, shape.name, normal), 0.05)
			}
		}
	}
}

// Looking after every pair and stopping at the first verdict.
func TestNullSequential(t *testing.T) {
	for k, c := range []struct {
		method  Method
		planned int
		shape   int
	}{
		{SymmetryMixture, 60, 0}, {SymmetryMixture, 60, 1}, {SymmetryMixture, 60, 2}, {SymmetryMixture, 60, 3}, {SymmetryMixture, 60, 4},
		{NormalMixture, 60, 0},
		{GroupFlips, 12, 0}, {GroupFlips, 12, 1}, {GroupFlips, 12, 3}, {GroupFlips, 30, 0}, {GroupFlips, 30, 4},
	} {
		for _, spend := range []Spending{OBrienFleming, Pocock} {
			if c.method != GroupFlips && spend == Pocock {
				continue
			}
			var wrong rate
			for i := range studies(100) {
				s := must(NewSequential(SequentialRule{Method: c.method, Planned: c.planned, Spending: spend,
					Rule: Rule{AssumeNormal: c.method == NormalMixture, Resampling: Resampling{Seed: uint64(i), Flips: 999}}}))
				r := newStream(uint64(100+10*k+int(spend)), 94, uint32(i))
				for range c.planned {
					if err := s.observe(Pair{On: Value(shapes[c.shape].draw(r)), Off: Value(0)}); err != nil {
						t.Fatal(err)
					}
					if s.verdict != Undecided {
						break
					}
				}
				wrong.count(claims(s.verdict))
			}
			what := fmt.Sprintf("false helps or hurts with up to %d looks, %s, %s", c.planned, c.method, shapes[c.shape].name)
			if c.method == GroupFlips {
				what += ", " + spend.String()
			}
			wrong.atMost(t, what, 0.05)
		}
	}
}

// The same with an effect on or beyond the margin: equivalence.
func TestFalseSequentialEquivalence(t *testing.T) {
	for _, m := range []Method{SymmetryMixture, NormalMixture, GroupFlips} {
		for _, effect := range []float64{1, 1.3} {
			var wrong rate
			for i := range studies(100) {
				s := must(NewSequential(SequentialRule{Method: m, Planned: 14,
					Rule: Rule{AssumeNormal: m == NormalMixture, Margin: 1}}))
				r := newStream(4, 94, uint32(i))
				for range 14 {
					if err := s.observe(Pair{On: Value(effect + 0.7*r.Norm()), Off: Value(0)}); err != nil {
						t.Fatal(err)
					}
					if s.verdict != Undecided {
						break
					}
				}
				wrong.count(s.verdict == Equivalent)
			}
			wrong.atMost(t, fmt.Sprintf("false equivalent with 14 looks, %s, effect %v margins", m, effect), 0.05)
		}
	}
}

func TestCoverage(t *testing.T) {
	for _, n := range []int{6, 10, 20} {
		for k, shape := range shapes[:3] {
			var student, flips, bca rate
			for i := range studies(150) {
				r := newStream(uint64(n), 89, uint32(i))
				d := make([]float64, n)
				for j := range d {
					d[j] = shape.draw(r)
				}
				if k == 0 {
					student.count(must(must(DescribeDifferences(d)).T(0.95)).Interval.Contains(0))
					bca.count(must(BCa(d, 0.95, Resampling{Seed: uint64(i), Resamples: 499})).Interval.Contains(0))
				}
				flips.count(must(SignFlipTest(d, 0.95, Resampling{})).Interval.Contains(0))
			}
			if k == 0 {
				student.about(t, fmt.Sprintf("coverage of the 95%% t interval, %d pairs, normal", n), 0.95, 0)
				bca.about(t, fmt.Sprintf("coverage of the 95%% BCa interval, %d pairs, normal", n), map[int]float64{6: 0.86, 10: 0.90, 20: 0.925}[n], 0.015)
			}
			flips.about(t, fmt.Sprintf("coverage of the 95%% sign-flip interval, %d pairs, %s", n, shape.name), 1-attained(n, 0.05), 0)
		}
	}
}

// All intervals of a sequence at once: none of up to 40 may miss the truth.
func TestSequentialCoverage(t *testing.T) {
	for m, process := range map[Method]func([]float64) []float64{SymmetryMixture: SymmetryE, NormalMixture: NormalE} {
		var missed rate
		for i := range studies(300) {
			d := normals(newStream(5, 89, uint32(i)), 40, 0, 1)
			missed.count(slices.Max(process(d)) >= 20)
		}
		missed.atMost(t, fmt.Sprintf("95%% confidence sequence misses once in 40 looks, %s", m), 0.05)
	}
	var missed rate
	for i := range min(2000, studies(30)) { // inverting the whole test is slow
		d := normals(newStream(6, 89, uint32(i)), 10, 2, 1)
		out := false
		for n := 6; n <= 10; n++ {
			out = out || !must(RepeatedInterval(d[:n], 0.95, Pocock, 10, 0)).Contains(2)
		}
		missed.count(out)
	}
	missed.atMost(t, "95% repeated interval misses in 10 looks", 0.05)
}

// A study planned for 80% shows its effect in 80% of cases.
func TestPowerAsPlanned(t *testing.T) {
	for _, n := range []int{7, 10, 16, 24} {
		for _, normal := range []bool{false, true} {
			test := SignFlips
			if normal {
				test = PairedT
			}
			effect := must(DetectableEffect(test, n, 0.6, 0.05, 0.8))
			var shown rate
			reps := studies(250)
			if n > 12 && reps == 250 {
				reps = 40
			}
			for i := range reps {
				d := normals(newStream(uint64(n), 88, uint32(i)), n, effect, 0.6)
				f := must(Rule{AssumeNormal: normal, Resampling: quick}.Judge(Comparison{"x", pairsFrom(d)}))
				shown.count(f[0].Verdict == Helps)
			}
			shown.about(t, fmt.Sprintf("power at the detectable effect, %d pairs, %s", n, test), 0.8, 0.012)
		}
	}
	var shown rate
	n := must(PairsForEquivalence(0, 1, 1, 0.05, 0.8))
	want := must(EquivalencePower(n, 0, 1, 1, 0.05))
	for i := range studies(200) {
		d := normals(newStream(1, 87, uint32(i)), n, 0, 1)
		f := must(Rule{AssumeNormal: true, Margin: 1, Resampling: quick}.Judge(Comparison{"x", pairsFrom(d)}))
		shown.count(f[0].Verdict == Equivalent)
	}
	shown.about(t, fmt.Sprintf("power to show equivalence, %d pairs", n), want, 0)
}

// What looking early costs and saves against one look at the end, at the effect that 12 pairs show with
// probability 80%.
func TestSequentialPower(t *testing.T) {
	effect := must(DetectableEffect(SignFlips, 12, 1, 0.05, 0.8))
	for _, m := range []Method{SymmetryMixture, NormalMixture, GroupFlips} {
		for _, scale := range []float64{1, 2} {
			var shown rate
			pairs := 0
			for i := range studies(100) {
				s := must(NewSequential(SequentialRule{Method: m, Planned: 12, Rule: Rule{AssumeNormal: m == NormalMixture}}))
				r := newStream(2, 87, uint32(i))
				for range 12 {
					if err := s.observe(Pair{On: Value(scale*effect + r.Norm()), Off: Value(0)}); err != nil {
						t.Fatal(err)
					}
					pairs++
					if s.verdict != Undecided {
						break
					}
				}
				shown.count(s.verdict == Helps)
			}
			t.Logf("%-34s effect %.2f sd, up to 12 looks: shown in %.3f of %d studies after %.1f pairs on average", m, scale*effect, shown.value(), shown.of, float64(pairs)/float64(shown.of))
			floor := map[Method]float64{SymmetryMixture: 0.44, NormalMixture: 0.42, GroupFlips: 0.76}[m] // as measured over 10,000 studies
			if scale == 2 {
				floor = 0.9
			}
			if shown.value() < floor-3.5*shown.se(floor) {
				t.Errorf("%s: shown in %.3f of the studies, expected at least %v", m, shown.value(), floor)
			}
		}
	}
}

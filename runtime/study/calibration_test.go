package study

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// studies is the number of simulated studies of each kind: enough to see a gross mistake, or with NETC_LONG=1 the full count.
func simulated() int {
	if os.Getenv("NETC_LONG") != "" {
		return 10_000
	}
	return 100
}

// factorialOf makes a factorial, fractional (resolution > 0) or shapley plan whose cells are all different programs.
func factorialOf(t testing.TB, seeds, resolution int, shapley bool, factors ...string) *Plan {
	p := planOf(seeds)
	p.Variants, p.Comparisons = nil, nil
	p.Design = "factorial"
	f := &PlannedFactorial{Factors: factors, Order: 2, Resolution: resolution, Shapley: shapley}
	d, err := f.design()
	if err != nil {
		t.Fatal(err)
	}
	sides := make([]PlannedComparison, len(factors))
	for _, c := range d.Cells {
		id := fmt.Sprintf("cell %b", c)
		p.Variants = append(p.Variants, PlannedVariant{ID: id, Name: id})
		f.Cells = append(f.Cells, id)
		for j := range factors {
			sides[j].Name = factors[j]
			if c.Has(j) {
				sides[j].On = append(sides[j].On, id)
			} else {
				sides[j].Off = append(sides[j].Off, id)
			}
		}
	}
	p.Comparisons, p.Factorial = sides, f
	return p
}

// each runs a simulated study n times on all cores.
func each(n int, f func(i int)) {
	var wait sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}

// claims reports whether a report claims any difference.
func claims(r *Report) bool {
	is := func(v stat.Verdict) bool { return v == stat.Helps || v == stat.Hurts }
	for _, t := range r.Tricks {
		if is(t.Verdict) {
			return true
		}
	}
	for _, e := range r.Effects {
		if is(e.Verdict) {
			return true
		}
	}
	return false
}

// In studies of tricks that change nothing but luck, a difference is claimed for any of them no more often than alpha: in every
// design, also when the study looks after every pair and stops.
func TestNullStudiesHoldAlpha(t *testing.T) {
	n := simulated()
	for _, d := range []struct {
		name string
		plan func() *Plan
	}{
		{"leave one out", func() *Plan { return planOf(8, "a", "b", "c") }},
		{"one trick", func() *Plan { return planOf(7, "a") }},
		{"normal", func() *Plan { p := planOf(4, "a", "b"); p.AssumeNormal = true; return p }},
		{"factorial", func() *Plan { return factorialOf(t, 9, 0, false, "a", "b", "c") }},
		{"fractional", func() *Plan { return factorialOf(t, 9, 4, false, "a", "b", "c", "d") }},
		{"shapley", func() *Plan { return factorialOf(t, 8, 0, true, "a", "b", "c") }},
		{"sequential", func() *Plan { p := planOf(8, "a", "b"); p.Sequential = 0.05; return p }},
		{"sequential factorial", func() *Plan { p := factorialOf(t, 8, 0, false, "a", "b"); p.Sequential = 0.05; return p }},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			false_, failed := 0, error(nil)
			each(n, func(i int) {
				p := d.plan()
				p.resampling.Resamples = 100 // of the bootstrap, which decides nothing
				score := func(variant string, seed uint64) *Record {
					luck := noise(i, d.name+"shared", seed) + noise(i, d.name+variant, seed)
					return scored(variant, seed, luck, 0.3)
				}
				var r *Report
				var err error
				if p.Sequential > 0 { // through the runner, which stops as it would
					r, err = (&Runner{Plan: p, Trainer: &fakeTrainer{score: score}, powered: &Power{}}).Run(t.Context())
				} else {
					r, err = Analyse(p, fill(p, score))
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = err
				} else if claims(r) {
					false_++
				}
			})
			if failed != nil {
				t.Fatal(failed)
			}
			rate, limit := float64(false_)/float64(n), 0.05+4*math.Sqrt(0.05*0.95/float64(n))
			t.Logf("%s: %d of %d null studies claim a difference: %.2f%%", d.name, false_, n, 100*rate)
			if rate > limit {
				t.Errorf("%.2f%% false claims, more than 5%% and what luck allows (%.2f%%)", 100*rate, 100*limit)
			}
		})
	}
}

// With fewer than six pairs nothing is claimed without an assumption, be the effect as large as it may.
func TestFewPairsNeverDecide(t *testing.T) {
	for seeds := 2; seeds <= 5; seeds++ {
		p := planOf(seeds, "a")
		score := func(variant string, seed uint64) *Record {
			x := 0.9
			if variant == "no a" {
				x = 0.1
			}
			return scored(variant, seed, x+1e-4*noise(0, variant, seed), 0.3)
		}
		r, err := Analyse(p, fill(p, score))
		if err != nil {
			t.Fatal(err)
		}
		if r.Tricks[0].Verdict != stat.Undecided {
			t.Errorf("%d pairs: %s", seeds, r.Tricks[0].Verdict)
		}
		p.AssumeNormal = true
		if r, err = Analyse(p, fill(p, score)); err != nil {
			t.Fatal(err)
		}
		if x := r.Tricks[0]; x.Verdict != stat.Helps || x.Assumes == "" {
			t.Errorf("%d pairs, assuming normal differences: %s %q", seeds, x.Verdict, x.Assumes)
		}
	}
}

// The interval holds the true effect as often as it says, and an effect that the power line calls visible is seen as often as it says.
func TestCoverageAndPower(t *testing.T) {
	n := simulated()
	const seeds, sd = 10, 1.0
	plan, err := stat.Planning{Pairs: seeds, SD: sd, Rule: planOf(1).rule(Metric{Direction: "higher is better"})}.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	covered, seen := 0, 0
	each(n, func(i int) {
		p := planOf(seeds, "a")
		p.resampling.Resamples = 100
		r, err := Analyse(p, fill(p, func(variant string, seed uint64) *Record {
			x := noise(i, "shared", seed)
			if variant == "base" {
				x += plan.Effect + sd*noise(i, "power", seed)
			}
			return scored(variant, seed, x, 0.3)
		}))
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Error(err)
			return
		}
		if r.Tricks[0].Interval.Contains(plan.Effect) {
			covered++
		}
		if r.Tricks[0].Verdict == stat.Helps {
			seen++
		}
	})
	c, s := float64(covered)/float64(n), float64(seen)/float64(n)
	t.Logf("coverage %.3f, power %.3f", c, s)
	if e := 4 * math.Sqrt(0.95*0.05/float64(n)); c < 0.95-e {
		t.Errorf("the 95%% interval holds the effect in %.1f%% of studies", 100*c)
	}
	if e := 4*math.Sqrt(0.8*0.2/float64(n)) + 0.01; math.Abs(s-0.8) > e {
		t.Errorf("an effect that is to be seen with probability 80%% is seen in %.1f%% of studies", 100*s)
	}
}

package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// R 4.2.2: power.t.test(type = "paired", strict = TRUE).
func TestPowerAgainstR(t *testing.T) {
	near(t, "n=10", must(Power(PairedT, 10, 1, 1, 0.05)), 0.803096856633018, 1e-10)
	near(t, "n=20", must(Power(PairedT, 20, 0.5, 1, 0.05)), 0.564504418439084, 1e-10)
	near(t, "n=5", must(Power(PairedT, 5, -2, 1.2, 0.01)), 0.388780370794114, 1e-10)
	near(t, "detectable", must(DetectableEffect(PairedT, 8, 1, 0.05, 0.8)), 1.15603637146293, 1e-4) // R's root finder stops at 1e-4
	if n := must(PairsNeeded(PairedT, 0.7, 1, 0.05, 0.9)); n != 24 {                                // R: 23.449
		t.Errorf("pairs needed %d", n)
	}
	near(t, "no effect", must(Power(PairedT, 9, 0, 1, 0.05)), 0.05, 1e-10)
}

// R, integrating Phillips' (1990) probability numerically over chi-squared.
func TestEquivalencePowerAgainstR(t *testing.T) {
	near(t, "n=12", must(EquivalencePower(12, 0, 1, 1, 0.05)), 0.889381096038701, 1e-9)
	near(t, "n=20", must(EquivalencePower(20, 0.3, 1, 0.8, 0.05)), 0.694149675264334, 1e-9)
	near(t, "n=6", must(EquivalencePower(6, 0, 1, 0.8, 0.05)), 0.196509321238562, 1e-9)
	n := must(PairsForEquivalence(0, 1, 1, 0.05, 0.8))
	if a, b := must(EquivalencePower(n-1, 0, 1, 1, 0.05)), must(EquivalencePower(n, 0, 1, 1, 0.05)); a >= 0.8 || b < 0.8 {
		t.Errorf("%d pairs, power %v, one fewer %v", n, b, a)
	}
}

// With six pairs the sign-flip test rejects exactly when all signs agree: Phi(d)^6 + Phi(-d)^6.
func TestSignFlipPowerAtTheFloor(t *testing.T) {
	for _, d := range []float64{0, 0.5, 1, 2, 3} {
		want := math.Pow(normCDF(d), 6) + math.Pow(normCDF(-d), 6)
		near(t, fmt.Sprint("effect ", d), must(Power(SignFlips, 6, d, 1, 0.05)), want, 5*math.Sqrt(want*(1-want)/flipPowerDraws)+1e-9)
	}
	for n := 1; n < 6; n++ {
		if p := must(Power(SignFlips, n, 1e9, 1, 0.05)); p != 0 {
			t.Errorf("%d pairs show something with probability %v", n, p)
		}
		if e := must(DetectableEffect(SignFlips, n, 1, 0.05, 0.8)); !math.IsInf(e, 1) {
			t.Errorf("%d pairs show %v", n, e)
		}
	}
}

// Where the t test's power takes over for the sign-flip test's, they are close: a direct simulation of
// the sign-flip test at effects that the t test shows with probability 80%.
func TestSignFlipPowerJoinsT(t *testing.T) {
	for _, alpha := range []float64{0.05, 0.01, 0.005} {
		n := 6
		for simulated(n, alpha) {
			n++
		}
		effect := must(DetectableEffect(PairedT, n, 1, alpha, 0.8))
		rejected := 0
		const draws = 3000
		r := newStream(9, 98, 0)
		var c subsetCounter
		for range draws {
			d := normals(r, n, effect, 1)
			if 2*math.Ldexp(float64(c.atMost(d, 0)), -n) <= alpha {
				rejected++
			}
		}
		near(t, fmt.Sprintf("power of %d pairs at %v", n, alpha), float64(rejected)/draws, 0.8, 0.02+2*math.Sqrt(0.16/draws))
	}
}

func TestPlanningIsConsistent(t *testing.T) {
	for _, test := range []Test{SignFlips, PairedT} {
		for _, n := range []int{6, 8, 11, 20, 50} {
			e := must(DetectableEffect(test, n, 0.02, 0.05, 0.8))
			near(t, "power at the detectable effect", must(Power(test, n, e, 0.02, 0.05)), 0.8, 2./flipPowerDraws)
			if got := must(PairsNeeded(test, e*1.0001, 0.02, 0.05, 0.8)); got > n || got < n-2 {
				t.Errorf("%s: %d pairs show %v, which needs %d", test, n, e, got)
			}
		}
	}
}

func TestSpreadBound(t *testing.T) {
	// R: qchisq(0.2, 4) = 1.64877661806597.
	sd, upper, err := SpreadBound([]float64{1, 2, 3, 4, 5}, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sd", sd, math.Sqrt(2.5), 1e-15)
	near(t, "bound", upper, math.Sqrt(2.5*4/1.64877661806597), 1e-10)
	if _, _, err := SpreadBound([]float64{1}, 0.8); err == nil {
		t.Error("one pair gave a spread")
	}
}

func TestPlanInWords(t *testing.T) {
	points := func(x float64) string { return fmt.Sprintf("%+.2g%%", 100*x) }
	p := must(Planning{Pairs: 8, Tricks: 3, SD: 0.006, PilotPairs: 4, Rule: Rule{Margin: 0.005}}.Plan())
	got := p.Text(points)
	for _, part := range []string{"8 seeds and 3 tricks show a difference of", "probability 80%", "sign-flip test at 5%", "from a pilot", "A difference of the margin, 0.5%, takes", "equivalent within ±0.5%"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q does not say %q", got, part)
		}
	}
	if p.Cautious <= p.Effect || p.MinPairs != 7 {
		t.Errorf("%+v", p)
	}
	few := must(Planning{Pairs: 4, SD: 0.006, Rule: Rule{Margin: 0.005}}.Plan())
	if got := few.Text(points); !strings.Contains(got, "no difference of any size") || !strings.Contains(got, "at least 6") || !strings.Contains(got, "with probability 0%") {
		t.Errorf("%q", got)
	}
	if b, err := json.Marshal(few); err != nil || !strings.Contains(string(b), `"effect":null`) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestBadPlans(t *testing.T) {
	for name, err := range map[string]error{
		"no spread":  second(Power(PairedT, 8, 1, 0, 0.05)),
		"no pairs":   second(Power(PairedT, 0, 1, 1, 0.05)),
		"power 2":    second(DetectableEffect(PairedT, 8, 1, 0.05, 2)),
		"no effect":  second(PairsNeeded(PairedT, 0, 1, 0.05, 0.8)),
		"speck":      second(PairsNeeded(PairedT, 1e-9, 1, 0.05, 0.8)),
		"outside":    second(PairsForEquivalence(1, 1, 0.5, 0.05, 0.8)),
		"pilot of 1": second(Planning{Pairs: 8, SD: 1, PilotPairs: 1}.Plan()),
		"NaN effect": second(Power(PairedT, 8, math.NaN(), 1, 0.05)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }

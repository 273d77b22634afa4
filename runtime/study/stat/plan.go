package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Planning is the question that is asked before a study spends anything: what can so many seeds show?
type Planning struct {
	Pairs  int
	Tricks int     // asked about together; 0 is 1
	SD     float64 // of the paired differences, from earlier runs or a pilot
	// PilotPairs is the number of pairs that SD was estimated from; the plan then also reckons with the
	// bound of [SpreadBound] at confidence 0.8. 0 means that SD is known.
	PilotPairs int
	Power      float64 // 0 is 0.8
	Rule       Rule
}

// Plan is the answer.
type Plan struct {
	Pairs, Tricks int
	SD            float64
	Power, Alpha  float64
	Test          Test
	// Effect is the smallest true difference that the study shows with probability Power, even if it is
	// the least of Tricks true differences to be found (at alpha/Tricks, the first step of Holm). +Inf
	// (null in JSON) where so many pairs cannot show any.
	Effect float64
	// Cautious is the same with the upper bound on SD where SD comes from a pilot; otherwise Effect.
	Cautious float64
	MinPairs int // pairs below which the test can show nothing
	Margin   float64
	// PairsForMargin is the number of pairs that shows a difference as large as the margin with
	// probability Power, and PairsForEquivalence the number that shows a difference of nothing to lie
	// within it; 0 without a margin, and where it takes more than a million.
	PairsForMargin, PairsForEquivalence int
	// EquivalencePower is the probability that these pairs show a trick without any effect to be
	// equivalent; 0 without a margin.
	EquivalencePower float64
}

// MarshalJSON writes the plan, null for an effect that cannot be shown.
func (p Plan) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Pairs               int    `json:"pairs"`
		Tricks              int    `json:"tricks"`
		SD                  number `json:"sd"`
		Power               number `json:"power"`
		Alpha               number `json:"alpha"`
		Test                string `json:"test"`
		Effect              number `json:"effect"`
		Cautious            number `json:"effect_cautious"`
		MinPairs            int    `json:"min_pairs"`
		Margin              number `json:"margin"`
		PairsForMargin      int    `json:"pairs_for_margin"`
		PairsForEquivalence int    `json:"pairs_for_equivalence"`
		EquivalencePower    number `json:"equivalence_power"`
	}{p.Pairs, p.Tricks, number(p.SD), number(p.Power), number(p.Alpha), p.Test.String(), number(p.Effect),
		number(p.Cautious), p.MinPairs, number(p.Margin), p.PairsForMargin, p.PairsForEquivalence, number(p.EquivalencePower)})
}

// Plan works out what the study can show. Power of equivalence is that of the t tests, at alpha/Tricks.
func (q Planning) Plan() (Plan, error) {
	if q.Tricks == 0 {
		q.Tricks = 1
	}
	if q.Power == 0 {
		q.Power = 0.8
	}
	if q.Tricks < 1 || q.PilotPairs < 0 {
		return Plan{}, fmt.Errorf("%d tricks and a pilot of %d pairs: counts cannot be negative", q.Tricks, q.PilotPairs)
	}
	if err := q.Rule.check(); err != nil {
		return Plan{}, err
	}
	p := Plan{Pairs: q.Pairs, Tricks: q.Tricks, SD: q.SD, Power: q.Power, Alpha: q.Rule.alpha(), Margin: q.Rule.Margin, MinPairs: MinPairs(q.Rule.alpha(), q.Tricks)}
	if q.Rule.AssumeNormal {
		p.Test, p.MinPairs = PairedT, 2
	}
	each := p.Alpha / float64(q.Tricks)
	var err error
	if p.Effect, err = DetectableEffect(p.Test, q.Pairs, q.SD, each, q.Power); err != nil {
		return Plan{}, err
	}
	p.Cautious = p.Effect
	if q.PilotPairs == 1 {
		return Plan{}, fmt.Errorf("a pilot of one pair shows no spread: run at least two")
	}
	if df := float64(q.PilotPairs - 1); q.PilotPairs > 1 {
		p.Cautious = p.Effect * math.Sqrt(df/chi2Quantile(0.2, df))
	}
	if p.Margin > 0 {
		if p.EquivalencePower, err = EquivalencePower(q.Pairs, 0, q.SD, p.Margin, each); err != nil {
			return Plan{}, err
		}
		// An error here says that no sensible number of pairs is enough; the plan then says nothing of it.
		if n, err := PairsNeeded(p.Test, p.Margin, q.SD, each, q.Power); err == nil {
			p.PairsForMargin = n
		}
		if n, err := PairsForEquivalence(0, q.SD, p.Margin, each, q.Power); err == nil {
			p.PairsForEquivalence = max(n, p.MinPairs)
		}
	}
	return p, nil
}

// String says the plan in words.
func (p Plan) String() string { return p.Text(nil) }

// Text says the plan in words, with differences written by f.
func (p Plan) Text(f Format) string {
	var b strings.Builder
	seeds := fmt.Sprintf("%d seeds", p.Pairs)
	if p.Pairs == 1 {
		seeds = "1 seed"
	}
	over := ""
	if p.Tricks > 1 {
		over = fmt.Sprintf(" and %d tricks", p.Tricks)
	}
	if math.IsInf(p.Effect, 1) {
		fmt.Fprintf(&b, "%s%s can show no difference of any size by the %s at %s: that takes at least %d.", seeds, over, p.Test, percent(p.Alpha), p.MinPairs)
	} else {
		fmt.Fprintf(&b, "%s%s show a difference of %s or more with probability %s (%s at %s; spread of paired differences %s",
			seeds, over, f.magnitude(p.Effect), percent(p.Power), p.Test, percent(p.Alpha), f.magnitude(p.SD))
		if p.Cautious > p.Effect {
			fmt.Fprintf(&b, ", from a pilot: reckon with up to %s", f.magnitude(p.Cautious))
		}
		b.WriteString(").")
	}
	if p.Margin > 0 {
		m := f.magnitude(p.Margin)
		if p.PairsForMargin > 0 {
			fmt.Fprintf(&b, " A difference of the margin, %s, takes %d seeds.", m, p.PairsForMargin)
		}
		chance := p.EquivalencePower
		if p.Pairs < p.MinPairs {
			chance = 0
		}
		fmt.Fprintf(&b, " A trick that does nothing is shown equivalent within ±%s with probability %s", m, percent(math.Round(chance*100)/100))
		if p.PairsForEquivalence > p.Pairs {
			fmt.Fprintf(&b, "; %d seeds would do it", p.PairsForEquivalence)
		}
		b.WriteString(".")
	}
	return b.String()
}

package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Direction says which way a metric is better.
type Direction int

const (
	HigherIsBetter Direction = iota // accuracy
	LowerIsBetter                   // loss, error
)

// String returns "higher is better" or "lower is better".
func (d Direction) String() string {
	if d == LowerIsBetter {
		return "lower is better"
	}
	return "higher is better"
}

// gain turns a difference on-off into a gain: positive is better.
func (d Direction) gain(diff float64) float64 {
	if d == LowerIsBetter {
		return -diff
	}
	return diff
}

// Status says how a run ended.
type Status int

const (
	Finished Status = iota // the run has a metric
	Diverged               // the run has an outcome, and it is the worst one: its loss or metric is not a number
	Missing                // the run has no outcome: it was not made, or it was cut off from outside
)

// String returns the status in one word.
func (s Status) String() string {
	return [...]string{"finished", "diverged", "missing"}[min(max(s, 0), 2)]
}

// Outcome is what one run came to.
type Outcome struct {
	Value  float64 // the metric; read only where Status is Finished
	Status Status
}

// Value is the outcome of a run with metric v. A v that is NaN or infinite is a run that diverged.
func Value(v float64) Outcome {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Outcome{Status: Diverged}
	}
	return Outcome{Value: v}
}

// status is Status, with an unusable value counted as diverged.
func (o Outcome) status() Status {
	if o.Status == Finished && (math.IsNaN(o.Value) || math.IsInf(o.Value, 0)) {
		return Diverged
	}
	return o.Status
}

// Pair is the two runs of one seed.
type Pair struct {
	Seed    uint64
	On, Off Outcome
}

// Pairs makes pairs of finished runs from two lists of metrics, with seeds 0, 1, …; values that are not
// finite count as diverged. Both lists must be equally long.
func Pairs(on, off []float64) ([]Pair, error) {
	if len(on) != len(off) {
		return nil, fmt.Errorf("%d values with the trick on and %d with it off: a paired comparison needs one of each per seed", len(on), len(off))
	}
	pairs := make([]Pair, len(on))
	for i := range on {
		pairs[i] = Pair{uint64(i), Value(on[i]), Value(off[i])}
	}
	return pairs, nil
}

// Policy says how a run that diverged enters the comparison. It always enters: a trick that makes
// training blow up on one seed in four has done something, and dropping those seeds would hide it.
//
// A missing run is something else: nothing is known of it. Its pair cannot be compared, is counted as
// missing, and the count is part of every result. The caller owes the reader the reason it is missing;
// one that the trick itself caused (out of memory) should be given as Diverged.
type Policy struct {
	// Impute replaces the metric of a diverged run by Value, say the accuracy of guessing. The
	// comparison is then one of means, like any other. Without it (the default) a diverged run has the
	// worst rank.
	Impute bool
	Value  float64
}

// WorstRank is the default policy. Pairs are compared by signed rank: a pair in which one arm diverged
// has the largest rank of all, against that arm; a pair in which both diverged is a tie. The test is
// the sign-flip test of these ranks (a Wilcoxon signed-rank test with exact treatment of ties). Means,
// intervals and equivalence are then about the pairs that finished, and are labelled so; no verdict of
// "equivalent" is given.
//
// Source: Lachin 1999, "Worst-rank score analysis with informatively missing observations in clinical
// trials", Control. Clin. Trials 20:408-422; Wilcoxon 1945, Biometrics Bull. 1:80-83.
func WorstRank() Policy { return Policy{} }

// ImputeValue is the policy that counts a diverged run as one with metric v.
func ImputeValue(v float64) Policy { return Policy{Impute: true, Value: v} }

// String says the policy in words.
func (p Policy) String() string {
	if p.Impute {
		return fmt.Sprintf("a run that diverged counts as one with metric %.4g", p.Value)
	}
	return "a run that diverged counts as worse than any that finished"
}

// Counts says what became of the pairs of a comparison.
type Counts struct {
	Pairs       int `json:"pairs"`        // all pairs given
	Compared    int `json:"compared"`     // pairs whose two runs have an outcome
	Missing     int `json:"missing"`      // pairs with a run that has none
	DivergedOn  int `json:"diverged_on"`  // runs with the trick on that diverged
	DivergedOff int `json:"diverged_off"` // runs with it off that diverged
	OnlyOn      int `json:"only_on"`      // compared pairs in which only the run with the trick on diverged
	OnlyOff     int `json:"only_off"`     // compared pairs in which only the run with it off diverged
	// DivergenceP is the exact two-sided p-value (McNemar) of the claim that the trick changes how often
	// training diverges; 1 where no pair differs in this.
	DivergenceP float64 `json:"divergence_p"`
}

// Diverged reports whether any compared run diverged.
func (c Counts) Diverged() bool { return c.DivergedOn+c.DivergedOff > 0 }

// String says the counts in words.
func (c Counts) String() string {
	parts := []string{fmt.Sprintf("%d pairs", c.Compared)}
	if c.Compared == 1 {
		parts[0] = "1 pair"
	}
	if c.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d without an outcome in both arms", c.Missing))
	}
	if c.Diverged() {
		parts = append(parts, fmt.Sprintf("diverged: %d on, %d off", c.DivergedOn, c.DivergedOff))
	}
	return strings.Join(parts, "; ")
}

// comparison is a list of pairs made ready for the tests.
type comparison struct {
	counts  Counts
	on, off []float64 // metrics of the pairs that enter the means, after imputation
	scores  []float64 // what the sign-flip test flips: differences, or signed ranks where runs diverged
	ranked  bool
}

func compare(pairs []Pair, better Direction, p Policy) (comparison, error) {
	if p.Impute && (math.IsNaN(p.Value) || math.IsInf(p.Value, 0)) {
		return comparison{}, fmt.Errorf("a diverged run is to count as one with metric %v: give a finite number", p.Value)
	}
	c := comparison{counts: Counts{Pairs: len(pairs), DivergenceP: 1}}
	worse := math.Inf(-1) // the difference on-off of a pair whose on arm alone diverged
	if better == LowerIsBetter {
		worse = math.Inf(1)
	}
	var diffs []float64
	for _, q := range pairs {
		on, off := q.On.status(), q.Off.status()
		if on == Missing || off == Missing {
			c.counts.Missing++
			continue
		}
		c.counts.Compared++
		if on == Diverged {
			c.counts.DivergedOn++
		}
		if off == Diverged {
			c.counts.DivergedOff++
		}
		switch {
		case on == Diverged && off != Diverged:
			c.counts.OnlyOn++
		case off == Diverged && on != Diverged:
			c.counts.OnlyOff++
		}
		if p.Impute || (on == Finished && off == Finished) {
			a, b := imputed(q.On, p), imputed(q.Off, p)
			c.on, c.off = append(c.on, a), append(c.off, b)
			diffs = append(diffs, a-b)
			continue
		}
		switch {
		case on == off:
			diffs = append(diffs, 0)
		case on == Diverged:
			diffs = append(diffs, worse)
		default:
			diffs = append(diffs, -worse)
		}
	}
	c.counts.DivergenceP = binomialTwoSided(c.counts.OnlyOn, c.counts.OnlyOn+c.counts.OnlyOff)
	c.scores = diffs
	if c.counts.Diverged() && !p.Impute {
		c.ranked = true
		c.scores = signedRanks(diffs)
	}
	return c, nil
}

func imputed(o Outcome, p Policy) float64 {
	if o.status() == Diverged {
		return p.Value
	}
	return o.Value
}

// signedRanks gives every difference the rank of its magnitude, with its sign; ties share the mean
// rank and zeros stay zero (Pratt 1959, JASA 54:655-667: zeros take part in the ranking).
func signedRanks(d []float64) []float64 {
	order := make([]int, len(d))
	for i := range order {
		order[i] = i
	}
	size := func(i int) float64 { return math.Abs(d[i]) }
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case size(a) < size(b):
			return -1
		case size(a) > size(b):
			return 1
		}
		return 0
	})
	ranks := make([]float64, len(d))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && size(order[j]) == size(order[i]) {
			j++
		}
		rank := float64(i+1+j) / 2
		for ; i < j; i++ {
			switch v := d[order[i]]; {
			case v > 0:
				ranks[order[i]] = rank
			case v < 0:
				ranks[order[i]] = -rank
			}
		}
	}
	return ranks
}

// MarshalJSON writes the status as a word and the value of a finished run.
func (o Outcome) MarshalJSON() ([]byte, error) {
	if s := o.status(); s != Finished {
		return json.Marshal(map[string]string{"status": s.String()})
	}
	return json.Marshal(struct {
		Status string  `json:"status"`
		Value  float64 `json:"value"`
	}{Finished.String(), o.Value})
}

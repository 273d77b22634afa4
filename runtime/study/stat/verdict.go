package stat

import (
	"fmt"
	"math"
	"strings"
)

// Verdict is what a study says of a trick.
type Verdict int

const (
	Undecided Verdict = iota
	Helps
	Hurts
	Equivalent
	// DidNothing is never given by this package, which sees outcomes alone. The caller gives it where
	// [Finding.Identical] is set and the trick's own counter says that it never acted.
	DidNothing
)

var verdictNames = [...]string{"undecided", "helps", "hurts", "equivalent", "did nothing"}

// String returns the verdict as the table and the JSON output write it.
func (v Verdict) String() string { return verdictNames[min(max(v, 0), DidNothing)] }

// MarshalText writes the verdict as String does.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (v *Verdict) UnmarshalText(b []byte) error {
	for i, name := range verdictNames {
		if string(b) == name {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no verdict: it is one of %s", b, strings.Join(verdictNames[:], ", "))
}

// Rule says how verdicts are reached. Its String is the rule in words, for the reader of a report.
type Rule struct {
	// Alpha is the probability of a false claim that is accepted, over all tricks of the study; 0 is
	// 0.05. Claims of a difference and claims of equivalence each have this much.
	Alpha float64
	// Margin is the smallest difference that would matter, in the metric's units. 0 means that none was
	// declared; nothing is then called equivalent.
	Margin float64
	Better Direction
	// AssumeNormal lets the paired t test decide instead of the sign-flip test. It is more sensitive
	// with few pairs and is the only way to a verdict below [MinPairs] pairs. It assumes that the
	// differences are normally distributed, which few pairs cannot show; every finding that rests on it
	// says so in its Assumption.
	AssumeNormal bool
	Diverged     Policy
	Resampling   Resampling
}

func (r Rule) alpha() float64 {
	if r.Alpha == 0 {
		return 0.05
	}
	return r.Alpha
}

func (r Rule) check() error {
	if err := checkTOSTAlpha(r.alpha()); err != nil {
		return err
	}
	if r.Margin != 0 {
		return checkMargin(r.Margin)
	}
	return nil
}

const normalAssumption = "differences between paired runs are normally distributed"

// String says the rule in words.
func (r Rule) String() string { return r.Text(nil) }

// Text says the rule in words, with differences written by f.
func (r Rule) Text(f Format) string {
	a := percent(r.alpha())
	test, tost := "two-sided sign-flip test", "two one-sided sign-flip tests"
	if r.AssumeNormal {
		test, tost = "two-sided paired t test", "two one-sided paired t tests"
	}
	var b strings.Builder
	if r.Margin > 0 {
		m := f.magnitude(r.Margin)
		fmt.Fprintf(&b, "equivalent: %s put the mean difference within ±%s (p <= %s after Holm over the tricks of the study), whether or not it differs from zero; ", tost, m, a)
		fmt.Fprintf(&b, "otherwise helps or hurts: the %s finds a difference (p <= %s after Holm), for the better or for the worse; ", test, a)
	} else {
		fmt.Fprintf(&b, "helps or hurts: the %s finds a difference (p <= %s after Holm over the tricks of the study), for the better or for the worse; ", test, a)
		b.WriteString("equivalent: never, for no margin was declared; ")
	}
	b.WriteString("undecided: otherwise. ")
	if r.AssumeNormal {
		b.WriteString("Assumes that " + normalAssumption + ". ")
	} else {
		fmt.Fprintf(&b, "Fewer than %d pairs are always undecided. ", MinPairs(r.alpha(), 1))
	}
	s := r.Better.String()
	b.WriteString(strings.ToUpper(s[:1]) + s[1:] + "; " + r.Diverged.String() + ".")
	return b.String()
}

// Comparison is a trick and its pairs of runs.
type Comparison struct {
	Name  string
	Pairs []Pair
}

// Finding is everything that a study says of one trick.
type Finding struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Effect is the mean difference on-off in the metric's units. Where runs diverged and were not
	// imputed it is about the pairs in which both finished.
	Effect   float64  `json:"effect"`
	Interval Interval `json:"interval"` // for Effect, by the deciding method, at level 1-alpha
	P        float64  `json:"p"`        // two-sided, by the deciding test, before Holm
	PHolm    float64  `json:"p_holm"`   // after
	N        int      `json:"n"`        // pairs compared
	// EquivalenceP and EquivalencePHolm are those of the deciding equivalence test; both are 1 without
	// a margin.
	EquivalenceP     float64 `json:"equivalence_p"`
	EquivalencePHolm float64 `json:"equivalence_p_holm"`

	Summary  Summary  `json:"summary"`
	Counts   Counts   `json:"counts"`
	T        TTest    `json:"t"`
	SignFlip SignFlip `json:"sign_flip"`
	// Bootstrap is nil below two pairs, TOST and SignFlipTOST are nil without a margin and where runs
	// diverged.
	Bootstrap    *Bootstrap   `json:"bootstrap,omitempty"`
	TOST         *Equivalence `json:"tost,omitempty"`
	SignFlipTOST *Equivalence `json:"sign_flip_tost,omitempty"`

	// Identical is set where every pair gave exactly the same metric in both arms, and none diverged
	// in one arm alone.
	Identical  bool   `json:"identical"`
	ByRank     bool   `json:"by_rank"`              // runs diverged: the deciding test is the sign-flip test of signed ranks
	DecidedBy  string `json:"decided_by"`           // the test, in words
	Assumption string `json:"assumption,omitempty"` // what the verdict assumes beyond exchangeability within a seed; empty if nothing
	Reason     string `json:"reason"`               // why this verdict, in words

	rule Rule
	m    int // comparisons in the family
}

// Judge reaches a verdict on every trick of a study. All tricks that are asked about together belong
// into one call: the correction for asking several questions ([Holm]) is over them, separately for
// claims of a difference and for claims of equivalence, so that each kind keeps its error rate over the
// whole study. A trick without a single compared pair is undecided; it still counts as a question.
//
// See [Rule.String] for the rule. A trick whose whole effect was shown to be smaller than the margin is
// equivalent even where that effect is distinguishable from zero: the margin says what matters.
func (r Rule) Judge(tricks ...Comparison) ([]Finding, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	findings := make([]Finding, len(tricks))
	p, q := make([]float64, len(tricks)), make([]float64, len(tricks))
	for i, c := range tricks {
		f, err := r.find(c)
		if err != nil {
			return nil, fmt.Errorf("trick %s: %w", c.Name, err)
		}
		f.m = len(tricks)
		findings[i] = f
		p[i], q[i] = f.P, f.EquivalenceP
	}
	p, err := Holm(p)
	if err != nil {
		return nil, err
	}
	if q, err = Holm(q); err != nil {
		return nil, err
	}
	for i := range findings {
		f := &findings[i]
		f.PHolm, f.EquivalencePHolm = p[i], q[i]
		f.decide()
	}
	return findings, nil
}

// find computes everything about one trick but the verdict.
func (r Rule) find(c Comparison) (Finding, error) {
	level := 1 - r.alpha()
	f := Finding{
		Name: c.Name, rule: r, P: 1, EquivalenceP: 1, Interval: Unbounded(level),
		T: TTest{P: 1, PGreater: 1, PLess: 1, Interval: Unbounded(level), Degenerate: true},
		SignFlip: SignFlip{P: 1, PGreater: 1, PLess: 1, Floor: 1, Exact: true, Patterns: 1,
			Interval: Unbounded(level)},
	}
	data, err := compare(c.Pairs, r.Better, r.Diverged)
	if err != nil {
		return f, err
	}
	f.Counts, f.N, f.ByRank = data.counts, data.counts.Compared, data.ranked
	f.DecidedBy = "sign-flip test"
	switch {
	case f.ByRank:
		f.DecidedBy = "sign-flip test of signed ranks"
	case r.AssumeNormal:
		f.DecidedBy, f.Assumption = "paired t test", normalAssumption
	}
	if len(data.scores) == 0 {
		return f, nil
	}
	if f.SignFlip, err = SignFlipTest(data.scores, level, r.Resampling); err != nil {
		return f, err
	}
	f.Identical = maxAbs(data.scores) == 0
	f.P = f.SignFlip.P
	if len(data.on) > 0 { // at least one pair finished in both arms, or was imputed
		if f.Summary, err = Describe(data.on, data.off); err != nil {
			return f, err
		}
		if f.T, err = f.Summary.T(level); err != nil {
			return f, err
		}
		f.Effect = f.Summary.Mean
		d := differences(data.on, data.off)
		if len(d) > 1 {
			b, err := BCa(d, level, r.Resampling)
			if err != nil {
				return f, err
			}
			f.Bootstrap = &b
		}
		if err := f.intervals(d, level); err != nil {
			return f, err
		}
		if r.Margin > 0 && !f.ByRank {
			if err := f.equivalence(d); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// intervals sets the interval that goes with the deciding test.
func (f *Finding) intervals(d []float64, level float64) error {
	switch {
	case f.ByRank: // the rank test has no interval in the metric's units: that of the pairs that finished
		s, err := SignFlipTest(d, level, f.rule.Resampling)
		if err != nil {
			return err
		}
		f.Interval = s.Interval
	case f.rule.AssumeNormal:
		f.Interval, f.P = f.T.Interval, f.T.P
	default:
		f.Interval = f.SignFlip.Interval
	}
	return nil
}

func (f *Finding) equivalence(d []float64) error {
	t, err := TOST(f.Summary, f.rule.Margin, f.rule.alpha())
	if err != nil {
		return err
	}
	s, err := SignFlipTOST(d, f.rule.Margin, f.rule.alpha(), f.rule.Resampling)
	if err != nil {
		return err
	}
	f.TOST, f.SignFlipTOST = &t, &s
	f.EquivalenceP = s.P
	if f.rule.AssumeNormal {
		f.EquivalenceP = t.P
	}
	return nil
}

// decide applies the rule.
func (f *Finding) decide() {
	alpha, n := f.rule.alpha(), f.Counts.Compared
	floor := MinPairs(alpha, 1)
	normal := f.rule.AssumeNormal && !f.ByRank
	switch {
	case n == 0:
		f.Reason = "no pair of runs has an outcome in both arms"
	case !normal && n < floor:
		f.Reason = fmt.Sprintf("too few: even if all %d point the same way, luck alone does that with probability %s; it takes %d pairs", n, percent(SignFlipFloor(n)), floor)
		switch {
		case f.Identical:
			f.Reason = fmt.Sprintf("all pairs of runs gave the same result, but %d are too few to call it equivalent: it takes %d", n, floor)
		case f.ByRank:
			f.Reason += ", for runs diverged and ranks decide"
		default:
			f.Reason += ", or the stated assumption that " + normalAssumption
		}
	case f.EquivalencePHolm <= alpha:
		f.Verdict = Equivalent
		f.Reason = fmt.Sprintf("the difference lies within the margin (p = %s)", pText(f.EquivalencePHolm))
		switch {
		case f.Identical:
			f.Reason = "all pairs of runs gave the same result"
		case f.PHolm <= alpha:
			f.Reason += fmt.Sprintf("; there is one (p = %s), but smaller than what was said to matter", pText(f.PHolm))
		}
	case f.PHolm <= alpha:
		f.Verdict = Hurts
		if f.forBetter() {
			f.Verdict = Helps
		}
		f.Reason = fmt.Sprintf("the difference is not luck (p = %s)", pText(f.PHolm))
		if f.ByRank {
			f.Reason += ", counting runs that diverged as worse than any that finished"
		}
	default:
		f.Reason = f.undecidedReason(normal)
	}
	if f.Counts.Missing > 0 {
		f.Reason += fmt.Sprintf("; %d of %d pairs lack an outcome and were left out", f.Counts.Missing, f.Counts.Pairs)
	}
}

func (f *Finding) undecidedReason(normal bool) string {
	alpha, n := f.rule.alpha(), f.Counts.Compared
	if f.Identical && n > 1 {
		return "all pairs of runs gave the same result"
	}
	if normal && f.T.Degenerate {
		if n == 1 {
			return "one pair shows no spread, so nothing says how much of the difference is luck"
		}
		return "all differences are the same number, so their spread cannot be estimated; the sign-flip test can judge this"
	}
	if need := MinPairs(alpha, f.m); !normal && n < need {
		return fmt.Sprintf("%d pairs cannot tell %d tricks apart from luck at once (p = %s after Holm): that takes at least %d pairs", n, f.m, pText(f.PHolm), need)
	}
	if f.P <= alpha {
		return fmt.Sprintf("the difference could be luck, given that %d tricks were asked about (p = %s, after Holm %s)", f.m, pText(f.P), pText(f.PHolm))
	}
	return fmt.Sprintf("the difference could be luck (p = %s)", pText(f.PHolm))
}

// forBetter says on which side the deciding test found the difference.
func (f *Finding) forBetter() bool {
	side := f.SignFlip.PLess - f.SignFlip.PGreater
	if f.rule.AssumeNormal && !f.ByRank {
		side = f.Summary.Mean
	}
	return f.rule.Better.gain(side) > 0
}

// Sentence says the finding in one sentence, with differences written by format (nil: four digits).
func (f Finding) Sentence(format Format) string {
	num := format.orDefault()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Name, f.Verdict)
	if f.Counts.Compared > 0 && f.Summary.N > 0 {
		fmt.Fprintf(&b, ", %s %s (%s interval)", num(f.Effect), f.Interval.Text(format), percent(f.Interval.Level))
		if f.ByRank {
			fmt.Fprintf(&b, " in the %d pairs that finished", f.Summary.N)
		}
	}
	fmt.Fprintf(&b, ", %s", f.Counts)
	fmt.Fprintf(&b, ": %s", f.Reason)
	if f.Assumption != "" && (f.Verdict == Helps || f.Verdict == Hurts || f.Verdict == Equivalent) {
		fmt.Fprintf(&b, ", assuming that %s", f.Assumption)
	}
	b.WriteString(".")
	return b.String()
}

// differences is on-off, element by element.
func differences(on, off []float64) []float64 {
	d := make([]float64, len(on))
	for i := range on {
		d[i] = on[i] - off[i]
	}
	return d
}

// NoEffect reports whether every compared pair gave exactly the same outcome in both arms, diverged
// runs included, and the correlation of the arms, which is then 1. It is how a trick that never acted
// shows itself: the runs are the same, bit for bit. Without a compared pair it reports false.
func NoEffect(pairs []Pair) (identical bool, correlation float64) {
	compared := 0
	for _, p := range pairs {
		on, off := p.On.status(), p.Off.status()
		if on == Missing || off == Missing {
			continue
		}
		compared++
		if on != off || (on == Finished && p.On.Value != p.Off.Value) {
			return false, arms(pairs)
		}
	}
	if compared == 0 {
		return false, 0
	}
	return true, 1
}

// arms is the correlation of on and off over the pairs that finished in both, 0 where undefined.
func arms(pairs []Pair) float64 {
	var on, off []float64
	for _, p := range pairs {
		if p.On.status() == Finished && p.Off.status() == Finished {
			on, off = append(on, p.On.Value), append(off, p.Off.Value)
		}
	}
	if s, err := Describe(on, off); err == nil {
		return s.Pairing.Correlation
	}
	return 0
}

// percent writes a probability as a percentage with up to two significant digits.
func percent(p float64) string {
	return fmt.Sprintf("%.4g%%", math.Round(p*1e6)/1e4)
}

// pText writes a p-value for people.
func pText(p float64) string {
	if p < 0.0001 {
		return "below 0.0001"
	}
	return fmt.Sprintf("%.2g", p)
}

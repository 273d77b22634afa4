package stat

import (
	"encoding/json"
	"fmt"
	"math"
)

// Method is a way of looking after every seed.
type Method int

const (
	// SymmetryMixture is the default: the e-process of [SymmetryE]. It assumes no distribution, needs no
	// planned number of pairs, and may go on for as long as one likes.
	SymmetryMixture Method = iota
	// NormalMixture is the e-process of [NormalE]. It assumes normal differences.
	NormalMixture
	// GroupFlips is the exact group-sequential sign-flip test. It assumes no distribution, needs the
	// number of pairs planned beforehand, and ends there; with it a study loses little power against one
	// that looks only once.
	GroupFlips
)

// String returns the method's name.
func (m Method) String() string {
	switch m {
	case NormalMixture:
		return "t e-process"
	case GroupFlips:
		return "group-sequential sign-flip test"
	}
	return "symmetry e-process"
}

func (m Method) checkAnytime() error {
	if m != SymmetryMixture && m != NormalMixture {
		return fmt.Errorf("the %s has no anytime-valid form: use the symmetry or the t e-process", m)
	}
	return nil
}

// SequentialRule says how a trick is watched while its study runs.
type SequentialRule struct {
	Method Method
	// Planned is the largest number of pairs. GroupFlips needs it; the others take it as the end of the
	// study, where it is set.
	Planned  int
	Spending Spending // of GroupFlips
	// Tricks is the number of tricks that are watched side by side; each is given Alpha/Tricks, so that
	// the error rate holds over all of them (Bonferroni). 0 is 1.
	Tricks int
	// Hopeless is the chance of a decision below which a look advises to give up; 0 is 0.05. The advice
	// may be ignored without harm to the error rate.
	Hopeless float64
	// Rule gives Alpha, Margin, Better, Diverged and Resampling. AssumeNormal must go with NormalMixture.
	Rule Rule
}

// Text says the rule in words, with differences written by f.
func (r SequentialRule) Text(f Format) string {
	each := r.Rule.alpha() / float64(max(1, r.Tricks))
	s := fmt.Sprintf("after every pair of runs: helps or hurts when the %s rejects no difference at %s", r.Method, percent(each))
	if r.Rule.Margin > 0 {
		s += fmt.Sprintf("; equivalent when it rejects both a difference of %s or more and one of -%s or less", f.magnitude(r.Rule.Margin), f.magnitude(r.Rule.Margin))
	}
	if r.Tricks > 1 {
		s += fmt.Sprintf(" (%s over %d tricks)", percent(r.Rule.alpha()), r.Tricks)
	}
	s += ". The error rate holds however often one looks"
	switch r.Method {
	case GroupFlips:
		s += fmt.Sprintf(", up to the %d planned pairs (%s)", r.Planned, r.Spending)
	case NormalMixture:
		s += "; assumes that " + normalAssumption
	}
	return s + "."
}

// String says the rule in words.
func (r SequentialRule) String() string { return r.Text(nil) }

// Sequential watches one trick: give it every pair as it finishes, in seed order, and ask what is known.
// Its error rate holds under looking after every pair and stopping at will.
//
// An effect that is read off at the moment of an early stop is on average too large, because luck helped
// to stop; the interval that goes with it is valid all the same.
type Sequential struct {
	rule    SequentialRule
	alpha   float64 // per trick
	pairs   []Pair
	diffs   []float64 // of compared pairs; infinite where one arm alone diverged
	verdict Verdict   // once reached, it stays
	at      int       // compared pairs when it was reached

	e        [3]float64 // running maximum per hypothesis: no difference, not above -margin, not below margin
	symmetry [3]symmetryProcess
	looks    [3]*flipLooks
	unit     float64
	ranked   bool
}

// Look is what is known after some pairs.
type Look struct {
	Pairs    int // compared so far
	Verdict  Verdict
	Effect   float64  // mean difference of the pairs that finished
	Interval Interval // valid at this look and all others at once; unbounded where an arm diverged
	// P is the anytime-valid p-value of the hypothesis of no difference: 1 over the largest e-value so
	// far. It may be compared with any error rate at any time, and put through [Holm]. With GroupFlips it
	// is 1 until the test rejects, then the trick's share of the error rate.
	P      float64
	E      float64 // largest e-value so far; 1 with GroupFlips
	Stop   bool    // a verdict was reached, or the planned pairs are used up
	Counts Counts
	// Chance is the probability that the pairs still planned decide, if the differences to come are like
	// those so far (normal approximation at the fixed-size critical value, so somewhat optimistic);
	// 1 without a planned number or below three pairs. Hopeless is set where it is below the rule's
	// threshold. Stochastic curtailment: Lan, Simon and Halperin 1982, Commun. Stat. C 1:207-219.
	Chance   float64
	Hopeless bool
	Reason   string
}

// MarshalJSON writes the look.
func (l Look) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Pairs    int      `json:"pairs"`
		Verdict  Verdict  `json:"verdict"`
		Effect   number   `json:"effect"`
		Interval Interval `json:"interval"`
		P        number   `json:"p"`
		E        number   `json:"e"`
		Stop     bool     `json:"stop"`
		Counts   Counts   `json:"counts"`
		Chance   number   `json:"chance"`
		Hopeless bool     `json:"hopeless"`
		Reason   string   `json:"reason"`
	}{l.Pairs, l.Verdict, number(l.Effect), l.Interval, number(l.P), number(l.E), l.Stop, l.Counts, number(l.Chance), l.Hopeless, l.Reason})
}

// sequentialPatterns is the number of random sign patterns of a group-sequential test of more than 16
// planned pairs.
const sequentialPatterns = 19_999

// NewSequential starts watching a trick.
func NewSequential(r SequentialRule) (*Sequential, error) {
	if err := r.Rule.check(); err != nil {
		return nil, err
	}
	if r.Tricks == 0 {
		r.Tricks = 1
	}
	if r.Hopeless == 0 {
		r.Hopeless = 0.05
	}
	switch {
	case r.Tricks < 1 || r.Planned < 0:
		return nil, fmt.Errorf("%d tricks and %d planned pairs: counts cannot be negative", r.Tricks, r.Planned)
	case r.Method == GroupFlips && r.Planned < 1:
		return nil, fmt.Errorf("the %s needs the number of pairs planned beforehand", r.Method)
	case r.Rule.AssumeNormal != (r.Method == NormalMixture):
		return nil, fmt.Errorf("the %s and the assumption of normal differences go together: set both or neither", NormalMixture)
	case r.Method < SymmetryMixture || r.Method > GroupFlips:
		return nil, fmt.Errorf("unknown sequential method %d", r.Method)
	case !(r.Hopeless > 0 && r.Hopeless < 1):
		return nil, fmt.Errorf("hopeless below a chance of %v: it must lie between 0 and 1", r.Hopeless)
	}
	if r.Rule.Diverged.Impute && !isFinite(r.Rule.Diverged.Value) {
		return nil, fmt.Errorf("a diverged run is to count as one with metric %v: give a finite number", r.Rule.Diverged.Value)
	}
	s := &Sequential{rule: r, alpha: r.Rule.alpha() / float64(r.Tricks), e: [3]float64{1, 1, 1}}
	for i, sd := range [...]side{bothSides, above, below} {
		s.symmetry[i].side = sd
		if r.Method == GroupFlips {
			patterns := sequentialPatterns
			if r.Rule.Resampling.Flips > 0 {
				patterns = r.Rule.Resampling.Flips
			}
			s.looks[i] = newFlipLooks(s.alpha, sd, r.Spending, r.Planned, r.Rule.Resampling.Seed, patterns)
		}
	}
	return s, nil
}

// Add takes the next pair and returns what is known now. A pair that lacks an outcome is counted and
// changes nothing else. Adding more pairs than planned is an error with [GroupFlips], whose error rate
// covers the planned pairs only. After a verdict pairs may still be added: the verdict stays, the effect
// and the interval sharpen.
func (s *Sequential) Add(p Pair) (Look, error) {
	if err := s.observe(p); err != nil {
		return Look{}, err
	}
	return s.Look()
}

// observe takes the next pair.
func (s *Sequential) observe(p Pair) error {
	on, off := p.On.status(), p.Off.status()
	if on == Missing || off == Missing {
		s.pairs = append(s.pairs, p)
		return nil
	}
	if s.rule.Method == GroupFlips && len(s.diffs) >= s.rule.Planned {
		return fmt.Errorf("all %d planned pairs are used: the group-sequential test has ended; an anytime-valid method could go on", s.rule.Planned)
	}
	x, err := s.difference(p, on, off)
	if err != nil {
		return err
	}
	s.pairs = append(s.pairs, p)
	s.diffs = append(s.diffs, x)
	s.step(x)
	s.judge()
	return nil
}

// difference is on-off, infinite for a pair of which one arm diverged, zero where both did.
func (s *Sequential) difference(p Pair, on, off Status) (float64, error) {
	if s.rule.Rule.Diverged.Impute || (on == Finished && off == Finished) {
		x := imputed(p.On, s.rule.Rule.Diverged) - imputed(p.Off, s.rule.Rule.Diverged)
		if !isFinite(x) {
			return 0, fmt.Errorf("seed %d: the difference of %v and %v is not finite", p.Seed, p.On.Value, p.Off.Value)
		}
		return x, nil
	}
	s.ranked = true
	switch {
	case on == off:
		return 0, nil
	case on == Diverged:
		return s.rule.Rule.Better.gain(math.Inf(-1)), nil
	}
	return s.rule.Rule.Better.gain(math.Inf(1)), nil
}

// step feeds a difference to the three tests: of no difference, of one at or below -margin, of one at or
// above margin. An infinite difference counts against equivalence on both sides, as no claim is made.
func (s *Sequential) step(x float64) {
	if s.unit == 0 && isFinite(x) && x != 0 {
		s.unit = math.Abs(x) // any fixed unit keeps the squares in range
	}
	for i, shift := range [...]float64{0, s.rule.Rule.Margin, -s.rule.Rule.Margin} {
		switch s.rule.Method {
		case GroupFlips:
			s.looks[i].add(x + shift)
			s.looks[i].look()
		case NormalMixture:
			y := make([]float64, len(s.diffs))
			for j, v := range s.diffs {
				y[j] = v + shift
			}
			s.e[i] = math.Max(s.e[i], normalE(y, s.symmetry[i].side))
		default:
			unit := s.unit
			if unit == 0 {
				unit = 1
			}
			s.e[i] = math.Max(s.e[i], s.symmetry[i].add((x+shift)/unit))
		}
	}
}

func (s *Sequential) rejected(i int) bool {
	if s.rule.Method == GroupFlips {
		return s.looks[i].crossed > 0
	}
	return s.e[i] >= 1/s.alpha*(1-1e-12)
}

// judge sets the verdict if there is none yet. As in [Rule.Judge], equivalence comes first.
func (s *Sequential) judge() {
	if s.verdict != Undecided {
		return
	}
	if s.rule.Method != NormalMixture && len(s.diffs) < MinPairs(s.alpha, 1) {
		return // one-sided tests could show equivalence one pair sooner; the rule is the same for all verdicts
	}
	switch {
	case s.rule.Rule.Margin > 0 && !s.ranked && s.rejected(1) && s.rejected(2):
		s.verdict = Equivalent
	case s.rejected(0):
		s.verdict = Hurts
		if s.rule.Rule.Better.gain(s.direction()) > 0 {
			s.verdict = Helps
		}
	}
	if s.verdict != Undecided {
		s.at = len(s.diffs)
	}
}

// direction is the sign of the evidence: that of the capital on positive minus negative signs, of the
// observed sum, or of the mean.
func (s *Sequential) direction() float64 {
	switch s.rule.Method {
	case GroupFlips:
		return s.looks[0].observed
	case NormalMixture:
		m, _ := moments(s.diffs, 0)
		return m
	}
	var up, down float64
	for i, b := range symmetryBets {
		up += b.share * math.Exp(s.symmetry[0].up[i])
		down += b.share * math.Exp(s.symmetry[0].down[i])
	}
	return up - down
}

// Look returns what is known after the pairs added so far.
func (s *Sequential) Look() (Look, error) {
	level := 1 - s.alpha
	l := Look{Pairs: len(s.diffs), Verdict: s.verdict, Interval: Unbounded(level), P: 1, E: 1, Chance: 1}
	data, err := compare(s.pairs, s.rule.Rule.Better, s.rule.Rule.Diverged)
	if err != nil {
		return Look{}, err
	}
	l.Counts = data.counts
	d := differences(data.on, data.off)
	if len(d) > 0 {
		l.Effect, _ = moments(d, 0)
	}
	if s.rule.Method == GroupFlips {
		if s.rejected(0) {
			l.P = s.alpha
		}
	} else {
		l.E = s.e[0]
		l.P = math.Min(1, 1/l.E)
	}
	if len(d) > 0 && !s.ranked {
		if s.rule.Method == GroupFlips {
			l.Interval, err = RepeatedInterval(d, level, s.rule.Spending, s.rule.Planned, s.rule.Rule.Resampling.Seed)
		} else {
			l.Interval, err = ConfidenceSequence(s.rule.Method, d, level)
		}
		if err != nil {
			return Look{}, err
		}
	}
	end := s.rule.Planned > 0 && l.Pairs >= s.rule.Planned
	l.Stop = s.verdict != Undecided || end
	if !l.Stop {
		l.Chance = s.chance(d)
		l.Hopeless = l.Chance < s.rule.Hopeless
	} else if s.verdict == Undecided {
		l.Chance = 0
	}
	l.Reason = s.reason(l, end)
	return l, nil
}

func (s *Sequential) reason(l Look, end bool) string {
	switch {
	case s.verdict != Undecided:
		return fmt.Sprintf("decided after %d pairs by the %s", s.at, s.rule.Method)
	case end:
		return fmt.Sprintf("all %d planned pairs are used and the difference could be luck", s.rule.Planned)
	case s.rule.Method == NormalMixture && s.ranked:
		return "a run diverged, which the t e-process cannot weigh: no decision by this method"
	case l.Hopeless:
		return fmt.Sprintf("the %d pairs still planned would decide with probability %s if the trend holds", s.rule.Planned-l.Pairs, percent(math.Round(l.Chance*100)/100))
	}
	return "not decided yet"
}

// chance is the probability of a decision at the planned end if the trend holds.
func (s *Sequential) chance(d []float64) float64 {
	n, planned := len(d), s.rule.Planned
	if planned == 0 || n < 3 || s.ranked {
		return 1
	}
	if s.rule.Method != NormalMixture && planned < MinPairs(s.alpha, 1) {
		return 0
	}
	d, scale := normalized(d)
	m, sd := moments(d, 0)
	if sd == 0 {
		return 1
	}
	f, end := float64(n), float64(planned)
	spread := sd * math.Sqrt(end-f) / end // of the final mean, given the pairs so far
	half := tUpper(s.alpha/2, end-1) * sd / math.Sqrt(end)
	p := normCDF((m-half)/spread) + normCDF((-m-half)/spread)
	if margin := s.rule.Rule.Margin / scale; margin > 0 {
		inside := margin - tUpper(s.alpha, end-1)*sd/math.Sqrt(end)
		if inside > 0 {
			both := normCDF((inside-m)/spread) - normCDF((-inside-m)/spread)
			p += both
			if overlap := inside - half; overlap > 0 { // different from zero and yet equivalent: count once
				p -= normCDF((inside-m)/spread) - normCDF((half-m)/spread)
				p -= normCDF((-half-m)/spread) - normCDF((-inside-m)/spread)
			}
		}
	}
	return clampP(p)
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

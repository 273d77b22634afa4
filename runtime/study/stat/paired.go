package stat

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrNoPairs says that there is nothing to compute from.
var ErrNoPairs = errors.New("no pairs: a difference needs the metric of one seed with the trick on and with it off")

// Summary describes n paired measurements: the arms, their differences, and what pairing gained.
type Summary struct {
	N               int
	MeanOn, MeanOff float64
	SDOn, SDOff     float64 // sample standard deviations (n-1); 0 for a single pair
	Mean            float64 // of the differences on-off: the effect
	SD              float64 // of the differences; 0 for a single pair and where they differ by rounding alone
	SE              float64 // SD/sqrt(n), the standard error of Mean
	Median          float64 // of the differences
	Pairing         Pairing
	Identical       bool // every difference is exactly zero: the two arms are the same runs
}

// MarshalJSON writes the summary in the names of the JSON output.
func (s Summary) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		N         int     `json:"n"`
		MeanOn    number  `json:"mean_on"`
		MeanOff   number  `json:"mean_off"`
		SDOn      number  `json:"sd_on"`
		SDOff     number  `json:"sd_off"`
		Mean      number  `json:"mean"`
		SD        number  `json:"sd"`
		SE        number  `json:"se"`
		Median    number  `json:"median"`
		Pairing   Pairing `json:"pairing"`
		Identical bool    `json:"identical"`
	}{s.N, number(s.MeanOn), number(s.MeanOff), number(s.SDOn), number(s.SDOff),
		number(s.Mean), number(s.SD), number(s.SE), number(s.Median), s.Pairing, s.Identical})
}

// Pairing says what taking differences seed by seed was worth.
type Pairing struct {
	// Correlation of on and off across seeds (Pearson). It is 1 where all differences are the same
	// number, and 0 where only one arm varies or there is a single pair.
	Correlation float64
	// Efficiency is the variance of an unpaired comparison over that of the paired one,
	// (var_on + var_off) / var_diff: how many times more seeds an unpaired study would need for the
	// same standard error. Above 1 pairing paid, below 1 it cost. It is +Inf (null in JSON) where the
	// arms vary and the differences do not, and 1 where nothing varies.
	Efficiency float64
}

// MarshalJSON writes {"correlation": …, "efficiency": …}, null for an infinite efficiency.
func (p Pairing) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Correlation number `json:"correlation"`
		Efficiency  number `json:"efficiency"`
	}{number(p.Correlation), number(p.Efficiency)})
}

// String says in words what pairing gained.
func (p Pairing) String() string {
	switch {
	case math.IsInf(p.Efficiency, 1):
		return fmt.Sprintf("correlation of on and off %.2f: pairing removed all of the spread between seeds", p.Correlation)
	case p.Efficiency >= 1:
		return fmt.Sprintf("correlation of on and off %.2f: without pairing, %.1f times the seeds for the same precision", p.Correlation, p.Efficiency)
	}
	return fmt.Sprintf("correlation of on and off %.2f: pairing did not help here, %.1f times the seeds would have done without it", p.Correlation, p.Efficiency)
}

// Describe summarizes paired measurements: on[i] and off[i] are the metric of seed i with the trick on
// and off. It needs at least one pair, equal lengths and finite values; outcomes that are not finite
// belong in [Pair] values, where they are counted (see [Policy]).
//
// Paired analysis and the efficiency of pairing: Student 1908, "The probable error of a mean",
// Biometrika 6:1-25; Fleiss 1986, The Design and Analysis of Clinical Experiments, ch. 5.
func Describe(on, off []float64) (Summary, error) {
	if len(on) != len(off) {
		return Summary{}, fmt.Errorf("%d values with the trick on and %d with it off: a paired comparison needs one of each per seed", len(on), len(off))
	}
	if len(on) == 0 {
		return Summary{}, ErrNoPairs
	}
	if err := finite("on", on); err != nil {
		return Summary{}, err
	}
	if err := finite("off", off); err != nil {
		return Summary{}, err
	}
	d := make([]float64, len(on))
	s := Summary{N: len(on), Identical: true}
	for i := range on {
		d[i] = on[i] - off[i]
		s.Identical = s.Identical && d[i] == 0
	}
	if err := finite("difference", d); err != nil {
		return Summary{}, err
	}
	s.MeanOn, s.SDOn = moments(on, 0)
	s.MeanOff, s.SDOff = moments(off, 0)
	s.Mean, s.SD = moments(d, math.Max(maxAbs(on), maxAbs(off)))
	s.SE = s.SD / math.Sqrt(float64(s.N))
	s.Median = median(d)
	s.Pairing = pairing(on, off, s)
	return s, nil
}

// DescribeDifferences summarizes differences whose arms are not at hand, such as the contrasts of a
// factorial design. The fields about the arms and the pairing are left at zero.
func DescribeDifferences(d []float64) (Summary, error) {
	if len(d) == 0 {
		return Summary{}, ErrNoPairs
	}
	if err := finite("difference", d); err != nil {
		return Summary{}, err
	}
	s := Summary{N: len(d), Identical: true, Median: median(d)}
	for _, x := range d {
		s.Identical = s.Identical && x == 0
	}
	s.Mean, s.SD = moments(d, 0)
	s.SE = s.SD / math.Sqrt(float64(s.N))
	return s, nil
}

func pairing(on, off []float64, s Summary) Pairing {
	p := Pairing{Efficiency: 1}
	scale := math.Max(s.SDOn, s.SDOff)
	switch {
	case s.N > 1 && s.SD == 0:
		p.Correlation = 1
		if scale > 0 {
			p.Efficiency = math.Inf(1)
		}
		return p
	case s.SD == 0:
		return p
	}
	a, b, d := s.SDOn/s.SD, s.SDOff/s.SD, 1.0
	p.Efficiency = (a*a + b*b) / d
	if s.SDOn > 0 && s.SDOff > 0 {
		p.Correlation = pearson(on, off)
	}
	return p
}

// TTest is Student's one-sample t test of the mean difference.
type TTest struct {
	T        float64  `json:"t"`
	DF       int      `json:"df"`
	P        float64  `json:"p"`         // two-sided
	PGreater float64  `json:"p_greater"` // of the claim that the mean difference is above zero
	PLess    float64  `json:"p_less"`    // of the claim that it is below zero
	Interval Interval `json:"interval"`
	// Degenerate is set where the differences show no spread (a single pair, or all of them the same
	// number): the t test then says nothing. All p-values are 1 and the interval is unbounded, except
	// that differences which are all zero have the interval [0, 0].
	Degenerate bool `json:"degenerate,omitempty"`
}

// T returns the paired t test and its interval at the given level. It assumes that the differences are
// independent draws of a normal distribution; with few pairs nothing can check that.
//
// Source: Student 1908, Biometrika 6:1-25; Fisher 1925, Statistical Methods for Research Workers, §24.
func (s Summary) T(level float64) (TTest, error) {
	if err := checkLevel(level); err != nil {
		return TTest{}, err
	}
	if s.N < 1 {
		return TTest{}, ErrNoPairs
	}
	t := TTest{DF: s.N - 1, P: 1, PGreater: 1, PLess: 1, Interval: Unbounded(level)}
	if s.N < 2 || s.SD == 0 {
		t.Degenerate = true
		if s.N > 1 && s.Identical {
			t.Interval = Interval{0, 0, level}
		}
		return t, nil
	}
	df := float64(t.DF)
	t.T = s.Mean / s.SE
	t.PGreater = clampP(tSurvival(t.T, df))
	t.PLess = clampP(tSurvival(-t.T, df))
	t.P = math.Min(1, 2*math.Min(t.PGreater, t.PLess))
	half := tUpper((1-level)/2, df) * s.SE
	t.Interval = Interval{s.Mean - half, s.Mean + half, level}
	return t, nil
}

// moments returns the mean and the sample standard deviation. A deviation that rounding of values of
// size magnitude explains is returned as 0.
func moments(x []float64, magnitude float64) (mean, sd float64) {
	n := float64(len(x))
	scale := maxAbs(x)
	if scale == 0 {
		return 0, 0
	}
	for _, v := range x {
		mean += v / scale
	}
	mean /= n
	if len(x) > 1 {
		var ss, comp float64
		for _, v := range x {
			e := v/scale - mean
			ss += e * e
			comp += e
		}
		ss -= comp * comp / n // corrects for the rounding of mean (Chan, Golub and LeVeque 1983)
		sd = math.Sqrt(math.Max(0, ss) / (n - 1))
	}
	mean *= scale
	sd *= scale
	if sd <= 4e-16*math.Max(scale, magnitude) {
		sd = 0
	}
	return mean, sd
}

func median(x []float64) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	if n := len(s); n%2 == 0 {
		return s[n/2-1] + (s[n/2]-s[n/2-1])/2
	}
	return s[len(s)/2]
}

func pearson(a, b []float64) float64 {
	ma, sa := moments(a, 0)
	mb, sb := moments(b, 0)
	if sa == 0 || sb == 0 {
		return 0
	}
	var c float64
	for i := range a {
		c += (a[i] - ma) / sa * ((b[i] - mb) / sb)
	}
	return math.Max(-1, math.Min(1, c/float64(len(a)-1)))
}

func maxAbs(x []float64) float64 {
	var m float64
	for _, v := range x {
		m = math.Max(m, math.Abs(v))
	}
	return m
}

func finite(what string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s[%d] is %v: a run that diverged must be given as an outcome with status Diverged, so that it is counted", what, i, v)
		}
	}
	return nil
}

func checkLevel(level float64) error {
	if !(level > 0 && level < 1) {
		return fmt.Errorf("confidence level %v: it must lie between 0 and 1, say 0.95", level)
	}
	return nil
}

func checkAlpha(alpha float64) error {
	if !(alpha > 0 && alpha < 1) {
		return fmt.Errorf("error rate %v: it must lie between 0 and 1, say 0.05", alpha)
	}
	return nil
}

func checkMargin(margin float64) error {
	if !(margin > 0 && margin < 1e150) {
		return fmt.Errorf("margin %v: it must be a positive number in the metric's units, the smallest difference that would matter", margin)
	}
	return nil
}

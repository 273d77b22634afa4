package study

import (
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// sentence says a verdict with its figures and its reason.
func (a *analysis) sentence(t *Trick, v verdict) string {
	m := a.metric
	effect := float64(t.Effect)
	pairs := fmt.Sprintf("%d paired seeds", t.N)
	if t.N == 1 {
		pairs = "1 paired seed"
	}
	interval := fmt.Sprintf("%s%% interval %s%s, %s", trimPercent(t.Interval.Level), m.Interval(t.Interval), m.Unit(), pairs)
	if !t.Interval.Bounded() {
		interval = "no interval yet, " + pairs
		if t.Verdict == stat.Equivalent {
			interval = pairs
		}
	}
	var b strings.Builder
	switch t.Verdict {
	case stat.Helps, stat.Hurts:
		fmt.Fprintf(&b, "%s %s: %s is %s %s with it (%s, p = %s%s).", t.Name, t.Verdict, m.Name, m.Size(effect), m.direction(effect), interval, pText(t.PHolm), a.holm())
	case stat.Equivalent:
		fmt.Fprintf(&b, "%s makes no difference that matters: %s differs by less than the margin of %s (%s; p = %s%s).", t.Name, m.Name, m.Size(m.Margin), interval, pText(t.EquivalenceP), a.holm())
		if t.Look != nil {
			b.Reset()
			fmt.Fprintf(&b, "%s makes no difference that matters: %s differs by less than the margin of %s (%s).", t.Name, m.Name, m.Size(m.Margin), interval)
		}
	case stat.DidNothing:
		fmt.Fprintf(&b, "%s did nothing: %s.", t.Name, t.Reason)
		return b.String()
	default:
		if t.N == 0 || !t.Effect.Finite() {
			fmt.Fprintf(&b, "%s: undecided: %s.", t.Name, t.Reason)
			return b.String()
		}
		fmt.Fprintf(&b, "%s: undecided, %s%s (%s): %s%s.", t.Name, m.Difference(effect), m.Unit(), interval, t.Reason, a.wouldTake(v))
	}
	if t.Assumes != "" && t.Verdict != stat.Undecided {
		fmt.Fprintf(&b, " This assumes that %s.", t.Assumes)
	}
	if n := t.Runs.DivergedOn + t.Runs.DivergedOff; n > 0 {
		fmt.Fprintf(&b, " Training diverged in %s with it and %s without.", runs(t.Runs.DivergedOn), runs(t.Runs.DivergedOff))
	}
	return b.String()
}

func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", n)
}

func (a *analysis) holm() string {
	if n := a.plan.family(); n > 1 && a.plan.Sequential == 0 {
		return fmt.Sprintf(" after Holm over %d", n)
	}
	return ""
}

func trimPercent(level float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*level), "0"), ".")
}

// direction says which way a gain moves the metric.
func (m Metric) direction(gain float64) string {
	if (gain > 0) == (m.better() == stat.HigherIsBetter) {
		return "higher"
	}
	return "lower"
}

// wouldTake says how many seeds an undecided question needs.
func (a *analysis) wouldTake(v verdict) string {
	m, p := a.metric, a.plan
	sd := v.Summary.SD
	if sd <= 0 || v.Counts.Compared < 3 || p.Sequential > 0 {
		return ""
	}
	each, floor := p.Alpha/float64(p.family()), stat.MinPairs(p.Alpha, p.family())
	if p.AssumeNormal {
		floor = 2
	}
	e := math.Abs(v.Effect)
	if m.Margin > 0 && e < m.Margin {
		n := max(about(normal(1-each/2)+normal(0.8), sd/m.Margin), about(normal(1-each)+normal(0.9), sd/m.Margin), floor)
		if n > v.Counts.Compared {
			return fmt.Sprintf("; about %d seeds would settle whether it matters by %s", n, m.Size(m.Margin))
		}
		return ""
	}
	if e > 0 {
		if n := max(about(normal(1-each/2)+normal(0.8), sd/e), floor); n > v.Counts.Compared && n < 1_000_000 {
			return fmt.Sprintf("; if it is as large as it looks, about %d seeds would show it", n)
		}
	}
	return ""
}

// about is the number of pairs at which a mean is z standard errors from what it is held against, in the normal approximation with
// Guenther's correction for an unknown spread (1981, Am. Stat. 35:243-244). It is good enough for "about".
func about(z, spread float64) int {
	n := z*z*spread*spread + z*z/4
	if n > 1e9 {
		return 1_000_000_000
	}
	return int(math.Ceil(n))
}

// normal is a quantile of the standard normal distribution.
func normal(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// pText writes a p-value for people.
func pText(p float64) string {
	switch {
	case p < 0.0001:
		return "below 0.0001"
	case p >= 0.995:
		return "1"
	}
	return fmt.Sprintf("%.2g", p)
}

package present

import (
	"math"
	"sort"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// estimate is an effect with its interval and verdict: a row of a forest plot.
type estimate struct {
	Name, Detail, Href string
	Verdict            stat.Verdict
	Effect             study.Number
	Interval           stat.Interval
	P                  float64
	N                  int
	Total              bool // a sum of others, set apart
}

// forest is a forest plot. All places are percentages across.
type forest struct {
	Rows                []forestRow
	Ticks               []tick
	Zero                float64
	MarginLo, MarginHi  float64
	HasMargin           bool
	Margin              string
	Unit                string
	Head, Worse, Better string // of the columns and the two sides
	PNote, Label        string
	Clipped             bool
	Interval            string
}

type forestRow struct {
	Name, Detail, Href, Kind, Verdict string
	Effect, Interval, P, N            string
	At, Lo, Hi                        float64
	Shown, Whiskers, CutLo, CutHi     bool
	Total                             bool
	From                              float64 // of a waterfall: where its bar begins
	Bar                               bool
	BarLo, BarWidth                   float64
	Title                             string
}

// newForest lays out estimates of effects on a metric. The scale holds zero, the margin and all effects. One interval much wider
// than the rest does not squeeze them: it is cut at the frame, with an arrow.
func newForest(m study.Metric, conf float64, rows []estimate) *forest {
	values := []float64{0}
	var ends []float64
	for _, e := range rows {
		if e.Effect.Finite() {
			values = append(values, float64(e.Effect))
		}
		for _, x := range []float64{e.Interval.Lo, e.Interval.Hi} {
			if !math.IsInf(x, 0) && !math.IsNaN(x) {
				ends = append(ends, math.Abs(x))
			}
		}
	}
	if m.Margin > 0 {
		values = append(values, -m.Margin, m.Margin)
	}
	limit := 0.0
	for _, v := range values {
		limit = math.Max(limit, math.Abs(v))
	}
	if len(ends) > 0 {
		sort.Float64s(ends)
		limit = 2.5 * math.Max(limit, ends[len(ends)/2])
	}
	for _, e := range rows {
		for _, x := range []float64{e.Interval.Lo, e.Interval.Hi} {
			if math.Abs(x) <= limit {
				values = append(values, x)
			}
		}
	}
	s := newScale(values...)
	f := &forest{Head: "trick", Worse: "worse with it", Better: "better with it", PNote: "p after Holm", Unit: m.Unit(), Zero: s.at(0), Label: m.Name, Interval: level(conf)}
	f.Ticks = s.ticks(6, axisText(m.Share, (s.hi-s.lo)/6))
	if m.Margin > 0 {
		f.HasMargin, f.MarginLo, f.MarginHi, f.Margin = true, s.at(-m.Margin), s.at(m.Margin), m.Size(m.Margin)
	}
	for _, e := range rows {
		r := forestRow{Name: e.Name, Detail: e.Detail, Href: e.Href, Kind: kind(e.Verdict), Verdict: e.Verdict.String(), Total: e.Total,
			Effect: bare(m, e.Effect), Interval: interval(m, e.Interval), P: pText(e.P), N: count(e.N)}
		if e.Effect.Finite() {
			r.Shown, r.At = true, s.at(float64(e.Effect))
		}
		if i := e.Interval; r.Shown && i.Lo <= i.Hi {
			r.Whiskers, r.Lo, r.Hi = true, 0, 100
			if math.IsInf(i.Lo, -1) || s.beyond(i.Lo) < 0 {
				r.CutLo = true
			} else {
				r.Lo = s.at(i.Lo)
			}
			if math.IsInf(i.Hi, 1) || s.beyond(i.Hi) > 0 {
				r.CutHi = true
			} else {
				r.Hi = s.at(i.Hi)
			}
			f.Clipped = f.Clipped || r.CutLo || r.CutHi
		}
		r.Title = e.Name + ": " + e.Verdict.String() + ", " + difference(m, e.Effect) + " " + interval(m, e.Interval)
		f.Rows = append(f.Rows, r)
	}
	return f
}

// newWaterfall lays out shares that add up: each bar begins where the one before ended, and the last is the total.
func newWaterfall(m study.Metric, conf float64, rows []estimate) *forest {
	values, sum := []float64{0}, 0.0
	for _, e := range rows {
		x := float64(e.Effect)
		if !e.Effect.Finite() {
			x = 0
		}
		from := sum
		if e.Total {
			from = 0
		} else {
			sum += x
		}
		values = append(values, from, from+x)
		if e.Interval.Bounded() {
			values = append(values, from+e.Interval.Lo, from+e.Interval.Hi)
		}
	}
	s := newScale(values...)
	f := &forest{Head: "trick", Worse: "loss", Better: "gain", PNote: "p after Holm", Unit: m.Unit(), Zero: s.at(0), Label: m.Name, Interval: level(conf), Ticks: s.ticks(6, axisText(m.Share, (s.hi-s.lo)/6))}
	sum = 0
	for _, e := range rows {
		r := forestRow{Name: e.Name, Kind: kind(e.Verdict), Verdict: e.Verdict.String(), Total: e.Total, Effect: bare(m, e.Effect), Interval: interval(m, e.Interval), P: pText(e.P), N: count(e.N)}
		if e.Effect.Finite() {
			from := sum
			if e.Total {
				from = 0
			} else {
				sum += float64(e.Effect)
			}
			to := from + float64(e.Effect)
			r.Shown, r.Bar, r.From, r.At = true, true, s.at(from), s.at(to)
			r.BarLo, r.BarWidth = math.Min(r.From, r.At), math.Abs(r.At-r.From)
			if i := e.Interval; i.Bounded() {
				r.Whiskers, r.Lo, r.Hi = true, s.at(from+i.Lo), s.at(from+i.Hi)
			}
		}
		r.Title = e.Name + ": " + difference(m, e.Effect) + " " + interval(m, e.Interval)
		f.Rows = append(f.Rows, r)
	}
	return f
}

// trickForest is the forest plot of a report's tricks.
func trickForest(r *study.Report) *forest {
	var rows []estimate
	for i, t := range ordered(r.Tricks) {
		rows = append(rows, estimate{Name: t.Name, Detail: t.Title, Href: "#trick-" + count(i+1), Verdict: t.Verdict, Effect: t.Effect, Interval: t.Interval, P: t.PHolm, N: t.N})
	}
	if len(rows) == 0 {
		return nil
	}
	return newForest(r.Primary(), r.Level, rows)
}

// effectForest is that of main effects and interactions, by order.
func effectForest(r *study.Report) *forest {
	var rows []estimate
	for _, e := range r.Effects {
		d := "main effect"
		if e.Order > 1 {
			d = "interaction"
		}
		if len(e.Aliases) > 0 {
			d += ", alias of " + list(e.Aliases)
		}
		rows = append(rows, estimate{Name: e.Name, Detail: d, Verdict: e.Verdict, Effect: e.Effect, Interval: e.Interval, P: e.PHolm, N: e.N})
	}
	if len(rows) == 0 {
		return nil
	}
	return newForest(r.Primary(), r.Level, rows)
}

func shareWaterfall(r *study.Report) *forest {
	s := r.Shapley
	if s == nil {
		return nil
	}
	var rows []estimate
	for _, x := range s.Shares {
		rows = append(rows, estimate{Name: x.Name, Verdict: x.Verdict, Effect: x.Effect, Interval: x.Interval, P: x.PHolm, N: len(x.BySeed)})
	}
	rows = append(rows, estimate{Name: "all together", Verdict: s.Total.Verdict, Effect: s.Total.Effect, Interval: s.Total.Interval, P: s.Total.PHolm, N: len(s.Total.BySeed), Total: true})
	return newWaterfall(r.Primary(), r.Level, rows)
}

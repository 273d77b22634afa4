package study

import (
	"math"
	"strings"

	"github.com/netc-lang/netc/runtime/study/stat"
)

// samePace is the difference in seconds an epoch below which two arms count as equally fast: timing on a shared machine is no
// better than that.
const samePace = 0.05

// cost fills in what the trick costs.
func (a *analysis) cost(t *Trick, c PlannedComparison) {
	on, off := a.recordsOf(c.On), a.recordsOf(c.Off)
	k := &t.Cost
	k.On, k.Off = cost(on), cost(off)
	k.Seconds, k.Epoch = k.On.Seconds/k.Off.Seconds, k.On.EpochSeconds/k.Off.EpochSeconds
	k.Parameters, k.Memory = ratio(float64(k.On.Parameters), float64(k.Off.Parameters)), ratio(float64(k.On.Memory), float64(k.Off.Memory))
	if len(c.On) != 1 || len(c.Off) != 1 || c.Absent != "" {
		return
	}
	by := a.metric.watched(true)
	if !measured(on, by) || !measured(off, by) {
		return
	}
	k.By = by
	epochsOn, epochsOff := longest(on), longest(off)
	same := min(epochsOn, epochsOff)
	k.AtFixedEpochs = a.atBudget(c, by, same, same, NaN())
	if !k.On.Seconds.Finite() || !k.Off.Seconds.Finite() || k.On.EpochSeconds <= 0 || k.Off.EpochSeconds <= 0 {
		return
	}
	given := Number(math.Min(float64(k.On.Seconds), float64(k.Off.Seconds)))
	if pace := float64(k.Epoch); math.Abs(pace-1) <= samePace {
		k.AtFixedTime = a.atBudget(c, by, same, same, given)
		return
	}
	allowed := func(perEpoch Number, epochs int) int {
		return min(epochs, int(float64(given/perEpoch)+1e-6))
	}
	eOn, eOff := allowed(k.On.EpochSeconds, epochsOn), allowed(k.Off.EpochSeconds, epochsOff)
	if eOn > 0 && eOff > 0 {
		k.AtFixedTime = a.atBudget(c, by, eOn, eOff, given)
	}
}

func ratio(a, b float64) Number {
	if b == 0 {
		return NaN()
	}
	return Number(a / b)
}

func measured(records []*Record, by string) bool {
	for _, r := range records {
		if len(r.History) > 0 {
			return !math.IsNaN(watched(&r.History[0], by))
		}
	}
	return false
}

// recordsOf are the trials of a side.
func (a *analysis) recordsOf(ids []string) []*Record {
	var list []*Record
	for _, id := range a.resolve(ids) {
		for _, s := range a.plan.Seeds {
			if r := a.records.Get(id, s); r != nil {
				list = append(list, r)
			}
		}
	}
	return list
}

// atBudget is the effect when the sides are read at given epochs; a run that stopped before is read where it stopped.
func (a *analysis) atBudget(c PlannedComparison, by string, epochsOn, epochsOff int, seconds Number) *AtBudget {
	m := a.metric
	read := func(id string, seed uint64, epochs int) float64 {
		r := a.records.Get(a.plan.resolved(id, a.records), seed)
		if r == nil || len(r.History) == 0 || r.Status == statusDiverged && len(r.History) < epochs {
			return math.NaN()
		}
		return watched(&r.History[min(epochs, len(r.History))-1], by)
	}
	var d []float64
	for _, s := range a.plan.Seeds {
		if x := m.gain(read(c.On[0], s, epochsOn) - read(c.Off[0], s, epochsOff)); !math.IsNaN(x) && !math.IsInf(x, 0) {
			d = append(d, x)
		}
	}
	b := &AtBudget{Seconds: seconds, EpochsOn: epochsOn, EpochsOff: epochsOff, Effect: NaN(), Interval: stat.Unbounded(a.level), N: len(d)}
	mean, interval := a.mean(d)
	b.Effect, b.Interval = Number(mean), interval
	return b
}

// mean of differences, with its t interval.
func (a *analysis) mean(d []float64) (float64, stat.Interval) {
	s, err := stat.DescribeDifferences(d)
	if err != nil {
		return math.NaN(), stat.Unbounded(a.level)
	}
	t, err := s.T(a.level)
	if err != nil {
		return s.Mean, stat.Unbounded(a.level)
	}
	if t.Degenerate && s.N > 1 && s.SD == 0 {
		return s.Mean, stat.Interval{Lo: s.Mean, Hi: s.Mean, Level: a.level} // the same at every seed: a count, a size
	}
	return s.Mean, t.Interval
}

// The measures of a movement besides metrics.
const (
	measureGap         = "gap"
	measureConvergence = "convergence"
	measureTime        = "time"
	measureMemory      = "memory"
	measureParameters  = "parameters"
)

var labels = map[string]string{
	measureGap:         "gap between training and valid part",
	measureConvergence: "epochs to reach the final value of the worse arm",
	measureTime:        "seconds of training",
	measureMemory:      "memory",
	measureParameters:  "parameters",
	"train.loss":       "training loss",
	"valid.loss":       "loss on the valid part",
	"test.loss":        "loss on the test part",
}

// movements say what the trick did, beside what its card expects.
func (a *analysis) movements(t *Trick, c PlannedComparison) {
	if c.Absent != "" {
		return
	}
	expected := map[string]string{}
	measures := []string{"train.loss", measureGap, "valid.loss"}
	if name := a.metric.watched(true); !has(measures, name) {
		measures = append(measures, name)
	}
	measures = append(measures, measureConvergence, measureTime, measureParameters, measureMemory)
	if t.Card != nil {
		for _, e := range t.Card.Expect {
			measure, dir, ok := strings.Cut(e, " = ")
			if !ok {
				continue
			}
			expected[measure] = dir
			if !has(measures, measure) {
				measures = append(measures, measure)
			}
		}
	}
	for _, measure := range measures {
		if m, ok := a.movement(measure, c); ok {
			m.Expected = expected[measure]
			m.Agrees = agrees(m)
			t.Did = append(t.Did, m)
		}
	}
}

func agrees(m Movement) string {
	switch {
	case m.Expected == "":
		return ""
	case m.Expected == m.Moved:
		return "agrees"
	case m.Moved == "same":
		return "not shown"
	}
	return "disagrees"
}

func (a *analysis) movement(measure string, c PlannedComparison) (Movement, bool) {
	m := Movement{Measure: measure, Label: labels[measure]}
	if m.Label == "" {
		m.Label = measure
	}
	var of func(*Record) float64
	relative := false
	switch measure {
	case measureTime:
		relative = true
		of = func(r *Record) float64 {
			if r.Status == statusDiverged {
				return math.NaN()
			}
			return r.cost()
		}
	case measureMemory:
		relative = true
		of = func(r *Record) float64 { return float64(r.Memory) }
	case measureParameters:
		relative = true
		of = func(r *Record) float64 { return float64(r.Parameters) }
	case measureConvergence:
		var ok bool
		if of, ok = a.convergence(c); !ok {
			return m, false
		}
	default:
		of = func(r *Record) float64 { return r.value(measure) }
	}
	var on, off, change []float64
	for _, s := range a.plan.Seeds {
		x, y := a.sideValue(c.On, s, of), a.sideValue(c.Off, s, of)
		if bad(x) || bad(y) {
			continue
		}
		on, off = append(on, x), append(off, y)
		if relative {
			if x <= 0 || y <= 0 {
				return m, false
			}
			change = append(change, math.Log(x/y))
		} else {
			change = append(change, x-y)
		}
	}
	if len(change) == 0 {
		return m, false
	}
	mean, interval := a.mean(change)
	m.Moved = "same"
	switch {
	case interval.Lo > 0:
		m.Moved = "up"
	case interval.Hi < 0:
		m.Moved = "down"
	}
	if relative {
		mean, interval.Lo, interval.Hi = math.Expm1(mean), math.Expm1(interval.Lo), math.Expm1(interval.Hi)
	}
	m.On, m.Off, m.Change, m.Interval = moments(on).Mean, moments(off).Mean, Number(mean), interval
	return m, true
}

func bad(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// convergence counts the epochs until a run reaches what the worse of the two arms ends with, on the valid part. A run that
// never does counts with all its epochs.
func (a *analysis) convergence(c PlannedComparison) (func(*Record) float64, bool) {
	by, lower := a.metric.watched(true), a.metric.better() == stat.LowerIsBetter
	if !measured(a.recordsOf(c.On), by) {
		by, lower = "train.loss", true
	}
	end := func(r *Record) float64 {
		if r.Status == statusDiverged || len(r.History) == 0 {
			return math.NaN()
		}
		return watched(&r.History[len(r.History)-1], by)
	}
	mean := func(ids []string) float64 {
		var list []float64
		for _, s := range a.plan.Seeds {
			if v := a.sideValue(ids, s, end); !bad(v) {
				list = append(list, v)
			}
		}
		return float64(moments(list).Mean)
	}
	on, off := mean(c.On), mean(c.Off)
	if bad(on) || bad(off) {
		return nil, false
	}
	goal := math.Min(on, off)
	if lower {
		goal = math.Max(on, off)
	}
	return func(r *Record) float64 {
		if r.Status == statusDiverged || len(r.History) == 0 {
			return math.NaN()
		}
		for i := range r.History {
			if v := watched(&r.History[i], by); lower && v <= goal || !lower && v >= goal {
				return float64(i + 1)
			}
		}
		return float64(len(r.History))
	}, true
}

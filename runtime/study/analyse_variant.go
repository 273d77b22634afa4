package study

import (
	"math"
	"sort"

	"github.com/netc-lang/netc/runtime/study/stat"
	"github.com/netc-lang/netc/runtime/train"
)

// variants fills in the programs that the comparisons rest on.
func (a *analysis) variants() error {
	p := a.plan
	seen := map[string]bool{}
	for _, role := range p.roles() {
		id := p.resolved(role, a.records)
		v := p.variant(id)
		if v == nil || seen[id] {
			continue
		}
		seen[id] = true
		name := v.Name
		if id != role {
			name = p.variant(role).Name
		}
		out, err := a.variant(v, name)
		if err != nil {
			return err
		}
		a.report.Variants = append(a.report.Variants, out)
	}
	return nil
}

func (a *analysis) variant(v *PlannedVariant, name string) (*Variant, error) {
	out := &Variant{ID: v.ID, Name: name, Also: v.Also, Edits: v.Edits, Changes: v.Changes, Parameters: v.Parameters, Stats: map[string]Moments{}}
	var records []*Record
	values := map[string][]float64{}
	for _, s := range a.plan.Seeds {
		rec := a.records.Get(v.ID, s)
		if rec == nil {
			continue
		}
		records = append(records, rec)
		out.Trials = append(out.Trials, newTrial(s, rec))
		if rec.Reading != "" {
			if out.Readings == nil {
				out.Readings = map[string]int{}
			}
			out.Readings[rec.Reading]++
		}
		if rec.Status == statusDiverged {
			out.Diverged++
			continue
		}
		out.Finished++
		for name, x := range rec.Values {
			if x.Finite() {
				values[name] = append(values[name], float64(x))
			}
		}
	}
	for name, list := range values {
		out.Stats[name] = moments(list)
	}
	out.Cost = cost(records)
	if out.Cost.Parameters == 0 {
		out.Cost.Parameters, out.Cost.Memory = v.Parameters, v.Memory
	}
	out.Fired = fired(records)
	return out, a.learning(out, records)
}

func newTrial(seed uint64, rec *Record) *Trial {
	return &Trial{Seed: seed, Identity: rec.Identity, Status: rec.Status, Values: rec.Values, Epochs: rec.Epochs, Seconds: rec.Seconds, FinalWeights: rec.Hashes.FinalWeights, Note: rec.Note}
}

// cost is the median over runs; those that diverged count for parameters and memory alone, for they ended early.
func cost(records []*Record) Cost {
	c := Cost{Seconds: NaN(), EpochSeconds: NaN(), StepsPerSecond: NaN(), Epochs: NaN()}
	var seconds, epoch, steps, epochs []float64
	for _, r := range records {
		c.Parameters, c.Memory = max(c.Parameters, r.Parameters), max(c.Memory, r.Memory)
		if r.Status == statusDiverged || r.Epochs == 0 {
			continue
		}
		seconds, epoch = append(seconds, r.cost()), append(epoch, r.cost()/float64(r.Epochs))
		epochs = append(epochs, float64(r.Epochs))
		if t := r.cost(); t > 0 {
			steps = append(steps, float64(r.Steps)/t)
		}
	}
	if len(seconds) > 0 {
		c.Seconds, c.EpochSeconds, c.Epochs = Number(median(seconds)), Number(median(epoch)), Number(median(epochs))
	}
	if len(steps) > 0 {
		c.StepsPerSecond = Number(median(steps))
	}
	return c
}

// fired sums the counters of settings over runs.
func fired(records []*Record) []train.Fired {
	var list []train.Fired
	at := map[string]int{}
	for _, r := range records {
		for _, f := range r.Fired {
			i, ok := at[f.Setting]
			if !ok {
				at[f.Setting] = len(list)
				list = append(list, f)
				continue
			}
			list[i].Acted += f.Acted
			list[i].Of += f.Of
			if list[i].Note != f.Note {
				list[i].Note = ""
			}
		}
	}
	return list
}

// maxPoints bounds the points of a learning curve in a report; longer ones are thinned evenly.
const maxPoints = 200

// curveMetrics are the curves that a report shows: loss and the deciding metric, on both parts, as far as they were measured.
func (a *analysis) curveMetrics(records []*Record) []string {
	wanted := []string{"train.loss", "valid.loss", a.metric.watched(false), a.metric.watched(true)}
	var list []string
	for _, name := range wanted {
		if has(list, name) {
			continue
		}
		for _, r := range records {
			if len(r.History) > 0 && !math.IsNaN(watched(&r.History[0], name)) {
				list = append(list, name)
				break
			}
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i] == "train.loss" && list[j] != "train.loss" })
	return list
}

// watched is a metric of an epoch, such as valid.loss.
func watched(e *train.Epoch, path string) float64 {
	for prefix, values := range map[string]map[string]float64{"train.": e.Train, "valid.": e.Valid} {
		if len(path) > len(prefix) && path[:len(prefix)] == prefix {
			if v, ok := values[path[len(prefix):]]; ok {
				return v
			}
		}
	}
	return math.NaN()
}

// series is a metric by epoch, every k-th. A run that diverged goes on as NaN up to n epochs.
func series(r *Record, path string, k, n int) []float64 {
	var list []float64
	for i := k - 1; i < n; i += k {
		switch {
		case i < len(r.History):
			list = append(list, watched(&r.History[i], path))
		case r.Status == statusDiverged:
			list = append(list, math.NaN())
		default:
			return list
		}
	}
	return list
}

func longest(records []*Record) int {
	n := 0
	for _, r := range records {
		n = max(n, len(r.History))
	}
	return n
}

// thin is the stride at which curves of n epochs are shown.
func thin(n int) int { return max(1, (n+maxPoints-1)/maxPoints) }

func (a *analysis) learning(v *Variant, records []*Record) error {
	n := longest(records)
	k := thin(n)
	for _, name := range a.curveMetrics(records) {
		var curves [][]float64
		for _, r := range records {
			curves = append(curves, series(r, name, k, n))
		}
		points, err := stat.Curves(curves, a.level)
		if err != nil {
			return err
		}
		v.Curves = append(v.Curves, Curve{Metric: name, Every: k, Points: points})
	}
	return nil
}

// differences are the paired learning curves of a trick.
func (a *analysis) differences(t *Trick, c PlannedComparison) {
	if len(c.On) != 1 || len(c.Off) != 1 || c.Absent != "" {
		return
	}
	var on, off []*Record
	for _, s := range a.plan.Seeds {
		x, y := a.records.Get(a.plan.resolved(c.On[0], a.records), s), a.records.Get(a.plan.resolved(c.Off[0], a.records), s)
		if x != nil && y != nil {
			on, off = append(on, x), append(off, y)
		}
	}
	n := max(longest(on), longest(off))
	k := thin(n)
	for _, name := range a.curveMetrics(append(append([]*Record(nil), on...), off...)) {
		var x, y [][]float64
		for i := range on {
			x, y = append(x, series(on[i], name, k, n)), append(y, series(off[i], name, k, n))
		}
		d, err := stat.CurveDifferences(x, y)
		if err != nil {
			continue
		}
		if points, err := stat.Curves(d, a.level); err == nil {
			t.Differences = append(t.Differences, Curve{Metric: name, Every: k, Points: points})
		}
	}
}

package study

import "github.com/netc-lang/netc/runtime/study/stat"

// Running is what is known of a comparison while its study runs. It is for looking at, not for deciding: the interval of a
// sequential study holds at every look, any other holds at one look chosen beforehand.
type Running struct {
	Name     string
	N        int    // pairs
	Effect   Number // positive is better with it on; NaN without a pair
	Interval stat.Interval
	Decided  stat.Verdict // of a sequential study
}

// running gives the state of all comparisons on the deciding metric.
func (p *Plan) running(records Records, watches []*watch) []Running {
	m := p.Metrics[0]
	var list []Running
	comparisons := p.Comparisons
	if p.confirming() {
		comparisons = nil
		if p.Confirm.Winner != p.Confirm.Base {
			comparisons = []PlannedComparison{p.winner()}
		}
		p = p.fresh()
	}
	for _, c := range comparisons {
		r := Running{Name: c.Name, Effect: NaN(), Interval: stat.Unbounded(1 - p.Alpha)}
		var d []float64
		for _, q := range begun(p.pairs(c, m.Name, records)) {
			if q.On.Status == stat.Finished && q.Off.Status == stat.Finished {
				d = append(d, m.gain(q.On.Value-q.Off.Value))
			}
			r.N++
		}
		if s, err := stat.DescribeDifferences(d); err == nil {
			r.Effect = Number(s.Mean)
			if t, err := s.T(1 - p.Alpha); err == nil {
				r.Interval = t.Interval
			}
		}
		list = append(list, r)
	}
	if p.Sequential == 0 || p.confirming() {
		return list
	}
	for i, w := range (&analysis{plan: p}).ofComparisons(watches) {
		if l, err := w.look(); err == nil && l.Pairs > 0 {
			list[i].N, list[i].Interval, list[i].Decided = l.Pairs, m.gainInterval(l.Interval), l.Verdict
		}
	}
	return list
}

// Mean is the mean of the deciding metric over a variant's finished trials so far.
func (p *Plan) Mean(variant string, records Records) Number {
	var list []float64
	for _, s := range p.SeedsNow() {
		if v := records.Get(variant, s).outcome(p.Metrics[0].Name); v.Status == stat.Finished {
			list = append(list, v.Value)
		}
	}
	return moments(list).Mean
}

// SeedsNow are the seeds that are being run: those of the study, or of its confirmation.
func (p *Plan) SeedsNow() []uint64 {
	if p.confirming() {
		return p.Confirm.Seeds
	}
	return p.Seeds
}

// pointOf reports whether a variant is a point of the grid of one of the roles.
func (p *Plan) pointOf(id string, roles []string) bool {
	for _, role := range roles {
		if g := p.retune(role); g != nil {
			for _, pt := range g.Points {
				if pt.Variant == id {
					return true
				}
			}
		}
	}
	return false
}

// Rows are the variants as a progress display lists them: those compared, by what tuning has made of them, else the grid.
func (p *Plan) Rows(records Records) []PlannedVariant {
	var rows []PlannedVariant
	roles := p.roles()
	if p.confirming() {
		roles = p.confirmRoles()
	}
	for _, role := range roles {
		id := p.resolved(role, records)
		if id == "" {
			rows = rows[:0]
			for _, v := range p.Variants {
				if v.Grid && (!p.confirming() || p.pointOf(v.ID, roles)) {
					rows = append(rows, v)
				}
			}
			return rows
		}
		v := *p.variant(id)
		v.Name = p.variant(role).Name
		rows = append(rows, v)
	}
	return rows
}

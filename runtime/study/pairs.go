package study

import "github.com/netc-lang/netc/runtime/study/stat"

// runs are the outcomes of variants at every planned seed, in the order of the seeds; retuned variants by what they became.
func (p *Plan) runs(variants []string, metric string, records Records) [][]stat.Outcome {
	out := make([][]stat.Outcome, len(variants))
	for i, id := range variants {
		v := p.resolved(id, records)
		out[i] = make([]stat.Outcome, len(p.Seeds))
		for j, s := range p.Seeds {
			out[i][j] = records.Get(v, s).outcome(metric)
		}
	}
	return out
}

// pairs are the pairs of a comparison at every planned seed. Where a side has several variants (a factor of a factorial), it is
// their mean; a seed at which one of them diverged counts against the side with more of them.
func (p *Plan) pairs(c PlannedComparison, metric string, records Records) []stat.Pair {
	on, off := p.runs(c.On, metric, records), p.runs(c.Off, metric, records)
	pairs := make([]stat.Pair, len(p.Seeds))
	for j, s := range p.Seeds {
		a, badA := side(on, j)
		b, badB := side(off, j)
		switch {
		case a.Status == stat.Missing || b.Status == stat.Missing:
			a, b = stat.Outcome{Status: stat.Missing}, stat.Outcome{Status: stat.Missing}
		case badA == 0 && badB == 0:
		case badA > badB:
			a, b = stat.Outcome{Status: stat.Diverged}, stat.Value(b.Value)
		case badB > badA:
			a, b = stat.Value(a.Value), stat.Outcome{Status: stat.Diverged}
		default:
			a, b = stat.Outcome{Status: stat.Diverged}, stat.Outcome{Status: stat.Diverged}
		}
		pairs[j] = stat.Pair{Seed: s, On: a, Off: b}
	}
	return pairs
}

// side is the mean of one side at a seed, and the share of it that diverged.
func side(runs [][]stat.Outcome, seed int) (stat.Outcome, float64) {
	sum, n, bad := 0.0, 0, 0
	for _, row := range runs {
		switch o := row[seed]; o.Status {
		case stat.Missing:
			return o, 0
		case stat.Diverged:
			bad++
		default:
			sum += o.Value
			n++
		}
	}
	if n > 0 {
		sum /= float64(n)
	}
	return stat.Value(sum), float64(bad) / float64(len(runs))
}

// begun keeps the pairs of which at least one run was made: a study that was stopped early does not count the rest as missing.
func begun(pairs []stat.Pair) []stat.Pair {
	var list []stat.Pair
	for _, p := range pairs {
		if p.On.Status != stat.Missing && p.Off.Status != stat.Missing {
			list = append(list, p)
		}
	}
	return list
}

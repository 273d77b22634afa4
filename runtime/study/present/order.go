package present

import (
	"math"
	"slices"
	"sort"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// rank is the order in which verdicts are told: what helps first, what never acted last.
func rank(v stat.Verdict) int {
	return slices.Index([]stat.Verdict{stat.Helps, stat.Hurts, stat.Equivalent, stat.Undecided, stat.DidNothing}, v)
}

// ordered gives the tricks by verdict and, within one, the largest effect first; equals stay in the study's order.
func ordered(tricks []*study.Trick) []*study.Trick {
	out := slices.DeleteFunc(slices.Clone(tricks), func(t *study.Trick) bool { return t == nil })
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if x, y := rank(a.Verdict), rank(b.Verdict); x != y {
			return x < y
		}
		return magnitude(a.Effect) > magnitude(b.Effect)
	})
	return out
}

// magnitude is |x|, and less than any where there is no value.
func magnitude(x study.Number) float64 {
	if !x.Finite() {
		return -1
	}
	return math.Abs(float64(x))
}

// kind is the verdict as a name for styles and marks.
func kind(v stat.Verdict) string {
	if v == stat.DidNothing {
		return "nothing"
	}
	return v.String()
}

// mainEffects are the effects of single factors, ordered like tricks.
func mainEffects(r *study.Report) []*study.Effect {
	var out []*study.Effect
	for _, e := range r.Effects {
		if e != nil && e.Order == 1 {
			out = append(out, e)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if x, y := rank(a.Verdict), rank(b.Verdict); x != y {
			return x < y
		}
		return magnitude(a.Effect) > magnitude(b.Effect)
	})
	return out
}

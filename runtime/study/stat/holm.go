package stat

import (
	"fmt"
	"math"
	"slices"
)

// Holm returns the p-values adjusted for having asked len(p) questions at once: rejecting the
// hypotheses whose adjusted p is at most alpha keeps the probability of even one false claim among all
// of them at or below alpha, whatever the dependence between the tests. The order of the result is that
// of p.
//
// The i-th smallest p is multiplied by m-i+1, and no adjusted p is smaller than the one before it.
//
// Source: Holm 1979, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6:65-70.
func Holm(p []float64) ([]float64, error) {
	for i, v := range p {
		if !(v >= 0 && v <= 1) {
			return nil, fmt.Errorf("p[%d] is %v: a p-value lies between 0 and 1", i, v)
		}
	}
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	adjusted := make([]float64, len(p))
	var last float64
	for rank, i := range order {
		last = math.Max(last, math.Min(1, p[i]*float64(len(p)-rank)))
		adjusted[i] = last
	}
	return adjusted, nil
}

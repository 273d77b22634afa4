package stat

import (
	"encoding/json"
	"fmt"
	"math"
)

// Attribution divides the total gain of a set of tricks among them.
type Attribution struct {
	Factors []string
	Seeds   []int       // of the outcomes: those in which every run finished or was imputed
	Shares  [][]float64 // [factor][i]: the share of the factor at Seeds[i]; over factors they add up to Total[i]
	Total   []float64   // everything on minus everything off, by seed
	// Findings judge each factor's share, Holm over the factors, and Gain judges the total, a question of
	// its own. Runs that diverged are treated as in [Design.Effects].
	Findings []Finding
	Gain     Finding
}

// MarshalJSON writes the attribution.
func (a Attribution) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Factors  []string    `json:"factors"`
		Seeds    []int       `json:"seeds"`
		Shares   [][]float64 `json:"shares"`
		Total    []float64   `json:"total"`
		Findings []Finding   `json:"findings"`
		Gain     Finding     `json:"gain"`
	}{a.Factors, a.Seeds, a.Shares, a.Total, a.Findings, a.Gain})
}

// Shapley divides the gain of all tricks together over none of them into shares, one a trick, that add
// up to it: the share of a trick is what switching it on adds, averaged over all orders in which the
// tricks could be switched on one after the other. It is the only division that adds up, gives equal
// tricks equal shares and a trick that changes nothing a share of zero, and is additive over metrics.
//
// d must be a full factorial and runs[i][s] the outcome of d.Cells[i] at seed s. Shares are computed seed
// by seed, so that their intervals come from the spread between seeds. The sum over tricks equals the
// total at every seed up to rounding.
//
// Source: Shapley 1953, "A value for n-person games", Contributions to the Theory of Games II, 307-317.
func (d Design) Shapley(runs [][]Outcome, r Rule) (Attribution, error) {
	if !d.Full() {
		return Attribution{}, fmt.Errorf("shares need every combination of the tricks, and this design is a fraction: use the full factorial")
	}
	seeds, err := d.checkRuns(runs)
	if err != nil {
		return Attribution{}, err
	}
	k := len(d.Factors)
	a := Attribution{Factors: d.Factors, Seeds: []int{}, Shares: make([][]float64, k), Total: []float64{}}
	all := Cell(1)<<k - 1
	total := make([]float64, len(d.Cells))
	total[all], total[0] = 1, -1
	var comparisons []Comparison
	weights := make([][]float64, k)
	for j := range k {
		weights[j] = shapleyWeights(k, j)
		a.Shares[j] = []float64{}
		comparisons = append(comparisons, Comparison{d.Factors[j], weighted(runs, weights[j], seeds, r.Diverged)})
	}
	for s := range seeds {
		if !usable(runs, s, r.Diverged) {
			continue
		}
		a.Seeds = append(a.Seeds, s)
		a.Total = append(a.Total, imputed(runs[all][s], r.Diverged)-imputed(runs[0][s], r.Diverged))
		for j := range k {
			// Differences first: what does not depend on the trick cancels before it is rounded.
			var share float64
			for c := range d.Cells {
				if run := Cell(c); !run.Has(j) {
					share += weights[j][c|1<<j] * (imputed(runs[c|1<<j][s], r.Diverged) - imputed(runs[c][s], r.Diverged))
				}
			}
			a.Shares[j] = append(a.Shares[j], share)
		}
	}
	if a.Findings, err = r.Judge(comparisons...); err != nil {
		return Attribution{}, err
	}
	gain, err := r.Judge(Comparison{"all of them", weighted(runs, total, seeds, r.Diverged)})
	if err != nil {
		return Attribution{}, err
	}
	a.Gain = gain[0]
	return a, nil
}

// shapleyWeights is the weight of every combination in the share of factor j: |S|! (k-|S|-1)! / k! for
// S with j added, and minus that for S, S without j.
func shapleyWeights(k, j int) []float64 {
	w := make([]float64, 1<<k)
	for c := range w {
		if Cell(c).Has(j) {
			continue
		}
		size := Cell(c).Order()
		// 1 / (k * C(k-1, size)), exact in float64 for k <= 16.
		v := 1 / (float64(k) * binomial(k-1, size))
		w[c|1<<j], w[c] = v, -v
	}
	return w
}

func binomial(n, k int) float64 {
	b := 1.0
	for i := range k {
		b = math.Round(b * float64(n-i) / float64(i+1))
	}
	return b
}

func usable(runs [][]Outcome, s int, p Policy) bool {
	for _, row := range runs {
		if st := row[s].status(); st == Missing || (st == Diverged && !p.Impute) {
			return false
		}
	}
	return true
}

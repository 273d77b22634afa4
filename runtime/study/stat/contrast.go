package stat

import "fmt"

// Contrast makes, for every seed, the pair that an effect of a design compares: the mean over the runs in which the product of
// the effect's factors is +1 (on), and the mean over those in which it is -1 (off). It is what [Design.Effects] judges, for
// who watches an effect while its study runs. runs is as for Effects; seeds of the pairs count from 0.
func (d Design) Contrast(runs [][]Outcome, effect Cell, p Policy) ([]Pair, error) {
	seeds, err := d.checkRuns(runs)
	if err != nil {
		return nil, err
	}
	if effect == 0 || effect >= 1<<len(d.Factors) {
		return nil, fmt.Errorf("effect %b of a design with %d factors", effect, len(d.Factors))
	}
	weights := make([]float64, len(d.Cells))
	for i, c := range d.Cells {
		weights[i] = float64(sign(c, effect)) / (float64(len(d.Cells)) / 2)
	}
	return weighted(runs, weights, seeds, p), nil
}

// Decide takes the next pair as [Sequential.Add] does and returns the verdict so far, without the interval and the outlook, which
// take longer to work out than the verdict.
func (s *Sequential) Decide(p Pair) (Verdict, error) {
	err := s.observe(p)
	return s.verdict, err
}

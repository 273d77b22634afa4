package stat

import (
	"encoding/json"
	"fmt"
	"math"
)

// BandPoint is one step of a learning curve over several seeds.
type BandPoint struct {
	N        int      // curves that have a finite value here
	Mean     float64  // over those; 0 where there are none (null in JSON)
	SD       float64  // over those; 0 below two
	Interval Interval // for the mean, at this step alone; unbounded below two curves
	Diverged int      // curves whose value here is not finite
	Ended    int      // curves that ended before this step
}

// MarshalJSON writes the point; mean is null where no curve has a value.
func (p BandPoint) MarshalJSON() ([]byte, error) {
	m := number(p.Mean)
	if p.N == 0 {
		m = number(math.NaN())
	}
	return json.Marshal(struct {
		N        int      `json:"n"`
		Mean     number   `json:"mean"`
		SD       number   `json:"sd"`
		Interval Interval `json:"interval"`
		Diverged int      `json:"diverged"`
		Ended    int      `json:"ended"`
	}{p.N, m, number(p.SD), p.Interval, p.Diverged, p.Ended})
}

// Curves returns the mean of several learning curves with a pointwise t interval, step by step up to
// the end of the longest. Each interval holds the mean of its own step with the stated confidence; the
// band as a whole holds the whole curve with less. Curves that ended early (a run that stopped) or
// have values that are not finite (a run that diverged) leave the mean at that point, and are counted
// there, for a mean over fewer seeds is about other runs than the one before.
//
// Source: Student's t interval (see [Summary.T]) at each step.
func Curves(curves [][]float64, level float64) ([]BandPoint, error) {
	if err := checkLevel(level); err != nil {
		return nil, err
	}
	steps := 0
	for _, c := range curves {
		steps = max(steps, len(c))
	}
	band := make([]BandPoint, steps)
	for i := range band {
		p := BandPoint{Interval: Unbounded(level)}
		var values []float64
		for _, c := range curves {
			switch {
			case i >= len(c):
				p.Ended++
			case !isFinite(c[i]):
				p.Diverged++
			default:
				values = append(values, c[i])
			}
		}
		if p.N = len(values); p.N > 0 {
			p.Mean, p.SD = moments(values, 0)
		}
		switch {
		case p.N > 1 && p.SD == 0:
			p.Interval = Interval{p.Mean, p.Mean, level}
		case p.N > 1:
			half := tUpper((1-level)/2, float64(p.N-1)) * p.SD / math.Sqrt(float64(p.N))
			p.Interval = Interval{p.Mean - half, p.Mean + half, level}
		}
		band[i] = p
	}
	return band, nil
}

// CurveDifferences subtracts the curves with a trick off from those with it on, seed by seed, for a
// paired band: what seeds share cancels. A difference is as long as the shorter curve.
func CurveDifferences(on, off [][]float64) ([][]float64, error) {
	if len(on) != len(off) {
		return nil, fmt.Errorf("%d curves with the trick on and %d with it off: a paired band needs one of each per seed", len(on), len(off))
	}
	d := make([][]float64, len(on))
	for i := range on {
		n := min(len(on[i]), len(off[i]))
		d[i] = make([]float64, n)
		for j := range n {
			d[i][j] = on[i][j] - off[i][j]
		}
	}
	return d, nil
}

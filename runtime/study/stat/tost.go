package stat

import (
	"fmt"
	"math"
)

// Equivalence is the result of two one-sided tests against a margin.
type Equivalence struct {
	Margin float64 `json:"margin"`
	PLower float64 `json:"p_lower"` // of the claim that the mean difference is above -margin
	PUpper float64 `json:"p_upper"` // of the claim that it is below +margin
	P      float64 `json:"p"`       // the larger of the two: both claims must hold
	// Interval is the confidence interval of level 1-2*alpha. The tests find equivalence at alpha
	// exactly when it lies inside (-margin, margin).
	Interval Interval `json:"interval"`
	Method   string   `json:"method"` // "t" or "sign-flip"
}

// Holds reports whether the difference was shown to lie within the margin at error rate alpha.
func (e Equivalence) Holds(alpha float64) bool { return e.P <= alpha }

// TOST tests whether the mean difference lies within (-margin, margin), by two one-sided paired t
// tests, each at alpha. Failing to find a difference is no evidence that there is none; this is the
// test that can find that.
//
// Differences that are all zero have p = 0 from two pairs on: the arms are the same runs. Differences
// without spread that are not zero give no estimate of their spread, and p = 1.
//
// Source: Schuirmann 1987, "A comparison of the two one-sided tests procedure and the power approach
// for assessing the equivalence of average bioavailability", J. Pharmacokinet. Biopharm. 15:657-680;
// the interval formulation: Westlake 1981, Biometrics 37:589-594.
func TOST(s Summary, margin, alpha float64) (Equivalence, error) {
	if err := checkMargin(margin); err != nil {
		return Equivalence{}, err
	}
	if err := checkTOSTAlpha(alpha); err != nil {
		return Equivalence{}, err
	}
	e := Equivalence{Margin: margin, PLower: 1, PUpper: 1, P: 1, Method: "t"}
	t, err := s.T(1 - 2*alpha)
	if err != nil {
		return Equivalence{}, err
	}
	e.Interval = t.Interval
	switch {
	case t.Degenerate && t.Interval.Bounded(): // two or more pairs, all differences zero
		e.PLower, e.PUpper = 0, 0
	case !t.Degenerate:
		df := float64(t.DF)
		e.PLower = clampP(tSurvival((s.Mean+margin)/s.SE, df))
		e.PUpper = clampP(tSurvival((margin-s.Mean)/s.SE, df))
	}
	e.P = math.Max(e.PLower, e.PUpper)
	return e, nil
}

// SignFlipTOST is [TOST] without the assumption of normal differences: the two one-sided tests are
// sign-flip tests of the differences shifted by the margin. Its p-values have the floor 1/2^n.
//
// Source: Schuirmann 1987 for the procedure, Fisher 1935 and Hartigan 1969 for the test and interval
// (see [SignFlipTest]); Wellek 2010, Testing Statistical Hypotheses of Equivalence and Noninferiority,
// ch. 5, for distribution-free paired equivalence.
func SignFlipTOST(d []float64, margin, alpha float64, r Resampling) (Equivalence, error) {
	if err := checkMargin(margin); err != nil {
		return Equivalence{}, err
	}
	if err := checkTOSTAlpha(alpha); err != nil {
		return Equivalence{}, err
	}
	e := Equivalence{Margin: margin, Method: "sign-flip"}
	center, err := SignFlipTest(d, 1-2*alpha, r)
	if err != nil {
		return Equivalence{}, err
	}
	e.Interval = center.Interval
	up, down := make([]float64, len(d)), make([]float64, len(d))
	for i, v := range d {
		up[i], down[i] = v+margin, v-margin
	}
	if r, err = r.filled(); err != nil {
		return Equivalence{}, err
	}
	e.PLower, _ = flipP(up, r)
	_, e.PUpper = flipP(down, r)
	e.P = math.Max(e.PLower, e.PUpper)
	return e, nil
}

func checkTOSTAlpha(alpha float64) error {
	if !(alpha > 0 && alpha < 0.5) {
		return fmt.Errorf("error rate %v of an equivalence test: it must lie between 0 and 0.5, say 0.05", alpha)
	}
	return nil
}

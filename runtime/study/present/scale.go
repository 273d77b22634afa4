package present

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// scale maps values to percentages of a chart's width or height.
type scale struct {
	lo, hi float64
	log    bool
}

// newScale covers all finite values among those given, with some air at both ends. Values that are all alike, or none, still give
// a scale of some width.
func newScale(values ...float64) scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	width := hi - lo
	if width <= 1e-12*math.Max(math.Abs(lo), math.Abs(hi)) || width == 0 {
		width = math.Max(math.Abs(lo), 1) * 0.1
	}
	return scale{lo: lo - 0.05*width, hi: hi + 0.05*width}
}

// tight covers exactly the two values.
func tight(lo, hi float64) scale {
	if !(lo < hi) {
		lo, hi = lo-0.5, lo+0.5
	}
	return scale{lo: lo, hi: hi}
}

// logScale covers positive values on a logarithmic scale; with a value that is not positive it is linear.
func logScale(values ...float64) scale {
	logs := make([]float64, len(values))
	for i, v := range values {
		if v <= 0 {
			return newScale(values...)
		}
		logs[i] = math.Log(v)
	}
	s := newScale(logs...)
	s.log = true
	return s
}

// at is the place of a value, in percent from the low end; values beyond an end are put there.
func (s scale) at(x float64) float64 {
	if s.log {
		x = math.Log(x)
	}
	return math.Max(0, math.Min(100, 100*(x-s.lo)/(s.hi-s.lo)))
}

// beyond reports on which side of the scale a value lies: -1, 0 or 1.
func (s scale) beyond(x float64) int {
	if s.log {
		x = math.Log(x)
	}
	switch {
	case x < s.lo:
		return -1
	case x > s.hi:
		return 1
	}
	return 0
}

// tick is a mark of an axis.
type tick struct {
	At   float64 // percent from the low end
	Text string
	Zero bool
}

// ticks gives about n marks at round numbers, written by text (nil: plainly).
//
// Source of the choice of steps: Heckbert 1990, "Nice numbers for graph labels", Graphics Gems, 61-63.
func (s scale) ticks(n int, text func(float64) string) []tick {
	if s.log {
		return s.logTicks(text)
	}
	step := nice((s.hi - s.lo) / float64(max(1, n)))
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var out []tick
	for i := math.Ceil(s.lo / step); i*step <= s.hi; i++ {
		x := i * step
		if i == 0 {
			x = 0
		}
		t := tick{At: s.at(x), Zero: x == 0}
		if text != nil {
			t.Text = text(x)
		} else {
			t.Text = minus(strconv.FormatFloat(x, 'f', digits, 64))
		}
		out = append(out, t)
		if len(out) > 50 {
			break
		}
	}
	return out
}

func (s scale) logTicks(text func(float64) string) []tick {
	var out []tick
	for e := math.Floor(s.lo / math.Ln10); e <= math.Ceil(s.hi/math.Ln10); e++ {
		for _, m := range []float64{1, 2, 5} {
			x := m * math.Pow(10, e)
			if l := math.Log(x); l < s.lo || l > s.hi {
				continue
			}
			t := tick{At: s.at(x), Text: fmt.Sprintf("%.4g", x)}
			if text != nil {
				t.Text = text(x)
			}
			out = append(out, t)
		}
	}
	return out
}

// nice rounds a step up to 1, 2 or 5 times a power of ten.
func nice(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	e := math.Pow(10, math.Floor(math.Log10(x)))
	switch f := x / e; {
	case f <= 1+1e-9:
		return e
	case f <= 2+1e-9:
		return 2 * e
	case f <= 5+1e-9:
		return 5 * e
	}
	return 10 * e
}

// coordinate writes a percentage for an attribute: two digits at most.
func coordinate(x float64) string {
	s := strconv.FormatFloat(x, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

// axisText writes the ticks of differences of a metric in the unit that readers know: points for shares.
func axisText(share bool, step float64) func(float64) string {
	if share {
		step *= 100
	}
	digits := max(0, -int(math.Floor(math.Log10(nice(step))+1e-9)))
	return func(x float64) string {
		if share {
			x *= 100
		}
		s := strconv.FormatFloat(x, 'f', digits, 64)
		if x > 0 {
			s = "+" + s
		}
		return minus(s)
	}
}

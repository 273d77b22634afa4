package study

import (
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// newMetric reads a metric such as test.accuracy. A name without a part means the test part where the program has one. reported are
// the metrics that the program reports, which tell of its own functions which way is better.
func newMetric(name string, measured []string, reported []*model.Node) (Metric, error) {
	m := Metric{Name: name}
	if len(measured) > 0 && !strings.Contains(name, ".") {
		for _, part := range []string{"test.", "valid."} {
			if has(measured, part+name) {
				m.Name = part + name
				break
			}
		}
	}
	if len(measured) > 0 && !has(measured, m.Name) {
		return m, fmt.Errorf("%s is not measured by these runs", name)
	}
	m.Part, _, _ = strings.Cut(m.Name, ".")
	if m.Name == "gap" {
		m.Part = "valid"
	}
	m.Direction = stat.HigherIsBetter.String()
	if lower(m.Name, reported) {
		m.Direction = stat.LowerIsBetter.String()
	}
	m.Share = share(m.Name)
	return m, nil
}

// lower reports whether less of a metric is better.
func lower(name string, reported []*model.Node) bool {
	return name == measureGap || metric.Lower(name, reported...)
}

func has(list []string, name string) bool {
	for _, n := range list {
		if n == name {
			return true
		}
	}
	return false
}

// base is the metric's own name: rmse of test.rmse(cooling).
func base(name string) string {
	name = name[strings.IndexByte(name, '.')+1:]
	name, _ = metric.Split(name)
	return name
}

// shares are metrics that people read in percent.
func share(name string) bool {
	b := base(name)
	return b == "accuracy" || strings.HasPrefix(b, "top")
}

func (m Metric) better() stat.Direction {
	if m.Direction == stat.LowerIsBetter.String() {
		return stat.LowerIsBetter
	}
	return stat.HigherIsBetter
}

// gain turns a difference on - off so that positive is better.
func (m Metric) gain(x float64) float64 {
	if m.better() == stat.LowerIsBetter && x != 0 {
		return -x
	}
	return x
}

// gainInterval does the same for an interval.
func (m Metric) gainInterval(i stat.Interval) stat.Interval {
	if m.better() == stat.LowerIsBetter {
		i.Lo, i.Hi = m.gain(i.Hi), m.gain(i.Lo)
	}
	return i
}

// watched is the form of the metric that every epoch measures: on the valid part, else on the training part.
func (m Metric) watched(valid bool) string {
	name := m.Name[strings.IndexByte(m.Name, '.')+1:]
	if valid {
		return "valid." + name
	}
	return "train." + name
}

// Value writes a value of the metric: 97.8% of a share, else four digits.
func (m Metric) Value(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case m.Share:
		return fmt.Sprintf("%.2f%%", 100*x)
	}
	return trimmed(x)
}

// Difference writes a difference with its sign: +0.42 points of a share, else three digits.
func (m Metric) Difference(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 0):
		return fmt.Sprintf("%+.0f", x)
	case m.Share:
		return fmt.Sprintf("%+.2f", 100*x)
	}
	return fmt.Sprintf("%+.3g", x)
}

// Unit is what Difference counts in, with a space in front; empty where the metric has none of its own.
func (m Metric) Unit() string {
	if m.Share {
		return " points"
	}
	return ""
}

// Size writes the size of a difference with its unit: 0.42 points.
func (m Metric) Size(x float64) string {
	s := strings.TrimPrefix(m.Difference(math.Abs(x)), "+")
	if m.Share && s == "1.00" {
		return "1 point"
	}
	if m.Share && strings.HasSuffix(s, "0") && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		if s == "" || s == "-" {
			s = "0"
		}
	}
	return s + m.Unit()
}

// Interval writes an interval of differences: [-0.10, +0.90].
func (m Metric) Interval(i stat.Interval) string {
	if !i.Bounded() {
		return "[unbounded]"
	}
	if w := i.Width(); !m.Share && w > 0 {
		// Two digits of the width: more would be noise.
		digits := min(12, max(0, 1-int(math.Floor(math.Log10(w)))))
		return fmt.Sprintf("[%+.*f, %+.*f]", digits, i.Lo, digits, i.Hi)
	}
	return "[" + m.Difference(i.Lo) + ", " + m.Difference(i.Hi) + "]"
}

// format is how package stat writes differences of the metric.
func (m Metric) format() stat.Format {
	return func(x float64) string { return m.Difference(x) + m.Unit() }
}

func trimmed(x float64) string {
	switch a := math.Abs(x); {
	case a != 0 && (a < 1e-3 || a >= 1e5):
		return fmt.Sprintf("%.3g", x)
	case a >= 100:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.4f", x)
}

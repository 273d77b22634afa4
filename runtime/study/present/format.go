package present

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/study/stat"
)

// absent stands where there is no number.
const absent = "–"

// minus writes negative numbers with a minus sign in place of a hyphen, as wide as the plus sign.
func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }

// difference writes an effect with its sign and unit: +0.42 points.
func difference(m study.Metric, x study.Number) string {
	if !x.Finite() {
		return absent
	}
	return signless(m.Difference(float64(x))) + m.Unit()
}

// interval writes an interval of effects; an end that the runs cannot bound is an infinity.
func interval(m study.Metric, i stat.Interval) string {
	if math.IsInf(i.Lo, -1) && math.IsInf(i.Hi, 1) {
		return "no bounds"
	}
	return "[" + end(m, i.Lo) + ", " + end(m, i.Hi) + "]"
}

func end(m study.Metric, x float64) string {
	switch {
	case math.IsInf(x, -1):
		return "−∞"
	case math.IsInf(x, 1):
		return "+∞"
	}
	return signless(m.Difference(x))
}

// signless drops the sign of a difference that is zero to all the digits shown.
func signless(s string) string {
	if strings.Trim(s, "+-0.") == "" {
		return strings.TrimLeft(s, "+-")
	}
	return minus(s)
}

// value writes a value of a metric: 97.81%, 0.0721.
func value(m study.Metric, x study.Number) string {
	if !x.Finite() {
		return absent
	}
	return minus(m.Value(float64(x)))
}

// spread writes mean ± sd.
func spread(m study.Metric, mean, sd study.Number) string {
	if !mean.Finite() {
		return absent
	}
	s := value(m, mean)
	if !sd.Finite() {
		return s
	}
	if m.Share {
		return strings.TrimSuffix(s, "%") + fmt.Sprintf(" ± %.2f%%", 100*float64(sd))
	}
	return s + " ± " + minus(m.Value(float64(sd)))
}

// pText writes a p-value: two significant digits.
func pText(p float64) string {
	switch {
	case math.IsNaN(p):
		return absent
	case p < 0.0001:
		return "< 0.0001"
	case p >= 0.995:
		return "1"
	}
	return fmt.Sprintf("%.2g", p)
}

// percent writes a share in percent, without digits that say nothing.
func percent(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return absent
	}
	switch a := 100 * math.Abs(x); {
	case a == 0:
		return "0%"
	case a < 0.1:
		return minus(fmt.Sprintf("%.2g%%", 100*x))
	case a < 10:
		return minus(trimZeros(fmt.Sprintf("%.1f", 100*x)) + "%")
	}
	return minus(fmt.Sprintf("%.0f%%", 100*x))
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// level writes a confidence level: 95%.
func level(x float64) string { return trimZeros(fmt.Sprintf("%.2f", 100*x)) + "%" }

// change writes a ratio as a change: 1.2 is +20%.
func change(ratio study.Number) string {
	if !ratio.Finite() {
		return absent
	}
	d := float64(ratio) - 1
	switch {
	case math.Abs(d) < 0.0005:
		return "no change"
	case ratio >= 10:
		return fmt.Sprintf("×%.3g", float64(ratio))
	case d > 0:
		return "+" + percent(d)
	}
	return percent(d)
}

// signed writes a share in percent with its sign.
func signed(x float64) string {
	if x > 0 {
		return "+" + percent(x)
	}
	return percent(x)
}

// seconds writes a time that a run takes: 0.34 s, 41 s, 3m20s.
func seconds(x study.Number) string {
	if !x.Finite() {
		return absent
	}
	s := float64(x)
	switch {
	case s < 10:
		return fmt.Sprintf("%.2g s", s)
	case s < 100:
		return fmt.Sprintf("%.0f s", s)
	}
	return study.Duration(time.Duration(s * float64(time.Second)))
}

// size writes bytes in units of 1024.
func size(n int64) string {
	if n <= 0 {
		return absent
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	x, i := float64(n), 0
	for x >= 1024 && i < len(units)-1 {
		x, i = x/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.3g %s", x, units[i])
}

// count writes a whole number with thin spaces between thousands.
func count[N int | int64](n N) string {
	s := fmt.Sprint(n)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	if neg {
		s = "−" + s
	}
	return s
}

// plural writes a count with its noun: 1 run, 2 runs.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// list writes names as people do: a, b and c.
func list(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// plain writes a measured value of an unknown kind: four significant digits at most.
func plain(x study.Number) string {
	if !x.Finite() {
		return absent
	}
	f := float64(x)
	if a := math.Abs(f); a >= 10000 && f == math.Trunc(f) {
		return count(int64(f))
	}
	return minus(fmt.Sprintf("%.4g", f))
}

// metricNamed gives the metric of a measured name, so that its values can be written: test.accuracy in percent.
func metricNamed(name string) study.Metric {
	base := name[strings.IndexByte(name, '.')+1:]
	return study.Metric{Name: name, Share: base == "accuracy" || strings.HasPrefix(base, "top")}
}

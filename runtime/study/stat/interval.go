package stat

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Interval is a closed confidence interval [Lo, Hi] in the units of the differences.
//
// Lo is -Inf and Hi is +Inf where the data cannot bound that side; in JSON an unbounded end is null.
type Interval struct {
	Lo, Hi float64
	Level  float64 // the confidence stated, say 0.95; the coverage attained is at least this under the method's assumptions
}

// Unbounded returns the interval that excludes nothing.
func Unbounded(level float64) Interval { return Interval{math.Inf(-1), math.Inf(1), level} }

// Bounded reports whether both ends are finite.
func (i Interval) Bounded() bool { return !math.IsInf(i.Lo, 0) && !math.IsInf(i.Hi, 0) }

// Contains reports whether x lies in the interval, ends included.
func (i Interval) Contains(x float64) bool { return i.Lo <= x && x <= i.Hi }

// Within reports whether the whole interval lies strictly between -margin and margin.
func (i Interval) Within(margin float64) bool { return -margin < i.Lo && i.Hi < margin }

// Width returns Hi - Lo.
func (i Interval) Width() float64 { return i.Hi - i.Lo }

// Text writes the interval with the given number format, say "[+0.1%, +0.9%]".
func (i Interval) Text(f Format) string {
	f = f.orDefault()
	lo, hi := "-inf", "+inf"
	if !math.IsInf(i.Lo, 0) {
		lo = f(i.Lo)
	}
	if !math.IsInf(i.Hi, 0) {
		hi = f(i.Hi)
	}
	return "[" + lo + ", " + hi + "]"
}

// String writes the interval with four significant digits.
func (i Interval) String() string { return i.Text(nil) }

// MarshalJSON writes {"lo": …, "hi": …, "level": …} with null for an unbounded end.
func (i Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Lo    number `json:"lo"`
		Hi    number `json:"hi"`
		Level number `json:"level"`
	}{number(i.Lo), number(i.Hi), number(i.Level)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Interval) UnmarshalJSON(b []byte) error {
	var v struct{ Lo, Hi, Level *float64 }
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("an interval is an object with lo, hi and level: %w", err)
	}
	*i = Unbounded(0)
	if v.Lo != nil {
		i.Lo = *v.Lo
	}
	if v.Hi != nil {
		i.Hi = *v.Hi
	}
	if v.Level != nil {
		i.Level = *v.Level
	}
	return nil
}

// number is a float64 whose JSON is null when it is not finite.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(f)
}

// Format writes a difference or an effect for people, with a sign and its unit: the caller knows
// whether 0.005 is "+0.5%" or "+0.005". A nil Format writes four significant digits.
type Format func(float64) string

func (f Format) orDefault() Format {
	if f != nil {
		return f
	}
	return func(x float64) string {
		s := strconv.FormatFloat(x, 'g', 4, 64)
		if x > 0 {
			s = "+" + s
		}
		return s
	}
}

// magnitude writes |x| without the sign that a Format puts before positive numbers.
func (f Format) magnitude(x float64) string {
	s := f.orDefault()(math.Abs(x))
	if len(s) > 0 && s[0] == '+' {
		s = s[1:]
	}
	return s
}

package study

import (
	"encoding/json"
	"math"
	"strconv"
)

// Number is a measured value. In JSON a number that is not finite (a run that diverged, a value that was not measured) is
// null, and null reads back as NaN.
type Number float64

// NaN is the number of what was not measured.
func NaN() Number { return Number(math.NaN()) }

// Finite reports whether there is a value.
func (n Number) Finite() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null for what is not finite.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Finite() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as NaN.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = NaN()
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

func itoa(n int) string { return strconv.Itoa(n) }

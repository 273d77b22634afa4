package canon_test

import (
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/diag"
)

// TestMeasure holds functions of a program that are read as metrics to their formulas.
func TestMeasure(t *testing.T) {
	src := `
let floor_at = 1
let relative(a, b) = abs(a - b) / max(abs(a), floor_at)
let mape(y, p) = mean(relative(y, p))
let r2(y, p) = 1 - sum(square(y - p)) / sum(square(y - mean(y)))
let worst(y, p) = max(abs(y - p))
let vector(y, p) = y - p
let three(y, p, q) = mean(y - p + q)
let typo(y, p) = mean(y - q)
`
	var diags diag.List
	loader := canon.NewLoader(&diags, func(string) ([]byte, error) { return []byte(src), nil })
	scope := loader.Load("m.net", diag.Span{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	env := scope.Env()
	y, p := []float64{0.5, 2, -4}, []float64{1, 1, -5}
	for _, c := range []struct {
		name  string
		want  float64
		lower bool
	}{
		{"mape", (0.5/1 + 1.0/2 + 1.0/4) / 3, true},
		{"r2", 1 - 2.25/(1*1+2.5*2.5+3.5*3.5), false},
		{"worst", 1, true},
	} {
		m, err := env.Measure(c.name, diag.Span{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Of(y, p); err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
		if m.Lower() != c.lower {
			t.Errorf("%s: Lower is %v", c.name, m.Lower())
		}
	}
	for name, want := range map[string]string{
		"vector": "end it with mean or sum",
		"three":  "a function of two arguments",
		"typo":   "nothing here is called q",
		"absent": "no function is called absent",
	} {
		if _, err := env.Measure(name, diag.Span{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

package parity

import (
	"math"
	"testing"
)

// summaryOf is what make.py stores of a tensor.
func summaryOf(v []float64) tensor {
	w := tensor{elements: map[int]float64{}, size: len(v)}
	for k := range projections {
		p := 0.0
		for i, s := range signs(k, len(v)) {
			p += s * v[i]
		}
		w.projections = append(w.projections, p)
	}
	for i, x := range v {
		w.norm += x * x
		if len(v) <= whole || i*sampled%len(v) < sampled {
			w.elements[i] = x
		}
	}
	w.norm = math.Sqrt(w.norm)
	return w
}

// A wrong tensor is seen wherever it is wrong: in an element that is no sample, in its sign, in its order, in its scale.
func TestMeasureSeesErrors(t *testing.T) {
	for _, n := range []int{3, whole, 20000} {
		v := widen(inputs("measure", n))
		want := summaryOf(v)
		if g := want.gap(v, want, 0); !g.near() || g.norm > 1e-12 {
			t.Errorf("%d elements: a tensor is off from itself by %v", n, g)
		}
		odd := n / 2 * 2 / 2 // between two samples
		for what, spoil := range map[string]func(v []float64){
			"an element":      func(v []float64) { v[odd] += 0.05 * want.norm },
			"another element": func(v []float64) { v[n-1] -= 0.05 * want.norm },
			"all, slightly":   func(v []float64) { scale(v, 1+3e-4) },
			"the sign":        func(v []float64) { scale(v, -1) },
			"two swapped":     func(v []float64) { v[odd-1], v[n-1] = v[n-1], v[odd-1] },
			"NaN":             func(v []float64) { v[odd] = math.NaN() },
			"zeros":           func(v []float64) { clear(v) },
		} {
			bad := append([]float64(nil), v...)
			spoil(bad)
			if g := want.gap(bad, want, 0); g.near() {
				t.Errorf("%d elements: %s is not noticed: %v", n, what, g)
			}
		}
		if want.gap(v[1:], want, 0).near() {
			t.Errorf("%d elements: a missing one is not noticed", n)
		}
	}
}

func scale(v []float64, f float64) {
	for i := range v {
		v[i] *= f
	}
}

package parity

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// These are the constants of make.py.
const (
	sampled     = 64
	whole       = 512
	projections = 8
)

// Tolerance is how far netc may be from PyTorch.
const tolerance = 1e-4

func readFixture(t *testing.T, file string) *safetensors.File {
	t.Helper()
	f, err := safetensors.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func metadata[T any](t *testing.T, f *safetensors.File, key string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(f.Metadata[key]), &v); err != nil {
		t.Fatalf("metadata %s: %v", key, err)
	}
	return v
}

// tensor is what a fixture knows of a tensor of size elements.
type tensor struct {
	norm        float64
	projections []float64
	elements    map[int]float64
	size        int
}

// summarized reads a tensor that make.py wrote as norm, projections and elements.
func summarized(t *testing.T, f *safetensors.File, name string, size int) tensor {
	t.Helper()
	x := f.Get(name)
	known := min(size, whole)
	if size > whole {
		known = sampled
	}
	if x == nil || len(x.F32) != 1+projections+known {
		t.Fatalf("the fixture has no summary %s of %d elements", name, size)
	}
	w := tensor{norm: float64(x.F32[0]), elements: map[int]float64{}, size: size}
	for _, v := range x.F32[1 : 1+projections] {
		w.projections = append(w.projections, float64(v))
	}
	for i, v := range x.F32[1+projections:] {
		at := i
		if size > whole {
			at = i * size / sampled
		}
		w.elements[at] = float64(v)
	}
	return w
}

// complete is a tensor that make.py wrote with all of its elements.
func complete(v []float32) tensor {
	w := tensor{elements: map[int]float64{}, size: len(v)}
	for i, x := range v {
		w.elements[i] = float64(x)
		w.norm += float64(x) * float64(x)
	}
	w.norm = math.Sqrt(w.norm)
	return w
}

// gap is how far a tensor is from its fixture, in units of what it is measured by.
type gap struct {
	norm, element float64
	at            int // of the element
}

func (g gap) String() string {
	return fmt.Sprintf("%.1e in norm, %.1e at element %d", g.norm, g.element, g.at)
}

func (g gap) worse(h gap) gap {
	if h.element > g.element || math.IsNaN(h.element) {
		g.element, g.at = h.element, h.at
	}
	if h.norm > g.norm || math.IsNaN(h.norm) {
		g.norm = h.norm
	}
	return g
}

// near reports whether the gap is within the tolerance; NaN is not.
func (g gap) near() bool { return g.norm <= tolerance && g.element <= tolerance }

// gap measures got - w by a tensor, which is w itself except where changes are measured by weights: see the package comment. slack is an
// error of every element that is not counted.
func (w tensor) gap(got []float64, by tensor, slack float64) gap {
	if len(got) != w.size {
		return gap{math.Inf(1), math.Inf(1), 0}
	}
	n := math.Sqrt(float64(w.size))
	floor := by.norm / n
	over := func(d, by float64) float64 {
		if d = max(d, 0); d == 0 || math.IsNaN(d) {
			return d
		}
		return d / by
	}
	var g gap
	for i, v := range w.elements {
		e := over(math.Abs(got[i]-v)-slack, max(math.Abs(by.elements[i]), floor))
		g = g.worse(gap{0, e, i})
	}
	var norm, off float64
	for _, v := range got {
		norm += v * v
	}
	if len(w.elements) == w.size {
		for i, v := range w.elements {
			off += (got[i] - v) * (got[i] - v)
		}
		off = math.Sqrt(off)
	} else {
		for k, p := range w.projections {
			d := -p
			for i, s := range signs(k, w.size) {
				d += s * got[i]
			}
			if k == 0 { // the sum is no random projection; its error is bounded by sqrt(n) times the norm's
				g = g.worse(gap{norm: over(math.Abs(d)/n-slack, by.norm)})
				continue
			}
			off += d * d / (projections - 1)
		}
		off = math.Sqrt(off)
	}
	g = g.worse(gap{norm: over(off-slack*n, by.norm)})
	return g.worse(gap{norm: over(math.Abs(math.Sqrt(norm)-w.norm)-slack*n, by.norm)})
}

func widen(v []float32) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
}

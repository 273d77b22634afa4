package stat

import (
	"math"
	"os"
	"testing"
)

// near reports a value that is not within tol, relative for magnitudes above 1.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tol*math.Max(1, math.Abs(want)) {
		t.Errorf("%s = %.15g, want %.15g (tolerance %g)", what, got, want, tol)
	}
}

// must returns the value of a call that cannot fail in this test.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// studies is the number of simulated studies: few by default, 10,000 with NETC_LONG=1.
func studies(few int) int {
	if os.Getenv("NETC_LONG") == "1" {
		return 10_000
	}
	return few
}

// sleep is the difference in hours of sleep gained between two drugs in ten patients: Student 1908,
// Biometrika 6:20, as in R's data set "sleep".
var sleep = []float64{1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4}

// darwin is the height of crossed minus self-fertilized maize in eighths of an inch, 15 pairs: Darwin
// 1876, analysed in Fisher 1935, The Design of Experiments, §17 and §21.
var darwin = []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}

func normals(r *stream, n int, mu, sd float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = mu + sd*r.Norm()
	}
	return x
}

// shapes are distributions of differences that are symmetric around zero, as on minus off is when the
// trick does nothing.
var shapes = []struct {
	name string
	draw func(*stream) float64
}{
	{"normal", func(r *stream) float64 { return r.Norm() }},
	{"heavy tails", func(r *stream) float64 { return r.Norm() / math.Sqrt(-math.Log(r.Float64())) }}, // t with 2 degrees of freedom
	{"skewed arms", func(r *stream) float64 { return math.Log(r.Float64()) - math.Log(r.Float64()) }},
	{"few test examples", func(r *stream) float64 { return math.Round(2*r.Norm()) / 360 }}, // ties and zeros
	{"two kinds of seed", func(r *stream) float64 {
		x := r.Norm()
		if r.IntN(10) == 0 {
			x *= 30
		}
		return x
	}},
}

package rng

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The known answers of Random123's kat_vectors file.
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		key       [2]uint32
		ctr, want [4]uint32
	}{
		{[2]uint32{0, 0}, [4]uint32{0, 0, 0, 0}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[2]uint32{ones, ones}, [4]uint32{ones, ones, ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		got := Philox(c.key, c.ctr[0], c.ctr[1], c.ctr[2], c.ctr[3])
		if got != c.want {
			t.Errorf("key %x counter %x: got %x, want %x", c.key, c.ctr, got, c.want)
		}
	}
}

// The language's semantics: these values never change.
func TestGolden(t *testing.T) {
	s := New(1, Init, "model.conv[1]")
	z := Normal64(s.Block(0, 0, 0, 0))
	order := make([]uint32, 10)
	Perm(New(1, Order, "data"), order, 3)
	series := New(7, Augment, "train.augment.mixup[1]").Series(5, 2, 0)
	got := []string{
		fmt.Sprintf("key %08x", s.Key()),
		fmt.Sprintf("key of another seed %08x", New(2, Init, "model.conv[1]").Key()),
		fmt.Sprintf("key of another purpose %08x", New(1, Mask, "model.conv[1]").Key()),
		fmt.Sprintf("key of the empty path %08x", New(1, Init, "").Key()),
		fmt.Sprintf("block %08x", s.Block(0, 0, 0, 0)),
		fmt.Sprintf("uniform %x", Uniform(s.Block(0, 0, 0, 0)[0])),
		fmt.Sprintf("normal %x", z[:]),
		fmt.Sprintf("perm %d", order),
		fmt.Sprintf("beta %x %x %x", series.Beta(0.2), series.Beta(1), series.Beta(8)),
	}
	want := []string{
		"key [ed2525a6 f0971875]",
		"key of another seed [0c18bee2 529d594a]",
		"key of another purpose [b3c74637 836e00ed]",
		"key of the empty path [19ad15e7 8e775fba]",
		"block [133f2496 4f780d37 763ab51c c09a96d6]",
		"uniform 0x1.33f24p-04",
		"normal [-0x1.afb0342f6ce3bp-01 0x1.0e76f96d4f2b9p+01 0x1.2dd45ec6d6edcp-06 -0x1.3e2db64ca8abfp+00]",
		"perm [2 3 4 6 9 1 7 8 0 5]",
		"beta 0x1.9c7ccc802697bp-01 0x1.87fd0243be8bfp-01 0x1.2fe11c0457048p-01",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the definition of the draws changed (-want +got):\n%s", diff)
	}
}

func TestElementaryAgainstMath(t *testing.T) {
	near := func(name string, x, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-15*math.Max(1, math.Abs(want)) { // the angle of the reference is rounded too
			t.Errorf("%s(%v) = %v, package math says %v", name, x, got, want)
		}
	}
	s := New(1, Noise, "test").Series(0, 0, 0)
	for range 200_000 {
		w := s.Word()
		u := (float64(w) + 1) / (1 << 32)
		near("ln", u, ln(u), math.Log(u))
		sin, cos := SincosTurn(w)
		wantSin, wantCos := math.Sincos(2 * math.Pi * (float64(w) / (1 << 32)))
		near("sin", u, sin, wantSin)
		near("cos", u, cos, wantCos)
		x := 40 * (u - 0.5)
		near("exp", x, exp(x), math.Exp(x))
	}
	for _, w := range []uint32{0, 1, 1 << 29, 1 << 30, 1 << 31, 3 << 30, math.MaxUint32} {
		sin, cos := SincosTurn(w)
		wantSin, wantCos := math.Sincos(2 * math.Pi * (float64(w) / (1 << 32)))
		near("sin", float64(w), sin, wantSin)
		near("cos", float64(w), cos, wantCos)
	}
	near("ln", 1, ln(1), 0)
	near("exp", -800, exp(-800), 0)
	near("exp", -740, exp(-740), math.Exp(-740))
}

func TestUniformRange(t *testing.T) {
	if got := Uniform(0); got != 0 {
		t.Errorf("Uniform(0) = %v", got)
	}
	if got := Uniform(math.MaxUint32); got >= 1 || got != 1-1.0/(1<<24) {
		t.Errorf("Uniform of the largest word = %v", got)
	}
}

func TestMoments(t *testing.T) {
	const n = 400_000
	s := New(3, Noise, "moments")
	u, z := make([]float32, n), make([]float32, n)
	FillUniform(s, u, 0, 0, 0)
	FillNormal(s, z, 1, 0, 0)
	moment := func(x []float32, k int) (m float64) {
		for _, v := range x {
			m += math.Pow(float64(v), float64(k))
		}
		return m / n
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"uniform mean", moment(u, 1), 1.0 / 2},
		{"uniform second moment", moment(u, 2), 1.0 / 3},
		{"normal mean", moment(z, 1), 0},
		{"normal variance", moment(z, 2), 1},
		{"normal third moment", moment(z, 3), 0},
		{"normal fourth moment", moment(z, 4), 3},
	} {
		if math.Abs(c.got-c.want) > 0.03 {
			t.Errorf("%s %v, want %v", c.name, c.got, c.want)
		}
	}
}

// Beta(a, a) has mean 1/2 and variance 1/(4(2a+1)).
func TestBetaMoments(t *testing.T) {
	for _, a := range []float64{0.001, 0.2, 1, 4} {
		s := New(3, Augment, "beta").Series(uint32(a*1000), 0, 0)
		const n = 50_000
		sum, squares := 0.0, 0.0
		for range n {
			x := s.Beta(a)
			if !(x >= 0 && x <= 1) {
				t.Fatalf("Beta(%v) gave %v", a, x)
			}
			sum += x
			squares += x * x
		}
		mean := sum / n
		variance := squares/n - mean*mean
		if math.Abs(mean-0.5) > 0.01 || math.Abs(variance-1/(4*(2*a+1))) > 0.005 {
			t.Errorf("Beta(%v): mean %v, variance %v, want 0.5, %v", a, mean, variance, 1/(4*(2*a+1)))
		}
	}
}

func TestFillIsTheSeries(t *testing.T) {
	s := New(9, Mask, "x")
	got := make([]float32, 7)
	FillUniform(s, got, 3, 4, 5)
	series := s.Series(3, 4, 5)
	for i, v := range got {
		if w := series.Uniform(); w != v {
			t.Errorf("draw %d: %v and %v", i, v, w)
		}
	}
}

// All 24 orders of 4 things come equally often, and a draw of 3 has no bias.
func TestPermIsUniform(t *testing.T) {
	const n = 48_000
	counts := map[[4]uint32]int{}
	s := New(1, Order, "perm")
	var order [4]uint32
	for epoch := range uint32(n) {
		Perm(s, order[:], epoch)
		counts[order]++
	}
	if len(counts) != 24 {
		t.Fatalf("%d different orders, want 24", len(counts))
	}
	chi := 0.0
	for _, c := range counts {
		chi += (float64(c) - n/24) * (float64(c) - n/24) / (n / 24)
	}
	if chi > 49.7 { // 99.9% point with 23 degrees of freedom
		t.Errorf("chi-squared %.1f", chi)
	}
}

// With n just above 2^31 nearly half of all words are rejected, so retries are reached.
func TestIntNRejects(t *testing.T) {
	const n = 1<<31 + 1
	s := New(1, Split, "reject")
	sum := 0.0
	for i := range uint32(100_000) {
		v := IntN(s, n, i, 0)
		if v >= n {
			t.Fatalf("%d is not below %d", v, n)
		}
		sum += float64(v) / n
	}
	if mean := sum / 100_000; math.Abs(mean-0.5) > 0.005 {
		t.Errorf("mean %v", mean)
	}
}

func TestNoAllocation(t *testing.T) {
	s := New(1, Order, "x")
	order, z := make([]uint32, 100), make([]float32, 100)
	allocs := testing.AllocsPerRun(10, func() {
		Perm(s, order, 1)
		FillNormal(s, z, 1, 2, 3)
		series := s.Series(1, 2, 3)
		_ = series.Beta(0.2)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkPerm60000(b *testing.B) {
	s, order := New(1, Order, ""), make([]uint32, 60000)
	for i := uint32(0); b.Loop(); i++ {
		Perm(s, order, i)
	}
}

func BenchmarkNormal(b *testing.B) {
	s, z := New(1, Init, ""), make([]float32, 4096)
	b.SetBytes(4 * 4096)
	for i := uint32(0); b.Loop(); i++ {
		FillNormal(s, z, i, 0, 0)
	}
}

package stat

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The known answers of Random123's kat_vectors for philox4x32-10.
func TestPhiloxKnownAnswers(t *testing.T) {
	ff := uint32(math.MaxUint32)
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ff, ff, ff, ff}, [2]uint32{ff, ff}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if d := cmp.Diff(c.want, philox(c.counter, c.key)); d != "" {
			t.Error(d)
		}
	}
}

func TestStreamsAreReproducibleAndApart(t *testing.T) {
	a, b := newStream(7, purposeFlip, 3), newStream(7, purposeFlip, 3)
	other := newStream(7, purposeBootstrap, 3)
	same := 0
	for range 100 {
		x := a.Uint64()
		if x != b.Uint64() {
			t.Fatal("the same stream gave other numbers")
		}
		if x == other.Uint64() {
			same++
		}
	}
	if same > 0 {
		t.Errorf("streams of two purposes share %d numbers", same)
	}
	counts := make([]int, 6)
	r := newStream(1, purposeFlip, 0)
	for range 60_000 {
		counts[r.IntN(6)]++
	}
	for v, c := range counts {
		if c < 9_600 || c > 10_400 { // 4.4 standard deviations
			t.Errorf("IntN(6) gave %d %d times of 60,000", v, c)
		}
	}
}

// R 4.2.2: qt(p, df, lower.tail = FALSE).
func TestStudentQuantiles(t *testing.T) {
	for _, c := range []struct{ tail, df, want float64 }{
		{0.4, 1, 0.3249196962329063}, {0.4, 9, 0.2609553364739109}, {0.1, 2, 1.885618083164126},
		{0.025, 1, 12.70620473617471}, {0.025, 5, 2.570581835636315}, {0.025, 9, 2.262157162798205}, {0.025, 40, 2.021075390306274},
		{0.005, 5, 4.03214298355523}, {1e-4, 1, 3183.098757118151}, {1e-4, 40, 4.094207102730683},
		{1e-9, 2, 22360.67974145688}, {1e-9, 9, 23.7299198193785}, {1e-14, 5, 989.5866387884948}, {1e-14, 40, 11.64560933954908},
	} {
		near(t, "t quantile", tUpper(c.tail, c.df)/c.want, 1, 1e-12)
		near(t, "its survival", tSurvival(c.want, c.df)/c.tail, 1, 1e-10)
		near(t, "t quantile, lower", tUpper(1-c.tail, c.df), -c.want, math.Max(1e-11, 1e-14/c.tail))
	}
}

// R 4.2.2: pt(t, df, ncp).
func TestNoncentralT(t *testing.T) {
	for _, c := range []struct{ t, df, ncp, want float64 }{
		{2, 5, 1, 0.778074662615947}, {-1, 3, 0.5, 0.0921212098143628}, {2.262157, 9, 2.5, 0.393873165879125},
		{1, 1, 0, 0.75}, {1, 1, 3, 0.0336076382504589}, {3, 30, 3.5, 0.311886329788216}, {0.5, 19, -1, 0.931711768486919},
	} {
		near(t, "noncentral t", nctCDF(c.t, c.df, c.ncp), c.want, 1e-11)
	}
	for df := 1.0; df < 2000; df *= 3 {
		near(t, "total probability", overSD(df, math.Inf(1), func(float64) float64 { return 1 }), 1, 1e-12)
	}
}

// R 4.2.2: binom.test(k, n)$p.value.
func TestBinomialTwoSided(t *testing.T) {
	near(t, "6 of 16", binomialTwoSided(6, 16), 0.454498291015625, 1e-13)
	near(t, "59 of 145", binomialTwoSided(59, 145), 0.0304818146494877, 1e-12)
	near(t, "none of none", binomialTwoSided(0, 0), 1, 0)
	near(t, "0 of 6", binomialTwoSided(0, 6), 2./64, 1e-15)
	near(t, "3 of 6", binomialTwoSided(3, 6), 1, 0)
}

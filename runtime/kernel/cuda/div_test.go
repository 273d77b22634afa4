package cuda

import (
	"math/rand/v2"
	"testing"
)

func TestDivisors(t *testing.T) {
	quotient := func(n uint32, d div) uint32 { return uint32(uint64(n) * uint64(d.Mul) >> d.Shift) }
	for range 200_000 {
		d := 1 + int(rand.Uint32N(1<<31-1)>>rand.UintN(31))
		n := rand.Uint32N(1<<31) >> rand.UintN(31)
		if rand.IntN(2) == 0 { // next to a multiple
			n = n/uint32(d)*uint32(d) - min(n/uint32(d)*uint32(d), 1)
		}
		if got := quotient(n, newDiv(d)); got != n/uint32(d) {
			t.Fatalf("%d / %d gives %d", n, d, got)
		}
	}
}

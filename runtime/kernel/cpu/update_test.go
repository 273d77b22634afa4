package cpu

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// Every instruction set gives the same bits, for any length, numbers that are not finite included, and touches nothing behind the end.
func TestUpdatesGiveTheSameBits(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	streams := []int{doScale: 1, doAddScaled: 2, doAverage: 2, doMomentum: 3, doNesterov: 3, doAdam: 4}
	for do, k := range streams {
		for range 40 {
			n := r.IntN(70)
			var want, got update
			want.n, got.n = n, n
			for i := range want.f {
				want.f[i] = r.Float32()
			}
			got.f = want.f
			var behind [4][]float32
			for j := range k {
				s := make([]float32, n+8)
				for i := range s {
					s[i] = float32(r.NormFloat64())
					switch {
					case j == 3:
						s[i] = max(s[i], -s[i])
					case r.IntN(30) == 0:
						s[i] = []float32{0, float32(math.Inf(1)), float32(math.NaN()), float32(math.Copysign(0, -1)), 1e-40}[r.IntN(5)]
					}
				}
				want.s[j] = slices.Clone(s)
				got.s[j] = s
				behind[j] = s
			}
			want.run(&portable, updateOp(do))
			for _, set := range isas {
				if !set.has() {
					continue
				}
				u := got
				for j := range k {
					u.s[j] = slices.Clone(behind[j])
				}
				whole := u.s
				u.run(set, updateOp(do))
				for j := range k {
					for i, w := range want.s[j][:n] {
						g := u.s[j][i]
						if math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
							t.Fatalf("seed %d: operation %d on %s: element %d of stream %d is %v, want %v", seed, do, set.name, i, j, g, w)
						}
					}
					if !slices.EqualFunc(whole[j][n:], behind[j][n:], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
						t.Fatalf("seed %d: operation %d on %s wrote behind the end", seed, do, set.name)
					}
				}
			}
		}
	}
}

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
	streams := []int{doAddScaled: 2, doAverage: 2, doMomentum: 3, doNesterov: 3, doAdam: 4}
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

// Rules with what comes before them give the same bits with every instruction set, leave gradients alone, say whether something was cut, and
// touch nothing behind the end.
func TestOptimizersGiveTheSameBits(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 1))
	rules := map[optimizeOp]struct{ streams, factors int }{
		optimizeSGD: {2, 1}, optimizeMomentum: {3, 3}, optimizeNesterov: {3, 4}, optimizeAdam: {4, 7}, optimizeRMSProp: {3, 4},
		optimizeRMSPropMomentum: {4, 5}, optimizeRMSPropCentered: {4, 4}, optimizeRMSPropBoth: {5, 5}, optimizeAdaGrad: {3, 2},
	}
	befores := []Before{Nothing(), Nothing(), Nothing(), Nothing()}
	befores[1].L2 = 0.3
	befores[2].Scale, befores[2].L2 = 0.7, 0.1
	befores[3] = Before{Scale: 0.9, Cut: 1.1, L1: 0.2, L2: 0.1, Shrink: 0.99}
	for do, rule := range rules {
		for i := range 60 {
			n := r.IntN(600)
			streams := make([][]float32, rule.streams)
			for j := range streams {
				s := make([]float32, n+8)
				for i := range s {
					s[i] = float32(r.NormFloat64())
					switch {
					case j >= 2:
						s[i] = max(s[i], -s[i])
					case r.IntN(30) == 0:
						s[i] = []float32{0, float32(math.Inf(1)), float32(math.NaN()), float32(math.Copysign(0, -1)), 1e-40}[r.IntN(5)]
					}
				}
				streams[j] = s
			}
			factors := make([]float32, rule.factors)
			for i := range factors {
				factors[i] = r.Float32()
			}
			run := func(set *isa) (out [][]float32, hit bool) {
				whole := make([][]float32, len(streams))
				part := make([][]float32, len(streams))
				for j, s := range streams {
					whole[j] = slices.Clone(s)
					part[j] = whole[j][:n]
				}
				hit = Updates{set}.run(do, &befores[i%4], factors, part...)
				return whole, hit
			}
			want, cut := run(&portable)
			for _, set := range isas {
				if !set.has() {
					continue
				}
				got, hit := run(set)
				if hit != cut {
					t.Fatalf("seed %d: rule %d on %s: cut is %v, want %v", seed, do, set.name, hit, cut)
				}
				for j := range got {
					for i, w := range want[j] {
						g := got[j][i]
						if math.Float32bits(g) != math.Float32bits(w) && (g == g || w == w) {
							t.Fatalf("seed %d: rule %d on %s: element %d of %d of stream %d is %v, want %v", seed, do, set.name, i, n, j, g, w)
						}
					}
				}
				if !slices.EqualFunc(got[1], streams[1], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
					t.Fatalf("seed %d: rule %d on %s changed gradients", seed, do, set.name)
				}
			}
		}
	}
}

//go:build linux

package cpu

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// atCliff gives n floats that end where memory ends: a read or write behind them is a fault.
func atCliff(t *testing.T, n int) []float32 {
	t.Helper()
	page := os.Getpagesize()
	size := (4*n + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(m); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mprotect(m[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&m[size-4*n])), n)
}

// noiseAtCliff fills floats at a cliff with numbers that now and then are not finite, where special asks for it.
func noiseAtCliff(t *testing.T, r *rand.Rand, n int, special bool) []float32 {
	t.Helper()
	s := atCliff(t, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
		if special && r.IntN(200) == 0 {
			s[i] = []float32{float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}[r.IntN(3)]
		}
	}
	return s
}

func close32(a, b float32) bool {
	return a == b || a != a && b != b || math.Abs(float64(a)-float64(b)) <= 1e-4*(1+math.Abs(float64(b)))
}

// Tiles of every height and width give what the definition says, and read and write nothing else.
func TestTilesToTheEdge(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 3))
	for _, set := range isas {
		if !set.has() || !set.assembly {
			continue
		}
		t.Run(set.name, func(t *testing.T) {
			for rows := 1; rows <= set.rows; rows++ {
				for cols := 1; cols <= set.cols; cols++ {
					for along := range 2 {
						x := tile{set: set, nk: 1 + r.IntN(4), ny: 1 + r.IntN(3), tiles: 1 + r.IntN(3), add: r.IntN(2) == 0, relu: r.IntN(2) == 0}
						x.bk, x.cr = cols+r.IntN(3), cols+r.IntN(3)
						if along == 0 {
							x.ak, x.ar = 1, x.nk+r.IntN(3)
							x.ay = rows*x.ar + r.IntN(2)
						} else {
							x.ar, x.ak = 1, rows+r.IntN(3)
							x.ay = x.nk*x.ak + r.IntN(2)
						}
						x.by = x.nk*x.bk + r.IntN(2)
						x.aStep, x.cStep = rows*x.ar, rows*x.cr
						special := r.IntN(2) == 0
						x.a = noiseAtCliff(t, r, (x.ny-1)*x.ay+(x.nk-1)*x.ak+(rows-1)*x.ar+(x.tiles-1)*x.aStep+1, special)
						x.b = noiseAtCliff(t, r, (x.ny-1)*x.by+(x.nk-1)*x.bk+cols, special)
						x.c = noiseAtCliff(t, r, (rows-1)*x.cr+(x.tiles-1)*x.cStep+cols, special)
						if r.IntN(2) == 0 {
							x.bias = noiseAtCliff(t, r, cols, special)
						}
						want := slices.Clone(x.c)
						for i := range x.tiles {
							for row := range rows {
								for n := range cols {
									at := i*x.cStep + row*x.cr + n
									sum := float32(0)
									if x.add {
										sum = want[at]
									}
									for y := range x.ny {
										for k := range x.nk {
											sum += x.a[i*x.aStep+y*x.ay+k*x.ak+row*x.ar] * x.b[y*x.by+k*x.bk+n]
										}
									}
									if x.bias != nil {
										sum += x.bias[n]
									}
									if x.relu {
										sum = max(sum, 0)
									}
									want[at] = sum
								}
							}
						}
						run := x
						run.check(rows, cols)
						run.assembly(rows, cols)
						for i, w := range want {
							if g := x.c[i]; !close32(g, w) {
								t.Fatalf("seed %d: %d x %d: element %d is %v, want %v; %+v", seed, rows, cols, i, g, w, x)
							}
						}
					}
				}
			}
		})
	}
}

// Memory-bound kernels of any length and period give what portable code gives, and read and write nothing behind their operands.
func TestVectorsToTheEdge(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 4))
	uses := []struct {
		out, y  bool
		co, acc int
	}{
		doAdd: {out: true, y: true}, doMul: {out: true, y: true}, doRelu: {out: true}, doReluGrad: {out: true, y: true},
		doAddCo: {out: true, co: 1}, doMulCo: {out: true, co: 1}, doMulAddCo: {out: true, co: 1}, doNormalize: {out: true, co: 3},
		doNormalizeGrad: {out: true, y: true, co: 4}, doSum: {acc: 1}, doDot: {y: true, acc: 1}, doSquares: {co: 1, acc: 1},
		doParamGrad: {y: true, co: 1, acc: 2},
	}
	for _, set := range isas {
		if !set.has() || !set.assembly {
			continue
		}
		t.Run(set.name, func(t *testing.T) {
			for do, use := range uses {
				for round := range 60 {
					v := vec{n: 1 + r.IntN(150)}
					if use.co+use.acc > 0 {
						v.period = 1 + r.IntN(60)
						if round%2 == 0 {
							v.period = (v.period + lanes - 1) / lanes * lanes
						}
						v.offset = r.IntN(v.period)
						if r.IntN(2) == 0 {
							v.offset = 0
						}
					}
					special := r.IntN(2) == 0
					v.x = noiseAtCliff(t, r, v.n, special)
					if use.y {
						v.y = noiseAtCliff(t, r, v.n, special)
					}
					if use.out {
						v.out = noiseAtCliff(t, r, v.n, special)
					}
					for i := range use.co {
						v.co[i] = noiseAtCliff(t, r, v.period, special)
					}
					for i := range use.acc {
						v.acc[i] = noiseAtCliff(t, r, v.period, special)
					}
					want := v
					want.out = slices.Clone(v.out)
					for i := range v.acc {
						want.acc[i] = slices.Clone(v.acc[i])
					}
					want.run(&portable, vecOp(do))
					got := v
					got.run(set, vecOp(do))
					for i, w := range want.out {
						if !close32(v.out[i], w) {
							t.Fatalf("seed %d: operation %d: element %d of %d (period %d, offset %d) is %v, want %v", seed, do, i, v.n, v.period, v.offset, v.out[i], w)
						}
					}
					for j := range use.acc {
						for i, w := range want.acc[j] {
							if !close32(v.acc[j][i], w) {
								t.Fatalf("seed %d: operation %d: sum %d of %d (period %d, offset %d) is %v, want %v", seed, do, i, j, v.period, v.offset, v.acc[j][i], w)
							}
						}
					}
				}
			}
		})
	}
}

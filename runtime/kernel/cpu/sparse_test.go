package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/kernel"
)

// sparseCase is a product whose left or right operand has zeros or a background.
type sparseCase struct {
	attrs   op.MatMul
	m, n, k int
	a, b    []float32
}

func (c *sparseCase) application(set string) *application {
	x, y := op.Shape{c.m, c.k}, op.Shape{c.k, c.n}
	if c.attrs.TransA {
		x = op.Shape{c.k, c.m}
	}
	if c.attrs.TransB {
		y = op.Shape{c.n, c.k}
	}
	wide := func(v []float32) []float64 {
		w := make([]float64, len(v))
		for i, e := range v {
			w[i] = float64(e)
		}
		return w
	}
	a := &application{
		Case: optest.Case{Spec: op.Get("matmul"), Attrs: c.attrs, In: []op.Tensor{{Shape: x, Data: wide(c.a)}, {Shape: y, Data: wide(c.b)}}},
		set:  set,
	}
	a.Out = op.Tensor{Shape: op.Shape{c.m, c.n}, Data: make([]float64, c.m*c.n)}
	a.Spec.Eval(&op.Context{}, a.Attrs, a.Out, a.In)
	return a
}

// product compiles the kernel; without sparse it has the dense way only.
func (c *sparseCase) product(set *isa, dense bool) *product {
	return newProduct(set, c.m, c.n, c.k, c.attrs.TransA, c.attrs.TransB, !dense)
}

// run computes the product and says which way it took.
func (c *sparseCase) run(p *product, pool *kernel.Pool) (out []float32, choice int) {
	scratch := make([]float32, p.Scratch())
	for i := range scratch {
		scratch[i] = float32(math.NaN())
	}
	out = make([]float32, c.m*c.n)
	p.Run(&kernel.Context{Workers: pool}, out, [][]float32{c.a, c.b}, scratch)
	if p.sparse != nil {
		choice = int(scratch[p.sparse.choice])
	}
	return out, choice
}

// newSparseCase draws shapes that have a sparse way, and normal numbers.
func newSparseCase(d optest.Draw, form int) *sparseCase {
	c := &sparseCase{attrs: op.MatMul{TransA: form == 2, TransB: form == 1}}
	for c.m*c.n*c.k < 1<<18 {
		c.m, c.n, c.k = 8*d.UpTo(20), 8*d.UpTo(30), 8*d.UpTo(50)
	}
	c.a, c.b = make([]float32, c.m*c.k), make([]float32, c.k*c.n)
	for _, v := range [][]float32{c.a, c.b} {
		for i := range v {
			v[i] = float32(d.NormFloat64())
		}
	}
	return c
}

// sparser is the operand that may be sparse.
func (c *sparseCase) sparser() []float32 {
	if c.attrs.TransA {
		return c.b
	}
	return c.a
}

func assemblies() []*isa {
	var list []*isa
	for _, i := range isas {
		if i.assembly && i.has() {
			list = append(list, i)
		}
	}
	return list
}

// Where zeros are skipped, the result has the bits that it has without.
func TestSkippingZerosChangesNoBit(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 1))}
	for i := range 24 {
		c := newSparseCase(d, i%3)
		for j, v := range c.sparser() {
			if d.IntN(4) > 0 {
				v = 0
			}
			c.sparser()[j] = v
		}
		for _, set := range assemblies() {
			want, _ := c.run(c.product(set, true), nil)
			for _, pool := range pools {
				got, choice := c.run(c.product(set, false), pool)
				if choice != chooseSparse {
					t.Fatalf("seed %d: %d: three zeros in four, and the dense way was taken", seed, i)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d: %+v %d %d %d on %s, %d threads: other bits than the dense way", seed, c.attrs, c.m, c.n, c.k, set.name, pool.Threads())
				}
			}
		}
	}
}

// A background, such as that of images that were shifted to mean 0, is computed once. The result is as exact as any.
func TestBackground(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 2))}
	for i := range 16 {
		c := newSparseCase(d, i%2)
		if c.m < backgroundRows {
			continue
		}
		back := make([]float32, c.k)
		for k := range back {
			back[k] = float32(d.NormFloat64())
		}
		for j := range c.a {
			if d.IntN(5) > 0 {
				c.a[j] = back[j%c.k]
			}
		}
		for _, set := range assemblies() {
			a := c.application(set.name)
			first, choice := c.run(c.product(set, false), nil)
			if choice != chooseBackground {
				t.Fatalf("seed %d: the background was not seen", seed)
			}
			compare(t, fmt.Sprintf("seed %d: %s", seed, a), first, a.Out.Data, a.Magnitude())
			for _, pool := range pools[1:] {
				if got, _ := c.run(c.product(set, false), pool); !slices.Equal(got, first) {
					t.Fatalf("seed %d: %d threads give other bits", seed, pool.Threads())
				}
			}
		}
	}
}

// A row that is small beside the background would lose its digits: then the dense way is taken.
func TestBackgroundIsRefused(t *testing.T) {
	d := optest.Draw{Rand: rand.New(rand.NewPCG(3, 3))}
	c := newSparseCase(d, 0)
	for c.m < 2*backgroundRows {
		c = newSparseCase(d, 0)
	}
	for j := range c.a {
		c.a[j] = 1000
		if j/c.k == c.m-1 {
			c.a[j] = 1e-3 * float32(d.NormFloat64())
		}
	}
	for _, set := range assemblies() {
		got, choice := c.run(c.product(set, false), nil)
		if choice != chooseDense {
			t.Fatal("the background was taken out")
		}
		a := c.application(set.name)
		compare(t, a.String(), got, a.Out.Data, a.Magnitude())
	}
}

// Zero times infinity is not zero: numbers that are not finite reach what they reach in the reference, in either operand.
func TestSparseNonFinite(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 4))}
	for i := range 9 {
		c := newSparseCase(d, i%3)
		s := c.sparser()
		for j := range s {
			if d.IntN(4) > 0 {
				s[j] = 0
			}
		}
		for _, bad := range []float64{math.NaN(), math.Inf(1)} {
			for _, v := range [][]float32{c.a, c.b} {
				at := d.IntN(len(v))
				old := v[at]
				v[at] = float32(bad)
				for _, set := range assemblies() {
					a := c.application(set.name)
					got, _ := c.run(c.product(set, false), pools[1])
					for j, w := range a.Out.Data {
						if finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }; finite(w) != finite(float64(got[j])) {
							t.Fatalf("seed %d: %s with %v at %d: element %d is %v, want %v", seed, a, bad, at, j, got[j], w)
						}
					}
				}
				v[at] = old
			}
		}
	}
}

// Bias, relu and what is fused behind come out as one by one, whichever way is taken.
func TestSparseFused(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 5))}
	for i := range 12 {
		c := newSparseCase(d, i%2)
		if i%4 > 1 {
			for j := range c.a {
				if d.IntN(4) > 0 {
					c.a[j] = 0.25
				}
			}
		} else {
			for j := range c.a {
				c.a[j] = max(c.a[j], 0) * float32(d.IntN(2))
			}
		}
		for _, set := range assemblies() {
			a := *c.application(set.name)
			for range 3 {
				fused(t, a, d, fmt.Sprintf("seed %d", seed))
			}
		}
	}
}

func BenchmarkSparse(b *testing.B) {
	backend := assemblies()
	if len(backend) == 0 {
		b.Skip("no assembly for this processor")
	}
	for _, form := range []struct {
		name    string
		attrs   op.MatMul
		m, n, k int
	}{
		{"784-256", op.MatMul{}, 64, 256, 784}, {"784-256-dw", op.MatMul{TransA: true}, 784, 256, 64},
		{"256-128", op.MatMul{}, 64, 128, 256}, {"256-128-dx", op.MatMul{TransB: true}, 64, 256, 128}, {"256-128-dw", op.MatMul{TransA: true}, 256, 128, 64},
	} {
		for _, share := range []float64{1, 0.7, 0.5, 0.25, 0.1} {
			b.Run(fmt.Sprintf("%s/%v", form.name, share), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 1))
				c := &sparseCase{attrs: form.attrs, m: form.m, n: form.n, k: form.k, a: make([]float32, form.m*form.k), b: make([]float32, form.k*form.n)}
				for i := range c.a {
					c.a[i] = r.Float32()
				}
				for i := range c.b {
					c.b[i] = r.Float32()
				}
				for i := range c.sparser() {
					if r.Float64() >= share {
						c.sparser()[i] = 0
					}
				}
				p := c.product(backend[0], false)
				scratch, out := make([]float32, p.Scratch()), make([]float32, c.m*c.n)
				in := [][]float32{c.a, c.b}
				ctx := &kernel.Context{}
				for b.Loop() {
					p.Run(ctx, out, in, scratch)
				}
				b.ReportMetric(2*float64(c.m)*float64(c.n)*float64(c.k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}

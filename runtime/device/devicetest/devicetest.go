// Package devicetest holds the tests that every driver of package device passes: what the interface promises, checked from the
// outside. A driver's own test calls Run.
package devicetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
)

// Option tells what a driver under test cannot do.
type Option int

// KernelsOnlyRecorded is for a pretended driver, which takes kernels but does not run them.
const KernelsOnlyRecorded Option = 1

// Run runs all tests. open makes a fresh device; each test closes its own.
func Run(t *testing.T, open func() device.Device, options ...Option) {
	kernels := true
	for _, o := range options {
		kernels = kernels && o != KernelsOnlyRecorded
	}
	for _, test := range []struct {
		name    string
		kernels bool // needs them run
		do      func(*bench)
	}{
		{"info", false, info},
		{"memory", false, memory},
		{"out of memory", false, outOfMemory},
		{"transfer", false, transfer},
		{"copy and fill", false, copyFill},
		{"matrix products", false, products},
		{"capture", false, capture},
		{"capture refuses", false, captureRefuses},
		{"events", false, events},
		{"build", false, build},
		{"kernels", true, launches},
		{"kernel arguments", false, arguments},
		{"captured kernels", true, capturedKernels},
		{"convolutions", false, convolutions},
		{"close", false, closing},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.kernels && !kernels {
				t.Skip("this driver records kernels and does not run them")
			}
			b := &bench{T: t, dev: open()}
			b.stream = must(b.dev.NewStream())(t)
			test.do(b)
			if err := b.dev.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// bench is a device under test with a stream.
type bench struct {
	*testing.T
	dev    device.Device
	stream device.Stream
}

// must gives the value of a call that must not fail.
func must[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) alloc(bytes int) device.Pointer {
	b.Helper()
	return must(b.dev.Alloc(int64(bytes)))(b.T)
}

// put allocates and uploads.
func (b *bench) put(v []float32) device.Pointer {
	b.Helper()
	p := b.alloc(4 * len(v))
	b.ok(b.stream.Upload(p, bytesOf(v)))
	return p
}

func (b *bench) get(p device.Pointer, n int) []float32 {
	b.Helper()
	raw := make([]byte, 4*n)
	b.ok(b.stream.Download(raw, p))
	return floatsOf(raw)
}

func bytesOf(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

func floatsOf(raw []byte) []float32 {
	out := make([]float32, len(raw)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return out
}

// sequence is a repeatable list of small numbers.
func sequence(n, seed int) []float32 {
	out := make([]float32, n)
	x := uint32(seed)*2654435761 + 12345
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = float32(int32(x>>16)%2001-1000) / 1000
	}
	return out
}

// same compares numbers; off is the largest difference allowed, relative to the larger of 1 and what is wanted.
func (b *bench) same(what string, got, want []float32, off float64) {
	b.Helper()
	if len(got) != len(want) {
		b.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		d := math.Abs(float64(got[i]) - float64(want[i]))
		if !(d <= off*max(1, math.Abs(float64(want[i])))) {
			b.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func info(b *bench) {
	i := b.dev.Info()
	if i.Name == "" || i.Memory <= 0 || i.Major <= 0 || i.Multiprocessors <= 0 {
		b.Errorf("device described as %+v", i)
	}
	free, total, err := b.dev.Memory()
	b.ok(err)
	if free <= 0 || free > total {
		b.Errorf("%d bytes free of %d", free, total)
	}
}

func memory(b *bench) {
	seen := map[device.Pointer]bool{}
	for _, n := range []int64{1, 255, 256, 257, 1 << 20} {
		p := must(b.dev.Alloc(n))(b.T)
		if p == 0 || p%256 != 0 || seen[p] {
			b.Errorf("%d bytes lie at %#x", n, uint64(p))
		}
		seen[p] = true
	}
	for p := range seen {
		b.ok(b.dev.Free(p))
	}
	for p := range seen {
		if b.dev.Free(p) == nil {
			b.Error("memory could be freed twice")
		}
		break
	}
	if _, err := b.dev.Alloc(-1); err == nil {
		b.Error("a negative number of bytes was allocated")
	}
}

func outOfMemory(b *bench) {
	_, total, err := b.dev.Memory()
	b.ok(err)
	_, err = b.dev.Alloc(2*total + 1<<40)
	if !errors.Is(err, device.ErrOutOfMemory) {
		b.Fatalf("allocating more than there is: %v", err)
	}
	if !strings.Contains(err.Error(), "asked for") || !strings.Contains(err.Error(), "free") {
		b.Errorf("the error does not say how much was asked for and is free: %v", err)
	}
	b.get(b.put([]float32{1}), 1) // the device works on
}

func transfer(b *bench) {
	for _, n := range []int{1, 3, 1000, 5<<18 + 7} {
		want := sequence(n, n)
		raw := bytesOf(want)
		p := b.alloc(len(raw))
		b.ok(b.stream.Upload(p, raw))
		clear(raw) // what was uploaded was read already
		b.same(fmt.Sprintf("%d floats", n), b.get(p, n), want, 0)
	}
}

func copyFill(b *bench) {
	want := sequence(1000, 1)
	p := b.put(want)
	q := b.alloc(4000)
	b.ok(b.stream.Copy(q, p, 4000))
	b.ok(b.stream.Fill(q+400, math.Float32bits(2.5), 50))
	b.ok(b.stream.Fill(q, 0, 0))
	b.ok(b.stream.Copy(q, p, 0))
	for i := range 50 {
		want[100+i] = 2.5
	}
	b.same("copy with a piece filled", b.get(q, 1000), want, 0)
}

// product computes what Gemm should.
func product(g device.Gemm, a, bb, c []float32) []float32 {
	out := append([]float32{}, c...)
	for t := range g.Batch {
		for i := range g.M {
			for j := range g.N {
				sum := 0.0
				for k := range g.K {
					x, y := i*g.LDA+k, k*g.LDB+j
					if g.TransA {
						x = k*g.LDA + i
					}
					if g.TransB {
						y = j*g.LDB + k
					}
					sum += float64(a[t*int(g.StrideA)+x]) * float64(bb[t*int(g.StrideB)+y])
				}
				at := t*int(g.StrideC) + i*g.LDC + j
				old := 0.0
				if g.Beta != 0 {
					old = float64(g.Beta) * float64(c[at])
				}
				out[at] = float32(float64(g.Alpha)*sum + old)
			}
		}
	}
	return out
}

func products(b *bench) {
	for _, shape := range [][4]int{{1, 1, 1, 1}, {3, 5, 7, 1}, {17, 33, 9, 3}, {64, 10, 100, 2}} {
		for trans := range 4 {
			g := device.Gemm{
				M: shape[0], N: shape[1], K: shape[2], Batch: shape[3], TransA: trans&1 != 0, TransB: trans&2 != 0,
				Alpha: 0.5, Beta: float32(trans % 2),
			}
			rowsA, rowsB := g.M, g.K
			g.LDA, g.LDB, g.LDC = g.K+1, g.N+2, g.N+3
			if g.TransA {
				rowsA, g.LDA = g.K, g.M+1
			}
			if g.TransB {
				rowsB, g.LDB = g.N, g.K+2
			}
			g.StrideA, g.StrideB, g.StrideC = int64(rowsA*g.LDA+1), int64(rowsB*g.LDB), int64(g.M*g.LDC+5)
			if trans == 3 {
				g.StrideB = 0 // one matrix for the whole batch
			}
			a, bb, c := sequence(g.Batch*(rowsA*g.LDA+1), 1), sequence(g.Batch*rowsB*g.LDB, 2), sequence(g.Batch*(g.M*g.LDC+5), 3)
			for p, off := range map[device.Precision]float64{device.FP32: 1e-5, device.TF32: 2e-2, device.BF16: 1e-1} {
				g.Precision = p
				g.A, g.B, g.C = b.put(a), b.put(bb), b.put(c)
				b.ok(b.stream.Gemm(g))
				b.same(fmt.Sprintf("%+v", g), b.get(g.C, len(c)), product(g, a, bb, c), off)
			}
		}
	}
	if b.stream.Gemm(device.Gemm{M: 2, N: 2, K: 2, LDA: 1, LDB: 2, LDC: 2, Batch: 1}) == nil && b.stream.Wait() == nil {
		b.Error("rows that overlap were multiplied")
	}
}

func capture(b *bench) {
	n := 16
	a, bb := sequence(n*n, 1), sequence(n*n, 2)
	pa, pb, pc, pd := b.put(a), b.put(bb), b.put(make([]float32, n*n)), b.put(make([]float32, n*n))
	g := device.Gemm{M: n, N: n, K: n, A: pa, B: pb, C: pc, LDA: n, LDB: n, LDC: n, Batch: 1, Alpha: 1, Beta: 1}
	b.ok(b.stream.Gemm(g)) // once before, as libraries load what they need
	b.ok(b.stream.Fill(pc, 0, int64(n*n)))
	b.ok(b.stream.BeginCapture())
	b.ok(b.stream.Gemm(g))
	b.ok(b.stream.Copy(pd, pc, int64(4*n*n)))
	b.ok(b.stream.Fill(pd, math.Float32bits(7), 3))
	graph := must(b.stream.EndCapture())(b.T)
	b.same("before the first replay", b.get(pc, n*n), make([]float32, n*n), 0)
	for range 3 {
		b.ok(b.stream.Replay(graph))
	}
	want := product(g, a, bb, make([]float32, n*n))
	for i := range want {
		want[i] *= 3
	}
	b.same("after three", b.get(pc, n*n), want, 1e-5)
	want[0], want[1], want[2] = 7, 7, 7
	b.same("copy after three", b.get(pd, n*n), want, 1e-5)
	b.ok(graph.Close())
	if b.stream.Replay(graph) == nil && b.stream.Wait() == nil {
		b.Error("a recording was replayed after it was closed")
	}
}

func captureRefuses(b *bench) {
	p := b.alloc(64)
	e := must(b.dev.NewEvent())(b.T)
	if _, err := b.stream.EndCapture(); err == nil {
		b.Error("a recording ended that had not begun")
	}
	b.ok(b.stream.BeginCapture())
	for what, err := range map[string]error{
		"an upload":       b.stream.Upload(p, make([]byte, 4)),
		"a download":      b.stream.Download(make([]byte, 4), p),
		"waiting":         b.stream.Wait(),
		"a mark":          b.stream.Record(e),
		"a new recording": b.stream.BeginCapture(),
	} {
		if err == nil {
			b.Errorf("%s was accepted while recording", what)
		}
	}
	b.ok(b.stream.Fill(p, 5, 1))
	graph := must(b.stream.EndCapture())(b.T)
	b.ok(b.stream.Replay(graph))
	raw := make([]byte, 4)
	b.ok(b.stream.Download(raw, p))
	if raw[0] != 5 {
		b.Error("what was recorded between refusals is not in the recording")
	}
}

func events(b *bench) {
	first, second := must(b.dev.NewEvent())(b.T), must(b.dev.NewEvent())(b.T)
	p := b.alloc(1 << 20)
	b.ok(b.stream.Record(first))
	for i := range 10 {
		b.ok(b.stream.Fill(p, uint32(i), 1<<18))
	}
	b.ok(b.stream.Record(second))
	b.ok(b.stream.Wait())
	ms, err := second.Since(first)
	b.ok(err)
	if ms <= 0 {
		b.Errorf("ten fills took %v ms", ms)
	}
	b.ok(first.Close())
	b.ok(second.Close())
}

// kernels is the source that the tests compile.
const kernels = `
#include "scale.h"

extern "C" __global__ void axpy(float *y, const float *x, float a, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	if (i < n) y[i] = scale(a) * x[i] + y[i];
}

struct shape { int rows, cols; float add; unsigned long long stride; };

extern "C" __global__ void transpose(float *y, const float *x, shape s)
{
	for (int t = blockIdx.z, i = blockIdx.x * blockDim.x + threadIdx.x; i < s.rows * s.cols; i += gridDim.x * blockDim.x)
		y[t * s.stride + (i % s.cols) * s.rows + i / s.cols] = x[t * s.stride + i] + s.add;
}

extern "C" __global__ void reverse(float *y, unsigned int n)
{
	extern __shared__ float shared[];
	for (unsigned int i = threadIdx.x; i < n; i += blockDim.x) shared[i] = y[i];
	__syncthreads();
	for (unsigned int i = threadIdx.x; i < n; i += blockDim.x) y[i] = shared[n - 1 - i];
}
`

var header = map[string]string{"scale.h": "__device__ inline float scale(float a) { return FACTOR * a; }\n"}

func (b *bench) module() device.Module {
	b.Helper()
	return must(b.dev.Build(device.Source{Name: "devicetest.cu", Text: kernels, Headers: header, Options: []string{"-DFACTOR=2.0f"}}))(b.T)
}

func build(b *bench) {
	_, err := b.dev.Build(device.Source{Name: "broken.cu", Text: "#error no kernels here\nextern \"C\" __global__ void nothing() {}\n"})
	if !errors.Is(err, device.ErrBuild) || !strings.Contains(err.Error(), "broken.cu") || !strings.Contains(err.Error(), "#error") {
		b.Errorf("a source that does not compile: %v", err)
	}
	m := b.module()
	f := must(m.Function("axpy"))(b.T)
	if f.Name() != "axpy" {
		b.Errorf("the kernel axpy is called %s", f.Name())
	}
	if _, err := m.Function("axpi"); err == nil || !strings.Contains(err.Error(), "axpi") {
		b.Errorf("a kernel that is not there: %v", err)
	}
	b.ok(m.Unload())
}

// shape is the struct of the kernel transpose.
type shape struct {
	Rows, Cols int32
	Add        float32
	Stride     uint64
}

func launches(b *bench) {
	m := b.module()
	n := 1000
	x, y := sequence(n, 1), sequence(n, 2)
	px, py := b.put(x), b.put(y)
	b.ok(b.stream.Launch(device.Launch{
		Function: must(m.Function("axpy"))(b.T), Grid: device.Dim{X: 8, Y: 1, Z: 1}, Block: device.Dim{X: 128, Y: 1, Z: 1},
		Args: []any{py, px, float32(1.5), int32(n)},
	}))
	want := make([]float32, n)
	for i := range want {
		want[i] = 3*x[i] + y[i]
	}
	b.same("axpy", b.get(py, n), want, 1e-6)

	rows, cols, trials := 20, 25, 2
	b.ok(b.stream.Launch(device.Launch{
		Function: must(m.Function("transpose"))(b.T), Grid: device.Dim{X: 2, Y: 1, Z: trials}, Block: device.Dim{X: 64, Y: 1, Z: 1},
		Args: []any{py, px, shape{int32(rows), int32(cols), 10, uint64(rows * cols)}},
	}))
	for t := range trials {
		for i := range rows * cols {
			want[t*rows*cols+i%cols*rows+i/cols] = x[t*rows*cols+i] + 10
		}
	}
	b.same("transpose", b.get(py, n), want, 1e-6)

	// More dynamic shared memory than a block has without being asked, where the device grants it.
	n = 16 << 10
	if b.dev.Info().Major < 7 {
		n = 8 << 10
	}
	x = sequence(n, 3)
	px = b.put(x)
	b.ok(b.stream.Launch(device.Launch{
		Function: must(m.Function("reverse"))(b.T), Grid: device.Dim{X: 1, Y: 1, Z: 1}, Block: device.Dim{X: 256, Y: 1, Z: 1}, Shared: 4 * n, Args: []any{px, uint32(n)},
	}))
	want = make([]float32, n)
	for i := range want {
		want[i] = x[n-1-i]
	}
	b.same("reverse", b.get(px, n), want, 0)
}

func arguments(b *bench) {
	f := must(b.module().Function("axpy"))(b.T)
	p := b.put(make([]float32, 8))
	launch := func(grid int, args ...any) error {
		if err := b.stream.Launch(device.Launch{Function: f, Grid: device.Dim{X: grid, Y: 1, Z: 1}, Block: device.Dim{X: 32, Y: 1, Z: 1}, Args: args}); err != nil {
			return err
		}
		return b.stream.Wait()
	}
	b.ok(launch(1, p, p, float32(1), int32(8)))
	for _, bad := range []any{1, "text", nil, &p, struct{ A bool }{}, struct{ A *int }{}, 1.5} {
		if launch(1, p, p, float32(1), bad) == nil {
			b.Errorf("a %T was passed to a kernel", bad)
		}
	}
	if launch(0, p, p, float32(1), int32(8)) == nil {
		b.Error("a kernel was started on no blocks")
	}
	b.ok(launch(1, p, p, float32(1), int32(8)))
}

func capturedKernels(b *bench) {
	f := must(b.module().Function("axpy"))(b.T)
	n := 256
	x := sequence(n, 1)
	px, py := b.put(x), b.put(make([]float32, n))
	b.ok(b.stream.BeginCapture())
	for range 4 {
		b.ok(b.stream.Launch(device.Launch{Function: f, Grid: device.Dim{X: 1, Y: 1, Z: 1}, Block: device.Dim{X: n, Y: 1, Z: 1}, Args: []any{py, px, float32(0.5), int32(n)}}))
	}
	graph := must(b.stream.EndCapture())(b.T)
	for range 5 {
		b.ok(b.stream.Replay(graph))
	}
	want := make([]float32, n)
	for i := range want {
		want[i] = 20 * x[i]
	}
	b.same("twenty times", b.get(py, n), want, 1e-5)
}

func closing(b *bench) {
	p := b.alloc(1 << 10)
	e := must(b.dev.NewEvent())(b.T)
	b.ok(b.stream.Record(e))
	b.ok(b.stream.Fill(p, 0, 1))
	b.ok(b.dev.Close())
	if _, err := b.dev.Alloc(1); err == nil {
		b.Error("memory was allocated on a closed device")
	}
	if b.stream.Fill(p, 0, 1) == nil && b.stream.Wait() == nil {
		b.Error("work was done on a closed device")
	}
}

package host

import (
	"errors"
	"math"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/devicetest"
)

const kernels = `
struct Span { int from, to; float *data; };

extern "C" __global__ void ids(int *out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = 1000 * blockIdx.z + i;
}

__device__ float sum_block(float v) { // a fixed tree
  __shared__ float part[32];
  for (int d = 16; d > 0; d >>= 1) v += __shfl_down_sync(0xffffffffu, v, d);
  if ((threadIdx.x & 31) == 0) part[threadIdx.x >> 5] = v;
  __syncthreads();
  v = 0;
  for (int w = 0; w < (blockDim.x + 31) / 32; w++) v += part[w];
  __syncthreads();
  return v;
}

extern "C" __global__ void __launch_bounds__(128) total(float *out, const float *__restrict__ x, int n) {
  float v = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) v += x[i];
  v = sum_block(v);
  if (threadIdx.x == 0) out[blockIdx.x] = v;
}

extern "C" __global__ void reversed(float *x, int n) {
  extern __shared__ float part[];
  part[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = part[n - 1 - threadIdx.x];
}

extern "C" __global__ void span(Span s, float v) {
  for (int i = s.from; i < s.to; i++) s.data[i] = v;
}

extern "C" __global__ void apart(int *out) { // half of a warp does not come
  if (threadIdx.x < 16) __syncwarp(); else __syncthreads();
  out[0] = 1;
}

extern "C" __global__ void counts(int *out) {
  atomicAdd(out, 1);
  unsigned odd = __ballot_sync(0xffffffffu, threadIdx.x & 1);
  if (threadIdx.x == 0) out[1] = __popc(odd);
}
`

func openDevice(t *testing.T) *Device {
	t.Helper()
	d, err := New().Open(0)
	if errors.Is(err, device.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d.(*Device)
}

type bench struct {
	*testing.T
	*Device
	stream device.Stream
	module device.Module
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, Device: openDevice(t)}
	var err error
	if b.module, err = b.Build(device.Source{Name: "test.cu", Text: kernels}); err != nil {
		t.Fatal(err)
	}
	b.stream, _ = b.NewStream()
	return b
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// fails asks for an error with a text in it.
func (b *bench) fails(err error, text string) {
	b.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		b.Errorf("the error is %v, want one with %q", err, text)
	}
}

func (b *bench) launch(name string, grid, block device.Dim, args ...any) device.Launch {
	b.Helper()
	f, err := b.module.Function(name)
	b.ok(err)
	return device.Launch{Function: f, Grid: grid, Block: block, Shared: 4 * block.X, Args: args}
}

func bytesOf[T any](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(x[0])))
}

func up[T any](b *bench, x []T) device.Pointer {
	b.Helper()
	p, err := b.Alloc(int64(len(bytesOf(x))))
	b.ok(err)
	b.ok(b.stream.Upload(p, bytesOf(x)))
	return p
}

func down[T any](b *bench, p device.Pointer, n int) []T {
	b.Helper()
	x := make([]T, n)
	b.ok(b.stream.Download(bytesOf(x), p))
	return x
}

var one = device.Dim{X: 1, Y: 1, Z: 1}

func TestGrid(t *testing.T) {
	b := setup(t)
	p := up(b, make([]int32, 10))
	b.ok(b.stream.Launch(b.launch("ids", device.Dim{X: 3, Y: 1, Z: 2}, device.Dim{X: 4, Y: 1, Z: 1}, p, int32(10))))
	if diff := cmp.Diff([]int32{1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009}, down[int32](b, p, 10)); diff != "" {
		t.Error(diff)
	}
}

func TestBarriersAndExchanges(t *testing.T) {
	b := setup(t)
	x := make([]float32, 300)
	for i := range x {
		x[i] = float32(i)
	}
	in, out := up(b, x), up(b, make([]float32, 2))
	b.ok(b.stream.Launch(b.launch("total", device.Dim{X: 2, Y: 1, Z: 1}, device.Dim{X: 96, Y: 1, Z: 1}, out, in, int32(300))))
	if diff := cmp.Diff([]float32{44850, 44850}, down[float32](b, out, 2)); diff != "" {
		t.Error(diff)
	}
	b.ok(b.stream.Launch(b.launch("reversed", one, device.Dim{X: 5, Y: 1, Z: 1}, in, int32(5))))
	if diff := cmp.Diff([]float32{4, 3, 2, 1, 0, 5}, down[float32](b, in, 6)); diff != "" {
		t.Error(diff)
	}
	counts := up(b, make([]int32, 2))
	b.ok(b.stream.Launch(b.launch("counts", one, device.Dim{X: 64, Y: 1, Z: 1}, counts)))
	if diff := cmp.Diff([]int32{64, 16}, down[int32](b, counts, 2)); diff != "" {
		t.Error(diff)
	}
	b.fails(b.stream.Launch(b.launch("apart", one, device.Dim{X: 32, Y: 1, Z: 1}, counts)), "do not meet")
	b.ok(b.stream.Launch(b.launch("reversed", one, device.Dim{X: 5, Y: 1, Z: 1}, in, int32(5))))
}

func TestMistakesAreReported(t *testing.T) {
	b := setup(t)
	p := up(b, make([]float32, 4))
	span := func(from, to int32) device.Launch {
		return b.launch("span", one, one, struct {
			From, To int32
			Data     device.Pointer
		}{from, to, p}, float32(3))
	}
	b.ok(b.stream.Launch(span(1, 3)))
	if diff := cmp.Diff([]float32{0, 3, 3, 0}, down[float32](b, p, 4)); diff != "" {
		t.Error(diff)
	}
	b.fails(b.stream.Launch(b.launch("ids", one, one, p)), "takes 2 arguments")
	b.fails(b.stream.Launch(b.launch("ids", one, one, p, int64(1))), "of 8 bytes; the kernel takes 4")
	b.fails(b.stream.Launch(b.launch("ids", one, one, p, 1)), "must be a pointer")
	b.fails(b.stream.Launch(b.launch("ids", one, device.Dim{X: 2000, Y: 1, Z: 1}, p, int32(1))), "there can be 1024")
	b.fails(b.stream.Upload(p, make([]byte, 17)), "reach beyond")
	b.fails(b.stream.Copy(p+8, p, 16), "reach beyond")
	b.fails(b.stream.Gemm(device.Gemm{M: 2, N: 2, K: 2, A: p, B: p, C: p, LDA: 2, LDB: 2, LDC: 3, Batch: 1}), "reach beyond")
	_, err := b.module.Function("totl")
	b.fails(err, `did you mean "total"?`)
	b.fails(b.stream.Launch(span(3, 5)), "wrote 1 bytes behind")
	b.fails(b.Free(p), "behind")
	b.fails(b.Free(p), "nothing that starts there")
	b.fails(b.stream.Launch(span(1, 3)), "no memory is allocated")
	_, err = b.Build(device.Source{Name: "bad.cu", Text: `extern "C" __global__ void f() { what(); }`})
	b.fails(err, "bad.cu:1")
	if !errors.Is(err, device.ErrBuild) {
		t.Errorf("%v is not ErrBuild", err)
	}
}

func TestMemory(t *testing.T) {
	d, err := (&Driver{Memory: 1 << 20}).Open(0)
	if errors.Is(err, device.ErrUnavailable) {
		t.Skip(err)
	}
	p, err := d.Alloc(5)
	if err != nil || p%256 != 0 {
		t.Fatal(p, err)
	}
	if _, err := d.Alloc(1 << 20); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("the error is %v", err)
	}
	free, total, _ := d.Memory()
	if free != 1<<20-256 || total != 1<<20 {
		t.Errorf("%d of %d bytes free", free, total)
	}
	if n, _ := d.(*Device).Live(); n != 1 {
		t.Errorf("%d pieces", n)
	}
	if err := d.Free(p); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestCapture(t *testing.T) {
	b := setup(t)
	p, q := up(b, []int32{1, 2}), up(b, []int32{0, 0})
	b.ok(b.stream.BeginCapture())
	b.ok(b.stream.Launch(b.launch("counts", one, device.Dim{X: 32, Y: 1, Z: 1}, p)))
	b.ok(b.stream.Copy(q, p, 8))
	b.ok(b.stream.Fill(p+4, 7, 1))
	b.fails(b.stream.Upload(p, make([]byte, 4)), "records")
	b.fails(b.stream.Wait(), "records")
	_, err := b.Alloc(1)
	b.fails(err, "recording")
	g, err := b.stream.EndCapture()
	b.ok(err)
	if diff := cmp.Diff([]int32{1, 2}, down[int32](b, p, 2)); diff != "" {
		t.Errorf("recording did the work: %s", diff)
	}
	b.ok(b.stream.Replay(g))
	b.ok(b.stream.Replay(g))
	if diff := cmp.Diff([][]int32{{65, 7}, {65, 16}}, [][]int32{down[int32](b, p, 2), down[int32](b, q, 2)}); diff != "" {
		t.Error(diff)
	}
	b.ok(g.Close())
	b.fails(b.stream.Replay(g), "closed")
}

func TestGemm(t *testing.T) {
	b := setup(t)
	// Two products of 2x3 and 3x2 matrices.
	a := []float32{1, 2, 3, 4, 5, 6, 1, 0, 0, 0, 1, 0}
	m := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	turn := func(x []float32, rows, cols int) []float32 {
		y := make([]float32, len(x))
		for i := range x {
			at, in := i/(rows*cols), i%(rows*cols)
			y[at*rows*cols+in%cols*rows+in/cols] = x[i]
		}
		return y
	}
	want := []float32{22, 28, 49, 64, 7, 8, 9, 10}
	for _, ta := range []bool{false, true} {
		for _, tb := range []bool{false, true} {
			g := device.Gemm{M: 2, N: 2, K: 3, TransA: ta, TransB: tb, LDA: 3, LDB: 2, LDC: 2, StrideA: 6, StrideB: 6, StrideC: 4, Batch: 2, Alpha: 1}
			x, y := a, m
			if ta {
				x, g.LDA = turn(a, 2, 3), 2
			}
			if tb {
				y, g.LDB = turn(m, 3, 2), 3
			}
			g.A, g.B, g.C = up(b, x), up(b, y), up(b, []float32{float32(math.NaN()), 0, 0, 0, 0, 0, 0, 0})
			b.ok(b.stream.Gemm(g))
			if diff := cmp.Diff(want, down[float32](b, g.C, 8)); diff != "" {
				t.Errorf("%v %v: %s", ta, tb, diff)
			}
			g.Alpha, g.Beta = 2, 1
			b.ok(b.stream.Gemm(g))
			if got := down[float32](b, g.C, 8); got[0] != 66 {
				t.Errorf("with alpha 2 and beta 1 the first element is %v", got[0])
			}
		}
	}
	// Operands lose digits, sums do not.
	x := float32(1 + 1.0/(1<<9))
	p := up(b, []float32{x})
	for precision, want := range map[device.Precision]float32{device.FP32: x * x, device.TF32: x * x, device.BF16: 1} {
		c := up(b, []float32{0})
		b.ok(b.stream.Gemm(device.Gemm{M: 1, N: 1, K: 1, A: p, B: p, C: c, LDA: 1, LDB: 1, LDC: 1, Batch: 1, Alpha: 1, Precision: precision}))
		if got := down[float32](b, c, 1)[0]; got != want {
			t.Errorf("precision %d: %v, want %v", precision, got, want)
		}
	}
}

func TestMeeting(t *testing.T) {
	found := meeting(`
#define SYNC() __syncthreads()
__device__ int f(int n) { return n; }
template <int N> __device__ int g(int n) { SYNC(); return f(n); }
extern "C" __global__ void uses_f(int *x) { x[0] = f(1); }
extern "C" __global__ void __launch_bounds__(64) uses_g(int *x) { if (x) { x[0] = g<3>(1); } }
struct S { __device__ void m() { __syncwarp(); } };
extern "C" __global__ void uses_s(int *x) { S s; s.m(); }
`)
	got := map[string]bool{}
	for _, n := range []string{"f", "g", "uses_f", "uses_g", "uses_s"} {
		got[n] = found[n]
	}
	if diff := cmp.Diff(map[string]bool{"f": false, "g": true, "uses_f": false, "uses_g": true, "uses_s": true}, got); diff != "" {
		t.Error(diff)
	}
}

// The device does what every device does.
func TestConformance(t *testing.T) {
	if _, err := New().Devices(); errors.Is(err, device.ErrUnavailable) {
		t.Skip(err)
	}
	devicetest.Run(t, func() device.Device { return openDevice(t) })
}

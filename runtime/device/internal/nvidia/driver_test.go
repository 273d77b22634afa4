package nvidia

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/stub"
)

// pretended is a driver on a stub, with a cache of its own. Leaks fail the test.
func pretended(t *testing.T) (*Driver, *stub.Stub) {
	t.Helper()
	s := stub.New(t)
	t.Setenv(PathVariable, s.Dir)
	d := New("cuda", NewDynamic)
	cache := t.TempDir()
	d.dir = func() (string, error) { return cache, nil }
	return d, s
}

func opened(t *testing.T) (device.Device, *stub.Stub) {
	t.Helper()
	d, s := pretended(t)
	v, err := d.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		s.NoLeaks()
	})
	return v, s
}

func stream(t *testing.T, v device.Device) device.Stream {
	t.Helper()
	s, err := v.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDevices(t *testing.T) {
	d, _ := pretended(t)
	list, err := d.Devices()
	if err != nil {
		t.Fatal(err)
	}
	want := []device.Info{
		{Ordinal: 0, Name: "Pretended 0", Memory: 1 << 30, Major: 9, Multiprocessors: 132, Driver: "12.4"},
		{Ordinal: 1, Name: "Pretended 1", Memory: 1 << 30, Major: 9, Multiprocessors: 132, Driver: "12.4"},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
}

// TestOpenErrors holds what a user reads where a device cannot be had.
func TestOpenErrors(t *testing.T) {
	for _, test := range []struct {
		name    string
		pretend func(*stub.Stub)
		cause   error
		says    []string
	}{
		{"old driver", func(s *stub.Stub) { s.Set("version", 11040) }, device.ErrOldDriver, []string{"CUDA 11.4", "CUDA 11.8 or later", "install a current NVIDIA driver"}},
		{"insufficient driver", func(s *stub.Stub) { s.Fail("cuInit", 35, 0) }, device.ErrOldDriver, []string{"CUDA_ERROR_INSUFFICIENT_DRIVER", "cuInit"}},
		{"driver updated under a running system", func(s *stub.Stub) { s.Fail("cuInit", 803, 0) }, device.ErrOldDriver, []string{"restart the machine"}},
		{"no device at start", func(s *stub.Stub) { s.Fail("cuInit", 100, 0) }, device.ErrNone, []string{"CUDA_ERROR_NO_DEVICE", "CUDA_VISIBLE_DEVICES"}},
		{"no device counted", func(s *stub.Stub) { s.Set("devices", 0) }, device.ErrNone, []string{"CUDA_ERROR_NO_DEVICE"}},
		{"stub of the toolkit", func(s *stub.Stub) { s.Fail("cuInit", 34, 0) }, device.ErrUnavailable, []string{"stub", "LD_LIBRARY_PATH"}},
		{"fabric not ready", func(s *stub.Stub) { s.Fail("cuInit", 802, 0) }, device.ErrUnavailable, []string{"nvidia-fabricmanager"}},
		{"too few devices", func(s *stub.Stub) { s.Set("devices", 1) }, device.ErrNone, []string{"device 1 was asked for, of 1"}},
		{"exclusive", func(s *stub.Stub) { s.Fail("cuDevicePrimaryCtxRetain", 46, 0) }, device.ErrLost, []string{"CUDA_ERROR_DEVICE_UNAVAILABLE", "in use by another program"}},
		{"no memory for a context", func(s *stub.Stub) { s.Fail("cuDevicePrimaryCtxRetain", 2, 0) }, device.ErrOutOfMemory, []string{"cuDevicePrimaryCtxRetain"}},
		{"an error that is not known here", func(s *stub.Stub) { s.Fail("cuInit", 998, 0) }, nil, []string{"an error of the stub (cuInit: CUDA_ERROR_PRETENDED, 998)"}},
		{"an error that nobody knows", func(s *stub.Stub) { s.Fail("cuInit", 997, 0) }, nil, []string{"the driver reports an error (cuInit: error, 997)"}},
		{"compiler newer than the driver", func(s *stub.Stub) { s.Set("nvrtc", 13000) }, device.ErrOldDriver, []string{"NVRTC 13.0", "CUDA 12.4"}},
		{"no compiler", func(s *stub.Stub) { remove(s, "libnvrtc.so.12") }, device.ErrUnavailable, []string{"libnvrtc was not found", PathVariable, "pip install nvidia-cuda-nvrtc-cu12", "compilation of kernels"}},
		{"no products", func(s *stub.Stub) { remove(s, "libcublas.so.12") }, device.ErrUnavailable, []string{"libcublas was not found", "pip install nvidia-cublas-cu12", "matrix products"}},
		{"no driver", func(s *stub.Stub) { remove(s, "libcuda.so.1") }, device.ErrUnavailable, []string{"libcuda was not found", "install NVIDIA's driver"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, s := pretended(t)
			d.find.python = func() []string { return nil }
			test.pretend(s)
			_, err := d.Open(1)
			if err == nil {
				t.Fatal("the device opened")
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("%v is not %v", err, test.cause)
			}
			for _, w := range test.says {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if strings.Contains(test.name, "no compiler") || strings.Contains(test.name, "no products") || strings.Contains(test.name, "no driver") {
				return // a library of the stub is gone; the machine's own may be found instead
			}
			s.NoLeaks()
		})
	}
}

func remove(s *stub.Stub, name string) {
	if err := os.Remove(filepath.Join(s.Dir, name)); err != nil {
		panic(err)
	}
}

// TestCaptureOrder holds the calls of a recording: everything that libraries load is loaded before it begins.
func TestCaptureOrder(t *testing.T) {
	v, s := opened(t)
	q := stream(t, v)
	p, err := v.Alloc(1 << 10)
	if err != nil {
		t.Fatal(err)
	}
	s.Log()
	before := len(s.Calls())
	steps := []error{
		q.BeginCapture(),
		q.Gemm(device.Gemm{M: 4, N: 4, K: 4, A: p, B: p, C: p, LDA: 4, LDB: 4, LDC: 4, Batch: 1, Alpha: 1}),
		q.Fill(p, 1, 2),
	}
	g, err := q.EndCapture()
	steps = append(steps, err, q.Replay(g), q.Replay(g), q.Wait(), g.Close())
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"cuMemAlloc 33554432", "cublasCreate", "cublasSetStream", "cublasSetWorkspace 33554432", "cublasSetMathMode 0",
		"cuStreamBeginCapture 2",
		"cublasGemmStridedBatchedEx 00 4 4 4, 1 times, compute 68 algo -1", "cuMemsetD32Async 1 2",
		"cuStreamEndCapture", "cuGraphInstantiate 2", "cuGraphDestroy",
		"cuGraphLaunch", "cuGraphLaunch", "cuStreamSynchronize", "cuStreamSynchronize", "cuGraphExecDestroy",
	}
	if diff := cmp.Diff(want, s.Log()[before:]); diff != "" {
		t.Error(diff)
	}
}

// TestOneThread calls from many goroutines, one after another, and finds all calls on one thread.
func TestOneThread(t *testing.T) {
	v, s := opened(t)
	q := stream(t, v)
	p, err := v.Alloc(1 << 10)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		done := make(chan error)
		go func() {
			done <- errors.Join(q.Fill(p, 0, 16), q.Copy(p+512, p, 64), q.Wait())
		}()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Threads(); n != 1 {
		t.Errorf("calls were made on %d threads", n)
	}
}

// TestQueuedError finds an error of queued work at a later call, and the stream usable after.
func TestQueuedError(t *testing.T) {
	v, s := opened(t)
	q := stream(t, v)
	p, err := v.Alloc(1 << 10)
	if err != nil {
		t.Fatal(err)
	}
	s.Fail("cuMemsetD32Async", 1, 1)
	if err := errors.Join(q.Fill(p, 0, 1), q.Wait()); err != nil {
		t.Fatal(err)
	}
	if err := q.Fill(p, 0, 1); err != nil {
		t.Fatalf("the error came at once: %v", err)
	}
	err = q.Wait()
	if err == nil || !strings.Contains(err.Error(), "CUDA_ERROR_INVALID_VALUE") {
		t.Fatalf("waiting for work that failed: %v", err)
	}
	if err := errors.Join(q.Copy(p, p+512, 4), q.Wait()); err != nil {
		t.Errorf("after the error: %v", err)
	}
}

// TestLost ends a device with a kernel that writes where it must not. All further calls say so, and closing gives back what can be.
func TestLost(t *testing.T) {
	d, s := pretended(t)
	v, err := d.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	q := stream(t, v)
	m, err := v.Build(device.Source{Name: "crash.cu", Text: `extern "C" __global__ void crash(int n) {}`})
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Function("crash")
	if err != nil {
		t.Fatal(err)
	}
	one := device.Dim{X: 1, Y: 1, Z: 1}
	if err := q.Launch(device.Launch{Function: f, Grid: one, Block: one, Args: []any{int32(1)}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = q.Wait()
		if !errors.Is(err, device.ErrLost) || !strings.Contains(err.Error(), "CUDA_ERROR_ILLEGAL_ADDRESS") || !strings.Contains(err.Error(), "compute-sanitizer") {
			t.Errorf("waiting after a crash: %v", err)
		}
	}
	if _, err := v.Alloc(1); !errors.Is(err, device.ErrLost) {
		t.Errorf("allocating after a crash: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Errorf("closing after a crash: %v", err)
	}
	calls := s.Calls()
	if calls[len(calls)-1] != "cuDevicePrimaryCtxRelease" {
		t.Errorf("the context was not given back: %v", calls[len(calls)-4:])
	}
}

// TestFailuresLeakNothing lets every call fail once, at its first and second use, while a device is put to use, and finds nothing
// left open that could be closed.
func TestFailuresLeakNothing(t *testing.T) {
	use := func(d *Driver) (err error) {
		v, err := d.Open(0)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.Close()) }()
		q, err := v.NewStream()
		if err != nil {
			return err
		}
		p, err := v.Alloc(1 << 12)
		if err != nil {
			return err
		}
		e, err := v.NewEvent()
		if err != nil {
			return err
		}
		if err := q.Upload(p, make([]byte, 1<<12)); err != nil {
			return err
		}
		m, err := v.Build(device.Source{Name: "k.cu", Text: `extern "C" __global__ void k(int n) {}`})
		if err != nil {
			return err
		}
		f, err := m.Function("k")
		if err != nil {
			return err
		}
		one := device.Dim{X: 1, Y: 1, Z: 1}
		conv := device.Conv{N: 1, H: 4, W: 4, C: 1, Out: 1, KH: 1, KW: 1, OH: 4, OW: 4, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1, X: p, Weights: p + 1024, Y: p + 2048}
		if err := q.Conv(conv); err != nil {
			return err
		}
		if err := q.BeginCapture(); err != nil {
			return err
		}
		queued := errors.Join(
			q.Launch(device.Launch{Function: f, Grid: one, Block: one, Shared: 100 << 10, Args: []any{int32(1)}}),
			q.Gemm(device.Gemm{M: 4, N: 4, K: 4, A: p, B: p, C: p, LDA: 4, LDB: 4, LDC: 4, Batch: 1, Alpha: 1}),
			q.Conv(conv), q.Copy(p, p+2048, 16), q.Fill(p, 0, 1))
		g, err := q.EndCapture()
		if err := errors.Join(queued, err); err != nil {
			return err
		}
		if err := errors.Join(q.Replay(g), q.Record(e), q.Download(make([]byte, 16), p)); err != nil {
			return err
		}
		_, err = e.Since(e)
		return err
	}
	d, s := pretended(t)
	if err := use(d); err != nil {
		t.Fatal(err)
	}
	s.NoLeaks()
	calls := s.Calls()
	slices.Sort(calls)
	symbols := map[string]string{} // what the log calls a function, to its name
	for _, c := range slices.Compact(calls) {
		symbols[c] = c
	}
	for _, c := range []string{"cuDeviceTotalMem", "cuMemGetInfo", "cuMemAlloc", "cuMemAllocHost", "cublasCreate", "cublasSetStream", "cublasSetWorkspace", "cuMemcpyHtoDAsync", "cuMemcpyDtoHAsync", "cuMemcpyDtoDAsync", "cuStreamBeginCapture"} {
		symbols[c] = c + "_v2"
	}
	symbols["cuGraphInstantiate"] = "cuGraphInstantiateWithFlags"
	for logged, symbol := range symbols {
		// What gives things back leaves them open when it fails, and what cannot fail needs no try.
		if strings.Contains(logged, "Destroy") || strings.Contains(logged, "Free") || strings.Contains(logged, "Release") || strings.Contains(logged, "Unload") || logged == "header" {
			continue
		}
		for after := range 2 {
			d, s := pretended(t)
			s.Fail(symbol, 1, after)
			err := use(d)
			called := 0
			for _, c := range s.Calls() {
				if c == logged {
					called++
				}
			}
			if err == nil && called > after && logged != "cuDeviceGetAttribute" {
				t.Errorf("%s failed at call %d, and nothing was reported", symbol, after+1)
			}
			if logged != "cuCtxSetCurrent" {
				s.NoLeaks()
			}
			if t.Failed() {
				t.Fatalf("%s failing at call %d: %v\n%s", symbol, after+1, err, strings.Join(s.Log(), "\n"))
			}
		}
	}
}

func TestLibraries(t *testing.T) {
	d, s := pretended(t)
	var got []string
	for _, l := range d.Libraries() {
		if l.Err != nil || l.Brings == "" || l.Get == "" {
			t.Errorf("%+v", l)
		}
		got = append(got, strings.Join([]string{l.Name, l.Version, strings.TrimPrefix(l.Path, s.Dir)}, " "))
	}
	want := []string{"libcuda CUDA 12.4 /libcuda.so.1", "libnvrtc 12.4 /libnvrtc.so.12", "libcublas 12.4.5 /libcublas.so.12", "libcudnn 9.1.0 /libcudnn.so.9"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestNoCudnn does without convolutions by a library, and says where they could come from.
func TestNoCudnn(t *testing.T) {
	d, s := pretended(t)
	d.find.python = func() []string { return nil }
	remove(s, "libcudnn.so.9")
	v, err := d.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	err = stream(t, v).Conv(device.Conv{N: 1, H: 1, W: 1, C: 1, Out: 1, KH: 1, KW: 1, OH: 1, OW: 1, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1})
	if !errors.Is(err, device.ErrUnsupported) || !strings.Contains(err.Error(), "pip install nvidia-cudnn") {
		t.Error(err)
	}
}

// TestCudnnThatFails leaves convolutions to netc's kernels whatever cuDNN has against them, says so once where it is no matter of the
// shape, and goes on with all else.
func TestCudnnThatFails(t *testing.T) {
	for _, c := range []struct {
		call  string
		code  int
		notes int
	}{
		{"cudnnCreate", 1002, 1}, {"cudnnSetStream", 2000, 1}, {"cudnnSetTensor4dDescriptor", 2003, 1}, {"cudnnGetConvolutionForwardAlgorithm_v7", 3000, 0},
		{"cudnnConvolutionForward", 3000, 0}, {"cudnnConvolutionForward", 5003, 1},
	} {
		v, s := opened(t)
		q := stream(t, v)
		p, err := v.Alloc(1 << 12)
		if err != nil {
			t.Fatal(err)
		}
		s.Fail(c.call, c.code, 0)
		conv := device.Conv{N: 1, H: 4, W: 4, C: 1, Out: 1, KH: 1, KW: 1, OH: 4, OW: 4, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1, X: p, Weights: p + 1024, Y: p + 2048}
		for range 3 {
			if err := q.Conv(conv); !errors.Is(err, device.ErrUnsupported) {
				t.Errorf("%s fails: %v", c.call, err)
			}
		}
		if notes := v.(device.Noter).Notes(); len(notes) != c.notes {
			t.Errorf("%s fails: the notes are %q", c.call, notes)
		}
		if err := errors.Join(q.Gemm(device.Gemm{M: 4, N: 4, K: 4, A: p, B: p, C: p, LDA: 4, LDB: 4, LDC: 4, Batch: 1, Alpha: 1}), q.Wait(), v.Free(p)); err != nil {
			t.Errorf("%s fails, and then %v", c.call, err)
		}
	}
}

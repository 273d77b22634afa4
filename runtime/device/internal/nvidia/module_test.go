package nvidia

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/device"
)

var source = device.Source{
	Name: "plan.cu", Text: `extern "C" __global__ void __launch_bounds__(256, 2) forward(float *y, const float *x, int n) {}`,
	Headers: map[string]string{"philox.h": "//"}, Options: []string{"-DN=4"},
}

// count is how often a line of the log begins with some words.
func count(log []string, begin string) int {
	n := 0
	for _, l := range log {
		if strings.HasPrefix(l, begin) {
			n++
		}
	}
	return n
}

func built(t *testing.T, d *Driver, s device.Source) (notes []string) {
	t.Helper()
	v, err := d.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Build(s); err != nil {
		t.Fatal(err)
	}
	return v.(device.Noter).Notes()
}

// TestCache compiles once for each of what a compilation depends on.
func TestCache(t *testing.T) {
	d, s := pretended(t)
	built(t, d, source)
	want := []string{
		"nvrtcCreateProgram plan.cu, 1 headers", "header philox.h: 2 bytes", "nvrtcCompileProgram --gpu-architecture=sm_90 --std=c++17 -DN=4",
		"nvrtcGetCUBIN", "nvrtcDestroyProgram",
	}
	var got []string
	for _, l := range s.Log() {
		if strings.HasPrefix(l, "nvrtc") || strings.HasPrefix(l, "header") {
			got = append(got, l)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	built(t, d, source)
	if n := count(s.Log(), "nvrtcCompileProgram"); n != 1 {
		t.Errorf("%d compilations for one source", n)
	}
	for i, other := range []func(*device.Source){
		func(s *device.Source) { s.Text += " " },
		func(s *device.Source) { s.Options = []string{"-DN=5"} },
		func(s *device.Source) { s.Headers = map[string]string{"philox.h": "///"} },
	} {
		c := source
		other(&c)
		built(t, d, c)
		if n := count(s.Log(), "nvrtcCompileProgram"); n != i+2 {
			t.Errorf("change %d: %d compilations", i, n)
		}
	}
	s.Set("minor", 1)
	s.Set("newest", 120)
	e := New("cuda", NewDynamic)
	e.dir = d.dir
	built(t, e, source)
	if n := count(s.Log(), "nvrtcCompileProgram"); n != 5 {
		t.Errorf("%d compilations after another device", n)
	}
}

// TestCacheDamage survives files that are cut, changed, or compiled for something else.
func TestCacheDamage(t *testing.T) {
	d, s := pretended(t)
	dir, _ := d.dir()
	built(t, d, source)
	files, err := filepath.Glob(filepath.Join(dir, "*.cubin"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte{}, whole...)
	damaged[7] ^= 1
	for i, b := range [][]byte{nil, whole[:len(whole)/2], damaged} {
		if err := os.WriteFile(files[0], b, 0o644); err != nil {
			t.Fatal(err)
		}
		built(t, d, source)
		if n := count(s.Log(), "nvrtcCompileProgram"); n != i+2 {
			t.Errorf("damage %d: %d compilations", i, n)
		}
	}
	// A whole file that the driver refuses is compiled anew, and a note says why.
	options := []string{"--gpu-architecture=sm_90", "--std=c++17", "-DN=4"}
	if err := (cache{dir}).put(cacheKey(source, options, "12.4"), []byte("not for this driver")); err != nil {
		t.Fatal(err)
	}
	notes := built(t, d, source)
	if len(notes) != 1 || !strings.Contains(notes[0], "CUDA_ERROR_INVALID_IMAGE") || !strings.Contains(notes[0], "compiled anew") {
		t.Errorf("notes: %q", notes)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	s.NoLeaks()
}

// TestCacheUnwritable goes on without a cache, and says so.
func TestCacheUnwritable(t *testing.T) {
	for _, test := range []struct {
		name string
		dir  func(t *testing.T) (string, error)
		says string
	}{
		{"a file in the way", func(t *testing.T) (string, error) {
			f := filepath.Join(t.TempDir(), "file")
			return filepath.Join(f, "cubin"), os.WriteFile(f, nil, 0o644)
		}, "could not be kept"},
		{"no home", func(*testing.T) (string, error) {
			return "", errors.New("neither $XDG_CACHE_HOME nor $HOME are defined")
		}, "are not kept"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := pretended(t)
			dir, err := test.dir(t)
			d.dir = func() (string, error) { return dir, err }
			if notes := built(t, d, source); len(notes) != 1 || !strings.Contains(notes[0], test.says) {
				t.Errorf("notes: %q", notes)
			}
		})
	}
}

// TestNewerCard compiles PTX for a card that the compiler does not know yet, and refuses one that is older than it knows.
func TestNewerCard(t *testing.T) {
	d, s := pretended(t)
	s.Set("major", 12)
	built(t, d, source)
	if n := count(s.Log(), "nvrtcCompileProgram --gpu-architecture=compute_90"); n != 1 || count(s.Log(), "nvrtcGetPTX") != 1 || count(s.Log(), "cuModuleLoadData STUB compute_90") != 1 {
		t.Errorf("calls: %v", s.Log())
	}
	d, s = pretended(t)
	s.Set("major", 3)
	v, err := d.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Build(source); !errors.Is(err, device.ErrUnsupported) || !strings.Contains(err.Error(), "compute capability 3.0") || !strings.Contains(err.Error(), "5.0 and later") {
		t.Error(err)
	}
}

func TestBuildErrors(t *testing.T) {
	v, s := opened(t)
	_, err := v.Build(device.Source{Name: "plan.cu", Text: "#error this"})
	want := "the kernels do not compile: plan.cu:\nplan.cu(1): error: #error directive\n\n1 error detected in the compilation of \"plan.cu\"."
	if !errors.Is(err, device.ErrBuild) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	m, err := v.Build(source)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = m.Function("foward"); err == nil || !strings.Contains(err.Error(), "kernel foward in plan.cu, which has forward") {
		t.Error(err)
	}
	if err := m.Unload(); err != nil {
		t.Fatal(err)
	}
	if _, err = m.Function("forward"); err == nil || !strings.Contains(err.Error(), "unloaded") {
		t.Error(err)
	}
	s.Fail("nvrtcCompileProgram", 1, 0)
	if _, err = v.Build(device.Source{Name: "other.cu"}); !errors.Is(err, device.ErrBuild) || !strings.Contains(err.Error(), "NVRTC reports an error (nvrtcCompileProgram: NVRTC_ERROR_PRETENDED, 1)") {
		t.Error(err)
	}
}

// TestLaunch holds how arguments reach a kernel, and what is refused.
func TestLaunch(t *testing.T) {
	v, s := opened(t)
	q := stream(t, v)
	m, err := v.Build(device.Source{Name: "k.cu", Text: `extern "C" __global__ void k(float *p, int i, unsigned u, long long l, unsigned long long w, float f, struct pair s) {}`})
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Function("k")
	if err != nil {
		t.Fatal(err)
	}
	launch := func(grid, block device.Dim, shared int, args ...any) error {
		return errors.Join(q.Launch(device.Launch{Function: f, Grid: grid, Block: block, Shared: shared, Args: args}), q.Wait())
	}
	args := []any{device.Pointer(0x1000), int32(-1), uint32(7), int64(-2), uint64(9), float32(1), struct{ A, B int32 }{0xab, 1}}
	if err := launch(device.Dim{X: 3, Y: 2, Z: 1}, device.Dim{X: 64, Y: 4, Z: 1}, 100<<10, args...); err != nil {
		t.Fatal(err)
	}
	if err := launch(device.Dim{X: 1, Y: 1, Z: 1}, device.Dim{X: 1, Y: 1, Z: 1}, 60<<10, args...); err != nil {
		t.Fatal(err)
	}
	log := s.Log()
	if count(log, "cuLaunchKernel k 3,2,1 64,4,1 102400: 1000 ffffffff 7 fffffffe 9 3f800000 ab") != 1 {
		t.Errorf("launches: %v", log)
	}
	if count(log, "cuFuncSetAttribute k 8 102400") != 1 || count(log, "cuFuncSetAttribute") != 1 {
		t.Errorf("shared memory was asked for: %v", log)
	}
	one := device.Dim{X: 1, Y: 1, Z: 1}
	for want, err := range map[string]error{
		"Y must be positive":     launch(device.Dim{X: 1, Z: 1}, one, 0),
		"go up to 65535":         launch(device.Dim{X: 1, Y: 1 << 16, Z: 1}, one, 0),
		"up to 1024 threads":     launch(one, device.Dim{X: 1024, Y: 2, Z: 1}, 0),
		"can have 232448":        launch(one, one, 1<<20),
		"argument 2: a string":   launch(one, one, 0, int32(1), "x"),
		"field C: int differs":   launch(one, one, 0, struct{ C int }{1}),
		"argument 1: nil cannot": launch(one, one, 0, nil),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

package cuda

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/augment"
	"github.com/netc-lang/netc/runtime/device"
	card "github.com/netc-lang/netc/runtime/device/cuda"
	"github.com/netc-lang/netc/runtime/kernel"
)

// every is a kernel of each operation, for its samples, and all that is not an operation's.
func every(t testing.TB) []Unitary {
	t.Helper()
	all := []Unitary{&Optimizer{}, Counting{}}
	batches, err := NewBatches(BatchConfig{Trials: 1, N: 1, Shape: []int{1}, Pipelines: [][]augment.Form{{{}}}})
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, batches)
	tt, isT := t.(*testing.T)
	if !isT {
		return all
	}
	for _, spec := range op.All() {
		for _, s := range spec.Samples {
			for _, a := range trace(tt, spec, s, op.Context{Seed: 1}) {
				all = append(all, compiled(t, a.step()))
			}
		}
	}
	// Convolutions of other tiles, and a chain.
	for _, c := range []struct{ n, h, ci, co int }{{8, 32, 16, 16}, {8, 32, 16, 32}, {16, 64, 32, 64}, {1, 8, 3, 32}, {1, 8, 64, 64}} {
		x, w := op.Shape{c.n, c.h, c.h, c.ci}, op.Shape{3, 3, c.ci, c.co}
		a := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Groups: 1, H: c.h, W: c.h, InChannels: c.ci}
		y := op.Shape{c.n, c.h, c.h, c.co}
		all = append(all,
			compiled(t, kernel.Step{Op: "conv2d", Attrs: a, In: []op.Shape{x, w, {c.co}}, Out: y, Then: []kernel.Link{
				{Op: "bias", In: 2}, {Op: "gelu", Attrs: op.Unary{}, In: -1}, {Op: "dropout", Attrs: op.Dropout{P: 0.5}, In: -1}}}),
			compiled(t, kernel.Step{Op: "conv2d_dx", Attrs: a, In: []op.Shape{y, w}, Out: x}),
			compiled(t, kernel.Step{Op: "conv2d_dw", Attrs: a, In: []op.Shape{x, y}, Out: w}))
	}
	return all
}

// The text is CUDA C that needs nothing but what NVRTC has built in: a compiler for NVIDIA's instructions accepts it behind
// testdata/nvrtc.h.
func TestTextNeedsNoHeaders(t *testing.T) {
	var clang string
	for _, name := range []string{"clang", "clang-19", "clang-16", "clang-15", "clang-14"} {
		if path, err := exec.LookPath(name); err == nil {
			clang = path
			break
		}
	}
	if clang == "" {
		t.Skip("there is no clang, which checks the text of the kernels as CUDA C")
	}
	s := Source("kernels.cu", everyPrecision(t)...)
	file := filepath.Join(t.TempDir(), s.Name)
	if err := os.WriteFile(file, []byte(s.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"sm_70", "sm_80"} { // without and with tensor cores for the kernels' numbers
		args := []string{"-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib", "-nostdinc", "-std=c++17", "--cuda-gpu-arch=" + arch,
			"-Wall", "-Wno-unused-function", "-Wno-unknown-cuda-version", "-Werror", "-include", "testdata/nvrtc.h", "-fsyntax-only", file}
		if out, err := exec.Command(clang, args...).CombinedOutput(); err != nil {
			t.Errorf("%s for %s: %v\n%s", clang, arch, err, out)
		}
	}
}

// everyPrecision is every kernel, and those that multiply in each precision.
func everyPrecision(t testing.TB) []Unitary {
	all := every(t)
	for _, u := range slices.Clone(all) {
		if p, ok := u.(*program); ok && p.precise != nil {
			all = append(all, In(p, device.TF32), In(p, device.BF16))
		}
	}
	return all
}

// NVRTC itself takes the text. It needs no card, and half a minute an architecture.
func TestTextCompiles(t *testing.T) {
	if os.Getenv("NETC_TEST_NVRTC") == "" {
		t.Skip("NETC_TEST_NVRTC=1 compiles all kernels with NVRTC, which takes a minute")
	}
	s := Source("kernels.cu", everyPrecision(t)...)
	for _, arch := range [][2]int{{7, 0}, {9, 0}} {
		if _, err := card.Compile(s, arch[0], arch[1]); err != nil {
			t.Errorf("sm_%d%d: %v", arch[0], arch[1], err)
		}
	}
}

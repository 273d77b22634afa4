package cuda_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/cuda"
)

// TestCompiler compiles with NVIDIA's own compiler, which needs no card.
func TestCompiler(t *testing.T) {
	s := device.Source{
		Name: "twice.cu", Text: "#include \"twice.h\"\nextern \"C\" __global__ void run(float *y, int n) { int i = threadIdx.x; if (i < n) y[i] = twice(y[i]); }\n",
		Headers: map[string]string{"twice.h": "__device__ inline float twice(float x) { return FACTOR * x; }\n"}, Options: []string{"-DFACTOR=2.0f"},
	}
	code, err := cuda.Compile(s, 8, 0)
	if errors.Is(err, device.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(code), "\x7fELF") {
		t.Errorf("code for a device that the compiler knows is no cubin: %.20q", code)
	}
	if code, err = cuda.Compile(s, 99, 0); err != nil || !strings.Contains(string(code), ".version") {
		t.Errorf("code for a device that it does not know yet is no PTX: %.20q, %v", code, err)
	}
	s.Text += "this is wrong;\n"
	if _, err = cuda.Compile(s, 8, 0); !errors.Is(err, device.ErrBuild) || !strings.Contains(err.Error(), "twice.cu(3): error") {
		t.Error(err)
	}
}

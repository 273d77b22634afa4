package choose

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/cuda"
	"github.com/netc-lang/netc/runtime/device/internal/stub"
)

func TestParse(t *testing.T) {
	for name, want := range map[string]Request{
		"auto": {Word: "auto"}, "cpu": {Word: "cpu"}, "cuda": {Word: "cuda"}, "cuda:0": {Word: "cuda"}, "cuda:12": {Word: "cuda", Ordinal: 12},
	} {
		got, err := Parse(name)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for name, says := range map[string]string{
		"":        `unknown device "": devices are auto, cpu, cuda and cuda:n`,
		"cdua":    "did you mean cuda?",
		"cpu:1":   "cpu takes no number; only cuda does",
		"auto:0":  "auto takes no number",
		"cuda:":   "as in cuda:0",
		"cuda:-1": "as in cuda:0",
		"cuda:+1": "as in cuda:0",
		"cuda:x":  "as in cuda:0",
		"gpu":     "NVIDIA's devices are called cuda",
		"gpu:1":   "NVIDIA's devices are called cuda",
		"tpu":     `unknown device "tpu"`,
	} {
		if _, err := Parse(name); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %q", name, err, says)
		}
	}
}

func parsed(t *testing.T, name string) Request {
	t.Helper()
	r, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFind(t *testing.T) {
	s := stub.New(t)
	t.Setenv("NETC_CUDA_PATH", s.Dir)
	d := cuda.New()
	for name, want := range map[string]string{"auto": "cuda:0 (Pretended 0)", "cpu": "cpu", "cuda": "cuda:0 (Pretended 0)", "cuda:1": "cuda:1 (Pretended 1)"} {
		c, err := parsed(t, name).find(d)
		if err != nil || c.String() != want || c.Note != "" {
			t.Errorf("%s gives %v (%q), %v", name, c, c.Note, err)
		}
	}
	_, err := parsed(t, "cuda:3").find(d)
	want := "device cuda:3: no device of this number; there are 2 devices: cuda:0 (Pretended 0), cuda:1 (Pretended 1)"
	if !errors.Is(err, device.ErrNone) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestFallback takes the processor only where that was left open, and says why.
func TestFallback(t *testing.T) {
	s := stub.New(t)
	t.Setenv("NETC_CUDA_PATH", s.Dir)
	s.Set("version", 11020)
	c, err := Auto.find(cuda.New())
	if err != nil || !c.OnCPU() || !strings.Contains(c.Note, "runs on the processor: the driver is too old") {
		t.Errorf("auto with an old driver: %v (%q), %v", c, c.Note, err)
	}
	if _, err := parsed(t, "cuda").find(cuda.New()); !errors.Is(err, device.ErrOldDriver) || !strings.HasPrefix(err.Error(), "device cuda:0: ") {
		t.Errorf("cuda with an old driver: %v", err)
	}
	s.Reset()
	s.Fail("cuDevicePrimaryCtxRetain", 46, 0)
	dev, c, err := Auto.open(cuda.New())
	if dev != nil || err != nil || !strings.Contains(c.Note, "cuda:0 (Pretended 0) cannot be used") {
		t.Errorf("auto with a device in use: %v, %v (%q), %v", dev, c, c.Note, err)
	}
	if _, _, err = parsed(t, "cuda").open(cuda.New()); err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("cuda with a device in use: %v", err)
	}
	if dev, c, err = CPU.open(cuda.New()); dev != nil || !c.OnCPU() || err != nil {
		t.Errorf("cpu: %v, %v, %v", dev, c, err)
	}
}

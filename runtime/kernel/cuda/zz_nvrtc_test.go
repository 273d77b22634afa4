package cuda

import (
	"testing"

	"os"
	drv "github.com/netc-lang/netc/runtime/device/cuda"
)

func TestZZ(t *testing.T) {
	s := Source("kernels.cu", every(t)...)
	os.WriteFile("/tmp/kernels.cu", []byte(s.Text), 0o644)
	for _, a := range [][2]int{{9, 0}, {8, 0}, {7, 5}, {7, 0}} {
		img, err := drv.Compile(s, a[0], a[1])
		if err != nil {
			t.Errorf("%v: %v", a, err)
			continue
		}
		t.Logf("%v: %d bytes from %d", a, len(img), len(s.Text))
	}
}

//go:build (cuda || cucgo) && linux && cgo

package cucgo_test

import (
	"errors"
	"os"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/cucgo"
	"github.com/netc-lang/netc/runtime/device/devicetest"
	"github.com/netc-lang/netc/runtime/device/internal/stub"
)

// TestPretended runs the tests of all drivers on a pretended card.
func TestPretended(t *testing.T) {
	s := stub.New(t)
	t.Setenv("NETC_CUDA_PATH", s.Dir)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	devicetest.Run(t, func() device.Device {
		d, err := cucgo.New().Open(1)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}, devicetest.KernelsOnlyRecorded)
	s.NoLeaks()
	s.Fail("cuInit", 35, 0)
	if _, err := cucgo.New().Devices(); !errors.Is(err, device.ErrOldDriver) {
		t.Errorf("an old driver: %v", err)
	}
}

// TestCard runs them on a card. bench/gpu.sh does so where there is one.
func TestCard(t *testing.T) {
	if os.Getenv("NETC_TEST_DEVICE") != "cuda" {
		t.Skip("needs a card: NETC_TEST_DEVICE=cuda uses the first one")
	}
	driver := cucgo.New()
	if _, err := driver.Devices(); err != nil {
		t.Fatal(err)
	}
	devicetest.Run(t, func() device.Device {
		d, err := driver.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}

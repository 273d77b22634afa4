package gpu

import (
	"errors"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
)

// equipped is a driver that tells of libraries and has no device.
type equipped []device.Library

func (equipped) Name() string                    { return "none" }
func (equipped) Devices() ([]device.Info, error) { return nil, nil }
func (equipped) Open(int) (device.Device, error) { return nil, device.ErrNone }
func (e equipped) Libraries() []device.Library   { return e }

// One training leaves its convolutions to cuDNN where it was found, trials of a study have our own, and the variable goes before both.
func TestConvolutionsAreChosen(t *testing.T) {
	found := equipped{{Name: "libcuda", Path: "/x/libcuda.so.1"}, {Name: "libcudnn", Path: "/x/libcudnn.so.9"}}
	for _, c := range []struct {
		value string
		work  Work
		on    equipped
		want  bool
	}{
		{"", Run, found, true}, {"", Run, equipped{{Name: "libcudnn"}}, false}, {"", Run, nil, false}, {"", Study, found, false},
		{"off", Run, found, false}, {"on", Study, found, true},
	} {
		t.Setenv(ConvolutionsVariable, c.value)
		b, err := newBackend(c.on, c.work)
		if err != nil {
			t.Fatal(err)
		}
		name := "cuda"
		if c.want {
			name = "cuda/cudnn"
		}
		if b.Convolutions != c.want || b.Name() != name {
			t.Errorf("%+v: convolutions by the library: %v, %s", c, b.Convolutions, b.Name())
		}
	}
	t.Setenv(ConvolutionsVariable, "on")
	if _, err := newBackend(equipped{}, Run); !errors.Is(err, device.ErrUnavailable) || !strings.Contains(err.Error(), "netc doctor") {
		t.Errorf("cuDNN that was asked for and is not there gives %v", err)
	}
	t.Setenv(ConvolutionsVariable, "yes")
	if _, err := newBackend(found, Run); err == nil || !strings.Contains(err.Error(), "it is on") {
		t.Errorf("an unknown word gives %v", err)
	}
}

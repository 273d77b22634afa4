package gpu_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/gpu"
)

// fussy is an idle device whose libraries are as NVIDIA's: what they have not done before, they refuse while it is recorded.
type fussy struct {
	idle
	stream fussyStream
}

func (f *fussy) Open(int) (device.Device, error)   { return f, nil }
func (f *fussy) NewStream() (device.Stream, error) { return &f.stream, nil }
func (*fussy) Libraries() []device.Library {
	return []device.Library{{Name: "libcudnn", Path: "/x/libcudnn.so.9"}}
}

type fussyStream struct {
	idleStream
	known     map[string]bool
	recording bool
	convs     int // recorded
	products  int
	filled    bool // since the last rehearsal
	late      bool // rehearsed after the first values were there
}

// library is a call of a library for a shape.
func (s *fussyStream) library(shape string, recorded *int) error {
	switch {
	case !s.recording:
		if s.known == nil {
			s.known = map[string]bool{}
		}
		s.known[shape] = true
		s.late = s.late || s.filled
	case !s.known[shape]:
		return fmt.Errorf("%w: %s was not done before", device.ErrUnsupported, shape)
	default:
		*recorded++
	}
	return nil
}

func (s *fussyStream) Conv(c device.Conv) error {
	c.X, c.Y, c.Weights = 0, 0, 0
	return s.library(fmt.Sprintf("%+v", c), &s.convs)
}

func (s *fussyStream) Gemm(g device.Gemm) error {
	if err := s.library(fmt.Sprint(g.M, g.N, g.K, g.TransA, g.TransB), &s.products); err != nil {
		return errors.New("a product that was not rehearsed")
	}
	return nil
}

func (s *fussyStream) BeginCapture() error { s.recording = true; return nil }

func (s *fussyStream) EndCapture() (device.Graph, error) {
	s.recording = false
	return idleGraph{}, nil
}

func (s *fussyStream) Fill(device.Pointer, uint32, int64) error { s.filled = true; return nil }

const convolutional = `data digits { from digits; split train = 256, test = 64, by = class, seed = 1; scale standardize }
model m { input digits; init he; conv 8, kernel = 3, padding = same; act relu; conv 8, kernel = 3, stride = 2; flatten; dense classes }
train { loss cross_entropy; optimizer sgd(lr = 0.05); batch 64; epochs 1; augment { flip } }
`

// Libraries do their work once before it is recorded, and before memory has its first values; so convolutions of one training are
// cuDNN's, and those of a study's trials are not.
func TestRehearsal(t *testing.T) {
	for _, c := range []struct {
		work  gpu.Work
		convs bool
	}{{gpu.Run, true}, {gpu.Study, false}} {
		d := &fussy{}
		p, err := gpu.Open(d, 0, c.work)
		if err != nil {
			t.Fatal(err)
		}
		onDevice(t, p, seeded(program(t, convolutional), 1))
		if s := &d.stream; s.products == 0 || s.convs > 0 != c.convs || s.late {
			t.Errorf("work %d: %d convolutions and %d products of libraries were recorded; rehearsed over values: %v", c.work, s.convs, s.products, s.late)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

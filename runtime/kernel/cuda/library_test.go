package cuda

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// withLibrary is a stream with convolutions, computed by the reference.
type withLibrary struct {
	device.Stream
	m     *machine
	calls int
	fail  error
}

func (s *withLibrary) Conv(c device.Conv) error {
	s.calls++
	if s.fail != nil {
		return s.fail
	}
	x, w, y := op.Shape{c.N, c.H, c.W, c.C}, op.Shape{c.KH, c.KW, c.C / c.Groups, c.Out}, op.Shape{c.N, c.OH, c.OW, c.Out}
	a := op.Conv{Window: op.Window{KH: c.KH, KW: c.KW, SH: c.Stride[0], SW: c.Stride[1], DH: c.Dilation[0], DW: c.Dilation[1], Top: c.Top, Left: c.Left}, Groups: c.Groups, H: c.H, W: c.W, InChannels: c.C}
	a.Bottom, a.Right = max(0, (c.OH-1)*a.SH+(a.KH-1)*a.DH+1-c.H-a.Top), max(0, (c.OW-1)*a.SW+(a.KW-1)*a.DW+1-c.W-a.Left)
	type operand struct {
		at    device.Pointer
		shape op.Shape
	}
	name, first, second, out := "conv2d", operand{c.X, x}, operand{c.Weights, w}, operand{c.Y, y}
	switch c.Pass {
	case device.BackwardData:
		name, first, out = "conv2d_dx", operand{c.Y, y}, operand{c.X, x}
	case device.BackwardWeights:
		name, second, out = "conv2d_dw", operand{c.Y, y}, operand{c.Weights, w}
	}
	var in []op.Tensor
	for _, o := range []operand{first, second} {
		t := op.Tensor{Shape: o.shape}
		for _, v := range download[float32](s.m, o.at, o.shape.Size()) {
			t.Data = append(t.Data, float64(v))
		}
		in = append(in, t)
	}
	t := op.Tensor{Shape: out.shape, Data: make([]float64, out.shape.Size())}
	op.Get(name).Eval(nil, a, t, in)
	return s.Upload(out.at, bytesOf(optest.Float32(t.Data)))
}

// A library's convolutions take the place of the package's, with what is fused behind; where it has none, or trials are stacked, the
// package's own run.
func TestLibraryOfConvolutions(t *testing.T) {
	x, w, y := op.Shape{2, 6, 5, 4}, op.Shape{3, 3, 4, 8}, op.Shape{2, 3, 3, 8}
	a := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 2, SW: 2, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Groups: 1, H: 6, W: 5, InChannels: 4}
	behind := []kernel.Link{{Op: "bias", In: 2}, {Op: "relu", Attrs: op.Unary{}, In: -1}}
	steps := []kernel.Step{
		{Op: "conv2d", Attrs: a, In: []op.Shape{x, w}, Out: y},
		{Op: "conv2d", Attrs: a, In: []op.Shape{x, w, {8}}, Out: y, Then: behind},
		{Op: "conv2d_dx", Attrs: a, In: []op.Shape{y, w}, Out: x},
		{Op: "conv2d_dx", Attrs: a, In: []op.Shape{y, w, x}, Out: x, Then: []kernel.Link{{Op: "add", In: 2}}},
		{Op: "conv2d_dw", Attrs: a, In: []op.Shape{x, y}, Out: w},
	}
	b := &Backend{Convolutions: true}
	var kernels []Kernel
	var users []Unitary
	for _, s := range steps {
		k, err := b.Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		kernels, users = append(kernels, k.(Kernel)), append(users, k.(Kernel), compiled(t, s))
	}
	m := newMachine(t, users...)
	plain := m.stream
	r := rand.New(rand.NewPCG(1, 2))
	for i, s := range steps {
		var in [][]float32
		for _, shape := range s.In {
			in = append(in, normals(r, shape.Size()))
		}
		one, two := []kernel.Step{s}, []kernel.Step{s, s}
		want := m.run(compiled(t, s), one, []uint64{1}, 0, [][][]float32{in}, 0, -1)[0]
		var wide []float64
		for _, v := range want {
			wide = append(wide, float64(v))
		}
		for _, c := range []struct {
			name  string
			fail  error
			steps []kernel.Step
			calls int
		}{{"library", nil, one, 1}, {"no library", fmt.Errorf("%w: none here", device.ErrUnsupported), one, 1}, {"stacked", nil, two, 0}} {
			stream := &withLibrary{Stream: plain, m: m, fail: c.fail}
			m.stream = stream
			for _, got := range m.run(kernels[i], c.steps, []uint64{1, 2}[:len(c.steps)], 0, [][][]float32{in, in}[:len(c.steps)], 0, -1) {
				compare(t, fmt.Sprintf("%s, %s", s.Op, c.name), got, wide, nil)
			}
			if stream.calls != c.calls {
				t.Errorf("%s, %s: the library was asked %d times", s.Op, c.name, stream.calls)
			}
			m.stream = plain
		}
	}
	broken := errors.New("the device was lost")
	m.stream = &withLibrary{Stream: plain, m: m, fail: broken}
	job := conv{}.library(&program{library: true}, &Binding{Env: &Env{}, Steps: steps[:1], In: make([]Operand, 2)}, device.Forward, func(device.Stream) error { return nil }, nil)
	if err := job(m.stream); !errors.Is(err, broken) {
		t.Errorf("an error of the library becomes %v", err)
	}
	m.stream = plain
}

package nvidia

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/dl"
)

// cudnn is NVIDIA's library of convolutions, version 9, by its functions for single operations.
type cudnn struct {
	version string
	fn      struct {
		Version        uintptr `symbol:"cudnnGetVersion"`
		Create         uintptr `symbol:"cudnnCreate"`
		Destroy        uintptr `symbol:"cudnnDestroy"`
		SetStream      uintptr `symbol:"cudnnSetStream"`
		CreateTensor   uintptr `symbol:"cudnnCreateTensorDescriptor"`
		DestroyTensor  uintptr `symbol:"cudnnDestroyTensorDescriptor"`
		SetTensor      uintptr `symbol:"cudnnSetTensor4dDescriptor"`
		CreateFilter   uintptr `symbol:"cudnnCreateFilterDescriptor"`
		DestroyFilter  uintptr `symbol:"cudnnDestroyFilterDescriptor"`
		SetFilter      uintptr `symbol:"cudnnSetFilter4dDescriptor"`
		CreateConv     uintptr `symbol:"cudnnCreateConvolutionDescriptor"`
		DestroyConv    uintptr `symbol:"cudnnDestroyConvolutionDescriptor"`
		SetConv        uintptr `symbol:"cudnnSetConvolution2dDescriptor"`
		SetMath        uintptr `symbol:"cudnnSetConvolutionMathType"`
		SetGroups      uintptr `symbol:"cudnnSetConvolutionGroupCount"`
		ForwardAlgos   uintptr `symbol:"cudnnGetConvolutionForwardAlgorithm_v7"`
		DataAlgos      uintptr `symbol:"cudnnGetConvolutionBackwardDataAlgorithm_v7"`
		FilterAlgos    uintptr `symbol:"cudnnGetConvolutionBackwardFilterAlgorithm_v7"`
		Forward        uintptr `symbol:"cudnnConvolutionForward"`
		BackwardData   uintptr `symbol:"cudnnConvolutionBackwardData"`
		BackwardFilter uintptr `symbol:"cudnnConvolutionBackwardFilter"`
		Cudart         uintptr `symbol:"cudnnGetCudartVersion" optional:"yes"`
	}
}

// Numbers of cuDNN's interface.
const (
	dnnFloat            = 0 // CUDNN_DATA_FLOAT
	dnnNHWC             = 1 // CUDNN_TENSOR_NHWC
	dnnCrossCorrelation = 1 // CUDNN_CROSS_CORRELATION
	dnnDefaultMath      = 0 // CUDNN_DEFAULT_MATH, which is TF32 where the device has it
	dnnFMAMath          = 3 // CUDNN_FMA_MATH, which is float32 throughout
	dnnDeterministic    = 1 // CUDNN_DETERMINISTIC
)

// newCudnn binds the library. driver is the CUDA version of the driver: cuDNN's file is named alike for all of them.
func newCudnn(lib *dl.Library, driver int) (*cudnn, error) {
	c := &cudnn{}
	if missing := bind(lib, &c.fn); len(missing) > 0 {
		return nil, fmt.Errorf("%w: %s lacks %s", device.ErrUnavailable, lib.File(), strings.Join(missing, ", "))
	}
	if c.fn.Cudart != 0 && driver > 0 {
		if v := int(dl.CallWord(c.fn.Cudart)); v/1000 > driver/1000 {
			return nil, fmt.Errorf("%w: %s is for CUDA %s, and the driver for CUDA %s; %s", device.ErrOldDriver, lib.File(), version(v), version(driver), nextDriver)
		}
	}
	v := int(dl.CallWord(c.fn.Version))
	c.version = fmt.Sprintf("%d.%d.%d", v/10000, v%10000/100, v%100)
	return c, nil
}

func dnnFailure(call string, r int32) error {
	e := &Error{Call: call, Code: int(r), Text: "cuDNN reports an error"}
	switch {
	case r == 1001 || r/1000 == 1:
		e.Text, e.Name = "cuDNN does not start", "CUDNN_STATUS_NOT_INITIALIZED"
		e.Next = "check that cuDNN and the driver are of the same CUDA version (netc doctor)"
	case r/1000 == 3:
		e.Name, e.Cause = "CUDNN_STATUS_NOT_SUPPORTED", device.ErrUnsupported
	case r/1000 == 2:
		e.Name = "CUDNN_STATUS_BAD_PARAM"
	case r/1000 == 5:
		e.Name = "CUDNN_STATUS_EXECUTION_FAILED"
	}
	return e
}

// dnnHandle is cuDNN at work on one stream.
type dnnHandle struct {
	lib    *cudnn
	handle uintptr
	plans  map[device.Conv]*dnnPlan
	floats [2]float32 // 1 and 0, read by calls

	// memory holds the workspaces, the last one the largest. Recordings know the addresses of those that they used, which are kept.
	memory   []uint64
	room     int64
	recorded bool // a recording uses the last one
}

// dnnPlan is how a convolution of some shape is computed.
type dnnPlan struct {
	x, y, w, conv uintptr
	algorithm     int32
	scratch       int64 // bytes of the algorithm's workspace, a multiple of 256
	weights       int64 // bytes of the weights
	err           error // why it cannot be computed
	tried         bool  // it has been computed
}

// performance is cuDNN's description of an algorithm, the same for the three passes.
type performance struct {
	algorithm    int32
	status       int32
	milliseconds float32
	_            int32
	memory       uint64
	determinism  int32
	math         int32
	_            [3]int32
	_            int32
}

// Conv queues a convolution by cuDNN, with equal padding on both sides. It computes in float32, or in TF32 where less is allowed: float32
// numbers cannot be rounded to bfloat16 on the way. Whatever cuDNN cannot do, for a shape or at all, is ErrUnsupported, with a note where
// that comes as a surprise: our own kernels compute it then. What it can do is known when it was done once, which must be outside of a
// recording.
func (s *Stream) Conv(c device.Conv) error {
	lib, err := s.device.driver.convolutions()
	if err != nil {
		return fmt.Errorf("%w: %w", device.ErrUnsupported, libcudnn.hint(err))
	}
	if why := dnnCannot(c); why != "" {
		return fmt.Errorf("%w: cuDNN convolution: %s", device.ErrUnsupported, why)
	}
	if err := s.ready(); err != nil {
		return err
	}
	var p *dnnPlan
	done := false
	err = s.device.do(func() error {
		if s.broken() {
			return nil
		}
		if err := s.startDnn(lib); err != nil {
			return s.surprise(err)
		}
		h := s.dnn
		if p, err = h.plan(c); err != nil {
			p.err = s.surprise(err) // said once
			return p.err
		}
		if p.tried {
			if s.capturing {
				h.recorded = true
			}
			return s.room(p.scratch + p.weights)
		}
		if s.capturing {
			return fmt.Errorf("%w: cuDNN cannot compute while recording what it has not computed before", device.ErrUnsupported)
		}
		if err := s.room(p.scratch + p.weights); err != nil {
			p.err = s.surprise(err)
			return p.err
		}
		if err := s.convolve(c, p, h.memory[len(h.memory)-1]); err != nil {
			p.err = s.surprise(err)
			return p.err
		}
		p.tried, done = true, true
		return nil
	})
	if err != nil || done {
		return err
	}
	if p == nil {
		return s.ready()
	}
	workspace := s.dnn.memory[len(s.dnn.memory)-1]
	return s.queue(func() error { return s.convolve(c, p, workspace) })
}

// surprise makes an error of cuDNN one of a convolution that it cannot do, unless the device itself was lost.
func (s *Stream) surprise(err error) error {
	if errors.Is(err, device.ErrUnsupported) || errors.Is(err, device.ErrLost) {
		return err
	}
	s.device.note("cuDNN does not compute a convolution, netc's own kernel does: %v", err)
	return fmt.Errorf("%w: %w", device.ErrUnsupported, err)
}

// dnnCannot says what of a convolution cuDNN's functions have no words for.
func dnnCannot(c device.Conv) string {
	out := func(in, pad, kernel, stride, dilation int) int { return (in+2*pad-(dilation*(kernel-1)+1))/stride + 1 }
	switch {
	case out(c.H, c.Top, c.KH, c.Stride[0], c.Dilation[0]) != c.OH || out(c.W, c.Left, c.KW, c.Stride[1], c.Dilation[1]) != c.OW:
		return "the padding differs from side to side"
	}
	return ""
}

// startDnn makes the stream's handle; on the thread.
func (s *Stream) startDnn(lib *cudnn) error {
	if s.dnn != nil {
		return nil
	}
	if s.capturing {
		return fmt.Errorf("%w: cuDNN cannot be started while recording; do the work once before", device.ErrUnsupported)
	}
	if s.dnnFailed != nil {
		return s.dnnFailed // it was told once
	}
	if err := s.startBlas(); err != nil { // it transposes weights
		return err
	}
	h := &dnnHandle{lib: lib, plans: map[device.Conv]*dnnPlan{}, floats: [2]float32{1, 0}}
	if r := dl.Call(lib.fn.Create, uintptr(unsafe.Pointer(&h.handle))); r != 0 {
		s.dnnFailed = s.surprise(dnnFailure("cudnnCreate", r))
		return s.dnnFailed
	}
	if r := dl.Call(lib.fn.SetStream, h.handle, s.handle); r != 0 {
		dl.Call(lib.fn.Destroy, h.handle)
		s.dnnFailed = s.surprise(dnnFailure("cudnnSetStream", r))
		return s.dnnFailed
	}
	s.dnn = h
	return nil
}

// room makes sure of a workspace; on the thread.
func (s *Stream) room(bytes int64) error {
	h := s.dnn
	if bytes <= h.room {
		return nil
	}
	if s.capturing {
		return fmt.Errorf("%w: cuDNN's workspace cannot grow while recording; do the work once before", device.ErrUnsupported)
	}
	if n := len(h.memory); n > 0 && !h.recorded {
		s.device.idle()
		if r := s.device.api.Free(h.memory[n-1]); r != success {
			return s.device.fail("cuMemFree", r, "cuDNN's workspace")
		}
		h.memory, h.room = h.memory[:n-1], 0
	}
	p, err := s.device.take(bytes)
	if err != nil {
		return err
	}
	h.memory, h.room, h.recorded = append(h.memory, p), bytes, false
	return nil
}

// shape is a convolution without what does not decide how it is computed.
func shape(c device.Conv) device.Conv {
	c.X, c.Weights, c.Y = 0, 0, 0
	return c
}

// plan finds how to compute a convolution: the first algorithm that cuDNN recommends which gives the same result every time.
func (h *dnnHandle) plan(c device.Conv) (*dnnPlan, error) {
	key := shape(c)
	if p, ok := h.plans[key]; ok {
		return p, p.err
	}
	p := &dnnPlan{weights: 4 * int64(c.KH*c.KW*c.C/c.Groups*c.Out)}
	p.err = h.prepare(p, c)
	h.plans[key] = p
	return p, p.err
}

func (h *dnnHandle) prepare(p *dnnPlan, c device.Conv) error {
	fn := &h.lib.fn
	math := uintptr(dnnFMAMath)
	if c.Precision != device.FP32 {
		math = dnnDefaultMath
	}
	for _, step := range []struct {
		call string
		r    func() int32
	}{
		{"cudnnCreateTensorDescriptor", func() int32 { return dl.Call(fn.CreateTensor, uintptr(unsafe.Pointer(&p.x))) }},
		{"cudnnCreateTensorDescriptor", func() int32 { return dl.Call(fn.CreateTensor, uintptr(unsafe.Pointer(&p.y))) }},
		{"cudnnCreateFilterDescriptor", func() int32 { return dl.Call(fn.CreateFilter, uintptr(unsafe.Pointer(&p.w))) }},
		{"cudnnCreateConvolutionDescriptor", func() int32 { return dl.Call(fn.CreateConv, uintptr(unsafe.Pointer(&p.conv))) }},
		{"cudnnSetTensor4dDescriptor", func() int32 {
			return dl.Call(fn.SetTensor, p.x, dnnNHWC, dnnFloat, uintptr(c.N), uintptr(c.C), uintptr(c.H), uintptr(c.W))
		}},
		{"cudnnSetTensor4dDescriptor", func() int32 {
			return dl.Call(fn.SetTensor, p.y, dnnNHWC, dnnFloat, uintptr(c.N), uintptr(c.Out), uintptr(c.OH), uintptr(c.OW))
		}},
		{"cudnnSetFilter4dDescriptor", func() int32 {
			return dl.Call(fn.SetFilter, p.w, dnnFloat, dnnNHWC, uintptr(c.Out), uintptr(c.C/c.Groups), uintptr(c.KH), uintptr(c.KW))
		}},
		{"cudnnSetConvolution2dDescriptor", func() int32 {
			return dl.Call(fn.SetConv, p.conv, uintptr(c.Top), uintptr(c.Left), uintptr(c.Stride[0]), uintptr(c.Stride[1]),
				uintptr(c.Dilation[0]), uintptr(c.Dilation[1]), dnnCrossCorrelation, dnnFloat)
		}},
		{"cudnnSetConvolutionMathType", func() int32 { return dl.Call(fn.SetMath, p.conv, math) }},
		{"cudnnSetConvolutionGroupCount", func() int32 { return dl.Call(fn.SetGroups, p.conv, uintptr(c.Groups)) }},
	} {
		if r := step.r(); r != 0 {
			return dnnFailure(step.call, r)
		}
	}
	const most = 8
	var found int32
	list := make([]performance, most)
	var r int32
	call := "cudnnGetConvolutionForwardAlgorithm_v7"
	switch c.Pass {
	case device.Forward:
		r = dl.Call(fn.ForwardAlgos, h.handle, p.x, p.w, p.conv, p.y, most, uintptr(unsafe.Pointer(&found)), uintptr(unsafe.Pointer(&list[0])))
	case device.BackwardData:
		call = "cudnnGetConvolutionBackwardDataAlgorithm_v7"
		r = dl.Call(fn.DataAlgos, h.handle, p.w, p.y, p.conv, p.x, most, uintptr(unsafe.Pointer(&found)), uintptr(unsafe.Pointer(&list[0])))
	case device.BackwardWeights:
		call = "cudnnGetConvolutionBackwardFilterAlgorithm_v7"
		r = dl.Call(fn.FilterAlgos, h.handle, p.x, p.y, p.conv, p.w, most, uintptr(unsafe.Pointer(&found)), uintptr(unsafe.Pointer(&list[0])))
	default:
		return fmt.Errorf("convolution: unknown pass %d", int(c.Pass))
	}
	if r != 0 {
		return dnnFailure(call, r)
	}
	for _, a := range list[:found] {
		if a.status != 0 || a.determinism != dnnDeterministic || a.memory > 1<<30 {
			continue
		}
		// An algorithm comes with a way to multiply. For float32 it was fixed above, and stays.
		if c.Precision != device.FP32 {
			if r := dl.Call(fn.SetMath, p.conv, uintptr(a.math)); r != 0 {
				return dnnFailure("cudnnSetConvolutionMathType", r)
			}
		}
		p.algorithm, p.scratch = a.algorithm, (int64(a.memory)+255)/256*256
		return nil
	}
	return fmt.Errorf("%w: cuDNN has no algorithm for this convolution that gives the same result every time", device.ErrUnsupported)
}

// convolve makes the calls; on the thread. Weights have the output channel last here and first in cuDNN, so they are transposed on
// the way, in the workspace behind the algorithm's part.
func (s *Stream) convolve(c device.Conv, p *dnnPlan, workspace uint64) error {
	h, fn := s.dnn, &s.dnn.lib.fn
	scratch, weights := uintptr(workspace), workspace+uint64(p.scratch)
	taps := c.KH * c.KW * c.C / c.Groups
	if c.Pass != device.BackwardWeights {
		if err := s.blas.transpose(weights, uint64(c.Weights), taps, c.Out); err != nil {
			return err
		}
	}
	h.floats = [2]float32{1, 0}
	one, zero := &h.floats[0], &h.floats[1]
	var r int32
	call := "cudnnConvolutionForward"
	switch c.Pass {
	case device.Forward:
		r = dl.Call(fn.Forward, h.handle, uintptr(unsafe.Pointer(one)), p.x, uintptr(c.X), p.w, uintptr(weights), p.conv, uintptr(p.algorithm),
			scratch, uintptr(p.scratch), uintptr(unsafe.Pointer(zero)), p.y, uintptr(c.Y))
	case device.BackwardData:
		call = "cudnnConvolutionBackwardData"
		r = dl.Call(fn.BackwardData, h.handle, uintptr(unsafe.Pointer(one)), p.w, uintptr(weights), p.y, uintptr(c.Y), p.conv, uintptr(p.algorithm),
			scratch, uintptr(p.scratch), uintptr(unsafe.Pointer(zero)), p.x, uintptr(c.X))
	case device.BackwardWeights:
		call = "cudnnConvolutionBackwardFilter"
		r = dl.Call(fn.BackwardFilter, h.handle, uintptr(unsafe.Pointer(one)), p.x, uintptr(c.X), p.y, uintptr(c.Y), p.conv, uintptr(p.algorithm),
			scratch, uintptr(p.scratch), uintptr(unsafe.Pointer(zero)), p.w, uintptr(weights))
	}
	if r != 0 {
		return dnnFailure(call, r)
	}
	if c.Pass == device.BackwardWeights {
		return s.blas.transpose(uint64(c.Weights), weights, c.Out, taps)
	}
	return nil
}

// endDnn gives the handle back; on the thread, with nothing queued.
func (s *Stream) endDnn() error {
	h := s.dnn
	if h == nil {
		return nil
	}
	s.dnn = nil
	fn := &h.lib.fn
	for _, p := range h.plans {
		for _, d := range []struct{ destroy, what uintptr }{{fn.DestroyTensor, p.x}, {fn.DestroyTensor, p.y}, {fn.DestroyFilter, p.w}, {fn.DestroyConv, p.conv}} {
			if d.what != 0 {
				dl.Call(d.destroy, d.what)
			}
		}
	}
	var errs []error
	if r := dl.Call(fn.Destroy, h.handle); r != 0 {
		errs = append(errs, dnnFailure("cudnnDestroy", r))
	}
	for _, p := range h.memory {
		if r := s.device.api.Free(p); r != success {
			errs = append(errs, s.device.fail("cuMemFree", r, "cuDNN's workspace"))
		}
	}
	return errors.Join(errs...)
}

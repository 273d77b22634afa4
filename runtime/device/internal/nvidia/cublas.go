package nvidia

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/dl"
)

// cublas is NVIDIA's library of matrix products.
type cublas struct {
	version string
	fn      struct {
		Version      uintptr `symbol:"cublasGetProperty"`
		Create       uintptr `symbol:"cublasCreate_v2"`
		Destroy      uintptr `symbol:"cublasDestroy_v2"`
		SetStream    uintptr `symbol:"cublasSetStream_v2"`
		SetWorkspace uintptr `symbol:"cublasSetWorkspace_v2"`
		SetMathMode  uintptr `symbol:"cublasSetMathMode"`
		Gemm         uintptr `symbol:"cublasGemmStridedBatchedEx"`
		Transpose    uintptr `symbol:"cublasSgeam"`
	}
}

// Numbers of cuBLAS's interface.
const (
	blasNoTranspose = 0  // CUBLAS_OP_N
	blasTranspose   = 1  // CUBLAS_OP_T
	blasFloat32     = 0  // CUDA_R_32F
	blasCompute     = 68 // CUBLAS_COMPUTE_32F
	blasFastBF16    = 75 // CUBLAS_COMPUTE_32F_FAST_16BF
	blasFastTF32    = 77 // CUBLAS_COMPUTE_32F_FAST_TF32
	blasDefaultAlgo = -1 // CUBLAS_GEMM_DEFAULT
	blasDefaultMath = 0  // CUBLAS_DEFAULT_MATH
)

// blasWorkspace is what NVIDIA recommends for the newest devices. cuBLAS must be given its workspace for what it does to be
// recorded, and to be the same every time.
const blasWorkspace = 32 << 20

var blasResults = map[int32]string{
	1: "CUBLAS_STATUS_NOT_INITIALIZED", 3: "CUBLAS_STATUS_ALLOC_FAILED", 7: "CUBLAS_STATUS_INVALID_VALUE", 8: "CUBLAS_STATUS_ARCH_MISMATCH",
	11: "CUBLAS_STATUS_MAPPING_ERROR", 13: "CUBLAS_STATUS_EXECUTION_FAILED", 14: "CUBLAS_STATUS_INTERNAL_ERROR", 15: "CUBLAS_STATUS_NOT_SUPPORTED",
}

// newCublas binds the library. Its versions are CUDA's, or near them: 11.11 is that of CUDA 11.8.
func newCublas(lib *dl.Library, driver int) (*cublas, error) {
	c := &cublas{}
	if missing := bind(lib, &c.fn); len(missing) > 0 {
		return nil, fmt.Errorf("%w: %s lacks %s; it must be of CUDA 11.8 or later", device.ErrUnavailable, lib.File(), strings.Join(missing, ", "))
	}
	var v [3]int32
	for i := range v {
		if r := dl.Call(c.fn.Version, uintptr(i), uintptr(unsafe.Pointer(&v[i]))); r != 0 {
			return nil, blasFailure("cublasGetProperty", r, "")
		}
	}
	c.version = fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2])
	switch {
	case v[0] < 11 || v[0] == 11 && v[1] < 11:
		return nil, fmt.Errorf("%w: %s is cuBLAS %s; it must be of CUDA 11.8 or later", device.ErrUnavailable, lib.File(), c.version)
	case driver > 0 && int(v[0]) > driver/1000:
		return nil, fmt.Errorf("%w: %s is cuBLAS %s, and the driver for CUDA %s; %s", device.ErrOldDriver, lib.File(), c.version, version(driver), nextDriver)
	}
	return c, nil
}

func blasFailure(call string, r int32, detail string) error {
	e := &Error{Call: call, Code: int(r), Name: blasResults[r], Text: "cuBLAS reports an error", Detail: detail}
	switch r {
	case 3:
		e.Cause, e.Text, e.Next = device.ErrOutOfMemory, "cuBLAS found no memory for itself", meanings[outOfMemory].next
	case 1:
		e.Text, e.Next = "cuBLAS does not start", "free some of the device's memory, and check that cuBLAS and the driver are of the same CUDA version (netc doctor)"
	case 8, 15:
		e.Cause, e.Text = device.ErrUnsupported, "cuBLAS cannot do this on this device"
	}
	return e
}

// blasHandle is cuBLAS at work on one stream.
type blasHandle struct {
	lib       *cublas
	handle    uintptr
	workspace uint64
	floats    [2]float32 // alpha and beta of the call under way
}

// startBlas makes the stream's handle; on the thread, never while recording.
func (s *Stream) startBlas() error {
	if s.blas != nil {
		return nil
	}
	v := s.device
	lib, err := v.driver.products()
	if err != nil {
		return err
	}
	h := &blasHandle{lib: lib}
	if h.workspace, err = v.take(blasWorkspace); err != nil {
		return err
	}
	if r := dl.Call(lib.fn.Create, uintptr(unsafe.Pointer(&h.handle))); r != 0 {
		return errors.Join(blasFailure("cublasCreate", r, ""), s.freeWorkspace(h))
	}
	for _, step := range []struct {
		call string
		r    func() int32
	}{
		{"cublasSetStream", func() int32 { return dl.Call(lib.fn.SetStream, h.handle, s.handle) }},
		{"cublasSetWorkspace", func() int32 { return dl.Call(lib.fn.SetWorkspace, h.handle, uintptr(h.workspace), blasWorkspace) }},
		{"cublasSetMathMode", func() int32 { return dl.Call(lib.fn.SetMathMode, h.handle, blasDefaultMath) }},
	} {
		if r := step.r(); r != 0 {
			dl.Call(lib.fn.Destroy, h.handle)
			return errors.Join(blasFailure(step.call, r, ""), s.freeWorkspace(h))
		}
	}
	s.blas = h
	return nil
}

func (s *Stream) freeWorkspace(h *blasHandle) error {
	if r := s.device.api.Free(h.workspace); r != success {
		return s.device.fail("cuMemFree", r, "cuBLAS's workspace")
	}
	return nil
}

// endBlas gives the handle back; on the thread, with nothing queued.
func (s *Stream) endBlas() error {
	h := s.blas
	if h == nil {
		return nil
	}
	s.blas = nil
	var err error
	if r := dl.Call(h.lib.fn.Destroy, h.handle); r != 0 {
		err = blasFailure("cublasDestroy", r, "")
	}
	return errors.Join(err, s.freeWorkspace(h))
}

// Gemm queues a matrix product for each matrix of a batch. Operands of BF16 and TF32 are rounded inside, where the device can.
func (s *Stream) Gemm(g device.Gemm) error {
	if err := checkGemm(g); err != nil {
		return err
	}
	if g.M == 0 || g.N == 0 || g.Batch == 0 {
		return s.ready()
	}
	return s.queue(func() error {
		if err := s.startBlas(); err != nil {
			return err
		}
		return s.blas.gemm(g)
	})
}

// gemm computes C' = op(B)'*op(A)': cuBLAS thinks in columns, and a row-major matrix read by columns is its transpose.
func (h *blasHandle) gemm(g device.Gemm) error {
	compute := uintptr(blasCompute)
	switch g.Precision {
	case device.TF32:
		compute = blasFastTF32
	case device.BF16:
		compute = blasFastBF16
	}
	h.floats = [2]float32{g.Alpha, g.Beta}
	alpha, beta := &h.floats[0], &h.floats[1]
	algo := int32(blasDefaultAlgo)
	r := dl.Call(h.lib.fn.Gemm, h.handle, transposed(g.TransB), transposed(g.TransA), uintptr(g.N), uintptr(g.M), uintptr(g.K),
		uintptr(unsafe.Pointer(alpha)),
		uintptr(g.B), blasFloat32, uintptr(g.LDB), uintptr(g.StrideB),
		uintptr(g.A), blasFloat32, uintptr(g.LDA), uintptr(g.StrideA),
		uintptr(unsafe.Pointer(beta)),
		uintptr(g.C), blasFloat32, uintptr(g.LDC), uintptr(g.StrideC),
		uintptr(g.Batch), compute, uintptr(uint32(algo)))
	if r != 0 {
		return blasFailure("cublasGemmStridedBatchedEx", r, fmt.Sprintf("%d x %d x %d, %d times", g.M, g.N, g.K, g.Batch))
	}
	return nil
}

// transpose writes the transpose of a row-major rows x cols matrix.
func (h *blasHandle) transpose(dst, src uint64, rows, cols int) error {
	h.floats = [2]float32{1, 0}
	alpha, beta := &h.floats[0], &h.floats[1]
	r := dl.Call(h.lib.fn.Transpose, h.handle, blasTranspose, blasNoTranspose, uintptr(rows), uintptr(cols),
		uintptr(unsafe.Pointer(alpha)), uintptr(src), uintptr(cols), uintptr(unsafe.Pointer(beta)), uintptr(dst), uintptr(rows), uintptr(dst), uintptr(rows))
	if r != 0 {
		return blasFailure("cublasSgeam", r, fmt.Sprintf("%d x %d", rows, cols))
	}
	return nil
}

func transposed(t bool) uintptr {
	if t {
		return blasTranspose
	}
	return blasNoTranspose
}

// checkGemm refuses what the library would misread.
func checkGemm(g device.Gemm) error {
	rows := func(m, k int, trans bool) int {
		if trans {
			return m
		}
		return k
	}
	for _, c := range []struct {
		what string
		n    int
		low  int
	}{
		{"M", g.M, 0}, {"N", g.N, 0}, {"K", g.K, 0}, {"Batch", g.Batch, 0},
		{"LDA", g.LDA, max(1, rows(g.M, g.K, g.TransA))}, {"LDB", g.LDB, max(1, rows(g.K, g.N, g.TransB))}, {"LDC", g.LDC, max(1, g.N)},
	} {
		if c.n < c.low || c.n > math.MaxInt32 {
			return fmt.Errorf("matrix product %d x %d x %d: %s is %d, and must be from %d to 2^31-1", g.M, g.N, g.K, c.what, c.n, c.low)
		}
	}
	switch g.Precision {
	case device.FP32, device.TF32, device.BF16:
		return nil
	}
	return fmt.Errorf("matrix product: unknown precision %d", int(g.Precision))
}

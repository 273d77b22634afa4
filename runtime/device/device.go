// Package device is what netc asks of a graphics card: memory, kernels compiled for it, a queue of work, and recordings of
// that queue. It says nothing of networks. Drivers are sub-packages:
//
//   - cuda opens NVIDIA's libraries at run time, with nothing linked in, so one binary serves machines with and without a card;
//   - cucgo, behind the build tag cuda, does the same through gorgonia.org/cu and cgo;
//   - host emulates a device on the processor, one thread after another. It is slow and exists for tests: everything above this
//     package runs on it unchanged.
//
// A device is used from one goroutine at a time. Work is queued on a Stream and done in order; an error of queued work may
// come from a later call.
package device

import (
	"errors"
	"fmt"
)

// Driver is a way to reach devices.
type Driver interface {
	// Name is what messages call the driver: "cuda", "cuda (cgo)", "host".
	Name() string

	// Devices lists the devices. The error wraps ErrNone where there are none and ErrUnavailable where a library is missing;
	// it says which, and where it was looked for.
	Devices() ([]Info, error)

	// Open makes a device ready for use.
	Open(ordinal int) (Device, error)

	// Libraries tells what the driver found on this machine, for netc doctor.
	Libraries() []Library
}

// Info describes a device.
type Info struct {
	Ordinal         int
	Name            string // "NVIDIA H100 80GB HBM3"
	Memory          int64  // bytes in all
	Major, Minor    int    // compute capability
	Multiprocessors int
	Driver          string // version of the driver, "13.0"
}

// Arch is the architecture that kernels are compiled for, "sm_90".
func (i Info) Arch() string { return fmt.Sprintf("sm_%d%d", i.Major, i.Minor) }

// Library is a library that a driver looks for.
type Library struct {
	Name    string // "libcublas"
	Path    string // where it was found; empty where it was not
	Version string
	Brings  string // what having it gives, for people: "matrix products"
	Get     string // how to get it, for people
	Needed  bool   // without it the driver does not work at all
	Err     error  // why it is not there, or not usable
}

// Pointer is an address in a device's memory. Arithmetic on it counts bytes.
type Pointer uint64

// Dim is the extent of a grid or of a block.
type Dim struct{ X, Y, Z int }

// Device is an open device.
type Device interface {
	Info() Info

	// Memory tells how many bytes are free, and how many there are.
	Memory() (free, total int64, err error)

	// Alloc takes memory, aligned to 256 bytes, of arbitrary content. The error wraps ErrOutOfMemory and says what was
	// asked for and what is free.
	Alloc(bytes int64) (Pointer, error)
	Free(Pointer) error

	// Build compiles CUDA C for this device, or takes the result of an earlier compilation from its cache. The error wraps
	// ErrBuild and holds the compiler's log.
	Build(s Source) (Module, error)

	NewStream() (Stream, error)
	NewEvent() (Event, error)

	// Close gives everything back.
	Close() error
}

// Noter is a Device that has things to tell which are no errors, such as a cache that could not be written to.
type Noter interface {
	// Notes are the notes since the last call.
	Notes() []string
}

// Source is a translation unit in CUDA C.
type Source struct {
	Name    string            // for messages: "plan.cu"
	Text    string            // kernels are extern "C" __global__
	Headers map[string]string // what it includes, by name
	Options []string          // further options of the compiler: "-DT=float"
}

// Module is compiled code on a device.
type Module interface {
	Function(name string) (Function, error)
	Unload() error
}

// Function is a kernel.
type Function interface{ Name() string }

// Launch is one start of a kernel. Arguments are passed by value: Pointer, int32, uint32, int64, uint64, float32, or a struct of
// such fields that is laid out alike in C.
type Launch struct {
	Function    Function
	Grid, Block Dim // every extent at least 1
	Shared      int // bytes of dynamic shared memory
	Args        []any
}

// Precision is how the numbers of a matrix product or convolution are multiplied; sums are always float32.
type Precision int

// The precisions.
const (
	FP32 Precision = iota
	TF32           // 10 bits of mantissa
	BF16           // operands rounded to bfloat16
)

// Gemm is C = alpha*op(A)*op(B) + beta*C for each of Batch matrices, row-major, float32. A is M x K (K x M in memory where
// TransA), B is K x N (N x K in memory where TransB). LD are elements between rows in memory, Stride elements between the
// matrices of a batch.
type Gemm struct {
	M, N, K                   int
	TransA, TransB            bool
	A, B, C                   Pointer
	LDA, LDB, LDC             int
	StrideA, StrideB, StrideC int64
	Batch                     int
	Alpha, Beta               float32
	Precision                 Precision
}

// Conv is a two-dimensional convolution of NHWC images, or one of its gradients. Weights are laid out as the operation conv2d has
// them (see package op): KH x KW x (C/Groups) x Out.
type Conv struct {
	Pass             Pass
	N, H, W, C, Out  int
	KH, KW, OH, OW   int
	Stride, Dilation [2]int
	Top, Left        int // padding
	Groups           int
	X, Weights, Y    Pointer // which of them is written is the pass's business
	Precision        Precision
}

// Pass is a direction of a convolution.
type Pass int

// The passes.
const (
	Forward         Pass = iota // writes Y
	BackwardData                // Y holds its gradient; writes the gradient of X to X
	BackwardWeights             // Y holds its gradient; writes the gradient of Weights
)

// Stream is a queue of work.
type Stream interface {
	// Upload copies to the device. src is read before Upload returns, unless a capture is under way, when it is an error.
	Upload(dst Pointer, src []byte) error
	// Download waits for the queue and copies from the device.
	Download(dst []byte, src Pointer) error
	Copy(dst, src Pointer, bytes int64) error
	// Fill writes a 32-bit word n times.
	Fill(dst Pointer, word uint32, n int64) error

	Launch(Launch) error
	Gemm(Gemm) error

	// Conv queues a convolution by a library. The error wraps ErrUnsupported where there is no library, or where it cannot do
	// this one; nothing is queued then.
	Conv(Conv) error

	// BeginCapture starts to record what is queued instead of doing it; EndCapture ends that.
	BeginCapture() error
	EndCapture() (Graph, error)

	// Replay queues a recording.
	Replay(Graph) error

	Record(Event) error
	// Wait blocks until everything that was queued is done.
	Wait() error
	Close() error
}

// Graph is a recording of queued work, with the arguments that it had.
type Graph interface{ Close() error }

// Event is a mark in a stream.
type Event interface {
	// Since is the time in milliseconds that the device took from an earlier mark to this one; both must have been passed.
	Since(earlier Event) (float64, error)
	Close() error
}

// NotFound is the error of a library that is nowhere. It wraps ErrUnavailable.
type NotFound struct {
	Library string
	Looked  string // where was looked, for people
}

func (e *NotFound) Error() string {
	return fmt.Sprintf("%v: %s was not found; looked in %s", ErrUnavailable, e.Library, e.Looked)
}

// Unwrap gives the cause.
func (e *NotFound) Unwrap() error { return ErrUnavailable }

// Causes of errors, for errors.Is.
var (
	ErrNone        = errors.New("no device")
	ErrUnavailable = errors.New("a library is missing")
	ErrOldDriver   = errors.New("the driver is too old")
	ErrOutOfMemory = errors.New("out of device memory")
	ErrLost        = errors.New("the device was lost")
	ErrBuild       = errors.New("the kernels do not compile")
	ErrUnsupported = errors.New("not supported")
)

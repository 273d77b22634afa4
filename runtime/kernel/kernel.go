// Package kernel is the boundary between a planned program and the code that computes it. A Backend turns
// one step (an operation, its attributes, its shapes) into a Kernel; package exec decides when a kernel
// runs and where its inputs, its output and its scratch live. Sub-packages are the backends.
//
// Values are row-major float32. All tensors of a step are separate pieces of memory, except that the
// output may be the very same piece as an input that the operation's specification lists in InPlace.
package kernel

import (
	"errors"
	"fmt"

	"github.com/netc-lang/netc/compiler/op"
)

// Link is an operation that a fused step applies to the result so far, element by element.
type Link struct {
	Op    string
	Attrs any
	At    int // which of the operation's inputs the result so far is
	In    int // index in Step.In of the other input; -1 where there is none, or none that is read
}

// Step is what a kernel is compiled for.
type Step struct {
	Op    string // name in the operation registry
	Attrs any
	In    []op.Shape
	Out   op.Shape

	// Then holds operations fused behind Op, first to last. Their other inputs follow Op's own in In. The
	// result so far has the shape of Out all along.
	Then []Link
}

// Kernel computes one step. It holds no data of a run, so that several machines may share it. How it is started depends on
// the device: kernels for the processor are Host kernels, those for a graphics card are in package cuda.
type Kernel interface {
	// Scratch is the number of floats that the kernel needs besides its operands.
	Scratch() int
}

// Host is a kernel that computes with slices, on the processor.
type Host interface {
	Kernel

	// Run computes out from in. Scratch has at least the length asked for and arbitrary content. Nothing
	// is allocated.
	Run(c *Context, out []float32, in [][]float32, scratch []float32)
}

// Reader is implemented by kernels that do not look at all of their inputs; the gradient of relu, say,
// asks only for y and dy. An input that is not read may be nil and need not be kept alive.
type Reader interface {
	Reads(input int) bool
}

// Context is what a run knows besides its operands.
type Context struct {
	Seed    uint64 // random operations draw from (Seed, path, Step, example, element)
	Step    uint64 // number of optimizer steps taken
	Workers *Pool  // nil computes on the calling goroutine alone
}

// Backend makes kernels for one kind of device.
type Backend interface {
	// Name is what messages call the backend: "cpu".
	Name() string

	// Compile chooses the kernel of a step. The error wraps ErrMissing where there is none; for a step
	// with Then it means that this fusion is not offered.
	Compile(s Step) (Kernel, error)
}

// ErrMissing is the cause of a Compile error for an operation, or a fusion, that the backend lacks.
var ErrMissing = errors.New("no kernel")

// Missing is the error for a step that backend has no kernel for.
func Missing(backend string, s Step) error {
	name := s.Op
	for _, l := range s.Then {
		name += "+" + l.Op
	}
	return fmt.Errorf("%w for operation %q on %s", ErrMissing, name, backend)
}

// Package cuda computes every operation on a graphics card, for many trials at once.
//
// A kernel of this package is CUDA C text (Units) and a way to start it (Bind). All of a plan's units are compiled together for
// the device found, once, and the result is cached; Bind then fixes where the operands lie, so that a whole training step is
// a fixed list of launches, which can be recorded and replayed.
//
// Trials are stacked: the operands of T trials of the same shape lie at equal distances, and one launch computes them
// all, trial t in blockIdx.z. What differs between the trials of a stack is numbers (a dropout's probability, a learning rate)
// and random streams (each trial has its own keys); both are read from tables in device memory.
//
// An operation that computes each element by itself is an expression (expression.go), and other such operations can be fused behind it
// into one kernel. The others have CUDA C of their own in text/. Besides operations there are optimizers (optim.go) and the makers of
// batches (batch.go). To add an operation, register an entry for it; tests reach it through the registry of package op.
package cuda

import (
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Kernel is a kernel.Kernel for a device.
type Kernel interface {
	kernel.Kernel

	// Units are the pieces of CUDA C that the kernel needs, each once in a plan, whoever asks for it.
	Units() []Unit

	// Bind fixes the operands and gives what queues the kernel's work on a stream, the same work every time.
	Bind(b *Binding) (Job, error)
}

// Unit is a piece of CUDA C: functions in its Text, under names that start with Name. Units of the same name are the same.
type Unit struct{ Name, Text string }

// Job queues work on a stream. It allocates nothing.
type Job func(s device.Stream) error

// Operand is a tensor of every trial: that of trial t lies at At + 4*t*Stride.
type Operand struct {
	At     device.Pointer
	Stride int64 // in floats; 0 where the trials share it
}

// Trial is the operand of one trial.
func (o Operand) Trial(t int) device.Pointer {
	return o.At + device.Pointer(4*o.Stride*int64(t))
}

// Binding is what a kernel is bound to.
type Binding struct {
	Env *Env

	Out     Operand
	In      []Operand // as in kernel.Step.In; zero where the kernel does not read it
	Scratch Operand

	// Steps holds the step of each trial: the same operations on the same shapes, with attributes that may differ in numbers
	// only (see SameShape).
	Steps []kernel.Step
}

// Trials is the number of trials.
func (b *Binding) Trials() int { return len(b.Steps) }

// Env is what the kernels of a machine share.
type Env struct {
	Device    device.Device
	Module    device.Module // the plan's units, compiled
	Precision device.Precision

	// Step is where the device keeps the number of optimizer steps taken, a uint64 that a step's last kernel raises.
	Step device.Pointer

	// Seeds are the seeds of the trials for draws of masks and noise.
	Seeds []uint64

	// Table puts words into device memory, for the life of the machine: constants, and counters that kernels leave as they found
	// them.
	Table func(words []uint32) (device.Pointer, error)
}

// Keys is a table of the keys of one stream: for each trial the two words of its Philox key.
func (e *Env) Keys(purpose rng.Purpose, path string) (device.Pointer, error) {
	words := make([]uint32, 0, 2*len(e.Seeds))
	for _, s := range e.Seeds {
		k := rng.New(s, purpose, path).Key()
		words = append(words, k[0], k[1])
	}
	return e.Table(words)
}

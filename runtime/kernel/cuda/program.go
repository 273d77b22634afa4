package cuda

import (
	"embed"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// texts are the pieces of CUDA C that do not depend on a plan. Each file is a unit under its own name.
//
//go:embed text
var texts embed.FS

// fixed is the units of files, after the one that all need.
func fixed(names ...string) []Unit {
	units := make([]Unit, 0, len(names)+1)
	for _, n := range append([]string{"netc"}, names...) {
		b, err := texts.ReadFile("text/" + n + ".cu")
		if err != nil {
			panic("cuda: " + err.Error()) // embedded
		}
		units = append(units, Unit{n, string(b)})
	}
	return units
}

// program is a kernel: launches in order.
type program struct {
	units   []Unit
	scratch int // floats a trial
	unread  uint64
	parts   []func(b *Binding) (Job, error)

	library bool // convolutions may be the device's library's

	// precise is a further unit, which depends on how products are multiplied; nil for none.
	precise func(device.Precision) Unit

	// then compiles what is fused behind into the kernel itself; nil leaves it to a kernel that follows.
	then func(e *expression)
}

func (p *program) Scratch() int         { return p.scratch }
func (p *program) Reads(input int) bool { return p.unread>>input&1 == 0 }
func (p *program) Units() []Unit        { return p.unitsIn(device.FP32) }

func (p *program) unitsIn(q device.Precision) []Unit {
	if p.precise == nil {
		return p.units
	}
	return append(slices.Clip(p.units), p.precise(q))
}

// In is what a kernel needs where products are multiplied in a precision.
func In(k Kernel, q device.Precision) Unitary {
	if p, ok := k.(*program); ok {
		return inPrecision{p, q}
	}
	return k
}

type inPrecision struct {
	p *program
	q device.Precision
}

func (i inPrecision) Units() []Unit { return i.p.unitsIn(i.q) }

func (p *program) Bind(b *Binding) (Job, error) {
	jobs := make([]Job, len(p.parts))
	for i, part := range p.parts {
		var err error
		if jobs[i], err = part(b); err != nil {
			return nil, err
		}
	}
	if len(jobs) == 1 {
		return jobs[0], nil
	}
	return func(s device.Stream) error {
		for _, j := range jobs {
			if err := j(s); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// add appends a launch.
func (p *program) add(part func(b *Binding) (Job, error)) { p.parts = append(p.parts, part) }

// grid is how a kernel is started for one trial; trials follow in z.
type grid struct {
	blocks   int
	across   int // blocks in y; 0 means 1
	threads  int
	threadsY int // 0 means 1
}

// launch makes the job that starts a kernel for all trials.
func (e *Env) launch(name string, trials int, g grid, args ...any) (Job, error) {
	f, err := e.Module.Function(name)
	if err != nil {
		return nil, err
	}
	if trials > maxTrials {
		return nil, fmt.Errorf("%d trials are stacked; a launch holds %d", trials, maxTrials)
	}
	l := device.Launch{
		Function: f,
		Grid:     device.Dim{X: g.blocks, Y: max(1, g.across), Z: trials},
		Block:    device.Dim{X: g.threads, Y: max(1, g.threadsY), Z: 1},
		Args:     args,
	}
	return func(s device.Stream) error { return s.Launch(l) }, nil
}

// numbers is a table of the same count of floats for each trial.
func numbers(b *Binding, of func(s kernel.Step) []float32) (device.Pointer, error) {
	var words []uint32
	for _, s := range b.Steps {
		for _, f := range of(s) {
			words = append(words, math.Float32bits(f))
		}
	}
	return b.Env.Table(words)
}

// maxTrials is the extent of the third direction of a grid.
const maxTrials = 65535

func (b *Binding) launch(name string, g grid, args ...any) (Job, error) {
	return b.Env.launch(name, b.Trials(), g, args...)
}

// tensor is an operand as kernels take it: struct netc_tensor.
type tensor struct {
	At     device.Pointer
	Stride int64
}

func arg(o Operand) tensor { return tensor(o) }

// div is struct netc_div.
type div struct{ D, Mul, Shift, Unused uint32 }

// newDiv makes a divisor: with 2^(l-1) < d <= 2^l, the quotient of n < 2^31 is n * ceil(2^(31+l)/d) >> (31+l).
func newDiv(d int) div {
	l := bits.Len32(uint32(d - 1))
	return div{D: uint32(d), Mul: uint32((uint64(1)<<(31+l) + uint64(d) - 1) / uint64(d)), Shift: uint32(31 + l)}
}

func ceil(n, d int) int { return (n + d - 1) / d }

// scratchAt is a part of a trial's scratch, from so many floats on.
func (b *Binding) scratchAt(floats int) tensor {
	return tensor{b.Scratch.At + device.Pointer(4*floats), b.Scratch.Stride}
}

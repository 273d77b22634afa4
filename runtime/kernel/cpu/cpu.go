// Package cpu computes every operation on the processor: in portable Go, and in Go assembly where that pays.
//
// A kernel is a list of phases; a phase is a number of chunks that the worker pool shares out. What a chunk
// computes depends on shapes and operands only, never on the number of threads, and sums that span chunks go
// through partial results that are added in a fixed order. So a run gives the same bits on one thread
// and on sixteen.
//
// Dense products and convolutions are built on one inner kernel (tile.go) that reads its operands in place
// through strides; only the weights are copied, into panels as wide as the kernel, and matrices whose rows would collide in the
// first-level cache. Products whose operand is mostly zero, or mostly a background, skip that (sparse.go); whether they do is decided from
// the operand, at each run. Convolutions of 3x3 with a stride of 1 multiply points of small tiles instead where that is less work (winograd.go).
// The assembly is written by internal/gen for the instruction sets in isa.go; which one is used changes the last bits of results, never their meaning.
//
// A kernel without a version for AVX-512 is used in its AVX2 version there; a test holds the table of those. All tests run with every
// instruction set that the processor has. On a computer without AVX-512, internal/emulate/run.sh runs them in an emulator.
package cpu

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Backend makes the kernels of this package for one instruction set.
type Backend struct{ isa *isa }

// New returns the backend with the best instruction set that the processor has.
func New() *Backend { return &Backend{best()} }

// For returns the backend for a given instruction set: one of Sets, or "" for the best. The error says which there
// are.
func For(set string) (*Backend, error) {
	if set == "" {
		return New(), nil
	}
	for _, i := range isas {
		if i.name == set && i.has() {
			return &Backend{i}, nil
		}
	}
	for _, i := range isas {
		if i.name == set {
			return nil, fmt.Errorf("this processor has no %s; it has %s", set, strings.Join(Sets(), ", "))
		}
	}
	return nil, fmt.Errorf("there is no instruction set %q; there are %s", set, strings.Join(Sets(), ", "))
}

// Sets lists the instruction sets that this processor has kernels for, the best first; "go" is always one.
func Sets() []string {
	var names []string
	for _, i := range isas {
		if i.has() {
			names = append(names, i.name)
		}
	}
	return names
}

// Name is "cpu", with the instruction set: "cpu/avx2".
func (b *Backend) Name() string { return "cpu/" + b.isa.name }

// step is what a kernel is compiled for: the step asked for and the instruction set.
type step struct {
	kernel.Step
	*isa
}

// compilers holds, for each operation, what makes its kernel. Files of this package add to it in
// package-level variables.
var compilers = map[string]func(s step) *program{}

// register adds the kernel of an operation at start-up. The value only serves to hang it on a variable.
func register(name string, compile func(s step) *program) struct{} {
	if _, dup := compilers[name]; dup {
		panic(fmt.Sprintf("cpu: kernel of %s registered twice", name))
	}
	compilers[name] = compile
	return struct{}{}
}

// Compile makes the kernel of a step. See fuse.go for the fused steps that are offered.
func (b *Backend) Compile(s kernel.Step) (kernel.Kernel, error) {
	compile, spec := compilers[s.Op], op.Get(s.Op)
	if compile == nil || spec == nil {
		return nil, kernel.Missing(b.Name(), s)
	}
	own := s.In
	for _, l := range s.Then {
		if l.In >= 0 {
			own = own[:min(len(own), l.In)]
		}
	}
	out, err := spec.Shape(s.Attrs, own)
	if err != nil {
		return nil, err
	}
	if !out.Equal(s.Out) {
		return nil, fmt.Errorf("%s gives %v, not %v", s.Op, out, s.Out)
	}
	if len(s.Then) > 0 && !fusable[s.Op] {
		return nil, kernel.Missing(b.Name(), s)
	}
	target := step{s, b.isa}
	target.In = own
	p := compile(target)
	for _, l := range s.Then {
		if len(p.links) == 0 && p.behind.takes(l) {
			continue
		}
		post, err := b.link(p, s, l)
		if err != nil {
			return nil, err
		}
		p.links = append(p.links, post)
	}
	return p, nil
}

// program is a kernel: its phases in order.
type program struct {
	first   []phase // what prepare adds: they run before the others
	phases  []phase
	skips   []func(a kernel.Args) bool // for phases: whether this run does without it; nil, or not there, for those that always run
	scratch int
	unread  uint64 // bit i is set where input i is not looked at

	body func(from, to int, a kernel.Args) // of outputRows

	// The operations fused behind, for programs that call finish.
	links []post

	behind *behind // what the tiles of the program can do themselves; nil for programs without
}

// behind is what tiles apply to their finished sums: a bias, which is an input, then relu.
type behind struct {
	input int // -1 for no bias
	relu  bool
}

// takes lets the tiles do a fused operation, if they can: a bias comes first, relu last.
func (b *behind) takes(l kernel.Link) bool {
	switch {
	case b == nil || b.relu || l.At != 0:
		return false
	case l.Op == "bias" && b.input < 0 && l.In >= 0:
		b.input = l.In
		return true
	case l.Op == "relu":
		b.relu = true
		return true
	}
	return false
}

// bias is the bias of a run, nil where there is none.
func (b *behind) bias(a kernel.Args) []float32 {
	if b == nil || b.input < 0 {
		return nil
	}
	return a.In[b.input]
}

func (b *behind) hasRelu() bool { return b != nil && b.relu }

type phase struct {
	chunks int
	body   func(chunk int, a kernel.Args)
}

// post applies a fused operation to a finished part of the output: out is a.Out[at:at+len(out)].
type post func(out []float32, at int, a kernel.Args)

// finish applies the fused operations to elements from … to-1 of the output, just computed and still in cache.
func (p *program) finish(from, to int, a kernel.Args) {
	for _, l := range p.links {
		l(a.Out[from:to], from, a)
	}
}

func (p *program) Scratch() int { return p.scratch }

func (p *program) Reads(input int) bool { return p.unread>>input&1 == 0 }

func (p *program) Run(c *kernel.Context, out []float32, in [][]float32, scratch []float32) {
	a := kernel.Args{Ctx: c, Out: out, In: in, Scratch: scratch}
	for i := range p.first {
		c.Workers.Run(p.first[i].chunks, p.first[i].body, a)
	}
	for i := range p.phases {
		if i < len(p.skips) && p.skips[i] != nil && p.skips[i](a) {
			continue
		}
		c.Workers.Run(p.phases[i].chunks, p.phases[i].body, a)
	}
}

// prepare adds a first phase that fills n floats of scratch, and gives their place.
func (p *program) prepare(n int, fill func(dst []float32, a kernel.Args)) (start int) {
	start = p.scratch
	p.scratch += n
	p.first = append(p.first, phase{1, func(_ int, a kernel.Args) { fill(a.Scratch[start:][:n], a) }})
	return start
}

// once makes a kernel of one phase.
func once(chunks int, body func(chunk int, a kernel.Args)) *program {
	return &program{phases: []phase{{chunks: chunks, body: body}}}
}

// grain is the number of elements that one chunk of memory-bound work covers: 64 KiB, which fits the
// second-level cache several times.
const grain = 1 << 14

// blocks cuts n things of the given size (in elements) into chunks of about a grain: per things a chunk.
func blocks(n, size int) (chunks, per int) {
	per = max(1, grain/max(size, 1))
	return (n + per - 1) / per, per
}

// flat makes a kernel of one phase over n output elements: body computes elements from … to-1.
func flat(n int, body func(from, to int, a kernel.Args)) *program {
	return outputRows(n, 1, body)
}

// rows makes a kernel of one phase over n rows of the given size (in elements).
func rows(n, size int, body func(from, to int, a kernel.Args)) *program {
	chunks, per := blocks(n, size)
	return once(chunks, func(chunk int, a kernel.Args) {
		from := chunk * per
		body(from, min(from+per, n), a)
	})
}

// outputRows is rows where row i of the output, of the same size, is computed with row i and not touched again, so
// that operations can be fused behind.
func outputRows(n, size int, body func(from, to int, a kernel.Args)) *program {
	p := &program{body: body}
	chunks, per := blocks(n, size)
	p.phases = []phase{{chunks: chunks, body: func(chunk int, a kernel.Args) {
		from := chunk * per
		to := min(from+per, n)
		p.body(from, to, a)
		p.finish(from*size, to*size, a)
	}}}
	return p
}

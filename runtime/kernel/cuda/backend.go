package cuda

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Backend makes the kernels of this package. It needs no device: kernels are text until a machine builds them.
type Backend struct {
	// Convolutions leaves the convolutions of a trial that runs alone to the device's library (Stream.Conv) where there is one and
	// it can do them. Stacked trials have kernels of this package, one launch for all.
	Convolutions bool
}

// New returns the backend.
func New() *Backend { return &Backend{} }

// Name is "cuda", or "cuda/cudnn".
func (b *Backend) Name() string {
	if b.Convolutions {
		return "cuda/cudnn"
	}
	return "cuda"
}

// entry is what the package knows of an operation. One of expression and compile is set.
type entry struct {
	// expression writes code that gives an element of the output, so that others can be fused behind.
	expression func(e *expression, s kernel.Step)

	// compile makes kernels of the operation's own. The step has no Then.
	compile func(s kernel.Step) *program

	// link writes code that applies the operation to the result so far. It reports whether it can.
	link func(e *expression, s kernel.Step, l kernel.Link) bool

	// shape gives the attributes without the numbers that kernels read from tables; nil leaves attributes as they are.
	shape func(attrs any) any

	unread uint64 // bit i is set where input i is not looked at

	// choose gives the rest of the entry where it depends on attributes and shapes.
	choose func(s kernel.Step) entry
}

var entries = map[string]entry{}

// register adds an operation at start-up. The value only serves to hang it on a variable.
func register(name string, e entry) struct{} {
	if _, dup := entries[name]; dup {
		panic(fmt.Sprintf("cuda: kernel of %s registered twice", name))
	}
	entries[name] = e
	return struct{}{}
}

// maxElements bounds a tensor of one trial: kernels count its elements in 32 bits.
const maxElements = 1<<31 - 1

// Compile makes the kernel of a step: one kernel for a chain of elementwise operations behind an operation that computes each
// element by itself, else the operation's own kernels with one for the chain behind them.
func (b *Backend) Compile(s kernel.Step) (kernel.Kernel, error) {
	first, known := entries[s.Op]
	spec := op.Get(s.Op)
	if !known || spec == nil {
		return nil, kernel.Missing(b.Name(), s)
	}
	own := ownInputs(s)
	out, err := spec.Shape(s.Attrs, own)
	if err != nil {
		return nil, err
	}
	if !out.Equal(s.Out) {
		return nil, fmt.Errorf("%s gives %v, not %v", s.Op, out, s.Out)
	}
	for _, shape := range append(slices.Clone(s.In), s.Out) {
		if shape.Size() > maxElements {
			return nil, fmt.Errorf("%s: a tensor of shape %v has more than %d elements, which the kernels cannot count", s.Op, shape, maxElements)
		}
	}
	base := kernel.Step{Op: s.Op, Attrs: s.Attrs, In: own, Out: s.Out}
	if first.choose != nil {
		first = first.choose(base)
	}
	p := &program{unread: first.unread}
	var e *expression
	if first.expression != nil {
		e = newExpression(s)
		first.expression(e, base)
	} else {
		p = first.compile(base)
		p.unread |= first.unread
		p.library = b.Convolutions
		if len(s.Then) == 0 {
			return p, nil
		}
		e = newExpression(s)
		if p.then != nil {
			if !e.apply() {
				return nil, kernel.Missing(b.Name(), s)
			}
			p.then(e)
			return p, nil
		}
		e.result()
	}
	if !e.apply() {
		return nil, kernel.Missing(b.Name(), s)
	}
	e.finish(p)
	return p, nil
}

// ownInputs are the shapes of the first operation's inputs.
func ownInputs(s kernel.Step) []op.Shape {
	own := s.In
	for _, l := range s.Then {
		if l.In >= 0 {
			own = own[:min(len(own), l.In)]
		}
	}
	return own
}

// SameShape reports whether the steps of two trials may share a launch: they are the same operations on the same shapes, and
// their attributes differ at most in numbers and paths that the kernels read from tables.
func SameShape(a, b kernel.Step) bool {
	same := func(opA string, attrsA any, opB string, attrsB any) bool {
		e := entries[opA]
		if opA != opB {
			return false
		}
		if e.shape != nil {
			attrsA, attrsB = e.shape(attrsA), e.shape(attrsB)
		}
		return attrsA == attrsB
	}
	if !same(a.Op, a.Attrs, b.Op, b.Attrs) || !a.Out.Equal(b.Out) || !slices.EqualFunc(a.In, b.In, op.Shape.Equal) {
		return false
	}
	return slices.EqualFunc(a.Then, b.Then, func(x, y kernel.Link) bool {
		return x.At == y.At && x.In == y.In && same(x.Op, x.Attrs, y.Op, y.Attrs)
	})
}

// A Unitary thing needs CUDA C: kernels, optimizers, makers of batches.
type Unitary interface{ Units() []Unit }

// Source is the translation unit of all that is asked for. The order of the users does not matter for the units of this package, so
// that plans of the same operations share what a device has compiled; units of others come last, in the order in which they are
// first asked for.
func Source(name string, users ...Unitary) device.Source {
	var units []Unit
	seen := map[string]bool{}
	for _, k := range users {
		for _, u := range k.Units() {
			if !seen[u.Name] {
				seen[u.Name] = true
				units = append(units, u)
			}
		}
	}
	slices.SortStableFunc(units, func(a, b Unit) int {
		x, y := rank(a.Name), rank(b.Name)
		switch {
		case x != y:
			return cmp.Compare(x, y)
		case x == foreign:
			return 0
		}
		return cmp.Compare(a.Name, b.Name)
	})
	var text []byte
	for _, u := range units {
		text = append(append(text, u.Text...), '\n')
	}
	return device.Source{Name: name, Text: string(text)}
}

// files are the fixed units, each behind those that it needs.
var files = []string{"netc", "random", "activation", "window", "table", "reduce", "normalize", "normalize_columns", "loss", "conv_tensor", "conv", "conv_direct", "batch", "augment", "optim", "count"}

const foreign = 1 << 10

// rank is the place of a unit: fixed ones, what is fused behind other kernels, kernels that are made for a plan, and units of others.
func rank(name string) int {
	if i := slices.Index(files, name); i >= 0 {
		return i
	}
	switch {
	case strings.HasPrefix(name, "behind_"):
		return len(files)
	case strings.HasPrefix(name, "chain_"), strings.HasPrefix(name, "conv_"):
		return len(files) + 1
	}
	return foreign
}

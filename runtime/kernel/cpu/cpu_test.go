package cpu

import (
	"errors"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Every operation has a kernel, and every kernel an operation.
func TestEveryOperationHasAKernel(t *testing.T) {
	for _, s := range op.All() {
		if compilers[s.Name] == nil {
			t.Errorf("no kernel for %s", s.Name)
		}
	}
	for name := range compilers {
		if op.Get(name) == nil {
			t.Errorf("kernel of an unknown operation %s", name)
		}
	}
}

// The samples of every operation, and the steps of their gradients.
func TestSamples(t *testing.T) {
	reached := map[string]bool{}
	for _, spec := range op.All() {
		t.Run(spec.Name, func(t *testing.T) {
			for i, s := range spec.Samples {
				list, err := trace(spec, s, uint64(i))
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range list {
					reached[a.Spec.Name] = true
					for _, a.set = range Sets() {
						a.check(t, op.Context{Seed: uint64(i), Step: uint64(i)<<31 + 5})
					}
				}
			}
		})
	}
	for _, spec := range op.All() {
		if !reached[spec.Name] {
			t.Errorf("no sample reaches %s", spec.Name)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	b := New()
	if _, err := b.Compile(kernel.Step{Op: "warp"}); !errors.Is(err, kernel.ErrMissing) {
		t.Errorf("an unknown operation gives %v", err)
	}
	for _, s := range []kernel.Step{
		{Op: "relu", Attrs: 3, In: []op.Shape{{2}}, Out: op.Shape{2}},
		{Op: "relu", Attrs: op.Unary{}, In: []op.Shape{{2}}, Out: op.Shape{3}},
		{Op: "add", In: []op.Shape{{2}, {3}}, Out: op.Shape{2}},
	} {
		if k, err := b.Compile(s); err == nil {
			t.Errorf("%+v compiles to %v", s, k)
		}
	}
}

package op_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
)

// The registry is the test list: everything in it is documented, has samples and a gradient that central
// differences confirm.
func TestRegistry(t *testing.T) {
	for _, spec := range op.All() {
		t.Run(spec.Name, func(t *testing.T) {
			if spec.Doc == "" {
				t.Error("no documentation")
			}
			if len(spec.Inputs) == 0 {
				t.Error("no input names")
			}
			if !spec.Backward && len(spec.Samples) < 2 {
				t.Errorf("%d samples; there must be several", len(spec.Samples))
			}
			if spec.Wrt != nil && len(spec.Wrt) != len(spec.Inputs) {
				t.Error("Wrt does not match Inputs")
			}
			for i, s := range spec.Samples {
				t.Run(s.Name, func(t *testing.T) {
					out, err := spec.Shape(s.Attrs, s.Inputs)
					if err != nil {
						t.Fatal(err)
					}
					if spec.Cost(s.Attrs, s.Inputs, out) < 0 {
						t.Error("negative cost")
					}
					if spec.View && out.Size() != s.Inputs[0].Size() {
						t.Error("a view of another size")
					}
					if spec.Grad == nil {
						return
					}
					if err := optest.CheckGradient(spec, s, uint64(i)); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

// Every backward operation is reached from some sample, so that kernels are tested on it.
func TestEveryOperationHasACase(t *testing.T) {
	reached := map[string]int{}
	for _, c := range optest.Cases() {
		reached[c.Spec.Name]++
	}
	for _, spec := range op.All() {
		if reached[spec.Name] == 0 {
			t.Errorf("no case of %s", spec.Name)
		}
	}
}

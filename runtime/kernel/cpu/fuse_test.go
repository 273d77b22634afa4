package cpu

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/op/optest"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Every operation that can be fused behind another gives the bits that it gives by itself, behind every operation that it can be
// fused to, on random shapes and any number of threads.
func TestFusedGivesTheSameBits(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	for _, spec := range op.All() {
		if !fusable[spec.Name] {
			continue
		}
		t.Run(spec.Name, func(t *testing.T) {
			d := optest.Draw{Rand: rand.New(rand.NewPCG(seed, 9))}
			forward := spec.Name
			for name := range optest.Fresh { // an operation of the backward half is reached through its forward half
				if spec.Backward && (spec.Name == name+"_dx") {
					forward = name
				}
			}
			reached := false
			for i := range uint64(3) {
				list, err := trace(op.Get(forward), optest.Fresh[forward](d), seed+i)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range list {
					if a.Spec != spec {
						continue
					}
					reached = true
					for _, a.set = range Sets() {
						fused(t, a, d, fmt.Sprintf("seed %d", seed))
					}
				}
			}
			if !reached {
				t.Error("not reached")
			}
		})
	}
}

// fused runs an application with a chain of links at once and one by one.
func fused(t *testing.T, a application, d optest.Draw, what string) {
	t.Helper()
	shape := a.Out.Shape
	random := func(s op.Shape) []float32 {
		x := make([]float32, s.Size())
		for i := range x {
			x[i] = float32(d.NormFloat64())
		}
		return x
	}
	type other struct {
		kernel.Link
		shape op.Shape // of the other input
	}
	choices := []other{
		{kernel.Link{Op: "relu", Attrs: op.Unary{}, In: -1}, nil},
		{kernel.Link{Op: "tanh", Attrs: op.Unary{}, In: -1}, nil},
		{kernel.Link{Op: "leaky_relu", Attrs: op.Unary{Alpha: 0.1}, In: -1}, nil},
		{kernel.Link{Op: "scale", Attrs: op.Unary{Alpha: -1.5}, In: -1}, nil},
		{kernel.Link{Op: "add", At: 0}, shape},
		{kernel.Link{Op: "add", At: 1}, shape},
		{kernel.Link{Op: "relu_dx", Attrs: op.Unary{}, At: 2}, shape},
		{kernel.Link{Op: "gelu_dx", Attrs: op.Unary{}, At: 2}, shape},
	}
	if len(shape) > 0 {
		choices = append(choices,
			other{kernel.Link{Op: "bias"}, op.Shape{shape.Last()}},
			other{kernel.Link{Op: "dropout", Attrs: op.Dropout{P: 0.4, Rescale: true, Path: "p"}, In: -1}, nil})
	}
	step := kernel.Step{Op: a.Spec.Name, Attrs: a.Attrs, Out: shape}
	var in [][]float32
	for _, v := range a.In {
		step.In = append(step.In, v.Shape)
		in = append(in, optest.Float32(v.Data))
	}
	backend := a.backend()
	ctx := &kernel.Context{Seed: 5, Step: 6, Workers: pools[d.IntN(len(pools))]}
	run := func(s kernel.Step, in [][]float32) []float32 {
		k, err := backend.Compile(s)
		if err != nil {
			t.Fatalf("%s: %v: %v", what, s, err)
		}
		out := make([]float32, s.Out.Size())
		k.(kernel.Host).Run(ctx, out, in, make([]float32, k.Scratch()))
		return out
	}
	want := run(step, in)
	for range 1 + d.IntN(3) {
		c := choices[d.IntN(len(choices))]
		spec := op.Get(c.Op)
		alone := kernel.Step{Op: c.Op, Attrs: c.Attrs, Out: shape, In: make([]op.Shape, len(spec.Inputs))}
		args := make([][]float32, len(spec.Inputs))
		for i := range args {
			alone.In[i], args[i] = shape, want
		}
		if c.shape != nil {
			c.In = len(in)
			in = append(in, random(c.shape))
			step.In = append(step.In, c.shape)
			for i := range args {
				if i != c.At {
					alone.In[i], args[i] = c.shape, in[c.In]
				}
			}
		}
		want = run(alone, args)
		step.Then = append(step.Then, c.Link)
	}
	for i, g := range run(step, in) {
		if math.Float32bits(g) != math.Float32bits(want[i]) {
			t.Fatalf("%s: %s: fused with %+v element %d is %v, one by one %v", what, a.String(), step.Then, i, g, want[i])
		}
	}
}

func TestFusionsThatAreNotOffered(t *testing.T) {
	for _, s := range []kernel.Step{
		{Op: "relu", Attrs: op.Unary{}, In: []op.Shape{{2}}, Out: op.Shape{2}, Then: []kernel.Link{{Op: "mean", In: -1}}},
		{Op: "sum_rows", In: []op.Shape{{2, 3}}, Out: op.Shape{3}, Then: []kernel.Link{{Op: "relu", Attrs: op.Unary{}, In: -1}}},
		{Op: "relu", Attrs: op.Unary{}, In: []op.Shape{{2}}, Out: op.Shape{2}, Then: []kernel.Link{{Op: "relu_dx", Attrs: op.Unary{}, At: 1, In: -1}}},
	} {
		if _, err := New().Compile(s); !errors.Is(err, kernel.ErrMissing) {
			t.Errorf("%+v gives %v", s, err)
		}
	}
}

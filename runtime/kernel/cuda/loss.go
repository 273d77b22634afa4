package cuda

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Losses give one number an example, which a warp computes; their gradients get that number's gradient dl.
var _ = func() (done []struct{}) {
	for _, name := range []string{"bce", "mse", "mae", "huber"} {
		done = append(done, register(name, entry{shape: noLoss, compile: func(s kernel.Step) *program {
			return lossRows("loss_"+name, s, "loss")
		}}), register(name+"_dx", entry{shape: noLoss, expression: func(e *expression, s kernel.Step) {
			e.unit("loss")
			size := s.Out.Size() / s.Out[0]
			e.set("%s[%s] * %s * loss_%s_slope(%s, %s, %s)", e.pointer(2), e.over("i", size), e.share(size), name, e.full(0), e.full(1), e.number(parameter(name)))
		}}))
	}
	return append(done, register("cross_entropy", entry{shape: noLoss, compile: func(s kernel.Step) *program {
		return lossRows("loss_cross_entropy", s, "loss")
	}}), register("cross_entropy_dx", entry{shape: noLoss, compile: func(s kernel.Step) *program {
		return lossRows("loss_cross_entropy_dx", s, "loss")
	}}))
}()

func noLoss(any) any { return nil }

// parameter is the number that a loss reads from the table.
func parameter(name string) func(attrs any) float32 {
	return func(attrs any) float32 {
		l, _ := attrs.(op.Loss) // mse and mae may have none
		if name == "huber" {
			return float32(l.Delta)
		}
		return float32(l.Smoothing)
	}
}

// lossRows makes a program with a warp for each example.
func lossRows(name string, s kernel.Step, unit string) *program {
	n := s.In[0][0]
	size := s.In[0].Size() / n
	of := parameter(s.Op)
	p := &program{units: fixed("activation", unit)}
	p.add(func(b *Binding) (Job, error) {
		table, err := numbers(b, func(s kernel.Step) []float32 { return []float32{of(s.Attrs)} })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Op, err)
		}
		args := []any{arg(b.Out), arg(b.In[0]), arg(b.In[1]), table, uint32(n), uint32(size)}
		if len(s.In) > 2 {
			args = append(args, arg(b.In[2]))
		}
		return b.launch(name, grid{blocks: ceil(n, 8), threads: 32, threadsY: 8}, args...)
	})
	return p
}

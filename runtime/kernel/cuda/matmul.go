package cuda

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Matrix products are the library's, one call for all trials.
var _ = register("matmul", entry{compile: func(s kernel.Step) *program {
	a := s.Attrs.(op.MatMul)
	k := s.In[0][1]
	if a.TransA {
		k = s.In[0][0]
	}
	p := &program{}
	p.add(func(b *Binding) (Job, error) {
		g := device.Gemm{
			M: s.Out[0], N: s.Out[1], K: k, TransA: a.TransA, TransB: a.TransB,
			A: b.In[0].At, B: b.In[1].At, C: b.Out.At,
			LDA: s.In[0][1], LDB: s.In[1][1], LDC: s.Out[1],
			StrideA: b.In[0].Stride, StrideB: b.In[1].Stride, StrideC: b.Out.Stride,
			Batch: b.Trials(), Alpha: 1, Precision: b.Env.Precision,
		}
		return func(q device.Stream) error { return q.Gemm(g) }, nil
	})
	return p
}})

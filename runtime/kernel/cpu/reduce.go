package cpu

import (
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("sum_rows", func(s step) *program {
		c := s.Out[0]
		return columnSums(s.In[0].Size()/c, c, c, func(sum []float32, from, to int, a kernel.Args) {
			x := a.In[0][from*c : to*c]
			for len(x) > 0 {
				for i, v := range x[:len(sum)] {
					sum[i] += v
				}
				x = x[c:]
			}
		})
	})
	_ = register("mean", func(s step) *program {
		n := s.In[0].Size()
		return once(1, func(_ int, a kernel.Args) {
			sum := 0.0
			for _, v := range a.In[0][:n] {
				sum += float64(v)
			}
			a.Out[0] = float32(sum / float64(n))
		})
	})
)

// columnSums makes a kernel that reduces n rows of the given size to one vector of width numbers: part adds rows from …
// to-1 to a sum that starts at zero. Blocks of rows have a sum each, which are added in order.
func columnSums(n, size, width int, part func(sum []float32, from, to int, a kernel.Args)) *program {
	chunks, per := blocks(n, size)
	if chunks == 1 {
		return once(1, func(_ int, a kernel.Args) {
			out := a.Out[:width]
			clear(out)
			part(out, 0, n, a)
		})
	}
	return &program{scratch: chunks * width, phases: []phase{
		{chunks, func(chunk int, a kernel.Args) {
			sum := a.Scratch[chunk*width:][:width]
			clear(sum)
			part(sum, chunk*per, min((chunk+1)*per, n), a)
		}},
		addParts(width, chunks),
	}}
}

package cpu

import (
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("sum_rows", func(s step) *program {
		c := s.Out[0]
		y := sums(c)
		return columnSums(s.isa, s.In[0].Size()/c, c, c, y.period, func(sum, work []float32, from, to int, a kernel.Args) {
			clear(work)
			v := vec{x: a.In[0][from*c : to*c], acc: [2][]float32{work}, n: (to - from) * c, period: y.period}
			v.run(s.isa, doSum)
			y.fold(sum, work)
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

// columnSums makes a kernel that reduces n rows of the given size to one vector of width numbers: part sets sum for the rows from … to-1,
// with some floats of work memory. Blocks of rows have a sum each, which are added in order.
func columnSums(set *isa, n, size, width, work int, part func(sum, work []float32, from, to int, a kernel.Args)) *program {
	chunks, per := blocks(n, size)
	if chunks == 1 {
		p := once(1, func(_ int, a kernel.Args) { part(a.Out[:width], a.Scratch[:work], 0, n, a) })
		p.scratch = work
		return p
	}
	return &program{scratch: chunks * (width + work), phases: []phase{
		{chunks, func(chunk int, a kernel.Args) {
			sum, work := a.Scratch[chunk*width:][:width], a.Scratch[chunks*width+chunk*work:][:work]
			part(sum, work, chunk*per, min((chunk+1)*per, n), a)
		}},
		addParts(set, width, chunks),
	}}
}

package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Operations that only move numbers. Views (reshape, row) need no kernel when the planner aliases them; they have
// one for a planner that does not.
var (
	_ = register("reshape", func(s step) *program {
		return flat(s.Out.Size(), func(from, to int, a kernel.Args) { copy(a.Out[from:to], a.In[0][from:to]) })
	})
	_ = register("row", func(s step) *program {
		c := s.Out.Size()
		at := s.Attrs.(op.Row).I * c
		return once(1, func(_ int, a kernel.Args) { copy(a.Out[:c], a.In[0][at:at+c]) })
	})
	_ = register("concat", func(s step) *program {
		width := s.Out.Last()
		return outputRows(s.Out.Size()/width, width, func(from, to int, a kernel.Args) {
			at := 0
			for i, x := range a.In {
				w := s.In[i].Last()
				for r := from; r < to; r++ {
					copy(a.Out[r*width+at:][:w], x[r*w:])
				}
				at += w
			}
		})
	})
	_ = register("slice", func(s step) *program {
		at := s.Attrs.(op.Slice).From
		width, part := s.In[0].Last(), s.Out.Last()
		return outputRows(s.Out.Size()/part, part, func(from, to int, a kernel.Args) {
			for r := from; r < to; r++ {
				copy(a.Out[r*part:][:part], a.In[0][r*width+at:])
			}
		})
	})
	_ = register("pad_last", func(s step) *program {
		at := s.Attrs.(op.Slice).From
		width, part := s.Out.Last(), s.In[0].Last()
		return outputRows(s.Out.Size()/width, width, func(from, to int, a kernel.Args) {
			for r := from; r < to; r++ {
				row := a.Out[r*width:][:width]
				clear(row[:at])
				copy(row[at:at+part], a.In[0][r*part:])
				clear(row[at+part:])
			}
		})
	})
)

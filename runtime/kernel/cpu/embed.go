package cpu

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("embed", func(s step) *program {
		v := newVocabulary(s.Attrs.(op.Table))
		f, d := s.In[0][1], s.In[1][1]
		return outputRows(s.In[0][0], f*d, func(from, to int, a kernel.Args) {
			for i := from * f; i < to*f; i++ {
				copy(a.Out[i*d:][:d], a.In[1][v.row(i%f, a.In[0][i])*d:])
			}
		})
	})
	_ = register("embed_dw", func(s step) *program {
		v := newVocabulary(s.Attrs.(op.Table))
		n, f := s.In[0][0], s.In[0][1]
		d := s.Out[1]
		// Columns pick from rows of their own, so a column is one thread's.
		return once(f, func(column int, a kernel.Args) {
			clear(a.Out[v.starts[column]*d : v.starts[column+1]*d])
			for r := range n {
				i := r*f + column
				dst := a.Out[v.row(column, a.In[0][i])*d:][:d]
				for j, g := range a.In[1][i*d:][:len(dst)] {
					dst[j] += g
				}
			}
		})
	})
	_ = register("onehot", func(s step) *program {
		v := newVocabulary(s.Attrs.(op.Table))
		f, width := s.In[0][1], s.Out[1]
		return outputRows(s.Out[0], width, func(from, to int, a kernel.Args) {
			for r := from; r < to; r++ {
				out := a.Out[r*width:][:width]
				clear(out)
				for j := range f {
					out[v.row(j, a.In[0][r*f+j])] = 1
				}
			}
		})
	})
)

// vocabulary maps the codes of category columns to the rows of one table.
type vocabulary struct {
	starts []int // of each column, and the end of the last
}

// newVocabulary reads the sizes, which Compile has checked through the shape rule.
func newVocabulary(t op.Table) *vocabulary {
	v := &vocabulary{starts: []int{0}}
	sizes, _ := t.Vocabularies()
	for _, size := range sizes {
		v.starts = append(v.starts, v.starts[len(v.starts)-1]+size)
	}
	return v
}

// row is the table row of a code of a column.
func (v *vocabulary) row(column int, code float32) int {
	first := v.starts[column]
	return first + op.Slot(float64(code), v.starts[column+1]-first)
}

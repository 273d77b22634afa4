package cuda

import (
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Embeddings read two tables of whole numbers: where the rows of each column start and, for embed_dw and onehot, which column each
// row belongs to.
var (
	_ = register("embed", entry{expression: func(e *expression, s kernel.Step) {
		columns, d := s.In[0][1], s.In[1][1]
		starts := e.table("starts", func(b *Binding) []uint32 { return starts(s.Attrs.(op.Table)) })
		e.unit("table")
		// Element i is number i%d of the row picked by code i/d.
		e.set("%s[table_row(%s[i / %s], %s, i / %s %% %s) * %s + i %% %s]", e.pointer(1), e.pointer(0), e.size(d), starts, e.size(d), e.size(columns), e.size(d), e.size(d))
	}})
	_ = register("onehot", entry{expression: func(e *expression, s kernel.Step) {
		columns, width := s.In[0][1], s.Out[1]
		starts := e.table("starts", func(b *Binding) []uint32 { return starts(s.Attrs.(op.Table)) })
		column := e.table("column", func(b *Binding) []uint32 { return columnsOf(s.Attrs.(op.Table)) })
		e.unit("table")
		row := e.within(width)
		e.set("table_row(%s[i / %s * %s + %s[%s]], %s, %s[%s]) == %s ? 1.0f : 0.0f", e.pointer(0), e.size(width), e.size(columns), column, row, starts, column, row, row)
	}})
	_ = register("embed_dw", entry{compile: func(s kernel.Step) *program {
		a := s.Attrs.(op.Table)
		p := &program{units: fixed("table")}
		p.add(func(b *Binding) (Job, error) {
			first, err := b.Env.Table(starts(a))
			if err != nil {
				return nil, err
			}
			column, err := b.Env.Table(columnsOf(a))
			if err != nil {
				return nil, err
			}
			rows := s.Out[0]
			return b.launch("table_embed_dw", grid{blocks: ceil(rows, 8), threads: 32, threadsY: 8}, arg(b.Out), arg(b.In[0]), arg(b.In[1]),
				first, column, uint32(rows), uint32(s.Out[1]), uint32(s.In[0][0]), uint32(s.In[0][1]))
		})
		return p
	}})
)

// table is a parameter that points to constant whole numbers.
func (e *expression) table(key string, words func(b *Binding) []uint32) string {
	return e.once("table "+key, "w", func(name string) {
		e.tables = append(e.tables, constant{name, words})
	})
}

// constant is a table that all trials share.
type constant struct {
	name  string
	words func(b *Binding) []uint32
}

// starts are the first rows of the columns, and the end of the last.
func starts(a op.Table) []uint32 {
	sizes, _ := a.Vocabularies() // checked by the shape rule
	all := []uint32{0}
	for _, n := range sizes {
		all = append(all, all[len(all)-1]+uint32(n))
	}
	return all
}

// columnsOf is the column of each row.
func columnsOf(a op.Table) []uint32 {
	sizes, _ := a.Vocabularies()
	var all []uint32
	for j, n := range sizes {
		for range n {
			all = append(all, uint32(j))
		}
	}
	return all
}

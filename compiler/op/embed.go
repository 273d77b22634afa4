package op

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// NewTable is the geometry of category columns with these vocabulary sizes.
func NewTable(sizes ...int) Table {
	words := make([]string, len(sizes))
	rows := 0
	for i, n := range sizes {
		words[i] = strconv.Itoa(n)
		rows += n
	}
	return Table{Sizes: strings.Join(words, ","), Rows: rows}
}

// Vocabularies is the vocabulary size of each column.
func (a Table) Vocabularies() ([]int, error) {
	if a.Sizes == "" {
		return nil, errors.New("there is no category column")
	}
	var sizes []int
	for _, word := range strings.Split(a.Sizes, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("the vocabulary size %q is not a positive number", word)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

// Slot is the place of a code in a vocabulary of that size: itself, cut to a whole number, or the last slot where it is outside.
func Slot(code float64, size int) int {
	if !(code >= 0 && code < float64(size)) {
		return size - 1
	}
	return int(code)
}

// shape checks codes [batch, columns] and gives the batch, the columns and the rows of the table.
func (a Table) shape(codes Shape) (n, columns, rows int, err error) {
	if err := wantRank("codes", codes, "batch columns"); err != nil {
		return 0, 0, 0, err
	}
	sizes, err := a.Vocabularies()
	if err != nil {
		return 0, 0, 0, err
	}
	if len(sizes) != codes[1] {
		return 0, 0, 0, fmt.Errorf("codes has %s and the table %s", plural(codes[1], "column", "columns"), plural(len(sizes), "vocabulary", "vocabularies"))
	}
	for _, s := range sizes {
		rows += s
	}
	return codes[0], codes[1], rows, nil
}

// each visits every code with the row that it stands for.
func (a Table) each(codes Tensor, f func(i, row int)) {
	sizes, err := a.Vocabularies()
	if err != nil {
		panic("op: " + err.Error())
	}
	i := 0
	for range codes.Shape[0] {
		start := 0
		for _, size := range sizes {
			f(i, start+Slot(codes.Data[i], size))
			start += size
			i++
		}
	}
}

var _ = register(define[Table]{
	Name: "embed",
	Doc: `Row lookup: each code of each column picks a row of the table, and the rows of an example stand side by side. The rows of column j start
behind those of the columns before it; a code outside its vocabulary counts as the last slot. The gradient adds dy to the rows that were picked.`,
	Inputs: []string{"codes", "table"},
	Wrt:    []bool{false, true},
	Shape: func(a Table, in []Shape) (Shape, error) {
		n, columns, rows, err := a.shape(in[0])
		if err == nil {
			err = wantRank("table", in[1], "rows width")
		}
		if err != nil {
			return nil, err
		}
		if in[1][0] != rows {
			return nil, fmt.Errorf("table has %d rows; the vocabularies %s need %d", in[1][0], a.Sizes, rows)
		}
		return Shape{n, columns * in[1][1]}, nil
	},
	Grad: func(b Builder, a Table, in []Val, _, dy Val) []Val {
		a.Rows = in[1].Shape()[0]
		return []Val{nil, b.Apply("embed_dw", a, in[0], dy)}
	},
	Eval: func(_ *Context, a Table, out Tensor, in []Tensor) {
		d := in[1].Shape[1]
		a.each(in[0], func(i, row int) { copy(out.Data[i*d:(i+1)*d], in[1].Data[row*d:]) })
	},
	FLOPs: outputSize[Table](0),
	Samples: []Sample{
		{Name: "one column", Attrs: NewTable(5), Inputs: []Shape{{7, 1}, {5, 3}}, Fill: []fill{codesOf(5), nil}},
		{Name: "three columns", Attrs: NewTable(2, 7, 3), Inputs: []Shape{{4, 3}, {12, 5}}, Fill: []fill{codesOf(2, 7, 3), nil}},
		{Name: "outside the vocabulary", Attrs: NewTable(3, 2), Inputs: []Shape{{5, 2}, {5, 2}}, Fill: []fill{codesOf(9, 6), nil}},
		{Name: "width 1", Attrs: NewTable(4, 4), Inputs: []Shape{{1, 2}, {8, 1}}, Fill: []fill{codesOf(4, 4), nil}},
	},
})

// Embed looks codes up in the table.
func (a Table) Embed(b Builder, codes, table Val) Val { return b.Apply("embed", a, codes, table) }

var _ = register(define[Table]{
	Name: "embed_dw", Doc: `Gradient of embed for the table, which has Rows rows: dy added up over the codes that picked each row.`, Inputs: []string{"codes", "dy"}, Backward: true,
	Shape: func(a Table, in []Shape) (Shape, error) {
		n, columns, rows, err := a.shape(in[0])
		if err == nil {
			err = wantRank("dy", in[1], "batch columns*width")
		}
		if err != nil {
			return nil, err
		}
		if in[1][0] != n || in[1][1]%columns != 0 {
			return nil, fmt.Errorf("dy has shape %v, which does not fit the codes %v", in[1], in[0])
		}
		if a.Rows != rows {
			return nil, fmt.Errorf("the table has %d rows; the vocabularies %s need %d", a.Rows, a.Sizes, rows)
		}
		return Shape{rows, in[1][1] / columns}, nil
	},
	Eval: func(_ *Context, a Table, out Tensor, in []Tensor) {
		zero(out)
		d := out.Shape[1]
		a.each(in[0], func(i, row int) {
			for j := range d {
				out.Data[row*d+j] += in[1].Data[i*d+j]
			}
		})
	},
	FLOPs: func(_ Table, in []Shape, _ Shape) int64 { return int64(in[1].Size()) },
})

var _ = register(define[Table]{
	Name: "onehot", Doc: `Each column of codes as zeros with a 1 at its code, the columns side by side; a code outside its vocabulary counts as the last slot. No gradient.`, Inputs: []string{"codes"},
	Shape: func(a Table, in []Shape) (Shape, error) {
		n, _, rows, err := a.shape(in[0])
		return Shape{n, rows}, err
	},
	Eval: func(_ *Context, a Table, out Tensor, in []Tensor) {
		zero(out)
		columns := in[0].Shape[1]
		a.each(in[0], func(i, row int) { out.Data[i/columns*out.Shape[1]+row] = 1 })
	},
	FLOPs: outputSize[Table](0),
	Samples: []Sample{
		{Name: "one column", Attrs: NewTable(5), Inputs: []Shape{{7, 1}}, Fill: []fill{codesOf(5)}},
		{Name: "three columns", Attrs: NewTable(2, 7, 3), Inputs: []Shape{{4, 3}}, Fill: []fill{codesOf(2, 7, 3)}},
		{Name: "outside the vocabulary", Attrs: NewTable(3, 2), Inputs: []Shape{{5, 2}}, Fill: []fill{codesOf(9, 6)}},
	},
})

// OneHot spells codes out as zeros and ones.
func (a Table) OneHot(b Builder, codes Val) Val { return b.Apply("onehot", a, codes) }

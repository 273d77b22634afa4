package op

import "fmt"

var _ = register(define[MatMul]{
	Name: "matmul",
	Doc: `Matrix product y[m,n] = sum_k a[m,k] b[k,n]. TransA says that a is stored as [k,m], TransB that b is
stored as [n,k]. A dense layer is matmul(x[batch,in], w[in,out]). Its gradients are products too: da = dy b^T, db = a^T dy.`,
	Inputs: []string{"a", "b"},
	Shape: func(a MatMul, in []Shape) (Shape, error) {
		if err := first(wantRank("a", in[0], "rows columns"), wantRank("b", in[1], "rows columns")); err != nil {
			return nil, err
		}
		m, ka := turned(in[0], a.TransA)
		kb, n := turned(in[1], a.TransB)
		if ka != kb {
			return nil, fmt.Errorf("a%s has %d columns and b%s has %d rows; they must agree", mark(a.TransA), ka, mark(a.TransB), kb)
		}
		return Shape{m, n}, nil
	},
	Grad: func(b Builder, a MatMul, in []Val, _, dy Val) []Val {
		var da, db Val
		if a.TransA {
			da = MatMul{a.TransB, true}.Apply(b, in[1], dy)
		} else {
			da = MatMul{false, !a.TransB}.Apply(b, dy, in[1])
		}
		if a.TransB {
			db = MatMul{true, a.TransA}.Apply(b, dy, in[0])
		} else {
			db = MatMul{!a.TransA, false}.Apply(b, in[0], dy)
		}
		return []Val{da, db}
	},
	Eval: func(_ *Context, a MatMul, out Tensor, in []Tensor) {
		m, k := turned(in[0].Shape, a.TransA)
		n := out.Shape[1]
		at := func(t Tensor, trans bool, row, col int) float64 {
			if trans {
				row, col = col, row
			}
			return t.Data[row*t.Shape[1]+col]
		}
		for i := range m {
			for j := range n {
				sum := 0.0
				for l := range k {
					sum += at(in[0], a.TransA, i, l) * at(in[1], a.TransB, l, j)
				}
				out.Data[i*n+j] = sum
			}
		}
	},
	FLOPs: func(a MatMul, in []Shape, out Shape) int64 {
		_, k := turned(in[0], a.TransA)
		return 2 * int64(out.Size()) * int64(k)
	},
	Samples: []Sample{
		{Name: "dense", Attrs: MatMul{}, Inputs: []Shape{{5, 7}, {7, 3}}},
		{Name: "a transposed", Attrs: MatMul{TransA: true}, Inputs: []Shape{{7, 5}, {7, 3}}},
		{Name: "b transposed", Attrs: MatMul{TransB: true}, Inputs: []Shape{{5, 7}, {3, 7}}},
		{Name: "both transposed", Attrs: MatMul{TransA: true, TransB: true}, Inputs: []Shape{{7, 5}, {3, 7}}},
		{Name: "batch of one", Attrs: MatMul{}, Inputs: []Shape{{1, 17}, {17, 1}}},
		{Name: "wide", Attrs: MatMul{}, Inputs: []Shape{{9, 33}, {33, 18}}},
	},
})

// Apply is op(x) op(w).
func (a MatMul) Apply(b Builder, x, w Val) Val { return b.Apply("matmul", a, x, w) }

// turned is rows and columns after the transposition.
func turned(s Shape, trans bool) (rows, cols int) {
	if trans {
		return s[1], s[0]
	}
	return s[0], s[1]
}

func mark(trans bool) string {
	if trans {
		return " (transposed)"
	}
	return ""
}

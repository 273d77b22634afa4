package initial

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
)

var _ = register(spec{
	signature: catalog.Signature{
		Kind: catalog.Init, Name: "orthogonal",
		Doc: "A random matrix with orthonormal columns (or rows, where it is wider than high), times gain. A kernel counts as the matrix " +
			"of all that enters a unit against the units.",
		Paper:  "Saxe, McClelland and Ganguli 2014, ICLR",
		Params: []catalog.Param{{Name: "gain", Doc: "Factor on the matrix; sqrt(2) suits ReLU.", Type: catalog.Positive(), Default: catalog.N(1), Positional: true}},
	},
	fill: func(a model.Args, p *network.Param, d Draws, dst []float32) {
		d.Normal(dst)
		cols := 1
		if len(p.Shape) > 0 {
			cols = max(p.Shape.Last(), 1)
		}
		rows := len(dst) / cols
		vectors, length := cols, rows
		at := func(v, i int) int { return i*cols + v }
		if cols > rows {
			vectors, length = rows, cols
			at = func(v, i int) int { return v*cols + i }
		}
		q := make([][]float64, vectors)
		for v := range q {
			q[v] = make([]float64, length)
			for i := range q[v] {
				q[v][i] = float64(dst[at(v, i)])
			}
		}
		orthonormalize(q)
		gain := a.Num("gain")
		for v := range q {
			for i, x := range q[v] {
				dst[at(v, i)] = float32(gain * x)
			}
		}
	},
})

// orthonormalize makes the vectors orthonormal, one after the other, without changing the direction of the first: the
// Q of a QR decomposition whose R has a positive diagonal, which makes a matrix of normal draws uniformly
// distributed over all orthogonal ones (Mezzadri 2007). Each vector is projected twice: "twice is enough" (Kahan).
func orthonormalize(q [][]float64) {
	for v, x := range q {
		for range 2 {
			for _, y := range q[:v] {
				d := dot(x, y)
				for i := range x {
					x[i] -= float64(d * y[i])
				}
			}
		}
		norm := math.Sqrt(dot(x, x))
		if norm == 0 { // a vector that others span: cannot come from draws in more dimensions than vectors
			continue
		}
		for i := range x {
			x[i] /= norm
		}
	}
}

func dot(x, y []float64) float64 {
	s := 0.0
	for i := range x {
		s += float64(x[i] * y[i])
	}
	return s
}

package augment

import (
	"math"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

var _ = register(spec{
	Signature: catalog.Signature{
		Name: "cutmix",
		Doc: "Pastes a rectangle of a random example of the batch over an image and mixes the targets by area. The rectangle covers a share 1-t of the image before clipping, with t drawn from Beta(alpha, alpha), and its centre is any pixel. " +
			"Each example draws its own rectangle and partner; the published code shares them in a batch.",
		Paper: "Yun et al. 2019, ICCV (arXiv:1905.04899)",
		Params: []catalog.Param{
			{Name: "alpha", Doc: "both parameters of the Beta distribution; 1 makes every area equally likely", Positional: true,
				Type: catalog.Positive(), Default: catalog.N(1)},
			chance(1),
		},
	},
	imagesOnly: true,
	make: func(n *model.Node, in input) (any, *diag.Diagnostic) {
		if problem := noCategories(n, in); problem != nil {
			return nil, problem
		}
		return cutmix{n.Args.Num("alpha"), n.Args.Num("p"), in.shape[0], in.shape[1], in.shape[2]}, nil
	},
})

type cutmix struct {
	alpha, p float64
	h, w, c  int
}

func (m cutmix) mix(v *View, draw drawer, s *Scratch) int {
	features := m.h * m.w * m.c
	x, y := s.x[:len(v.X)], s.y[:len(v.Y)]
	copy(x, v.X)
	copy(y, v.Y)
	acted := 0
	for i := range v.N {
		draws := draw.series(v.IDs[i])
		if !happens(&draws, m.p) {
			continue
		}
		j := int(draws.IntN(uint32(v.N)))
		side := math.Sqrt(1 - draws.Beta(m.alpha))
		cutH, cutW := int(float64(m.h)*side), int(float64(m.w)*side)
		top := int(draws.IntN(uint32(m.h))) - cutH/2
		left := int(draws.IntN(uint32(m.w))) - cutW/2
		y0, y1 := max(0, top), min(m.h, top+cutH)
		x0, x1 := max(0, left), min(m.w, left+cutW)
		if j == i || y0 >= y1 || x0 >= x1 {
			continue
		}
		to, from := v.X[i*features:(i+1)*features], x[j*features:(j+1)*features]
		for row := y0; row < y1; row++ {
			lo, hi := (row*m.w+x0)*m.c, (row*m.w+x1)*m.c
			copy(to[lo:hi], from[lo:hi])
		}
		kept := 1 - float32((y1-y0)*(x1-x0))/float32(m.h*m.w) // the share after clipping
		blend(v.Y[i*v.K:(i+1)*v.K], y[j*v.K:], kept)
		acted++
	}
	return acted
}

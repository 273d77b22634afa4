package layer

import (
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

// table packs the vocabulary sizes of category columns.
func (s *Site) table() (op.Table, int) {
	rows := 0
	parts := make([]string, len(s.Categories))
	for i, c := range s.Categories {
		parts[i] = itoa(c.Size)
		rows += c.Size
	}
	return op.Table{Sizes: strings.Join(parts, ","), Rows: rows}, rows
}

func (s *Site) codes() error {
	if s.Categories != nil {
		return nil
	}
	return s.errorf(CodeRank, "%s takes category codes, and %s enters", s.Node.Name, Text(s.X.Dims)).
		WithHelp("take input.categories before it")
}

var _ = register(&Def{
	Signature: catalog.Signature{Name: "embed",
		Doc: "A learned vector for every value of every category column: [N, columns] codes -> [N, columns * size].",
		Params: []catalog.Param{{Name: "size", Doc: "Numbers in a vector.", Type: catalog.Count(), Positional: true},
			{Name: "init", Doc: "Initializer of the vectors.", Type: catalog.New(catalog.Init), Default: catalog.Nothing()}},
		Paper:   "Guo and Berkhahn 2016, arXiv:1604.06737",
		Foreign: []string{"embedding", "Embedding"}},
	Build: func(s *Site) (*network.Value, error) {
		if err := s.codes(); err != nil {
			return nil, err
		}
		t, rows := s.table()
		size := s.Node.Args.Int("size")
		init := s.Node.Args.Call("init")
		if init == nil {
			init = &model.Node{Name: "normal", Args: model.Args{"std": *catalog.N(0.05)}}
		}
		w := s.Param(&network.Param{Name: s.Node.Path + ".table", Shape: op.Shape{rows, size}, Role: network.Embedding,
			Init: init, FanIn: 1, FanOut: size, Span: s.Node.Span})
		return s.apply("embed", t, s.X, w), nil
	},
})

var _ = register(&Def{
	Signature: catalog.Signature{Name: "onehot",
		Doc:     "A 1 at the value of every category column, 0 elsewhere: [N, columns] codes -> [N, values of all columns].",
		Foreign: []string{"one_hot", "OneHot"}},
	Build: func(s *Site) (*network.Value, error) {
		if err := s.codes(); err != nil {
			return nil, err
		}
		t, _ := s.table()
		return s.apply("onehot", t, s.X), nil
	},
})

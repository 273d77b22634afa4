package canon

import (
	"strings"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/format"
)

// RefText prints a reference as it is written.
func RefText(r *ast.Ref) string {
	var b strings.Builder
	for i, s := range r.Segs {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.Name)
		switch {
		case s.Star:
			b.WriteString("[*]")
		case s.Index != nil:
			b.WriteString("[" + exprText(s.Index) + "]")
		}
	}
	return b.String()
}

func exprText(x *ast.Expr) string { return format.Expr(x) }

func pathText(p *ast.Path) string {
	var b strings.Builder
	for i, s := range p.Segs {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.Name)
		if s.Index != nil {
			b.WriteString("[" + *s.Index + "]")
		}
	}
	return b.String()
}

package format

import (
	"strings"

	"github.com/netc-lang/netc/lang/ast"
)

// Tree prints a file in the canonical style, without its comments (Source keeps them). A body stands on one
// line where its text did; in a tree without positions, where it has at most one plain statement.
func Tree(f *ast.File) []byte { return []byte(Node(f)) }

// Expr prints an expression, for messages and generated programs.
func Expr(e *ast.Expr) string { return Node(e) }

// Node prints any node of the tree. What takes several lines is indented from the left margin and, except
// for a file, has no newline at its end. A nil node is printed as nothing.
func Node(n ast.Spanned) string {
	var p printer
	p.node(n)
	return p.b.String()
}

type printer struct {
	b      strings.Builder
	indent int
}

func (p *printer) text(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

func (p *printer) newline() { p.text("\n", strings.Repeat("  ", p.indent)) }

func (p *printer) node(n ast.Spanned) {
	switch n := n.(type) {
	case *ast.File:
		p.file(n)
	case *ast.Top:
		p.top(n)
	case *ast.Use:
		p.text("use ", n.Path.Text)
		p.label(n.As)
	case *ast.Extend:
		p.text("extend ", n.Path.Text)
		p.spaced(n.Body)
	case *ast.Section:
		p.text(n.Kind.Name)
		if n.Name != nil {
			p.text(" ", n.Name.Name)
		}
		p.params(n.Params)
		p.spaced(n.Body)
	case *ast.Params:
		p.params(n)
	case *ast.Param:
		p.text(n.Name.Name)
		if n.Default != nil {
			p.text(" = ")
			p.node(n.Default)
		}
	case *ast.Body:
		p.body(n)
	case *ast.Stmt:
		p.stmt(n)
	case *ast.Let:
		p.text("let ", n.Name.Name)
		p.params(n.Params)
		p.text(" = ")
		p.node(n.Value)
	case *ast.If:
		p.text("if ")
		p.node(n.Cond)
		p.spaced(n.Then)
		if n.ElseIf != nil {
			p.text(" else ")
			p.node(n.ElseIf)
		} else if n.Else != nil {
			p.text(" else")
			p.spaced(n.Else)
		}
	case *ast.For:
		p.text("for ", n.Var.Name, " in ")
		p.node(n.Over)
		p.spaced(n.Body)
		p.label(n.As)
	case *ast.Repeat:
		p.text("repeat ")
		p.node(n.Count)
		p.spaced(n.Body)
		p.label(n.As)
	case *ast.Node:
		p.statement(n)
	case *ast.Alt:
		if n.Nothing {
			p.text("nothing")
		} else {
			p.body(n.Body)
		}
	case *ast.Bad:
		p.text("// this part could not be read")
		for _, b := range n.Bodies {
			p.newline()
			p.body(b)
		}
	case *ast.Head:
		p.text(n.String())
	case *ast.Path:
		p.text(n.String())
	case *ast.Seg:
		p.text(n.String())
	case *ast.Ident:
		p.text(n.Name)
	case *ast.Comment:
		p.text(n.Text)
	default:
		p.expr(n)
	}
}

func (p *printer) file(f *ast.File) {
	if f.Version != nil {
		p.text("net ")
		p.node(f.Version)
		p.text("\n")
	}
	long := f.Version != nil // the construct before, or this one, takes several lines
	for i, t := range f.Tops {
		before := p.b.Len()
		one := printer{}
		one.top(t)
		text := one.b.String()
		now := strings.Contains(text, "\n")
		if before > 0 && (long || now || i == 0) {
			p.text("\n")
		}
		p.text(text, "\n")
		long = now
	}
}

func (p *printer) top(t *ast.Top) {
	switch {
	case t.Use != nil:
		p.node(t.Use)
	case t.Extend != nil:
		p.node(t.Extend)
	case t.Let != nil:
		p.node(t.Let)
	case t.Section != nil:
		p.node(t.Section)
	case t.Bad != nil:
		p.node(t.Bad)
	}
}

func (p *printer) stmt(s *ast.Stmt) {
	switch {
	case s.Let != nil:
		p.node(s.Let)
	case s.If != nil:
		p.node(s.If)
	case s.For != nil:
		p.node(s.For)
	case s.Repeat != nil:
		p.node(s.Repeat)
	case s.Node != nil:
		p.node(s.Node)
	case s.Bad != nil:
		p.node(s.Bad)
	}
}

func (p *printer) statement(n *ast.Node) {
	p.text(n.Head.String())
	for i, a := range n.Args {
		if i > 0 {
			p.text(",")
		}
		p.text(" ")
		p.node(a)
	}
	p.spaced(n.Body)
	if n.Alt != nil {
		p.text(" instead of ")
		p.node(n.Alt)
	}
	p.label(n.As)
	if n.Off {
		p.text(" off")
	}
}

func (p *printer) label(as *ast.Ident) {
	if as != nil {
		p.text(" as ", as.Name)
	}
}

func (p *printer) params(ps *ast.Params) {
	if ps == nil {
		return
	}
	p.text("(")
	for i, q := range ps.List {
		if i > 0 {
			p.text(", ")
		}
		p.node(q)
	}
	p.text(")")
}

// spaced prints a body that may be absent, with the space before it.
func (p *printer) spaced(b *ast.Body) {
	if b != nil {
		p.text(" ")
		p.body(b)
	}
}

func (p *printer) body(b *ast.Body) {
	if len(b.Stmts) == 0 {
		p.text("{ }")
		return
	}
	if short(b) {
		p.text("{ ")
		for i, s := range b.Stmts {
			if i > 0 {
				p.text("; ")
			}
			p.stmt(s)
		}
		p.text(" }")
		return
	}
	p.text("{")
	p.indent++
	for _, s := range b.Stmts {
		p.newline()
		p.stmt(s)
	}
	p.indent--
	p.newline()
	p.text("}")
}

// short reports whether a body is printed on one line.
func short(b *ast.Body) bool {
	if b.Pos.IsValid() && b.EndPos.IsValid() && b.Pos.Line != b.EndPos.Line {
		return false
	}
	plain := true
	ast.Inspect(b, func(n ast.Spanned) bool {
		switch n := n.(type) {
		case *ast.Bad:
			plain = false
		case *ast.Body:
			plain = plain && (n == b || b.Pos.IsValid())
		}
		return plain
	})
	return plain && (b.Pos.IsValid() || len(b.Stmts) <= 1)
}

// expr prints expressions and their parts.
func (p *printer) expr(n ast.Spanned) {
	switch n := n.(type) {
	case *ast.Arg:
		if n.Name != nil {
			p.text(n.Name.String(), " = ")
		}
		p.node(n.Value)
	case *ast.Value:
		p.node(n.On)
		if n.Off != nil {
			p.text(" instead of ")
			p.node(n.Off)
		}
		p.label(n.As)
	case *ast.Expr:
		if n != nil {
			list(p, n.Or, " or ")
		}
	case *ast.And:
		list(p, n.And, " and ")
	case *ast.Cmp:
		if n.Not {
			p.text("not ")
		}
		p.expr(n.Left)
		if n.Right != nil {
			p.text(" ", n.Op, " ")
			p.expr(n.Right)
		}
	case *ast.Range:
		p.expr(n.Lo)
		if n.Hi != nil {
			p.text("..")
			p.expr(n.Hi)
		}
	case *ast.Sum:
		p.expr(n.Left)
		for _, r := range n.Rest {
			p.expr(r)
		}
	case *ast.SumOp:
		p.text(" ", n.Op, " ")
		p.expr(n.Right)
	case *ast.Prod:
		p.expr(n.Left)
		for _, r := range n.Rest {
			p.expr(r)
		}
	case *ast.ProdOp:
		p.text(" ", n.Op, " ")
		p.expr(n.Right)
	case *ast.Unary:
		if n.Neg {
			p.text("-")
		}
		p.expr(n.Prim)
	case *ast.Prim:
		p.prim(n)
	case *ast.Number:
		p.text(n.Text)
		if n.Unit != nil {
			if *n.Unit != "%" {
				p.text(" ")
			}
			p.text(*n.Unit)
		}
	case *ast.String:
		p.text(n.Text)
	case *ast.List:
		p.text("[")
		list(p, n.Items, ", ")
		p.text("]")
	case *ast.Ref:
		list(p, n.Segs, ".")
		if n.Call != nil {
			p.expr(n.Call)
		}
	case *ast.RefSeg:
		p.text(n.Name)
		if n.Star {
			p.text("[*]")
		} else if n.Index != nil {
			p.text("[")
			p.expr(n.Index)
			p.text("]")
		}
	case *ast.Call:
		p.text("(")
		list(p, n.Args, ", ")
		p.text(")")
	}
}

func (p *printer) prim(n *ast.Prim) {
	switch {
	case n.Number != nil:
		p.expr(n.Number)
	case n.String != nil:
		p.expr(n.String)
	case n.Literal != nil:
		p.text(*n.Literal)
	case n.List != nil:
		p.expr(n.List)
	case n.Ref != nil:
		p.expr(n.Ref)
	case n.Paren != nil:
		p.text("(")
		p.expr(n.Paren)
		p.text(")")
	}
}

func list[T ast.Spanned](p *printer, items []T, between string) {
	for i, item := range items {
		if i > 0 {
			p.text(between)
		}
		p.expr(item)
	}
}

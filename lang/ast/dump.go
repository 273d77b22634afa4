package ast

import "strings"

// Dump writes the tree as an S-expression without positions: the form in which the conformance suite of
// the language states what a text means. Its README describes the form.
func Dump(n Spanned) string {
	d := dumper{}
	d.node(n)
	return d.b.String() + "\n"
}

// dumper writes one form per construct, statement and parameter list on a line of its own, deeper ones
// indented.
type dumper struct {
	b      strings.Builder
	indent int
}

func (d *dumper) text(parts ...string) {
	for _, s := range parts {
		d.b.WriteString(s)
	}
}

// open starts a form.
func (d *dumper) open(name string) {
	d.text("(", name)
	d.indent++
}

func (d *dumper) close() {
	d.text(")")
	d.indent--
}

// newline starts a line inside the form at hand.
func (d *dumper) newline() { d.text("\n", strings.Repeat("  ", d.indent)) }

func (d *dumper) atom(s string) { d.text(" ", s) }

// form writes (name child) after a space.
func (d *dumper) form(name string, children ...Spanned) {
	d.text(" ")
	d.open(name)
	for _, c := range children {
		d.text(" ")
		d.node(c)
	}
	d.close()
}

func (d *dumper) label(as *Ident) {
	if as != nil {
		d.text(" (as ", as.Name, ")")
	}
}

func (d *dumper) node(n Spanned) {
	switch n := n.(type) {
	case *File:
		d.open("file")
		if n.Version != nil {
			d.newline()
			d.text("(net ", n.Version.Text, ")")
		}
		for _, t := range n.Tops {
			d.newline()
			d.top(t)
		}
		d.close()
	case *Top:
		d.top(n)
	case *Stmt:
		d.stmt(n)
	case *Use:
		d.text("(use ", n.Path.Text)
		d.label(n.As)
		d.text(")")
	case *Extend:
		d.open("extend")
		d.atom(n.Path.Text)
		d.body(n.Body)
		d.close()
	case *Section:
		d.open("section")
		d.atom(n.Kind.Name)
		if n.Name != nil {
			d.form("name", n.Name)
		}
		d.params(n.Params)
		d.body(n.Body)
		d.close()
	case *Params:
		d.params(n)
	case *Param:
		d.text("(param ", n.Name.Name)
		if n.Default != nil {
			d.text(" ")
			d.node(n.Default)
		}
		d.text(")")
	case *Body:
		d.body(n)
	case *Let:
		d.open("let")
		d.atom(n.Name.Name)
		d.params(n.Params)
		d.text(" ")
		d.node(n.Value)
		d.close()
	case *If:
		d.open("if")
		d.text(" ")
		d.node(n.Cond)
		d.body(n.Then)
		switch {
		case n.ElseIf != nil:
			d.newline()
			d.open("else")
			d.newline()
			d.node(n.ElseIf)
			d.close()
		case n.Else != nil:
			d.newline()
			d.open("else")
			d.body(n.Else)
			d.close()
		}
		d.close()
	case *For:
		d.open("for")
		d.atom(n.Var.Name)
		d.text(" ")
		d.node(n.Over)
		d.body(n.Body)
		d.label(n.As)
		d.close()
	case *Repeat:
		d.open("repeat")
		d.text(" ")
		d.node(n.Count)
		d.body(n.Body)
		d.label(n.As)
		d.close()
	case *Node:
		d.open("node")
		d.atom(n.Head.String())
		for _, a := range n.Args {
			d.text(" ")
			d.node(a)
		}
		d.body(n.Body)
		if n.Alt != nil {
			d.text(" ")
			d.node(n.Alt)
		}
		d.label(n.As)
		if n.Off {
			d.text(" (off)")
		}
		d.close()
	case *Alt:
		d.open("instead-of")
		if n.Nothing {
			d.text(" nothing")
		} else {
			d.body(n.Body)
		}
		d.close()
	case *Bad:
		d.open("bad")
		for _, b := range n.Bodies {
			d.body(b)
		}
		d.close()
	case *Ident:
		d.text(n.Name)
	case *Head:
		d.text(n.String())
	case *Comment:
		d.text("(comment ", Quote(n.Text), ")")
	default:
		d.expr(n)
	}
}

func (d *dumper) top(t *Top) {
	switch {
	case t.Use != nil:
		d.node(t.Use)
	case t.Extend != nil:
		d.node(t.Extend)
	case t.Let != nil:
		d.node(t.Let)
	case t.Section != nil:
		d.node(t.Section)
	case t.Bad != nil:
		d.node(t.Bad)
	}
}

func (d *dumper) stmt(s *Stmt) {
	switch {
	case s.Let != nil:
		d.node(s.Let)
	case s.If != nil:
		d.node(s.If)
	case s.For != nil:
		d.node(s.For)
	case s.Repeat != nil:
		d.node(s.Repeat)
	case s.Node != nil:
		d.node(s.Node)
	case s.Bad != nil:
		d.node(s.Bad)
	}
}

func (d *dumper) params(ps *Params) {
	if ps == nil {
		return
	}
	d.text(" (params")
	for _, p := range ps.List {
		d.text(" ")
		d.node(p)
	}
	d.text(")")
}

func (d *dumper) body(b *Body) {
	if b == nil {
		return
	}
	d.newline()
	d.open("body")
	for _, s := range b.Stmts {
		d.newline()
		d.stmt(s)
	}
	d.close()
}

func (d *dumper) expr(n Spanned) {
	switch n := n.(type) {
	case *Arg:
		if n.Name == nil {
			d.node(n.Value)
			return
		}
		d.open("arg")
		d.text(" ")
		d.node(n.Name)
		d.text(" ")
		d.node(n.Value)
		d.close()
	case *Path:
		d.text(n.String())
	case *Seg:
		d.text(n.String())
	case *Value:
		if n.Off == nil {
			d.node(n.On)
			return
		}
		d.open("instead")
		d.text(" ")
		d.node(n.On)
		d.text(" ")
		d.node(n.Off)
		d.label(n.As)
		d.close()
	case *Expr:
		chain(d, "or", n.Or)
	case *And:
		chain(d, "and", n.And)
	case *Cmp:
		if n.Not {
			d.open("not")
			d.text(" ")
		}
		if n.Right == nil {
			d.expr(n.Left)
		} else {
			d.open(n.Op)
			d.text(" ")
			d.expr(n.Left)
			d.text(" ")
			d.expr(n.Right)
			d.close()
		}
		if n.Not {
			d.close()
		}
	case *Range:
		if n.Hi == nil {
			d.expr(n.Lo)
			return
		}
		d.open("..")
		d.text(" ")
		d.expr(n.Lo)
		d.text(" ")
		d.expr(n.Hi)
		d.close()
	case *Sum:
		for i := len(n.Rest) - 1; i >= 0; i-- {
			d.open(n.Rest[i].Op)
			d.text(" ")
		}
		d.expr(n.Left)
		for _, r := range n.Rest {
			d.text(" ")
			d.expr(r.Right)
			d.close()
		}
	case *SumOp:
		d.text(n.Op, " ")
		d.expr(n.Right)
	case *Prod:
		for i := len(n.Rest) - 1; i >= 0; i-- {
			d.open(n.Rest[i].Op)
			d.text(" ")
		}
		d.expr(n.Left)
		for _, r := range n.Rest {
			d.text(" ")
			d.expr(r.Right)
			d.close()
		}
	case *ProdOp:
		d.text(n.Op, " ")
		d.expr(n.Right)
	case *Unary:
		if n.Neg {
			d.open("neg")
			d.text(" ")
		}
		d.expr(n.Prim)
		if n.Neg {
			d.close()
		}
	case *Prim:
		d.prim(n)
	case *Number:
		if n.Unit == nil {
			d.text(n.Text)
			return
		}
		d.text("(unit ", n.Text, " ", *n.Unit, ")")
	case *String:
		d.text(n.Text)
	case *List:
		d.open("list")
		for _, e := range n.Items {
			d.text(" ")
			d.expr(e)
		}
		d.close()
	case *Ref:
		d.ref(n)
	case *RefSeg:
		d.seg(n)
	case *Call:
		d.open("args")
		d.args(n)
		d.close()
	}
}

func (d *dumper) prim(n *Prim) {
	switch {
	case n.Number != nil:
		d.expr(n.Number)
	case n.String != nil:
		d.expr(n.String)
	case n.Literal != nil:
		d.text("(", *n.Literal, ")")
	case n.List != nil:
		d.expr(n.List)
	case n.Ref != nil:
		d.expr(n.Ref)
	case n.Paren != nil:
		d.open("paren")
		d.text(" ")
		d.expr(n.Paren)
		d.close()
	}
}

func (d *dumper) ref(r *Ref) {
	if r.Call != nil {
		d.open("call")
		d.text(" ")
	}
	if len(r.Segs) == 1 {
		d.seg(r.Segs[0])
	} else {
		d.open("ref")
		for _, s := range r.Segs {
			d.text(" ")
			d.seg(s)
		}
		d.close()
	}
	if r.Call != nil {
		d.args(r.Call)
		d.close()
	}
}

func (d *dumper) seg(s *RefSeg) {
	switch {
	case s.Star:
		d.text("(each ", s.Name, ")")
	case s.Index != nil:
		d.open("index")
		d.atom(s.Name)
		d.text(" ")
		d.expr(s.Index)
		d.close()
	default:
		d.text(s.Name)
	}
}

func (d *dumper) args(c *Call) {
	for _, a := range c.Args {
		d.text(" ")
		d.expr(a)
	}
}

// chain writes (name a b c), or just a when it is alone.
func chain[T Spanned](d *dumper, name string, items []T) {
	if len(items) == 1 {
		d.expr(items[0])
		return
	}
	d.open(name)
	for _, item := range items {
		d.text(" ")
		d.expr(item)
	}
	d.close()
}

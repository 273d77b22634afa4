package ast

import "github.com/netc-lang/netc/lang/diag"

// Spanned is a node of the tree, or a comment: every one knows its span.
type Spanned interface{ Span() diag.Span }

// The spans run from the first token of a node to just behind its last one.

// Span is where the file stands.
func (f *File) Span() diag.Span { return diag.Span{Start: f.Pos, End: f.EndPos} }

// Span is where the comment stands.
func (c *Comment) Span() diag.Span { return diag.Span{Start: c.Pos, End: c.EndPos} }

// Span is where the construct stands.
func (t *Top) Span() diag.Span { return diag.Span{Start: t.Pos, End: t.EndPos} }

// Span is where the unreadable part stands.
func (b *Bad) Span() diag.Span { return diag.Span{Start: b.Pos, End: b.EndPos} }

// Span is where the import stands.
func (u *Use) Span() diag.Span { return diag.Span{Start: u.Pos, End: u.EndPos} }

// Span is where the extend stands.
func (e *Extend) Span() diag.Span { return diag.Span{Start: e.Pos, End: e.EndPos} }

// Span is where the section stands.
func (s *Section) Span() diag.Span { return diag.Span{Start: s.Pos, End: s.EndPos} }

// Span is where the parameter list stands.
func (p *Params) Span() diag.Span { return diag.Span{Start: p.Pos, End: p.EndPos} }

// Span is where the parameter stands.
func (p *Param) Span() diag.Span { return diag.Span{Start: p.Pos, End: p.EndPos} }

// Span is where the body stands.
func (b *Body) Span() diag.Span { return diag.Span{Start: b.Pos, End: b.EndPos} }

// Span is where the statement stands.
func (s *Stmt) Span() diag.Span { return diag.Span{Start: s.Pos, End: s.EndPos} }

// Span is where the let stands.
func (l *Let) Span() diag.Span { return diag.Span{Start: l.Pos, End: l.EndPos} }

// Span is where the if stands.
func (i *If) Span() diag.Span { return diag.Span{Start: i.Pos, End: i.EndPos} }

// Span is where the for stands.
func (f *For) Span() diag.Span { return diag.Span{Start: f.Pos, End: f.EndPos} }

// Span is where the repeat stands.
func (r *Repeat) Span() diag.Span { return diag.Span{Start: r.Pos, End: r.EndPos} }

// Span is where the node stands.
func (n *Node) Span() diag.Span { return diag.Span{Start: n.Pos, End: n.EndPos} }

// Span is where the head stands.
func (h *Head) Span() diag.Span { return diag.Span{Start: h.Pos, End: h.EndPos} }

// Span is where the alternative stands.
func (a *Alt) Span() diag.Span { return diag.Span{Start: a.Pos, End: a.EndPos} }

// Span is where the argument stands.
func (a *Arg) Span() diag.Span { return diag.Span{Start: a.Pos, End: a.EndPos} }

// Span is where the path stands.
func (p *Path) Span() diag.Span { return diag.Span{Start: p.Pos, End: p.EndPos} }

// Span is where the segment stands.
func (s *Seg) Span() diag.Span { return diag.Span{Start: s.Pos, End: s.EndPos} }

// Span is where the value stands.
func (v *Value) Span() diag.Span { return diag.Span{Start: v.Pos, End: v.EndPos} }

// Span is where the expression stands.
func (e *Expr) Span() diag.Span { return diag.Span{Start: e.Pos, End: e.EndPos} }

// Span is where the conjunction stands.
func (a *And) Span() diag.Span { return diag.Span{Start: a.Pos, End: a.EndPos} }

// Span is where the comparison stands.
func (c *Cmp) Span() diag.Span { return diag.Span{Start: c.Pos, End: c.EndPos} }

// Span is where the range stands.
func (r *Range) Span() diag.Span { return diag.Span{Start: r.Pos, End: r.EndPos} }

// Span is where the sum stands.
func (s *Sum) Span() diag.Span { return diag.Span{Start: s.Pos, End: s.EndPos} }

// Span is where the step of a sum stands.
func (s *SumOp) Span() diag.Span { return diag.Span{Start: s.Pos, End: s.EndPos} }

// Span is where the product stands.
func (p *Prod) Span() diag.Span { return diag.Span{Start: p.Pos, End: p.EndPos} }

// Span is where the step of a product stands.
func (p *ProdOp) Span() diag.Span { return diag.Span{Start: p.Pos, End: p.EndPos} }

// Span is where the operand stands.
func (u *Unary) Span() diag.Span { return diag.Span{Start: u.Pos, End: u.EndPos} }

// Span is where the primary stands.
func (p *Prim) Span() diag.Span { return diag.Span{Start: p.Pos, End: p.EndPos} }

// Span is where the number stands.
func (n *Number) Span() diag.Span { return diag.Span{Start: n.Pos, End: n.EndPos} }

// Span is where the string stands.
func (s *String) Span() diag.Span { return diag.Span{Start: s.Pos, End: s.EndPos} }

// Span is where the list stands.
func (l *List) Span() diag.Span { return diag.Span{Start: l.Pos, End: l.EndPos} }

// Span is where the reference stands.
func (r *Ref) Span() diag.Span { return diag.Span{Start: r.Pos, End: r.EndPos} }

// Span is where the segment stands.
func (r *RefSeg) Span() diag.Span { return diag.Span{Start: r.Pos, End: r.EndPos} }

// Span is where the call stands.
func (c *Call) Span() diag.Span { return diag.Span{Start: c.Pos, End: c.EndPos} }

// Span is where the name stands.
func (i *Ident) Span() diag.Span { return diag.Span{Start: i.Pos, End: i.EndPos} }

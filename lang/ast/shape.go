package ast

import "strings"

// Prim returns the primary expression that e is, or nil when operators are involved. Parentheses around
// a primary count as part of it: (3) is the paren, not the number.
func (e *Expr) Prim() *Prim {
	if e == nil || len(e.Or) != 1 || len(e.Or[0].And) != 1 {
		return nil
	}
	c := e.Or[0].And[0]
	if c.Not || c.Right != nil || c.Left == nil || c.Left.Hi != nil {
		return nil
	}
	s := c.Left.Lo
	if s == nil || len(s.Rest) > 0 || s.Left == nil || len(s.Left.Rest) > 0 || s.Left.Left.Neg {
		return nil
	}
	return s.Left.Left.Prim
}

// Word returns the name that e is, when e is one bare name: a variable, a word, a flag or a column.
func (e *Expr) Word() (string, bool) {
	if p := e.Prim(); p != nil && p.Ref != nil {
		return p.Ref.Word()
	}
	return "", false
}

// Word returns the name that r is, when it has one segment, no index and no call.
func (r *Ref) Word() (string, bool) {
	if len(r.Segs) != 1 || r.Call != nil || r.Segs[0].Star || r.Segs[0].Index != nil {
		return "", false
	}
	return r.Segs[0].Name, true
}

// String is the head as written: its words joined by dots.
func (h *Head) String() string { return strings.Join(h.Names, ".") }

// String is the path as written, without spaces.
func (p *Path) String() string {
	segs := make([]string, len(p.Segs))
	for i, s := range p.Segs {
		segs[i] = s.String()
	}
	return strings.Join(segs, ".")
}

// String is the segment as written.
func (s *Seg) String() string {
	if s.Index != nil {
		return s.Name + "[" + *s.Index + "]"
	}
	return s.Name
}

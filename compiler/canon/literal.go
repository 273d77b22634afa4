package canon

import (
	"errors"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// valueExpr writes a value as an expression that evaluates to it, at a place of the text.
func valueExpr(v model.Value, at diag.Span) *ast.Expr {
	prim := &ast.Prim{Pos: at.Start, EndPos: at.End}
	neg := false
	switch v.Kind {
	case model.Number:
		neg = v.Num < 0
		if neg {
			v.Num = -v.Num
		}
		prim.Number = numberLiteral(v, at)
	case model.String:
		prim.String = &ast.String{Pos: at.Start, EndPos: at.End, Text: ast.Quote(v.Str)}
	case model.Bool:
		text := strconv.FormatBool(v.Bool)
		prim.Literal = &text
	case model.List:
		prim.List = &ast.List{Pos: at.Start, EndPos: at.End}
		for _, item := range v.List {
			prim.List.Items = append(prim.List.Items, valueExpr(item, at))
		}
	case model.Word, model.PathRef:
		prim.Ref = &ast.Ref{Pos: at.Start, EndPos: at.End}
		for _, name := range strings.Split(v.Str, ".") {
			prim.Ref.Segs = append(prim.Ref.Segs, &ast.RefSeg{Pos: at.Start, EndPos: at.End, Name: name})
		}
	default:
		text := "nothing"
		prim.Literal = &text
	}
	side := func(p *ast.Prim, neg bool) *ast.Sum {
		u := &ast.Unary{Pos: at.Start, EndPos: at.End, Neg: neg, Prim: p}
		return &ast.Sum{Pos: at.Start, EndPos: at.End, Left: &ast.Prod{Pos: at.Start, EndPos: at.End, Left: u}}
	}
	r := &ast.Range{Pos: at.Start, EndPos: at.End, Lo: side(prim, neg)}
	if v.Kind == model.Range {
		r.Lo = side(&ast.Prim{Pos: at.Start, EndPos: at.End, Paren: valueExpr(v.List[0], at)}, false)
		r.Hi = side(&ast.Prim{Pos: at.Start, EndPos: at.End, Paren: valueExpr(v.List[1], at)}, false)
	}
	c := &ast.Cmp{Pos: at.Start, EndPos: at.End, Left: r}
	return &ast.Expr{Pos: at.Start, EndPos: at.End, Or: []*ast.And{{Pos: at.Start, EndPos: at.End, And: []*ast.Cmp{c}}}}
}

// numberLiteral writes a number that is not negative with its unit. A value in % is divided by 100 when it is read, so its
// decimal point moves by two, without rounding.
func numberLiteral(v model.Value, at diag.Span) *ast.Number {
	n := &ast.Number{Pos: at.Start, EndPos: at.End, Text: strconv.FormatFloat(v.Num, 'g', -1, 64)}
	if v.Unit == "" {
		return n
	}
	unit := v.Unit
	n.Unit = &unit
	if v.Unit == "%" {
		mantissa, exp, _ := strings.Cut(strconv.FormatFloat(v.Num, 'e', -1, 64), "e")
		e, _ := strconv.Atoi(exp)
		n.Text = mantissa + "e" + strconv.Itoa(e+2)
	}
	return n
}

// asItIs gives an expression in which every setting of the program that it reads (train.batch, model.width) is replaced by
// its present value. The expression itself is left alone.
func (p *Program) asItIs(x *ast.Expr, env *Env) (*ast.Expr, *diag.Diagnostic) {
	f := fixer{p: p, env: env}
	fixed := f.expr(x)
	return fixed, f.err
}

func (e *Env) bound(name string) bool { return e.lookup(name) != nil || e.scope.alias(name) != nil }

type fixer struct {
	p   *Program
	env *Env
	err *diag.Diagnostic
}

func (f *fixer) expr(x *ast.Expr) *ast.Expr {
	if x == nil {
		return nil
	}
	c := *x
	c.Or = each(x.Or, func(a *ast.And) *ast.And {
		c := *a
		c.And = each(a.And, func(m *ast.Cmp) *ast.Cmp {
			c := *m
			c.Left, c.Right = f.rng(m.Left), f.rng(m.Right)
			return &c
		})
		return &c
	})
	return &c
}

func each[T any](list []T, f func(T) T) []T {
	out := make([]T, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}

func (f *fixer) rng(r *ast.Range) *ast.Range {
	if r == nil {
		return nil
	}
	c := *r
	c.Lo, c.Hi = f.sum(r.Lo), f.sum(r.Hi)
	return &c
}

func (f *fixer) sum(s *ast.Sum) *ast.Sum {
	if s == nil {
		return nil
	}
	c := *s
	c.Left = f.prod(s.Left)
	c.Rest = each(s.Rest, func(o *ast.SumOp) *ast.SumOp {
		c := *o
		c.Right = f.prod(o.Right)
		return &c
	})
	return &c
}

func (f *fixer) prod(p *ast.Prod) *ast.Prod {
	c := *p
	c.Left = f.unary(p.Left)
	c.Rest = each(p.Rest, func(o *ast.ProdOp) *ast.ProdOp {
		c := *o
		c.Right = f.unary(o.Right)
		return &c
	})
	return &c
}

func (f *fixer) unary(u *ast.Unary) *ast.Unary {
	c := *u
	prim := *u.Prim
	prim.Paren = f.expr(prim.Paren)
	if prim.List != nil {
		list := *prim.List
		list.Items = each(list.Items, f.expr)
		prim.List = &list
	}
	if r := prim.Ref; r != nil {
		switch {
		case r.Call == nil && len(r.Segs) > 1 && IsRoot(r.Segs[0].Name) && !f.env.bound(r.Segs[0].Name):
			v, err := (&Evaluator{Program: f.p}).ref(r, f.env)
			if err != nil {
				if f.err == nil {
					f.err = asDiagnostic(err, spanOf(r.Pos, r.EndPos))
				}
				break
			}
			prim.Ref, prim.Paren = nil, valueExpr(v, spanOf(r.Pos, r.EndPos))
		case r.Call != nil:
			ref, call := *r, *r.Call
			call.Args = each(call.Args, func(a *ast.Arg) *ast.Arg {
				arg, value := *a, *a.Value
				value.On, value.Off = f.expr(value.On), f.expr(value.Off)
				arg.Value = &value
				return &arg
			})
			ref.Call = &call
			prim.Ref = &ref
		}
	}
	c.Prim = &prim
	return &c
}

// asDiagnostic gives an evaluation's error a place.
func asDiagnostic(err error, at diag.Span) *diag.Diagnostic {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d
	}
	return bad(at, "this value depends on shapes or on the data, and edits are made before those are known").WithHelp("write the number")
}

package parse

import (
	"slices"

	"github.com/netc-lang/netc/lang/ast"
)

// chain is the nodes above a primary expression, one of each level of binding: most expressions are one primary, and
// their nodes are allocated in one piece.
type chain struct {
	expr  ast.Expr
	and   ast.And
	cmp   ast.Cmp
	rng   ast.Range
	sum   ast.Sum
	prod  ast.Prod
	unary ast.Unary
	prim  ast.Prim
	ands  [1]*ast.And
	cmps  [1]*ast.Cmp
}

// startsExpr reports whether the next token can be the first of an expression.
func (q *quick) startsExpr() bool {
	if q.wrong {
		return false
	}
	t := q.peek(0)
	switch t.kind {
	case kName, kNumber, kString:
		return true
	case kWord:
		return t.text == "not" || literal(t.text)
	}
	return t.text == "-" || t.text == "[" || t.text == "("
}

func literal(word string) bool { return word == "true" || word == "false" || word == "nothing" }

func (q *quick) expr(c *chain) *ast.Expr {
	n := &c.expr
	n.Pos = q.start()
	c.ands[0] = q.and(c)
	n.Or = c.ands[:]
	for q.take("or") {
		n.Or = append(n.Or, q.and(&chain{}))
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) and(c *chain) *ast.And {
	n := &c.and
	n.Pos = q.start()
	c.cmps[0] = q.cmp(c)
	n.And = c.cmps[:]
	for q.take("and") {
		n.And = append(n.And, q.cmp(&chain{}))
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) cmp(c *chain) *ast.Cmp {
	n := &c.cmp
	n.Pos = q.start()
	n.Not = q.take("not")
	n.Left = q.rng(c)
	switch op := q.peek(0).text; op {
	case "==", "!=", "<=", ">=", "<", ">":
		q.at++
		n.Op = op
		n.Right = q.rng(&chain{})
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) rng(c *chain) *ast.Range {
	n := &c.rng
	n.Pos = q.start()
	n.Lo = q.sum(c)
	if q.take("..") {
		n.Hi = q.sum(&chain{})
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) sum(c *chain) *ast.Sum {
	n := &c.sum
	n.Pos = q.start()
	n.Left = q.prod(c)
	for q.next("+") || q.next("-") {
		op := &ast.SumOp{Pos: q.start(), Op: q.peek(0).text}
		q.at++
		op.Right = q.prod(&chain{})
		op.EndPos = q.end()
		n.Rest = append(n.Rest, op)
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) prod(c *chain) *ast.Prod {
	n := &c.prod
	n.Pos = q.start()
	n.Left = q.unary(c)
	for q.next("*") || q.next("/") {
		op := &ast.ProdOp{Pos: q.start(), Op: q.peek(0).text}
		q.at++
		op.Right = q.unary(&chain{})
		op.EndPos = q.end()
		n.Rest = append(n.Rest, op)
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) unary(c *chain) *ast.Unary {
	n := &c.unary
	n.Pos = q.start()
	n.Neg = q.take("-")
	n.Prim = q.prim(&c.prim)
	n.EndPos = q.end()
	return n
}

func (q *quick) prim(n *ast.Prim) *ast.Prim {
	n.Pos = q.start()
	switch t := q.peek(0); {
	case t.kind == kName:
		n.Ref = q.ref()
	case t.kind == kNumber:
		n.Number = q.number()
	case t.kind == kString:
		n.String = q.str()
	case t.kind == kWord && literal(t.text):
		word := t.text
		q.at++
		n.Literal = &word
	case t.text == "[":
		n.List = q.list()
	case q.take("("):
		n.Paren = q.expr(&chain{})
		q.want(")")
	default:
		q.wrong = true
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) number() *ast.Number {
	t := q.peek(0)
	n := &ast.Number{Pos: q.start(), Text: q.kind(t, t.kind == kNumber)}
	if unit := q.peek(0).text; slices.Contains(ast.Units, unit) {
		q.at++
		n.Unit = &unit
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) list() *ast.List {
	n := &ast.List{Pos: q.start()}
	q.between("[", "]", func() { n.Items = append(n.Items, q.expr(&chain{})) })
	n.EndPos = q.end()
	return n
}

func (q *quick) ref() *ast.Ref {
	c := &struct {
		ref  ast.Ref
		seg  ast.RefSeg
		segs [1]*ast.RefSeg
	}{}
	n := &c.ref
	n.Pos = q.start()
	c.segs[0] = q.refSeg(&c.seg)
	n.Segs = c.segs[:]
	for q.take(".") {
		n.Segs = append(n.Segs, q.refSeg(&ast.RefSeg{}))
	}
	if q.next("(") {
		n.Call = q.call()
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) refSeg(n *ast.RefSeg) *ast.RefSeg {
	n.Pos = q.start()
	n.Name = q.name()
	if q.take("[") {
		if n.Star = q.take("*"); !n.Star {
			n.Index = q.expr(&chain{})
		}
		q.want("]")
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) call() *ast.Call {
	n := &ast.Call{Pos: q.start()}
	q.between("(", ")", func() { n.Args = append(n.Args, q.arg()) })
	n.EndPos = q.end()
	return n
}

package parse

import (
	"math"
	"strconv"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// version reads the line `net 1`.
func (r *reader) version(toks []tok) *ast.Number {
	net := toks[0]
	if len(toks) == 1 || toks[1].kind != kNumber || len(toks) > 2 {
		r.errorf(BadVersion, net, toks[len(toks)-1], "the version line is `net` and a number").WithHelp("write `net 1`")
		return nil
	}
	n, _ := feed(numberProduction, toks[1:])
	if n.Text != "1" {
		r.list.Add(diag.Errorf(BadVersion, n.Span(), "this netc knows language version 1, not %s", n.Text).
			WithHelp("write `net 1`, or use a newer netc").WithFix(n.Span(), "1", "write 1"))
	}
	return n
}

// raiseBraces finds bodies whose { stands on the line after their head and reads them as if it did not.
func raiseBraces(toks []tok, r *report) []tok {
	out := toks[:0]
	for _, t := range toks {
		if n := len(out); n > 1 && t.is("{") && out[n-1].kind == kEOL && out[n-1].text == "\n" && out[n-2].kind != kEOL &&
			!out[n-2].is("}") && !out[n-2].is("{") {
			head := out[n-2]
			r.errorf(BraceOnNextLine, t, t, "the `{` of a body stands on the line of its head").
				WithNote(head.behind(), "it belongs here").WithHelp("move the `{` to the end of line %d", head.end.Line)
			out = out[:n-1]
		}
		out = append(out, t)
	}
	return out
}

// limitElse cuts chains of else-if that would nest the tree too deeply.
func limitElse(toks []tok, r *report) {
	chain := []int{0} // else words in the statement at hand, per open body
	for i, t := range toks {
		n := len(chain) - 1
		switch {
		case t.is("{"):
			chain = append(chain, 0)
		case t.is("}") && n > 0:
			chain = chain[:n]
		case t.kind == kEOL:
			chain[n] = 0
		case t.word("else"):
			if chain[n]++; chain[n] > maxDepth {
				r.errorf(TooDeep, t, t, "this chain of else-if has more than %d links", maxDepth).
					WithHelp("use a list and a loop, or several ifs")
				r.guess(t)
				toks[i].kind = kEOL
				chain[n] = 0
			}
		}
	}
}

// check reports what the grammar allows and the language does not, and hints at what is probably a slip.
func (r *reader) check(n ast.Spanned) {
	ast.Inspect(n, func(n ast.Spanned) bool {
		switch n := n.(type) {
		case *ast.Top:
			if n.Let != nil {
				r.oneAlternative(n.Let)
			}
		case *ast.Stmt:
			r.oneAlternative(n)
		case *ast.Node:
			r.bareArgs(n)
			r.trailingComma(n)
		case *ast.Number:
			if math.IsInf(n.Value(), 0) {
				r.list.Add(diag.Errorf(OutOfRange, n.Span(), "`%s` is too large", n.Text).
					WithHelp("the largest number is about 1.8e308"))
			}
		case *ast.Seg:
			if n.Index != nil && *n.Index != "*" {
				if i, err := strconv.Atoi(*n.Index); err != nil || i < 1 {
					r.list.Add(diag.Errorf(BadIndex, n.Span(), "the index %s does not count anything", *n.Index).
						WithHelp("write a whole number from 1, or `*` for each one"))
				}
			}
		}
		return true
	})
}

// oneAlternative holds a statement, bodies aside, to one `instead of`.
func (r *reader) oneAlternative(stmt ast.Spanned) {
	var first diag.Span
	seen := false
	found := func(off diag.Span) {
		if !seen {
			first, seen = off, true
			return
		}
		r.list.Add(diag.Errorf(SecondAlternative, off, "a statement has one `instead of`, and this is its second").
			WithNote(first, "the first off form").
			WithHelp("a statement is one place with two forms; write two statements, or one off form for the whole"))
	}
	ast.Inspect(stmt, func(n ast.Spanned) bool {
		switch n := n.(type) {
		case *ast.Body, *ast.Bad:
			return false
		case *ast.Value:
			if n.Off != nil {
				found(n.Off.Span())
			}
		case *ast.Alt:
			found(n.Span())
		}
		return true
	})
}

// bareArgs finds conv(16): legal as a parenthesised value, but never what was meant.
func (r *reader) bareArgs(n *ast.Node) {
	if n.Head == nil || len(n.Args) != 1 || n.Args[0].Name != nil || n.Args[0].Pos.Offset != n.Head.EndPos.Offset {
		return
	}
	p := n.Args[0].Value.On.Prim()
	if p == nil || p.Paren == nil {
		return
	}
	open, close := p.Span(), p.Span()
	open.End = open.Start
	open.End.Offset++
	open.End.Column++
	close.Start = close.End
	close.Start.Offset--
	close.Start.Column--
	r.list.Add(headParens(n.Head.String(), open, close))
}

// trailingComma hints at a comma that made the next line an argument: that line starts no deeper than the
// statement itself.
func (r *reader) trailingComma(n *ast.Node) {
	for i := 1; i < len(n.Args); i++ {
		arg := n.Args[i]
		if arg.Pos.Line > n.Args[i-1].EndPos.Line && arg.Pos.Column <= n.Pos.Column && arg.Name == nil {
			at := diag.Span{Start: n.Args[i-1].EndPos, End: n.Args[i-1].EndPos}
			d := diag.Errorf(SwallowedLine, at, "did the comma swallow the next line? It is read as an argument of `%s`", n.Head).
				WithNote(arg.Span(), "this argument").
				WithHelp("remove the comma if this is a statement of its own, else indent the line")
			d.Severity = diag.Hint
			r.list.Add(d)
		}
	}
}

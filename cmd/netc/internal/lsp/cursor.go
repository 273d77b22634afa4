package lsp

import (
	"unicode"
	"unicode/utf8"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/parse"
)

// cursor is the place where something is being typed, with the text read only as far as it goes: what stands behind it has
// no say.
type cursor struct {
	*view
	at     place
	word   string // the part of a name in front of the place
	from   place  // where that starts
	stmt   *stmt
	i      int // index of the word among the statement's tokens; it is there even when empty
	kind   catalog.Kind
	quoted bool // the place is inside of a string, whose part in front of it is word
	dead   bool // in a comment, or behind a number's digits
	number bool // directly behind a number: a unit may follow
}

// cursor reads the document up to a position.
func (v *view) cursor(p Position) *cursor {
	c := &cursor{view: v, at: v.doc.at(p)}
	text := v.doc.lines[c.at.line].text[:c.at.col]
	head := newLine(text)
	c.from = c.at
	if n := len(head.toks); n > 0 {
		last := head.toks[n-1]
		switch {
		case last.kind == parse.Comment:
			c.dead = true
		case last.kind == parse.Unknown && last.text[0] == '"' || openString(last, c.at.col):
			c.quoted, c.word = true, last.text[1:]
			c.from.col = last.from + 1
			head.toks = head.toks[:n-1]
		case last.to == c.at.col && (last.kind == parse.Name || last.kind == parse.Word):
			c.word, c.from.col = last.text, last.from
			head.toks = head.toks[:n-1]
			c.number = n > 1 && head.toks[n-2].kind == parse.Number
		case last.to == c.at.col && last.kind == parse.Number:
			c.dead, c.number = true, true
		case last.kind == parse.Number:
			c.number = true
		}
	}
	mark := token{kind: parse.Name, text: c.word, from: c.from.col, to: c.at.col}
	head.toks = append(head.toks, mark)
	t := buildTree(append(append(make([]*line, 0, c.at.line+1), v.doc.lines[:c.at.line]...), head))
	for b := t.top; b != nil && len(b.stmts) > 0; {
		s := b.stmts[len(b.stmts)-1]
		if n := len(s.toks); n > 0 && s.toks[n-1].line == c.at.line && s.toks[n-1].token == mark {
			c.stmt, c.i = s, n-1
			break
		}
		if len(s.bodies) == 0 {
			break
		}
		b = s.bodies[len(s.bodies)-1]
	}
	if c.stmt == nil { // the braces are nested beyond what the tree follows
		c.dead = true
		return c
	}
	c.kind = v.kindOf(c.stmt.in)
	return c
}

// openString reports whether the token is a string that the place stands in: one without its closing quote comes as several
// tokens or as one that ends without it.
func openString(t token, col int) bool {
	if t.kind != parse.String && t.kind != parse.Unknown || t.text == "" || t.text[0] != '"' || t.to != col {
		return false
	}
	return len(t.text) == 1 || t.text[len(t.text)-1] != '"' || len(t.text) > 1 && t.text[len(t.text)-2] == '\\'
}

// before is the token in front of the word, n back: 1 is the nearest. Its text is empty where there is none.
func (c *cursor) before(n int) tok {
	if c.i-n < 0 {
		return tok{}
	}
	return c.stmt.toks[c.i-n]
}

// dotted is the path in front of the word: for `a.b.c` with the cursor in c, [a b]. Indices are left out.
func (c *cursor) dotted() []string {
	var list []string
	i := c.i - 1
	for i >= 1 && c.stmt.toks[i].is(".") {
		i--
		if c.stmt.toks[i].is("]") {
			for i > 0 && !c.stmt.toks[i].is("[") {
				i--
			}
			i--
		}
		if i < 0 || c.stmt.toks[i].kind != parse.Name && c.stmt.toks[i].kind != parse.Word {
			break
		}
		list = append([]string{c.stmt.toks[i].text}, list...)
		i--
	}
	return list
}

// replace is the range that a completion takes the place of.
func (c *cursor) replace() Range { return c.doc.span(c.from, c.at) }

// isName reports whether s can be written without quotes.
func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r >= utf8.RuneSelf || !unicode.IsLetter(r)) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != "" && !isReserved(s)
}

func isReserved(s string) bool {
	for _, w := range parse.Reserved {
		if w == s {
			return true
		}
	}
	return false
}

package lsp

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/lang/parse"
)

// tree is the quick reading of a text: its statements with their bodies, whatever state they are in.
type tree struct {
	top  *block
	toks []tok // all tokens, comments left out
}

// tok is a token with its line.
type tok struct {
	token
	line int
}

func (t tok) start() place { return place{t.line, t.from} }
func (t tok) stop() place  { return place{t.line, t.to} }

// block is a braced list of statements, or the whole text.
type block struct {
	owner  *stmt // nil at the top
	stmts  []*stmt
	open   tok // the brace; zero at the top
	close  tok // zero while nothing closes it
	closed bool
	isAlt  bool // the braces behind `instead of`
	isElse bool
}

// stmt is a statement: its own tokens, and its bodies, which stand behind some of them.
type stmt struct {
	toks   []tok
	bodies []*block
	at     []int // of each body: how many of toks stand before it
	in     *block
}

// The words that a line cannot end with, and those that one cannot start with, as package parse has them.
var (
	goesOnAfter  = words(", { ( [ = .. + - * / == != < <= > >= . instead of as in and or not let")
	goesOnBefore = words("instead as else and or of")
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// maxNesting bounds the depth of the tree; braces beyond it are taken for nothing.
const maxNesting = 150

func buildTree(lines []*line) *tree {
	n := 0
	for _, l := range lines {
		n += len(l.toks)
	}
	b := builder{toks: make([]tok, 0, n)}
	for i, l := range lines {
		for _, t := range l.toks {
			if t.kind != parse.Comment {
				b.toks = append(b.toks, tok{t, i})
			}
		}
	}
	top := &block{}
	for b.i < len(b.toks) {
		b.block(top, 0)
		if b.i < len(b.toks) {
			b.i++ // a brace that closes nothing
		}
	}
	return &tree{top, b.toks}
}

type builder struct {
	toks []tok
	i    int
}

// opensSection reports whether token i starts a line at the margin that can only be a section: after a brace that somebody
// has yet to close, the next section is read as one all the same.
func (b *builder) opensSection(i int) bool {
	t := b.toks[i]
	if t.from != 0 || t.kind != parse.Name || i > 0 && b.toks[i-1].line == t.line || i+1 >= len(b.toks) {
		return false
	}
	next := b.toks[i+1]
	if next.line != t.line {
		return false
	}
	switch {
	case slices.Contains(parse.Sections, t.text):
		return next.kind == parse.Name || next.is("{") || next.is("(")
	case t.text == "use" || t.text == "extend":
		return next.kind == parse.String
	}
	return false
}

// block reads statements up to the brace that closes the block, which it leaves.
func (b *builder) block(in *block, depth int) {
	for b.i < len(b.toks) {
		t := b.toks[b.i]
		switch {
		case t.is("}"):
			return
		case depth > 0 && b.opensSection(b.i):
			return
		case t.kind == parse.EOL:
			b.i++
			continue
		}
		in.stmts = append(in.stmts, b.stmt(in, depth))
	}
}

func (b *builder) stmt(in *block, depth int) *stmt {
	s := &stmt{in: in}
	parens, start, whole := 0, b.i, true // whole: its tokens so far stand in a row from start
	for first := true; b.i < len(b.toks); first = false {
		t := b.toks[b.i]
		if !first && b.ends(t, parens) {
			return s
		}
		switch {
		case t.is("}"):
			return s
		case depth > 0 && !first && b.opensSection(b.i):
			return s
		case t.kind == parse.EOL && parens == 0:
			b.i++
			return s
		case t.is("{"):
			b.i++
			whole = false
			if depth >= maxNesting {
				continue
			}
			body := &block{owner: s, open: t}
			if n := len(s.toks); n > 0 {
				body.isAlt, body.isElse = s.toks[n-1].isWord("of"), s.toks[n-1].isWord("else")
			}
			parens = 0
			b.block(body, depth+1)
			s.bodies = append(s.bodies, body)
			s.at = append(s.at, len(s.toks))
			if b.i >= len(b.toks) || !b.toks[b.i].is("}") {
				return s
			}
			body.close, body.closed = b.toks[b.i], true
			b.i++
			continue
		case t.is("(") || t.is("["):
			parens++
		case t.is(")") || t.is("]"):
			parens = max(parens-1, 0)
		}
		if whole {
			s.toks = b.toks[start : b.i+1 : b.i+1]
		} else {
			s.toks = append(s.toks, t)
		}
		b.i++
	}
	return s
}

// ends reports whether the newline in front of t, if there is one, ended the statement.
func (b *builder) ends(t tok, parens int) bool {
	last := b.toks[b.i-1]
	if t.line == last.line || t.kind == parse.Word && goesOnBefore[t.text] {
		return false
	}
	if parens > 0 {
		// An open parenthesis goes on over lines, but not into what is plainly another statement.
		return b.plainStart(t)
	}
	return !((last.kind == parse.Op || last.kind == parse.Word) && goesOnAfter[last.text])
}

// plainStart reports whether a line that starts with t, inside of parentheses that may have been left open, is a statement:
// a closing brace, a section, or two names side by side.
func (b *builder) plainStart(t tok) bool {
	if t.is("}") || b.opensSection(b.i) {
		return true
	}
	if t.kind != parse.Name || b.i+1 >= len(b.toks) || b.toks[b.i-1].is(",") {
		return false
	}
	next := b.toks[b.i+1]
	return next.line == t.line && (next.kind == parse.Name || next.kind == parse.Number || next.kind == parse.String)
}

// start and stop are where a statement stands, its bodies included.
func (s *stmt) start() place {
	if len(s.toks) > 0 && (len(s.at) == 0 || s.at[0] > 0) {
		return s.toks[0].start()
	}
	if len(s.bodies) > 0 {
		return s.bodies[0].open.start()
	}
	return place{}
}

func (s *stmt) stop() place {
	var end place
	if n := len(s.toks); n > 0 {
		end = s.toks[n-1].stop()
	}
	for _, b := range s.bodies {
		if p := b.stop(); end.before(p) {
			end = p
		}
	}
	return end
}

func (b *block) stop() place {
	if b.closed {
		return b.close.stop()
	}
	end := b.open.stop()
	if n := len(b.stmts); n > 0 {
		end = b.stmts[n-1].stop()
	}
	return end
}

// holds reports whether a place lies between the braces of the block. An open block reaches to the end of the text, or to
// the next section; the tree has put what follows elsewhere then.
func (b *block) holds(p place) bool {
	if b.owner == nil {
		return true
	}
	if p.before(b.open.stop()) {
		return false
	}
	return !b.closed || !b.close.start().before(p)
}

// head is the dotted word that a statement starts with, and how many tokens it takes.
func (s *stmt) head() (string, int) {
	if len(s.toks) == 0 || s.toks[0].kind != parse.Name && s.toks[0].kind != parse.Word || len(s.at) > 0 && s.at[0] == 0 {
		return "", 0
	}
	name, n := s.toks[0].text, 1
	for n+1 < len(s.toks) && s.toks[n].is(".") && s.toks[n+1].kind == parse.Name {
		name += "." + s.toks[n+1].text
		n += 2
	}
	return name, n
}

// isSection reports whether a statement of the top level is a section, and of which kind.
func (s *stmt) isSection() bool {
	head, _ := s.head()
	return s.in != nil && s.in.owner == nil && slices.Contains(parse.Sections, head)
}

// name is the name of a section or of a let, as a token.
func (s *stmt) name() (tok, bool) {
	if len(s.toks) > 1 && s.toks[1].kind == parse.Name && (s.isSection() || s.toks[0].isWord("let")) {
		return s.toks[1], true
	}
	return tok{}, false
}

// params are the names in the parameter list of a section or of a function, with where the default of each starts and ends
// among the tokens.
func (s *stmt) params() []param {
	i := 1
	if _, named := s.name(); named {
		i = 2
	}
	if i >= len(s.toks) || !s.toks[i].is("(") {
		return nil
	}
	var list []param
	for i++; i < len(s.toks) && !s.toks[i].is(")"); {
		if s.toks[i].kind != parse.Name {
			i++
			continue
		}
		p := param{name: s.toks[i]}
		i++
		if i < len(s.toks) && s.toks[i].is("=") {
			i++
			from := i
			for depth := 0; i < len(s.toks); i++ {
				t := s.toks[i]
				if depth == 0 && (t.is(",") || t.is(")")) {
					break
				}
				switch {
				case t.is("(") || t.is("["):
					depth++
				case t.is(")") || t.is("]"):
					depth--
				}
			}
			p.value = s.toks[from:i]
		}
		list = append(list, p)
	}
	return list
}

// param is a parameter with the tokens of its default.
type param struct {
	name  tok
	value []tok
}

// label is the name behind `as`, if the statement has one of its own; the label of a value inside counts too, since a
// statement has one `instead of`.
func (s *stmt) label() (tok, bool) {
	for i := len(s.toks) - 2; i > 0; i-- {
		if s.toks[i].isWord("as") && s.toks[i+1].kind == parse.Name {
			return s.toks[i+1], true
		}
	}
	return tok{}, false
}

// walk visits all statements in the order of the text, outer ones first.
func (b *block) walk(visit func(*stmt)) {
	for _, s := range b.stmts {
		visit(s)
		for _, body := range s.bodies {
			body.walk(visit)
		}
	}
}

// find returns the innermost block that holds a place.
func (t *tree) find(p place) *block {
	at := t.top
next:
	for {
		for _, s := range at.stmts {
			for _, body := range s.bodies {
				if body.holds(p) && !(body.isOpenBefore(p, s)) {
					at = body
					continue next
				}
			}
		}
		return at
	}
}

// isOpenBefore reports whether an unclosed block of s ends before p because another statement of the list starts there.
func (b *block) isOpenBefore(p place, s *stmt) bool {
	if b.closed {
		return false
	}
	for i, o := range s.in.stmts {
		if o == s && i+1 < len(s.in.stmts) {
			return !p.before(s.in.stmts[i+1].start())
		}
	}
	return s.in.closed && s.in.close.start().before(p)
}

// tokenAt finds the token that a place touches; of two that touch, the name wins.
func (t *tree) tokenAt(p place) (tok, int, bool) {
	i, _ := slices.BinarySearchFunc(t.toks, p, func(t tok, p place) int {
		if t.stop().before(p) {
			return -1
		}
		return 1
	})
	if i >= len(t.toks) || t.toks[i].line != p.line || !t.toks[i].touches(p.col) {
		return tok{}, -1, false
	}
	if i+1 < len(t.toks) && t.toks[i].kind != parse.Name && t.toks[i+1].line == p.line && t.toks[i+1].touches(p.col) {
		i++
	}
	return t.toks[i], i, true
}

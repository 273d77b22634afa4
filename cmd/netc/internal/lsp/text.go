package lsp

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
)

// line is one line of a text with its tokens, white space left out. Lines do not change, so that two states of a text share
// those that are equal.
type line struct {
	text string // without its newline, but with a carriage return in front of that
	toks []token
}

// token is a token of a line. Its columns count bytes from 0.
type token struct {
	kind     parse.Kind
	text     string
	from, to int
}

func (t token) is(op string) bool    { return t.kind == parse.Op && t.text == op }
func (t token) isWord(w string) bool { return t.kind == parse.Word && t.text == w }
func (t token) touches(col int) bool { return t.from <= col && col <= t.to }

func newLine(text string) *line {
	l := &line{text: text}
	for _, t := range parse.Tokens("", []byte(text)) {
		switch {
		case t.Kind == parse.EOF, t.Kind == parse.Space, t.Kind == parse.Newline:
			continue
		case t.Kind == parse.EOL && t.Text != ";":
			continue // ends of statements are seen in the whole text only; see tree.go
		}
		l.toks = append(l.toks, token{t.Kind, t.Text, t.Pos.Offset, t.End.Offset})
	}
	return l
}

// document is one state of a text. It does not change; an edit makes another one.
type document struct {
	uri     string
	path    string // on this machine, or std/… for a file of the standard library
	version int
	lines   []*line
	tree    func() *tree // built when first asked for
	text    func() string
}

func newDocument(uri, path string, version int, text string) *document {
	parts := strings.Split(text, "\n")
	lines := make([]*line, len(parts))
	for i, p := range parts {
		lines[i] = newLine(p)
	}
	return assemble(uri, path, version, lines)
}

func assemble(uri, path string, version int, lines []*line) *document {
	d := &document{uri: uri, path: path, version: version, lines: lines}
	d.tree = sync.OnceValue(func() *tree { return buildTree(d.lines) })
	d.text = sync.OnceValue(func() string {
		var b strings.Builder
		for i, l := range d.lines {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(l.text)
		}
		return b.String()
	})
	return d
}

// apply makes the document after one change. Lines outside of the change are shared.
func (d *document) apply(version int, c contentChange) (*document, error) {
	if c.Range == nil {
		return newDocument(d.uri, d.path, version, c.Text), nil
	}
	from, to := c.Range.Start, c.Range.End
	if from.Line < 0 || from.Character < 0 || to.Line < from.Line || to.Line == from.Line && to.Character < from.Character {
		return nil, fmt.Errorf("a change has the range %v, which is none", *c.Range)
	}
	a, b := d.at(from), d.at(to)
	parts := strings.Split(d.lines[a.line].text[:a.col]+c.Text+d.lines[b.line].text[b.col:], "\n")
	lines := make([]*line, 0, len(d.lines)-(b.line-a.line)+len(parts)-1)
	lines = append(lines, d.lines[:a.line]...)
	for _, p := range parts {
		lines = append(lines, newLine(p))
	}
	lines = append(lines, d.lines[b.line+1:]...)
	return assemble(d.uri, d.path, version, lines), nil
}

// place is a line and a byte column, both from 0.
type place struct{ line, col int }

func (p place) before(q place) bool { return p.line < q.line || p.line == q.line && p.col < q.col }

// at turns a position into a place; what lies outside of the text is moved to its nearest end, as the protocol wants.
func (d *document) at(p Position) place {
	switch {
	case p.Line < 0:
		return place{}
	case p.Line >= len(d.lines):
		last := len(d.lines) - 1
		return place{last, len(d.lines[last].text)}
	}
	text := d.lines[p.Line].text
	units, i := 0, 0
	for i < len(text) && units < p.Character {
		r, size := utf8.DecodeRuneInString(text[i:])
		units += utf16Len(r)
		if units > p.Character {
			break // in the middle of a surrogate pair
		}
		i += size
	}
	return place{p.Line, min(i, len(strings.TrimSuffix(text, "\r")))}
}

func utf16Len(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// pos turns a place into a position.
func (d *document) pos(p place) Position {
	if p.line >= len(d.lines) {
		p = d.end()
	}
	units := 0
	text := d.lines[p.line].text
	for _, r := range text[:min(p.col, len(text))] {
		units += utf16Len(r)
	}
	return Position{p.line, units}
}

func (d *document) end() place {
	last := len(d.lines) - 1
	return place{last, len(d.lines[last].text)}
}

func (d *document) span(from, to place) Range { return Range{d.pos(from), d.pos(to)} }

// tokenRange is the range of a token.
func (d *document) tokenRange(t tok) Range {
	return d.span(place{t.line, t.from}, place{t.line, t.to})
}

// ofDiag turns a position of the compiler, which counts lines and characters from 1, into a place.
func (d *document) ofDiag(p diag.Pos) place {
	n := min(max(p.Line-1, 0), len(d.lines)-1)
	text := d.lines[n].text
	i := 0
	for c := 1; c < p.Column && i < len(text); c++ {
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	if p.Line > len(d.lines) {
		return d.end()
	}
	return place{n, i}
}

// ofSpan turns a span of the compiler into a range.
func (d *document) ofSpan(s diag.Span) Range {
	from := d.ofDiag(s.Start)
	to := from
	if s.End.IsValid() {
		to = d.ofDiag(s.End)
	}
	if to.before(from) {
		to = from
	}
	// A span that ends at the start of a line ends, for the eye, with the line before.
	if to.line > from.line && to.col == 0 {
		to = place{to.line - 1, len(strings.TrimRight(d.lines[to.line-1].text, "\r"))}
	}
	return d.span(from, to)
}

// Package format writes programs in the canonical style: two spaces a level, one space between words, bodies
// on one line where the author had them on one line, blank lines and comments where they were. What the
// author lined up stays lined up.
//
// Source formats a text and keeps everything a reader sees in it. Tree, Stmt, Expr and the others print
// syntax trees, made by programs or taken apart from a text, without comments.
package format

import (
	"bytes"
	"strings"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
)

// Source formats a file. A file with errors comes back as it was, with its errors. Formatting is
// idempotent, and the result parses to the same tree.
func Source(name string, src []byte) ([]byte, diag.List) {
	_, list := parse.File(name, src)
	if list.HasErrors() {
		return src, list
	}
	items := gather(parse.Tokens(name, src))
	lines := layout(items)
	align(lines)
	return write(lines), list
}

// item is a token or comment with what the layout needs to know of its surroundings.
type item struct {
	parse.Token
	newlines  int  // line ends in the text before it
	semicolon bool // a ; stands before it
	starts    bool // it is the first token of a statement
	headEnd   bool // it is the last token of the word, or dotted words, that a statement starts with
	gap       int  // columns between it and the token before it on its line in the text

	partner int  // for braces: index of the other one
	long    bool // for braces: the body runs over several lines
}

// gather turns tokens into items: white space becomes counts, and separators become marks.
func gather(toks []parse.Token) []item {
	var items []item
	var open []int
	newlines, semicolon, starts := 0, false, true
	var last diag.Pos // the end of the token or semicolon before
	head := false     // the token before belongs to a head that may go on with a dot
	for _, t := range toks {
		switch t.Kind {
		case parse.Space:
			continue
		case parse.Newline:
			newlines += strings.Count(t.Text, "\n")
			continue
		case parse.EOL:
			starts = true
			if t.Text == ";" {
				semicolon, last = true, t.End
			}
			continue
		case parse.EOF:
			return items
		}
		n := len(items)
		it := item{Token: t, newlines: newlines}
		if t.Kind == parse.Comment {
			it.Text = strings.TrimRight(t.Text, " \t\r")
		} else {
			if t.Is("}") {
				starts = false
			}
			it.starts, it.semicolon = starts, semicolon && starts
			dotted := head && (t.Is(".") || n > 0 && items[n-1].Is("."))
			head = starts && (t.Kind == parse.Name || t.IsWord("off")) || dotted
			if head && t.Kind != parse.Op {
				if dotted {
					items[n-2].headEnd = false
				}
				it.headEnd = true
			}
			starts, semicolon = t.Is("{"), false
		}
		if last.Line == t.Pos.Line {
			it.gap = t.Pos.Column - last.Column
		}
		last = t.End
		switch {
		case t.Is("{"):
			open = append(open, n)
		case t.Is("}"):
			o := open[len(open)-1]
			open = open[:len(open)-1]
			it.partner, items[o].partner = o, n
			long := items[o].Pos.Line != t.Pos.Line && o+1 < n
			it.long, items[o].long = long, long
		}
		newlines = 0
		items = append(items, it)
	}
	return items
}

// line is one line of output.
type line struct {
	blank  bool // an empty line comes before it
	indent int
	cells  []cell

	settled bool // the head of a section: its words are not aligned with others
}

// cell is a token of a line: its text, the natural space before it, and where it stood in the text.
type cell struct {
	text    string
	space   int
	column  int // in the text
	gap     int // in the text
	source  int // line in the text
	comment bool
	at      int // column in the output, from 0; set by align
}

// layout breaks the items into lines and decides the space between neighbours.
func layout(items []item) []*line {
	var lines []*line
	braces, parens := 0, 0
	for i := range items {
		it := &items[i]
		switch {
		case it.Is("}"):
			braces--
		case it.Is(")") || it.Is("]"):
			parens--
		}
		if breaks := lineBreaks(items, i, braces); i == 0 || breaks > 0 {
			indent := 2 * braces
			if continues(items, i) {
				indent += 2 * parens
				if parens == 0 && !it.Is(")") && !it.Is("]") {
					indent += 2
				}
			}
			lines = append(lines, &line{blank: i > 0 && breaks > 1, indent: indent})
		}
		l := lines[len(lines)-1]
		l.settled = l.settled || braces == 0 && it.starts && it.Kind == parse.Name
		c := cell{text: it.Text, column: it.Pos.Column, gap: it.gap, source: it.Pos.Line, comment: it.Kind == parse.Comment}
		if n := len(l.cells); n > 0 {
			if it.semicolon && !items[i-1].Is("{") {
				l.cells[n-1].text += ";"
			}
			c.space = space(items, i)
			// A comma before a bracket that closes on the same line says nothing.
			if (it.Is(")") || it.Is("]")) && n > 1 && l.cells[n-1].text == "," {
				l.cells = l.cells[:n-1]
			}
		}
		l.cells = append(l.cells, c)
		switch {
		case it.Is("{"):
			braces++
		case it.Is("(") || it.Is("["):
			parens++
		}
	}
	return lines
}

// lineBreaks is the number of line ends before item i: 0, 1, or 2 for an empty line between.
func lineBreaks(items []item, i, braces int) int {
	it := items[i]
	if i == 0 {
		return 0
	}
	before := items[i-1]
	n := min(it.newlines, 2)
	comment := it.Kind == parse.Comment
	switch {
	case comment && n == 0:
		return 0
	case before.Kind == parse.Comment:
		n = max(n, 1)
	}
	switch {
	case it.Is("}"):
		if !it.long && before.Kind != parse.Comment {
			return 0
		}
		return 1
	case before.Is("{"):
		if !before.long {
			return 0
		}
		return 1
	case it.Is("{"), it.IsWord("else") && before.Is("}"):
		if before.Kind == parse.Comment {
			return 1
		}
		return 0
	case it.starts:
		if n == 0 && (braces == 0 || before.Is("}") && before.long) {
			return 1
		}
		return n
	case comment && !continues(items, i):
		return n
	}
	return min(n, 1) // inside a statement: no empty lines
}

// continues reports whether the line that starts with item i goes on with a statement of the line before.
func continues(items []item, i int) bool {
	j := i
	for j < len(items) && items[j].Kind == parse.Comment {
		j++
	}
	if j == len(items) {
		return false
	}
	return !items[j].starts && !items[j].Is("}") && j > 0
}

// space is the natural space between item i and the one before it on its line.
func space(items []item, i int) int {
	it, before := items[i], items[i-1]
	switch {
	case it.Kind == parse.Comment || it.starts && it.semicolon:
		return 1
	case it.Is("{") || before.Is("{") || it.Is("}") || before.Is("}"):
		return 1
	case it.Is(",") || it.Is(")") || it.Is("]") || it.Is(".") || it.Is("..") || it.Is("%"):
		return 0
	case before.Is("(") || before.Is("[") || before.Is(".") || before.Is(".."):
		return 0
	case it.Is("("):
		if before.Kind == parse.Name && !before.headEnd || named(items, i-1) {
			return 0
		}
		return 1
	case it.Is("["):
		if before.Kind == parse.Name && !before.headEnd {
			return 0
		}
		return 1
	case before.Is("-") && unary(items, i-1):
		return 0
	}
	return 1
}

// named reports whether item i is what parameters follow: the name, or the word, of a section.
func named(items []item, i int) bool {
	if !items[i].starts || items[i].Kind != parse.Name {
		return false
	}
	for depth, j := 0, i-1; j >= 0; j-- {
		switch {
		case items[j].Is("}"):
			depth++
		case items[j].Is("{"):
			if depth == 0 {
				return false
			}
			depth--
		}
	}
	return true
}

// unary reports whether the minus at item i is a sign: no value ends before it.
func unary(items []item, i int) bool {
	if i == 0 {
		return true
	}
	b := items[i-1]
	if b.headEnd {
		return true
	}
	switch b.Kind {
	case parse.Name, parse.Number, parse.String:
		return false
	case parse.Word:
		return !(b.IsWord("true") || b.IsWord("false") || b.IsWord("nothing"))
	case parse.Op:
		return !(b.Is(")") || b.Is("]") || b.Is("%"))
	}
	return true
}

// write joins the lines.
func write(lines []*line) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		if l.blank {
			b.WriteByte('\n')
		}
		at := 0
		for _, c := range l.cells {
			for ; at < c.at; at++ {
				b.WriteByte(' ')
			}
			b.WriteString(c.text)
			at += width(c.text)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

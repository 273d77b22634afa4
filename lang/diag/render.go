package diag

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tabWidth is how far a tab reaches in rendered source lines.
const tabWidth = 4

// Styles of the rendered text, as ANSI escape codes.
const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	red   = "\x1b[1;31m"
	amber = "\x1b[1;33m"
	blue  = "\x1b[1;34m"
	green = "\x1b[1;32m"
	reset = "\x1b[0m"
)

// Render writes a list for people:
//
//	model.net:7:9: error[N0203]: dense expects rank 2, got [32 1 28 28]
//	    7 |   dense 120
//	      |         ^^^
//	note: model.net:6:3: the shape comes from here
//	    6 |   conv 16
//	      |   ^^^^^^^
//	help: insert flatten
//
// Source gives the text of a file, or nil where there is none; the source lines are then left out. With
// color the output carries ANSI codes. The list is written in its order; Sort it first where that matters.
func Render(w io.Writer, list List, source func(file string) []byte, color bool) error {
	r := renderer{source: source, color: color, lines: map[string][][]byte{}}
	for i, d := range list {
		if i > 0 {
			r.b.WriteByte('\n')
		}
		r.diagnostic(d)
	}
	_, err := w.Write(r.b.Bytes())
	return err
}

type renderer struct {
	b      bytes.Buffer
	source func(string) []byte
	color  bool
	lines  map[string][][]byte
}

func (r *renderer) paint(style, text string) string {
	if !r.color || text == "" {
		return text
	}
	return style + text + reset
}

func (r *renderer) diagnostic(d *Diagnostic) {
	style := map[Severity]string{Error: red, Warning: amber, Hint: blue}[d.Severity]
	label := d.Severity.String()
	if d.Code != "" {
		label += "[" + string(d.Code) + "]"
	}
	place := ""
	if at := d.Span.Start.String(); at != "-" {
		place = r.paint(bold, at+":") + " "
	}
	fmt.Fprintf(&r.b, "%s%s %s\n", place, r.paint(style, label+":"), r.paint(bold, d.Message))
	r.excerpt(d.Span, style)
	for _, n := range d.Notes {
		if n.Span.Start.IsValid() {
			fmt.Fprintf(&r.b, "%s %s: %s\n", r.paint(blue, "note:"), n.Span.Start, n.Text)
			r.excerpt(n.Span, blue)
		} else {
			fmt.Fprintf(&r.b, "%s %s\n", r.paint(blue, "note:"), n.Text)
		}
	}
	if d.Help != "" {
		fmt.Fprintf(&r.b, "%s %s\n", r.paint(green, "help:"), d.Help)
	}
}

// line returns line n, counted from 1, of a file without its line end.
func (r *renderer) line(file string, n int) ([]byte, bool) {
	lines, ok := r.lines[file]
	if !ok {
		var src []byte
		if r.source != nil {
			src = r.source(file)
		}
		if src != nil {
			lines = bytes.Split(src, []byte("\n"))
		}
		r.lines[file] = lines
	}
	if n < 1 || n > len(lines) {
		return nil, false
	}
	return bytes.TrimSuffix(lines[n-1], []byte("\r")), true
}

// excerpt writes the line of a span with the span underlined; of a span over several lines, its first.
func (r *renderer) excerpt(s Span, style string) {
	if !s.Start.IsValid() {
		return
	}
	line, ok := r.line(s.Start.Filename, s.Start.Line)
	if !ok {
		return
	}
	last := len(line)
	if s.End.Line == s.Start.Line {
		last = columnOffset(line, s.End.Column)
	}
	first := columnOffset(line, s.Start.Column)
	text, before, width := layout(line, first, max(first, last))
	number := fmt.Sprintf("%5d | ", s.Start.Line)
	fmt.Fprintf(&r.b, "%s%s\n", r.paint(dim, number), text)
	fmt.Fprintf(&r.b, "%s%s%s\n", r.paint(dim, "      | "), strings.Repeat(" ", before), r.paint(style, strings.Repeat("^", max(width, 1))))
}

// columnOffset is the byte offset of a column, which counts characters from 1, in a line.
func columnOffset(line []byte, column int) int {
	i := 0
	for n := 1; n < column && i < len(line); n++ {
		_, size := utf8.DecodeRune(line[i:])
		i += size
	}
	return i
}

// layout expands tabs, replaces what a terminal would not show, and measures in terminal cells: how far
// line[:from] reaches and how wide line[from:to] is.
func layout(line []byte, from, to int) (text string, before, width int) {
	var b strings.Builder
	cells := 0
	for i := 0; i <= len(line); {
		if i == from {
			before = cells
		}
		if i == to {
			width = cells - before
		}
		if i == len(line) {
			break
		}
		c, size := utf8.DecodeRune(line[i:])
		switch {
		case c == '\t':
			n := tabWidth - cells%tabWidth
			b.WriteString(strings.Repeat(" ", n))
			cells += n
		case c == utf8.RuneError && size <= 1, unicode.IsControl(c):
			b.WriteRune('\uFFFD')
			cells++
		default:
			b.WriteRune(c)
			cells += Cells(c)
		}
		i += size
	}
	return b.String(), before, width
}

// Cells is the number of terminal cells that a character takes: 0 for combining marks, 2 for East Asian
// wide characters and emoji, 1 otherwise.
func Cells(c rune) int {
	switch {
	case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case c < 0x1100:
		return 1
	case c <= 0x115F, // Hangul Jamo initials
		c >= 0x2E80 && c <= 0x303E,   // CJK radicals, punctuation
		c >= 0x3041 && c <= 0x33FF,   // kana, CJK compatibility
		c >= 0x3400 && c <= 0x4DBF,   // CJK extension A
		c >= 0x4E00 && c <= 0x9FFF,   // CJK
		c >= 0xA000 && c <= 0xA4CF,   // Yi
		c >= 0xAC00 && c <= 0xD7A3,   // Hangul
		c >= 0xF900 && c <= 0xFAFF,   // CJK compatibility
		c >= 0xFE30 && c <= 0xFE6F,   // CJK forms
		c >= 0xFF00 && c <= 0xFF60,   // full width
		c >= 0xFFE0 && c <= 0xFFE6,   // full-width signs
		c >= 0x1F300 && c <= 0x1F64F, // emoji
		c >= 0x1F680 && c <= 0x1F6FF, // transport
		c >= 0x1F900 && c <= 0x1F9FF, // more emoji
		c >= 0x20000 && c <= 0x3FFFD: // CJK extensions
		return 2
	}
	return 1
}

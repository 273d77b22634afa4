package parse

import (
	"sort"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/lang/diag"
)

// report gathers the diagnostics of one parse. After a guess (a repair that need not be what the author
// meant) the same statement may fail again for no reason of its own; guesses holds the places, so that
// such consequences stay unsaid.
type report struct {
	list    diag.List
	guesses []int        // offsets, ascending once sorted
	lines   map[int]bool // lines with a guess
	sorted  bool
}

func (r *report) errorf(code diag.Code, from, to tok, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, between(from, to), format, args...)
	r.list.Add(d)
	return d
}

func (r *report) guess(at tok) {
	r.guesses = append(r.guesses, at.pos.Offset)
	r.sorted = false
	if r.lines == nil {
		r.lines = map[int]bool{}
	}
	r.lines[at.pos.Line] = true
}

// guessed reports whether a guess was made between two offsets, ends included.
func (r *report) guessed(from, to int) bool {
	if !r.sorted {
		sort.Ints(r.guesses)
		r.sorted = true
	}
	i := sort.SearchInts(r.guesses, from)
	return i < len(r.guesses) && r.guesses[i] <= to
}

// between is the span from the start of one token to the end of another.
func between(from, to tok) diag.Span {
	return diag.Span{Start: diag.Pos(from.pos), End: diag.Pos(to.end)}
}

func (t tok) span() diag.Span { return between(t, t) }

// behind is the empty span directly after t.
func (t tok) behind() diag.Span { return diag.Span{Start: diag.Pos(t.end), End: diag.Pos(t.end)} }

// front is the empty span directly before t.
func (t tok) front() diag.Span { return diag.Span{Start: diag.Pos(t.pos), End: diag.Pos(t.pos)} }

// made is a token that a repair puts in, without extent, at a place.
func made(kind lexer.TokenType, text string, at lexer.Position) tok {
	return tok{kind: kind, text: text, pos: at, end: at}
}

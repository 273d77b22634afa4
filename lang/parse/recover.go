package parse

import (
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// reader parses a file construct by construct. A construct without an error costs one quick pass. In one that
// has some, the bodies are emptied and the rest, the hollow statement, is parsed alone: its error is explained
// and mended, or the statement becomes an ast.Bad; then each statement of each body is read in the same way. So
// every error is found, and the work grows with the text times its nesting, never with the number of errors.
type reader struct {
	report
	*buffers
	lexical map[int]bool // offsets of what the passes over the tokens have reported
}

// buffers hold the tokens of a text while it is read; another one may have them next. Trees have no tokens.
type buffers struct{ raw, ended []tok }

var spare = sync.Pool{New: func() any { return &buffers{} }}

// done gives the buffers back: the tokens are not used any more.
func (r *reader) done() {
	clear(r.raw) // their texts keep the file's in memory
	clear(r.ended)
	spare.Put(r.buffers)
	r.buffers = nil
}

// maxRepairs limits the repairs of one hollow statement.
const maxRepairs = 20

// tokens runs the passes over the tokens. The last token is EOF; the comments are taken out.
func (r *reader) tokens(name, src string) ([]tok, []*ast.Comment) {
	r.utf8(name, src)
	r.buffers = spare.Get().(*buffers)
	r.raw = scan(name, src, r.raw)
	r.ended = endStatements(balance(mend(r.raw, &r.report), &r.report), r.ended)
	toks := r.ended
	// Of the trivia only what marks the end of a token is of further use.
	var comments []*ast.Comment
	kept := toks[:0]
	line := 0 // the last line with a token
	for _, t := range toks {
		switch {
		case t.kind == kComment:
			comments = append(comments, comment(t, t.pos.Line != line))
			continue
		case t.trivia():
			continue
		}
		line = t.end.Line
		kept = append(kept, t)
	}
	kept = raiseBraces(kept, &r.report)
	limitElse(kept, &r.report)
	r.lexical = make(map[int]bool, len(r.list))
	for _, d := range r.list {
		r.lexical[d.Span.Start.Offset] = true
	}
	return kept, comments
}

// utf8 reports the first place that is not UTF-8 text, in comments and strings too.
func (r *reader) utf8(name, src string) {
	if utf8.ValidString(src) {
		return
	}
	for i := 0; i < len(src); {
		c, size := utf8.DecodeRuneInString(src[i:])
		if c != utf8.RuneError || size > 1 {
			i += size
			continue
		}
		at := advance(lexer.Position{Filename: name, Line: 1, Column: 1}, src[:i])
		bad := tok{kind: kUnknown, pos: at, end: advance(at, src[i:i+1])}
		r.errorf(NotUTF8, bad, bad, "the file is not UTF-8 text: byte 0x%02x", src[i]).WithHelp("save the file as UTF-8")
		return
	}
}

func comment(t tok, own bool) *ast.Comment {
	text := strings.TrimRight(t.text, " \t\r")
	return &ast.Comment{Pos: diag.Pos(t.pos), EndPos: diag.Pos(advance(t.pos, text)), Text: text, Own: own}
}

// statements cuts a body, or a file, into its statements: at the EOLs outside of braces. None is empty and
// none has its EOL.
func statements(toks []tok) [][]tok {
	var all [][]tok
	start, depth := 0, 0
	cut := func(end int) {
		if end > start {
			all = append(all, toks[start:end:end])
		}
		start = end + 1
	}
	for i, t := range toks {
		switch {
		case t.is("{"):
			depth++
		case t.is("}"):
			depth--
		case t.kind == kEOL && depth == 0:
			cut(i)
		}
	}
	cut(len(toks))
	return all
}

// feed reads the tokens of one construct. It returns the tree and -1, or what could be read and the index of
// the token that does not fit; len(toks) stands for the end.
func feed[T any](p production[T], toks []tok) (*T, int) {
	if n := quickly(p.quick, toks); n != nil {
		return n, -1
	}
	return judge(p.grammar(), toks)
}

// judge is feed by participle alone.
func judge[T any](p *participle.Parser[T], toks []tok) (*T, int) {
	end := toks[len(toks)-1].end
	all := make([]tok, len(toks), 2*len(toks)+1)
	all = all[:0]
	for i, t := range toks {
		all = append(all, t)
		// A zero-width mark behind a token tells participle where the token ends.
		if i+1 == len(toks) || toks[i+1].pos != t.end {
			all = append(all, made(kWS, "", t.end))
		}
	}
	all = append(all, made(kEOF, "", end))
	lex, err := lexer.Upgrade(&stream{toks: all}, kWS)
	if err != nil {
		return new(T), 0
	}
	n, err := p.ParseFromLexer(lex)
	if err == nil {
		return n, -1
	}
	if e, ok := errors.AsType[*participle.UnexpectedTokenError](err); ok {
		u := e.Unexpected
		for i, t := range toks {
			if t.pos.Offset == u.Pos.Offset && t.kind == u.Type && t.text == u.Value {
				return n, i
			}
		}
		return n, len(toks)
	}
	at := 0
	if e, ok := errors.AsType[participle.Error](err); ok {
		for at < len(toks) && toks[at].pos.Offset < e.Position().Offset {
			at++
		}
	}
	return n, at
}

func (r *reader) readTops(toks []tok) []*ast.Top {
	return read(r, topProduction, toks, true)
}

func (r *reader) readStmts(toks []tok) []*ast.Stmt {
	var all []*ast.Stmt
	for _, seg := range statements(toks) {
		all = append(all, read(r, stmtProduction, seg, false)...)
	}
	return all
}

// read parses one construct, whatever it takes. The result is more than one when a separator was missing.
func read[T any, P interface {
	*T
	ast.Spanned
}](r *reader, p production[T], toks []tok, top bool) []P {
	if n := quickly(p.quick, toks); n != nil {
		return []P{n}
	}
	hollow, bodies := empty(toks)
	var all []P
	for try := 0; len(hollow) > 0; try++ {
		n, bad := feed(p, hollow)
		rest := remedy{}
		if bad >= 0 {
			s := &statement{toks: hollow, at: bad, top: top, report: &report{}}
			fix := s.explain()
			r.take(s.list, hollow)
			switch {
			case fix.cut > 0 && fix.cut < len(fix.toks):
				rest.toks = fix.toks[fix.cut:]
				hollow = fix.toks[:fix.cut]
				n, bad = feed(p, hollow)
				if bad >= 0 {
					n, _ = feed(p, blank(hollow))
				}
			case len(fix.toks) > 0 && try < maxRepairs:
				hollow = fix.toks
				continue
			default:
				n, _ = feed(p, blank(hollow))
			}
		}
		all = append(all, n)
		bodies = fill(r, P(n), bodies)
		hollow = rest.toks
	}
	return all
}

// take adds the explanation of an error in a hollow statement, unless the error follows from an earlier one:
// from a guess among its own tokens, or from what was said about the same place.
func (r *reader) take(said diag.List, hollow []tok) {
	for i, t := range hollow {
		to := t.end.Offset
		if i+1 < len(hollow) && !t.is("{") {
			to = hollow[i+1].pos.Offset
		}
		if r.guessed(t.pos.Offset, to) {
			return
		}
	}
	for _, d := range said {
		if !r.lexical[d.Span.Start.Offset] {
			r.list.Add(d)
		}
	}
}

// empty takes the contents out of the bodies of a statement.
func empty(toks []tok) (hollow []tok, bodies [][]tok) {
	depth, start := 0, 0
	for i, t := range toks {
		switch {
		case t.is("{"):
			if depth == 0 {
				hollow = append(hollow, t)
				start = i + 1
			}
			depth++
		case t.is("}"):
			depth--
			if depth == 0 {
				bodies = append(bodies, toks[start:i])
				hollow = append(hollow, t)
			}
		case depth == 0:
			hollow = append(hollow, t)
		}
	}
	return hollow, bodies
}

// blank replaces all of a hollow statement except its bodies by Error tokens.
func blank(hollow []tok) []tok {
	var out []tok
	for _, t := range hollow {
		n := len(out)
		switch {
		case t.is("{") || t.is("}"):
			if n == 0 {
				out = append(out, made(kError, "\x00error", t.pos))
			}
			out = append(out, t)
		case n > 0 && out[n-1].kind == kError:
			out[n-1].end = t.end
		default:
			out = append(out, tok{kind: kError, text: "\x00error", pos: t.pos, end: t.end})
		}
	}
	return out
}

// fill reads the contents of the bodies into the tree of a hollow statement and returns those left over.
func fill[P ast.Spanned](r *reader, n P, bodies [][]tok) [][]tok {
	ast.Inspect(n, func(n ast.Spanned) bool {
		if b, ok := n.(*ast.Body); ok && len(bodies) > 0 {
			b.Stmts = r.readStmts(bodies[0])
			bodies = bodies[1:]
			return false
		}
		return true
	})
	return bodies
}

// explainSingle reports an error in a text that is one argument or selector.
func (r *reader) explainSingle(toks []tok, at int, want string) {
	s := &statement{toks: append([]tok{made(kName, "set", toks[0].pos)}, toks...), at: at + 1, report: &r.report}
	s.explain()
	if n := len(r.list); n > 0 && r.list[n-1].Code == Unexpected {
		t := s.t()
		r.list[n-1].Message = describe(t) + " does not fit here"
		if t.kind == kEOL {
			r.list[n-1].Message = "the text ends too early"
		}
		r.list[n-1].WithHelp("write %s", want)
	}
}

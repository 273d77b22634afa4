package parse

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// foreign maps signs of other languages to what a .net file says instead; "" means that there is nothing
// to put in their place.
var foreign = map[string]struct{ ours, help string }{
	"&&":  {"and", "write `and`"},
	"&":   {"and", "write `and`"},
	"||":  {"or", "write `or`"},
	"|":   {"or", "write `or`"},
	"!":   {"not", "write `not`"},
	"!!":  {"", "write `not`"},
	"===": {"==", "write `==`"},
	"<>":  {"!=", "write `!=`"},
	":=":  {"=", "write `=`"},
	"=>":  {"=", "a function is written `let f(x) = x + 1`"},
	"->":  {"", "the flow goes from one statement to the next without a sign"},
	"**":  {"", "there is no power operator; write `x * x` or call a function"},
	"^":   {"", "there is no power operator; write `x * x` or call a function"},
	"+=":  {"", "values never change; an edit is written `set train.epochs = 10`"},
	"-=":  {"", "values never change; an edit is written `set train.epochs = 10`"},
	"*=":  {"", "values never change; an edit is written `set train.epochs = 10`"},
	"/=":  {"", "values never change; an edit is written `set train.epochs = 10`"},
	"*/":  {"", "comments start with // and end with the line"},
	"@":   {"", ""},
	"$":   {"", "a variable is written by its name alone"},
	"?":   {"", "a choice is written `if … { } else { }`"},
	":":   {"", "a body is written in { }, a named argument with ="},
	"\\":  {"", "a comma or an operator at the end of a line continues it"},
}

// closing quotes by opening ones, of the kinds that editors and other languages use.
var quotes = map[string]string{"'": "'", "`": "`", "“": "”", "”": "”", "„": "“", "‘": "’", "’": "’", "«": "»"}

// mend checks every raw token by itself and replaces what is not of the language: unknown characters,
// foreign operators, open strings, odd numbers. It reports each and returns tokens that the grammar knows.
func mend(in []tok, r *report) []tok {
	if !anyOdd(in) {
		return in
	}
	m := mender{in: in, r: r, out: make([]tok, 0, len(in))}
	for m.i < len(m.in) {
		m.step()
	}
	return m.out
}

// anyOdd reports whether there may be something to mend.
func anyOdd(toks []tok) bool {
	for i, t := range toks {
		switch t.kind {
		case kOpenString, kAlien, kUnknown:
			return true
		case kString:
			if strings.Contains(t.text, `\`) {
				return true
			}
		case kNumber:
			if n := toks[i+1]; t.touches(n) && (n.kind == kNumber || n.kind == kName || n.is(".")) {
				return true
			}
		case kOp:
			if t.text == "." && toks[i+1].kind == kNumber && t.touches(toks[i+1]) {
				return true
			}
		}
	}
	return false
}

type mender struct {
	in, out []tok
	i       int
	r       *report
}

func (m *mender) step() {
	t := m.in[m.i]
	switch t.kind {
	case kNumber:
		m.number()
		return
	case kOp:
		if t.text == "." && m.pointFirst() {
			m.number()
			return
		}
	case kString:
		checkEscapes(t, m.r)
	case kOpenString:
		m.openString(t)
		return
	case kAlien, kUnknown:
		m.unknown(t)
		return
	case kName, kWord:
		if n := m.in[m.i+1]; n.kind == kUnknown && isLetter(n.text) && t.touches(n) {
			m.foreignName()
			return
		}
	}
	m.out = append(m.out, t)
	m.i++
}

// number reads a number and what touches it: 5. and .5 and 1.2.3 and 0x10 and 1_000 and 1e are errors.
func (m *mender) number() {
	from := m.i
	to := from + 1
	for to < len(m.in) && m.in[to-1].touches(m.in[to]) {
		t := m.in[to]
		if t.kind == kNumber || t.is(".") || t.kind == kName && m.in[to-1].kind == kNumber && oddSuffix(m.in[to-1].text, t.text) {
			to++
			continue
		}
		break
	}
	m.i = to
	if to == from+1 {
		m.out = append(m.out, m.in[from])
		return
	}
	text := ""
	for _, t := range m.in[from:to] {
		text += t.text
	}
	first, last := m.in[from], m.in[to-1]
	d := m.r.errorf(BadNumber, first, last, "`%s` is not a number of the language", text)
	fixed := "0"
	switch plain := strings.ReplaceAll(text, "_", ""); {
	case whole(plain):
		fixed = plain
		d.WithHelp("write `%s`, without underscores", fixed).WithFix(d.Span, fixed, "write "+fixed)
	case strings.HasPrefix(text, ".") && whole("0"+text):
		fixed = "0" + text
		d.WithHelp("write `%s`: there are digits on both sides of the point", fixed).WithFix(d.Span, fixed, "write "+fixed)
	case strings.HasSuffix(text, ".") && whole(text+"0"):
		fixed = text + "0"
		d.WithHelp("write `%s`: there are digits on both sides of the point (a range is written `1..3`)", fixed).
			WithFix(d.Span, fixed, "write "+fixed)
	case strings.ContainsAny(text, "xXoObB"):
		d.WithHelp("numbers are decimal")
	default:
		d.WithHelp("a number is written like `3`, `0.5` or `1e-4`")
	}
	m.out = append(m.out, tok{kind: kNumber, text: fixed, pos: first.pos, end: last.end})
}

// pointFirst reports whether the "." at hand starts a number like .5.
func (m *mender) pointFirst() bool {
	t, next := m.in[m.i], m.in[m.i+1]
	if next.kind != kNumber || !t.touches(next) {
		return false
	}
	if m.i == 0 {
		return true
	}
	before := m.in[m.i-1]
	return !(before.touches(t) && (before.kind == kName || before.is("]") || before.is(")")))
}

// oddSuffix reports whether a name that touches a number was meant as part of it: 0x1f, 1_000, 1e.
func oddSuffix(number, name string) bool {
	switch name[0] {
	case '_':
		return true
	case 'e', 'E':
		return len(name) == 1
	case 'x', 'X', 'b', 'B', 'o', 'O':
		return number == "0" && len(name) > 1
	}
	return false
}

func whole(text string) bool {
	digits := func(s string) string { return strings.TrimLeft(s, "0123456789") }
	rest := digits(text)
	if rest == text {
		return false
	}
	if strings.HasPrefix(rest, ".") {
		after := digits(rest[1:])
		if after == rest[1:] {
			return false
		}
		rest = after
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		exp := strings.TrimPrefix(strings.TrimPrefix(rest[1:], "+"), "-")
		return exp != "" && digits(exp) == ""
	}
	return rest == ""
}

func checkEscapes(t tok, r *report) {
	for i := 1; i+1 < len(t.text); i++ {
		if t.text[i] != '\\' {
			continue
		}
		if _, ok := ast.Escapes[t.text[i+1]]; !ok {
			from := advance(t.pos, t.text[:i])
			_, size := utf8.DecodeRuneInString(t.text[i+1:])
			to := advance(from, t.text[i:i+1+size])
			bad := t.text[i : i+1+size]
			r.list.Add(diag.Errorf(BadEscape, diag.Span{Start: diag.Pos(from), End: diag.Pos(to)}, "`%s` is no escape", bad).
				WithHelp("write `\\\\` for a backslash; paths may use / on every system").
				WithFix(diag.Span{Start: diag.Pos(from), End: diag.Pos(from)}, `\`, "double the backslash"))
		}
		i++
	}
}

func (m *mender) openString(t tok) {
	m.i++
	t.text = strings.TrimRight(t.text, "\r")
	m.r.errorf(UnterminatedString, t, t, "the string has no closing quote on this line").
		WithHelp("strings end on the line they start on; put a `\"` behind the text")
	m.r.guess(t)
	for strings.HasSuffix(t.text, `\`) { // the text ended in half an escape
		t.text = t.text[:len(t.text)-1]
	}
	t.kind, t.text = kString, t.text+`"`
	m.out = append(m.out, t)
}

// foreignName joins a name with letters beyond ASCII, reports it, and passes it on as the name it is.
func (m *mender) foreignName() {
	from := m.i
	for m.i++; m.i < len(m.in) && m.in[m.i-1].touches(m.in[m.i]); m.i++ {
		t := m.in[m.i]
		if !(t.kind == kName || t.kind == kWord || t.kind == kNumber || t.kind == kUnknown && isLetter(t.text)) {
			break
		}
	}
	t := tok{kind: kName, pos: m.in[from].pos, end: m.in[m.i-1].end}
	for _, part := range m.in[from:m.i] {
		t.text += part.text
	}
	m.r.errorf(UnknownCharacter, t, t, "the name `%s` has letters beyond a to z", t.text).
		WithHelp("names are made of a-z, A-Z, 0-9 and _; in strings and comments every letter is fine")
	m.out = append(m.out, t)
}

func isLetter(s string) bool {
	c, _ := utf8.DecodeRuneInString(s)
	return c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsMark(c))
}

// unknown handles a character or operator that is not of the language.
func (m *mender) unknown(t tok) {
	c, size := utf8.DecodeRuneInString(t.text)
	switch {
	case c == utf8.RuneError && size <= 1:
		m.i++ // the file as a whole has been reported
		m.r.guess(t)
	case c == '\uFEFF' && t.pos.Offset == 0: // a byte order mark, as some editors write
		m.i++
		t.kind = kWS
		m.out = append(m.out, t)
	case unicode.IsSpace(c) || c == '\uFEFF' || c == '\u200B':
		m.i++
		m.r.errorf(UnknownCharacter, t, t, "an invisible character, U+%04X, stands here", c).
			WithHelp("replace it by a plain space").WithFix(t.span(), " ", "write a space")
		t.kind = kWS
		m.out = append(m.out, t)
	case isLetter(t.text):
		m.foreignName()
	case quotes[t.text] != "":
		m.quoted(t)
	case t.text == "#":
		m.dropUntil(t, "", "comments start with //")
	case t.text == "/*":
		m.dropUntil(t, "*/", "comments start with // and end with the line")
	case t.text == ":" && m.colonNames():
		m.i++
		m.r.errorf(ColonForEquals, t, t, "a named argument is written with `=`, not `:`").
			WithHelp("write `%s = %s`", m.before().text, m.nextText()).WithFix(t.span(), " =", "write =")
		m.out = append(m.out, tok{kind: kOp, text: "=", pos: t.pos, end: t.end})
	default:
		m.foreignSign(t)
	}
}

// colonNames reports whether the ":" at hand stands for the "=" of a named argument: after a name, before
// a value on the same line.
func (m *mender) colonNames() bool {
	if m.before().kind != kName {
		return false
	}
	next := m.following()
	return next.kind == kName || next.kind == kNumber || next.kind == kString || next.is("[") || next.is("-") ||
		next.word("true") || next.word("false")
}

// before is the last token put out that is no white space.
func (m *mender) before() tok {
	for n := len(m.out) - 1; n >= 0; n-- {
		if m.out[n].kind != kWS {
			return m.out[n]
		}
	}
	return tok{kind: kEOF}
}

func (m *mender) following() tok {
	j := m.i + 1
	for m.in[j].kind == kWS {
		j++
	}
	return m.in[j]
}

func (m *mender) nextText() string { return m.following().text }

func (m *mender) foreignSign(t tok) {
	from := m.i
	for m.i++; t.kind == kUnknown && m.in[m.i].kind == kUnknown && m.in[m.i].text == t.text && m.in[m.i-1].touches(m.in[m.i]); m.i++ {
	}
	last := m.in[m.i-1]
	f, known := foreign[t.text]
	what := t.text
	if c, _ := utf8.DecodeRuneInString(what); !unicode.IsPrint(c) {
		what = fmt.Sprintf("U+%04X", c)
	}
	d := m.r.errorf(UnknownCharacter, m.in[from], last, "`%s` is not part of the language", what)
	if known && f.help != "" {
		d.WithHelp("%s", f.help)
	} else {
		d.WithHelp("remove it")
	}
	if f.ours == "" {
		m.r.guess(t)
		return
	}
	d.WithFix(d.Span, f.ours, "write "+f.ours)
	kind := kOp
	if reserved[f.ours] {
		kind = kWord
	}
	m.out = append(m.out, tok{kind: kind, text: f.ours, pos: t.pos, end: last.end})
}

// quoted reads text between foreign quotation marks as the string it was meant to be.
func (m *mender) quoted(t tok) {
	close := quotes[t.text]
	text, j := "", m.i+1
	for ; m.in[j].kind != kEOF && m.in[j].kind != kNL && m.in[j].text != close; j++ {
		text += m.in[j].text
	}
	d := m.r.errorf(UnknownCharacter, t, t, "strings are written in double quotes, not in `%s`", t.text)
	if m.in[j].text != close || m.in[j].kind == kNL {
		d.WithHelp("put the text between two \" on one line")
		m.r.guess(t)
		m.i++
		return
	}
	last := m.in[j]
	d.Span = between(t, last)
	d.WithHelp("write %s", ast.Quote(text)).WithFix(d.Span, ast.Quote(text), "use double quotes")
	m.i = j + 1
	m.out = append(m.out, tok{kind: kString, text: ast.Quote(text), pos: t.pos, end: last.end})
}

// dropUntil skips a foreign comment: to the end of the line, or past the closing sign.
func (m *mender) dropUntil(t tok, close, help string) {
	from := m.i
	for m.i++; m.in[m.i].kind != kEOF; m.i++ {
		n := m.in[m.i]
		if close == "" && n.kind == kNL {
			break
		}
		if close != "" && n.text == close {
			m.i++
			break
		}
	}
	m.r.errorf(UnknownCharacter, m.in[from], m.in[from], "`%s` starts no comment here", t.text).WithHelp("%s", help)
	// What stands in the comment is no part of the program; it counts as a comment from here on.
	last := m.in[m.i-1]
	m.out = append(m.out, tok{kind: kWS, text: t.text, pos: t.pos, end: last.end})
}

// advance moves a position over text.
func advance(p lexer.Position, text string) lexer.Position {
	p.Advance(text)
	return p
}

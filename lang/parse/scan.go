package parse

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"
)

// scan cuts src into raw tokens, trivia included; the last one is EOF. Their texts joined are src. A test
// holds it to a list of regular expressions, which would read some megabytes a second. The tokens go into buf, as far as
// they fit.
func scan(name, src string, buf []tok) []tok {
	toks := slices.Grow(buf[:0], len(src)/3+2)
	at := lexer.Position{Filename: name, Line: 1, Column: 1}
	for at.Offset < len(src) {
		kind, n := cut(src[at.Offset:])
		t := tok{kind: kind, text: src[at.Offset : at.Offset+n], pos: at}
		switch kind {
		case kNL:
			at.Line++
			at.Column = 1
		case kComment, kString, kOpenString, kUnknown:
			at.Column += utf8.RuneCountInString(t.text)
		default: // ASCII
			at.Column += n
		}
		at.Offset += n
		t.end = at
		if kind == kName && reserved[t.text] {
			t.kind = kWord
		}
		toks = append(toks, t)
	}
	return append(toks, tok{kind: kEOF, pos: at, end: at})
}

// cut returns the kind and the length of the token that s, which is not empty, starts with.
func cut(s string) (lexer.TokenType, int) {
	switch c := s[0]; {
	case c == '/' && strings.HasPrefix(s, "//"):
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			return kComment, n
		}
		return kComment, len(s)
	case c == '\n' || blankByte(c):
		n := span(s, 0, blankByte)
		if n < len(s) && s[n] == '\n' {
			return kNL, n + 1
		}
		return kWS, n
	case letterByte(c):
		return kName, span(s, 1, func(c byte) bool { return letterByte(c) || digitByte(c) })
	case digitByte(c):
		return kNumber, cutNumber(s)
	case c == '"':
		return cutString(s)
	}
	if n := cutAlien(s); n > 0 {
		return kAlien, n
	}
	if len(s) > 1 {
		switch s[:2] {
		case "..", "==", "!=", "<=", ">=":
			return kOp, 2
		}
	}
	if strings.IndexByte("-+*/%=<>.,;(){}[]", s[0]) >= 0 {
		return kOp, 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return kUnknown, n
}

func blankByte(c byte) bool  { return c == ' ' || c == '\t' || c == '\r' }
func digitByte(c byte) bool  { return '0' <= c && c <= '9' }
func letterByte(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// span returns where the run of bytes of a class that is at i ends.
func span(s string, i int, class func(byte) bool) int {
	for i < len(s) && class(s[i]) {
		i++
	}
	return i
}

// cutNumber returns the length of a number: digits, perhaps a fraction, perhaps an exponent.
func cutNumber(s string) int {
	n := span(s, 0, digitByte)
	if end := span(s, n+1, digitByte); n < len(s) && s[n] == '.' && end > n+1 {
		n = end
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		from := n + 1
		if from < len(s) && (s[from] == '+' || s[from] == '-') {
			from++
		}
		if end := span(s, from, digitByte); end > from {
			n = end
		}
	}
	return n
}

// cutString cuts a string, which ends on its line, or its beginning where it does not.
func cutString(s string) (lexer.TokenType, int) {
	n := 1
	for n < len(s) && s[n] != '\n' {
		switch s[n] {
		case '"':
			return kString, n + 1
		case '\\':
			if n+1 == len(s) || s[n+1] == '\n' {
				return kOpenString, n
			}
			n++
		}
		n++
	}
	return kOpenString, n
}

// cutAlien returns the length of an operator of other languages, 0 for none.
func cutAlien(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[:2] {
	case "&&", "||", "!!", "**", ":=", "->", "=>", "+=", "-=", "*=", "/=", "/*", "*/", "<>":
		return 2
	case "..":
		if n := span(s, 2, func(c byte) bool { return c == '.' }); n > 2 {
			return n
		}
	case "==":
		if strings.HasPrefix(s, "===") {
			return 3
		}
	}
	return 0
}

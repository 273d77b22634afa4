package parse

import (
	"io"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// Reserved lists the words that can never be names. Section words (data, model, ...) and units are not
// among them: they are special only where the grammar asks for them.
var Reserved = []string{
	"let", "if", "else", "for", "in", "repeat", "instead", "of", "as", "off",
	"and", "or", "not", "true", "false", "nothing",
}

// Sections lists the words that open a section at the top level. They are plain names everywhere else.
var Sections = []string{"data", "model", "block", "train", "study", "trick"}

// The kinds of token. Alien is an operator of another language and Unknown any other character: both become errors with
// a place. Word, EOL and Error match no text by themselves: a Word is a reserved Name, an EOL ends a statement, and
// Error stands for a part of the file which could not be read.
const (
	kEOF = lexer.EOF - iota
	kComment
	kNL
	kWS
	kName
	kNumber
	kString
	kOpenString
	kAlien
	kOp
	kUnknown
	kWord
	kEOL
	kError
)

// symbols are the names of the kinds in the struct tags of package ast.
var symbols = map[string]lexer.TokenType{
	"EOF": kEOF, "Comment": kComment, "NL": kNL, "WS": kWS, "Name": kName, "Number": kNumber, "String": kString, "OpenString": kOpenString,
	"Alien": kAlien, "Op": kOp, "Unknown": kUnknown, "Word": kWord, "EOL": kEOL, "Error": kError,
}

var reserved = wordSet(strings.Join(Reserved, " "))

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// Definition is the lexer of the language for participle: raw tokens, with the EOL tokens
// of the grammar put in where a newline or a closing brace ends a statement. Comments and white space
// stay in the stream, to be elided by the parser, so that every node ends where its last token ends.
type Definition struct{}

// Symbols maps the names of the token kinds to their numbers.
func (Definition) Symbols() map[string]lexer.TokenType { return symbols }

// Lex reads r whole and returns its tokens.
func (Definition) Lex(filename string, r io.Reader) (lexer.Lexer, error) {
	var text strings.Builder
	if _, err := io.Copy(&text, r); err != nil {
		return nil, err
	}
	return &stream{toks: endStatements(scan(filename, text.String(), nil), nil)}, nil
}

// tok is a token with its end. Kind and text are participle's Type and Value; text is as written, except
// for tokens that a repair put in.
type tok struct {
	kind     lexer.TokenType
	text     string
	pos, end lexer.Position
}

func (t tok) is(op string) bool  { return t.kind == kOp && t.text == op }
func (t tok) word(w string) bool { return t.kind == kWord && t.text == w }
func (t tok) trivia() bool       { return t.kind == kWS || t.kind == kNL || t.kind == kComment }
func (t tok) touches(n tok) bool { return t.end.Offset == n.pos.Offset }
func (t tok) open() bool         { return t.is("{") || t.is("(") || t.is("[") }
func (t tok) closing() bool      { return t.is("}") || t.is(")") || t.is("]") }
func (t tok) oneOf(ops ...string) bool {
	for _, op := range ops {
		if t.is(op) {
			return true
		}
	}
	return false
}

// stream hands tokens to participle. Of a run of trivia only the first token is passed on: it marks
// where the token before it ends.
type stream struct {
	toks []tok
	next int
}

func (s *stream) Next() (lexer.Token, error) {
	t := s.toks[s.next]
	if t.kind != kEOF {
		s.next++
		for t.trivia() && s.toks[s.next].trivia() {
			s.next++
		}
	}
	return lexer.Token{Type: t.kind, Value: t.text, Pos: t.pos}, nil
}

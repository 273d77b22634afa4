package parse

import (
	"fmt"

	"github.com/netc-lang/netc/lang/diag"
)

// Kind is the kind of a Token.
type Kind int

// The kinds of token. EOL is the end of a statement: a ";", or no text at all where a newline, a "}" or
// the end of the file ends one. Unknown is text that is not of the language.
const (
	EOF Kind = iota
	Space
	Newline
	Comment
	Name
	Word // a reserved word
	Number
	String
	Op
	EOL
	Unknown
)

func (k Kind) String() string {
	return [...]string{"EOF", "Space", "Newline", "Comment", "Name", "Word", "Number", "String", "Op", "EOL", "Unknown"}[k]
}

// Token is a piece of the text, as written.
type Token struct {
	Kind     Kind
	Text     string
	Pos, End diag.Pos
}

func (t Token) String() string { return fmt.Sprintf("%s %q", t.Kind, t.Text) }

// Is reports whether t is this operator or bracket.
func (t Token) Is(op string) bool { return t.Kind == Op && t.Text == op }

// IsWord reports whether t is this reserved word.
func (t Token) IsWord(w string) bool { return t.Kind == Word && t.Text == w }

// Tokens cuts a file into tokens, white space and comments included: their texts joined are the file.
func Tokens(name string, src []byte) []Token {
	raw := scan(name, string(src), nil)
	if raw[0].kind == kUnknown && raw[0].text == "\uFEFF" {
		raw[0].kind = kWS
	}
	toks := endStatements(raw, nil)
	out := make([]Token, len(toks))
	for i, t := range toks {
		text := t.text
		if t.kind == kEOL && t.pos.Offset == t.end.Offset {
			text = ""
		}
		out[i] = Token{kindOf(t), text, diag.Pos(t.pos), diag.Pos(t.end)}
	}
	return out
}

func kindOf(t tok) Kind {
	switch t.kind {
	case kEOF:
		return EOF
	case kWS:
		return Space
	case kNL:
		return Newline
	case kComment:
		return Comment
	case kName:
		return Name
	case kWord:
		return Word
	case kNumber:
		return Number
	case kString:
		return String
	case kOp:
		return Op
	case kEOL:
		return EOL
	}
	return Unknown
}

package present

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/lang/parse"
)

// span is a piece of a program with the style that it is shown in; an empty class is plain.
type span struct{ Class, Text string }

// highlight cuts a program into styled pieces with the language's own lexer. Their texts joined are the program.
func highlight(source string) []span {
	tokens := parse.Tokens("", []byte(source))
	var out []span
	put := func(class, text string) {
		if text == "" {
			return
		}
		if n := len(out); n > 0 && out[n-1].Class == class {
			out[n-1].Text += text
			return
		}
		out = append(out, span{class, text})
	}
	start := true // of a statement: the next name says what it is
	depth := 0
	for i, t := range tokens {
		class := ""
		switch t.Kind {
		case parse.Comment:
			class = "comment"
		case parse.Word:
			class = "word"
		case parse.Number:
			class = "number"
		case parse.String:
			class = "string"
		case parse.Name:
			switch next := following(tokens, i); {
			case start && depth == 0 && slices.Contains(parse.Sections, t.Text):
				class = "section"
			case start:
				class = "statement"
			case next.Is("="):
				class = "key"
			}
		case parse.Unknown:
			class = "unknown"
		case parse.Op:
			class = "op"
		}
		put(class, t.Text)
		switch t.Kind {
		case parse.Space, parse.Comment:
		case parse.Newline, parse.EOL:
			start = true
		case parse.Op:
			switch t.Text {
			case "{":
				depth++
				start = true
			case "}":
				depth--
				start = true
			default:
				start = false
			}
		default:
			start = false
		}
	}
	return out
}

// following is the next token that is not white space.
func following(tokens []parse.Token, i int) parse.Token {
	for _, t := range tokens[i+1:] {
		if t.Kind != parse.Space {
			return t
		}
	}
	return parse.Token{}
}

// changeLine is one line of the difference between two programs.
type changeLine struct {
	Class string // add, cut or same
	Sign  string
	Spans []span
}

// changes reads lines with "+ " and "- " in front.
func changes(lines []string) []changeLine {
	var out []changeLine
	for _, l := range lines {
		c := changeLine{Class: "same", Sign: " "}
		switch {
		case strings.HasPrefix(l, "+"):
			c.Class, c.Sign = "add", "+"
		case strings.HasPrefix(l, "-"):
			c.Class, c.Sign = "cut", "−"
		}
		if c.Class != "same" {
			l = strings.TrimPrefix(l[1:], " ")
		}
		c.Spans = highlight(strings.TrimRight(l, "\n"))
		out = append(out, c)
	}
	return out
}

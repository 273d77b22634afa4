package main

import (
	"bytes"
	"fmt"
	"html"
	"io/fs"
	"slices"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/styles"
)

// lexerFile is netc's lexer, in chroma's form.
const lexerFile = "editors/chroma/net.xml"

// highlighter shows netc code.
type highlighter struct {
	lexer  chroma.Lexer
	format *chromahtml.Formatter
}

func newHighlighter(repository fs.FS) (*highlighter, error) {
	lexer, err := chroma.NewXMLLexer(repository, lexerFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", lexerFile, err)
	}
	return &highlighter{lexer, chromahtml.New(chromahtml.WithClasses(true))}, nil
}

// program writes netc code as HTML. Code that starts with no section is read as the inside of one.
func (h *highlighter) program(code string) ([]byte, error) {
	var o chroma.TokeniseOptions
	o.State, o.EnsureLF = "root", true
	if !whole(code) {
		o.State = "body"
	}
	tokens, err := chroma.Tokenise(h.lexer, &o, code)
	if err != nil {
		return nil, err
	}
	// An optional group that matched nothing comes as an error of no text.
	tokens = slices.DeleteFunc(tokens, func(t chroma.Token) bool { return t.Value == "" })
	at := 0
	for _, t := range tokens {
		if t.Type == chroma.Error {
			line, _, _ := strings.Cut(code[min(at, len(code)):], "\n")
			return nil, fmt.Errorf("the lexer does not know %q before %q", t.Value, line)
		}
		at += len(t.Value)
	}
	var b bytes.Buffer
	err = h.format.Format(&b, styles.Fallback, chroma.Literator(tokens...))
	return b.Bytes(), err
}

// whole reports whether the first line of code that is no comment stands at the top level of a program.
func whole(code string) bool {
	for line := range strings.Lines(code) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "", "//":
			continue
		case "net", "use", "extend", "let", "data", "model", "block", "train", "study", "trick":
			return true
		}
		return false
	}
	return true
}

// css is the style of the code, for light and dark pages.
func (h *highlighter) css() (string, error) {
	var b strings.Builder
	for _, s := range []struct{ scheme, name string }{{"not all and (prefers-color-scheme: dark)", "friendly"}, {"(prefers-color-scheme: dark)", "dracula"}} {
		style := styles.Get(s.name)
		if style == styles.Fallback {
			return "", fmt.Errorf("chroma has no style %s", s.name)
		}
		fmt.Fprintf(&b, "@media %s {\n", s.scheme)
		if err := h.format.WriteCSS(&b, style); err != nil {
			return "", err
		}
		b.WriteString("}\n")
	}
	return b.String(), nil
}

// plain writes code of other languages.
func plain(code string) string {
	return "<pre><code>" + html.EscapeString(code) + "</code></pre>\n"
}

// Command chroma writes, for each .net file among the arguments, what chroma's lexer makes of every character, as
// classes.mjs does for VS Code. chroma has fewer kinds of token than the other editors have scopes, so it reads what
// VS Code's grammar made of the file as well, and fails where the two do not fit.
//
//	go run . REFERENCE ROOT FILE...
//
// REFERENCE is the folder that classes.mjs wrote, ROOT what the files are relative to.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/alecthomas/chroma/v2"
)

// letters are the letters of classes.mjs that a kind of token may stand for.
var letters = map[chroma.TokenType]string{
	chroma.CommentSingle:       "c",
	chroma.LiteralStringDouble: "s",
	chroma.LiteralStringEscape: "e",
	chroma.LiteralNumber:       "nu",
	chroma.KeywordDeclaration:  "K",
	chroma.KeywordNamespace:    "i",
	chroma.Keyword:             "k",
	chroma.OperatorWord:        "l",
	chroma.KeywordConstant:     "b",
	chroma.KeywordPseudo:       "E",
	chroma.KeywordType:         "X",
	chroma.NameClass:           "T",
	chroma.NameBuiltin:         "LGBR",
	chroma.NameTag:             "SC",
	chroma.NameFunction:        "FU",
	chroma.NameFunctionMagic:   "f",
	chroma.NameNamespace:       "N",
	chroma.NameConstant:        "W",
	chroma.NameLabel:           "D",
	chroma.NameVariable:        "P",
	chroma.NameAttribute:       "A",
	chroma.NameBuiltinPseudo:   "Iw",
	chroma.NameProperty:        "M",
	chroma.Name:                "VO",
	chroma.Operator:            "o",
	chroma.Punctuation:         ".",
	chroma.Error:               "!",
}

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "chroma: usage: chroma REFERENCE ROOT FILE...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "chroma:", err)
		os.Exit(1)
	}
}

func run(reference, root string, files []string) error {
	lexer, err := chroma.NewXMLLexer(os.DirFS("../../chroma"), "net.xml")
	if err != nil {
		return err
	}
	failed := 0
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join(reference, file) + ".classes")
		if err != nil {
			return err
		}
		tokens, err := chroma.Tokenise(lexer, nil, string(text))
		if err != nil {
			return err
		}
		failed += compare(file, tokens, strings.Split(string(want), "\n"))
	}
	if failed > 0 {
		return fmt.Errorf("%d places differ from VS Code's grammar", failed)
	}
	return nil
}

// compare counts the characters of which chroma and VS Code make different things. Of the rows of the
// reference, every other one is a line of the file, with the letters of the line below it.
func compare(file string, tokens []chroma.Token, rows []string) int {
	failed, line, column := 0, 0, 0
	for _, t := range tokens {
		for _, c := range t.Value {
			if c == '\n' {
				line, column = line+1, 0
				continue
			}
			if !unicode.IsSpace(c) {
				want := []rune(rows[2*line+1])[column]
				if !strings.ContainsRune(letters[t.Type], want) {
					fmt.Printf("%s:%d:%d: %q is %s, but %c in VS Code\n", file, line+1, column+1, t.Value, t.Type, want)
					failed++
				}
			}
			column++
		}
	}
	return failed
}

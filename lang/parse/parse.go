// Package parse turns the text of a .net file into its syntax tree.
//
// The grammar is in the struct tags of package ast; participle reads it with one token of lookahead. This
// package adds what a parser generator does not give: the ends of statements (eol.go), and every error of
// a file in one run, each with a message that says what is wrong and what to write instead.
package parse

import (
	"errors"
	"fmt"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// grammar is the parser of whole files; the others share its productions.
var grammar = participle.MustBuild[ast.File](
	participle.Lexer(Definition{}),
	participle.UseLookahead(1),
	participle.Elide("WS", "NL", "Comment"),
)

// File parses a whole .net file. The tree is never nil: with errors it holds what could be read, and
// ast.Bad where it could not. The diagnostics are in the order of the text.
func File(name string, src []byte) (*ast.File, diag.List) {
	toks, err := scan(name, string(src))
	if err != nil {
		panic(err)
	}
	toks = endStatements(toks)
	lex, err := lexer.Upgrade(&stream{toks: toks}, kWS, kNL, kComment)
	if err != nil {
		panic(err)
	}
	f, err := grammar.ParseFromLexer(lex)
	var list diag.List
	if err != nil {
		var pe participle.Error
		if errors.As(err, &pe) {
			at := diag.Pos(pe.Position())
			list.Add(diag.Errorf(Unexpected, diag.Span{Start: at, End: at}, "%s", pe.Message()))
		} else {
			list.Add(diag.Errorf(Unexpected, diag.Span{Start: diag.Pos{Filename: name, Line: 1, Column: 1}}, "%s", fmt.Sprint(err)))
		}
	}
	return f, list
}

// Package parse turns the text of a .net file into its syntax tree.
//
// The grammar is in the struct tags of package ast; participle reads it with one token of lookahead, and a
// recursive descent reads text without errors tens of times faster; tests hold the two together (quick.go,
// spec/adr/0019). This package adds what a parser generator does not give: the ends of statements (eol.go),
// and every error of a file in one run, each with a message that says what is wrong and what to write
// instead. The passes over the tokens are
//
//	scan           text to raw tokens (scan.go)
//	mend           unknown characters, open strings, odd numbers (lexical.go)
//	balance        brackets without a partner (brackets.go)
//	endStatements  ends of statements (eol.go)
//	reader         construct by construct, with repairs (quick.go, recover.go, explain.go)
//	check          what the grammar allows and the language does not (check.go)
package parse

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// The grammar of the struct tags, made when the first text with an error asks for it.
var grammar = sync.OnceValue(func() *participle.Parser[ast.File] {
	return participle.MustBuild[ast.File](
		participle.Lexer(Definition{}),
		participle.UseLookahead(1),
		participle.Elide("WS", "NL", "Comment"),
	)
})

// production is a construct that is read by itself: quickly where it has no error, by participle where it may have.
type production[T any] struct {
	quick   func(*quick) *T
	grammar func() *participle.Parser[T]
}

var (
	topProduction    = produce((*quick).top)
	stmtProduction   = produce((*quick).stmt)
	numberProduction = produce((*quick).number)
	argProduction    = produce((*quick).arg)
	refProduction    = produce((*quick).ref)
)

func produce[T any](read func(*quick) *T) production[T] {
	return production[T]{read, sync.OnceValue(func() *participle.Parser[T] {
		p, err := participle.ParserForProduction[T](grammar())
		if err != nil {
			panic(err) // the tags of package ast are wrong; every test of an error fails here
		}
		return p
	})}
}

// File parses a whole .net file. The tree is never nil: with errors it holds what could be read, and an
// ast.Bad where it could not. The diagnostics are in the order of the text; hints may stand among them in
// a file without errors.
func File(name string, src []byte) (*ast.File, diag.List) {
	r := &reader{}
	toks, comments := r.tokens(name, string(src))
	defer r.done()
	eof := toks[len(toks)-1]
	f := &ast.File{
		Pos:      diag.Pos(lexer.Position{Filename: name, Line: 1, Column: 1}),
		EndPos:   diag.Pos(eof.pos),
		Comments: comments,
	}
	for i, seg := range statements(toks[:len(toks)-1]) {
		if i == 0 && seg[0].kind == kName && seg[0].text == "net" {
			f.Version = r.version(seg)
			continue
		}
		f.Tops = append(f.Tops, r.readTops(seg)...)
	}
	r.check(f)
	r.list.Sort()
	return f, r.list
}

// Body parses a list of statements without braces around it, such as the edits of a command line:
// "set train.epochs = 10; off dropout".
func Body(name, src string) (*ast.Body, diag.List) {
	r := &reader{}
	toks, _ := r.tokens(name, src)
	defer r.done()
	eof := toks[len(toks)-1]
	body := &ast.Body{Pos: diag.Pos{Filename: name, Line: 1, Column: 1}, EndPos: diag.Pos(eof.pos)}
	body.Stmts = r.readStmts(toks[:len(toks)-1])
	r.check(body)
	r.list.Sort()
	return body, r.list
}

// Arg parses one argument, such as the "train.epochs = 10" of --set. Name stands for the file in positions.
// The result is nil when there are errors.
func Arg(name, text string) (*ast.Arg, diag.List) {
	return single(argProduction, name, text, "a value or NAME = VALUE")
}

// Selector parses a path with indices, such as the "stage[2].skip" of --off. The result is nil when there
// are errors.
func Selector(name, text string) (*ast.Ref, diag.List) {
	ref, list := single(refProduction, name, text, "a name like dropout or stage[2].skip")
	if ref != nil && ref.Call != nil {
		list.Add(diag.Errorf(Unexpected, ref.Call.Span(), "a selector has no arguments").
			WithHelp("write a name like `dropout` or `stage[2].skip`"))
		ref = nil
	}
	return ref, list
}

// single parses text that is one production and nothing more.
func single[T any, P interface {
	*T
	ast.Spanned
}](p production[T], name, text, want string) (P, diag.List) {
	r := &reader{}
	toks, _ := r.tokens(name, text)
	defer r.done()
	all := statements(toks[:len(toks)-1])
	if len(all) == 0 {
		r.errorf(MissingValue, toks[len(toks)-1], toks[len(toks)-1], "there is nothing here").WithHelp("write %s", want)
		return nil, r.list
	}
	if len(all) > 1 {
		r.errorf(Unexpected, all[1][0], all[1][0], "this is a second statement").WithHelp("write %s", want)
		return nil, r.list
	}
	n, bad := feed(p, all[0])
	if bad >= 0 {
		r.explainSingle(all[0], bad, want)
		return nil, r.list
	}
	r.check(P(n))
	r.list.Sort()
	if r.list.HasErrors() {
		return nil, r.list
	}
	return n, r.list
}

// Package ast is the tree of a .net file as it is written: nothing resolved, nothing expanded.
//
// The struct tags are the grammar (participle); spec/grammar.ebnf says the same in EBNF. Every node knows
// its span. Trees are read-only after parsing.
package ast

import "github.com/netc-lang/netc/lang/diag"

// File is one source file.
type File struct {
	Pos      diag.Pos
	EndPos   diag.Pos
	Version  *Number    `parser:"EOL* ('net' @@ EOL+)?"`
	Tops     []*Top     `parser:"(@@ EOL+)*"`
	Comments []*Comment `parser:""` // in source order; filled by package parse, not by the grammar
}

// Comment is a // comment, without its newline. Own says that it has a line of its own.
type Comment struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Text   string // with the //
	Own    bool
}

// Top is one construct of the top level; exactly one field is set.
type Top struct {
	Pos     diag.Pos
	EndPos  diag.Pos
	Use     *Use     `parser:"  @@"`
	Extend  *Extend  `parser:"| @@"`
	Let     *Let     `parser:"| @@"`
	Section *Section `parser:"| @@"`
	Bad     *Bad     `parser:"| @@"`
}

// Bad stands where a construct could not be read. Its syntax error has been reported; Bodies are the braced
// lists inside it, which were read all the same, so that their own errors show in the same run. A tree
// without errors has no Bad.
type Bad struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Bodies []*Body `parser:"Error (@@ | Error)*"`
}

// Use imports another file's definitions.
type Use struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Path   *String `parser:"'use' @@"`
	As     *Ident  `parser:"('as' @@)?"`
}

// Extend takes a whole program and edits it.
type Extend struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Path   *String `parser:"'extend' @@"`
	Body   *Body   `parser:"@@?"`
}

// Section is a data, block, model, trick, train or study section.
type Section struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Kind   *Ident  `parser:"(?= 'data'|'model'|'block'|'train'|'study'|'trick') @@"`
	Name   *Ident  `parser:"@@?"`
	Params *Params `parser:"@@?"`
	Body   *Body   `parser:"@@"`
}

// Params is the parameter list of a section or of a function.
type Params struct {
	Pos    diag.Pos
	EndPos diag.Pos
	List   []*Param `parser:"'(' (@@ (',' @@)* ','?)? ')'"`
}

// Param is one parameter, with its default if it has one.
type Param struct {
	Pos     diag.Pos
	EndPos  diag.Pos
	Name    *Ident `parser:"@@"`
	Default *Expr  `parser:"('=' @@)?"`
}

// Body is a braced list of statements.
type Body struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Stmts  []*Stmt `parser:"'{' EOL* (@@ EOL+)* '}'"`
}

// Stmt is one statement; exactly one field is set. The alternatives stand in the order of their frequency,
// which is the order in which they are tried; so do those of Prim.
type Stmt struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Node   *Node   `parser:"  @@"`
	Let    *Let    `parser:"| @@"`
	If     *If     `parser:"| @@"`
	For    *For    `parser:"| @@"`
	Repeat *Repeat `parser:"| @@"`
	Bad    *Bad    `parser:"| @@"`
}

// Let binds a name, or with Params a function.
type Let struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Name   *Ident  `parser:"'let' @@"`
	Params *Params `parser:"@@?"`
	Value  *Value  `parser:"'=' @@"`
}

// If chooses between bodies; ElseIf and Else are exclusive.
type If struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Cond   *Expr `parser:"'if' @@"`
	Then   *Body `parser:"@@"`
	ElseIf *If   `parser:"('else' (@@"`
	Else   *Body `parser:"| @@))?"`
}

// For expands its body once per element.
type For struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Var    *Ident `parser:"'for' @@ 'in'"`
	Over   *Expr  `parser:"@@"`
	Body   *Body  `parser:"@@"`
	As     *Ident `parser:"('as' @@)?"`
}

// Repeat expands its body a number of times.
type Repeat struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Count  *Expr  `parser:"'repeat' @@"`
	Body   *Body  `parser:"@@"`
	As     *Ident `parser:"('as' @@)?"`
}

// Node is every other statement: a layer, a setting, an edit, a line of a card.
type Node struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Head   *Head  `parser:"@@"`
	Args   []*Arg `parser:"(@@ (',' @@)*)?"`
	Body   *Body  `parser:"@@?"`
	Alt    *Alt   `parser:"('instead' 'of' @@)?"`
	As     *Ident `parser:"('as' @@)?"`
	Off    bool   `parser:"@'off'?"`
}

// Head is the word, or dotted words, that a statement starts with.
type Head struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Names  []string `parser:"(@Name ('.' @Name)* | @'off')"`
}

// Alt is the off form of a whole statement: nothing, or other statements.
type Alt struct {
	Pos     diag.Pos
	EndPos  diag.Pos
	Nothing bool  `parser:"  @'nothing'"`
	Body    *Body `parser:"| @@"`
}

// Arg is one argument. Name is nil for a positional one.
type Arg struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Name   *Path  `parser:"((?= Name ('[' (Number|'*') ']')? ('.' Name ('[' (Number|'*') ']')?)* '=') @@ '=')?"`
	Value  *Value `parser:"@@"`
}

// Path is a dotted name with optional indices, left of an equals sign.
type Path struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Segs   []*Seg `parser:"@@ ('.' @@)*"`
}

// Seg is one segment of a Path. Index is a number as written, "*", or nil.
type Seg struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Name   string  `parser:"@Name"`
	Index  *string `parser:"('[' @(Number|'*') ']')?"`
}

// Value is an expression, perhaps with an off form: on instead of off as name.
type Value struct {
	Pos    diag.Pos
	EndPos diag.Pos
	On     *Expr  `parser:"@@"`
	Off    *Expr  `parser:"((?! 'instead' 'of' ('{'|'nothing')) 'instead' 'of' @@"`
	As     *Ident `parser:"('as' @@)?)?"`
}

// Expr is a disjunction, the loosest level of expressions.
type Expr struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Or     []*And `parser:"@@ ('or' @@)*"`
}

// And is a conjunction.
type And struct {
	Pos    diag.Pos
	EndPos diag.Pos
	And    []*Cmp `parser:"@@ ('and' @@)*"`
}

// Cmp is a comparison, or just its left side.
type Cmp struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Not    bool   `parser:"@'not'?"`
	Left   *Range `parser:"@@"`
	Op     string `parser:"(@('=='|'!='|'<='|'>='|'<'|'>')"`
	Right  *Range `parser:"@@)?"`
}

// Range is lo..hi with both ends included, or just lo.
type Range struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Lo     *Sum `parser:"@@"`
	Hi     *Sum `parser:"('..' @@)?"`
}

// Sum is a chain of + and -.
type Sum struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Left   *Prod    `parser:"@@"`
	Rest   []*SumOp `parser:"@@*"`
}

// SumOp is one step of a Sum.
type SumOp struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Op     string `parser:"@('+'|'-')"`
	Right  *Prod  `parser:"@@"`
}

// Prod is a chain of * and /.
type Prod struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Left   *Unary    `parser:"@@"`
	Rest   []*ProdOp `parser:"@@*"`
}

// ProdOp is one step of a Prod.
type ProdOp struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Op     string `parser:"@('*'|'/')"`
	Right  *Unary `parser:"@@"`
}

// Unary is a primary, perhaps negated.
type Unary struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Neg    bool  `parser:"@'-'?"`
	Prim   *Prim `parser:"@@"`
}

// Prim is a primary expression; exactly one field is set.
type Prim struct {
	Pos     diag.Pos
	EndPos  diag.Pos
	Ref     *Ref    `parser:"  @@"`
	Number  *Number `parser:"| @@"`
	String  *String `parser:"| @@"`
	Literal *string `parser:"| @('true'|'false'|'nothing')"`
	List    *List   `parser:"| @@"`
	Paren   *Expr   `parser:"| '(' @@ ')'"`
}

// Number is a number with its unit, both as written.
type Number struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Text   string  `parser:"@Number"`
	Unit   *string `parser:"@('%'|'epoch'|'epochs'|'step'|'steps'|'ms'|'s'|'min'|'h'|'hour'|'hours'|'day'|'days'|'KB'|'MB'|'GB'|'px'|'deg'|'points')?"`
}

// String is a string literal; Text has quotes and escapes as written.
type String struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Text   string `parser:"@String"`
}

// List is a bracketed list.
type List struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Items  []*Expr `parser:"'[' (@@ (',' @@)* ','?)? ']'"`
}

// Ref is a variable, a word, a selector or a call.
type Ref struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Segs   []*RefSeg `parser:"@@ ('.' @@)*"`
	Call   *Call     `parser:"@@?"`
}

// RefSeg is one segment of a Ref: a name, perhaps with [*] or [expr].
type RefSeg struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Name   string `parser:"@Name"`
	Star   bool   `parser:"('[' (@'*'"`
	Index  *Expr  `parser:"| @@) ']')?"`
}

// Call is a parenthesised argument list.
type Call struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Args   []*Arg `parser:"'(' (@@ (',' @@)* ','?)? ')'"`
}

// Ident is a name with its place.
type Ident struct {
	Pos    diag.Pos
	EndPos diag.Pos
	Name   string `parser:"@Name"`
}

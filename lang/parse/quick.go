package parse

import (
	"slices"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// quick reads one construct that has no errors: the grammar of package ast by recursive descent, a method for
// each production. Participle, which reads the same grammar from the struct tags, is several hundred times slower
// and is asked about what quick does not take: where the error is (spec/adr/0019). TestQuick and FuzzQuick hold
// the two to the same texts and the same trees.
//
// Methods take the next tokens or set wrong, which stays set: a caller looks at it before a loop goes on, and
// trees are of no worth once it is.
type quick struct {
	toks  []tok
	at    int
	wrong bool
}

// quickly returns the tree of tokens that are one construct and no more, else nil.
func quickly[T any](construct func(*quick) *T, toks []tok) *T {
	q := quick{toks: toks}
	n := construct(&q)
	if q.wrong || q.at < len(toks) {
		return nil
	}
	return n
}

// nowhere stands behind the last token.
var nowhere = tok{kind: kEOF}

func (q *quick) peek(n int) *tok {
	if q.at+n < len(q.toks) {
		return &q.toks[q.at+n]
	}
	return &nowhere
}

func (q *quick) start() diag.Pos { return diag.Pos(q.peek(0).pos) }

// end is where the token before the next one ends: every construct takes at least one.
func (q *quick) end() diag.Pos {
	if q.at == 0 {
		q.wrong = true
		return diag.Pos{}
	}
	return diag.Pos(q.toks[q.at-1].end)
}

// next reports whether the next token is this word or sign.
func (q *quick) next(text string) bool { return !q.wrong && q.peek(0).text == text }

// take takes the next token if it is this word or sign.
func (q *quick) take(text string) bool {
	if !q.next(text) {
		return false
	}
	q.at++
	return true
}

func (q *quick) want(text string) {
	if !q.take(text) {
		q.wrong = true
	}
}

// kind takes a token of a kind and returns its text.
func (q *quick) kind(k *tok, is bool) string {
	if !is || q.wrong {
		q.wrong = true
		return ""
	}
	q.at++
	return k.text
}

func (q *quick) name() string {
	t := q.peek(0)
	return q.kind(t, t.kind == kName)
}

func (q *quick) nextName() bool { return !q.wrong && q.peek(0).kind == kName }

func (q *quick) top() *ast.Top {
	n := &ast.Top{Pos: q.start()}
	switch t := q.peek(0); {
	case t.text == "use":
		n.Use = q.use()
	case t.text == "extend":
		n.Extend = q.extend()
	case t.text == "let":
		n.Let = q.let()
	case t.kind == kName && slices.Contains(Sections, t.text):
		n.Section = q.section()
	default:
		q.wrong = true
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) use() *ast.Use {
	n := &ast.Use{Pos: q.start()}
	q.want("use")
	n.Path = q.str()
	n.As = q.as()
	n.EndPos = q.end()
	return n
}

func (q *quick) extend() *ast.Extend {
	n := &ast.Extend{Pos: q.start()}
	q.want("extend")
	n.Path = q.str()
	if q.next("{") {
		n.Body = q.body()
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) section() *ast.Section {
	n := &ast.Section{Pos: q.start(), Kind: q.ident()}
	if q.nextName() {
		n.Name = q.ident()
	}
	if q.next("(") {
		n.Params = q.params()
	}
	n.Body = q.body()
	n.EndPos = q.end()
	return n
}

func (q *quick) params() *ast.Params {
	n := &ast.Params{Pos: q.start()}
	q.between("(", ")", func() {
		p := &ast.Param{Pos: q.start(), Name: q.ident()}
		if q.take("=") {
			p.Default = q.expr(&chain{})
		}
		p.EndPos = q.end()
		n.List = append(n.List, p)
	})
	n.EndPos = q.end()
	return n
}

// between reads items with commas between brackets: none, or some and perhaps a last comma.
func (q *quick) between(open, close string, item func()) {
	q.want(open)
	for !q.wrong && !q.next(close) {
		item()
		if !q.take(",") {
			break
		}
	}
	q.want(close)
}

func (q *quick) body() *ast.Body {
	n := &ast.Body{Pos: q.start()}
	q.want("{")
	q.eols()
	for !q.wrong && !q.next("}") {
		n.Stmts = append(n.Stmts, q.stmt())
		if q.peek(0).kind != kEOL {
			q.wrong = true
		}
		q.eols()
	}
	q.want("}")
	n.EndPos = q.end()
	return n
}

func (q *quick) eols() {
	for q.peek(0).kind == kEOL {
		q.at++
	}
}

func (q *quick) stmt() *ast.Stmt {
	switch t := q.peek(0); {
	case t.kind == kName || t.text == "off":
		return q.node()
	case t.text == "let":
		n := q.let()
		return &ast.Stmt{Pos: n.Pos, EndPos: n.EndPos, Let: n}
	case t.text == "if":
		n := q.choice()
		return &ast.Stmt{Pos: n.Pos, EndPos: n.EndPos, If: n}
	case t.text == "for":
		n := q.loop()
		return &ast.Stmt{Pos: n.Pos, EndPos: n.EndPos, For: n}
	case t.text == "repeat":
		n := q.repeat()
		return &ast.Stmt{Pos: n.Pos, EndPos: n.EndPos, Repeat: n}
	}
	q.wrong = true
	return nil
}

func (q *quick) let() *ast.Let {
	n := &ast.Let{Pos: q.start()}
	q.want("let")
	n.Name = q.ident()
	if q.next("(") {
		n.Params = q.params()
	}
	q.want("=")
	n.Value = q.value(&ast.Value{}, &chain{})
	n.EndPos = q.end()
	return n
}

func (q *quick) choice() *ast.If {
	n := &ast.If{Pos: q.start()}
	q.want("if")
	n.Cond = q.expr(&chain{})
	n.Then = q.body()
	if q.take("else") {
		if q.next("if") {
			n.ElseIf = q.choice()
		} else {
			n.Else = q.body()
		}
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) loop() *ast.For {
	n := &ast.For{Pos: q.start()}
	q.want("for")
	n.Var = q.ident()
	q.want("in")
	n.Over = q.expr(&chain{})
	n.Body = q.body()
	n.As = q.as()
	n.EndPos = q.end()
	return n
}

func (q *quick) repeat() *ast.Repeat {
	n := &ast.Repeat{Pos: q.start()}
	q.want("repeat")
	n.Count = q.expr(&chain{})
	n.Body = q.body()
	n.As = q.as()
	n.EndPos = q.end()
	return n
}

// node reads the statements that are most of a file. What one always has is allocated in one piece.
func (q *quick) node() *ast.Stmt {
	c := &struct {
		stmt  ast.Stmt
		node  ast.Node
		head  ast.Head
		names [1]string
	}{}
	n := &c.node
	n.Pos = q.start()
	n.Head, c.head.Pos = &c.head, n.Pos
	if q.nextName() {
		c.names[0] = q.name()
		c.head.Names = c.names[:]
		for q.take(".") {
			c.head.Names = append(c.head.Names, q.name())
		}
	} else {
		q.want("off")
		c.names[0] = "off"
		c.head.Names = c.names[:]
	}
	c.head.EndPos = q.end()
	if q.startsExpr() {
		n.Args = append(n.Args, q.arg())
		for q.take(",") {
			n.Args = append(n.Args, q.arg())
		}
	}
	if q.next("{") {
		n.Body = q.body()
	}
	if q.take("instead") {
		q.want("of")
		n.Alt = q.alt()
	}
	n.As = q.as()
	n.Off = q.take("off")
	n.EndPos = q.end()
	c.stmt = ast.Stmt{Pos: n.Pos, EndPos: n.EndPos, Node: n}
	return &c.stmt
}

func (q *quick) alt() *ast.Alt {
	n := &ast.Alt{Pos: q.start()}
	if n.Nothing = q.take("nothing"); !n.Nothing {
		n.Body = q.body()
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) as() *ast.Ident {
	if !q.take("as") {
		return nil
	}
	return q.ident()
}

func (q *quick) arg() *ast.Arg {
	c := &struct {
		arg   ast.Arg
		value ast.Value
		chain chain
	}{}
	n := &c.arg
	n.Pos = q.start()
	if q.pathAhead() {
		n.Name = q.path()
		q.want("=")
	}
	n.Value = q.value(&c.value, &c.chain)
	n.EndPos = q.end()
	return n
}

// pathAhead reports whether a path and an equals sign follow.
func (q *quick) pathAhead() bool {
	for i := 0; ; i++ {
		if q.peek(i).kind != kName {
			return false
		}
		i++
		if q.peek(i).text == "[" {
			if t := q.peek(i + 1); t.kind != kNumber && t.text != "*" || q.peek(i+2).text != "]" {
				return false
			}
			i += 3
		}
		switch q.peek(i).text {
		case ".":
		case "=":
			return true
		default:
			return false
		}
	}
}

func (q *quick) path() *ast.Path {
	n := &ast.Path{Pos: q.start()}
	for {
		s := &ast.Seg{Pos: q.start(), Name: q.name()}
		if q.take("[") {
			t := q.peek(0)
			text := q.kind(t, t.kind == kNumber || t.text == "*")
			s.Index = &text
			q.want("]")
		}
		s.EndPos = q.end()
		n.Segs = append(n.Segs, s)
		if !q.take(".") {
			break
		}
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) value(n *ast.Value, c *chain) *ast.Value {
	n.Pos = q.start()
	n.On = q.expr(c)
	// The off form of the whole statement, a body or nothing, is not the value's.
	if q.next("instead") && q.peek(1).text == "of" && q.peek(2).text != "{" && q.peek(2).text != "nothing" {
		q.at += 2
		n.Off = q.expr(&chain{})
		n.As = q.as()
	}
	n.EndPos = q.end()
	return n
}

func (q *quick) ident() *ast.Ident {
	return &ast.Ident{Pos: q.start(), Name: q.name(), EndPos: q.end()}
}

func (q *quick) str() *ast.String {
	t := q.peek(0)
	return &ast.String{Pos: q.start(), Text: q.kind(t, t.kind == kString), EndPos: q.end()}
}

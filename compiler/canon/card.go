package canon

import (
	"sort"
	"strings"
	"sync"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/stdlib"
)

// Card is a trick section: what a trick is, what it claims, and what stands in its place when it is off.
type Card struct {
	Name    string
	Title   string
	Solves  string
	Source  string
	Cost    string
	Caution string
	Kin     []string
	Expect  []Expectation

	// Construct says what the card marks: a statement (dropout), a statement with that constructor (act relu), or
	// a constructor's argument (optimizer.momentum).
	Construct Construct
	// Off is what takes its place: nil for nothing, else the value.
	Off *ast.Expr
	// OffBody replaces the whole statement.
	OffBody *ast.Body
	// Change makes the trick a change: its edits apply while it is on.
	Change *ast.Body
	Params *ast.Params
	def    *Def
	span   diag.Span
}

// Construct is the place that a card marks.
type Construct struct {
	Head     string // the statement: act
	Value    string // its constructor or first word, "" for any: relu
	Argument string // of the constructor, "" for the statement itself: momentum
}

// Expectation is one line of a card's signature: train.loss = up.
type Expectation struct{ Measure, Direction string }

// CardSignatures declares the lines of a trick section.
func CardSignatures() []catalog.Signature {
	line := func(name, doc string, t catalog.Type) catalog.Signature {
		return catalog.Signature{Kind: catalog.Card, Name: name, Doc: doc,
			Params: []catalog.Param{{Name: "text", Doc: doc, Type: t, Positional: true}}}
	}
	text := catalog.Text()
	return []catalog.Signature{
		line("title", "The trick's full name.", text),
		line("solves", "The problem that it claims to solve.", text.OrElse(catalog.Name())),
		line("source", "The paper.", text),
		line("cost", "What it costs.", text),
		line("caution", "When it does not help.", text),
		{Kind: catalog.Card, Name: "kin", Doc: "Tricks that act alike.", Rest: &catalog.Param{Name: "names", Type: catalog.Name()}},
		{Kind: catalog.Card, Name: "expect", Doc: "What should move, and which way: train.loss = up."},
		{Kind: catalog.Card, Name: "construct", Doc: "What the card marks; the statement of the trick's own name by default.",
			Params: []catalog.Param{
				{Name: "head", Type: catalog.Path(), Positional: true},
				{Name: "value", Type: catalog.Name(), Positional: true, Default: catalog.Nothing()}}},
		line("off", "What stands in its place when it is off.", catalog.Any()),
		{Kind: catalog.Card, Name: "change", Doc: "The edits that the trick is.", Body: catalog.Edit},
	}
}

// card reads a trick section, once.
func (p *Program) card(def *Def) *Card {
	if c, done := p.cards[def.Section]; done {
		return c
	}
	c := &Card{Name: def.Name(), def: def, span: def.Span(), Params: def.Section.Params,
		Construct: Construct{Head: def.Name()}}
	p.cards[def.Section] = c
	for _, s := range def.Section.Body.Stmts {
		if s.Node == nil {
			if s.Bad == nil {
				p.add(diag.Errorf(codeCard, spanOf(s.Pos, s.EndPos), "a trick's card has plain lines only, no let, if or loop"))
			}
			continue
		}
		p.cardLine(c, s.Node)
	}
	if c.Title == "" {
		p.add(diag.Errorf(codeCard, c.span, "the card of %s has no title", c.Name).WithHelp(`add: title "…"`))
	}
	return c
}

func (p *Program) cardLine(c *Card, n *ast.Node) {
	head := strings.Join(n.Head.Names, ".")
	if len(n.Head.Names) == 0 {
		head = "off"
	}
	span := spanOf(n.Pos, n.EndPos)
	text := func() string {
		if len(n.Args) != 1 || n.Args[0].Name != nil {
			p.add(diag.Errorf(codeCard, span, "%s takes one text", head).WithHelp(`%s "…"`, head))
			return ""
		}
		v, err := (&Evaluator{}).Eval(n.Args[0].Value.On, c.def.Scope.env)
		if err != nil || v.Kind != model.String && v.Kind != model.Word {
			p.add(diag.Errorf(codeCard, span, "%s takes a text", head).WithHelp(`%s "…"`, head))
			return ""
		}
		return v.Str
	}
	switch head {
	case "title":
		c.Title = text()
	case "solves":
		c.Solves = text()
	case "source":
		c.Source = text()
	case "cost":
		c.Cost = text()
	case "caution":
		c.Caution = text()
	case "kin":
		for _, a := range n.Args {
			c.Kin = append(c.Kin, exprText(a.Value.On))
		}
	case "expect":
		for _, a := range n.Args {
			dir := exprText(a.Value.On)
			if a.Name == nil || dir != "up" && dir != "down" && dir != "same" {
				p.add(diag.Errorf(codeCard, spanOf(a.Pos, a.EndPos), "an expectation is MEASURE = up, down or same").
					WithHelp("expect train.loss = up, gap = down"))
				continue
			}
			c.Expect = append(c.Expect, Expectation{pathText(a.Name), dir})
		}
	case "construct":
		p.construct(c, n, span)
	case "off":
		if n.Body != nil {
			c.OffBody = n.Body
			return
		}
		if len(n.Args) != 1 {
			p.add(diag.Errorf(codeCard, span, "off takes one value, or nothing").WithHelp("off nothing"))
			return
		}
		if exprText(n.Args[0].Value.On) != "nothing" {
			c.Off = n.Args[0].Value.On
		}
	case "change":
		if n.Body == nil {
			p.add(diag.Errorf(codeCard, span, "change takes edits in braces").WithHelp("change { set train.batch = 512 }"))
			return
		}
		c.Change = n.Body
	default:
		names := p.Catalog.Names(catalog.Card)
		d := diag.Errorf(codeCard, spanOf(n.Head.Pos, n.Head.EndPos), "a trick's card has no line %s", head)
		if near, ok := spell.Nearest(head, names); ok {
			d.WithHelp("did you mean %s?", near)
		} else {
			d.WithHelp("it has %s", strings.Join(names, ", "))
		}
		p.add(d)
	}
}

func (p *Program) construct(c *Card, n *ast.Node, span diag.Span) {
	if len(n.Args) == 0 || len(n.Args) > 2 {
		p.add(diag.Errorf(codeCard, span, "construct names a statement, and perhaps its value").WithHelp("construct act, relu"))
		return
	}
	head, arg, _ := strings.Cut(exprText(n.Args[0].Value.On), ".")
	c.Construct = Construct{Head: head, Argument: arg}
	if len(n.Args) == 2 {
		c.Construct.Value = exprText(n.Args[1].Value.On)
	}
}

// CardPlace is a card's trick at one statement.
type CardPlace struct {
	Card *Card
	Off  bool // of a constructor's argument; a whole statement is off by Node.Off
}

// OffExpr is the value that stands for the card's trick when it is off.
func (c *CardPlace) OffExpr() *ast.Expr { return c.Card.Off }

// Env is the scope that the card was written in.
func (c *CardPlace) Env() *Env { return c.Card.def.Scope.env }

// applies reports whether the statement's form in force has what an argument's card marks: with
// `sgd(momentum = 0.9) instead of adam` off, there is no momentum.
func (c *CardPlace) applies(n *Node) bool {
	if len(n.Args) > 0 && n.Args[0].UseOff && n.Args[0].Off != nil {
		return false
	}
	return true
}

// Applies reports whether the card's off value is in force: it is off, and the form in force has the argument.
func (c *CardPlace) Applies(n *Node) bool { return c.Off && c.applies(n) }

// attachCards finds the cards that mark a statement: those of its constructor's arguments, and the one that says
// most about the statement itself (norm batch before norm). A statement with an `instead of` of its own has that as its
// trick; the card then only documents it.
func (x *expander) attachCards(n *Node) {
	if n.Kind == Change || n.Kind == Root || n.Kind == Group || n.Kind == Branch {
		return
	}
	value, args := x.firstValue(n)
	var whole *Card
	for _, card := range x.p.cardsFor(n.Env.scope, lastWord(n.Name)) {
		k := card.Construct
		switch {
		case k.Value != "" && k.Value != value:
		case k.Argument != "":
			if indexOf(args, k.Argument) >= 0 {
				n.Cards = append(n.Cards, &CardPlace{Card: card})
			}
		case whole == nil || whole.Construct.Value == "" && k.Value != "":
			whole = card
		}
	}
	if whole == nil {
		return
	}
	if n.Alt != nil || hasOff(n) {
		n.Doc = whole
		return
	}
	n.Cards = append(n.Cards, &CardPlace{Card: whole})
	if whole.OffBody != nil {
		x.cardAlternative(n, whole)
	}
}

// cardAlternative expands the statements that a card puts in the place of one that is off, as `instead of { … }` would.
func (x *expander) cardAlternative(n *Node, card *Card) {
	env := card.def.Scope.env.child()
	env.frame = n.Env.frame
	n.Alt = &Alt{}
	n.Trick = card.Name
	x.alternativeBody(n, card.OffBody.Stmts, env)
}

// cardsFor lists the cards in scope that mark a statement, the nearest first: the file's own, those of what it extends
// and uses, the standard library's. A nearer card of the same name hides a farther one.
func (p *Program) cardsFor(s *Scope, head string) []*Card {
	key := cardKey{s, head}
	if list, done := p.byHead[key]; done {
		return list
	}
	var list []*Card
	seen := map[string]bool{}
	add := func(def *Def) {
		if def == nil || seen[def.Name()] {
			return
		}
		seen[def.Name()] = true
		if c := p.card(def); c.Change == nil && c.Construct.Head == head {
			list = append(list, c)
		}
	}
	for _, def := range s.visible("trick") {
		add(def)
	}
	for _, name := range standardCards()[head] {
		add(s.Find("trick", name))
	}
	p.byHead[key] = list
	return list
}

type cardKey struct {
	scope *Scope
	head  string
}

// standardCards lists the names of the standard library's cards by the statement that they mark.
var standardCards = sync.OnceValue(func() map[string][]string {
	byHead := map[string][]string{}
	for _, name := range stdlib.Names("tricks") {
		src, err := stdlib.Read("tricks/" + name + ".net")
		if err != nil {
			continue // the library is embedded: its own tests read every file
		}
		tree, _ := parse.File(name, src)
		for _, top := range tree.Tops {
			if top.Section == nil {
				continue
			}
			head := name
			for _, s := range top.Section.Body.Stmts {
				if s.Node != nil && len(s.Node.Head.Names) == 1 && s.Node.Head.Names[0] == "construct" && len(s.Node.Args) > 0 {
					head, _, _ = strings.Cut(exprText(s.Node.Args[0].Value.On), ".")
				}
			}
			byHead[head] = append(byHead[head], name)
		}
	}
	return byHead
})

func hasOff(n *Node) bool {
	for _, a := range n.Args {
		if a.Off != nil {
			return true
		}
	}
	return false
}

// firstValue is the word or constructor that a statement's first argument is, with the names of the
// constructor's written arguments.
func (x *expander) firstValue(n *Node) (string, []string) {
	var value *ast.Expr
	if len(n.Args) > 0 && n.Args[0].Name == "" {
		value = n.Args[0].On
	}
	var args []string
	sig := x.p.Catalog.Get(n.Where, n.Name)
	if sig != nil && len(sig.Params) > 0 {
		first := sig.Params[0].Name
		for _, a := range n.Args {
			if a.Name == first {
				value = a.On
			}
		}
		if s := n.Sets[first]; s != nil {
			value = s.Expr
		}
		for name := range n.Sets {
			if sig.Param(name) == nil {
				args = append(args, name)
			}
		}
	}
	if value == nil {
		return "", nil
	}
	r := bareRef(value)
	if r == nil || len(r.Segs) != 1 {
		return "", nil
	}
	if r.Call != nil {
		for _, a := range r.Call.Args {
			if a.Name != nil {
				args = append(args, pathText(a.Name))
			} else if f := bareRef(a.Value.On); f != nil && len(f.Segs) == 1 {
				args = append(args, f.Segs[0].Name)
			}
		}
	}
	sort.Strings(args)
	return r.Segs[0].Name, args
}

// bareRef returns the reference that an expression is, if it is nothing more.
func bareRef(x *ast.Expr) *ast.Ref {
	if len(x.Or) != 1 || len(x.Or[0].And) != 1 {
		return nil
	}
	c := x.Or[0].And[0]
	if c.Not || c.Right != nil || c.Left.Hi != nil || len(c.Left.Lo.Rest) > 0 || len(c.Left.Lo.Left.Rest) > 0 {
		return nil
	}
	u := c.Left.Lo.Left.Left
	if u.Neg {
		return nil
	}
	return u.Prim.Ref
}

// bareCall returns the call that an expression is, if it is nothing more.
func bareCall(x *ast.Expr) *ast.Ref {
	if r := bareRef(x); r != nil && r.Call != nil {
		return r
	}
	return nil
}

// BareRef returns the reference that an expression is, or nil when it is more than that.
func BareRef(x *ast.Expr) *ast.Ref { return bareRef(x) }

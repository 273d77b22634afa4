package canon

import (
	"sort"
	"strings"
	"sync"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
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
	Needs   []string // tricks of the same statement without which this one is absent
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
	lines  map[string]bool // that were read
}

// Construct is the place that a card marks.
type Construct struct {
	Head     string   // the statement: act; "" for a card that documents what programs write themselves
	Value    string   // its constructor or first word, "" for any: relu
	Flags    []string // words that must stand behind the value: global
	Argument string   // of the constructor, "" for the statement itself: momentum
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
		{Kind: catalog.Card, Name: "kin", Doc: "Tricks that act alike.", Rest: &catalog.Param{Name: "names", Doc: "Names of tricks.", Type: catalog.Name()}},
		{Kind: catalog.Card, Name: "needs", Doc: "Tricks of the same statement without which this one does nothing.", Rest: &catalog.Param{Name: "names", Doc: "Names of tricks.", Type: catalog.Name()}},
		{Kind: catalog.Card, Name: "expect", Doc: "What should move, and which way: train.loss = up."},
		{Kind: catalog.Card, Name: "construct", Doc: "What the card marks: a statement, one with that value (act, relu) and flags (pool, average, global), an argument (optimizer.momentum), or nothing, for tricks that programs write with `instead of`. The statement of the trick's own name by default.",
			Params: []catalog.Param{
				{Name: "head", Doc: "The statement, or the statement and an argument of its constructor.", Type: catalog.Path(), Positional: true},
				{Name: "value", Doc: "Its constructor or first word.", Type: catalog.Name(), Positional: true, Default: catalog.Nothing()}},
			Rest: &catalog.Param{Name: "flags", Doc: "Words that stand behind the value.", Type: catalog.Name()}},
		line("off", "What stands in its place when it is off.", catalog.Any()),
		{Kind: catalog.Card, Name: "change", Doc: "The edits that the trick is.", Body: catalog.Edit},
	}
}

// Card returns the card of a trick by name, as the program's own file sees it, or nil.
func (p *Program) Card(name string) *Card {
	if def := p.Scope.Find("trick", name); def != nil {
		return p.card(def)
	}
	return nil
}

// card reads a trick section, once.
func (p *Program) card(def *Def) *Card {
	if c, done := p.cards[def.Section]; done {
		return c
	}
	c := &Card{Name: def.Name(), def: def, span: def.Span(), Params: def.Section.Params,
		Construct: Construct{Head: def.Name()}, lines: map[string]bool{}}
	p.cards[def.Section] = c
	for _, s := range def.Section.Body.Stmts {
		if s.Node == nil {
			if s.Bad == nil {
				p.add(diag.Errorf(codeCard, spanOf(s.Pos, s.EndPos), "a trick's card has plain lines only, no let, if or loop").
					WithHelp("title, solves, source, cost, caution, kin, needs, expect, construct, off, change"))
			}
			continue
		}
		p.cardLine(c, s.Node)
	}
	if !c.lines["title"] && !c.lines[""] {
		p.add(diag.Errorf(codeCard, c.span, "the card of %s has no title", c.Name).WithHelp(`add: title "…"`))
	}
	p.sound(c)
	return c
}

func (p *Program) cardLine(c *Card, n *ast.Node) {
	head := strings.Join(n.Head.Names, ".")
	if len(n.Head.Names) == 0 {
		head = "off"
	}
	span := spanOf(n.Pos, n.EndPos)
	if c.lines[head] {
		p.add(diag.Errorf(codeCard, span, "the card of %s has %s twice", c.Name, head).WithHelp("take one of them out"))
	}
	c.lines[head] = true
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
	case "kin", "needs":
		for _, a := range n.Args {
			r := bareRef(a.Value.On)
			if a.Name != nil || a.Value.Off != nil || r == nil || r.Call != nil || len(r.Segs) != 1 {
				p.add(diag.Errorf(codeCard, spanOf(a.Pos, a.EndPos), "%s takes names of tricks", head).WithHelp("%s dropout, l2", head))
				continue
			}
			if head == "kin" {
				c.Kin = append(c.Kin, r.Segs[0].Name)
			} else {
				c.Needs = append(c.Needs, r.Segs[0].Name)
			}
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
		c.lines[""] = true // perhaps a misspelt title
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
	fail := func() {
		p.add(diag.Errorf(codeCard, span, "construct names a statement, and perhaps its value and flags; or nothing").
			WithHelp("construct act, relu"))
	}
	if len(n.Args) == 0 {
		fail()
		return
	}
	var words []string
	for i, a := range n.Args {
		r := bareRef(a.Value.On)
		if i == 0 && exprText(a.Value.On) == "nothing" && len(n.Args) == 1 {
			c.Construct = Construct{}
			return
		}
		if r == nil || r.Call != nil || a.Name != nil || a.Value.Off != nil || len(r.Segs) > 2 || i > 0 && len(r.Segs) > 1 {
			fail()
			return
		}
		words = append(words, RefText(r))
	}
	head, arg, _ := strings.Cut(words[0], ".")
	c.Construct = Construct{Head: head, Argument: arg}
	if len(words) > 1 {
		c.Construct.Value, c.Construct.Flags = words[1], words[2:]
	}
}

// markable are the kinds of statements that a card may mark.
var markable = []catalog.Kind{catalog.Layer, catalog.Data, catalog.Augment, catalog.Train}

// sound checks that what a card marks exists.
func (p *Program) sound(c *Card) {
	k := c.Construct
	if c.Change != nil {
		if c.Off != nil || c.OffBody != nil {
			p.add(diag.Errorf(codeCard, c.span, "the card of %s has a change and an off form", c.Name).WithHelp("a change's off form is the program without it: take `off` out"))
		}
		return
	}
	if k.Argument != "" && c.Off == nil {
		p.add(diag.Errorf(codeCard, c.span, "the card of %s marks an argument, which needs a value when it is off", c.Name).WithHelp("off 0"))
	}
	if k.Head == "" || c.def.Scope.Find("block", k.Head) != nil {
		return
	}
	var sigs []*catalog.Signature
	var names []string
	for _, kind := range markable {
		if s := p.Catalog.Get(kind, k.Head); s != nil {
			sigs = append(sigs, s)
		}
		names = append(names, p.Catalog.Names(kind)...)
	}
	if len(sigs) == 0 {
		if c.lines["change"] || c.lines["construct"] && k.Head == c.Name {
			return // that line has been reported
		}
		d := diag.Errorf(codeCard, c.span, "the card of %s marks %s, and no statement is called that", c.Name, k.Head)
		near, ok := spell.Nearest(k.Head, append(names, c.def.Scope.names("block")...))
		if ok {
			d.WithHelp("did you mean construct %s?", near)
		} else {
			d.WithHelp("write construct STATEMENT, or construct nothing for a trick that programs write with `instead of`")
		}
		p.add(d)
		return
	}
	var values, args []string
	for _, s := range sigs {
		if len(s.Params) == 0 {
			continue
		}
		for t := &s.Params[0].Type; t != nil; t = t.Or {
			values = append(values, t.Words...)
			if t.Kind == catalog.TConstructor {
				for _, v := range p.Catalog.Names(t.Of) {
					values = append(values, v)
					for _, q := range p.Catalog.Get(t.Of, v).Params {
						args = append(args, q.Name)
					}
				}
			}
		}
	}
	if k.Value != "" && indexOf(values, k.Value) < 0 {
		p.add(suggest(diag.Errorf(codeCard, c.span, "the card of %s marks %s %s, and %s takes no such value", c.Name, k.Head, k.Value, k.Head), k.Value, values))
	}
	if k.Argument != "" && indexOf(args, k.Argument) < 0 {
		p.add(suggest(diag.Errorf(codeCard, c.span, "the card of %s marks %s of %s, and no %s has such an argument", c.Name, k.Argument, k.Head, k.Head), k.Argument, args))
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

// inForce reports whether the statement's form in force has what an argument's card marks: with
// `sgd(momentum = 0.9) instead of adam` off, there is no momentum.
func (c *CardPlace) inForce(n *Node) bool {
	return !n.Off && (len(n.Args) == 0 || !n.Args[0].UseOff || n.Args[0].Off == nil)
}

// lacks reports whether a trick of the same statement that this one needs is off: nesterov looks ahead along the momentum.
func (c *CardPlace) lacks(n *Node) bool {
	for _, other := range n.Cards {
		if other.Off && indexOf(c.Card.Needs, other.Card.Name) >= 0 {
			return true
		}
	}
	return false
}

// active reports whether an argument's trick is part of the statement as it is switched.
func (c *CardPlace) active(n *Node) bool { return c.inForce(n) && !c.lacks(n) }

// Applies reports whether the off value of an argument's card is in force.
func (c *CardPlace) Applies(n *Node) bool { return c.inForce(n) && (c.Off || c.lacks(n)) }

// attachCards finds the cards that mark a statement: those of its constructor's arguments, and the one that says
// most about the statement itself (norm batch before norm). A statement with an `instead of` of its own has that as its
// trick; the card then only documents it.
func (x *expander) attachCards(n *Node) {
	if n.Kind == Change || n.Kind == Root || n.Kind == Group || n.Kind == Branch {
		return
	}
	value, args := x.firstValue(n)
	var whole *Card
	for _, card := range x.p.cardsFor(n, value) {
		k := card.Construct
		switch {
		case k.Value != "" && k.Value != value:
		case k.Argument != "" && card.Off == nil: // reported where the card is read
		case k.Argument != "":
			if indexOf(args, k.Argument) >= 0 || x.byDefault(n, value, card) {
				n.Cards = append(n.Cards, &CardPlace{Card: card})
			}
		case !flagged(n, k.Flags):
		case whole == nil || k.detail() > whole.Construct.detail():
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

// detail says how much a card asks of a statement: the one that asks most is meant.
func (k Construct) detail() int {
	d := len(k.Flags)
	if k.Value != "" {
		d++
	}
	return d
}

// flagged reports whether words stand among the arguments.
func flagged(n *Node, flags []string) bool {
	for _, f := range flags {
		found := false
		for _, a := range n.Args {
			r := bareRef(a.On)
			found = found || a.Name == "" && r != nil && RefText(r) == f || a.Name == f && exprText(a.On) == "true"
		}
		if !found {
			return false
		}
	}
	return true
}

// byDefault reports whether a constructor has an argument's trick without its being written: adamw decays by default.
func (x *expander) byDefault(n *Node, value string, card *Card) bool {
	sig := x.p.Catalog.Get(n.Where, n.Name)
	if sig == nil || len(sig.Params) == 0 || sig.Params[0].Type.Kind != catalog.TConstructor || card.Off == nil {
		return false
	}
	c := x.p.Catalog.Get(sig.Params[0].Type.Of, value)
	if c == nil {
		return false
	}
	q := c.Param(card.Construct.Argument)
	return q != nil && q.Default != nil && q.Default.IsSet() && q.Default.String() != exprText(card.Off)
}

// cardAlternative expands the statements that a card puts in the place of one that is off, as `instead of { … }` would.
func (x *expander) cardAlternative(n *Node, card *Card) {
	env := card.def.Scope.env.child()
	env.frame = n.Env.frame
	n.Alt = &Alt{}
	n.Trick = card.Name
	x.alternativeBody(n, card.OffBody.Stmts, env)
}

// cardsFor lists the cards in scope that mark a statement with the given first value, the nearest first: the file's own, those of what it
// extends and uses, the standard library's. A nearer card of the same name hides a farther one. Standard cards whose first word is neither
// the value nor a flag of the statement do not mark it, and are not read.
func (p *Program) cardsFor(n *Node, value string) []*Card {
	s, head := n.Env.scope, lastWord(n.Name)
	var standard []string
	for _, c := range standardCards()[head] {
		if c.word == "" || c.word == value || flagged(n, []string{c.word}) {
			standard = append(standard, c.name)
		}
	}
	key := cardKey{s, head, strings.Join(standard, " ")}
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
	for _, name := range standard {
		add(s.Find("trick", name))
	}
	p.byHead[key] = list
	return list
}

type cardKey struct {
	scope          *Scope
	head, standard string
}

// standardCard is a card of the standard library with the first word, a value or a flag, that its construct asks for; "" for none.
type standardCard struct{ name, word string }

// standardCards lists the cards of the standard library by the statement that they mark. It reads only the line that says so of each file:
// to parse all of them would take longer than all else that a small program needs.
var standardCards = sync.OnceValue(func() map[string][]standardCard {
	byHead := map[string][]standardCard{}
	for _, name := range stdlib.Names("tricks") {
		src, err := stdlib.Read("tricks/" + name + ".net")
		if err != nil {
			continue // the library is embedded: its own tests read every file
		}
		head, word := constructOf(string(src), name)
		byHead[head] = append(byHead[head], standardCard{name, word})
	}
	return byHead
})

// constructOf is the statement that a card of the standard library marks, and the word behind it: of its line "construct act, relu" act and
// relu, of "construct optimizer.momentum" optimizer alone. Without such a line it is the card's own name.
func constructOf(src, name string) (head, word string) {
	for line := range strings.Lines(src) {
		rest, found := strings.CutPrefix(strings.TrimSpace(line), "construct ")
		if !found {
			continue
		}
		rest, _, _ = strings.Cut(rest, "//")
		first, rest, _ := strings.Cut(rest, ",")
		head, _, _ = strings.Cut(strings.TrimSpace(first), ".")
		word, _, _ = strings.Cut(rest, ",")
		return head, strings.TrimSpace(word)
	}
	return name, ""
}

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
	r := meant(value, n.Env)
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

// meant returns the reference that a value is in the end: a parameter or a let stands for what it was given.
func meant(x *ast.Expr, env *Env) *ast.Ref {
	for range maxDepth {
		r := bareRef(x)
		if r == nil || r.Call != nil || len(r.Segs) != 1 || r.Segs[0].Index != nil {
			return r
		}
		b := env.lookup(r.Segs[0].Name)
		if b == nil || b.params != nil {
			return r
		}
		if b.expr == nil {
			return nil // a value, and no constructor
		}
		x, env = b.expr, b.env
	}
	return nil
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

// BareRef returns the reference that an expression is, or nil when it is more than that.
func BareRef(x *ast.Expr) *ast.Ref { return bareRef(x) }

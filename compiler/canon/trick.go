package canon

import (
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/diag"
)

// Place is one spot of a program where a trick has its two forms.
type Place struct {
	Trick string
	Node  *Node
	Arg   *Arg       // the argument with an `instead of`
	Card  *CardPlace // the card's place
	// Active says whether the place is part of the program in the present choice of forms. A trick nested in another's
	// removed form is absent, not off (rule 13). It holds as of the listing: list again after switching.
	Active bool
}

func (pl Place) itself() *Node { return pl.Node }

// OfArgument reports whether the trick is an argument of a constructor: momentum of sgd.
func (pl Place) OfArgument() bool { return pl.Card != nil && pl.Card.Card.Construct.Argument != "" }

// On reports whether the trick's on form is chosen here, be the place active or not.
func (pl Place) On() bool {
	switch {
	case pl.Arg != nil:
		return !pl.Arg.UseOff
	case pl.OfArgument():
		return !pl.Card.Off
	}
	return !pl.Node.Off
}

func (pl Place) turn(on bool) {
	switch {
	case pl.Arg != nil:
		pl.Arg.UseOff = !on
		if on {
			pl.Node.Off = false
		}
	case pl.OfArgument():
		pl.Card.Off = !on
	default:
		pl.Node.Off = !on
	}
}

// Path is the place's path as people write it.
func (pl Place) Path() string {
	if pl.OfArgument() {
		return pl.Node.Short() + "." + pl.Card.Card.Construct.Argument
	}
	return pl.Node.Short()
}

// places lists every spot of a trick below the given nodes, in the order of the text.
func (p *Program) places(from []*Node) []Place {
	present := p.present()
	var list []Place
	add := func(pl Place) {
		pl.Active = present[pl.Node]
		if pl.Arg != nil || pl.OfArgument() {
			pl.Active = pl.Active && !pl.Node.Off
		}
		if pl.OfArgument() {
			pl.Active = pl.Active && pl.Card.active(pl.Node)
		}
		list = append(list, pl)
	}
	for _, r := range from {
		r.walk(func(n *Node) bool {
			if n.Kind == Change {
				add(Place{Trick: n.Name, Node: n})
				return true
			}
			whole := false
			for _, c := range n.Cards {
				if c.Card.Construct.Argument == "" {
					add(Place{Trick: c.Card.Name, Node: n, Card: c})
					whole = true
				}
			}
			if n.Alt != nil && !whole {
				add(Place{Trick: n.Trick, Node: n})
				whole = true
			}
			for _, a := range n.Args {
				if a.Off != nil {
					add(Place{Trick: a.Trick, Node: n, Arg: a})
					whole = true
				}
			}
			if n.WrittenOff && !whole {
				add(Place{Trick: n.Seg(), Node: n})
			}
			for _, c := range n.Cards {
				if c.Card.Construct.Argument != "" {
					add(Place{Trick: c.Card.Name, Node: n, Card: c})
				}
			}
			return true
		})
	}
	return list
}

// present is the set of statements that stand in the forms that are chosen: not in one that another trick has removed.
// A statement that is itself off is present; what is inside it is not.
func (p *Program) present() map[*Node]bool {
	set := map[*Node]bool{}
	var mark func(list []*Node)
	mark = func(list []*Node) {
		for _, n := range list {
			set[n] = true
			switch {
			case !n.Off:
				mark(n.Body)
				mark(n.Else) // which side of a condition on shapes holds is not known yet
			case n.Alt != nil:
				mark(n.Alt.Body)
			}
		}
	}
	for _, r := range p.rootNodes() {
		set[r] = true
		mark(r.Body)
	}
	return set
}

// Trick is a named switch of the program with all its places.
type Trick struct {
	Name   string
	Places []Place
	Card   *Card // nil where the file gives both forms and no card is known
}

// On reports whether any place is on.
func (t *Trick) On() bool {
	for _, pl := range t.Places {
		if pl.On() {
			return true
		}
	}
	return false
}

// All reports whether every place that is part of the program has one form.
func (t *Trick) All(on bool) bool {
	for _, pl := range t.Places {
		if pl.Active && pl.On() != on {
			return false
		}
	}
	return true
}

// Active reports whether any place is part of the program in the present choice of forms; a trick without one is absent,
// whether it is on or off (rule 13).
func (t *Trick) Active() bool {
	for _, pl := range t.Places {
		if pl.Active {
			return true
		}
	}
	return false
}

// Tricks lists the tricks of the program in the order of their first place: data, model, train.
func (p *Program) Tricks() []*Trick {
	var list []*Trick
	byName := map[string]*Trick{}
	for _, pl := range p.places(p.rootNodes()) {
		t := byName[pl.Trick]
		if t == nil {
			t = &Trick{Name: pl.Trick}
			byName[pl.Trick] = t
			list = append(list, t)
		}
		t.add(p, pl)
	}
	return list
}

func (t *Trick) add(p *Program, pl Place) {
	t.Places = append(t.Places, pl)
	switch {
	case pl.Card != nil:
		t.Card = pl.Card.Card
	case pl.Node.Change != nil:
		t.Card = pl.Node.Change
	case t.Card == nil:
		if def := pl.Node.Env.scope.Find("trick", pl.Trick); def != nil {
			t.Card = p.card(def)
		} else {
			t.Card = pl.Node.Doc
		}
	}
}

func (p *Program) rootNodes() []*Node {
	var list []*Node
	for _, r := range []*Node{p.Data, p.Model, p.Train} {
		if r != nil {
			list = append(list, r)
		}
	}
	return list
}

// Trick returns what a selector means as one switch: the tricks of that name, else the tricks at statements of that name,
// else the statements themselves (as if `off` were written behind them). Its name is the selector as written.
func (p *Program) Trick(sel Selector) (*Trick, *diag.Diagnostic) {
	from, segs, anchored := p.start(sel.Segs)
	if len(segs) == 0 {
		return nil, diag.Errorf(codeTrick, sel.Span, "%s is a section; it cannot be switched", sel).
			WithHelp("name a trick or a statement: netc tricks FILE lists the tricks")
	}
	ctx := find(from, segs[:len(segs)-1], anchored)
	if len(ctx) == 0 {
		return nil, p.miss(sel)
	}
	anchored = anchored || len(segs) > 1
	last := segs[len(segs)-1]
	t := &Trick{Name: sel.String()}
	if hits, found := p.placesOf(ctx, last, anchored); found {
		for _, pl := range hits {
			t.add(p, pl)
		}
		if len(hits) == 0 {
			return nil, p.miss(sel)
		}
		return t, nil
	}
	nodes := find(from, segs, anchored)
	if len(nodes) == 0 {
		var names []string
		for _, t := range p.Tricks() {
			names = append(names, t.Name)
		}
		if last.Lo != 0 {
			return nil, p.miss(sel)
		}
		d := diag.Errorf(codeTrick, sel.Span, "%s is no trick of this program", sel)
		if len(names) == 0 {
			return nil, d.WithHelp("it has none; `instead of` makes one")
		}
		return nil, suggest(d, last.Name, names)
	}
	for _, n := range nodes {
		if n.Where == catalog.Data && n.Name != "augment" {
			return nil, diag.Errorf(codeTrick, sel.Span, "%s has no off form: the data would not be what the program says", n.Short()).
				WithNote(n.Span, "it stands here").WithHelp("give it an off form with `instead of`, or remove it")
		}
		t.Places = append(t.Places, Place{Trick: t.Name, Node: n, Active: p.present()[n]})
	}
	return t, nil
}

// placesOf finds the places that a last segment means inside contexts: those of tricks with its name, else those at
// statements with its name. found says whether there are any before the index picks among them.
func (p *Program) placesOf(ctx []*Node, last SelSeg, anchored bool) (hits []Place, found bool) {
	var groups [2][][]Place // named, headed; one list a context
	for _, c := range ctx {
		var named, headed []Place
		for _, pl := range p.places([]*Node{c}) {
			switch {
			case pl.Trick == last.Name:
				named = append(named, pl)
			case pl.Node.matches(last.Name) && !pl.OfArgument() && pl.Node != c:
				headed = append(headed, pl)
			}
		}
		groups[0], groups[1] = append(groups[0], named), append(groups[1], headed)
	}
	for _, lists := range groups {
		var all []Place
		seen := map[*Node]bool{}
		for i, list := range lists {
			fresh := list[:0:0]
			for _, pl := range list {
				if !seen[pl.Node] {
					fresh = append(fresh, pl)
				}
			}
			for _, pl := range fresh {
				seen[pl.Node] = true
			}
			found = found || len(fresh) > 0
			if anchored {
				fresh = pick(fresh, ctx[i], last)
			}
			all = append(all, fresh...)
		}
		if !found {
			continue
		}
		if !anchored {
			all = pick(all, nil, last)
		}
		return all, true
	}
	return nil, false
}

// Arms returns the switches that a selector stands for in a study: one, or with [*] one for each place (rule: a selector
// means all of them as one switch, [*] one study arm each). Arms are named by their paths.
func (p *Program) Arms(sel Selector) ([]*Trick, *diag.Diagnostic) {
	t, d := p.Trick(sel)
	if d != nil {
		return nil, d
	}
	if !sel.each() {
		return []*Trick{t}, nil
	}
	arms := make([]*Trick, len(t.Places))
	for i, pl := range t.Places {
		arms[i] = &Trick{Name: pl.Path()}
		arms[i].add(p, pl)
	}
	return arms, nil
}

// Switch turns what a selector means on or off; see Trick.
func (p *Program) Switch(sel Selector, on bool) *diag.Diagnostic {
	t, d := p.Trick(sel)
	if d != nil {
		return d
	}
	for _, pl := range t.Places {
		pl.turn(on)
	}
	return nil
}

// InModel reports whether the trick changes the network: a place of it stands in the model.
func (t *Trick) InModel() bool {
	for _, pl := range t.Places {
		if strings.HasPrefix(pl.Node.Path, "model.") && pl.Node.Kind != Change {
			return true
		}
	}
	return false
}

// Set turns every place of the trick to one form and returns the way back. A change's edits are carried out when
// a program is expanded, so Set does not show there; expand anew with an `on` or `off` edit instead.
func (t *Trick) Set(on bool) (undo func()) {
	was := make([]bool, len(t.Places))
	for i, pl := range t.Places {
		was[i] = pl.On()
		pl.turn(on)
	}
	return func() {
		for i, pl := range t.Places {
			pl.turn(was[i])
		}
	}
}

// Flip turns every place of the trick to the other form of what the trick is now, and returns the way back.
func (t *Trick) Flip() (undo func()) { return t.Set(!t.On()) }

// Present switches, for a place that is absent, the tricks around it so that it is part of the program, and
// returns the way back.
func (p *Program) Present(pl Place) (undo func()) {
	type state struct {
		n   *Node
		off bool
	}
	var was []state
	for _, r := range p.rootNodes() {
		chain, ok := r.lead(pl.Node)
		if !ok {
			continue
		}
		for _, c := range chain {
			was = append(was, state{c.n, c.n.Off})
			c.n.Off = c.inOff
		}
	}
	return func() {
		for _, s := range was {
			s.n.Off = s.off
		}
	}
}

// link is a statement on the way to another, and whether the way leads through its off form.
type link struct {
	n     *Node
	inOff bool
}

// lead returns the statements around target inside n, n itself left out for sections.
func (n *Node) lead(target *Node) ([]link, bool) {
	if n == target {
		return nil, true
	}
	try := func(list []*Node, inOff bool) ([]link, bool) {
		for _, c := range list {
			if chain, ok := c.lead(target); ok {
				if n.Kind == Root {
					return chain, true
				}
				return append([]link{{n, inOff}}, chain...), true
			}
		}
		return nil, false
	}
	for _, list := range [][]*Node{n.Body, n.Else} {
		if chain, ok := try(list, false); ok {
			return chain, true
		}
	}
	if n.Alt != nil {
		return try(n.Alt.Body, true)
	}
	return nil, false
}

// SelectorOf makes a selector of a path without variables, as text: dense_block.norm, dropout[2], stage[*].skip.
func SelectorOf(text string, span diag.Span) (Selector, *diag.Diagnostic) {
	sel := Selector{Span: span}
	bad := func() (Selector, *diag.Diagnostic) {
		return sel, diag.Errorf(codeEdit, span, "%s is no path", text).WithHelp("a path is names with dots, and indices that count from 1: stage[2].skip")
	}
	for _, part := range segments(text) {
		name, index, indexed := strings.Cut(part, "[")
		g := SelSeg{Name: name}
		if name == "" {
			return bad()
		}
		if indexed {
			index, closed := strings.CutSuffix(index, "]")
			lo, hi, ranged := strings.Cut(index, "..")
			if !ranged {
				hi = lo
			}
			var err1, err2 error
			g.Added = strings.HasPrefix(index, "+")
			if g.Each = index == "*"; !g.Each {
				g.Lo, err1 = strconv.Atoi(lo)
				g.Hi, err2 = strconv.Atoi(hi)
			}
			if !closed || err1 != nil || err2 != nil || !g.Each && (g.Lo < 1 || g.Hi < g.Lo) {
				return bad()
			}
		}
		sel.Segs = append(sel.Segs, g)
	}
	return sel, nil
}

// segments splits a path at its dots, but for those of a range in brackets.
func segments(path string) []string {
	var list []string
	inside, from := false, 0
	for i, c := range path {
		switch {
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case c == '.' && !inside:
			list = append(list, path[from:i])
			from = i + 1
		}
	}
	return append(list, path[from:])
}

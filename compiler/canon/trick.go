package canon

import (
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
}

// On reports whether the trick's on form is in force here. Whether the place itself is part of the program
// (rule 13: not inside another trick's removed form) is for Active to say.
func (pl Place) On() bool {
	switch {
	case pl.Arg != nil:
		return !pl.Arg.UseOff
	case pl.Card != nil && pl.Card.Card.Construct.Argument != "":
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
	case pl.Card != nil && pl.Card.Card.Construct.Argument != "":
		pl.Card.Off = !on
	default:
		pl.Node.Off = !on
	}
}

// Path is the place's path as people write it.
func (pl Place) Path() string {
	if pl.Card != nil && pl.Card.Card.Construct.Argument != "" {
		return pl.Node.Short() + "." + pl.Card.Card.Construct.Argument
	}
	return pl.Node.Short()
}

// places lists every spot of a trick below the given nodes, in the order of the text.
func places(from []*Node) []Place {
	var list []Place
	for _, r := range from {
		r.walk(func(n *Node) bool {
			if n.Kind == Change {
				list = append(list, Place{Trick: n.Name, Node: n})
				return true
			}
			if n.Alt != nil {
				list = append(list, Place{Trick: n.Trick, Node: n})
			}
			for _, a := range n.Args {
				if a.Off != nil {
					list = append(list, Place{Trick: a.Trick, Node: n, Arg: a})
				}
			}
			for _, c := range n.Cards {
				list = append(list, Place{Trick: c.Card.Name, Node: n, Card: c})
			}
			return true
		})
	}
	return list
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

// Tricks lists the tricks of the program in the order of their first place: data, model, train.
func (p *Program) Tricks() []*Trick {
	var list []*Trick
	byName := map[string]*Trick{}
	for _, pl := range places(p.rootNodes()) {
		t := byName[pl.Trick]
		if t == nil {
			t = &Trick{Name: pl.Trick}
			byName[pl.Trick] = t
			list = append(list, t)
		}
		t.Places = append(t.Places, pl)
		switch {
		case pl.Card != nil:
			t.Card = pl.Card.Card
		case pl.Node.Change != nil:
			t.Card = pl.Node.Change
		case t.Card == nil:
			if def := pl.Node.Env.scope.Find("trick", pl.Trick); def != nil {
				t.Card = p.card(def)
			}
		}
	}
	return list
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

// Switch turns what a selector means on or off: the tricks of that name, else the tricks at statements of that
// name, else the statements themselves (as if `off` were written behind them).
func (p *Program) Switch(sel Selector, on bool) *diag.Diagnostic {
	from, segs := p.start(sel.Segs)
	if len(segs) == 0 {
		return diag.Errorf(codeTrick, sel.Span, "%s is a section; it cannot be switched", sel)
	}
	ctx := find(from, segs[:len(segs)-1])
	if len(ctx) == 0 {
		return p.miss(sel)
	}
	last := segs[len(segs)-1]
	var named, headed []Place
	for _, pl := range places(ctx) {
		if pl.Trick == last.Name {
			named = append(named, pl)
		} else if pl.Node.matches(last.Name) && (pl.Card == nil || pl.Card.Card.Construct.Argument == "") {
			headed = append(headed, pl)
		}
	}
	hits := named
	if len(hits) == 0 {
		hits = headed
	}
	if len(hits) > 0 {
		if hits = pickPlaces(hits, last); len(hits) == 0 {
			return p.miss(sel)
		}
		for _, pl := range hits {
			pl.turn(on)
		}
		return nil
	}
	nodes := find(from, segs)
	if len(nodes) == 0 {
		var names []string
		for _, t := range p.Tricks() {
			names = append(names, t.Name)
		}
		d := diag.Errorf(codeTrick, sel.Span, "%s is no trick of this program", sel)
		if len(names) == 0 {
			return d.WithHelp("it has none; `instead of` makes one")
		}
		return suggest(d, last.Name, names)
	}
	for _, n := range nodes {
		if n.Where == catalog.Data && n.Name != "augment" {
			return diag.Errorf(codeTrick, sel.Span, "%s has no off form: the data would not be what the program says", n.Short())
		}
		n.Off = !on
	}
	return nil
}

func pickPlaces(list []Place, g SelSeg) []Place {
	if g.Lo == 0 {
		return list
	}
	var own []Place
	for _, pl := range list {
		if !pl.Node.Inserted {
			own = append(own, pl)
		}
	}
	if g.Lo > len(own) {
		return nil
	}
	return own[g.Lo-1 : min(g.Hi, len(own))]
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

// Flip turns every place of the trick to the other form of what the trick is now, and returns the way back.
func (t *Trick) Flip() (undo func()) {
	on := t.On()
	was := make([]bool, len(t.Places))
	for i, pl := range t.Places {
		was[i] = pl.On()
	}
	for _, pl := range t.Places {
		pl.turn(!on)
	}
	return func() {
		for i, pl := range t.Places {
			pl.turn(was[i])
		}
	}
}

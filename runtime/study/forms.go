package study

import (
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/format"
)

// placeForms writes what stands at a trick's place with it on and with it off, as the file says it.
func placeForms(pl canon.Place) (on, off string) {
	n := pl.Node
	off = "nothing"
	switch {
	case n.Kind == canon.Change:
		var edits []string
		if n.Change != nil && n.Change.Change != nil {
			for _, s := range n.Change.Change.Stmts {
				if s.Node != nil {
					edits = append(edits, strings.Join(strings.Fields(format.Node(s.Node)), " "))
				}
			}
		}
		return strings.Join(edits, "; "), "as it is"
	case pl.Arg != nil:
		return n.Name + " " + format.Expr(pl.Arg.On), n.Name + " " + format.Expr(pl.Arg.Off)
	case pl.Card != nil && pl.Card.Card.Construct.Argument != "":
		arg := pl.Card.Card.Construct.Argument
		if c := pl.Card.Card; c.Off != nil {
			off = arg + " = " + format.Expr(c.Off)
		}
		return nodeText(n), off
	case n.Alt != nil:
		var parts []string
		for _, a := range n.Alt.Body {
			parts = append(parts, nodeText(a))
		}
		if len(parts) > 0 {
			off = strings.Join(parts, "; ")
		}
	case pl.Card != nil && pl.Card.Card.Off != nil:
		off = n.Name + " " + format.Expr(pl.Card.Card.Off)
	}
	return nodeText(n), off
}

// nodeText writes a statement as the file does, in its on form.
func nodeText(n *canon.Node) string {
	var parts []string
	sets := map[string]bool{}
	for _, a := range n.Args {
		text := format.Expr(on(a, n))
		if a.Name != "" {
			text = a.Name + " = " + text
			sets[a.Name] = true
		}
		parts = append(parts, text)
	}
	for name, s := range n.Sets {
		if !sets[name] {
			parts = append(parts, name+" = "+format.Expr(s.Expr))
		}
	}
	return strings.TrimSpace(n.Name + " " + strings.Join(parts, ", "))
}

// on is an argument's on form, or what an edit has put in its place.
func on(a *canon.Arg, n *canon.Node) *ast.Expr {
	if s := n.Sets[a.Name]; s != nil && a.Name != "" {
		return s.Expr
	}
	return a.On
}

// trickForms joins the forms of all places, each once.
func trickForms(t *canon.Trick) (string, string) {
	var ons, offs []string
	for _, pl := range t.Places {
		on, off := placeForms(pl)
		if !has(ons, on) {
			ons = append(ons, on)
		}
		if !has(offs, off) {
			offs = append(offs, off)
		}
	}
	return shortList(ons), shortList(offs)
}

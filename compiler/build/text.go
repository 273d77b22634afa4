package build

import (
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/format"
)

// statementText prints a resolved statement as the language writes it, without arguments that have their default.
func statementText(cat *catalog.Catalog, m *model.Node) string {
	sig := cat.Get(catalog.Layer, m.Name)
	if sig == nil {
		return m.Name
	}
	return m.Name + argText(cat, sig, m.Args, " ", "")
}

// argText prints arguments: positional ones bare, the rest named, defaults left out.
func argText(cat *catalog.Catalog, sig *catalog.Signature, args model.Args, open, end string) string {
	var parts []string
	for _, p := range sig.Params {
		v, ok := args[p.Name]
		if !ok || p.Default != nil && p.Default.String() == v.String() && p.Default.Kind == v.Kind {
			continue
		}
		text := v.String()
		if v.Kind == model.Called {
			text = ConstructorText(cat, p.Type.Of, v.Call)
		}
		switch {
		case p.Positional:
			parts = append(parts, text)
		case p.Type.Kind == catalog.TFlag && v.Bool:
			parts = append(parts, p.Name)
		default:
			parts = append(parts, p.Name+" = "+text)
		}
	}
	if sig.Rest != nil {
		for _, v := range args[sig.Rest.Name].List {
			parts = append(parts, v.String())
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return open + strings.Join(parts, ", ") + end
}

// ConstructorText prints a constructor without arguments that have their default.
func ConstructorText(cat *catalog.Catalog, kind catalog.Kind, c *model.Node) string {
	sig := cat.Get(kind, c.Name)
	if sig == nil {
		return c.Constructor()
	}
	return c.Name + argText(cat, sig, c.Args, "(", ")")
}

// blockText prints a block's instance as it was called, with the values of its arguments where they have one.
func (w *walker) blockText(n *canon.Node) string {
	var parts []string
	for _, a := range n.Args {
		text := format.Expr(a.Expr())
		if v, err := w.bind.eval.Eval(a.Expr(), a.Env); err == nil {
			text = v.String()
		}
		if a.Name != "" {
			text = a.Name + " = " + text
		}
		parts = append(parts, text)
	}
	return strings.TrimSpace(n.Name + " " + strings.Join(parts, ", "))
}

// StatementText prints a resolved statement with every argument named.
func StatementText(n *model.Node) string {
	c := n.Constructor()
	if open := strings.IndexByte(c, '('); open >= 0 {
		return n.Name + " " + strings.TrimSuffix(c[open+1:], ")")
	}
	return c
}

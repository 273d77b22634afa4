package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// role is what a column is for.
type role int

const (
	unused role = iota
	target
	number
	category
	drop
)

// columnRoles says what each column of a table is for.
type columnRoles struct {
	roles   []role
	spans   []diag.Span // where the column was named
	targets []int       // columns in the order of the target statement
}

// named is one name in a column setting.
type named struct {
	name string
	rest bool
	role role
	span diag.Span
}

// named lists the names of the column settings, in source order.
func (c *config) named() []named {
	kinds := map[string]role{"target": target, "number": number, "category": category, "drop": drop}
	var list []named
	for _, n := range c.sec.Settings {
		r, ok := kinds[n.Name]
		if !ok {
			continue
		}
		v := n.Args["columns"]
		values := v.List
		if v.Kind != model.List && v.IsSet() {
			values = []model.Value{v}
		}
		for _, e := range values {
			// A bare `rest` is the word; a column of that name is written "rest".
			list = append(list, named{e.Str, e.Kind == model.Word && e.Str == "rest" && r != target, r, place(e, n)})
		}
	}
	return list
}

// assign gives every column of the table its role.
func (c *config) assign(names []string) (*columnRoles, error) {
	out := &columnRoles{roles: make([]role, len(names)), spans: make([]diag.Span, len(names))}
	var rest *named
	for _, n := range c.named() {
		if n.rest {
			if rest != nil {
				return nil, diag.Errorf(ColumnTwice, n.span, "rest is taken twice").
					WithNote(rest.span, "it was taken here").WithHelp("write rest in one setting alone")
			}
			rest = &n
			continue
		}
		i := slices.Index(names, n.name)
		if i < 0 {
			return nil, c.unknownColumn(n.name, n.span, names)
		}
		if out.roles[i] != unused {
			return nil, diag.Errorf(ColumnTwice, n.span, "column %s is named twice", quoteIfNeeded(n.name)).
				WithNote(out.spans[i], "it was named here").WithHelp("leave it in one setting")
		}
		out.roles[i], out.spans[i] = n.role, n.span
		if n.role == target {
			out.targets = append(out.targets, i)
		}
	}
	var open []string
	for i, r := range out.roles {
		if r != unused {
			continue
		}
		if rest != nil {
			out.roles[i], out.spans[i] = rest.role, rest.span
			continue
		}
		open = append(open, quoteIfNeeded(names[i]))
	}
	if len(open) > 0 {
		return nil, diag.Errorf(ColumnUnused, c.span, "%s of the table: no setting says what to do with %s", plural(len(open), "column"), shorten(open)).
			WithHelp("add a line such as: drop %s; or take all others with: number rest", strings.Join(open[:min(len(open), 6)], ", "))
	}
	if len(out.targets) == 0 {
		return nil, diag.Errorf(BadTarget, c.sec.Span, "nothing says which column to predict").
			WithHelp("add a line such as: target %s", quoteIfNeeded(names[len(names)-1]))
	}
	if !slices.Contains(out.roles, number) && !slices.Contains(out.roles, category) {
		return nil, diag.Errorf(ColumnUnused, c.span, "the table has no input: no column is a number or a category").
			WithHelp("name the inputs, or take all other columns: number rest")
	}
	return out, nil
}

func (c *config) unknownColumn(name string, span diag.Span, names []string) error {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteIfNeeded(n)
	}
	d := diag.Errorf(UnknownColumn, span, "%s has no column %s", c.shown(c.path("path")), quoteIfNeeded(name))
	return suggest(d, name, names, "its columns are "+shorten(quoted))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shorten joins names, the tail of a long list counted only.
func shorten(list []string) string {
	const most = 12
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

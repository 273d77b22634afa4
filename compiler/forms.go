package compiler

import (
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
)

// otherForms checks what the present choice of forms leaves out, so that a form that does not fit is found before any
// training: every trick once with all its places on, once with all off, also those inside removed forms. Messages name the trick.
// While the program itself has mistakes, those of shapes are left out: they may follow from the others.
func (c *compilation) otherForms() {
	if c.opt.ChosenFormsOnly {
		return
	}
	for _, t := range c.Canon.Tricks() {
		if t.Places[0].Node.Kind == canon.Change {
			c.changed(t)
			continue
		}
		if t.Active() {
			for _, on := range []bool{false, true} {
				if t.All(on) {
					continue
				}
				undo := t.Set(on)
				c.form(t)
				undo()
			}
		}
		for _, pl := range t.Places {
			if pl.Active {
				continue
			}
			show := c.Canon.Present(pl)
			for _, on := range []bool{false, true} {
				undo := t.Set(on)
				c.form(t)
				undo()
			}
			show()
			break
		}
	}
}

// form checks the program as it is switched now, for what trick t changes.
func (c *compilation) form(t *canon.Trick) {
	var diags diag.List
	data, train, info := c.Data, c.Train, c.Info
	network := t.InModel()
	for _, pl := range t.Places {
		switch root := sectionOf(pl.Node); {
		case root == c.Canon.Data && data == c.Data:
			data = build.Section(c.Canon, c.Canon.Data, &diags)
			network = network || pl.Node.Where != c.Canon.Data.Inside || pl.Node.Name != "augment"
		case root == c.Canon.Train && train == c.Train:
			train = build.Section(c.Canon, c.Canon.Train, &diags)
			network = network || pl.Node.Name == "loss" || pl.Node.Name == "label_smoothing"
		}
	}
	if network && data != c.Data && c.opt.Data != nil && !c.brokenData && !diags.HasErrors() {
		info = c.describeForm(data, &diags)
	}
	if network && info != nil && c.Canon.Model != nil && !diags.HasErrors() {
		c.network(c.Canon, train, info, isNorm(t), &diags)
	}
	c.adopt(t, diags)
}

// isNorm reports whether a trick switches normalizations.
func isNorm(t *canon.Trick) bool {
	for _, pl := range t.Places {
		if pl.Node.Name == "norm" {
			return true
		}
	}
	return false
}

// byCard reports whether the off form is a card's, and not the program's own.
func byCard(t *canon.Trick) bool {
	for _, pl := range t.Places {
		if pl.Card == nil {
			return false
		}
	}
	return true
}

func sectionOf(n *canon.Node) *canon.Node {
	for n.Parent != nil {
		n = n.Parent
	}
	return n
}

func (c *compilation) describeForm(data *model.Section, diags *diag.List) *model.DataInfo {
	info, err := c.opt.Data.Describe(data, c.Base())
	if err == nil {
		return info
	}
	if d, ok := err.(*diag.Diagnostic); ok {
		diags.Add(d)
	} else {
		diags.Add(unreadable(data, err))
	}
	return nil
}

// network builds a form's network for its mistakes, and, where normalizations are
// switched, compares its biases with those of the program.
func (c *compilation) network(p *canon.Program, train *model.Section, info *model.DataInfo, norm bool, diags *diag.List) {
	r := build.Network(p, train, info, network.Training, c.shapeBatch(), diags)
	for path, follows := range r.NoBias {
		base, both := c.built.NoBias[path]
		if norm && both && base != follows {
			diags.Add(diag.Warnf(codeHandicap, r.Spans[path], "this layer has no bias, and without the normalization behind it no shift either: that form would be handicapped").
				WithHelp("leave `bias = false` out: bias = auto goes without one while a normalization follows"))
		}
	}
}

// changed checks the program with a change the other way round; its edits need an expansion of their own.
func (c *compilation) changed(t *canon.Trick) {
	verb := "on"
	if t.On() {
		verb = "off"
	}
	var diags diag.List
	edit := &canon.Edit{Verb: verb, Sel: canon.Selector{Segs: []canon.SelSeg{{Name: t.Name}}, Span: t.Places[0].Node.Span}, Span: t.Places[0].Node.Span}
	p := canon.Expand(c.scope, canon.Options{Catalog: c.opt.Catalog, Edits: append(c.opt.Edits[:len(c.opt.Edits):len(c.opt.Edits)], edit), Train: c.opt.Train}, &diags)
	build.Section(p, p.Data, &diags)
	train := build.Section(p, p.Train, &diags)
	if !diags.HasErrors() && p.Model != nil && c.Info != nil && c.built != nil {
		c.network(p, train, c.Info, false, &diags)
	}
	t.Flip()
	c.adopt(t, diags)
	t.Flip()
}

// adopt reports what a form has to say that the program itself does not say already.
func (c *compilation) adopt(t *canon.Trick, diags diag.List) {
	state := "off"
	if t.On() {
		state = "on"
	}
	clean := !c.Diags.HasErrors()
next:
	for _, d := range diags {
		if d.Code == canon.NotYet || d.Code == canon.Duplicate {
			continue // said when that form is chosen: `epochs 3 off; epochs 4` is a choice by hand
		}
		shape := d.Code >= "N0200" && d.Code < "N0300"
		if d.Severity == diag.Error && shape && !clean {
			continue
		}
		for _, old := range c.Diags {
			if old.Code == d.Code && old.Span == d.Span {
				continue next
			}
		}
		d.Message = "with " + t.Name + " " + state + ": " + d.Message
		if d.Severity == diag.Error && shape && byCard(t) {
			// The program never asked for this form: it is good to know, and no reason not to run.
			d.Severity = diag.Hint
		}
		c.Diags.Add(d)
	}
}

package build

import (
	"errors"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// Section resolves a data or train section: its statements that are on, with typed arguments. Every mistake goes to
// diags.
func Section(p *canon.Program, root *canon.Node, diags *diag.List) *model.Section {
	if root == nil {
		return nil
	}
	s := &sectionBuilder{p: p, diags: diags, b: &binder{cat: p.Catalog, eval: &canon.Evaluator{Program: p}}}
	sec := &model.Section{Kind: root.Name, Name: root.Label, Path: root.Path, Span: root.Span}
	sec.Settings = s.list(root.Body, root.Inside)
	return sec
}

type sectionBuilder struct {
	p     *canon.Program
	b     *binder
	diags *diag.List
}

func (s *sectionBuilder) list(nodes []*canon.Node, where catalog.Kind) []*model.Node {
	var out []*model.Node
	seen := map[string]*canon.Node{}
	for _, n := range Active(nodes) {
		switch n.Kind {
		case canon.Group:
			out = append(out, s.list(n.Body, where)...)
			continue
		case canon.Change:
			continue // its edits have been applied
		case canon.Branch:
			s.diags.Add(diag.Errorf(codeArg, n.Span, "a condition in a %s may not depend on shapes", where).
				WithHelp("make it a parameter of the section"))
			continue
		}
		sig := s.p.Catalog.Get(where, n.Name)
		if sig == nil {
			continue
		}
		if sig.NotYet != "" {
			s.diags.Add(notYet(n.Span, n.Name, sig.NotYet))
			continue
		}
		if old := seen[n.Name]; old != nil && !sig.Many {
			s.diags.Add(diag.Errorf(canon.Duplicate, n.Span, "%s stands twice in this section", n.Name).WithNote(old.Span, "the first is here").
				WithHelp("take one out, or use `instead of` to compare them"))
			continue
		}
		seen[n.Name] = n
		m, err := s.b.statement(n, sig)
		if err != nil {
			s.report(err, n)
			continue
		}
		if sig.Body != "" && sig.Body != catalog.Edit {
			m.Body = s.list(n.Body, sig.Body)
		}
		out = append(out, m)
	}
	return out
}

func (s *sectionBuilder) report(err error, n *canon.Node) {
	if errors.Is(err, canon.ErrLater) {
		err = diag.Errorf(codeArg, n.Span, "%s may not depend on shapes or on the data", n.Name)
	}
	report(s.diags, err, n.Span)
}

func report(diags *diag.List, err error, span diag.Span) {
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		d = diag.Errorf(codeArg, span, "%s", err)
	}
	for _, old := range *diags {
		if old.Code == d.Code && old.Span == d.Span && old.Message == d.Message {
			return // one block, several instances: say it once
		}
	}
	diags.Add(d)
}

// Active lists the statements in force: off ones leave, or give way to their off form.
func Active(nodes []*canon.Node) []*canon.Node {
	var out []*canon.Node
	for _, n := range nodes {
		switch {
		case !n.Off:
			out = append(out, n)
		case n.Alt != nil:
			out = append(out, Active(n.Alt.Body)...)
		case cardValue(n):
			out = append(out, n)
		}
	}
	return out
}

// cardValue reports whether a statement that is off stays, with the value that its card gives.
func cardValue(n *canon.Node) bool {
	for _, c := range n.Cards {
		if c.Card.Construct.Argument == "" && c.Card.Off != nil {
			return true
		}
	}
	return false
}

package study

import (
	"errors"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

// maxChecked bounds the candidates and settings of one program that Check compiles.
const maxChecked = 64

// Check finds the mistakes in the study sections of a compiled program that need no data: names that are no tricks of it,
// candidates whose edits miss, settings that are not there, metrics that nothing measures. The program has no errors so far; opt
// are the options it was compiled with. What only planning can tell is left to Prepare.
func Check(p *compiler.Program, opt compiler.Options) diag.List {
	var list diag.List
	if p.Library || p.Train == nil || p.Info == nil || p.Diags.HasErrors() {
		return nil
	}
	left := maxChecked
	trains := map[string]*compiler.Program{}
	for i, section := range p.Studies {
		base, at := p, opt
		if n := section.Find("train"); n != nil && opt.Train == "" {
			// The section says which train section it studies; its tricks are that one's.
			at.Train = n.Args.Text("name")
			if trains[at.Train] == nil {
				o := at
				o.IgnoreStudies = true
				trains[at.Train] = compiler.Compile(p.File, o)
			}
			base = trains[at.Train]
			if base.Diags.HasErrors() {
				list = append(list, errorsIn(base.Diags)...)
				continue
			}
		}
		if i < len(base.Canon.StudyNodes) {
			list = append(list, checkSection(base, base.Canon.StudyNodes[i], section, at, &left)...)
		}
	}
	return list
}

func checkSection(base *compiler.Program, node *canon.Node, section *model.Section, opt compiler.Options, left *int) diag.List {
	ask := &Ask{File: base.File, Catalog: opt.Catalog, Train: opt.Train, ReadFile: opt.ReadFile, Edits: opt.Edits}
	q := &question{ask: ask, base: base, node: node, section: section, train: opt.Train, design: "leave_one_out"}
	told := len(base.Diags) // reading edits tells of their mistakes there, too
	q.readSection()
	base.Diags = base.Diags[:told]
	s := &Study{ask: ask, q: q, Base: base}
	q.checkMetrics(opt.Catalog)
	for _, l := range slices.Concat(q.tricks, q.factors) {
		if _, err := s.arms(l); err != nil {
			q.diags = append(q.diags, listOf(err)...)
		}
	}
	compile := func(edits []*canon.Edit) {
		if *left--; *left < 0 {
			return
		}
		o := opt
		o.IgnoreStudies, o.ChosenFormsOnly = true, true
		o.Edits = nil
		for _, e := range slices.Concat(opt.Edits, edits) {
			c := *e // compiling fills in where it applies
			o.Edits = append(o.Edits, &c)
		}
		q.diags = append(q.diags, errorsIn(compiler.Compile(base.File, o).Diags)...)
	}
	for _, c := range q.tries {
		compile(c.edits)
	}
	for _, t := range slices.Concat(q.retunes, q.curves) {
		if len(t.values) == 0 {
			continue
		}
		e, err := s.settingEdit(t.path, t.values[0], t.span)
		if err != nil {
			q.diags = append(q.diags, listOf(err)...)
			continue
		}
		compile([]*canon.Edit{e})
	}
	return q.diags
}

// checkMetrics finds metrics that no run measures, whatever the data.
func (q *question) checkMetrics(cat *catalog.Catalog) {
	measures := append(cat.Names(catalog.Metric), "loss")
	for _, n := range q.reported() {
		measures = append(measures, n.Name)
	}
	parts := []string{"train", "valid", "test"}
	for _, m := range q.metrics {
		part, measure, dotted := strings.Cut(m.name, ".")
		if !dotted {
			part, measure = "", m.name
		}
		name, _, _ := strings.Cut(measure, "(")
		var near string
		var ok bool
		switch {
		case m.name == measureGap:
			continue
		case dotted && !slices.Contains(parts, part):
			if near, ok = spell.Nearest(part, parts); ok {
				near += "." + measure
			}
		case !slices.Contains(measures, name):
			if near, ok = spell.Nearest(name, measures); ok && dotted {
				near = part + "." + near
			}
		default:
			continue
		}
		d := q.errorf(BadMetric, m.span, "%s is not measured by these runs", m.name)
		if ok {
			d.WithHelp("did you mean %s?", near)
		} else {
			d.WithHelp("they measure, on train, valid and test: %s; `report` in the train section adds more", strings.Join(slices.Compact(slices.Sorted(slices.Values(measures))), ", "))
		}
	}
}

// errorsIn are the errors of a list.
func errorsIn(list diag.List) diag.List {
	var out diag.List
	for _, d := range list {
		if d.Severity == diag.Error {
			out.Add(d)
		}
	}
	return out
}

// listOf is an error as diagnostics.
func listOf(err error) diag.List {
	var list diag.List
	var d *diag.Diagnostic
	switch {
	case errors.As(err, &list):
		return list
	case errors.As(err, &d):
		return diag.List{d}
	}
	return nil
}

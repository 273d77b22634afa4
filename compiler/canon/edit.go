package canon

import (
	"errors"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

// Edit is one change to a program: a line of extend, variant, try or change, or a flag of the command line.
type Edit struct {
	Verb  string // set, off, on, remove, replace, before, after, into
	Sel   Selector
	Value *ast.Expr // of set
	Body  *ast.Body // of replace, before, after, into
	Env   *Env      // nil: the program's own file
	Span  diag.Span
}

// EditSignatures declares the edits, for the editors and the documentation; their grammar is read here.
func EditSignatures() []catalog.Signature {
	path := []catalog.Param{{Name: "path", Doc: "What is edited.", Type: catalog.Path(), Positional: true}}
	edit := func(name, doc string) catalog.Signature {
		return catalog.Signature{Kind: catalog.Edit, Name: name, Doc: doc, Params: path, Many: true}
	}
	return []catalog.Signature{
		edit("set", "Gives an argument or a parameter another value: set train.optimizer.lr = 0.05"),
		edit("off", "Switches a trick or a statement off."),
		edit("on", "Switches a trick or a statement on."),
		edit("remove", "Takes a statement out."),
		edit("replace", "Puts statements in the place of one."),
		edit("before", "Puts statements before one."),
		edit("after", "Puts statements behind one."),
		edit("into", "Puts statements at the end of a section or body."),
	}
}

// ReadEdits reads the statements of an edit body.
func (p *Program) ReadEdits(stmts []*ast.Stmt, env *Env) []*Edit {
	var list []*Edit
	for _, s := range stmts {
		if s.Bad != nil {
			continue
		}
		if s.Node == nil {
			p.add(diag.Errorf(codeEdit, spanOf(s.Pos, s.EndPos), "only edits stand here, no let, if or loop").
				WithHelp("set, off, on, remove, replace, before, after, into"))
			continue
		}
		if e := p.readEdit(s.Node, env); e != nil {
			list = append(list, e)
		}
	}
	return list
}

func (p *Program) readEdit(n *ast.Node, env *Env) *Edit {
	e := &Edit{Verb: strings.Join(n.Head.Names, "."), Body: n.Body, Env: env, Span: spanOf(n.Pos, n.EndPos)}
	fail := func(format string, args ...any) *Edit {
		p.add(diag.Errorf(codeEdit, e.Span, format, args...).WithHelp("%s", usageOfEdit(e.Verb)))
		return nil
	}
	verbs := p.Catalog.Names(catalog.Edit)
	if indexOf(verbs, e.Verb) < 0 {
		d := diag.Errorf(codeEdit, spanOf(n.Head.Pos, n.Head.EndPos), "%s is no edit", e.Verb)
		if near, ok := spell.Nearest(e.Verb, verbs); ok {
			d.WithHelp("did you mean %s?", near)
		} else {
			d.WithHelp("edits are %s", strings.Join(verbs, ", "))
		}
		p.add(d)
		return nil
	}
	if n.Alt != nil || n.As != nil || n.Off {
		return fail("an edit has no `instead of`, no `as` and no `off` behind it")
	}
	takesBody := e.Verb == "replace" || e.Verb == "before" || e.Verb == "after" || e.Verb == "into"
	switch {
	case takesBody && n.Body == nil:
		return fail("%s needs statements in braces", e.Verb)
	case !takesBody && n.Body != nil:
		return fail("%s takes no braces", e.Verb)
	}
	if e.Verb == "set" {
		if len(n.Args) != 1 || n.Args[0].Name == nil {
			return fail("set takes a path, =, and a value")
		}
		if n.Args[0].Value.Off != nil {
			return fail("set gives a value; to change what stands there, with its off form, use replace")
		}
		e.Sel, e.Value = selectorOfPath(n.Args[0].Name), n.Args[0].Value.On
		return e
	}
	if len(n.Args) != 1 || n.Args[0].Name != nil || n.Args[0].Value.Off != nil || bareRef(n.Args[0].Value.On) == nil {
		return fail("%s takes one path", e.Verb)
	}
	sel, err := selectorOf(bareRef(n.Args[0].Value.On), &Evaluator{}, env)
	if err != nil {
		p.report(err)
		return nil
	}
	e.Sel = sel
	return e
}

func usageOfEdit(verb string) string {
	switch verb {
	case "set":
		return "set train.optimizer.lr = 0.05"
	case "off", "on", "remove":
		return verb + " skip"
	}
	return verb + " model.fc { dropout 0.3 }"
}

// SetEdit makes an edit of a command line's --set, parsed as an argument.
func SetEdit(a *ast.Arg) (*Edit, *diag.Diagnostic) {
	span := spanOf(a.Pos, a.EndPos)
	if a.Name == nil || a.Value.Off != nil {
		return nil, diag.Errorf(codeEdit, span, "--set takes PATH=VALUE").WithHelp("--set train.epochs=10")
	}
	return &Edit{Verb: "set", Sel: selectorOfPath(a.Name), Value: a.Value.On, Span: span}, nil
}

// SwitchEdit makes an edit of a command line's --off or --on, parsed as a selector.
func SwitchEdit(verb string, r *ast.Ref) (*Edit, *diag.Diagnostic) {
	sel, err := selectorOf(r, &Evaluator{}, &Env{scope: &Scope{}})
	if err != nil {
		var d *diag.Diagnostic
		errors.As(err, &d)
		return nil, d
	}
	return &Edit{Verb: verb, Sel: sel, Span: sel.Span}, nil
}

func (p *Program) report(err error) {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		p.add(d)
	}
}

// add reports a mistake, once: a block that is expanded several times repeats its mistakes.
func (p *Program) add(d *diag.Diagnostic) {
	for _, old := range *p.diags {
		if old.Code == d.Code && old.Span == d.Span && old.Message == d.Message {
			return
		}
	}
	p.diags.Add(d)
}

// Apply carries out edits in order.
func (p *Program) Apply(edits []*Edit) {
	for _, e := range edits {
		if e.Env == nil {
			e.Env = p.Scope.env
		}
		var err *diag.Diagnostic
		switch e.Verb {
		case "set":
			err = p.set(e)
		case "off", "on":
			err = p.Switch(e.Sel, e.Verb == "on")
		case "remove":
			err = p.remove(e)
		default:
			err = p.insert(e)
		}
		if err != nil {
			p.add(err)
		}
	}
}

// set gives an argument a value. The longest part of the path that names statements is the target; what is left names
// its argument. A setting that the section does not have yet is added. A value that reads the program (2 * train.batch)
// means the program as it is before this edit.
func (p *Program) set(e *Edit) *diag.Diagnostic {
	if p.isParam(e) {
		return nil // taken up before expansion
	}
	value, d := p.asItIs(e.Value, e.Env)
	if d != nil {
		return d
	}
	fixed := *e
	fixed.Value = value
	e = &fixed
	from, segs, anchored := p.start(e.Sel.Segs)
	if len(segs) == 0 {
		return diag.Errorf(codeEdit, e.Sel.Span, "%s is a section; set gives a value to something in it", e.Sel).
			WithHelp("%s", usageOfEdit("set"))
	}
	for k := len(segs); k > 0; k-- {
		hits := find(from, segs[:k], anchored)
		if len(hits) == 0 {
			continue
		}
		if len(segs)-k > 1 || k < len(segs) && (segs[k].Lo != 0 || segs[k].Each) {
			return p.miss(e.Sel)
		}
		if len(hits) > 1 && !e.Sel.each() && len(paths(hits)) > 1 {
			return many(e.Sel, hits)
		}
		name := ""
		if k < len(segs) {
			name = segs[k].Name
		}
		for _, n := range hits {
			if d := p.setOn(n, name, e); d != nil {
				return d
			}
		}
		return nil
	}
	if len(from) == 1 && len(segs) == 1 {
		if sig := p.Catalog.Get(from[0].Inside, segs[0].Name); sig != nil && len(sig.Params) > 0 {
			n := &Node{Kind: Statement, Where: from[0].Inside, Name: sig.Name, Inside: sig.Body, Env: e.Env, Inserted: true, Span: e.Span}
			n.number(from[0])
			n.Args = []*Arg{{On: e.Value, Env: e.Env, Span: e.Span}}
			(&expander{p: p}).attachCards(n)
			from[0].Body = append(from[0].Body, n)
			return nil
		}
	}
	d = p.miss(e.Sel)
	if len(from) == 1 {
		names := p.Catalog.Names(from[0].Inside)
		if r := from[0]; r.Kind == Root && r.Inner != nil {
			names = append(names, sortedKeys(r.Inner.parentVars())...)
		}
		if near, ok := spell.Nearest(segs[0].Name, names); ok {
			d.WithHelp("did you mean %s?", near)
		}
	}
	return d
}

func (e *Env) parentVars() map[string]*binding {
	if e.parent == nil {
		return nil
	}
	return e.parent.vars
}

func (p *Program) setOn(n *Node, name string, e *Edit) *diag.Diagnostic {
	switch n.Kind {
	case Block:
		return diag.Errorf(codeEdit, e.Sel.Span, "%s is a block: its arguments shape what it expands to and cannot be set afterwards", n.Short()).
			WithNote(n.Span, "it stands here").WithHelp("replace %s { %s … }", n.Short(), n.Name)
	case Change:
		return diag.Errorf(codeEdit, e.Sel.Span, "%s is a change: its arguments stand with it", n.Short()).
			WithNote(n.Span, "it stands here").WithHelp("replace %s { %s … }", n.Short(), n.Name)
	}
	sig := p.Catalog.Get(n.Where, n.Name)
	if sig == nil || n.Kind != Statement {
		return diag.Errorf(codeEdit, e.Sel.Span, "%s has no arguments", n.Short()).WithNote(n.Span, "it stands here").
			WithHelp("name a statement in it")
	}
	if name == "" {
		if len(sig.Params) == 0 {
			return diag.Errorf(codeEdit, e.Sel.Span, "%s has no argument to set", n.Short()).WithNote(n.Span, "it stands here").
				WithHelp("replace %s { %s … }", n.Short(), n.Name)
		}
		name = sig.Params[0].Name
	}
	// A constructor's argument is checked against the constructor when it is built.
	if sig.Param(name) == nil && !hasConstructor(sig) {
		var names []string
		for _, q := range sig.Params {
			names = append(names, q.Name)
		}
		return suggest(diag.Errorf(codeEditMiss, e.Sel.Span, "%s has no argument %s", n.Short(), name), name, names)
	}
	if n.Sets == nil {
		n.Sets = map[string]*Set{}
	}
	if sig.Params[0].Name == name {
		for other := range n.Sets {
			if sig.Param(other) == nil {
				delete(n.Sets, other) // it was meant for the constructor that goes
			}
		}
	}
	n.Sets[name] = &Set{Expr: e.Value, Env: e.Env, Span: e.Span}
	p.refreshCards(n)
	return nil
}

// refreshCards finds a statement's cards anew after an edit: another value may be another trick.
func (p *Program) refreshCards(n *Node) {
	was := n.Cards
	n.Cards, n.Doc = nil, nil
	for _, c := range was {
		if c.Card.OffBody != nil {
			n.Alt = nil // it came with the card
		}
	}
	x := &expander{p: p, eval: Evaluator{Program: p}}
	x.attachCards(n)
	for _, c := range n.Cards {
		for _, old := range was {
			if old.Card == c.Card {
				c.Off = old.Off
			}
		}
	}
}

func hasConstructor(sig *catalog.Signature) bool {
	return len(sig.Params) > 0 && sig.Params[0].Type.Kind == catalog.TConstructor
}

func many(sel Selector, hits []*Node) *diag.Diagnostic {
	total := len(paths(hits))
	d := diag.Errorf(codeEditMany, sel.Span, "%s hits %d places", sel, total)
	shown := map[string]bool{}
	for _, n := range hits {
		if shown[n.Path] {
			continue
		}
		if len(shown) == 3 {
			d.WithNote(n.Span, "… and %d more", total-3)
			break
		}
		shown[n.Path] = true
		d.WithNote(n.Span, "%s", n.Short())
	}
	return d.WithHelp("write [*] for each of them, or an index for one")
}

// targets finds what a structural edit is meant for: statements, no sections; several only with [*].
func (p *Program) targets(e *Edit) ([]*Node, *diag.Diagnostic) {
	hits, d := p.Select(e.Sel)
	if d != nil {
		return nil, d
	}
	if hits[0].Kind == Root {
		return nil, diag.Errorf(codeEdit, e.Sel.Span, "%s is a section; %s is for statements in it", e.Sel, e.Verb).
			WithHelp("%s", usageOfEdit(e.Verb))
	}
	if !e.Sel.each() && len(paths(hits)) > 1 {
		return nil, many(e.Sel, hits)
	}
	return hits, nil
}

func (p *Program) remove(e *Edit) *diag.Diagnostic {
	if e.Sel.Segs[0].Name == "study" && len(e.Sel.Segs) <= 2 {
		if done, d := p.removeStudy(e); done || d != nil {
			return d
		}
	}
	hits, d := p.targets(e)
	if d != nil {
		return d
	}
	for _, n := range hits {
		if list, i := p.container(n); list != nil {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
		}
	}
	return nil
}

// removeStudy takes a whole study out; false where the path means a line of a study.
func (p *Program) removeStudy(e *Edit) (bool, *diag.Diagnostic) {
	name := ""
	if len(e.Sel.Segs) > 1 {
		name = e.Sel.Segs[1].Name
	}
	var names []string
	for i, s := range p.Studies {
		if s.Name() == name {
			p.Studies = append(p.Studies[:i:i], p.Studies[i+1:]...)
			p.StudyNodes = append(p.StudyNodes[:i:i], p.StudyNodes[i+1:]...)
			return true, nil
		}
		if s.Name() != "" {
			names = append(names, s.Name())
		}
	}
	if from, segs, anchored := p.start(e.Sel.Segs); len(find(from, segs, anchored)) > 0 && len(segs) > 0 {
		return false, nil
	}
	return false, suggest(diag.Errorf(codeEditMiss, e.Sel.Span, "%s hits nothing: there is no such study", e.Sel), name, names)
}

// insert carries out replace, before, after and into.
func (p *Program) insert(e *Edit) *diag.Diagnostic {
	x := &expander{p: p, eval: Evaluator{Program: p}, inserted: true}
	if e.Verb == "into" {
		return p.into(e, x)
	}
	hits, d := p.targets(e)
	if d != nil {
		return d
	}
	for _, n := range hits {
		list, i := p.container(n)
		if list == nil {
			continue
		}
		env := e.Env.child()
		if f := n.Env; f != nil {
			env.frame = f.frame // `input` means the block that the edit lands in
		}
		if e.Verb == "replace" && len(e.Body.Stmts) == 1 && e.Body.Stmts[0].Node != nil {
			fresh := x.offForm(e.Body.Stmts[0].Node, env, n) // one for one: it takes over the path
			for _, f := range fresh {
				f.Label = firstNonEmpty(f.Label, n.Label)
			}
			x.attach(fresh)
			*list = splice(*list, i, 1, fresh)
			continue
		}
		fresh := x.body(e.Body.Stmts, env, n.Parent, n.Where)
		x.attach(fresh)
		switch e.Verb {
		case "replace":
			*list = splice(*list, i, 1, fresh)
		case "before":
			*list = splice(*list, i, 0, fresh)
		case "after":
			*list = splice(*list, i+1, 0, fresh)
		}
	}
	return nil
}

func firstNonEmpty(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func splice(list []*Node, at, drop int, fresh []*Node) []*Node {
	out := append([]*Node(nil), list[:at]...)
	out = append(out, fresh...)
	return append(out, list[at+drop:]...)
}

func (p *Program) into(e *Edit, x *expander) *diag.Diagnostic {
	hits, d := p.Select(e.Sel)
	if d != nil {
		n := p.addBody(e)
		if n == nil {
			return d
		}
		hits = []*Node{n}
	}
	if !e.Sel.each() && len(paths(hits)) > 1 {
		return many(e.Sel, hits)
	}
	for _, n := range hits {
		if n.Inside == "" || n.Inside == catalog.Edit {
			return diag.Errorf(codeEdit, e.Sel.Span, "%s has no body to put statements into", n.Short()).
				WithNote(n.Span, "it stands here").WithHelp("use before or after")
		}
		env := e.Env.child()
		if n.Inner != nil {
			env.frame = n.Inner.frame
		}
		fresh := x.body(e.Body.Stmts, env, n, n.Inside)
		x.attach(fresh)
		n.Body = append(n.Body, fresh...)
		n.HasBody = true
	}
	return nil
}

// addBody adds a setting with a body that the section does not have yet: into data.augment { … }.
func (p *Program) addBody(e *Edit) *Node {
	from, segs, _ := p.start(e.Sel.Segs)
	if len(from) != 1 || len(segs) != 1 {
		return nil
	}
	sig := p.Catalog.Get(from[0].Inside, segs[0].Name)
	if sig == nil || sig.Body == "" {
		return nil
	}
	n := &Node{Kind: Statement, Where: from[0].Inside, Name: sig.Name, Inside: sig.Body, HasBody: true, Env: e.Env, Inner: e.Env.child(), Inserted: true, Span: e.Span}
	n.number(from[0])
	from[0].Body = append(from[0].Body, n)
	return n
}

// container finds the list that a node stands in.
func (p *Program) container(target *Node) (*[]*Node, int) {
	var list *[]*Node
	at := 0
	look := func(l *[]*Node) {
		for i, n := range *l {
			if n == target {
				list, at = l, i
			}
		}
	}
	for _, r := range append(p.rootNodes(), p.StudyNodes...) {
		r.walk(func(n *Node) bool {
			look(&n.Body)
			look(&n.Else)
			if n.Alt != nil {
				look(&n.Alt.Body)
			}
			return list == nil
		})
	}
	return list, at
}

package canon

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// Program is a canonical program: the sections of one run, expanded, edited, with every trick's state.
type Program struct {
	Catalog *catalog.Catalog
	Loader  *Loader
	Scope   *Scope
	Data    *Node
	Model   *Node
	Train   *Node
	Studies []*Def
	// StudyNodes are the studies expanded, in the order of Studies.
	StudyNodes []*Node
	// TooLarge says that the expansion was cut short, and the program is of no use.
	TooLarge bool

	diags  *diag.List
	params []paramSet
	cards  map[*ast.Section]*Card
	byHead map[cardKey][]*Card
	// reading are the settings whose values are being read: meeting one again is a cycle.
	reading map[*ast.Expr]bool
	chosen  map[string]*Edit // by kind: the edit that chooses the model or the data section
}

// paramSet is an edit that gives a section's parameter another value, which decides how the section expands.
type paramSet struct {
	root, name string
	edit       *Edit
}

// Options say how to expand.
type Options struct {
	Catalog *catalog.Catalog
	// Edits come behind those of the file: a variant's, then the command line's.
	Edits []*Edit
	// Train names the train section where a file has several.
	Train string
}

// Expand makes the canonical program of a loaded file. Problems go to diags; the program is as whole as they allow.
func Expand(scope *Scope, opt Options, diags *diag.List) *Program {
	p := &Program{Catalog: opt.Catalog, Loader: scope.loader, Scope: scope, diags: diags, cards: map[*ast.Section]*Card{},
		byHead: map[cardKey][]*Card{}, chosen: map[string]*Edit{}, reading: map[*ast.Expr]bool{}}
	p.Studies = append(p.Studies, scope.All("study")...)
	edits := append(p.extendEdits(scope), opt.Edits...)

	train := p.chooseTrain(opt.Train)
	p.collectChoices(edits)
	modelDef := p.chooseModel(train)
	data := p.chooseData(modelDef)
	p.collectParams(edits, map[string]*Def{"model": modelDef, "train": train, "data": data})

	x := &expander{p: p, eval: Evaluator{Program: p}}
	p.Data = x.root("data", catalog.Data, data)
	p.Model = x.root("model", catalog.Layer, modelDef)
	p.Train = x.root("train", catalog.Train, train)
	x.attach(p.rootNodes())
	for _, def := range p.Studies {
		p.StudyNodes = append(p.StudyNodes, x.root("study", catalog.Study, def))
	}
	p.Apply(edits)
	p.applyChanges()
	p.readCards()
	p.checkNames()
	return p
}

// extendEdits are the edits of the `extend` chain, the innermost first.
func (p *Program) extendEdits(s *Scope) []*Edit {
	if s.extend == nil {
		return nil
	}
	var list []*Edit
	if s.base != nil {
		list = p.extendEdits(s.base)
	}
	if s.extend.Body != nil {
		list = append(list, p.ReadEdits(s.extend.Body.Stmts, s.env)...)
	}
	return list
}

// root expands a section.
func (x *expander) root(kind string, inside catalog.Kind, def *Def) *Node {
	if def == nil {
		return nil
	}
	r := &Node{Kind: Root, Name: kind, Label: def.Name(), Path: kind, Inside: inside, HasBody: true, Span: def.Span()}
	r.Env = def.Scope.env
	params := &Env{parent: def.Scope.env, scope: def.Scope}
	for _, set := range x.p.params {
		if set.root == kind {
			params.bind(set.name, &binding{expr: set.edit.Value, env: set.edit.Env})
		}
	}
	if ps := def.Section.Params; ps != nil {
		for _, q := range ps.List {
			if params.vars[q.Name.Name] != nil {
				continue
			}
			if q.Default == nil {
				x.p.add(diag.Errorf(codeArgument, identSpan(q.Name), "%s has no default, and nothing gives it a value", q.Name.Name).
					WithHelp("write %s(%s = …), or set %s.%s", kind, q.Name.Name, kind, q.Name.Name))
				continue
			}
			params.bind(q.Name.Name, &binding{expr: q.Default, env: params})
		}
	}
	r.Inner = params.child()
	r.Body = x.body(def.Section.Body.Stmts, r.Inner, r, inside)
	return r
}

// attach finds the cards of new nodes and gives a statement's `off` to its alternative.
func (x *expander) attach(nodes []*Node) {
	for _, r := range nodes {
		r.walk(func(n *Node) bool {
			if n.Off {
				for _, a := range n.Args {
					if a.Off != nil {
						a.UseOff, n.Off = true, false
					}
				}
			}
			x.attachCards(n)
			return true
		})
	}
}

// collectParams finds the edits that set a parameter of a section.
func (p *Program) collectParams(edits []*Edit, defs map[string]*Def) {
	for _, e := range edits {
		if e.Verb != "set" || len(e.Sel.Segs) != 2 {
			continue
		}
		if e.Env == nil {
			e.Env = p.Scope.env
		}
		for kind, def := range defs {
			first, name := e.Sel.Segs[0].Name, e.Sel.Segs[1].Name
			if def == nil || def.Section.Params == nil || first != kind && first != def.Name() {
				continue
			}
			for _, q := range def.Section.Params.List {
				if q.Name.Name == name {
					p.params = append(p.params, paramSet{kind, name, e})
				}
			}
		}
	}
}

func (p *Program) isParam(e *Edit) bool {
	for _, s := range p.params {
		if s.edit == e {
			return true
		}
	}
	return false
}

func (p *Program) chooseTrain(name string) *Def {
	list := p.Scope.All("train")
	if name != "" {
		var names []string
		for _, d := range append(list, p.Scope.Imported("train")...) {
			if d.Name() == name {
				return d
			}
			if d.Name() != "" {
				names = append(names, d.Name())
			}
		}
		d := diag.Errorf(codeSection, diag.Span{Start: diag.Pos{Filename: p.Scope.File}}, "no train section is called %s", name)
		if len(names) == 0 {
			d.WithHelp("the only one has no name: leave the name out")
		} else {
			suggest(d, name, names)
		}
		p.add(d)
		return nil
	}
	// The file's own sections come before those of its base; the one without a name is the program.
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Name() == "" {
			return list[i]
		}
	}
	return p.only("train", list, "choose one with --train NAME")
}

// only returns the single section of a list; several are an error.
func (p *Program) only(kind string, list []*Def, help string) *Def {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	d := diag.Errorf(codeSection, list[1].Span(), "the program has %d %s sections and does not say which to take", len(list), kind)
	for _, o := range list {
		d.WithNote(o.Span(), "%s %s", kind, o.Name())
	}
	p.add(d.WithHelp("%s", help))
	return list[0]
}

// mention finds the first statement of a section with that head, in any body.
func mention(stmts []*ast.Stmt, head string) *ast.Node {
	for _, s := range stmts {
		if s.Node != nil && len(s.Node.Head.Names) == 1 && s.Node.Head.Names[0] == head {
			return s.Node
		}
	}
	return nil
}

// collectChoices finds the edits that choose a section: set train.model = NAME, set model.input = NAME.
func (p *Program) collectChoices(edits []*Edit) {
	for _, e := range edits {
		if e.Verb != "set" || len(e.Sel.Segs) != 2 {
			continue
		}
		section, what := e.Sel.Segs[0].Name, e.Sel.Segs[1].Name
		is := func(kind string) bool { return section == kind || p.Scope.Find(kind, section) != nil }
		switch {
		case what == "model" && is("train"):
			p.chosen["model"] = e
		case what == "input" && is("model"):
			p.chosen["data"] = e
		}
	}
}

// named finds the section that a statement or an edit names: model resnet, input cifar.
func (p *Program) named(kind string, from *Def, n *ast.Node) (*Def, bool) {
	var x *ast.Expr
	if n != nil && len(n.Args) > 0 && n.Args[0].Name == nil {
		x = n.Args[0].Value.On
		if n.Args[0].Value.Off != nil || n.Alt != nil || n.Off {
			p.add(diag.Errorf(codeEdit, spanOf(n.Pos, n.EndPos), "%s chooses a section, so it has no off form: paths start there", n.Head.Names[0]).
				WithHelp("write the other choice as a variant: set %s = NAME", map[string]string{"model": "train.model", "data": "model.input"}[kind]))
		}
	}
	if e := p.chosen[kind]; e != nil {
		x = e.Value
	}
	if x == nil {
		return nil, false
	}
	r := bareRef(x)
	if r == nil || r.Call != nil {
		p.add(diag.Errorf(codeArgument, exprSpan(x), "this is the name of a %s section", kind).WithHelp("write the bare name"))
		return nil, true
	}
	name := RefText(&ast.Ref{Segs: r.Segs})
	if d := p.Scope.Find(kind, name); d != nil {
		if clash := p.Scope.ambiguous(kind, name, exprSpan(x)); clash != nil {
			p.add(clash)
		}
		return d, true
	}
	if d := from.Scope.Find(kind, name); d != nil {
		return d, true
	}
	d := diag.Errorf(codeUnknownName, spanOf(r.Pos, r.EndPos), "no %s section is called %s", kind, name)
	p.add(suggest(d, name, append(p.Scope.names(kind), from.Scope.names(kind)...)))
	return nil, true
}

func (p *Program) chooseModel(train *Def) *Def {
	if train != nil {
		if d, said := p.named("model", train, mention(train.Section.Body.Stmts, "model")); said {
			return d
		}
	}
	list := p.Scope.All("model")
	if len(list) == 0 {
		list = p.Scope.Imported("model")
	}
	return p.only("model", list, "say which in train: model NAME")
}

func (p *Program) chooseData(m *Def) *Def {
	if m == nil {
		list := p.Scope.All("data")
		if len(list) > 1 && p.diags.HasErrors() {
			return list[0] // which one is meant the model would have said
		}
		return p.only("data", list, "a model says which: input NAME")
	}
	if d, said := p.named("data", m, mention(m.Section.Body.Stmts, "input")); said {
		return d
	}
	list := p.Scope.All("data")
	if len(list) == 0 {
		list = p.Scope.Imported("data")
	}
	return p.only("data", list, "say which in the model: input NAME")
}

// applyChanges carries out the tricks that are changes and on, in the order of the text.
func (p *Program) applyChanges() {
	for _, pl := range p.places(p.rootNodes()) {
		n := pl.Node
		if n.Kind != Change || n.Off {
			continue
		}
		inner := &Env{parent: n.Change.def.Scope.env, scope: n.Change.def.Scope}
		var args []*ast.Arg
		for _, a := range n.Args {
			arg := &ast.Arg{Pos: a.Span.Start, EndPos: a.Span.End, Value: &ast.Value{Pos: a.Span.Start, EndPos: a.Span.End, On: a.Expr()}}
			if a.Name != "" {
				arg.Name = &ast.Path{Segs: []*ast.Seg{{Name: a.Name}}}
			}
			args = append(args, arg)
		}
		if d := bindParams(inner, "trick "+n.Name, n.Change.Params, args, n.Env, n.Span); d != nil {
			p.add(d)
			continue
		}
		edits := p.ReadEdits(n.Change.Change.Stmts, inner.child())
		for _, e := range edits {
			if e.Verb != "set" {
				continue
			}
			// Values are fixed before any of the change applies: `factor * train.batch` means the batch as it was.
			value, d := p.asItIs(e.Value, e.Env)
			if d != nil {
				p.add(d)
				continue
			}
			e.Value = value
		}
		p.Apply(edits)
	}
}

// readCards reads the file's own lets and cards, so that their mistakes are reported even where nothing uses them.
func (p *Program) readCards() {
	for at := p.Scope; at != nil; at = at.base {
		for _, name := range sortedKeys(at.lets) {
			p.noLetOff(at.lets[name])
		}
	}
	for _, d := range p.Scope.All("trick") {
		p.card(d)
	}
}

// Setting evaluates a path of the program used as a value: train.batch, model.width.
func (p *Program) Setting(r *ast.Ref, e *Evaluator, env *Env) (model.Value, error) {
	sel, err := selectorOf(r, e, env)
	if err != nil {
		return model.Value{}, err
	}
	from, segs, anchored := p.start(sel.Segs)
	if len(segs) == 1 && len(from) == 1 && from[0].Inner != nil {
		if b := from[0].Inner.parentVars()[segs[0].Name]; b != nil {
			return e.binding(b, segs[0].Name, sel.Span)
		}
	}
	for k := len(segs); k > 0; k-- {
		hits := find(from, segs[:k], anchored)
		if len(hits) == 0 {
			continue
		}
		if len(segs)-k > 1 || len(paths(hits)) > 1 {
			break
		}
		name := ""
		if k < len(segs) {
			name = segs[k].Name
		}
		if v, ok, err := p.argument(hits[0], name, e); ok || err != nil {
			return v, err
		}
		break
	}
	return model.Value{}, p.miss(sel)
}

// argument evaluates an argument of a statement, or of its constructor.
func (p *Program) argument(n *Node, name string, e *Evaluator) (model.Value, bool, error) {
	sig := p.Catalog.Get(n.Where, n.Name)
	if sig == nil || len(sig.Params) == 0 {
		return model.Value{}, false, nil
	}
	if name == "" {
		name = sig.Params[0].Name
	}
	if s := n.Sets[name]; s != nil {
		return p.read(e, n, name, s.Expr, s.Env)
	}
	if q := sig.Param(name); q != nil {
		for i, a := range n.Args {
			if a.Name == name || a.Name == "" && i < len(sig.Params) && sig.Params[i].Name == name {
				return p.read(e, n, name, a.Expr(), a.Env)
			}
		}
		if q.Default != nil {
			return *q.Default, true, nil
		}
		return model.Value{}, false, nil
	}
	if !hasConstructor(sig) || len(n.Args) == 0 {
		return model.Value{}, false, nil
	}
	x, env := n.Args[0].Expr(), n.Args[0].Env
	if s := n.Sets[sig.Params[0].Name]; s != nil && !n.Args[0].UseOff {
		x, env = s.Expr, s.Env
	}
	r := bareRef(x)
	if r == nil || len(r.Segs) != 1 {
		return model.Value{}, false, nil
	}
	cs := p.Catalog.Get(sig.Params[0].Type.Of, r.Segs[0].Name)
	if cs == nil || cs.Param(name) == nil {
		return model.Value{}, false, nil
	}
	if r.Call != nil {
		for i, a := range r.Call.Args {
			if a.Name != nil && pathText(a.Name) == name || a.Name == nil && i < len(cs.Params) && cs.Params[i].Name == name {
				return p.read(e, n, name, a.Value.On, env)
			}
		}
	}
	if q := cs.Param(name); q.Default != nil {
		return *q.Default, true, nil
	}
	return model.Value{}, false, nil
}

// read evaluates a setting's expression; one that leads back to itself has no value.
func (p *Program) read(e *Evaluator, n *Node, name string, x *ast.Expr, env *Env) (model.Value, bool, error) {
	if p.reading[x] {
		return model.Value{}, true, cycle(n.Short()+"."+name, exprSpan(x))
	}
	p.reading[x] = true
	defer delete(p.reading, x)
	v, err := e.Eval(x, env)
	return v, true, err
}

// RequireSections reports what a program that is to be run lacks. A file of definitions only lacks nothing.
func (p *Program) RequireSections(diags *diag.List) {
	switch {
	case p.Model == nil && p.Train != nil:
		diags.Add(diag.Errorf(codeSection, p.Train.Span, "there is nothing to train: the program has no model section").
			WithHelp("write model NAME { input DATA; … }, or bring one in with use"))
	case p.Model != nil && p.Data == nil:
		diags.Add(diag.Errorf(codeSection, p.Model.Span, "the model has no data: the program has no data section").
			WithHelp("write data NAME { from … }, or bring one in with use"))
	case p.Model != nil && p.Train == nil:
		diags.Add(diag.Errorf(codeSection, p.Model.Span, "the program does not say how to train: it has no train section").
			WithHelp("add train { loss cross_entropy; optimizer adam; epochs 10 }"))
	}
}

// RequireLoss reports a train section that does not say what training makes small.
func (p *Program) RequireLoss(diags *diag.List) {
	diags.Add(diag.Errorf(codeSection, p.Train.Span, "this section has no loss").WithHelp("add loss cross_entropy for classes, mse for numbers"))
}

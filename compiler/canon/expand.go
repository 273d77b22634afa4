package canon

import (
	"errors"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

// maxNodes bounds an expansion: a typo such as `repeat 1e9` must not eat the machine.
const maxNodes = 100_000

// expander unrolls bodies into nodes.
type expander struct {
	p        *Program
	eval     Evaluator
	stack    []string // blocks being expanded
	made     int
	inserted bool // the nodes come from an edit
}

func (x *expander) report(err error) {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		x.p.add(d)
	}
}

// body expands statements into parent, whose path theirs extend. Loops without a label leave no trace.
func (x *expander) body(stmts []*ast.Stmt, env *Env, parent *Node, where catalog.Kind) []*Node {
	var out []*Node
	for _, s := range stmts {
		if x.made > maxNodes {
			return out
		}
		switch {
		case s.Let != nil:
			x.let(s.Let, env)
		case s.If != nil:
			out = append(out, x.ifs(s.If, env, parent, where)...)
		case s.For != nil:
			out = append(out, x.fors(s.For, env, parent, where)...)
		case s.Repeat != nil:
			out = append(out, x.repeat(s.Repeat, env, parent, where)...)
		case s.Node != nil:
			if n := x.node(s.Node, env, parent, where, ""); n != nil {
				out = append(out, n)
			}
		}
	}
	return out
}

func (x *expander) let(l *ast.Let, env *Env) {
	if env.vars[l.Name.Name] != nil || env.local(l.Name.Name) {
		x.p.add(diag.Errorf(Duplicate, identSpan(l.Name), "%s is already a local name here", l.Name.Name).
			WithHelp("a local name may not hide another local name: choose a new one"))
		return
	}
	x.p.noLetOff(l)
	env.bind(l.Name.Name, &binding{expr: l.Value.On, env: env, params: l.Params})
}

// noLetOff reports an off form in a let: a name has one value, and what it shapes would have two sets of paths.
func (p *Program) noLetOff(l *ast.Let) {
	if l.Value.Off != nil {
		p.add(diag.Errorf(codeArgument, spanOf(l.Value.Pos, l.Value.EndPos), "a let has one value and no off form").
			WithHelp("write `instead of` at the statement that uses %s, or make it a parameter and set it in a variant", l.Name.Name))
	}
}

func (x *expander) ifs(i *ast.If, env *Env, parent *Node, where catalog.Kind) []*Node {
	v, err := x.eval.Eval(i.Cond, env)
	if errors.Is(err, ErrLater) {
		n := &Node{Kind: Branch, Where: where, Name: "if", Parent: parent, Cond: i.Cond, Env: env,
			Inserted: x.inserted, Span: spanOf(i.Pos, i.Cond.EndPos), Path: parent.Path}
		n.Body = x.body(i.Then.Stmts, env.child(), parent, where)
		n.Else = x.otherwise(i, env, parent, where)
		return []*Node{n}
	}
	if err != nil {
		x.report(err)
		return nil
	}
	yes, err := truth(v, exprSpan(i.Cond))
	if err != nil {
		x.report(x.eval.unlessUnknown(env, err, v))
		return nil
	}
	if yes {
		return x.body(i.Then.Stmts, env.child(), parent, where)
	}
	return x.otherwise(i, env, parent, where)
}

func (x *expander) otherwise(i *ast.If, env *Env, parent *Node, where catalog.Kind) []*Node {
	switch {
	case i.ElseIf != nil:
		return x.ifs(i.ElseIf, env, parent, where)
	case i.Else != nil:
		return x.body(i.Else.Stmts, env.child(), parent, where)
	}
	return nil
}

// now evaluates what the structure of the program depends on, which may not depend on shapes.
func (x *expander) now(e *ast.Expr, env *Env, what string) (model.Value, bool) {
	v, err := x.eval.Eval(e, env)
	if errors.Is(err, ErrLater) {
		x.p.add(bad(exprSpan(e), "%s may not depend on shapes or on the data: paths are fixed before those are known", what).
			WithHelp("make it a parameter of the block"))
		return v, false
	}
	if err != nil {
		x.report(err)
		return v, false
	}
	return v, true
}

func (x *expander) fors(f *ast.For, env *Env, parent *Node, where catalog.Kind) []*Node {
	over, ok := x.now(f.Over, env, "a loop's list")
	if !ok {
		return nil
	}
	items, d := x.elements(over, env, exprSpan(f.Over))
	if d != nil {
		x.report(d)
		return nil
	}
	if env.local(f.Var.Name) {
		x.p.add(diag.Errorf(Duplicate, identSpan(f.Var), "%s is already a local name here", f.Var.Name).
			WithHelp("choose another loop variable"))
		return nil
	}
	var out []*Node
	for _, item := range items {
		if !x.pass(spanOf(f.Pos, f.Over.EndPos)) {
			break
		}
		inner := env.child()
		inner.bindValue(f.Var.Name, item)
		out = append(out, x.iteration(f.Body, f.As, inner, parent, where, spanOf(f.Pos, f.Over.EndPos))...)
	}
	return out
}

// iteration expands one pass of a labelled `for`: the label names the pass, or the only statement in it.
func (x *expander) iteration(b *ast.Body, as *ast.Ident, env *Env, parent *Node, where catalog.Kind, span diag.Span) []*Node {
	if as == nil {
		return x.body(b.Stmts, env, parent, where)
	}
	if len(b.Stmts) == 1 && b.Stmts[0].Node != nil && b.Stmts[0].Node.As == nil {
		if n := x.node(b.Stmts[0].Node, env, parent, where, as.Name); n != nil {
			return []*Node{n}
		}
		return nil
	}
	return []*Node{x.group(as.Name, parent, where, env, span, func(g *Node) {
		g.Body = x.body(b.Stmts, env, g, where)
	})}
}

func (x *expander) group(label string, parent *Node, where catalog.Kind, env *Env, span diag.Span, fill func(*Node)) *Node {
	g := &Node{Kind: Group, Where: where, Inside: where, HasBody: true, Name: label, Label: label, Env: env, Inner: env, Span: span, Inserted: x.inserted}
	g.number(parent)
	fill(g)
	return g
}

func (x *expander) elements(v model.Value, env *Env, span diag.Span) ([]model.Value, error) {
	switch v.Kind {
	case model.List:
		return v.List, nil
	case model.Range:
		lo, hi := v.List[0].Num, v.List[1].Num
		if lo != float64(int(lo)) || hi != float64(int(hi)) {
			return nil, bad(span, "a loop counts in whole numbers, and %s does not", v).WithHelp("write 1..3, or floor(…)")
		}
		if hi-lo > maxNodes {
			return nil, bad(span, "this loop has %s passes; more than %d statements cannot be meant", model.FormatNumber(hi-lo+1), maxNodes).WithHelp("look at the ends of the range")
		}
		var list []model.Value
		for i := lo; i <= hi; i++ {
			list = append(list, num(i, "", span))
		}
		return list, nil
	}
	return nil, x.eval.unlessUnknown(env, bad(span, "a loop goes over a list or a range, not over %s", describe(v)).WithHelp("write for x in [1, 2, 4], or in 1..3"), v)
}

func (x *expander) repeat(r *ast.Repeat, env *Env, parent *Node, where catalog.Kind) []*Node {
	v, ok := x.now(r.Count, env, "a repeat's count")
	if !ok {
		return nil
	}
	if v.Kind != model.Number || v.Num != float64(int(v.Num)) || v.Num < 0 {
		x.report(x.eval.unlessUnknown(env, bad(exprSpan(r.Count), "repeat takes a whole number of at least 0, not %s", describe(v)).WithHelp("write repeat 3 { … }, or floor(…) around the count"), v))
		return nil
	}
	if v.Num > maxNodes {
		x.p.add(bad(exprSpan(r.Count), "repeat %s: more than %d statements cannot be meant", v, maxNodes).WithHelp("look at the count"))
		return nil
	}
	all := func(at *Node) []*Node {
		var out []*Node
		for i := 0; i < int(v.Num) && x.pass(spanOf(r.Pos, r.Count.EndPos)); i++ {
			out = append(out, x.body(r.Body.Stmts, env.child(), at, where)...)
		}
		return out
	}
	if r.As == nil {
		return all(parent)
	}
	return []*Node{x.group(r.As.Name, parent, where, env, spanOf(r.Pos, r.Count.EndPos), func(g *Node) { g.Body = all(g) })}
}

// pass counts statements and passes of loops; false when there are too many.
func (x *expander) pass(at diag.Span) bool {
	x.made++
	if x.made > maxNodes {
		x.p.TooLarge = true
	}
	if x.made == maxNodes+1 {
		x.p.add(bad(at, "the program expands to more than %d statements; a loop count is probably wrong", maxNodes).WithHelp("look at the counts of the loops around it"))
	}
	return x.made <= maxNodes
}

// node expands one statement. label, if not empty, is what a loop calls it.
func (x *expander) node(s *ast.Node, env *Env, parent *Node, where catalog.Kind, label string) *Node {
	x.pass(spanOf(s.Pos, s.EndPos))
	n := &Node{Where: where, Name: strings.Join(s.Head.Names, "."), Label: label, Env: env, Off: s.Off, WrittenOff: s.Off,
		HasBody: s.Body != nil, Inserted: x.inserted, Span: spanOf(s.Head.Pos, s.Head.EndPos)}
	if s.As != nil {
		if s.Alt != nil {
			n.Trick = s.As.Name
		} else {
			n.Label = s.As.Name
		}
	}
	x.args(n, s)
	if n.Trick == "" && s.Alt != nil {
		n.Trick = lastWord(n.Name)
	}
	n.number(parent)

	var def *Def
	if where == catalog.Layer {
		def = env.scope.Find("block", n.Name)
	}
	if def != nil {
		if d := env.scope.ambiguous("block", n.Name, n.Span); d != nil {
			x.p.add(d)
		}
	}
	sig := x.p.Catalog.Get(where, n.Name)
	switch {
	case def != nil && (sig == nil || !strings.HasPrefix(def.Scope.File, "std/")):
		x.block(n, s, def, env)
	case sig != nil:
		n.Kind, n.Inside = Statement, sig.Body
		x.statementBody(n, s, sig, env)
	default:
		if card := x.changeCard(n, env); card != nil {
			n.Kind, n.Change = Change, card
			if s.Alt != nil || hasOff(n) || s.Body != nil {
				x.p.add(diag.Errorf(codeArgument, n.Span, "%s is a change: its off form is the program without it", n.Name).
					WithHelp("write `%s off` to switch it off", n.Name))
			}
			n.Trick = ""
			return n
		}
		x.unknown(n, env, where)
		return nil
	}
	x.alternative(n, s, env)
	return n
}

func (x *expander) changeCard(n *Node, env *Env) *Card {
	def := env.scope.Find("trick", n.Name)
	if def == nil {
		return nil
	}
	card := x.p.card(def)
	if card == nil || card.Change == nil {
		return nil
	}
	return card
}

func (x *expander) args(n *Node, s *ast.Node) {
	alternatives := 0
	for _, a := range s.Args {
		arg := &Arg{On: a.Value.On, Off: a.Value.Off, Env: n.Env, Span: spanOf(a.Pos, a.EndPos)}
		if a.Name != nil {
			if len(a.Name.Segs) != 1 || a.Name.Segs[0].Index != nil {
				x.p.add(diag.Errorf(codeArgument, arg.Span, "an argument's name is one word; paths belong in edits").
					WithHelp("give the argument at the statement that it belongs to"))
				continue
			}
			arg.Name = a.Name.Segs[0].Name
		}
		if arg.Off != nil {
			alternatives++
			arg.Trick = lastWord(n.Name)
			if a.Value.As != nil {
				arg.Trick = a.Value.As.Name
			}
			if alternatives > 1 || s.Alt != nil {
				x.p.add(diag.Errorf(codeArgument, arg.Span, "a statement has one `instead of`; this is another").
					WithHelp("write the whole statement's off form: `… instead of { … }`"))
				arg.Off = nil
			}
		}
		n.Args = append(n.Args, arg)
	}
}

// statementBody expands what a layer or setting has in its braces.
func (x *expander) statementBody(n *Node, s *ast.Node, sig *catalog.Signature, env *Env) {
	if s.Body == nil {
		return
	}
	if sig.Body == "" {
		x.p.add(diag.Errorf(codeMisplaced, spanOf(s.Body.Pos, s.Body.EndPos), "%s has no body", n.Name).
			WithHelp("its arguments stand behind it: %s", Usage(sig)))
		return
	}
	n.Inner = env.child()
	if sig.NotYet != "" {
		return // reported where the statement is resolved
	}
	if sig.Body == catalog.Edit {
		n.Edits = s.Body // read when the edits are applied
		return
	}
	n.Body = x.body(s.Body.Stmts, n.Inner, n, sig.Body)
}

// block expands an instance of a block.
func (x *expander) block(n *Node, s *ast.Node, def *Def, env *Env) {
	n.Kind, n.Inside = Block, catalog.Layer
	if s.Body != nil {
		x.p.add(diag.Errorf(codeMisplaced, spanOf(s.Body.Pos, s.Body.EndPos), "%s is a block: it has its body already", n.Name).
			WithHelp("give it arguments, or write the body as a block of its own"))
	}
	for _, name := range x.stack {
		if name == def.Scope.File+":"+def.Name() {
			x.p.add(diag.Errorf(codeCycle, n.Span, "block %s contains itself", n.Name).
				WithNote(def.Span(), "it is defined here").WithHelp("use `repeat` or `for` to stack blocks"))
			return
		}
	}
	inner := &Env{parent: def.Scope.env, scope: def.Scope, frame: &Frame{Block: n}}
	for _, a := range n.Args {
		if a.Off != nil {
			x.blockArgAlternative(n, s, a)
			break
		}
	}
	if d := bindParams(inner, "block "+n.Name, def.Section.Params, s.Args, env, n.Span); d != nil {
		x.p.add(d.WithNote(def.Span(), "the block is defined here"))
		return
	}
	x.words(inner, def)
	n.Inner = inner.child()
	x.stack = append(x.stack, def.Scope.File+":"+def.Name())
	n.Body = x.body(def.Section.Body.Stmts, n.Inner, n, catalog.Layer)
	x.stack = x.stack[:len(x.stack)-1]
}

// words holds parameters whose default is a bare word to the words that their block compares them with: a misspelt one
// would quietly be neither.
func (x *expander) words(inner *Env, def *Def) {
	if def.Section.Params == nil {
		return
	}
	for _, q := range def.Section.Params.List {
		if q.Default == nil {
			continue
		}
		r := bareRef(q.Default)
		if r == nil || r.Call != nil || len(r.Segs) != 1 || def.Scope.env.bound(r.Segs[0].Name) {
			continue
		}
		known := compared(def.Section.Body, q.Name.Name)
		if len(known) == 0 {
			continue
		}
		known[r.Segs[0].Name] = true
		b := inner.vars[q.Name.Name]
		v, err := x.eval.binding(b, q.Name.Name, exprSpan(b.expr))
		if err != nil || v.Kind == model.Word && known[v.Str] {
			continue // an error is reported where the value is used
		}
		x.p.add(suggest(diag.Errorf(codeArgument, exprSpan(b.expr), "%s of block %s takes %s, not %s",
			q.Name.Name, def.Name(), strings.Join(sortedKeys(known), " or "), describe(v)), v.Str, sortedKeys(known)))
	}
}

// compared lists the bare words that a body compares a name with by == or !=.
func compared(body *ast.Body, name string) map[string]bool {
	words := map[string]bool{}
	side := func(r *ast.Range) string {
		if r == nil || r.Hi != nil || len(r.Lo.Rest) > 0 || len(r.Lo.Left.Rest) > 0 {
			return ""
		}
		if ref := r.Lo.Left.Left.Prim.Ref; ref != nil && ref.Call == nil && len(ref.Segs) == 1 {
			return ref.Segs[0].Name
		}
		return ""
	}
	ast.Inspect(body, func(n ast.Spanned) bool {
		if c, ok := n.(*ast.Cmp); ok && (c.Op == "==" || c.Op == "!=") {
			l, r := side(c.Left), side(c.Right)
			if l == name && r != "" {
				words[r] = true
			} else if r == name && l != "" {
				words[l] = true
			}
		}
		return true
	})
	return words
}

// blockArgAlternative turns `block on instead of off` into an alternative of the whole statement, since a block's argument
// may change what it expands to.
func (x *expander) blockArgAlternative(n *Node, s *ast.Node, a *Arg) {
	off := *s
	off.Args = append([]*ast.Arg(nil), s.Args...)
	for i, sa := range off.Args {
		if sa.Value.Off != nil {
			v := *sa.Value
			v.On, v.Off, v.As = v.Off, nil, nil
			c := *sa
			c.Value = &v
			off.Args[i] = &c
		}
	}
	off.Off, off.As = false, nil
	n.Trick = a.Trick
	a.Off = nil
	n.Alt = &Alt{Body: x.offForm(&off, n.Env, n)}
}

// alternative expands the off form of a whole statement. It shares the place's path: a single statement has it,
// several stand below it.
func (x *expander) alternative(n *Node, s *ast.Node, env *Env) {
	if s.Alt == nil {
		return
	}
	n.Alt = &Alt{}
	if s.Alt.Nothing || s.Alt.Body == nil {
		return
	}
	x.alternativeBody(n, s.Alt.Body.Stmts, env)
}

// alternativeBody expands the statements of an off form under the path of n.
func (x *expander) alternativeBody(n *Node, stmts []*ast.Stmt, env *Env) {
	if len(stmts) == 1 && stmts[0].Node != nil {
		n.Alt.Body = x.offForm(stmts[0].Node, env, n)
		return
	}
	g := &Node{Kind: Group, Where: n.Where, Inside: n.Where, HasBody: true, Name: n.Name, Label: n.Label, Path: n.Path, Parent: n.Parent,
		Env: env, Inner: env.child(), Span: n.Span, Inserted: n.Inserted}
	g.Body = x.body(stmts, g.Inner, g, n.Where)
	n.Alt.Body = []*Node{g}
}

// offForm expands a single statement as the off form of n, under n's path.
func (x *expander) offForm(s *ast.Node, env *Env, n *Node) []*Node {
	scratch := &Node{Kind: Root, Name: n.Parent.Name, Path: n.Parent.Path}
	was := x.inserted
	x.inserted = false // its inside is numbered like any other
	c := x.node(s, env, scratch, n.Where, "")
	x.inserted = was
	if c == nil {
		return nil
	}
	repath(c, c.Path, n.Path)
	c.Parent, c.Inserted = n.Parent, n.Inserted
	return []*Node{c}
}

func repath(n *Node, from, to string) {
	n.walk(func(c *Node) bool {
		c.Path = to + strings.TrimPrefix(c.Path, from)
		return true
	})
}

// unknown reports a head that names nothing here, with what was probably meant.
func (x *expander) unknown(n *Node, env *Env, where catalog.Kind) {
	cat := x.p.Catalog
	blocks := []string(nil)
	if where == catalog.Layer {
		blocks = env.scope.names("block")
	}
	if ours := cat.Foreign(catalog.Activation, n.Name); where == catalog.Layer && ours != "" && cat.Foreign(where, n.Name) == "" {
		x.p.add(diag.Errorf(codeUnknownName, n.Span, "%s is an activation, called %s here", n.Name, ours).
			WithHelp("write `act %s`", ours).WithFix(n.Span, "act "+ours, "write act "+ours))
		return
	}
	if where == catalog.Layer && n.Name == "softmax" {
		x.p.add(diag.Errorf(codeUnknownName, n.Span, "there is no softmax layer: the loss cross_entropy takes logits and applies it itself").
			WithHelp("end the model with `dense classes`"))
		return
	}
	if where == catalog.Layer && cat.Get(catalog.Activation, n.Name) != nil {
		x.p.add(diag.Errorf(codeUnknownName, n.Span, "%s is an activation, not a layer", n.Name).
			WithHelp("write `act %s`", n.Name).WithFix(n.Span, "act "+n.Name, "write act "+n.Name))
		return
	}
	if ours := cat.Foreign(where, n.Name); ours != "" {
		x.p.add(diag.Errorf(codeUnknownName, n.Span, "%s is called %s here", n.Name, ours).
			WithHelp("write %s", ours).WithFix(n.Span, ours, "write "+ours))
		return
	}
	if kinds := cat.KindsOf(n.Name); len(kinds) > 0 && !contains(kinds, where) {
		d := diag.Errorf(codeMisplaced, n.Span, "%s is %s; here stands %s", n.Name, article(string(kinds[0])), article(string(where)))
		x.p.add(d.WithHelp("%s", placeOf(kinds[0])))
		return
	}
	d := diag.Errorf(codeUnknownName, n.Span, "no %s is called %s", where, n.Name)
	if near, ok := spell.Nearest(n.Name, append(cat.Names(where), blocks...)); ok {
		d.WithHelp("did you mean %s?", near).WithFix(n.Span, near, "write "+near)
	} else {
		d.WithHelp("there are %s", strings.Join(cat.Names(where), ", "))
	}
	x.p.add(d)
}

func contains(kinds []catalog.Kind, k catalog.Kind) bool {
	for _, x := range kinds {
		if x == k {
			return true
		}
	}
	return false
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// placeOf says where a construct of a kind belongs.
func placeOf(k catalog.Kind) string {
	switch k {
	case catalog.Layer:
		return "layers stand in a model, block, path or head"
	case catalog.Data:
		return "it stands in a data section"
	case catalog.Train:
		return "it stands in a train section"
	case catalog.Study:
		return "it stands in a study section"
	case catalog.Augment:
		return "it stands in `augment { }` of a data or train section"
	case catalog.Card:
		return "it stands in a trick section"
	case catalog.Optimizer, catalog.Schedule, catalog.Loss, catalog.Init, catalog.Clip, catalog.Stop:
		return "it is the value of a setting, say `optimizer sgd(lr = 0.1)`"
	}
	return "it is the value of an argument"
}

// Usage prints how a construct is written: conv channels, kernel = 3, stride = 1.
func Usage(sig *catalog.Signature) string {
	parts := []string{}
	for _, p := range sig.Params {
		switch {
		case p.Default == nil && p.Positional:
			parts = append(parts, strings.ToUpper(p.Name))
		case p.Default == nil:
			parts = append(parts, p.Name+" = …")
		case p.Default.IsSet():
			parts = append(parts, p.Name+" = "+p.Default.String())
		default:
			parts = append(parts, "["+p.Name+" = …]")
		}
	}
	if sig.Rest != nil {
		parts = append(parts, sig.Rest.Name+", …")
	}
	return strings.TrimSpace(sig.Name + " " + strings.Join(parts, ", "))
}

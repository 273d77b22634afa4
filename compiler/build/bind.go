package build

import (
	"errors"
	"math"
	"sort"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/spell"
)

// Codes of arguments.
var (
	codeArg = diag.Define("N0110", "ArgumentMismatch",
		"An argument does not fit what the statement takes: unknown name, missing, too many, of the wrong kind, out of bounds or in the wrong unit.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense classes, unitz = 3 }\ntrain { loss cross_entropy }")
	codeTwoReadings = diag.Define("N0111", "TwoReadings",
		"A bare name is both a variable here and a word that the argument takes. Quote the word, or rename the variable.",
		"let relu = 1\ndata digits { from digits }\nmodel m { input digits; flatten; act relu; dense classes }\ntrain { loss cross_entropy }")
)

// given is one argument on its way to a parameter.
type given struct {
	name string // "" for a positional one
	expr *ast.Expr
	env  *canon.Env
	span diag.Span
	edit bool // given by an edit: wins over what is written
	off  bool // the off form of an `instead of`: edits are meant for the on form
	flag bool // the bare name of a flag: true
}

// binder turns written arguments into typed values.
type binder struct {
	cat  *catalog.Catalog
	eval *canon.Evaluator
}

// statement binds the arguments of a canonical statement.
func (b *binder) statement(n *canon.Node, sig *catalog.Signature) (*model.Node, error) {
	var list []given
	nested := map[string]*canon.Set{}
	inOff := false
	for _, a := range n.Args {
		list = append(list, given{name: a.Name, expr: a.Expr(), env: a.Env, span: a.Span, off: a.UseOff})
		inOff = inOff || a.UseOff
	}
	for _, name := range keys(n.Sets) {
		s := n.Sets[name]
		if sig.Param(name) != nil {
			list = append(list, given{name: name, expr: s.Expr, env: s.Env, span: s.Span, edit: true})
			continue
		}
		c := *s
		c.Optional = inOff // the off form need not have what the on form is given
		nested[name] = &c
	}
	for _, c := range n.Cards {
		arg := c.Card.Construct.Argument
		switch {
		case arg != "" && c.Applies(n):
			nested[arg] = &canon.Set{Expr: c.OffExpr(), Env: c.Env(), Span: n.Span, Optional: true}
		case arg == "" && n.Off && c.Card.Off != nil && len(sig.Params) > 0:
			list = append(list, given{name: sig.Params[0].Name, expr: c.Card.Off, env: c.Env(), span: n.Span, edit: true})
		}
	}
	args, err := b.args(sig, list, nested, n.Span)
	if err != nil {
		return nil, err
	}
	return &model.Node{Name: sig.Name, Path: n.Path, Args: args, Span: n.Span}, nil
}

// args matches arguments with parameters: positional ones in order, flags by their bare name, named ones by name.
func (b *binder) args(sig *catalog.Signature, list []given, nested map[string]*canon.Set, at diag.Span) (model.Args, error) {
	chosen := map[string]given{}
	var rest []given
	next := 0
	positional := func() *catalog.Param {
		for next < len(sig.Params) {
			p := &sig.Params[next]
			next++
			if p.Positional {
				return p
			}
		}
		return nil
	}
	for _, g := range list {
		name := g.name
		if name == "" {
			if f := b.flag(sig, g); f != "" {
				name, g.flag = f, true
			} else if p := positional(); p != nil {
				name = p.Name
			} else if sig.Rest != nil {
				rest = append(rest, g)
				continue
			} else {
				return nil, b.tooMany(sig, g)
			}
		}
		if sig.Param(name) == nil {
			if d := b.ofConstructor(sig, chosen, g); d != nil {
				return nil, d
			}
			return nil, b.unknownParam(sig, name, g.span)
		}
		old, dup := chosen[name]
		if dup && g.edit && old.off {
			continue
		}
		if dup && !g.edit && !old.edit {
			return nil, diag.Errorf(codeArg, g.span, "%s of %s is given twice", name, sig.Name).WithNote(old.span, "the first time here").
				WithHelp("take one of them out")
		}
		chosen[name] = g
	}
	args := model.Args{}
	for i := range sig.Params {
		p := &sig.Params[i]
		g, ok := chosen[p.Name]
		if !ok {
			if p.Default == nil {
				return nil, diag.Errorf(codeArg, at, "%s needs its argument %s (%s)", sig.Name, p.Name, p.Type.Describe()).
					WithHelp("%s", canon.Usage(sig))
			}
			v := *p.Default
			if v.Kind == model.Called {
				c, err := b.constructor(p.Type, v.Call.Name, nil, nil, nil, at)
				if err != nil {
					return nil, err
				}
				v = c
			}
			args[p.Name] = v
			continue
		}
		if g.flag {
			args[p.Name] = model.Value{Kind: model.Bool, Bool: true, Span: g.span}
			continue
		}
		sets := nested
		if i > 0 {
			sets = nil
		}
		v, err := b.convert(g.expr, g.env, p.Type, what(sig, p.Name), sets)
		if err != nil {
			return nil, err
		}
		args[p.Name] = v
	}
	if sig.Rest != nil {
		v := model.Value{Kind: model.List, Span: at}
		for _, g := range rest {
			item, err := b.convert(g.expr, g.env, sig.Rest.Type, sig.Name, nil)
			if err != nil {
				return nil, err
			}
			v.List = append(v.List, item)
		}
		args[sig.Rest.Name] = v
	}
	if len(nested) > 0 && (len(sig.Params) == 0 || args[sig.Params[0].Name].Kind != model.Called) {
		for _, name := range keys(nested) {
			return nil, b.unknownParam(sig, name, nested[name].Span)
		}
	}
	return args, nil
}

func keys(m map[string]*canon.Set) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}

func what(sig *catalog.Signature, param string) string { return param + " of " + sig.Name }

// flag returns the flag that a bare positional name is, or "".
func (b *binder) flag(sig *catalog.Signature, g given) string {
	r := canon.BareRef(g.expr)
	if r == nil || len(r.Segs) != 1 || r.Call != nil || r.Segs[0].Index != nil || r.Segs[0].Star {
		return ""
	}
	p := sig.Param(r.Segs[0].Name)
	if p == nil || p.Type.Kind != catalog.TFlag || g.env.Bound(p.Name) {
		return ""
	}
	return p.Name
}

func (b *binder) tooMany(sig *catalog.Signature, g given) error {
	text := format.Expr(g.expr)
	if p := sig.Param(text); p != nil && p.Type.Kind == catalog.TFlag && g.env.Bound(text) {
		return diag.Errorf(codeTwoReadings, g.span, "%s is a variable here, and also a flag of %s", text, sig.Name).
			WithHelp("write %s = %s for the variable, or rename it", text, text)
	}
	d := diag.Errorf(codeArg, g.span, "%s does not take this: %s", sig.Name, text)
	var flags []string
	for _, p := range sig.Params {
		if p.Type.Kind == catalog.TFlag {
			flags = append(flags, p.Name)
		}
	}
	if near, ok := spell.Nearest(text, flags); ok {
		return d.WithHelp("did you mean %s?", near).WithFix(g.span, near, "write "+near)
	}
	return d.WithHelp("%s; what comes later is named", canon.Usage(sig))
}

func (b *binder) unknownParam(sig *catalog.Signature, name string, span diag.Span) error {
	var names []string
	for _, p := range sig.Params {
		names = append(names, p.Name)
	}
	d := diag.Errorf(codeArg, span, "%s has no argument %s", sig.Name, name)
	if near, ok := spell.Nearest(name, names); ok {
		return d.WithHelp("did you mean %s?", near)
	}
	if len(names) == 0 {
		return d.WithHelp("it takes none")
	}
	return d.WithHelp("it has %s", strings.Join(names, ", "))
}

// ofConstructor explains `optimizer sgd, lr = 0.1`: an argument of the constructor, which stands in its parentheses; nil where it
// is something else.
func (b *binder) ofConstructor(sig *catalog.Signature, chosen map[string]given, arg given) *diag.Diagnostic {
	for _, p := range sig.Params {
		g, ok := chosen[p.Name]
		if !ok || p.Type.Kind != catalog.TConstructor {
			continue
		}
		r := canon.BareRef(g.expr)
		if r == nil || len(r.Segs) != 1 {
			continue
		}
		inner := b.cat.Get(p.Type.Of, r.Segs[0].Name)
		if inner == nil || inner.Param(arg.name) == nil {
			continue
		}
		return diag.Errorf(codeArg, arg.span, "%s is an argument of %s, not of %s", arg.name, inner.Name, sig.Name).
			WithHelp("write %s %s(%s = …)", sig.Name, inner.Name, arg.name)
	}
	return nil
}

// convert gives an expression the type of its parameter.
func (b *binder) convert(x *ast.Expr, env *canon.Env, t catalog.Type, name string, sets map[string]*canon.Set) (model.Value, error) {
	// A variable stands for its expression, read with the type that is wanted here.
	if word, bare := bareWord(x); bare && env.Bound(word) {
		span := diag.Span{Start: x.Pos, End: x.EndPos}
		if b.isWord(t, word) {
			return model.Value{}, diag.Errorf(codeTwoReadings, span, "%s is a variable here, and also something that %s takes", word, name).
				WithHelp("rename the variable")
		}
		v, err, ok := env.Thunk(word, span, func(inner *ast.Expr, at *canon.Env) (model.Value, error) {
			return b.convert(inner, at, t, name, sets)
		})
		if ok {
			return v, err
		}
	}
	v, err := b.convertOne(x, env, t, name, sets)
	if err == nil || t.Or == nil || errors.Is(err, canon.ErrLater) {
		return v, err
	}
	var first *diag.Diagnostic
	if v2, err2 := b.convert(x, env, *t.Or, name, sets); err2 == nil {
		return v2, nil
	}
	if errors.As(err, &first) && first.Code == codeArg {
		first.Message = name + " takes " + t.Describe() + ", not " + format.Expr(x)
	}
	return v, err
}

// bareWord returns the single name that an expression is.
func bareWord(x *ast.Expr) (string, bool) {
	r := canon.BareRef(x)
	if r == nil || len(r.Segs) != 1 || r.Call != nil || r.Segs[0].Index != nil || r.Segs[0].Star {
		return "", false
	}
	return r.Segs[0].Name, true
}

// convertOne reads an expression that is no variable, by the first of its type's alternatives.
func (b *binder) convertOne(x *ast.Expr, env *canon.Env, t catalog.Type, name string, sets map[string]*canon.Set) (model.Value, error) {
	span := diag.Span{Start: x.Pos, End: x.EndPos}
	mismatch := func(got string) error {
		return diag.Errorf(codeArg, span, "%s takes %s, not %s", name, t.Describe(), got)
	}
	r := canon.BareRef(x)
	switch t.Kind {
	case catalog.TConstructor:
		if r == nil || len(r.Segs) != 1 || r.Segs[0].Index != nil || r.Segs[0].Star {
			return model.Value{}, mismatch(format.Expr(x))
		}
		var args []*ast.Arg
		if r.Call != nil {
			args = r.Call.Args
		}
		if t.Of == catalog.Metric && env.Function(r.Segs[0].Name) {
			return measure(r.Segs[0].Name, env, span)
		}
		return b.constructor(t, r.Segs[0].Name, args, env, sets, span)
	case catalog.TWord:
		if r == nil || len(r.Segs) != 1 || r.Call != nil {
			return model.Value{}, mismatch(format.Expr(x))
		}
		for _, w := range t.Words {
			if w == r.Segs[0].Name {
				return model.Value{Kind: model.Word, Str: w, Span: span}, nil
			}
		}
		d := diag.Errorf(codeArg, span, "%s takes %s, not %s", name, t.Describe(), r.Segs[0].Name)
		if near, ok := spell.Nearest(r.Segs[0].Name, t.Words); ok {
			d.WithHelp("did you mean %s?", near).WithFix(span, near, "write "+near)
		}
		return model.Value{}, d
	case catalog.TPath:
		if r == nil || r.Call != nil {
			return model.Value{}, mismatch(format.Expr(x))
		}
		return model.Value{Kind: model.PathRef, Str: canon.RefText(r), Span: span}, nil
	case catalog.TExpr:
		return model.Value{Kind: model.PathRef, Str: format.Expr(x), Span: span}, nil
	case catalog.TName:
		if r != nil && r.Call == nil {
			return model.Value{Kind: model.Word, Str: canon.RefText(r), Span: span}, nil
		}
		v, err := b.eval.Eval(x, env)
		if err != nil {
			return v, err
		}
		if v.Kind == model.String {
			return v, nil
		}
		err = mismatch(v.String())
		if d, ok := err.(*diag.Diagnostic); ok {
			d.WithHelp("if a variable hides the name that you mean, quote the name")
		}
		return v, err
	case catalog.TList:
		return b.list(x, env, t, name, span)
	}
	v, err := b.eval.Eval(x, env)
	if err != nil {
		return v, err
	}
	v.Span = span
	if t.Kind == catalog.TInt && v.Kind == model.Number && !literal(x) {
		v.Num = math.Floor(v.Num) // a computed count is rounded down: channels / 8
	}
	return b.check(v, t, name, env, mismatch)
}

// isWord reports whether a bare name is a word of the type itself.
func (b *binder) isWord(t catalog.Type, word string) bool {
	switch t.Kind {
	case catalog.TWord:
		for _, w := range t.Words {
			if w == word {
				return true
			}
		}
	case catalog.TConstructor:
		return b.cat.Get(t.Of, word) != nil
	}
	return t.Or != nil && b.isWord(*t.Or, word)
}

func (b *binder) list(x *ast.Expr, env *canon.Env, t catalog.Type, name string, span diag.Span) (model.Value, error) {
	v := model.Value{Kind: model.List, Span: span}
	if items, ok := listItems(x); ok {
		for _, item := range items {
			e, err := b.convert(item, env, *t.Elem, name, nil)
			if err != nil {
				return v, err
			}
			v.List = append(v.List, e)
		}
		return v, nil
	}
	if whole, err := b.eval.Eval(x, env); err == nil && whole.Kind == model.List {
		for _, item := range whole.List {
			e, err := b.check(item, *t.Elem, name, env, func(got string) error {
				return diag.Errorf(codeArg, span, "%s takes %s, not %s", name, t.Describe(), got)
			})
			if err != nil {
				return v, err
			}
			v.List = append(v.List, e)
		}
		return v, nil
	}
	e, err := b.convert(x, env, *t.Elem, name, nil)
	v.List = []model.Value{e}
	return v, err
}

// literal reports whether an expression is a number as written.
func literal(x *ast.Expr) bool {
	if len(x.Or) != 1 || len(x.Or[0].And) != 1 {
		return false
	}
	c := x.Or[0].And[0]
	return !c.Not && c.Right == nil && c.Left.Hi == nil && len(c.Left.Lo.Rest) == 0 && len(c.Left.Lo.Left.Rest) == 0 &&
		c.Left.Lo.Left.Left.Prim.Number != nil
}

func listItems(x *ast.Expr) ([]*ast.Expr, bool) {
	if len(x.Or) != 1 || len(x.Or[0].And) != 1 {
		return nil, false
	}
	c := x.Or[0].And[0]
	if c.Not || c.Right != nil || c.Left.Hi != nil || len(c.Left.Lo.Rest) > 0 || len(c.Left.Lo.Left.Rest) > 0 || c.Left.Lo.Left.Left.Neg {
		return nil, false
	}
	l := c.Left.Lo.Left.Left.Prim.List
	if l == nil {
		return nil, false
	}
	return l.Items, true
}

// check holds an evaluated value against a type.
func (b *binder) check(v model.Value, t catalog.Type, name string, env *canon.Env, mismatch func(string) error) (model.Value, error) {
	switch t.Kind {
	case catalog.TAny:
		return v, nil
	case catalog.TFlag:
		if v.Kind == model.Bool {
			return v, nil
		}
	case catalog.TString:
		if v.Kind == model.String {
			return v, nil
		}
	case catalog.TRange:
		if v.Kind == model.Range {
			return v, nil
		}
	case catalog.TWord:
		for _, w := range t.Words {
			if v.Kind == model.Word && v.Str == w {
				return v, nil
			}
		}
	case catalog.TName:
		if v.Kind == model.Word || v.Kind == model.String {
			return v, nil
		}
	case catalog.TNumber, catalog.TInt:
		if v.Kind == model.Number {
			return v, b.number(v, t, name, mismatch)
		}
	}
	if v.Kind == model.Word {
		d := diag.Errorf(codeArg, v.Span, "%s takes %s, and nothing here is called %s", name, t.Describe(), v.Str)
		if near, ok := spell.Nearest(v.Str, append(env.Names(), canon.DataNumbers...)); ok {
			return v, d.WithHelp("did you mean %s?", near)
		}
		return v, d
	}
	return v, mismatch(v.String())
}

func (b *binder) number(v model.Value, t catalog.Type, name string, mismatch func(string) error) error {
	if math.IsInf(v.Num, 0) || math.IsNaN(v.Num) {
		return mismatch("a number that is not finite")
	}
	if v.Unit != "" {
		ok := false
		for _, u := range t.Units {
			ok = ok || u == v.Unit
		}
		if !ok {
			d := diag.Errorf(codeArg, v.Span, "%s takes %s, not %s", name, t.Describe(), v)
			if len(t.Units) == 0 {
				return d.WithHelp("it has no unit")
			}
			return d.WithHelp("its units are %s", strings.Join(t.Units, ", "))
		}
	} else if t.Unitless {
		return diag.Errorf(codeArg, v.Span, "%s needs a unit: %s", name, strings.Join(t.Units, ", ")).
			WithHelp("write %s %s", v, t.Units[0])
	}
	if t.Kind == catalog.TInt && v.Num != math.Trunc(v.Num) {
		return mismatch(v.String())
	}
	if v.Num < t.Min || v.Num > t.Max || t.OpenMin && v.Num == t.Min || t.OpenMax && v.Num == t.Max {
		return mismatch(v.String())
	}
	return nil
}

// constructor binds name(args) of a kind.
func (b *binder) constructor(t catalog.Type, name string, args []*ast.Arg, env *canon.Env, sets map[string]*canon.Set, span diag.Span) (model.Value, error) {
	sig := b.cat.Get(t.Of, name)
	if sig == nil {
		d := diag.Errorf(codeArg, span, "no %s is called %s", t.Of, name)
		if ours := b.cat.Foreign(t.Of, name); ours != "" {
			return model.Value{}, d.WithHelp("it is called %s here", ours).WithFix(span, ours, "write "+ours)
		}
		if near, ok := spell.Nearest(name, b.cat.Names(t.Of)); ok {
			return model.Value{}, d.WithHelp("did you mean %s?", near)
		}
		return model.Value{}, d.WithHelp("there are %s", strings.Join(b.cat.Names(t.Of), ", "))
	}
	if sig.NotYet != "" {
		return model.Value{}, notYet(span, string(t.Of)+" "+name, sig.NotYet)
	}
	var list []given
	for _, a := range args {
		g := given{expr: a.Value.On, env: env, span: diag.Span{Start: a.Pos, End: a.EndPos}}
		if a.Value.Off != nil {
			return model.Value{}, diag.Errorf(codeArg, g.span, "`instead of` belongs to the whole value, not inside its parentheses").
				WithHelp("write %s(…) instead of %s(…)", name, name)
		}
		if a.Name != nil {
			if len(a.Name.Segs) != 1 {
				return model.Value{}, diag.Errorf(codeArg, g.span, "an argument's name is one word")
			}
			g.name = a.Name.Segs[0].Name
		}
		list = append(list, g)
	}
	nested := map[string]*canon.Set{}
	for _, k := range keys(sets) {
		s := sets[k]
		if sig.Param(k) == nil {
			if s.Optional {
				continue
			}
			return model.Value{}, b.unknownParam(sig, k, s.Span)
		}
		list = append(list, given{name: k, expr: s.Expr, env: s.Env, span: s.Span, edit: true})
	}
	bound, err := b.args(sig, list, nested, span)
	if err != nil {
		return model.Value{}, err
	}
	return model.Value{Kind: model.Called, Str: name, Call: &model.Node{Name: name, Args: bound, Span: span}, Span: span}, nil
}

func notYet(span diag.Span, what, where string) *diag.Diagnostic {
	return diag.Errorf(canon.NotYet, span, "%s is not carried out yet: %s", what, where).
		WithHelp("take the line out, or mark it `off`, to run the rest")
}

// measure makes a metric of a function of the program. Its definition is an argument, so that records show it.
func measure(name string, env *canon.Env, span diag.Span) (model.Value, error) {
	m, err := env.Measure(name, span)
	if err != nil {
		return model.Value{}, err
	}
	call := &model.Node{Name: name, Measure: m, Span: span,
		Args: model.Args{"definition": {Kind: model.String, Str: m.Definition, Span: span}}}
	return model.Value{Kind: model.Called, Str: name, Call: call, Span: span}, nil
}

package canon

import (
	"errors"
	"math"
	"strconv"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

// ErrLater says that an expression depends on shapes or on the data, which are known only when the network is built.
var ErrLater = errors.New("depends on shapes")

// Facts are what is known only while a network is being built.
type Facts interface {
	// Input is the shape, batch axis first, of what enters the block instance; with a nil frame, of what enters
	// the statement at hand.
	Input(f *Frame) (op.Shape, bool)
	// Point is the shape at a name given by `pass as NAME`.
	Point(name string) (op.Shape, bool)
	// Number is a quantity of the data: classes, targets.
	Number(name string) (float64, bool)
}

// DataNumbers are the names of quantities that the data decides.
var DataNumbers = []string{"classes", "targets"}

// Evaluator evaluates expressions. Without Facts it answers ErrLater for what depends on shapes; without
// Program, paths such as train.batch are unknown.
type Evaluator struct {
	Facts   Facts
	Program *Program
	outside int // how often something was read that is no name: shapes, data, settings
	depth   int
	work    int // expressions evaluated for the outermost one
}

// maxWork bounds how many expressions one value may take: functions that call each other twice double at every step.
const maxWork = 100_000

// maxDepth bounds how far one value may lead to another.
const maxDepth = 200

func bad(span diag.Span, format string, args ...any) *diag.Diagnostic {
	return diag.Errorf(codeExpr, span, format, args...)
}

// Eval evaluates an expression. A bare name that is bound to nothing becomes a Word.
func (e *Evaluator) Eval(x *ast.Expr, env *Env) (model.Value, error) {
	if e.depth++; e.depth > maxDepth {
		e.depth--
		return model.Value{}, bad(exprSpan(x), "this value leads through more than %d others", maxDepth).WithHelp("write it in fewer steps")
	}
	defer func() { e.depth-- }()
	if e.depth == 1 {
		e.work = 0
	}
	if e.work++; e.work > maxWork {
		return model.Value{}, bad(exprSpan(x), "this value takes more than %d steps", maxWork).WithHelp("let each name be read once")
	}
	if len(x.Or) == 1 {
		return e.and(x.Or[0], env)
	}
	for _, a := range x.Or {
		v, err := e.and(a, env)
		if err != nil {
			return v, err
		}
		b, err := truth(v, spanOf(a.Pos, a.EndPos))
		if err != nil {
			return v, err
		}
		if b {
			return boolean(true, exprSpan(x)), nil
		}
	}
	return boolean(false, exprSpan(x)), nil
}

// unlessUnknown turns an error about operands into one about a name, where an operand is a name that means nothing here.
func (e *Evaluator) unlessUnknown(env *Env, err error, operands ...model.Value) error {
	if err == nil {
		return nil
	}
	for _, v := range operands {
		if v.Kind == model.Word {
			return suggest(diag.Errorf(codeUnknownName, v.Span, "nothing here is called %s", v.Str), v.Str, append(env.names(), DataNumbers...))
		}
	}
	return err
}

func boolean(b bool, s diag.Span) model.Value { return model.Value{Kind: model.Bool, Bool: b, Span: s} }

func num(f float64, unit string, s diag.Span) model.Value {
	return model.Value{Kind: model.Number, Num: f, Unit: unit, Span: s}
}

func truth(v model.Value, span diag.Span) (bool, error) {
	if v.Kind != model.Bool {
		return false, bad(span, "this must be true or false, and is %s", describe(v)).WithHelp("compare something: n > 0, by == padding")
	}
	return v.Bool, nil
}

func describe(v model.Value) string {
	if v.Kind == model.Word {
		return "the name " + v.Str
	}
	if v.Kind == model.None {
		return "nothing"
	}
	return "the " + v.Kind.String() + " " + v.String()
}

func (e *Evaluator) and(a *ast.And, env *Env) (model.Value, error) {
	if len(a.And) == 1 {
		return e.cmp(a.And[0], env)
	}
	for _, c := range a.And {
		v, err := e.cmp(c, env)
		if err != nil {
			return v, err
		}
		b, err := truth(v, spanOf(c.Pos, c.EndPos))
		if err != nil {
			return v, err
		}
		if !b {
			return boolean(false, spanOf(a.Pos, a.EndPos)), nil
		}
	}
	return boolean(true, spanOf(a.Pos, a.EndPos)), nil
}

func (e *Evaluator) cmp(c *ast.Cmp, env *Env) (model.Value, error) {
	span := spanOf(c.Pos, c.EndPos)
	l, err := e.rng(c.Left, env)
	if err != nil {
		return l, err
	}
	if c.Right != nil {
		r, err := e.rng(c.Right, env)
		if err != nil {
			return r, err
		}
		b, err := compare(c.Op, l, r, span)
		if err != nil {
			return l, e.unlessUnknown(env, err, l, r)
		}
		l = boolean(b, span)
	}
	if c.Not {
		b, err := truth(l, span)
		if err != nil {
			return l, err
		}
		l = boolean(!b, span)
	}
	return l, nil
}

func compare(op string, l, r model.Value, span diag.Span) (bool, error) {
	switch op {
	case "==", "!=":
		if l.Kind != r.Kind && l.Kind != model.None && r.Kind != model.None {
			return false, bad(span, "%s and %s can never be equal", describe(l), describe(r)).WithHelp("compare two of a kind")
		}
		return (l.String() == r.String()) == (op == "=="), nil
	}
	if l.Kind != model.Number || r.Kind != model.Number {
		return false, bad(span, "%s compares numbers, not %s and %s", op, describe(l), describe(r)).WithHelp("== and != compare names and texts")
	}
	if l.Unit != r.Unit && l.Unit != "%" && r.Unit != "%" {
		return false, bad(span, "%s and %s have different units", l, r).WithHelp("write both in one unit")
	}
	switch op {
	case "<":
		return l.Num < r.Num, nil
	case "<=":
		return l.Num <= r.Num, nil
	case ">":
		return l.Num > r.Num, nil
	}
	return l.Num >= r.Num, nil
}

func (e *Evaluator) rng(r *ast.Range, env *Env) (model.Value, error) {
	lo, err := e.sum(r.Lo, env)
	if err != nil || r.Hi == nil {
		return lo, err
	}
	hi, err := e.sum(r.Hi, env)
	if err != nil {
		return hi, err
	}
	if lo.Kind != model.Number || hi.Kind != model.Number {
		return lo, e.unlessUnknown(env, bad(spanOf(r.Pos, r.EndPos), "a range goes from a number to a number, not from %s to %s", describe(lo), describe(hi)).WithHelp("write 1..3"), lo, hi)
	}
	return model.Value{Kind: model.Range, List: []model.Value{lo, hi}, Span: spanOf(r.Pos, r.EndPos)}, nil
}

func (e *Evaluator) sum(s *ast.Sum, env *Env) (model.Value, error) {
	v, err := e.prod(s.Left, env)
	for _, step := range s.Rest {
		if err != nil {
			return v, err
		}
		var r model.Value
		if r, err = e.prod(step.Right, env); err != nil {
			return v, err
		}
		l := v
		v, err = arith(step.Op, l, r, spanOf(s.Pos, s.EndPos))
		err = e.unlessUnknown(env, err, l, r)
	}
	return v, err
}

func (e *Evaluator) prod(p *ast.Prod, env *Env) (model.Value, error) {
	v, err := e.unary(p.Left, env)
	for _, step := range p.Rest {
		if err != nil {
			return v, err
		}
		var r model.Value
		if r, err = e.unary(step.Right, env); err != nil {
			return v, err
		}
		l := v
		v, err = arith(step.Op, l, r, spanOf(p.Pos, p.EndPos))
		err = e.unlessUnknown(env, err, l, r)
	}
	return v, err
}

func arith(op string, l, r model.Value, span diag.Span) (model.Value, error) {
	if l.Kind != model.Number || r.Kind != model.Number {
		return l, bad(span, "%s works on numbers, not on %s and %s", op, describe(l), describe(r)).WithHelp("take an element of a list with NAME[1], or apply max, min, sum, mean")
	}
	unit := l.Unit
	switch op {
	case "+", "-":
		if l.Unit != r.Unit {
			return l, bad(span, "%s and %s have different units", l, r).WithHelp("write both in one unit")
		}
		if op == "-" {
			return num(l.Num-r.Num, unit, span), nil
		}
		return num(l.Num+r.Num, unit, span), nil
	case "*":
		if l.Unit != "" && r.Unit != "" && l.Unit != "%" && r.Unit != "%" {
			return l, bad(span, "%s times %s has no unit of the language", l, r).WithHelp("multiply by a bare number")
		}
		if unit == "" || unit == "%" {
			unit = r.Unit
		}
		if unit == "%" {
			unit = ""
		}
		return num(l.Num*r.Num, unit, span), nil
	}
	if r.Num == 0 {
		return l, bad(span, "division by zero").WithHelp("see that the divisor is not 0")
	}
	if l.Unit == r.Unit {
		unit = ""
	} else if r.Unit != "" && r.Unit != "%" {
		return l, bad(span, "%s divided by %s has no unit of the language", l, r).WithHelp("divide by a bare number, or by one of the same unit")
	}
	return num(l.Num/r.Num, unit, span), nil
}

func (e *Evaluator) unary(u *ast.Unary, env *Env) (model.Value, error) {
	v, err := e.prim(u.Prim, env)
	if err != nil || !u.Neg {
		return v, err
	}
	if v.Kind != model.Number {
		return v, e.unlessUnknown(env, bad(spanOf(u.Pos, u.EndPos), "- works on numbers, not on %s", describe(v)).WithHelp("write a number behind it"), v)
	}
	v.Num = -v.Num
	v.Span = spanOf(u.Pos, u.EndPos)
	return v, nil
}

func (e *Evaluator) prim(p *ast.Prim, env *Env) (model.Value, error) {
	span := spanOf(p.Pos, p.EndPos)
	switch {
	case p.Number != nil:
		return num(p.Number.Value(), p.Number.UnitName(), span), nil
	case p.String != nil:
		return model.Value{Kind: model.String, Str: p.String.Value(), Span: span}, nil
	case p.Literal != nil:
		if *p.Literal == "nothing" {
			return model.Value{Span: span}, nil
		}
		return boolean(*p.Literal == "true", span), nil
	case p.List != nil:
		v := model.Value{Kind: model.List, Span: span}
		for _, x := range p.List.Items {
			item, err := e.Eval(x, env)
			if err != nil {
				return v, err
			}
			v.List = append(v.List, item)
		}
		return v, nil
	case p.Paren != nil:
		return e.Eval(p.Paren, env)
	}
	return e.ref(p.Ref, env)
}

// ref evaluates a variable, a shape, a setting of the program, or a function call.
func (e *Evaluator) ref(r *ast.Ref, env *Env) (model.Value, error) {
	span := spanOf(r.Pos, r.EndPos)
	name := r.Segs[0].Name
	if r.Call != nil {
		return e.call(r, env)
	}
	if len(r.Segs) == 1 {
		if b := env.lookup(name); b != nil {
			if !env.local(name) {
				if d := env.scope.ambiguous("let", name, span); d != nil {
					return model.Value{}, d
				}
			}
			v, err := e.binding(b, name, span)
			if err != nil {
				return v, err
			}
			return e.index(v, r.Segs[0], env)
		}
		for _, known := range DataNumbers {
			if name == known {
				e.outside++
				if e.Facts == nil {
					return model.Value{}, ErrLater
				}
				if f, ok := e.Facts.Number(name); ok {
					return num(f, "", span), nil
				}
				d := bad(span, "this data has no %s", name)
				if name == "classes" {
					d.WithHelp("its target is a number: write `dense targets`, or declare it a class with `target NAME, classes`")
				} else {
					d.WithHelp("its target is a class: write `dense classes`")
				}
				return model.Value{}, d
			}
		}
		return e.index(model.Value{Kind: model.Word, Str: name, Span: span}, r.Segs[0], env)
	}
	if len(r.Segs) == 2 && r.Segs[1].Index == nil && !r.Segs[1].Star {
		if v, err, is := e.shapeOf(r, env, span); is {
			return v, err
		}
		if sub := env.scope.alias(name); sub != nil {
			if b := sub.lookupLet(r.Segs[1].Name); b != nil {
				return e.binding(b, r.Segs[1].Name, span)
			}
		}
	}
	if IsRoot(name) {
		e.outside++
		if e.Program == nil {
			return model.Value{}, bad(span, "settings of the program cannot be read here").WithHelp("write the value")
		}
		return e.Program.Setting(r, e, env)
	}
	return model.Value{}, diag.Errorf(codeUnknownName, span, "nothing here is called %s", RefText(r)).
		WithHelp("values with dots are input.channels, NAME.features of a `pass as NAME`, train.batch, model.PARAMETER")
}

func (s *Scope) alias(name string) *Scope {
	for at := s; at != nil; at = at.base {
		if sub := at.aliases[name]; sub != nil {
			return sub
		}
	}
	return nil
}

// shapeOf evaluates input.channels, clean.features and the like.
func (e *Evaluator) shapeOf(r *ast.Ref, env *Env, span diag.Span) (v model.Value, err error, is bool) {
	name, part := r.Segs[0].Name, r.Segs[1].Name
	if env.lookup(name) != nil || IsRoot(name) {
		return v, nil, false
	}
	known := map[string]bool{"channels": true, "features": true, "height": true, "width": true, "size": true}
	isInput := name == "input"
	if !isInput && !known[part] {
		return v, nil, false
	}
	e.outside++
	if e.Facts == nil {
		return v, ErrLater, true
	}
	var dims op.Shape
	var ok bool
	if isInput {
		dims, ok = e.Facts.Input(env.frame)
	} else {
		dims, ok = e.Facts.Point(name)
	}
	if !ok {
		if isInput {
			return v, bad(span, "nothing has entered yet, so `input` has no shape").WithHelp("read it below the model's `input`"), true
		}
		return v, bad(span, "no point of the flow is called %s here", name).WithHelp("name one with `pass as %s` before this line", name), true
	}
	switch {
	case part == "channels" || part == "features" && len(dims) == 2:
		return num(float64(dims.Last()), "", span), nil, true
	case part == "features" || part == "size":
		return num(float64(dims[1:].Size()), "", span), nil, true
	case part == "height" && len(dims) == 4:
		return num(float64(dims[1]), "", span), nil, true
	case part == "width" && len(dims) == 4:
		return num(float64(dims[2]), "", span), nil, true
	case part == "height" || part == "width":
		return v, bad(span, "%s has no %s: its shape is %s", name, part, ShapeText(dims)).WithHelp("it has channels, features and size"), true
	}
	d := bad(span, "%s has no %s; it has channels, features, size, height, width", name, part)
	if near, ok := spell.Nearest(part, []string{"channels", "features", "size", "height", "width"}); ok {
		d.WithHelp("did you mean %s.%s?", name, near)
	}
	return v, d, true
}

// binding evaluates what a name is bound to, in the scope where it was written.
func (e *Evaluator) binding(b *binding, name string, span diag.Span) (model.Value, error) {
	if b.value != nil {
		return *b.value, nil
	}
	if b.params != nil {
		return model.Value{}, bad(span, "%s is a function, and stands here without arguments", name).WithHelp("write %s(…)", name)
	}
	if b.cached != nil {
		return *b.cached, nil
	}
	if b.busy {
		return model.Value{}, cycle(name, span)
	}
	b.busy = true
	defer func() { b.busy = false }()
	before := e.outside
	v, err := e.Eval(b.expr, b.env)
	if err == nil && e.outside == before {
		b.cached = &v
	}
	return v, err
}

func (e *Evaluator) index(v model.Value, s *ast.RefSeg, env *Env) (model.Value, error) {
	span := spanOf(s.Pos, s.EndPos)
	if s.Star {
		return v, bad(span, "[*] belongs in a selector, not in a value").WithHelp("give the index of one element")
	}
	if s.Index == nil {
		return v, nil
	}
	i, err := e.Eval(s.Index, env)
	if err != nil {
		return v, err
	}
	if v.Kind != model.List {
		return v, bad(span, "%s is %s, not a list", s.Name, describe(v)).WithHelp("leave the index out")
	}
	if i.Kind != model.Number || i.Num != math.Trunc(i.Num) {
		return v, bad(span, "an index is a whole number, not %s", describe(i)).WithHelp("elements are counted from 1")
	}
	if i.Num < 1 || int(i.Num) > len(v.List) {
		return v, bad(span, "%s has %d elements, counted from 1; there is no %s", s.Name, len(v.List), i).WithHelp("take one of 1..%d", len(v.List))
	}
	return v.List[int(i.Num)-1], nil
}

// ShapeText prints a shape without its batch axis: 28x28x1.
func ShapeText(s op.Shape) string {
	if len(s) < 2 {
		return "a number"
	}
	t := ""
	for i, d := range s[1:] {
		if i > 0 {
			t += "x"
		}
		t += strconv.Itoa(d)
	}
	return t
}

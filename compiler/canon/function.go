package canon

import (
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

// function is one function of the language. Numbers pass through with the unit of the first argument.
type function struct {
	min, max int // number of arguments; max < 0: any
	apply    func(args []float64) float64
}

var functions = map[string]function{
	"max": {1, -1, func(a []float64) float64 { return fold(a, math.Max) }},
	"min": {1, -1, func(a []float64) float64 { return fold(a, math.Min) }},
	"sum": {1, -1, func(a []float64) float64 { return fold(a, func(x, y float64) float64 { return x + y }) }},
	"mean": {1, -1, func(a []float64) float64 {
		return fold(a, func(x, y float64) float64 { return x + y }) / float64(len(a))
	}},
	"mod":   {2, 2, func(a []float64) float64 { return a[0] - a[1]*math.Floor(a[0]/a[1]) }},
	"pow":   {2, 2, func(a []float64) float64 { return math.Pow(a[0], a[1]) }},
	"abs":   {1, 1, func(a []float64) float64 { return math.Abs(a[0]) }},
	"sqrt":  {1, 1, func(a []float64) float64 { return math.Sqrt(a[0]) }},
	"exp":   {1, 1, func(a []float64) float64 { return math.Exp(a[0]) }},
	"log":   {1, 1, func(a []float64) float64 { return math.Log(a[0]) }},
	"log2":  {1, 1, func(a []float64) float64 { return math.Log2(a[0]) }},
	"floor": {1, 1, func(a []float64) float64 { return math.Floor(a[0]) }},
	"ceil":  {1, 1, func(a []float64) float64 { return math.Ceil(a[0]) }},
	"round": {1, 1, func(a []float64) float64 { return math.RoundToEven(a[0]) }},

	"square": {1, 1, func(a []float64) float64 { return a[0] * a[0] }},
}

// Functions lists the names of the language's functions.
func Functions() []string { return append([]string{"len"}, sortedKeys(functions)...) }

func fold(a []float64, f func(x, y float64) float64) float64 {
	r := a[0]
	for _, x := range a[1:] {
		r = f(r, x)
	}
	return r
}

// call evaluates a function of the language or of the program. A list argument counts as its elements.
func (e *Evaluator) call(r *ast.Ref, env *Env) (model.Value, error) {
	span := spanOf(r.Pos, r.EndPos)
	name := RefText(&ast.Ref{Segs: r.Segs})
	if b := e.functionOf(r, env); b != nil {
		return e.userCall(name, b, r, env, span)
	}
	f, ok := functions[name]
	if !ok && name != "len" {
		d := diag.Errorf(codeUnknownName, span, "no function is called %s", name)
		return model.Value{}, suggest(d, name, append(Functions(), env.functions()...))
	}
	if d := noOff(r.Call.Args, name); d != nil {
		return model.Value{}, d
	}
	var args []float64
	unit := ""
	for i, a := range r.Call.Args {
		if a.Name != nil {
			return model.Value{}, bad(spanOf(a.Pos, a.EndPos), "%s takes its arguments without names", name).WithHelp("write the value alone")
		}
		v, err := e.Eval(a.Value.On, env)
		if err != nil {
			return v, err
		}
		list := []model.Value{v}
		if v.Kind == model.List {
			list = v.List
		}
		if name == "len" {
			if v.Kind != model.List || len(r.Call.Args) != 1 {
				return v, bad(span, "len takes one list").WithHelp("write len([1, 2])")
			}
			return num(float64(len(v.List)), "", span), nil
		}
		for _, x := range list {
			if x.Kind != model.Number {
				return v, e.unlessUnknown(env, bad(spanOf(a.Pos, a.EndPos), "%s takes numbers, not %s", name, describe(x)).WithHelp("give it numbers or a list of numbers"), x)
			}
			if i == 0 {
				unit = x.Unit
			}
			args = append(args, x.Num)
		}
	}
	if len(args) < f.min || f.max >= 0 && len(args) > f.max {
		return model.Value{}, bad(span, "%s takes %s, not %d", name, count(f.min, f.max), len(args)).WithHelp("see to its arguments")
	}
	if y := f.apply(args); !math.IsNaN(y) && !math.IsInf(y, 0) {
		return num(y, unit, span), nil
	}
	return model.Value{}, bad(span, "%s has no finite value here", name).WithHelp("see that its argument lies where the function is defined")
}

// noOff reports an `instead of` among the arguments of a function, where no switch can reach it.
func noOff(args []*ast.Arg, name string) *diag.Diagnostic {
	for _, a := range args {
		if a.Value.Off != nil {
			return diag.Errorf(codeArgument, spanOf(a.Pos, a.EndPos), "`instead of` belongs to a statement's whole value, not inside the parentheses of %s", name).
				WithHelp("write %s(…) instead of %s(…)", name, name)
		}
	}
	return nil
}

func count(min, max int) string {
	switch {
	case max < 0:
		return "one or more numbers"
	case min == 1 && max == 1:
		return "one number"
	}
	return "two numbers"
}

func (e *Evaluator) functionOf(r *ast.Ref, env *Env) *binding {
	if len(r.Segs) == 2 {
		if sub := env.scope.alias(r.Segs[0].Name); sub != nil {
			if b := sub.lookupLet(r.Segs[1].Name); b != nil && b.params != nil {
				return b
			}
		}
		return nil
	}
	if len(r.Segs) == 1 {
		if b := env.lookup(r.Segs[0].Name); b != nil && b.params != nil {
			return b
		}
	}
	return nil
}

func (e *Evaluator) userCall(name string, b *binding, r *ast.Ref, env *Env, span diag.Span) (model.Value, error) {
	if d := noOff(r.Call.Args, name); d != nil {
		return model.Value{}, d
	}
	local := b.env.child()
	if d := bindParams(local, name, b.params, r.Call.Args, env, span); d != nil {
		return model.Value{}, d
	}
	// Arguments first: f(f(2)) is no recursion.
	for _, n := range sortedKeys(local.vars) {
		v, err := e.binding(local.vars[n], n, span)
		if err != nil {
			return model.Value{}, err
		}
		local.bindValue(n, v)
	}
	if b.busy {
		return model.Value{}, diag.Errorf(codeCycle, span, "%s calls itself, which the language does not have", name).
			WithHelp("functions are formulas; write the value in steps")
	}
	b.busy = true
	defer func() { b.busy = false }()
	return e.Eval(b.expr, local)
}

// bindParams binds the parameters of a block, section or function to arguments of another scope, positional first.
func bindParams(local *Env, what string, params *ast.Params, args []*ast.Arg, env *Env, span diag.Span) *diag.Diagnostic {
	var list []*ast.Param
	if params != nil {
		list = params.List
	}
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name.Name
	}
	next := 0
	for _, a := range args {
		at := spanOf(a.Pos, a.EndPos)
		i := next
		if a.Name != nil {
			if len(a.Name.Segs) != 1 || a.Name.Segs[0].Index != nil {
				return diag.Errorf(codeArgument, at, "an argument's name is one word").WithHelp("paths belong in edits")
			}
			n := a.Name.Segs[0].Name
			i = indexOf(names, n)
			if i < 0 {
				d := diag.Errorf(codeArgument, at, "%s has no parameter %s", what, n)
				switch near, ok := spell.Nearest(n, names); {
				case ok:
					d.WithHelp("did you mean %s?", near)
				case len(names) > 0:
					d.WithHelp("it has %s", strings.Join(names, ", "))
				default:
					d.WithHelp("it has none")
				}
				return d
			}
		} else {
			next++
			if i >= len(list) {
				return diag.Errorf(codeArgument, at, "%s takes %d argument%s, and this is one more", what, len(list), plural(len(list))).WithHelp("take it out, or give %s another parameter", what)
			}
		}
		if local.vars[names[i]] != nil {
			return diag.Errorf(codeArgument, at, "%s of %s is given twice", names[i], what).WithHelp("take one of them out")
		}
		local.bind(names[i], &binding{expr: a.Value.On, env: env})
	}
	for i, p := range list {
		if local.vars[names[i]] != nil {
			continue
		}
		if p.Default == nil {
			return diag.Errorf(codeArgument, span, "%s needs its argument %s", what, names[i]).WithHelp("it takes %s", strings.Join(names, ", "))
		}
		// A default may use the parameters before it.
		local.bind(names[i], &binding{expr: p.Default, env: local})
	}
	return nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

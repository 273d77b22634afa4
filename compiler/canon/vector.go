package canon

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/spell"
)

// Measure is a function of the program read as a metric: of the targets and the predictions of a whole part, in the target's own
// units, to one number.
type Measure struct {
	Name       string
	Definition string // as it is written, for records
	run        func(args [][]float64) ([]float64, error)
}

// Of evaluates the metric for targets y and predictions p of equal length.
func (m *Measure) Of(y, p []float64) (float64, error) {
	v, err := m.run([][]float64{y, p})
	if err != nil {
		return math.NaN(), err
	}
	if len(v) != 1 {
		return math.NaN(), fmt.Errorf("%s gives %d numbers, not one: end it with mean or sum", m.Name, len(v))
	}
	return v[0], nil
}

// Measure reads a function as a metric: let mape(y, p) = mean(abs(y - p) / max(abs(y), 1)). Arithmetic goes element by
// element; sum, mean, max and min of a single argument go over all of it.
func (e *Env) Measure(name string, span diag.Span) (*Measure, error) {
	b := e.lookup(name)
	if b == nil || b.params == nil {
		return nil, diag.Errorf(codeUnknownName, span, "no function is called %s", name)
	}
	if len(b.params.List) != 2 {
		return nil, diag.Errorf(codeArgument, span, "a metric is a function of two arguments, targets and predictions; %s has %d", name, len(b.params.List)).
			WithHelp("let %s(y, p) = …", name)
	}
	m := &Measure{Name: name, Definition: format.Expr(b.expr)}
	m.run = func(args [][]float64) ([]float64, error) { return (&vectors{}).call(b, args) }
	// A trial on two points finds what does not evaluate before any training.
	if _, err := m.Of([]float64{1, 2}, []float64{1, 3}); err != nil {
		if d, ok := err.(*diag.Diagnostic); ok {
			return nil, d.WithNote(span, "%s is used as a metric here", name)
		}
		return nil, diag.Errorf(codeExpr, span, "%s", err)
	}
	return m, nil
}

// Lower reports whether less is better: whether a perfect prediction has the smaller value.
func (m *Measure) Lower() bool {
	y, p := []float64{1, 2, 3, 5}, []float64{2, 1, 4, 3}
	perfect, err1 := m.Of(y, y)
	wrong, err2 := m.Of(y, p)
	return err1 == nil && err2 == nil && perfect < wrong
}

// vectors evaluates expressions over vectors; a number is a vector of one.
type vectors struct{ depth, work int }

// maxCalls bounds how deep functions call each other; they cannot call themselves, but a chain is possible.
const maxCalls = 100

func (v *vectors) call(b *binding, args [][]float64) ([]float64, error) {
	if v.depth++; v.depth > maxCalls {
		return nil, fmt.Errorf("functions call each other without end")
	}
	if v.work++; v.work > maxWork {
		return nil, fmt.Errorf("this metric takes more than %d calls", maxWork)
	}
	defer func() { v.depth-- }()
	local := map[string][]float64{}
	for i, p := range b.params.List {
		if i >= len(args) {
			return nil, fmt.Errorf("%s is not given", p.Name.Name)
		}
		local[p.Name.Name] = args[i]
	}
	return v.expr(b.expr, b.env, local)
}

func (v *vectors) expr(x *ast.Expr, env *Env, local map[string][]float64) ([]float64, error) {
	if len(x.Or) != 1 || len(x.Or[0].And) != 1 || x.Or[0].And[0].Not || x.Or[0].And[0].Right != nil || x.Or[0].And[0].Left.Hi != nil {
		return nil, bad(exprSpan(x), "a metric is made of arithmetic and functions, without comparisons and ranges")
	}
	return v.sum(x.Or[0].And[0].Left.Lo, env, local)
}

func (v *vectors) sum(s *ast.Sum, env *Env, local map[string][]float64) ([]float64, error) {
	a, err := v.prod(s.Left, env, local)
	for _, step := range s.Rest {
		if err != nil {
			return nil, err
		}
		var b []float64
		if b, err = v.prod(step.Right, env, local); err != nil {
			return nil, err
		}
		sign := 1.0
		if step.Op == "-" {
			sign = -1
		}
		a, err = elementwise(a, b, func(x, y float64) float64 { return x + sign*y })
	}
	return a, err
}

func (v *vectors) prod(p *ast.Prod, env *Env, local map[string][]float64) ([]float64, error) {
	a, err := v.unary(p.Left, env, local)
	for _, step := range p.Rest {
		if err != nil {
			return nil, err
		}
		var b []float64
		if b, err = v.unary(step.Right, env, local); err != nil {
			return nil, err
		}
		divide := step.Op == "/"
		a, err = elementwise(a, b, func(x, y float64) float64 {
			if divide {
				return x / y
			}
			return x * y
		})
	}
	return a, err
}

func elementwise(a, b []float64, f func(x, y float64) float64) ([]float64, error) {
	n := max(len(a), len(b))
	if len(a) != n && len(a) != 1 || len(b) != n && len(b) != 1 {
		return nil, fmt.Errorf("%d and %d numbers do not go together", len(a), len(b))
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = f(a[min(i, len(a)-1)], b[min(i, len(b)-1)])
	}
	return out, nil
}

func (v *vectors) unary(u *ast.Unary, env *Env, local map[string][]float64) ([]float64, error) {
	a, err := v.prim(u.Prim, env, local)
	if err != nil || !u.Neg {
		return a, err
	}
	return elementwise([]float64{0}, a, func(x, y float64) float64 { return x - y })
}

func (v *vectors) prim(p *ast.Prim, env *Env, local map[string][]float64) ([]float64, error) {
	span := spanOf(p.Pos, p.EndPos)
	switch {
	case p.Number != nil:
		return []float64{p.Number.Value()}, nil
	case p.Paren != nil:
		return v.expr(p.Paren, env, local)
	case p.Ref == nil:
		return nil, bad(span, "a metric is made of numbers")
	}
	name := RefText(&ast.Ref{Segs: p.Ref.Segs})
	if p.Ref.Call != nil {
		return v.function(p.Ref, name, env, local)
	}
	if x, ok := local[name]; ok {
		return x, nil
	}
	if b := env.lookup(name); b != nil && b.params == nil && b.expr != nil {
		if b.busy {
			return nil, cycle(name, span)
		}
		b.busy = true
		defer func() { b.busy = false }()
		return v.expr(b.expr, b.env, nil)
	}
	d := bad(span, "nothing here is called %s", name)
	if near, ok := spell.Nearest(name, append(sortedKeys(local), env.names()...)); ok {
		d.WithHelp("did you mean %s?", near)
	}
	return nil, d
}

func (v *vectors) function(r *ast.Ref, name string, env *Env, local map[string][]float64) ([]float64, error) {
	span := spanOf(r.Pos, r.EndPos)
	var args [][]float64
	for _, a := range r.Call.Args {
		if a.Name != nil {
			return nil, bad(spanOf(a.Pos, a.EndPos), "%s takes its arguments without names", name)
		}
		x, err := v.expr(a.Value.On, env, local)
		if err != nil {
			return nil, err
		}
		args = append(args, x)
	}
	if b := env.lookup(name); b != nil && b.params != nil {
		if len(args) != len(b.params.List) {
			return nil, bad(span, "%s takes %d arguments, not %d", name, len(b.params.List), len(args))
		}
		return v.call(b, args)
	}
	f, ok := functions[name]
	if !ok {
		d := diag.Errorf(codeUnknownName, span, "no function is called %s", name)
		if near, ok := spell.Nearest(name, append(Functions(), env.names()...)); ok {
			d.WithHelp("did you mean %s?", near)
		}
		return nil, d
	}
	if len(args) < f.min || f.max >= 0 && len(args) > f.max {
		return nil, bad(span, "%s takes %s, not %d", name, count(f.min, f.max), len(args))
	}
	if f.max < 0 && len(args) == 1 {
		if len(args[0]) == 0 {
			return nil, bad(span, "%s of nothing", name)
		}
		return []float64{f.apply(args[0])}, nil
	}
	n := 0
	for _, a := range args {
		n = max(n, len(a))
	}
	out := make([]float64, n)
	row := make([]float64, len(args))
	for i := range out {
		for j, a := range args {
			if len(a) != n && len(a) != 1 {
				return nil, bad(span, "%d and %d numbers do not go together", n, len(a))
			}
			row[j] = a[min(i, len(a)-1)]
		}
		out[i] = f.apply(row)
	}
	return out, nil
}

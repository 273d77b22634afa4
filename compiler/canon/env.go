package canon

import (
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// Env is a lexical scope: names bound in one body, inside those around it, up to the file.
type Env struct {
	parent *Env
	scope  *Scope // of the outermost: the file's
	vars   map[string]*binding
	frame  *Frame // of a block's outermost: the instance whose `input` is meant
}

// Frame is one instance of a block; `input` inside is what enters it.
type Frame struct{ Block *Node }

// binding is what a name stands for: a value, an expression of another scope (evaluated where its type is
// known), or a function.
type binding struct {
	value  *model.Value
	expr   *ast.Expr
	env    *Env
	params *ast.Params  // of a function
	busy   bool         // being evaluated: meeting it again is a cycle
	cached *model.Value // what expr came to, where that depends on nothing but names
}

func (e *Env) child() *Env { return &Env{parent: e, scope: e.scope, frame: e.frame} }

func (e *Env) bind(name string, b *binding) {
	if e.vars == nil {
		e.vars = map[string]*binding{}
	}
	e.vars[name] = b
}

func (e *Env) bindValue(name string, v model.Value) { e.bind(name, &binding{value: &v}) }

// lookup finds a name: local ones first, then the file's and what it uses.
func (e *Env) lookup(name string) *binding {
	for at := e; at != nil; at = at.parent {
		if b := at.vars[name]; b != nil {
			return b
		}
	}
	return e.scope.lookupLet(name)
}

// local reports whether a name is bound below the file's level.
func (e *Env) local(name string) bool {
	for at := e; at != nil; at = at.parent {
		if at.vars[name] != nil && at.parent != nil {
			return true
		}
	}
	return false
}

func (s *Scope) lookupLet(name string) *binding {
	if b := s.env.vars[name]; b != nil {
		return b
	}
	l, at := s.findLet(name)
	if l == nil {
		return nil
	}
	if at != s {
		return at.lookupLet(name)
	}
	b := &binding{expr: l.Value.On, env: s.env, params: l.Params}
	s.env.bind(name, b)
	return b
}

// names lists all that lookup could find, for suggestions.
func (e *Env) names() []string {
	var list []string
	for at := e; at != nil; at = at.parent {
		list = append(list, sortedKeys(at.vars)...)
	}
	for s := e.scope; s != nil; s = s.base {
		list = append(list, sortedKeys(s.lets)...)
		for _, sub := range s.imports {
			list = append(list, sortedKeys(sub.lets)...)
		}
	}
	return list
}

// functions lists the functions among the names.
func (e *Env) functions() []string {
	var list []string
	for _, n := range e.names() {
		if e.Function(n) {
			list = append(list, n)
		}
	}
	return list
}

// Bound reports whether a name stands for something here: a parameter, a loop variable or a let
// that is no function.
func (e *Env) Bound(name string) bool {
	b := e.lookup(name)
	return b != nil && b.params == nil
}

// Function reports whether a name is a function of the program here.
func (e *Env) Function(name string) bool {
	b := e.lookup(name)
	return b != nil && b.params != nil
}

// Thunk calls read with the expression that a name stands for and the scope it was written in; false where it
// stands for a value or a function. A name that needs its own value is an error at span.
func (e *Env) Thunk(name string, span diag.Span, read func(*ast.Expr, *Env) (model.Value, error)) (model.Value, error, bool) {
	b := e.lookup(name)
	if b == nil || b.expr == nil || b.params != nil {
		return model.Value{}, nil, false
	}
	if b.busy {
		return model.Value{}, cycle(name, span), true
	}
	b.busy = true
	defer func() { b.busy = false }()
	v, err := read(b.expr, b.env)
	return v, err, true
}

func cycle(name string, span diag.Span) *diag.Diagnostic {
	return diag.Errorf(codeCycle, span, "%s needs its own value", name).WithHelp("write the value, or use another name")
}

// Names lists all that is bound here, for suggestions.
func (e *Env) Names() []string { return e.names() }

// Frame is the block instance that this scope belongs to, nil outside of blocks.
func (e *Env) Frame() *Frame { return e.frame }

package canon

import (
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/ast"
)

// checkNames looks at every statement of the program's own files, also where nothing expands it: blocks that nothing
// uses, the side of a condition that is not taken, models and train sections that are not chosen. Without values to expand
// with, only names are checked: of statements, and of their arguments.
func (p *Program) checkNames() {
	x := &expander{p: p, eval: Evaluator{Program: p}}
	seen := map[*Scope]bool{}
	var visit func(s *Scope)
	visit = func(s *Scope) {
		if s == nil || seen[s] || strings.HasPrefix(s.File, "std/") {
			return
		}
		seen[s] = true
		for _, def := range s.sections {
			kind := map[string]catalog.Kind{"block": catalog.Layer, "model": catalog.Layer, "data": catalog.Data, "train": catalog.Train, "study": catalog.Study}[def.Section.Kind.Name]
			if kind != "" {
				x.names(def.Section.Body, s.env, kind)
			}
		}
		visit(s.base)
		for _, sub := range s.imports {
			visit(sub)
		}
		for _, name := range sortedKeys(s.aliases) {
			visit(s.aliases[name])
		}
	}
	visit(p.Scope)
}

func (x *expander) names(b *ast.Body, env *Env, where catalog.Kind) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		switch {
		case s.If != nil:
			for i := s.If; i != nil; i = i.ElseIf {
				x.names(i.Then, env, where)
				x.names(i.Else, env, where)
			}
		case s.For != nil:
			x.names(s.For.Body, env, where)
		case s.Repeat != nil:
			x.names(s.Repeat.Body, env, where)
		case s.Node != nil:
			x.nodeNames(s.Node, env, where)
		}
	}
}

func (x *expander) nodeNames(s *ast.Node, env *Env, where catalog.Kind) {
	if s.Alt != nil {
		x.names(s.Alt.Body, env, where)
	}
	n := &Node{Where: where, Name: strings.Join(s.Head.Names, "."), Env: env, Span: spanOf(s.Head.Pos, s.Head.EndPos)}
	sig := x.p.Catalog.Get(where, n.Name)
	if where == catalog.Layer {
		if def := env.scope.Find("block", n.Name); def != nil && (sig == nil || !strings.HasPrefix(def.Scope.File, "std/")) {
			return // its arguments are bound where it is expanded
		}
	}
	if sig == nil {
		if x.changeCard(n, env) == nil {
			x.unknown(n, env, where)
		}
		return
	}
	if sig.Body != "" && sig.Body != catalog.Edit && sig.NotYet == "" {
		x.names(s.Body, env, sig.Body)
	}
}

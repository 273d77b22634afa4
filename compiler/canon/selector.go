package canon

import (
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
)

// Selector addresses nodes: segments from the outside in, where a dot means "anywhere inside".
type Selector struct {
	Segs []SelSeg
	Span diag.Span
}

// SelSeg is one segment. Without an index it means every match; Each means every match as one of its own; Lo..Hi counts
// from 1.
type SelSeg struct {
	Name   string
	Each   bool
	Lo, Hi int // 0 where there is no index
}

// String prints the selector as it is written.
func (s Selector) String() string {
	parts := make([]string, len(s.Segs))
	for i, g := range s.Segs {
		parts[i] = g.Name
		switch {
		case g.Each:
			parts[i] += "[*]"
		case g.Lo != 0 && g.Lo == g.Hi:
			parts[i] += "[" + strconv.Itoa(g.Lo) + "]"
		case g.Lo != 0:
			parts[i] += "[" + strconv.Itoa(g.Lo) + ".." + strconv.Itoa(g.Hi) + "]"
		}
	}
	return strings.Join(parts, ".")
}

// each reports whether any segment has [*].
func (s Selector) each() bool {
	for _, g := range s.Segs {
		if g.Each {
			return true
		}
	}
	return false
}

// selectorOf reads a selector from a reference.
func selectorOf(r *ast.Ref, ev *Evaluator, env *Env) (Selector, error) {
	sel := Selector{Span: spanOf(r.Pos, r.EndPos)}
	if r.Call != nil {
		return sel, diag.Errorf(codeEdit, sel.Span, "a selector is a path of names, not a call")
	}
	for _, s := range r.Segs {
		g := SelSeg{Name: s.Name, Each: s.Star}
		if s.Index != nil {
			v, err := ev.Eval(s.Index, env)
			if err != nil {
				return sel, err
			}
			lo, hi := v, v
			if v.Kind == model.Range {
				lo, hi = v.List[0], v.List[1]
			}
			if lo.Kind != model.Number || lo.Num < 1 || lo.Num != float64(int(lo.Num)) || hi.Num < lo.Num {
				return sel, diag.Errorf(codeEdit, spanOf(s.Pos, s.EndPos), "an index counts from 1: [2], [1..3] or [*]")
			}
			g.Lo, g.Hi = int(lo.Num), int(hi.Num)
		}
		sel.Segs = append(sel.Segs, g)
	}
	return sel, nil
}

// selectorOfPath reads a selector from the left side of an argument.
func selectorOfPath(p *ast.Path) Selector {
	sel := Selector{Span: spanOf(p.Pos, p.EndPos)}
	for _, s := range p.Segs {
		g := SelSeg{Name: s.Name}
		if s.Index != nil {
			if *s.Index == "*" {
				g.Each = true
			} else if i, err := strconv.Atoi(*s.Index); err == nil {
				g.Lo, g.Hi = i, i
			}
		}
		sel.Segs = append(sel.Segs, g)
	}
	return sel
}

// Roots are the words that a path may start with.
var roots = []string{"data", "model", "train", "study"}

// IsRoot reports whether a path may start with the word.
func IsRoot(name string) bool { return indexOf(roots, name) >= 0 }

// root returns the section that the first segment names, by kind or by its own name.
func (p *Program) root(name string) *Node {
	for _, r := range []*Node{p.Data, p.Model, p.Train} {
		if r != nil && (r.Name == name || r.Label == name) {
			return r
		}
	}
	return nil
}

// start splits a selector into the nodes to search in and the segments that are left.
func (p *Program) start(segs []SelSeg) ([]*Node, []SelSeg) {
	if len(segs) > 0 {
		if r := p.root(segs[0].Name); r != nil {
			return []*Node{r}, segs[1:]
		}
	}
	var all []*Node
	for _, r := range []*Node{p.Data, p.Model, p.Train} {
		if r != nil {
			all = append(all, r)
		}
	}
	return all, segs
}

// find returns the nodes that the segments lead to, in the order of the text.
func find(from []*Node, segs []SelSeg) []*Node {
	for _, g := range segs {
		var next []*Node
		seen := map[*Node]bool{}
		for _, ctx := range from {
			var hits []*Node
			for _, c := range ctx.children() {
				c.walk(func(n *Node) bool {
					if n.matches(g.Name) && !seen[n] {
						hits = append(hits, n)
						seen[n] = true
					}
					return true
				})
			}
			if g.Lo != 0 {
				hits = pick(hits, g)
			}
			next = append(next, hits...)
		}
		from = next
	}
	return from
}

func (n *Node) matches(name string) bool {
	return n.Kind != Branch && (n.Label == name || n.Kind != Group && lastWord(n.Name) == name)
}

// pick takes the counted matches; those that edits inserted are not counted.
func pick(hits []*Node, g SelSeg) []*Node {
	var own []*Node
	for _, n := range hits {
		if !n.Inserted {
			own = append(own, n)
		}
	}
	if g.Lo > len(own) {
		return nil
	}
	return own[g.Lo-1 : min(g.Hi, len(own))]
}

// Select returns the nodes that a selector addresses; none is an error that names what is near.
func (p *Program) Select(sel Selector) ([]*Node, *diag.Diagnostic) {
	from, segs := p.start(sel.Segs)
	hits := find(from, segs)
	if len(hits) > 0 {
		return hits, nil
	}
	return nil, p.miss(sel)
}

// miss explains which part of a selector leads nowhere.
func (p *Program) miss(sel Selector) *diag.Diagnostic {
	from, segs := p.start(sel.Segs)
	for i := range segs {
		hits := find(from, segs[:i+1])
		if len(hits) > 0 {
			continue
		}
		before := find(from, segs[:i])
		d := diag.Errorf(codeEditMiss, sel.Span, "%s hits nothing: there is no %s", sel, (Selector{Segs: segs[i : i+1]}))
		bare := SelSeg{Name: segs[i].Name}
		if n := len(find(before, []SelSeg{bare})); n > 0 && segs[i].Lo > 0 {
			return d.WithHelp("there %s %d, counted from 1", areIs(n), n)
		}
		names := map[string]bool{}
		for _, b := range before {
			for _, c := range b.children() {
				c.walk(func(n *Node) bool { names[n.Seg()] = true; return true })
			}
		}
		return suggest(d, segs[i].Name, sortedKeys(names))
	}
	return diag.Errorf(codeEditMiss, sel.Span, "%s hits nothing", sel)
}

func areIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

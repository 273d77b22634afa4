package canon

import (
	"math"
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
	Added  bool // the index counts what edits inserted: dropout[+1]
	Lo, Hi int  // 0 where there is no index
}

// maxIndex is more than any program has.
const maxIndex = 1 << 30

// String prints the selector as it is written.
func (s Selector) String() string {
	parts := make([]string, len(s.Segs))
	for i, g := range s.Segs {
		parts[i] = g.Name
		mark := ""
		if g.Added {
			mark = "+"
		}
		switch {
		case g.Each:
			parts[i] += "[*]"
		case g.Lo != 0 && g.Lo == g.Hi:
			parts[i] += "[" + mark + strconv.Itoa(g.Lo) + "]"
		case g.Lo != 0:
			parts[i] += "[" + mark + strconv.Itoa(g.Lo) + ".." + strconv.Itoa(g.Hi) + "]"
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
		return sel, diag.Errorf(codeEdit, sel.Span, "a selector is a path of names, not a call").WithHelp("write a name like dropout or stage[2].skip")
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
			if lo.Kind != model.Number || lo.Num < 1 || lo.Num != math.Trunc(lo.Num) || hi.Num < lo.Num {
				return sel, diag.Errorf(codeEdit, spanOf(s.Pos, s.EndPos), "%s is no index", exprText(s.Index)).
					WithHelp("an index counts from 1: [2], [1..3] or [*]")
			}
			g.Lo, g.Hi = int(min(lo.Num, maxIndex)), int(min(hi.Num, maxIndex))
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
			} else {
				g.Lo, g.Hi = maxIndex, maxIndex
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

// start splits a selector into the nodes to search in and the segments that are left. A selector that starts with a
// section is anchored: its indices mean what paths say.
func (p *Program) start(segs []SelSeg) (from []*Node, rest []SelSeg, anchored bool) {
	if len(segs) > 0 && segs[0].Name == "study" && len(p.StudyNodes) > 0 {
		if len(segs) > 1 {
			for _, s := range p.StudyNodes {
				if s.Label == segs[1].Name {
					return []*Node{s}, segs[2:], true
				}
			}
		}
		return p.StudyNodes, segs[1:], true
	}
	if len(segs) > 0 {
		if r := p.root(segs[0].Name); r != nil {
			return []*Node{r}, segs[1:], true
		}
	}
	return p.rootNodes(), segs, false
}

// find returns the nodes that the segments lead to, in the order of the text. An index counts as paths do where a
// section or an earlier segment says inside what; elsewhere it counts all matches in the program.
func find(from []*Node, segs []SelSeg, anchored bool) []*Node {
	for _, g := range segs {
		var next []*Node
		seen := map[*Node]bool{}
		if g.Lo != 0 && !anchored {
			var all []*Node
			for _, ctx := range from {
				all = append(all, ctx.inside(g.Name, seen)...)
			}
			next = pick(all, nil, g)
		} else {
			for _, ctx := range from {
				next = append(next, pick(ctx.inside(g.Name, seen), ctx, g)...)
			}
		}
		from, anchored = next, true
	}
	return from
}

// inside lists the nodes of a name anywhere inside n, but for off forms of a statement that is in the list itself.
func (n *Node) inside(name string, seen map[*Node]bool) []*Node {
	var hits []*Node
	for _, c := range n.children() {
		c.walk(func(m *Node) bool {
			if m.matches(name) && !seen[m] {
				seen[m] = true
				hits = append(hits, m)
				if m.Alt != nil {
					for _, off := range m.Alt.Body {
						seen[off] = true
					}
				}
			}
			return true
		})
	}
	return hits
}

func (n *Node) matches(name string) bool {
	return n.Kind != Branch && (n.Label == name || n.Kind != Group && lastWord(n.Name) == name)
}

// itself lets pick count nodes.
func (n *Node) itself() *Node { return n }

// pick takes the counted ones of what was found inside ctx (nil: in the program). Where ctx holds statements of that name
// directly, the index is theirs, as in their paths; else it counts all that was found. What edits inserted is counted apart,
// and the two forms of one place count once.
func pick[T interface{ itself() *Node }](hits []T, ctx *Node, g SelSeg) []T {
	if g.Lo == 0 {
		return hits
	}
	var own []T
	direct := false
	for _, h := range hits {
		n := h.itself()
		if n.Inserted != g.Added {
			continue
		}
		own = append(own, h)
		direct = direct || ctx != nil && n.directly(ctx, g.Name)
	}
	var chosen []T
	number := map[string]int{}
	for _, h := range own {
		n := h.itself()
		if direct {
			if i := n.index(); n.directly(ctx, g.Name) && i >= g.Lo && i <= g.Hi {
				chosen = append(chosen, h)
			}
			continue
		}
		if number[n.Path] == 0 {
			number[n.Path] = len(number) + 1
		}
		if i := number[n.Path]; i >= g.Lo && i <= g.Hi {
			chosen = append(chosen, h)
		}
	}
	return chosen
}

// directly reports whether the path of n is that of ctx and one more segment of that name.
func (n *Node) directly(ctx *Node, name string) bool {
	rest, ok := strings.CutPrefix(n.Path, ctx.Path+"."+name+"[")
	return ok && !strings.Contains(rest, ".")
}

// index is the number in the last segment of the path, 0 for an inserted node.
func (n *Node) index() int {
	i, _ := strconv.Atoi(strings.TrimSuffix(n.Path[strings.LastIndexByte(n.Path, '[')+1:], "]"))
	return i
}

// Select returns the nodes that a selector addresses; none is an error that names what is near.
func (p *Program) Select(sel Selector) ([]*Node, *diag.Diagnostic) {
	from, segs, anchored := p.start(sel.Segs)
	hits := find(from, segs, anchored)
	if len(hits) > 0 {
		return hits, nil
	}
	return nil, p.miss(sel)
}

// miss explains which part of a selector leads nowhere.
func (p *Program) miss(sel Selector) *diag.Diagnostic {
	from, segs, anchored := p.start(sel.Segs)
	for i := range segs {
		hits := find(from, segs[:i+1], anchored)
		if len(hits) > 0 {
			continue
		}
		before := find(from, segs[:i], anchored)
		d := diag.Errorf(codeEditMiss, sel.Span, "%s hits nothing: there is no %s", sel, (Selector{Segs: segs[i : i+1]}))
		bare := SelSeg{Name: segs[i].Name}
		if n := len(paths(find(before, []SelSeg{bare}, true))); n > 0 && segs[i].Lo > 0 {
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

// paths lists the different paths of nodes.
func paths(nodes []*Node) map[string]bool {
	set := map[string]bool{}
	for _, n := range nodes {
		set[n.Path] = true
	}
	return set
}

func areIs(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

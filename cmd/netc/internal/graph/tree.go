// Package graph draws a compiled model: as an SVG picture for a paper, as a DOT graph, as a Mermaid flowchart.
//
// The model's rows (compiler/build) are read into a tree of layers, blocks and combinations (tree.go). Since every
// program's flow is a series of statements with parallel paths inside of sum, product and concat, the picture is laid out as
// one: a series from top to bottom, paths side by side, blocks as frames around their contents (layout.go). No other
// program takes part.
package graph

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
)

// Kind says how a node takes part in the flow.
type Kind int

// The kinds of nodes.
const (
	Layer   Kind = iota // one statement
	Block               // a block or a labelled group: its children in series
	Combine             // sum, product or concat: its children are paths
	Path                // one way through a combination: its children in series
	Head                // a side branch: its children in series
)

// Node is one part of a model.
type Node struct {
	Kind     Kind
	Text     string // as written, defaults left out
	Op       string // its first word: conv, sum, residual
	Label    string // given by `as`
	Path     string // as people write it
	Key      string // canonical
	Shape    string // of one example behind it: 28×28×16
	Params   int
	FLOPs    int64
	Tricks   []int // numbers of the tricks at it, from 1
	Children []*Node
	Times    int  // how many in a row it stands for
	Only     bool // other variants do not have it
}

// Trick is a trick of the picture's legend.
type Trick struct {
	Name   string
	Title  string // of its card
	Places int
	On     bool
}

// Model is one variant of a program, ready to be drawn.
type Model struct {
	Title  string
	Nodes  []*Node
	Tricks []Trick
	Params int
	FLOPs  int64
	Loss   string // what the main output is held against
}

// Of reads a compiled program. It must have no errors and a model.
func Of(p *compiler.Program, title string) *Model {
	m := &Model{Title: title}
	marks := map[string][]int{}
	for _, t := range p.Canon.Tricks() {
		if !t.InModel() || !t.Active() {
			continue
		}
		trick := Trick{Name: t.Name, On: t.On()}
		if t.Card != nil {
			trick.Title = t.Card.Title
		}
		m.Tricks = append(m.Tricks, trick)
		n := len(m.Tricks)
		for _, pl := range t.Places {
			if pl.Active {
				m.Tricks[n-1].Places++
				marks[pl.Node.Path] = append(marks[pl.Node.Path], n)
			}
		}
	}
	rows := p.Rows
	m.Nodes = children(&rows, 0, marks)
	for _, r := range p.Rows {
		if r.Leaf {
			m.Params += r.Params
			m.FLOPs += r.FLOPs
		}
	}
	if l := p.Train.Find("loss"); l != nil {
		m.Loss = l.Args["kind"].String()
	}
	return m
}

// children takes the rows of one depth, and what is deeper below them, from the front of rows.
func children(rows *[]build.Row, depth int, marks map[string][]int) []*Node {
	var list []*Node
	for len(*rows) > 0 && (*rows)[0].Depth >= depth {
		r := (*rows)[0]
		*rows = (*rows)[1:]
		n := &Node{Text: r.Text, Path: r.Path, Key: r.Key, Params: r.Params, FLOPs: r.FLOPs, Times: 1, Tricks: marks[r.Key]}
		if len(r.Out) > 1 {
			n.Shape = shape(r.Out[1:])
		}
		if text, label, ok := strings.Cut(r.Text, " as "); ok && r.Leaf {
			n.Text, n.Label = text, label
		}
		n.Op, _, _ = strings.Cut(n.Text, " ")
		if !r.Leaf {
			n.Children = children(rows, depth+1, marks)
			switch n.Op {
			case "sum", "product", "concat":
				n.Kind = Combine
			case "path":
				n.Kind = Path
			case "head":
				n.Kind = Head
			default:
				n.Kind = Block
			}
		}
		list = append(list, n)
	}
	return list
}

func shape[T ~int](dims []T) string {
	parts := make([]string, len(dims))
	for i, d := range dims {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}

// Compare makes several variants comparable: a trick has the same number in all of them, and what one of the others does not
// have is marked.
func Compare(models []*Model) {
	if len(models) < 2 {
		return
	}
	number(models)
	count := map[string]int{}
	for _, m := range models {
		seen := map[string]bool{}
		walk(m.Nodes, func(n *Node) { seen[n.Key+"\x00"+n.Text] = true })
		for k := range seen {
			count[k]++
		}
	}
	for _, m := range models {
		mark(m.Nodes, count, len(models))
	}
}

// number gives the tricks of all variants one list.
func number(models []*Model) {
	var all []Trick
	at := map[string]int{}
	for _, m := range models {
		for _, t := range m.Tricks {
			if at[t.Name] == 0 {
				all = append(all, t)
				at[t.Name] = len(all)
			}
		}
	}
	for _, m := range models {
		walk(m.Nodes, func(n *Node) {
			tricks := make([]int, len(n.Tricks))
			for i, t := range n.Tricks {
				tricks[i] = at[m.Tricks[t-1].Name]
			}
			n.Tricks = tricks
		})
	}
	for _, m := range models {
		m.Tricks = all
	}
}

// mark stops at what it marks: the frame around that says it of all inside.
func mark(list []*Node, count map[string]int, all int) {
	for _, n := range list {
		if n.Only = count[n.Key+"\x00"+n.Text] < all; !n.Only {
			mark(n.Children, count, all)
		}
	}
}

func walk(list []*Node, visit func(*Node)) {
	for _, n := range list {
		visit(n)
		walk(n.Children, visit)
	}
}

// fold puts equal neighbours together: blocks from two on, since a picture of a deep network is about its pattern. Where
// their shapes differ, those inside are left out, and behind them stands the last one's.
func fold(list []*Node) []*Node {
	var out []*Node
	for _, n := range list {
		c := *n
		c.Children = fold(n.Children)
		if k := len(out); k > 0 && c.Kind == Block && same(out[k-1], &c) {
			out[k-1].Times += c.Times
			blank(out[k-1].Children, c.Children)
			out[k-1].Shape = c.Shape
			continue
		}
		out = append(out, &c)
	}
	return out
}

// blank leaves the shapes out in which two nodes that look alike differ.
func blank(a, b []*Node) {
	for i := range a {
		if a[i].Shape != b[i].Shape {
			a[i].Shape = ""
		}
		blank(a[i].Children, b[i].Children)
	}
}

// same reports whether two nodes look alike, all the way down, but for their shapes.
func same(a, b *Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || a.Only != b.Only || a.Label != b.Label ||
		len(a.Children) != len(b.Children) || fmt.Sprint(a.Tricks) != fmt.Sprint(b.Tricks) {
		return false
	}
	for i := range a.Children {
		if a.Children[i].Times != b.Children[i].Times || !same(a.Children[i], b.Children[i]) {
			return false
		}
	}
	return true
}

// dissolve takes the frame off small blocks of plain layers: conv_norm is drawn as the convolution and the normalization that it
// is.
func dissolve(list []*Node) []*Node {
	var out []*Node
	for _, n := range list {
		c := *n
		c.Children = dissolve(n.Children)
		if c.Kind == Block && c.Times == 1 && len(c.Children) <= 3 && plain(c.Children) {
			for i, child := range c.Children {
				leaf := *child
				leaf.Only = leaf.Only || c.Only
				if i == 0 {
					leaf.Tricks = append(append([]int{}, c.Tricks...), leaf.Tricks...)
				}
				out = append(out, &leaf)
			}
			continue
		}
		out = append(out, &c)
	}
	return out
}

func plain(list []*Node) bool {
	for _, n := range list {
		if n.Kind != Layer {
			return false
		}
	}
	return true
}

package graph

import (
	"fmt"
	"strings"
)

// flow is a model as vertices and edges.
type flow struct {
	vertices []vertex
	edges    []edge
	frames   []frameOf
}

type vertex struct {
	id, text string
	op       string
	tricks   []int
	frame    int // index of the innermost frame, -1 for none
}

type edge struct {
	from, to string
	shape    string
	branch   bool
}

type frameOf struct {
	title  string
	within int
}

// flowOf lists vertices and edges of a model in the order of its text.
func flowOf(m *Model) *flow {
	w := &flowWriter{flow: &flow{}, points: map[string]end{}, frame: -1}
	last := w.series(m.Nodes, end{})
	if m.Loss != "" && last.id != "" {
		w.vertex(&Node{Text: m.Loss, Op: "output"}, last)
	}
	return w.flow
}

// end is where the flow has come to: a vertex and the shape behind it.
type end struct{ id, shape string }

type flowWriter struct {
	*flow
	points map[string]end
	frame  int
}

func (w *flowWriter) vertex(n *Node, from ...end) end {
	id := fmt.Sprintf("n%d", len(w.vertices)+1)
	w.vertices = append(w.vertices, vertex{id, caption(n), n.Op, n.Tricks, w.frame})
	for _, e := range from {
		if e.id != "" {
			w.edges = append(w.edges, edge{from: e.id, to: id, shape: e.shape})
		}
	}
	return end{id, n.Shape}
}

func (w *flowWriter) within(title string, inside func() end) end {
	outer := w.frame
	w.frames = append(w.frames, frameOf{title, outer})
	w.frame = len(w.frames) - 1
	e := inside()
	w.frame = outer
	return e
}

func (w *flowWriter) series(list []*Node, at end) end {
	for _, n := range list {
		switch n.Kind {
		case Layer:
			switch {
			case n.Op == "pass" || n.Op == "init":
			case n.Op == "take" && w.points[strings.TrimPrefix(n.Text, "take ")].id != "":
				at = w.points[strings.TrimPrefix(n.Text, "take ")]
			default:
				at = w.vertex(n, at)
			}
		case Block:
			at = w.within(n.Text, func() end { return w.series(n.Children, at) })
		case Head:
			from := at
			w.within(n.Text, func() end {
				k := len(w.edges)
				e := w.series(n.Children, from)
				if k < len(w.edges) {
					w.edges[k].branch = true
				}
				return e
			})
		case Combine:
			var ends []end
			for _, p := range n.Children {
				ends = append(ends, w.series(p.Children, at))
			}
			at = w.vertex(n, ends...)
		case Path:
			at = w.series(n.Children, at)
		}
		if n.Label != "" {
			w.points[n.Label] = at
		}
	}
	return at
}

func captionWithTricks(v vertex, tricks []Trick) string {
	text := v.text
	for _, t := range v.tricks {
		text += " [" + tricks[t-1].Name + "]"
	}
	return text
}

// DOT writes the variants as a Graphviz graph, each in a cluster of its own where there are several.
func DOT(models []*Model) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph model {\n  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];\n  edge [fontname=\"Helvetica\", fontsize=9];\n")
	for i, m := range models {
		g := flowOf(m)
		prefix := fmt.Sprintf("m%d_", i)
		if len(models) > 1 {
			fmt.Fprintf(&b, "  subgraph cluster_%s { label=%s;\n", prefix, quoteDOT(m.Title))
		}
		g.nested(func(indent int, v *vertex, f *frameOf, number int, open bool) {
			pad := strings.Repeat("  ", indent+1)
			switch {
			case v != nil:
				fmt.Fprintf(&b, "%s%s%s [label=%s, fillcolor=%q];\n", pad, prefix, v.id, quoteDOT(captionWithTricks(*v, m.Tricks)), colorOf(v.op).fill)
			case open:
				fmt.Fprintf(&b, "%ssubgraph cluster_%sf%d { label=%s; style=rounded;\n", pad, prefix, number, quoteDOT(f.title))
			default:
				fmt.Fprintf(&b, "%s}\n", pad)
			}
		})
		for _, e := range g.edges {
			style := ""
			if e.branch {
				style = ", style=dashed"
			}
			fmt.Fprintf(&b, "  %s%s -> %s%s [label=%s%s];\n", prefix, e.from, prefix, e.to, quoteDOT(e.shape), style)
		}
		if len(models) > 1 {
			fmt.Fprintf(&b, "  }\n")
		}
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

func quoteDOT(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// Mermaid writes the variants as a flowchart, which many Markdown viewers draw.
func Mermaid(models []*Model) []byte {
	var b strings.Builder
	b.WriteString("flowchart TB\n")
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;").Replace(s) + `"`
	}
	for i, m := range models {
		g := flowOf(m)
		prefix := fmt.Sprintf("m%d_", i)
		if len(models) > 1 {
			fmt.Fprintf(&b, "  subgraph %sall [%s]\n", prefix, quote(m.Title))
		}
		g.nested(func(indent int, v *vertex, f *frameOf, number int, open bool) {
			pad := strings.Repeat("  ", indent+1)
			switch {
			case v != nil && (v.op == "input" || v.op == "output"):
				fmt.Fprintf(&b, "%s%s%s([%s])\n", pad, prefix, v.id, quote(captionWithTricks(*v, m.Tricks)))
			case v != nil:
				fmt.Fprintf(&b, "%s%s%s[%s]\n", pad, prefix, v.id, quote(captionWithTricks(*v, m.Tricks)))
			case open:
				fmt.Fprintf(&b, "%ssubgraph %sf%d [%s]\n", pad, prefix, number, quote(f.title))
			default:
				fmt.Fprintf(&b, "%send\n", pad)
			}
		})
		for _, e := range g.edges {
			arrow := "-->"
			if e.branch {
				arrow = "-.->"
			}
			label := ""
			if e.shape != "" {
				label = "|" + quote(e.shape) + "|"
			}
			fmt.Fprintf(&b, "  %s%s %s%s %s%s\n", prefix, e.from, arrow, label, prefix, e.to)
		}
		if len(models) > 1 {
			b.WriteString("  end\n")
		}
	}
	return []byte(b.String())
}

// nested visits frames and vertices so that each vertex comes inside of its frames.
func (g *flow) nested(visit func(indent int, v *vertex, f *frameOf, number int, open bool)) {
	// Frames without a vertex in them, a shortcut that has nothing to do, are left out.
	full := make([]bool, len(g.frames))
	for _, v := range g.vertices {
		for i := v.frame; i >= 0; i = g.frames[i].within {
			full[i] = true
		}
	}
	var inside func(frame, indent int)
	inside = func(frame, indent int) {
		for i := range g.vertices {
			if g.vertices[i].frame == frame {
				visit(indent, &g.vertices[i], nil, 0, false)
			}
		}
		for i := range g.frames {
			if g.frames[i].within == frame && full[i] {
				visit(indent, nil, &g.frames[i], i, true)
				inside(i, indent+1)
				visit(indent, nil, &g.frames[i], i, false)
			}
		}
	}
	inside(-1, 0)
}

package graph

import (
	"fmt"
	"math"
	"strings"
)

// Lengths of the picture, in pixels.
const (
	fontSize   = 11.0
	segment    = 21.0 // height of a layer
	gap        = 26.0 // between neighbours of a series: room for an arrow and a shape
	columns    = 20.0 // between paths
	bus        = 16.0 // from a fork to the paths, and from them to the join
	frame      = 12.0 // around the contents of a block
	frameTitle = 18.0
	radius     = 5.0
	badge      = 6.5 // radius of a trick's number
)

// part is a piece of the picture: its size, the x where the flow enters and leaves it, and how it is drawn.
type part struct {
	w, h, port float64
	draw       func(c *canvas, x, y float64)
	shape      string // behind it
	wire       bool   // nothing but a line
	open       bool   // it draws the arrival of the flow itself: no arrow head ends at it
	side       *part  // a branch beside it, joined by a line at its top
}

// colors of the layers: fill and border.
type color struct{ fill, line string }

func colorOf(op string) color {
	switch op {
	case "conv":
		return color{"#dbe8f8", "#5b84b8"}
	case "dense":
		return color{"#fbe3cf", "#c7834a"}
	case "pool", "flatten", "resize":
		return color{"#dcefd9", "#6aa364"}
	case "norm":
		return color{"#ece6f4", "#8d77ad"}
	case "act":
		return color{"#fbf3c9", "#b9a13f"}
	case "dropout", "noise":
		return color{"#eeeeee", "#999999"}
	case "embed", "onehot":
		return color{"#d5efee", "#4f9c98"}
	case "shortcut", "pad_channels":
		return color{"#e6edd9", "#8a9b63"}
	case "input", "take", "output":
		return color{"#ffffff", "#555555"}
	}
	return color{"#f4f4f4", "#777777"}
}

// joins reports whether a layer is drawn at the foot of the one before it: it works on each element and keeps the shape.
func joins(n *Node) bool {
	switch n.Op {
	case "norm", "act", "dropout", "noise":
		return n.Kind == Layer
	}
	return false
}

// series lays nodes out from top to bottom. Before is the shape that enters.
func series(list []*Node, before string) part {
	var parts []part
	for i := 0; i < len(list); {
		n := list[i]
		switch n.Kind {
		case Layer:
			if n.Op == "pass" && n.Label == "" || n.Op == "init" {
				i++ // neither is on the way of the flow; initializers stand in titles
				continue
			}
			j := i + 1
			for j < len(list) && joins(list[j]) && n.Op != "input" && n.Op != "take" {
				j++
			}
			parts = append(parts, layers(list[i:j]))
			i = j
			continue
		case Combine:
			parts = append(parts, combination(n, before))
		case Head:
			branch := framed(n, series(n.Children, before))
			if k := len(parts); k > 0 {
				s := parts[k-1]
				host := part{w: 8, h: 8, port: 4, shape: s.shape, open: true, draw: func(c *canvas, x, y float64) { c.dot(x+4, y+4) }, side: &branch}
				parts = append(parts, host)
			}
		default:
			parts = append(parts, framed(n, series(n.Children, before)))
		}
		if n.Shape != "" && n.Kind != Head {
			before = n.Shape
		}
		i++
	}
	if len(parts) == 0 {
		return part{w: 24, h: 8, port: 12, wire: true, open: true, shape: before, draw: func(c *canvas, x, y float64) { c.wire(x+12, y, y+8) }}
	}
	return stack(parts)
}

// stack puts parts under each other, their ports in line, with arrows and shapes between them.
func stack(parts []part) part {
	left, right := 0.0, 0.0
	for _, p := range parts {
		left = max(left, p.port)
		right = max(right, p.w-p.port)
		if p.side != nil {
			right = max(right, columns+p.side.w)
		}
	}
	ys := make([]float64, len(parts))
	y := 0.0
	labels := make([]string, len(parts))
	for i, p := range parts {
		ys[i] = y
		y += p.h
		if p.side != nil {
			y += max(0, p.side.h-p.h)
		}
		if i+1 < len(parts) {
			// A dot where a head branches off does not change what the edge before it has said.
			if p.shape != "" && p.side == nil {
				labels[i] = p.shape
				right = max(right, 6+width(p.shape, 9))
			}
			y += gap
		}
	}
	last := parts[len(parts)-1]
	return part{w: left + right, h: y, port: left, shape: last.shape, open: parts[0].open, draw: func(c *canvas, x, y float64) {
		port := x + left
		for i, p := range parts {
			end := y + ys[i] + p.h
			p.draw(c, port-p.port, y+ys[i])
			if p.side != nil {
				c.sideways(port+4, y+ys[i]+4, port+columns+p.side.port, y+ys[i]+16)
				p.side.draw(c, port+columns, y+ys[i]+16)
			}
			if i+1 < len(parts) {
				c.arrive(port, end, y+ys[i+1], parts[i+1].open)
				if labels[i] != "" {
					c.text(port+5, (end+y+ys[i+1])/2+3-1, 9, "start", "#666666", labels[i], "")
				}
			}
		}
	}}
}

// layers draws a layer with those that belong to it in one box.
func layers(list []*Node) part {
	w := 64.0
	for _, n := range list {
		need := width(caption(n), fontSize) + 22
		if k := len(n.Tricks); k > 0 {
			need += float64(k)*(2*badge+3) + 4
		}
		w = max(w, need)
	}
	h := segment * float64(len(list))
	round := list[0].Op == "input" || list[0].Op == "take"
	return part{w: w, h: h, port: w / 2, shape: list[len(list)-1].Shape, draw: func(c *canvas, x, y float64) {
		for i, n := range list {
			k := colorOf(n.Op)
			top := y + segment*float64(i)
			c.segment(x, top, w, segment, i == 0, i == len(list)-1, round, k)
			at := x + w/2 - float64(len(n.Tricks))*(badge+1.5)
			c.text(at, top+segment/2+3.8, fontSize, "middle", "#222222", caption(n), "")
			for j, t := range n.Tricks {
				c.badge(x+w-badge-5-float64(len(n.Tricks)-1-j)*(2*badge+3), top+segment/2, t)
			}
		}
		k := colorOf(list[0].Op)
		c.outline(x, y, w, h, round, k.line, false)
		for i, n := range list {
			if n.Only {
				c.outline(x-3, y+segment*float64(i)-2, w+6, segment+4, false, accent, true)
			}
		}
	}}
}

func caption(n *Node) string {
	text := n.Text
	if n.Op == "take" {
		text = "from " + strings.TrimPrefix(n.Text, "take ")
	}
	if n.Label != "" {
		text += " as " + n.Label
	}
	return text
}

// combination lays the paths of a sum, product or concat out side by side, between a fork and a join.
func combination(n *Node, before string) part {
	if len(n.Children) == 1 && !n.Only && len(n.Tricks) == 0 {
		return series(n.Children[0].Children, before) // a combination left with one path is that path
	}
	var paths []part
	for _, p := range n.Children {
		s := series(p.Children, before)
		if p.Only || len(p.Tricks) > 0 {
			s = marked(p, s)
		}
		paths = append(paths, s)
	}
	if len(paths) == 0 {
		return part{w: 24, h: 8, port: 12, wire: true, open: true, shape: n.Shape, draw: func(c *canvas, x, y float64) { c.wire(x+12, y, y+8) }}
	}
	w, h := -columns, 0.0
	xs := make([]float64, len(paths))
	for i, p := range paths {
		xs[i] = w + columns
		w += columns + p.w
		h = max(h, p.h)
	}
	first, last := xs[0]+paths[0].port, xs[len(xs)-1]+paths[len(paths)-1].port
	port := (first + last) / 2
	symbol := map[string]string{"sum": "+", "product": "×"}[n.Op]
	jw, jh := 18.0, 18.0
	if symbol == "" {
		symbol, jw = n.Op, width(n.Op, 9.5)+16
	}
	left := max(0, jw/2-port)
	w = max(w+left, left+port+jw/2)
	if k := len(n.Tricks); k > 0 {
		w = max(w, left+port+jw/2+float64(k)*(2*badge+3)+6)
	}
	total := bus + h + bus + 6 + jh
	return part{w: w, h: total, port: left + port, shape: n.Shape, open: true, draw: func(c *canvas, x, y float64) {
		x += left
		bottom := y + bus + h + bus
		for i, p := range paths {
			at := x + xs[i] + p.port
			top := y + bus + (h-p.h)/2
			c.fork(x+port, y, at, top, !p.open)
			p.draw(c, x+xs[i], top)
			c.join(at, top+p.h, x+port, bottom)
		}
		c.arrow(x+port, bottom, bottom+6)
		c.joint(x+port, bottom+6+jh/2, jw, jh, symbol)
		for j, t := range n.Tricks {
			c.badge(x+port+jw/2+badge+4+float64(j)*(2*badge+3), bottom+6+jh/2, t)
		}
		if n.Only {
			c.outline(x+port-jw/2-3, bottom+3, jw+6, jh+6, true, accent, true)
		}
	}}
}

// marked puts a path's tricks beside its beginning, and a frame around it where other variants do not have it.
func marked(n *Node, s part) part {
	const lead = 16.0
	extra := float64(len(n.Tricks)) * (2*badge + 3)
	out := s
	out.w, out.h, out.wire, out.open = max(s.w+4, s.port+8+extra), s.h+lead, false, true
	out.draw = func(c *canvas, x, y float64) {
		for j, t := range n.Tricks {
			c.badge(x+s.port+badge+5+float64(j)*(2*badge+3), y+7, t)
		}
		if s.wire && n.Only {
			c.accent(x+s.port, y, y+out.h)
			return
		}
		c.arrive(x+s.port, y, y+lead, s.open)
		s.draw(c, x, y+lead)
		if n.Only {
			c.outline(x-4, y+lead-4, s.w+8, s.h+8, false, accent, true)
		}
	}
	return out
}

// framed draws a rounded frame with a title around the contents of a block.
func framed(n *Node, s part) part {
	title := n.Text
	if n.Label != "" && !strings.HasPrefix(title, n.Label) {
		title += " as " + n.Label
	}
	tricks := n.Tricks
	for _, c := range n.Children {
		if c.Kind == Layer && c.Op == "init" {
			title += ", " + c.Text
			tricks = append(tricks[:len(tricks):len(tricks)], c.Tricks...)
		}
	}
	times := ""
	if n.Times > 1 {
		times = fmt.Sprintf("× %d", n.Times)
	}
	head := 9 + width(title, 10.6) + float64(len(tricks))*(2*badge+3)
	need := head + 14
	if times != "" {
		need += width(times, 12) + 14
	}
	port := s.port + frame
	w := port + s.w - s.port + frame
	if w < need {
		port, w = port+(need-w)/2, need
	}
	h := s.h + frameTitle + frame
	if n.Kind != Head {
		h += frame
	}
	return part{w: w, h: h, port: port, shape: n.Shape, open: true, draw: func(c *canvas, x, y float64) {
		line := "#b5b5b5"
		if n.Only {
			line = accent
		}
		c.printf(`<rect x="%s" y="%s" width="%s" height="%s" rx="9" fill="#000000" fill-opacity="0.03" stroke="%s"%s/>`, f(x), f(y), f(w), f(h), line, dashed(n.Only))
		from := y
		if head > port-6 {
			from = y + frameTitle // the line goes on below the title
		}
		c.arrive(x+port, from, y+frameTitle+frame-6, s.open)
		c.text(x+9, y+13.5, 10, "start", "#444444", title, "bold")
		for j, t := range tricks {
			c.badge(x+9+width(title, 10.6)+badge+4+float64(j)*(2*badge+3), y+10, t)
		}
		if times != "" {
			c.text(x+w-9, y+14.5, 12, "end", "#444444", times, "bold")
		}
		s.draw(c, x+port-s.port, y+frameTitle+frame-6)
		if n.Kind != Head {
			c.wire(x+port, y+frameTitle+frame-6+s.h, y+h)
		}
	}}
}

// width estimates how wide a text is in a sans-serif face.
func width(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("ijlI.,:;'|!()[]ft ", r):
			w += 0.31
		case strings.ContainsRune("mwMW@%→", r):
			w += 0.86
		case r >= 'A' && r <= 'Z', r == '×', r == '=', r == '+':
			w += 0.67
		default:
			w += 0.565
		}
	}
	return math.Ceil(w * size)
}

package graph

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// canvas collects the elements of a picture.
type canvas struct{ b strings.Builder }

func (c *canvas) printf(format string, args ...any) {
	fmt.Fprintf(&c.b, format+"\n", args...)
}

// f writes a length with at most one digit behind the point.
func f(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

const (
	ink    = "#444444"
	accent = "#d1256b" // of what other variants do not have
)

func dashed(yes bool) string {
	if yes {
		return ` stroke-width="1.4" stroke-dasharray="4 2.5"`
	}
	return ""
}

func (c *canvas) text(x, y, size float64, anchor, color, s, weight string) {
	if weight != "" {
		weight = ` font-weight="` + weight + `"`
	}
	c.printf(`<text x="%s" y="%s" font-size="%s" text-anchor="%s" fill="%s"%s>%s</text>`, f(x), f(y), f(size), anchor, color, weight, html.EscapeString(s))
}

// segment fills one layer of a box; the corners are round at its top and bottom.
func (c *canvas) segment(x, y, w, h float64, top, bottom, round bool, k color) {
	r := radius
	if round {
		r = h / 2
	}
	a, b := 0.0, 0.0
	if top {
		a = r
	}
	if bottom {
		b = r
	}
	c.printf(`<path d="M%s %s h%s a%s %s 0 0 1 %s %s v%s a%s %s 0 0 1 %s %s h%s a%s %s 0 0 1 %s %s v%s a%s %s 0 0 1 %s %s z" fill="%s"/>`,
		f(x+a), f(y), f(w-2*a), f(a), f(a), f(a), f(a), f(h-a-b), f(b), f(b), f(-b), f(b), f(-(w - 2*b)), f(b), f(b), f(-b), f(-b), f(-(h - a - b)), f(a), f(a), f(a), f(-a), k.fill)
	if !top {
		c.printf(`<path d="M%s %s h%s" stroke="#00000022"/>`, f(x), f(y), f(w))
	}
}

func (c *canvas) outline(x, y, w, h float64, round bool, line string, dash bool) {
	r := radius
	if round {
		r = min(h, segment) / 2
	}
	c.printf(`<rect x="%s" y="%s" width="%s" height="%s" rx="%s" fill="none" stroke="%s"%s/>`, f(x), f(y), f(w), f(h), f(r), line, dashed(dash))
}

func (c *canvas) wire(x, from, to float64) {
	c.printf(`<path d="M%s %s V%s" stroke="%s" fill="none"/>`, f(x), f(from), f(to), ink)
}

func (c *canvas) head(x, y float64) {
	c.printf(`<path d="M%s %s l-3.2 -6 h6.4 z" fill="%s"/>`, f(x), f(y), ink)
}

func (c *canvas) arrow(x, from, to float64) {
	c.wire(x, from, to-min(4, to-from))
	c.head(x, to)
}

// arrive leads to the start of a part, with an arrow head unless the part draws the arrival itself.
func (c *canvas) arrive(x, from, to float64, open bool) {
	if open {
		c.wire(x, from, to)
		return
	}
	c.arrow(x, from, to)
}

// accent is a line that other variants do not have.
func (c *canvas) accent(x, from, to float64) {
	c.printf(`<path d="M%s %s V%s" stroke="%s" fill="none"%s/>`, f(x), f(from), f(to), accent, dashed(true))
}

// bend is a line down, sideways and down again, its corners round.
func (c *canvas) bend(x1, y1, x2, y2, mid float64) {
	if math.Abs(x1-x2) < 1 {
		c.wire(x1, y1, y2)
		return
	}
	r := min(6, math.Abs(x2-x1)/2, mid-y1, y2-mid)
	s := r
	if x2 < x1 {
		s = -r
	}
	c.printf(`<path d="M%s %s V%s Q%s %s %s %s H%s Q%s %s %s %s V%s" stroke="%s" fill="none"/>`,
		f(x1), f(y1), f(mid-r), f(x1), f(mid), f(x1+s), f(mid), f(x2-s), f(x2), f(mid), f(x2), f(mid+r), f(y2), ink)
}

// fork leads from where the flow divides to the start of a path.
func (c *canvas) fork(x, y, at, top float64, arrow bool) {
	end := top
	if arrow {
		end -= 4
		defer c.head(at, top)
	}
	c.bend(x, y, at, end, y+bus/2)
}

// join leads from the end of a path to where the paths meet.
func (c *canvas) join(at, from, x, y float64) { c.bend(at, from, x, y, y-bus/2) }

// sideways leads from a point of the flow to a branch at its right.
func (c *canvas) sideways(x, y, x2, y2 float64) {
	r := min(6, y2-y-4, x2-x)
	c.printf(`<path d="M%s %s H%s Q%s %s %s %s V%s" stroke="%s" fill="none" stroke-dasharray="3 2"/>`, f(x), f(y), f(x2-r), f(x2), f(y), f(x2), f(y+r), f(y2-4), ink)
	c.head(x2, y2)
}

func (c *canvas) dot(x, y float64) {
	c.wire(x, y-4, y+4)
	c.printf(`<circle cx="%s" cy="%s" r="3" fill="%s"/>`, f(x), f(y), ink)
}

// joint is the sign of a combination.
func (c *canvas) joint(x, y, w, h float64, symbol string) {
	c.printf(`<rect x="%s" y="%s" width="%s" height="%s" rx="%s" fill="#ffffff" stroke="%s"/>`, f(x-w/2), f(y-h/2), f(w), f(h), f(h/2), ink)
	if symbol == "+" || symbol == "×" {
		d := 4.5
		if symbol == "+" {
			c.printf(`<path d="M%s %s h%s M%s %s v%s" stroke="%s" stroke-width="1.3"/>`, f(x-d), f(y), f(2*d), f(x), f(y-d), f(2*d), ink)
		} else {
			d = 3.4
			c.printf(`<path d="M%s %s l%s %s M%s %s l%s %s" stroke="%s" stroke-width="1.3"/>`, f(x-d), f(y-d), f(2*d), f(2*d), f(x-d), f(y+d), f(2*d), f(-2*d), ink)
		}
		return
	}
	c.text(x, y+3.3, 9.5, "middle", "#222222", symbol, "")
}

// badge is the number of a trick.
func (c *canvas) badge(x, y float64, n int) {
	c.printf(`<circle cx="%s" cy="%s" r="%s" fill="#a3306b"/>`, f(x), f(y), f(badge))
	c.text(x, y+2.9, 8, "middle", "#ffffff", strconv.Itoa(n), "bold")
}

// Options say what a picture shows.
type Options struct {
	// Whole draws every block of a row of equal ones, and the frames of small blocks.
	Whole bool
}

// SVG draws variants side by side.
func SVG(models []*Model, opt Options) []byte {
	const margin = 16.0
	c := &canvas{}
	x, height, top := margin, 0.0, margin+42
	var legend []Trick
	for _, m := range models {
		if initial(m) != nil {
			top = margin + 60
		}
	}
	for _, m := range models {
		nodes := m.Nodes
		if !opt.Whole {
			nodes = dissolve(fold(nodes))
		}
		p := series(nodes, "")
		p = ending(p, m.Loss)
		w := max(p.w, width(m.Title, 13), width(stats(m), 10))
		c.text(x+w/2, margin+12, 13, "middle", "#222222", m.Title, "bold")
		c.text(x+w/2, margin+28, 10, "middle", "#666666", stats(m), "")
		if n := initial(m); n != nil {
			c.text(x+w/2, margin+46, 10, "middle", "#444444", n.Text, "")
			for j, t := range n.Tricks {
				c.badge(x+w/2+width(n.Text, 10)/2+badge+5+float64(j)*(2*badge+3), margin+42.5, t)
			}
		}
		p.draw(c, x+(w-p.w)/2, top)
		height = max(height, top+p.h)
		x += w + 2.5*margin
		if len(m.Tricks) > len(legend) {
			legend = m.Tricks
		}
	}
	wide := x - 2.5*margin + margin
	y := height + 24
	if len(legend) > 0 {
		c.printf(`<path d="M%s %s H%s" stroke="#dddddd"/>`, f(margin), f(y-10), f(wide-margin))
		// As many columns as fit.
		cell := 0.0
		for _, t := range legend {
			cell = max(cell, width(legendText(t), 10)+34)
		}
		per := max(1, int((wide-2*margin)/cell))
		for i, t := range legend {
			cx, cy := margin+float64(i%per)*cell, y+float64(i/per)*18
			c.badge(cx+badge, cy+2, i+1)
			c.text(cx+2*badge+6, cy+5.5, 10, "start", "#333333", legendText(t), "")
			wide = max(wide, cx+cell)
		}
		y += float64((len(legend)+per-1)/per) * 18
	}
	if len(models) > 1 {
		c.outline(margin, y-3, 22, 12, false, accent, true)
		c.text(margin+29, y+6.5, 10, "start", "#333333", "not in every variant", "")
		wide = max(wide, margin*2+29+width("not in every variant", 10))
		y += 18
	}
	y += margin - 8
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif">
<rect width="100%%" height="100%%" fill="#ffffff"/>
%s</svg>
`, f(wide), f(y), f(wide), f(y), c.b.String())
}

// initial is the initializer of the whole model, nil where none is written.
func initial(m *Model) *Node {
	for _, n := range m.Nodes {
		if n.Kind == Layer && n.Op == "init" {
			return n
		}
	}
	return nil
}

func legendText(t Trick) string {
	text := t.Name
	if t.Title != "" {
		text += ": " + t.Title
	}
	if t.Places > 1 {
		text += fmt.Sprintf(" (%d places)", t.Places)
	}
	if !t.On {
		text += ", off"
	}
	return text
}

// ending adds what the flow's end is held against.
func ending(p part, loss string) part {
	if loss == "" {
		return p
	}
	w := width(loss, fontSize) + 26
	pill := part{w: w, h: segment, port: w / 2, draw: func(c *canvas, x, y float64) {
		k := colorOf("output")
		c.segment(x, y, w, segment, true, true, true, k)
		c.outline(x, y, w, segment, true, k.line, false)
		c.text(x+w/2, y+segment/2+3.8, fontSize, "middle", "#222222", loss, "")
	}}
	return stack([]part{p, pill})
}

func stats(m *Model) string {
	params := strconv.Itoa(m.Params)
	for i := len(params) - 3; i > 0; i -= 3 {
		params = params[:i] + "," + params[i:]
	}
	flops := float64(m.FLOPs)
	unit := ""
	for _, u := range []string{"k", "M", "G", "T"} {
		if flops >= 1000 {
			flops, unit = flops/1000, u
		}
	}
	return fmt.Sprintf("%s parameters, %s %sFLOPs", params, strconv.FormatFloat(flops, 'g', 3, 64), unit)
}

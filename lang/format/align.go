package format

import (
	"sort"
	"unicode/utf8"
)

func width(s string) int { return utf8.RuneCountInString(s) }

// spot is a cell of a line, by number.
type spot struct{ line, cell int }

// align gives every cell its column. Cells of one region that started at the same column in the text, at
// least one of them behind more than one space, were lined up by their author: they form a group and stay
// in one column, the author's where that leaves room for all of them. So does a comment at the end of a
// line, even alone. Every other cell stands one space behind its neighbour.
//
// In the result the cells of a group share a column again, and it leaves room, so aligning once more
// changes nothing.
func align(lines []*line) {
	placed := make([]int, len(lines)) // how many cells of each line have a column
	for _, group := range groups(lines) {
		at := 0
		for _, s := range group {
			l := lines[s.line]
			place(l, placed[s.line], s.cell+1)
			placed[s.line] = s.cell + 1
			at = max(at, l.cells[s.cell].at)
			switch c := l.cells[s.cell]; {
			case c.comment:
				at = max(at, c.column-1)
			case len(group) > 1:
				at = max(at, c.column-l.cells[0].column+l.indent)
			}
		}
		for _, s := range group {
			lines[s.line].cells[s.cell].at = at
		}
	}
	for i, l := range lines {
		place(l, placed[i], len(l.cells))
	}
}

// place gives the cells [from, to) of a line their natural columns.
func place(l *line, from, to int) {
	for i := from; i < to; i++ {
		c := &l.cells[i]
		if i == 0 {
			c.at = l.indent
			continue
		}
		before := l.cells[i-1]
		c.at = before.at + width(before.text) + c.space
	}
}

// groups finds the cells that belong into one column, in the order of their columns.
func groups(lines []*line) [][]spot {
	type key struct {
		region, column int
		comment        bool
	}
	found := map[key][]spot{}
	wide := map[key]bool{} // some cell of it stands behind more than one space
	var order []key
	for n, region := range regions(lines) {
		l := lines[n]
		for i, c := range l.cells {
			if i == 0 || c.space == 0 || l.settled && !c.comment || c.source != l.cells[0].source {
				continue
			}
			k := key{region, c.column, c.comment}
			if found[k] == nil {
				order = append(order, k)
			}
			found[k] = append(found[k], spot{n, i})
			wide[k] = wide[k] || c.gap > 1 || c.comment
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].column < order[j].column })
	var all [][]spot
	for _, k := range order {
		if wide[k] {
			all = append(all, found[k])
		}
	}
	return all
}

// regions numbers the lines so that those which a reader sees as one table share a number: lines of one
// indentation, with no empty line and no line further left between them. Deeper lines in between do not
// matter.
func regions(lines []*line) []int {
	out := make([]int, len(lines))
	open := map[int]int{} // by indentation
	next := 0
	for n, l := range lines {
		for indent := range open {
			if indent > l.indent || l.blank && indent == l.indent {
				delete(open, indent)
			}
		}
		if _, ok := open[l.indent]; !ok {
			open[l.indent] = next
			next++
		}
		out[n] = open[l.indent]
	}
	return out
}

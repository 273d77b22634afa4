package lsp

// moved carries lines of an earlier state of a text over to a later one: those before the first difference stay, those
// behind the last one move along, those between are gone.
type moved struct {
	same  int // lines at the start that are equal
	tail  int // lines at the end that are equal
	old   int
	shift int
}

func movedTo(old, now *document) moved {
	if old == now {
		return moved{same: len(now.lines), old: len(now.lines)}
	}
	a, b := old.lines, now.lines
	n := min(len(a), len(b))
	m := moved{old: len(a), shift: len(b) - len(a)}
	equal := func(x, y *line) bool { return x == y || x.text == y.text }
	for m.same < n && equal(a[m.same], b[m.same]) {
		m.same++
	}
	for m.tail < n-m.same && equal(a[len(a)-1-m.tail], b[len(b)-1-m.tail]) {
		m.tail++
	}
	return m
}

// line gives the new number of an old line; false where it is gone.
func (m moved) line(n int) (int, bool) {
	switch {
	case n < 0 || n >= m.old:
		return 0, false
	case n < m.same:
		return n, true
	case n >= m.old-m.tail:
		return n + m.shift, true
	}
	return 0, false
}

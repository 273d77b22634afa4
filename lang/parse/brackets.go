package parse

import "slices"

// maxDepth limits the nesting of brackets and of else-if chains: the parser recurses, and no input may
// exhaust the stack.
const maxDepth = 200

var partner = map[string]string{"{": "}", "(": ")", "[": "]", "}": "{", ")": "(", "]": "["}

// balance makes every bracket meet its partner and reports those that did not. Which { is the unclosed one
// is read off the indentation, but only in files whose braces do not add up; in a sound file the lines may
// be indented in any way.
func balance(in []tok, r *report) []tok {
	if balanced(in) {
		return in
	}
	b := balancer{r: r, in: in, out: make([]tok, 0, len(in)+8)}
	for _, t := range in {
		switch {
		case t.is("{"):
			b.missing++
		case t.is("}"):
			b.missing--
		}
	}
	for b.i = range in {
		b.step(in[b.i])
	}
	return b.out
}

// balanced reports whether every bracket has its partner, no { stands inside ( or [, and the nesting is not too deep.
func balanced(toks []tok) bool {
	var stack []byte
	for i := range toks {
		t := &toks[i]
		if t.kind != kOp {
			continue
		}
		n := len(stack)
		switch c := t.text[0]; c {
		case '{', '(', '[':
			if n >= maxDepth || c == '{' && n > 0 && stack[n-1] != '{' {
				return false
			}
			stack = append(stack, c)
		case '}', ')', ']':
			if n == 0 || partner[t.text][0] != stack[n-1] {
				return false
			}
			stack = stack[:n-1]
		}
	}
	return len(stack) == 0
}

// opener is a bracket that waits for its partner.
type opener struct {
	tok
	indent int // column of the first token on its line
	body   int // column of the first token on the first line after it, 0 while unknown
	ends   int // for ( and [: where in out the statement would have ended at a newline, 0 if nowhere yet
}

type balancer struct {
	r       *report
	in, out []tok
	i       int
	stack   []opener
	indent  int  // of the current line
	fresh   bool // the next token is the first of its line
	missing int  // { without a partner, or negative: } without
	dropped int  // depth inside a group that is nested too deeply
}

func (b *balancer) step(t tok) {
	if t.trivia() {
		if t.kind == kNL {
			b.fresh = true
			b.noteEnd()
		}
		b.out = append(b.out, t)
		return
	}
	first := b.fresh || len(b.out) == 0
	b.fresh = false
	if first {
		b.indent = t.pos.Column
		b.line(t)
	}
	if b.dropped > 0 || t.open() && len(b.stack) >= maxDepth {
		b.drop(t)
		return
	}
	switch {
	case t.open():
		if t.is("{") {
			b.closeInline(t)
		}
		b.stack = append(b.stack, opener{tok: t, indent: b.indent})
	case t.is("}"):
		b.closeInline(t)
		if !b.closeBrace(t, first) {
			return
		}
	case t.is(")") || t.is("]"):
		if !b.closeParen(&t) {
			return
		}
	case t.kind == kEOF:
		b.closeInline(t)
		for len(b.stack) > 0 {
			b.unclosed(t)
		}
	}
	b.out = append(b.out, t)
}

func (b *balancer) top() *opener {
	if len(b.stack) == 0 {
		return nil
	}
	return &b.stack[len(b.stack)-1]
}

func (b *balancer) pop() { b.stack = b.stack[:len(b.stack)-1] }

// drop leaves out a group that is nested too deeply.
func (b *balancer) drop(t tok) {
	if b.dropped == 0 {
		b.r.errorf(TooDeep, t, t, "brackets are nested deeper than %d levels", maxDepth).
			WithHelp("split the program into blocks or functions")
		b.r.guess(t)
	}
	switch {
	case t.open():
		b.dropped++
	case t.closing():
		b.dropped--
	case t.kind == kEOF:
		b.dropped = 0
		b.step(t)
	}
}

// line uses the indentation of a new line to find braces that were never closed.
func (b *balancer) line(t tok) {
	if b.missing > 0 && b.opensSection(t) {
		b.closeInline(t)
		for len(b.stack) > 0 {
			b.unclosed(t)
		}
		return
	}
	top := b.top()
	if top == nil || !top.is("{") {
		return
	}
	if top.body == 0 && t.pos.Line > top.pos.Line {
		top.body = t.pos.Column
	}
	for b.missing > 0 && top != nil && top.is("{") && top.body > top.indent && t.kind != kEOF &&
		t.pos.Line > top.pos.Line && (t.pos.Column < top.indent || t.pos.Column == top.indent && !t.is("}")) {
		b.unclosed(t)
		top = b.top()
	}
}

// opensSection reports whether a line starts with what can only be a section: its word at the margin, then
// perhaps a name, then a { or (.
func (b *balancer) opensSection(t tok) bool {
	if t.kind != kName || t.pos.Column != 1 || !slices.Contains(Sections, t.text) {
		return false
	}
	for names, j := 0, b.i+1; ; j++ {
		switch n := b.in[j]; {
		case n.kind == kWS:
		case n.kind == kName && names == 0:
			names++
		default:
			return n.is("{") || n.is("(")
		}
	}
}

// noteEnd remembers where a statement would have ended if the ( at the top of the stack were closed.
func (b *balancer) noteEnd() {
	top := b.top()
	if top == nil || top.is("{") || top.ends != 0 {
		return
	}
	j := b.i + 1
	for b.in[j].trivia() {
		j++
	}
	last := len(b.out) - 1
	for last >= 0 && b.out[last].trivia() {
		last--
	}
	if last >= 0 && !goesOn(b.out[last], b.in[j]) {
		top.ends = last + 1
	}
}

// closeInline closes the ( and [ that a brace or the end of the file shows to be open.
func (b *balancer) closeInline(t tok) {
	for top := b.top(); top != nil && !top.is("{"); top = b.top() {
		b.unclosed(t)
	}
}

// unclosed reports the bracket at the top of the stack and puts its partner in: a ) where the statement
// would have ended, a } before t.
func (b *balancer) unclosed(t tok) {
	o := *b.top()
	b.pop()
	if !b.r.lines[o.pos.Line] { // else an open string has swallowed the partner
		d := b.r.errorf(Unclosed, o.tok, o.tok, "this `%s` is never closed", o.text)
		switch {
		case !o.is("{"):
			d.WithHelp("put a `%s` where the list ends", partner[o.text])
		case t.kind == kEOF:
			d.WithHelp("put a `}` at the end of the file, or where the body ends")
		default:
			d.WithNote(t.front(), "the lines suggest that it ends before here").WithHelp("put a `}` on a line before line %d", t.pos.Line)
		}
	}
	at := len(b.out)
	if o.ends != 0 {
		at = o.ends
	} else {
		for at > 0 && b.out[at-1].trivia() {
			at--
		}
	}
	place := b.out[at-1].end
	if !o.is("{") {
		b.r.guess(o.tok)
	}
	b.out = slices.Insert(b.out, at, made(kOp, partner[o.text], place))
	if o.is("{") {
		b.missing--
	}
}

// closeBrace handles a } and reports whether it stays.
func (b *balancer) closeBrace(t tok, first bool) bool {
	top := b.top()
	stray := top == nil
	if !stray && b.missing < 0 && t.pos.Line > top.pos.Line && top.body > top.indent {
		stray = !first || t.pos.Column != top.indent
	}
	if stray {
		b.missing++
		b.r.errorf(ClosesNothing, t, t, "this `}` closes nothing").WithHelp("remove it").
			WithFix(t.span(), "", "remove the }")
		b.r.guess(t)
		return false
	}
	b.pop()
	return true
}

// closeParen handles a ) or ] and reports whether it stays.
func (b *balancer) closeParen(t *tok) bool {
	top := b.top()
	if top == nil || top.is("{") {
		b.r.errorf(ClosesNothing, *t, *t, "this `%s` closes nothing", t.text).WithHelp("remove it").
			WithFix(t.span(), "", "remove the "+t.text)
		b.r.guess(*t)
		return false
	}
	if top.text == partner[t.text] {
		b.pop()
		return true
	}
	if n := len(b.stack); n > 1 && b.stack[n-2].text == partner[t.text] {
		b.unclosed(*t) // the inner one was forgotten
		b.pop()
		return true
	}
	right := partner[top.text]
	b.r.errorf(ClosesNothing, *t, *t, "`%s` is closed by `%s`", top.text, t.text).
		WithNote(top.span(), "the `%s` is here", top.text).
		WithHelp("write `%s`", right).WithFix(t.span(), right, "write "+right)
	t.text = right
	b.pop()
	return true
}

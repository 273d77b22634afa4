package parse

import "slices"

// A newline does not end a statement after these tokens (nothing can end with them) ...
var continuesAfter = wordSet(", { ( [ = .. + - * / == != < <= > >= . instead of as in and or not let")

// ... nor before these words (nothing can start with them).
var continuesBefore = wordSet("instead as else and or of")

// endStatements puts an EOL token where a statement ends: for each ";", for a newline unless the line
// goes on, and before a "}" or the end of the file when a statement is open there. The EOL stands directly
// behind the statement's last token, before any comment. Trivia stay. The tokens go into buf, as far as they fit.
func endStatements(in, buf []tok) []tok {
	out := slices.Grow(buf[:0], len(in)+len(in)/4)
	last := -1 // index in out of the last token that is no trivia
	depth := 0 // open ( and [
	newline := false
	end := func() {
		out = append(out, tok{})
		copy(out[last+2:], out[last+1:])
		at := out[last].end
		out[last+1] = tok{kind: kEOL, text: "\n", pos: at, end: at}
		last++
	}
	open := func() bool { return last >= 0 && out[last].kind != kEOL && !out[last].is("{") }
	for _, t := range in {
		if t.trivia() {
			newline = newline || t.kind == kNL && depth == 0
			out = append(out, t)
			continue
		}
		if newline && open() && !goesOn(out[last], t) {
			end()
		}
		newline = false
		if (t.is("}") || t.kind == kEOF) && open() {
			end()
		}
		switch {
		case t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			depth = max(depth-1, 0)
		case t.is("{") || t.is("}"):
			depth = 0 // a brace inside ( ) is an error anyway
		case t.is(";"):
			t.kind = kEOL
		}
		out = append(out, t)
		last = len(out) - 1
	}
	return out
}

// goesOn reports whether a statement continues over the newline between two tokens.
func goesOn(before, after tok) bool {
	return (before.kind == kOp || before.kind == kWord) && continuesAfter[before.text] ||
		after.kind == kWord && continuesBefore[after.text]
}

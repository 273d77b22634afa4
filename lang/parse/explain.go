package parse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

// statement is one hollow statement (its bodies are empty) that the grammar refuses at token at; at may be
// len(toks), the end. Explain says why, from the token and the head of the statement, and mends what can
// be mended without doubt.
type statement struct {
	toks []tok
	at   int
	top  bool // it stands at the top level
	*report
}

// remedy is what explain did: tokens to try instead, or a cut that makes two statements of one, or
// nothing, when the statement is beyond repair.
type remedy struct {
	toks []tok
	cut  int // first token of the second statement; 0 for no cut
}

var beyondRepair = remedy{}

// rule explains one kind of mistake. It reports whether it did.
type rule func(*statement) (remedy, bool)

// rules in the order of trial: the particular before the general.
var explanations = []rule{
	(*statement).topWord,
	(*statement).fileWord,
	(*statement).params,
	(*statement).stray,
	(*statement).headParens,
	(*statement).loop,
	(*statement).reservedName,
	(*statement).alternative,
	(*statement).order,
	(*statement).equals,
	(*statement).unit,
	(*statement).swallowed,
	(*statement).missingValue,
	(*statement).separator,
	(*statement).missingBody,
	(*statement).chained,
	(*statement).missingEquals,
	(*statement).missingComma,
}

func (s *statement) explain() remedy {
	for _, rule := range explanations {
		if fix, ok := rule(s); ok {
			return fix
		}
	}
	return s.anything()
}

// tok returns token i; before the start and behind the end stand EOLs.
func (s *statement) tok(i int) tok {
	switch {
	case i < 0:
		return made(kEOL, "", s.toks[0].pos)
	case i >= len(s.toks):
		return made(kEOL, "", s.toks[len(s.toks)-1].end)
	}
	return s.toks[i]
}

func (s *statement) t() tok     { return s.tok(s.at) }
func (s *statement) prev() tok  { return s.tok(s.at - 1) }
func (s *statement) next() tok  { return s.tok(s.at + 1) }
func (s *statement) first() tok { return s.toks[0] }

// node reports whether the statement is an ordinary one: a word with arguments.
func (s *statement) node() bool {
	return !s.top && (s.first().kind == kName || s.first().word("off"))
}

func (s *statement) section() bool {
	return s.top && s.first().kind == kName && slices.Contains(Sections, s.first().text)
}

// headLen counts the tokens of a node's head.
func (s *statement) headLen() int {
	n := 1
	for s.first().kind == kName && s.tok(n).is(".") && s.tok(n+1).kind == kName {
		n += 2
	}
	return n
}

func (s *statement) headText() string {
	text := ""
	for _, t := range s.toks[:s.headLen()] {
		text += t.text
	}
	return text
}

// opener returns the index of the innermost ( or [ that is open at the error, or -1.
func (s *statement) opener() int {
	depth := 0
	for i := min(s.at, len(s.toks)) - 1; i >= 0; i-- {
		switch t := s.toks[i]; {
		case t.is(")") || t.is("]"):
			depth++
		case t.is("(") || t.is("["):
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// partner returns the index of the bracket that closes the one at i.
func (s *statement) partner(i int) int {
	depth := 0
	for ; i < len(s.toks); i++ {
		if t := s.toks[i]; t.open() {
			depth++
		} else if t.closing() {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s.toks)
}

func (s *statement) replace(i int, t tok) remedy {
	out := slices.Clone(s.toks)
	out[i] = t
	return remedy{toks: out}
}

func (s *statement) insert(i int, t tok) remedy {
	return remedy{toks: slices.Insert(slices.Clone(s.toks), i, t)}
}

func (s *statement) remove(indices ...int) remedy {
	out := make([]tok, 0, len(s.toks))
	for i, t := range s.toks {
		if !slices.Contains(indices, i) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return beyondRepair
	}
	return remedy{toks: out}
}

// endsValue reports whether a value can end with t.
func endsValue(t tok) bool {
	return t.kind == kName || t.kind == kNumber || t.kind == kString || t.oneOf(")", "]", "%") ||
		t.word("true") || t.word("false") || t.word("nothing")
}

// startsValue reports whether a value can start with t.
func startsValue(t tok) bool {
	return t.kind == kName || t.kind == kNumber || t.kind == kString || t.oneOf("(", "[", "-") ||
		t.word("true") || t.word("false") || t.word("nothing") || t.word("not")
}

var comparisons = []string{"==", "!=", "<=", ">=", "<", ">"}

// wantsValue reports whether a value must follow t.
func wantsValue(t tok) bool {
	return t.oneOf("=", ",", "+", "-", "*", "/", "..", "(", "[") || t.oneOf(comparisons...) ||
		t.kind == kWord && slices.Contains([]string{"and", "or", "not", "in", "of", "if", "repeat"}, t.text)
}

// describe names a token in a message.
func describe(t tok) string {
	switch t.kind {
	case kEOL, kEOF:
		if t.text == ";" {
			return "`;`"
		}
		return "the end of the statement"
	case kString:
		return "the string " + t.text
	case kNumber:
		return "the number " + t.text
	case kWord:
		return "the reserved word `" + t.text + "`"
	}
	return "`" + t.text + "`"
}

// topWord explains a construct of the top level that starts with none of the words that may.
func (s *statement) topWord() (remedy, bool) {
	t := s.t()
	if !s.top || s.at != 0 {
		return beyondRepair, false
	}
	const known = "at the top level stand `use`, `extend`, `let` and the sections data, model, block, train, study, trick"
	if t.kind == kWord && slices.Contains([]string{"if", "for", "repeat", "off"}, t.text) {
		s.errorf(OutsideSection, t, t, "`%s` stands outside of any section", t.text).
			WithHelp("put it into the section that it belongs to; %s", known)
		return beyondRepair, true
	}
	if t.kind != kName {
		s.errorf(Unexpected, t, t, "%s cannot start anything here", describe(t)).WithHelp("%s", known)
		return beyondRepair, true
	}
	if t.text == "net" {
		s.errorf(BadVersion, t, t, "the version line stands before everything else").
			WithHelp("move `net 1` to the first line of the file")
		return beyondRepair, true
	}
	if ours, ok := topSynonyms[t.text]; ok {
		d := s.errorf(UnknownSection, t, t, "no construct starts with `%s`", t.text)
		if ours.word == "" {
			d.WithHelp("%s", ours.help)
			return beyondRepair, true
		}
		d.WithHelp("write `%s`%s", ours.word, ours.help).WithFix(t.span(), ours.word, "write "+ours.word)
		return s.replace(0, word(t, ours.word)), true
	}
	if near, ok := spell.Nearest(t.text, append([]string{"use", "extend", "let"}, Sections...)); ok && s.looksTop(near) {
		s.errorf(UnknownSection, t, t, "no construct starts with `%s`", t.text).
			WithHelp("did you mean `%s`?", near).WithFix(t.span(), near, "write "+near)
		return s.replace(0, word(t, near)), true
	}
	if s.looksTop("model") {
		s.errorf(UnknownSection, t, t, "no section is called `%s`", t.text).WithHelp("%s", known)
		return beyondRepair, true
	}
	s.errorf(OutsideSection, t, t, "the statement `%s` stands outside of any section", t.text).
		WithHelp("layers belong into a model or block, settings into train, edits into extend; %s", known)
	return beyondRepair, true
}

// topSynonyms maps what other languages call a construct to its name here.
var topSynonyms = map[string]struct{ word, help string }{
	"import":       {"use", " with the file in quotes"},
	"include":      {"use", " with the file in quotes"},
	"require":      {"use", " with the file in quotes"},
	"base":         {"extend", " with the file in quotes"},
	"inherit":      {"extend", " with the file in quotes"},
	"var":          {"let", ""},
	"const":        {"let", ""},
	"func":         {"let", ": functions are `let f(x) = x + 1`"},
	"def":          {"", "a function is `let f(x) = x + 1`, a group of layers `block name(x) { … }`"},
	"class":        {"", "a group of layers is `block name(x) { … }`, a network `model name { … }`"},
	"module":       {"block", ""},
	"layer":        {"block", ""},
	"network":      {"model", ""},
	"architecture": {"model", ""},
	"dataset":      {"data", ""},
	"datasource":   {"data", ""},
	"training":     {"train", ""},
	"trainer":      {"train", ""},
	"fit":          {"train", ""},
	"experiment":   {"study", ""},
	"ablation":     {"study", ""},
	"sweep":        {"study", ""},
	"technique":    {"trick", ""},
}

// word is t with another text, of the right kind.
func word(t tok, text string) tok {
	t.text, t.kind = text, kName
	if reserved[text] {
		t.kind = kWord
	}
	return t
}

// looksTop reports whether what follows the first word fits the construct that it may have been meant
// to be.
func (s *statement) looksTop(as string) bool {
	switch as {
	case "use", "extend":
		return s.tok(1).kind == kString
	case "let":
		return s.tok(1).kind == kName && s.tok(2).oneOf("=", "(")
	}
	i := 1
	if s.tok(i).kind == kName {
		i++
	}
	return s.tok(i).is("{") || s.tok(i).is("(") && s.tok(s.partner(i)+1).is("{")
}

// fileWord explains mistakes in use and extend.
func (s *statement) fileWord() (remedy, bool) {
	first, t, p := s.first(), s.t(), s.prev()
	if !s.top || first.kind != kName || first.text != "use" && first.text != "extend" {
		return beyondRepair, false
	}
	switch {
	case s.at == 1:
		s.errorf(Unexpected, t, t, "after `%s` comes a file in double quotes, not %s", first.text, describe(t)).
			WithHelp("write `%s \"file.net\"`", first.text)
	case first.text == "use" && t.is("{"):
		s.errorf(Unexpected, t, t, "`use` takes definitions only and has no body").
			WithHelp("to edit a whole program, write `extend %s { … }`", s.tok(1).text)
	case first.text == "extend" && t.word("as"):
		s.errorf(Unexpected, t, t, "`extend` takes the whole program under its own names").
			WithHelp("to reach definitions under a name, write `use %s as name`", s.tok(1).text)
	case first.text == "use" && s.at == 2 && t.kind == kName:
		s.errorf(Unexpected, t, t, "%s cannot follow %s", describe(t), describe(p)).
			WithHelp("a name for the file is written `use %s as %s`", s.tok(1).text, t.text).
			WithFix(t.front(), "as ", "write as")
		return s.insert(s.at, made(kWord, "as", t.pos)), true
	default:
		return beyondRepair, false
	}
	return beyondRepair, true
}

// params explains a parameter list that is none. Participle gives up at its (, so the place is looked up here.
func (s *statement) params() (remedy, bool) {
	open := s.opener()
	if s.t().is("(") && (s.section() && s.at <= 2 || s.first().word("let") && s.at == 2) {
		open = s.at
	} else if !s.paramList() {
		return beyondRepair, false
	}
	for i := open + 1; i < len(s.toks) && !s.toks[i].is(")"); i++ {
		t, next := s.toks[i], s.tok(i+1)
		starts := s.toks[i-1].oneOf("(", ",")
		switch {
		case starts && t.kind == kWord:
			s.errorf(ReservedWord, t, t, "`%s` is a reserved word and cannot be a name", t.text).
				WithHelp("choose another name, say `%s_`", t.text)
			t.kind = kName
			return s.replace(i, t), true
		case starts && t.kind != kName:
			s.errorf(Unexpected, t, t, "a parameter is a name, perhaps with a default, not %s", describe(t)).
				WithHelp("write `(a, b = 1)`")
			return beyondRepair, true
		case starts && (next.kind == kNumber || next.kind == kString):
			s.errorf(Unexpected, next, next, "%s cannot follow the parameter `%s`", describe(next), t.text).
				WithHelp("a default is written `%s = %s`", t.text, next.text).WithFix(t.behind(), " =", "write =")
			return s.insert(i+1, made(kOp, "=", t.end)), true
		case starts && next.kind == kName:
			s.errorf(MissingComma, next, next, "a comma is missing between `%s` and `%s`", t.text, next.text).
				WithHelp("write `%s, %s`", t.text, next.text).WithFix(t.behind(), ",", "write a comma")
			return s.insert(i+1, made(kOp, ",", t.end)), true
		case t.open():
			i = s.partner(i)
		}
	}
	return beyondRepair, false
}

// stray explains an else without an if, and its misspellings.
func (s *statement) stray() (remedy, bool) {
	t, p := s.t(), s.prev()
	if t.word("else") {
		s.errorf(StrayElse, t, t, "this `else` has no `if` before it").
			WithHelp("an else follows the } of its if: `if x > 1 { … } else { … }`")
		return beyondRepair, true
	}
	if !s.first().word("if") || !p.is("}") || t.kind != kName {
		return beyondRepair, false
	}
	near, ok := spell.Nearest(t.text, []string{"else"})
	elif := t.text == "elif" || t.text == "elsif" || t.text == "elseif"
	switch {
	case elif:
		s.errorf(StrayElse, t, t, "`%s` is not a word of the language", t.text).WithHelp("write `else if`").
			WithFix(t.span(), "else if", "write else if")
		fix := s.replace(s.at, word(t, "else"))
		fix.toks = slices.Insert(fix.toks, s.at+1, made(kWord, "if", t.end))
		return fix, true
	case ok && (s.next().is("{") || s.next().word("if")):
		s.errorf(StrayElse, t, t, "`%s` is not a word of the language", t.text).WithHelp("did you mean `%s`?", near).
			WithFix(t.span(), near, "write "+near)
		return s.replace(s.at, word(t, near)), true
	}
	return beyondRepair, false
}

// headParens explains conv(16, kernel = 3): the word that starts a statement takes its arguments bare.
func (s *statement) headParens() (remedy, bool) {
	if !s.node() {
		return beyondRepair, false
	}
	open, head := s.opener(), s.headLen()
	if open != head || !s.t().oneOf(",", "=", ")") {
		return beyondRepair, false
	}
	close := s.partner(open)
	s.reportHeadParens(s.headText(), s.toks[open], s.tok(close))
	return s.remove(open, close), true
}

func (r *report) reportHeadParens(head string, open, close tok) {
	r.list.Add(headParens(head, open.span(), close.span()))
}

func headParens(head string, open, close diag.Span) *diag.Diagnostic {
	return diag.Errorf(HeadParens, diag.Span{Start: open.Start, End: close.End}, "`%s` takes its arguments without parentheses", head).
		WithHelp("write `%s …` without the ( ); only calls inside a statement have them, as in `optimizer sgd(lr = 0.1)`", head).
		WithFix(open, " ", "remove the parentheses").WithFix(close, "", "remove the parentheses")
}

// loop explains a for that is not `for NAME in VALUES { }`.
func (s *statement) loop() (remedy, bool) {
	t := s.t()
	if !s.first().word("for") || s.at > 2 && !slices.ContainsFunc(s.toks[:min(s.at, 3)], func(t tok) bool { return t.is("(") }) {
		return beyondRepair, false
	}
	if s.at == 1 && t.kind == kWord {
		return beyondRepair, false // a reserved word as the name
	}
	d := s.errorf(BadLoop, t, t, "a loop is written `for NAME in VALUES { … }`; %s does not fit", describe(t))
	if s.at == 2 && (t.is("=") || t.word("of")) {
		d.WithHelp("write `in`").WithFix(t.span(), "in", "write in")
		return s.replace(2, word(t, "in")), true
	}
	d.WithHelp("for example `for i in 1..3 { … }` or `for width in [32, 64] { … }`")
	return beyondRepair, true
}

// reservedName explains a reserved word where a name stands.
func (s *statement) reservedName() (remedy, bool) {
	t, p := s.t(), s.prev()
	if t.kind != kWord {
		return beyondRepair, false
	}
	if s.at == 0 {
		s.errorf(ReservedWord, t, t, "a statement cannot start with the reserved word `%s`", t.text).
			WithHelp("statements start with a name, `let`, `if`, `for` or `repeat`")
		return beyondRepair, true
	}
	named := p.is(".") || p.word("let") || p.word("as") || p.word("for") || s.section() && s.at == 1 ||
		s.next().is("=") && (p.oneOf(",", "(") || s.at == s.headLen())
	if !named && s.paramList() {
		named = p.oneOf(",", "(")
	}
	if !named && s.node() && startsArg(p, s.at == s.headLen()) && s.argEnds(s.next()) && !t.word("off") && !t.word("instead") && !t.word("as") {
		named = true
	}
	if !named {
		return beyondRepair, false
	}
	s.errorf(ReservedWord, t, t, "`%s` is a reserved word and cannot be a name", t.text).
		WithHelp("choose another name, say `%s_`", t.text)
	t.kind = kName
	fix := s.replace(s.at, t)
	if n := s.next(); continuesAfter[t.text] && n.pos.Line > t.pos.Line && s.opener() < 0 {
		fix.cut = s.at + 1 // as a reserved word it has kept the line from ending
	}
	return fix, true
}

func startsArg(p tok, head bool) bool { return head || p.oneOf(",", "=", "(", "[") }

func (s *statement) argEnds(t tok) bool {
	return t.kind == kEOL || t.oneOf(",", ")", "]", "{", "}")
}

// paramList reports whether the error stands in the parameters of a section or function.
func (s *statement) paramList() bool {
	open := s.opener()
	if open < 0 || !s.toks[open].is("(") {
		return false
	}
	return s.section() && open <= 2 || s.first().word("let") && open == 2
}

// alternative explains mistakes around `instead of`.
func (s *statement) alternative() (remedy, bool) {
	t, p := s.t(), s.prev()
	if p.word("instead") && !t.word("of") {
		s.errorf(MissingOf, p, p, "`instead` is followed by %s, not by `of`", describe(t)).
			WithHelp("an off form is written `X instead of Y`").WithFix(p.behind(), " of", "write of")
		return s.insert(s.at, made(kWord, "of", p.end)), true
	}
	at := s.at // of the word instead
	if p.word("of") && s.tok(s.at-2).word("instead") {
		at = s.at - 2
	}
	here := s.tok(at)
	if !here.word("instead") {
		return beyondRepair, false
	}
	for i := range at {
		if s.toks[i].word("instead") {
			s.errorf(SecondAlternative, here, s.tok(at+1), "a statement has one `instead of`, and this is its second").
				WithNote(between(s.toks[i], s.tok(i+1)), "the first one").
				WithHelp("a trick has two forms, on and off; give the third one a `try` in a study")
			return beyondRepair, true
		}
	}
	whole := s.tok(at+2).is("{") || s.tok(at+2).word("nothing")
	switch {
	case s.tok(at-2).word("as") && at == s.at:
		s.errorf(WordOrder, here, s.tok(at+1), "`instead of` comes before `as %s`", s.prev().text).
			WithHelp("the order is: arguments, body, instead of, as NAME, off")
	case whole && (s.opener() >= 0 || !s.node()):
		s.errorf(NothingAsValue, here, s.tok(at+2), "only a whole statement can be replaced by `%s`", s.tok(at+2).text).
			WithHelp("write it at the end of the statement, outside of parentheses; a let, loop or condition has no off form of its own")
	case at == s.at && (s.first().word("if") || s.first().word("for") || s.first().word("repeat") || s.top):
		s.errorf(NothingAsValue, here, s.tok(at+1), "`%s` has no off form", s.first().text).
			WithHelp("put the `instead of` on the statements inside")
	case at < s.at && t.kind == kEOL:
		s.errorf(MissingValue, p, p, "nothing follows `instead of`").
			WithHelp("write the off form: a value, `nothing`, or statements in { }")
	case at < s.at && s.tok(at-1).is("}"):
		s.errorf(Unexpected, t, t, "after a body, the off form is `nothing` or { }, not %s", describe(t)).
			WithHelp("write `instead of nothing` or `instead of { … }`")
	default:
		return beyondRepair, false
	}
	return beyondRepair, true
}

// order explains endings of a statement in the wrong order.
func (s *statement) order() (remedy, bool) {
	t, p := s.t(), s.prev()
	const right = "the order is: arguments, body, instead of, as NAME, off"
	switch {
	case t.kind == kEOL:
		return beyondRepair, false
	case p.word("as") && !t.is("="):
		s.errorf(Unexpected, t, t, "after `as` comes a name, not %s", describe(t)).WithHelp("write `as skip`, say")
	case p.word("off") && s.at > 1 && s.node():
		s.errorf(WordOrder, p, p, "`off` comes last, but %s follows it", describe(t)).WithHelp("%s", right)
	case s.tok(s.at-2).word("as") && !t.closing() && s.at > 2:
		if p.kind == kName && startsValue(t) && t.pos.Line > p.end.Line {
			return beyondRepair, false
		}
		s.errorf(WordOrder, s.tok(s.at-2), p, "`as %s` comes at the end, but %s follows it", p.text, describe(t)).WithHelp("%s", right)
	default:
		return beyondRepair, false
	}
	return beyondRepair, true
}

// equals explains a stray = sign.
func (s *statement) equals() (remedy, bool) {
	t := s.t()
	if !t.is("=") {
		return beyondRepair, false
	}
	switch {
	case s.first().word("if") || s.first().word("repeat"):
		s.errorf(EqualsInCondition, t, t, "a single `=` does not compare").WithHelp("write `==`").WithFix(t.span(), "==", "write ==")
		t.text = "=="
		return s.replace(s.at, t), true
	case s.node() && s.at == s.headLen():
		head := s.headText()
		d := s.errorf(EqualsAfterHead, t, t, "`%s` takes its value without `=`", head)
		if strings.Contains(head, ".") {
			d.WithHelp("an edit is written `set %s = …`", head).WithFix(s.first().front(), "set ", "write set")
			return s.insert(0, made(kName, "set", s.first().pos)), true
		}
		d.WithHelp("write `%s %s`", head, s.textFrom(s.at+1)).WithFix(t.span(), "", "remove the =")
		return s.remove(s.at), true
	}
	return beyondRepair, false
}

// textFrom writes a few tokens for a help line.
func (s *statement) textFrom(i int) string {
	var b strings.Builder
	for n := 0; i < len(s.toks) && n < 8; i, n = i+1, n+1 {
		if s.toks[i].is("{") {
			break
		}
		if n > 0 && !s.toks[i-1].touches(s.toks[i]) {
			b.WriteByte(' ')
		}
		b.WriteString(s.toks[i].text)
	}
	if b.Len() == 0 || i < len(s.toks) && b.Len() > 0 && !s.toks[i].is("{") {
		b.WriteString(" …")
	}
	return strings.TrimSpace(b.String())
}

// foreignUnits maps units of other languages to ours.
var foreignUnits = map[string]string{
	"second": "s", "seconds": "s", "sec": "s", "secs": "s", "minute": "min", "minutes": "min", "mins": "min", "m": "min",
	"hr": "h", "hrs": "h", "d": "days", "msec": "ms", "millis": "ms", "iteration": "steps", "iterations": "steps",
	"iter": "steps", "iters": "steps", "batches": "steps", "percent": "%", "pixel": "px", "pixels": "px", "degree": "deg",
	"degrees": "deg", "kb": "KB", "mb": "MB", "gb": "GB", "kB": "KB", "k": "", "K": "", "M": "", "G": "", "point": "points",
	"week": "", "weeks": "", "TB": "", "bytes": "", "B": "",
}

// nearUnits are the units that a misspelt one may stand for, the plural before the singular.
var nearUnits = slices.Sorted(slices.Values(ast.Units))

func init() { slices.Reverse(nearUnits) }

// unit explains a number with a word behind it that is no unit.
func (s *statement) unit() (remedy, bool) {
	t, p := s.t(), s.prev()
	if p.kind != kNumber || t.kind != kName || t.pos.Line != p.pos.Line {
		return beyondRepair, false
	}
	if s.next().oneOf("=", ".", "(", "[") {
		return beyondRepair, false // a missing comma
	}
	ours, foreign := foreignUnits[t.text]
	if !foreign {
		var near bool
		if ours, near = spell.Nearest(t.text, nearUnits); !near && !p.touches(t) {
			return beyondRepair, false
		}
	}
	d := s.errorf(UnknownUnit, t, t, "`%s` is not a unit", t.text)
	if ours != "" {
		d.WithHelp("did you mean `%s %s`?", p.text, ours).WithFix(t.span(), ours, "write "+ours)
		t.text = ours
		if ours == "%" {
			t.kind = kOp
		}
		return s.replace(s.at, t), true
	}
	d.WithHelp("the units are %s", strings.Join(ast.Units, ", "))
	return s.remove(s.at), true
}

// swallowed explains a comma or operator at the end of a line that made the next statement part of this one.
func (s *statement) swallowed() (remedy, bool) {
	if !s.node() || s.opener() >= 0 {
		return beyondRepair, false
	}
	line := s.t().pos.Line
	if s.t().kind == kEOL {
		line = s.prev().pos.Line
	}
	i := min(s.at, len(s.toks)) - 1
	for ; i > 0 && s.toks[i].pos.Line == line; i-- {
	}
	if i <= 0 || i+1 >= len(s.toks) || s.toks[i].kind != kOp || !continuesAfter[s.toks[i].text] {
		return beyondRepair, false
	}
	begin := s.toks[i+1]
	if begin.pos.Column > s.first().pos.Column || begin.kind != kName {
		return beyondRepair, false
	}
	comma := s.toks[i]
	if !comma.is(",") {
		s.errorf(MissingValue, comma, comma, "a value is missing after `%s`", comma.text).
			WithNote(begin.span(), "the statement goes on here, on the next line").
			WithHelp("write the value, or remove the `%s`", comma.text)
		return remedy{toks: s.toks, cut: i + 1}, true
	}
	s.errorf(SwallowedLine, comma, comma, "this comma continues the statement on the next line").
		WithNote(begin.span(), "so `%s` is read as an argument of `%s`", begin.text, s.headText()).
		WithHelp("remove the comma if `%s` is a statement of its own", begin.text).
		WithFix(comma.span(), "", "remove the comma")
	fix := s.remove(i)
	fix.cut = i
	return fix, true
}

// missingValue explains an operator, comma or bracket that nothing follows.
func (s *statement) missingValue() (remedy, bool) {
	t, p := s.t(), s.prev()
	if s.node() && s.at == s.headLen() && t.is(",") {
		s.errorf(MissingValue, t, t, "no argument stands between `%s` and the comma", s.headText()).
			WithHelp("remove the comma").WithFix(t.span(), "", "remove the comma")
		return s.remove(s.at), true
	}
	if !wantsValue(p) || startsValue(t) && !(t.is("-") && p.is("-")) {
		return beyondRepair, false
	}
	if t.kind == kWord && t.kind != kEOL && !slices.Contains([]string{"and", "or", "as", "instead", "of", "in", "off", "else"}, t.text) {
		return beyondRepair, false
	}
	switch {
	case p.is(",") && (t.kind == kEOL || t.is("{")):
		s.errorf(MissingValue, p, p, "an argument is missing after this comma").
			WithHelp("remove the comma, or write the argument").WithFix(p.span(), "", "remove the comma")
		return s.remove(s.at - 1), true
	case t.is(","):
		s.errorf(MissingValue, t, t, "a value is missing between %s and `,`", describe(p)).WithHelp("remove one of them, or write the value")
		if p.is(",") {
			return s.remove(s.at), true
		}
	case p.is("[") && t.is("]"):
		s.errorf(MissingValue, p, t, "the index is missing").WithHelp("write a number from 1, or `*` for each one")
	case p.is("(") && t.is(")"):
		s.errorf(MissingValue, p, t, "there is nothing between the parentheses").WithHelp("write the value, or remove the parentheses")
	case t.kind == kEOL:
		s.errorf(MissingValue, p, p, "a value is missing after `%s`", p.text).WithHelp("write the value, or remove the `%s`", p.text)
	default:
		s.errorf(MissingValue, t, t, "a value is missing between `%s` and %s", p.text, describe(t)).WithHelp("write the value")
	}
	return beyondRepair, true
}

// separator explains two statements on one line.
func (s *statement) separator() (remedy, bool) {
	t, p := s.t(), s.prev()
	starts := t.kind == kName || t.kind == kWord && slices.Contains([]string{"let", "if", "for", "repeat"}, t.text)
	if !starts || s.at == 0 {
		return beyondRepair, false
	}
	// Behind a body or a label nothing of the same statement can follow; a word like for cannot be inside one.
	if !p.is("}") && t.kind == kName {
		return beyondRepair, false
	}
	if t.kind == kWord && (s.opener() >= 0 || !endsValue(p) && !p.is("}")) {
		return beyondRepair, false
	}
	what := "another statement"
	if s.top {
		what = "another construct"
	}
	s.errorf(MissingSeparator, t, t, "%s starts here without a separator", what).
		WithHelp("put a `;` or a line end before `%s`", t.text).WithFix(p.behind(), ";", "write ;")
	return remedy{toks: s.toks, cut: s.at}, true
}

// missingBody explains a section, loop or condition without { }.
func (s *statement) missingBody() (remedy, bool) {
	t, p, first := s.t(), s.prev(), s.first()
	if s.opener() >= 0 {
		return beyondRepair, false
	}
	switch {
	case p.word("else") && !t.is("{"):
		s.errorf(MissingBody, t, t, "after `else` comes a body in { }, or `if`").WithHelp("write `else { … }`")
		return beyondRepair, true
	case s.section() && t.kind == kEOL:
		s.errorf(MissingBody, p, p, "the section `%s` has no body", first.text).WithHelp("write `%s … { … }`, with the { on the same line", first.text)
		return beyondRepair, true
	case (first.word("if") || first.word("for") || first.word("repeat")) && endsValue(p) && (t.kind == kEOL || startsValue(t) || t.kind == kWord):
		if !slices.ContainsFunc(s.toks[:min(s.at, len(s.toks))], func(t tok) bool { return t.is("{") }) {
			d := s.errorf(MissingBody, t, t, "the body of `%s` is missing", first.text).WithHelp("put the statements into { }")
			if first.word("repeat") && t.kind == kName && s.next().is("{") { // repeat 3 times { … }
				d.Message = fmt.Sprintf("`%s` stands between the count and the body of `repeat`", t.text)
				d.WithHelp("write `repeat %s { … }`", s.prev().text).WithFix(t.span(), "", "remove "+t.text)
				return s.remove(s.at), true
			}
			if t.kind == kEOL {
				d.Span = p.span()
			}
			return beyondRepair, true
		}
	}
	return beyondRepair, false
}

// chained explains a < b < c and 1..2..3.
func (s *statement) chained() (remedy, bool) {
	t := s.t()
	comparing := t.oneOf(comparisons...)
	if !comparing && !t.is("..") {
		return beyondRepair, false
	}
	from := s.opener() + 1
	for i := s.at - 1; i >= from; i-- {
		b := s.toks[i]
		if b.is(",") || b.word("and") || b.word("or") || b.is("=") {
			break
		}
		if comparing && b.oneOf(comparisons...) {
			s.errorf(Chained, t, t, "comparisons do not chain").WithNote(b.span(), "the first comparison").
				WithHelp("join two with `and`: `a < b and b < c`")
			return beyondRepair, true
		}
		if !comparing && b.is("..") {
			s.errorf(Chained, t, t, "ranges do not chain").WithNote(b.span(), "the first range").
				WithHelp("a range has two ends: `1..3`")
			return beyondRepair, true
		}
	}
	return beyondRepair, false
}

// missingEquals explains `lr 0.1` and `at [50%]` among arguments: a name and its value without the = between them.
func (s *statement) missingEquals() (remedy, bool) {
	at := s.at
	open := s.opener()
	if open >= 0 && s.toks[open].is("[") && !s.prev().oneOf("[", ",") {
		// A name with a list behind it reads as a path with an index, which ends too late: at a comma, a unit, a string.
		at, open = open, -1
		for i := at - 1; i >= 0 && open < 0; i-- {
			if s.toks[i].is("(") && s.partner(i) > at {
				open = i
			}
		}
	}
	name, value := s.tok(at-1), s.tok(at)
	literal := value.kind == kNumber || value.kind == kString || value.word("true") || value.word("false") || value.is("[")
	if !s.node() || name.kind != kName || !literal || name.touches(value) || value.pos.Line != name.pos.Line {
		return beyondRepair, false
	}
	switch called := open > 0 && s.toks[open].is("(") && s.toks[open-1].kind == kName; {
	case called && s.tok(at-2).oneOf("(", ","):
	case open < 0 && s.tok(at-2).is(",") && value.kind != kString: // column names follow each other as strings, too
	default:
		return beyondRepair, false
	}
	text := value.text
	if value.is("[") {
		text = "[…]"
	}
	s.errorf(MissingEquals, name, value, "an `=` is missing between `%s` and its value", name.text).
		WithHelp("write `%s = %s`", name.text, text).WithFix(name.behind(), " =", "write =")
	return s.insert(at, made(kOp, "=", name.end)), true
}

// missingComma explains two values side by side.
func (s *statement) missingComma() (remedy, bool) {
	t, p := s.t(), s.prev()
	if !endsValue(p) || !startsValue(t) || t.is("-") {
		return beyondRepair, false
	}
	listed := s.opener() >= 0 || s.node() && s.at > s.headLen()
	if !listed {
		return beyondRepair, false
	}
	d := diag.Errorf(MissingComma, t.span(), "a comma is missing between %s and %s", describe(p), describe(t)).
		WithFix(p.behind(), ",", "write a comma")
	s.list.Add(d)
	switch {
	case p.kind == kNumber && t.kind == kName && !s.next().oneOf("=", "."):
		d.WithHelp("write `%s, %s`; if `%s` was meant as a unit, the units are %s", p.text, t.text, t.text, strings.Join(ast.Units, ", "))
	case s.opener() < 0 && s.tok(s.headLen()).kind == kName && s.at == s.headLen()+1 && p.kind == kName:
		if t.kind == kNumber {
			d.WithHelp("write `%s %s, %s`, or `%s %s = %s` if `%s` names an argument", s.headText(), p.text, t.text, s.headText(), p.text, t.text, p.text).
				WithFix(p.behind(), " =", "write =")
			break
		}
		d.WithHelp("write `%s %s, %s`, or put a `;` between two statements", s.headText(), p.text, t.text)
	default:
		d.WithHelp("write `%s, %s`", p.text, t.text)
	}
	return s.insert(s.at, made(kOp, ",", p.end)), true
}

// anything is the explanation of last resort.
func (s *statement) anything() remedy {
	t, p := s.t(), s.prev()
	where := ""
	if s.node() {
		where = fmt.Sprintf(" in the statement `%s`", s.headText())
	} else if s.first().kind == kWord || s.section() {
		where = fmt.Sprintf(" in `%s`", s.first().text)
	}
	d := diag.Errorf(Unexpected, t.span(), "%s cannot follow %s%s", describe(t), describe(p), where)
	if s.at == 0 {
		d.Message = fmt.Sprintf("%s cannot start a statement", describe(t))
	}
	if t.kind == kEOL && s.at > 0 {
		d = diag.Errorf(Unexpected, p.span(), "the statement ends too early, after %s%s", describe(p), where)
	}
	s.list.Add(d.WithHelp("%s", s.form()))
	return beyondRepair
}

// form shows how a statement of this kind is written.
func (s *statement) form() string {
	switch f := s.first(); {
	case s.at == 0:
		return "a statement starts with a name, `let`, `if`, `for` or `repeat`"
	case f.word("let"):
		return "the form is `let NAME = VALUE` or `let NAME(a, b) = VALUE`"
	case f.word("if"):
		return "the form is `if CONDITION { … } else { … }`"
	case f.word("for"):
		return "the form is `for NAME in VALUES { … } as NAME`"
	case f.word("repeat"):
		return "the form is `repeat COUNT { … } as NAME`"
	case s.section():
		return fmt.Sprintf("the form is `%s NAME(a, b = 1) { … }`; name and parameters may be absent", f.text)
	case f.text == "use" && s.top:
		return "the form is `use \"file.net\" as NAME`"
	case f.text == "extend" && s.top:
		return "the form is `extend \"file.net\" { edits }`"
	}
	return "the form is `name value, key = value { … }`, then perhaps `instead of …`, `as NAME`, `off`"
}

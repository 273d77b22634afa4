package lsp

import (
	"context"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/parse"
)

// usage is a callee with its parameters as one would write it: conv channels, kernel = 3, …
func usage(c *callee) string {
	var parts []string
	for _, p := range c.params {
		switch {
		case p.positional && p.required:
			parts = append(parts, p.name)
		case p.value != "":
			parts = append(parts, p.name+" = "+p.value)
		case p.required:
			parts = append(parts, p.name+" =")
		default:
			parts = append(parts, "["+p.name+"]")
		}
	}
	if c.rest != nil {
		parts = append(parts, c.rest.Name+" …")
	}
	list := strings.Join(parts, ", ")
	if c.sig != nil && isConstructor(c.sig.Kind) {
		if list == "" {
			return c.name
		}
		return c.name + "(" + list + ")"
	}
	return strings.TrimSpace(c.name + " " + list)
}

func isConstructor(k catalog.Kind) bool {
	switch k {
	case catalog.Layer, catalog.Data, catalog.Augment, catalog.Train, catalog.Study, catalog.Card, catalog.Edit:
		return false
	}
	return true
}

// docOf is the documentation of a construct, in Markdown.
func docOf(sig *catalog.Signature) string {
	var b strings.Builder
	b.WriteString(sig.Doc)
	if len(sig.Params) > 0 {
		b.WriteString("\n")
		for _, p := range sig.Params {
			fmt.Fprintf(&b, "\n- `%s`", p.Name)
			if p.Default != nil && p.Default.IsSet() {
				fmt.Fprintf(&b, " = `%s`", p.Default)
			}
			fmt.Fprintf(&b, ": %s", p.Type.Describe())
			if p.Doc != "" {
				fmt.Fprintf(&b, ". %s", strings.TrimSuffix(sentence(p.Doc), "."))
			}
		}
	}
	if sig.Rest != nil && sig.Rest.Doc != "" {
		fmt.Fprintf(&b, "\n\n`%s`: %s", sig.Rest.Name, sig.Rest.Doc)
	}
	if sig.Paper != "" {
		fmt.Fprintf(&b, "\n\n*%s*", sig.Paper)
	}
	if sig.NotYet != "" {
		fmt.Fprintf(&b, "\n\n**Read, but not carried out yet**: %s.", sig.NotYet)
	}
	return b.String()
}

func code(text string) string { return "```net\n" + text + "\n```" }

func (s *server) hover(_ context.Context, p *positionParams) (*hover, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	at := v.doc.at(p.Position)
	t, _, ok := v.doc.tree().tokenAt(at)
	if !ok {
		return nil, nil
	}
	text := v.hoverText(t)
	if text == "" {
		return nil, nil
	}
	r := v.doc.tokenRange(t)
	return &hover{markdown(text), &r}, nil
}

func (v *view) hoverText(t tok) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	y := v.meaning(t)
	if y == nil {
		switch {
		case t.kind == parse.Word:
			add(keywords[t.text])
		case t.kind == parse.Name:
			if s, i := v.doc.tree().statementAt(t); s != nil && i == 0 && s.in.owner == nil {
				for _, i := range topItems {
					if i.label == t.text {
						add(i.doc)
					}
				}
				add(v.sectionFacts(s))
			} else if s != nil {
				add(v.columnText(s, t))
			}
		case t.kind == parse.String:
			if s, _ := v.doc.tree().statementAt(t); s != nil {
				add(v.columnText(s, t))
			}
		}
		return strings.Join(parts, "\n\n---\n\n")
	}
	switch {
	case y.file != "":
		add("`" + y.file + "`")
	case y.sig != nil:
		add(code(usage(ofSignature(y.sig))) + "\n" + docOf(y.sig))
	case y.param != nil:
		text := "`" + y.param.name + "` of `" + y.of + "`"
		if y.param.value != "" {
			text += ", by default `" + y.param.value + "`"
		}
		if y.param.typ != nil {
			text += ": " + y.param.typ.Describe()
		}
		if y.param.doc != "" {
			text += ". " + sentence(y.param.doc)
		}
		add(text)
	case y.fact == "input":
		add("The shape of what enters this block: `input.channels`, `input.features`, `input.height`, `input.width`, `input.size`.")
	case y.fact != "":
		add("The number of " + y.fact + " of the data" + v.factText(y.fact) + ".")
	case y.def != nil:
		add(v.definitionText(y.def))
	}
	head, n := y.stmt.head()
	if y.i < n || y.def != nil && y.def.at.start() == y.at.start() {
		add(v.rowsText(y.stmt))
	}
	trick := y.trick
	if trick == "" && y.def != nil && (y.def.kind == "label" || y.def.kind == "trick") {
		trick = y.def.name
	}
	if trick == "" && y.i < n {
		trick = v.trickAt(y.stmt, head)
	}
	if trick == "" && y.sig != nil {
		trick = v.trickAt(y.stmt, y.sig.Name)
	}
	if trick != "" {
		add(v.trickText(trick))
	}
	return strings.Join(parts, "\n\n---\n\n")
}

// keywords documents the reserved words.
var keywords = map[string]string{
	"instead": "`A instead of B`: A is the on form, B the off form. This makes a trick that studies and `--off` can switch. With `nothing` or `{ … }` it stands for the whole statement.",
	"of":      "`A instead of B`: A is the on form, B the off form.",
	"as":      "Names the trick that `instead of` makes, or labels the statement.",
	"off":     "Written down, not in the run; studies and `--on` may switch it on.",
	"nothing": "No value; behind `instead of`, the statement is gone when the trick is off.",
	"repeat":  "Expands its body a number of times.",
	"for":     "Expands its body once for each element of a list or range.",
	"if":      "Chooses by a condition on parameters or shapes.",
	"let":     "Names a value, or with parameters a function. Values never change.",
}

func (v *view) factText(fact string) string {
	if v.an == nil || v.an.info == nil {
		return ""
	}
	switch {
	case fact == "classes" && len(v.an.info.Classes) > 0:
		return fmt.Sprintf(": %d", len(v.an.info.Classes))
	case fact == "targets" && len(v.an.info.Targets) > 0:
		return fmt.Sprintf(": %d", len(v.an.info.Targets))
	}
	return ""
}

// sectionFacts says what the compiler found out about a data section or a model.
func (v *view) sectionFacts(s *stmt) string {
	if v.an == nil {
		return ""
	}
	switch s.toks[0].text {
	case "data":
		info := v.an.info
		if info == nil || info.Placeholder {
			return ""
		}
		text := fmt.Sprintf("An example is `%s`", dims(info.Shape))
		if n := len(info.Categories); n > 0 {
			text += fmt.Sprintf(" and %s", counted(n, "category"))
		}
		if n := len(info.Classes); n > 0 {
			text += fmt.Sprintf("; %s", counted(n, "class"))
		}
		if info.Train > 0 {
			text += fmt.Sprintf("; %s to train on, %s to validate, %s to test", group(int64(info.Train)), group(int64(info.Valid)), group(int64(info.Test)))
		}
		return text + "."
	case "model":
		params, flops := 0, int64(0)
		for _, r := range v.an.rows {
			if r.Leaf {
				params, flops = params+r.Params, flops+r.FLOPs
			}
		}
		if len(v.an.rows) > 0 {
			return fmt.Sprintf("%s parameters, %s FLOPs an example.", group(int64(params)), short3(flops))
		}
	}
	return ""
}

func (v *view) columnText(s *stmt, t tok) string {
	name := t.text
	if t.kind == parse.String {
		name = (&ast.String{Text: t.text}).Value()
	}
	for _, c := range v.table(s.in) {
		if c.name == name {
			return "Column `" + name + "`: " + c.detail()
		}
	}
	return ""
}

// definitionText is the head of a definition as it is written, with the comment above it.
func (v *view) definitionText(d *definition) string {
	first := d.stmt.toks
	if len(d.stmt.at) > 0 {
		first = first[:d.stmt.at[0]]
	}
	text := joined(first)
	switch d.kind {
	case "param":
		for _, p := range d.stmt.params() {
			if p.name.text == d.name && p.value != nil {
				return fmt.Sprintf("Parameter `%s` of `%s`, by default `%s`.", d.name, text, joined(p.value))
			}
		}
		return fmt.Sprintf("Parameter `%s` of `%s`.", d.name, text)
	case "variable":
		return fmt.Sprintf("`%s`", text)
	}
	out := code(text)
	if above := d.doc.commentAbove(d.stmt); above != "" {
		out += "\n" + above
	}
	if d.kind == "trick" {
		if card := v.cardOf(d); card != "" {
			out = card
		}
	}
	return out
}

// commentAbove is the comment on the lines right above a statement.
func (d *document) commentAbove(s *stmt) string {
	var lines []string
	for i := s.start().line - 1; i >= 0; i-- {
		toks := d.lines[i].toks
		if len(toks) != 1 || toks[0].kind != parse.Comment {
			break
		}
		lines = append([]string{strings.TrimSpace(strings.TrimPrefix(toks[0].text, "//"))}, lines...)
	}
	return strings.Join(lines, "\n")
}

// rowsText says what a statement makes: shape, parameters and FLOPs, of each instance.
func (v *view) rowsText(s *stmt) string {
	rows := v.rowsOf(s)
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| | shape | parameters | FLOPs |\n|---|---|---:|---:|\n")
	params, flops := 0, int64(0)
	for i, r := range rows {
		params, flops = params+r.Params, flops+r.FLOPs
		if i < 8 {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Path, shapeOf(r), group(int64(r.Params)), short3(r.FLOPs))
		}
	}
	if n := len(rows); n > 1 {
		fmt.Fprintf(&b, "| %d places | | %s | %s |\n", n, group(int64(params)), short3(flops))
	}
	return b.String()
}

// rowsOf lists the rows that a statement expanded to.
func (v *view) rowsOf(s *stmt) []build.Row {
	if v.an == nil || len(s.toks) == 0 {
		return nil
	}
	at := s.start()
	m := movedTo(v.an.doc, v.doc)
	var list []build.Row
	// Lines that moved are looked up by where they came from.
	old := at.line
	if n, ok := m.line(old); !ok || n != old {
		old = at.line - m.shift
		if n, ok := m.line(old); !ok || n != at.line {
			return nil
		}
	}
	for _, i := range v.an.at[old] {
		r := v.an.rows[i]
		if v.an.doc.ofDiag(r.Span.Start).col == at.col {
			list = append(list, r)
		}
	}
	return list
}

func shapeOf(r build.Row) string {
	if len(r.Out) == 0 {
		return ""
	}
	return dims(r.Out[1:])
}

func dims[T ~int](list []T) string {
	parts := make([]string, len(list))
	for i, d := range list {
		parts[i] = fmt.Sprint(d)
	}
	return strings.Join(parts, "×")
}

func counted(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	case strings.HasSuffix(what, "s"):
		return fmt.Sprintf("%d %ses", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// group writes a number with commas between thousands.
func group(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short3 writes a large number in three digits: 12.3M.
func short3(n int64) string {
	f := float64(n)
	for _, unit := range []string{"", "k", "M", "G"} {
		if f < 1000 {
			if unit == "" {
				return fmt.Sprint(n)
			}
			return fmt.Sprintf("%.3g%s", f, unit)
		}
		f /= 1000
	}
	return fmt.Sprintf("%.3gT", f)
}

// trickAt is the trick of a statement: the one whose place it is.
func (v *view) trickAt(s *stmt, prefer string) string {
	if v.an == nil {
		return ""
	}
	found := ""
	for _, t := range v.tricksOf(s) {
		if t.name == prefer {
			return prefer
		}
		if found == "" {
			found = t.name
		}
	}
	return found
}

// tricksOf lists the tricks that have a place at a statement.
func (v *view) tricksOf(s *stmt) []trickInfo {
	if v.an == nil {
		return nil
	}
	from, to := s.start(), s.stop()
	m := movedTo(v.an.doc, v.doc)
	var list []trickInfo
next:
	for _, t := range v.an.tricks {
		for _, pl := range t.places {
			if pl.span.Start.Filename != v.doc.path {
				continue
			}
			n, ok := m.line(pl.span.Start.Line - 1)
			at := place{n, v.an.doc.ofDiag(pl.span.Start).col}
			if ok && !at.before(from) && at.before(to) {
				if in := v.doc.tree().find(at); in == s.in {
					list = append(list, t)
					continue next
				}
			}
		}
	}
	return list
}

// trickText tells of a trick of the program: its state, places, card, and what studies found.
func (v *view) trickText(name string) string {
	var b strings.Builder
	if v.an != nil {
		for _, t := range v.an.tricks {
			if t.name != name {
				continue
			}
			fmt.Fprintf(&b, "Trick **%s** (%s)", name, trickDetail(t))
			if len(t.places) > 0 {
				fmt.Fprintf(&b, ": `%s`", t.places[0].path)
				if len(t.places) > 1 {
					b.WriteString(", …")
				}
			}
			if t.card != nil {
				b.WriteString("\n\n" + describeCard(t.card))
			}
			if found := findings(v.doc.path, name); found != "" {
				b.WriteString("\n\n" + found)
			}
			return b.String()
		}
	}
	return v.cardText(name)
}

func describeCard(c *canon.Card) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", c.Title)
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\n- %s: %s", what, text)
		}
	}
	line("solves", c.Solves)
	line("cost", c.Cost)
	line("caution", c.Caution)
	line("source", c.Source)
	var expect []string
	for _, e := range c.Expect {
		expect = append(expect, e.Measure+" "+e.Direction)
	}
	line("expect", strings.Join(expect, ", "))
	line("kin", strings.Join(c.Kin, ", "))
	return b.String()
}

// cardText is the card of a trick, of the program or of the standard library, by name.
func (v *view) cardText(name string) string {
	if d := v.section("trick", name); d != nil {
		return v.cardOf(d)
	}
	return ""
}

// cardOf reads a card's lines without compiling it.
func (v *view) cardOf(d *definition) string {
	var b strings.Builder
	for _, body := range d.stmt.bodies {
		for _, s := range body.stmts {
			head, n := s.head()
			if n >= len(s.toks) {
				continue
			}
			text := joined(s.toks[n:])
			if s.toks[n].kind == parse.String {
				text = (&ast.String{Text: s.toks[n].text}).Value()
			}
			if head == "title" {
				text = "**" + text + "**"
				if b.Len() > 0 {
					text += "\n"
				}
				rest := b.String()
				b.Reset()
				b.WriteString(text + rest)
				continue
			}
			if head != "construct" {
				fmt.Fprintf(&b, "\n- %s: %s", head, text)
			}
		}
	}
	return b.String()
}

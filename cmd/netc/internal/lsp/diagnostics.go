package lsp

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
)

// maxDiagnostics bounds what is published of one file.
const maxDiagnostics = 500

// diagnostics puts what the compiler said into the protocol's form. What it said of another file stands at the `use` or
// `extend` that leads there.
func (v *view) diagnostics() []Diagnostic {
	list := []Diagnostic{}
	for _, d := range v.an.diags {
		if len(list) == maxDiagnostics {
			break
		}
		list = append(list, v.diagnostic(d))
	}
	return list
}

var severities = map[diag.Severity]int{diag.Error: severityError, diag.Warning: severityWarning, diag.Hint: severityInformation}

func (v *view) diagnostic(d *diag.Diagnostic) Diagnostic {
	out := Diagnostic{Severity: severities[d.Severity], Code: string(d.Code), Source: "netc", Message: d.Message}
	if d.Help != "" {
		out.Message += "\nhelp: " + d.Help
	}
	own := func(s diag.Span) bool { return s.Start.Filename == v.doc.path || s.Start.Filename == "" }
	if own(d.Span) {
		out.Range = v.doc.ofSpan(d.Span)
		if out.Range.Start == out.Range.End {
			out.Range = v.widened(out.Range)
		}
	} else {
		out.Range = v.leadsTo(d.Span.Start.Filename)
		out.Message = filepath.Base(d.Span.Start.Filename) + ": " + out.Message
		if loc, ok := v.locate(d.Span); ok {
			out.RelatedInformation = append(out.RelatedInformation, relatedInformation{loc, d.Message})
		}
	}
	for _, n := range d.Notes {
		if loc, ok := v.locate(n.Span); ok {
			out.RelatedInformation = append(out.RelatedInformation, relatedInformation{loc, n.Text})
		}
	}
	for _, f := range v.fixes(d) {
		if !own(f.Span) {
			continue
		}
		edit := TextEdit{v.doc.ofSpan(f.Span), f.New}
		if n := len(out.Data); n > 0 && out.Data[n-1].Title == f.Title {
			out.Data[n-1].Edits = append(out.Data[n-1].Edits, edit)
			continue
		}
		out.Data = append(out.Data, titledEdit{f.Title, []TextEdit{edit}})
	}
	return out
}

// widened makes an empty range visible: the character at it, or the one before.
func (v *view) widened(r Range) Range {
	text := v.doc.lines[r.Start.Line].text
	p := v.doc.at(r.Start)
	switch {
	case p.col < len(strings.TrimRight(text, " \t\r")):
		r.End = v.doc.pos(place{p.line, p.col + 1})
	case p.col > 0:
		r.Start = v.doc.pos(place{p.line, p.col - 1})
	}
	return r
}

// leadsTo is the range of the `use` or `extend` through which a file belongs to the program.
func (v *view) leadsTo(path string) Range {
	for _, l := range v.doc.links() {
		if l.path == path || v.reaches(l.path, path, 0) {
			return v.doc.tokenRange(l.text)
		}
	}
	return Range{}
}

func (v *view) reaches(from, to string, depth int) bool {
	d := v.w.load(from)
	if d == nil || depth > 16 {
		return false
	}
	for _, l := range d.links() {
		if l.path == to || v.reaches(l.path, to, depth+1) {
			return true
		}
	}
	return false
}

// locate is a span of the compiler as a location that the editor can open.
func (v *view) locate(s diag.Span) (Location, bool) {
	d := v.doc
	if s.Start.Filename != d.path {
		if d = v.w.load(s.Start.Filename); d == nil {
			return Location{}, false
		}
	}
	loc, err := d.location(tok{})
	if err != nil {
		return Location{}, false
	}
	loc.Range = d.ofSpan(s)
	return loc, true
}

// fixes are the edits that mend a mistake: those the compiler gives, and where its help is "did you mean NAME?" and the
// mistake is one word, that name.
func (v *view) fixes(d *diag.Diagnostic) []diag.Fix {
	if len(d.Fixes) > 0 {
		return v.likeliest(d.Fixes)
	}
	name, ok := strings.CutPrefix(d.Help, "did you mean ")
	name, asked := strings.CutSuffix(name, "?")
	if !ok || !asked || strings.ContainsAny(name, " \n") || name == "" {
		return nil
	}
	if d.Span.Start.Filename != v.doc.path {
		return nil
	}
	span := d.Span
	from, to := v.doc.ofDiag(span.Start), v.doc.ofDiag(span.End)
	if from.line != to.line || from.col >= to.col {
		return nil
	}
	// The span may be the whole statement; the wrong word is then the one in it that the message names.
	for _, t := range v.doc.lines[from.line].toks {
		if t.from < from.col || t.to > to.col {
			continue
		}
		word := strings.Trim(t.text, `"`)
		if t.from == from.col && t.to == to.col || quotes(d.Message, word) && len(word) > 1 {
			start := span.Start
			start.Column += len([]rune(v.doc.lines[from.line].text[from.col:t.from]))
			end := start
			end.Column += len([]rune(t.text))
			return []diag.Fix{{Span: diag.Span{Start: start, End: end}, New: name, Title: "change to " + name}}
		}
	}
	return nil
}

// likeliest puts `write =` first where the word before it names an argument that the statement takes: the parser, which offers
// it beside a comma, does not know.
func (v *view) likeliest(fixes []diag.Fix) []diag.Fix {
	if len(fixes) != 2 || fixes[1].New != " =" || fixes[0].Span != fixes[1].Span {
		return fixes
	}
	c := v.cursor(v.doc.pos(v.doc.ofDiag(fixes[1].Span.Start)))
	if c.dead || c.word == "" {
		return fixes
	}
	frames := v.frames(c.stmt, c.i)
	if f := frames[len(frames)-1]; f.callee != nil && f.callee.param(c.word) != nil {
		return []diag.Fix{fixes[1], fixes[0]}
	}
	return fixes
}

// quotes reports whether a message names a word.
func quotes(message, word string) bool {
	for _, w := range strings.FieldsFunc(message, func(r rune) bool { return strings.ContainsRune(" `\",:;()", r) }) {
		if w == word {
			return true
		}
	}
	return false
}

// codeAction offers the fixes of the diagnostics at a range, and with several, all of the file at once.
func (s *server) codeAction(_ context.Context, p *codeActionParams) ([]codeAction, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	actions := []codeAction{}
	if v.an == nil || v.an.doc.text() != v.doc.text() {
		return actions, nil // edits for an older text would go astray; the client asks again
	}
	wants := func(kind string) bool {
		for _, o := range p.Context.Only {
			if o == kind || strings.HasPrefix(kind, o+".") {
				return true
			}
		}
		return len(p.Context.Only) == 0
	}
	edit := func(list ...TextEdit) *WorkspaceEdit {
		return &WorkspaceEdit{map[string][]TextEdit{p.TextDocument.URI: list}}
	}
	var all []TextEdit
	mended := 0
	here := len(p.Context.Only) > 0
	for _, d := range v.diagnostics() {
		for i, f := range d.Data {
			if i == 0 && !slices.ContainsFunc(f.Edits, func(e TextEdit) bool { return overlapsAny(all, e.Range) }) {
				all = append(all, f.Edits...)
				mended++
			}
			here = here || touch(d.Range, p.Range)
			if wants("quickfix") && touch(d.Range, p.Range) {
				actions = append(actions, codeAction{Title: sentence(f.Title), Kind: "quickfix", Diagnostics: []Diagnostic{d}, IsPreferred: i == 0, Edit: edit(f.Edits...)})
			}
		}
	}
	if wants("source.fixAll") && here && mended > 1 {
		actions = append(actions, codeAction{Title: "Mend all that has one fix", Kind: "source.fixAll", Edit: edit(all...)})
	}
	return actions, nil
}

func sentence(title string) string {
	if title == "" {
		return "Mend"
	}
	return strings.ToUpper(title[:1]) + title[1:]
}

func less(a, b Position) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Character < b.Character
}

func touch(a, b Range) bool { return !less(a.End, b.Start) && !less(b.End, a.Start) }

func overlapsAny(list []TextEdit, r Range) bool {
	for _, e := range list {
		if touch(e.Range, r) {
			return true
		}
	}
	return false
}

// formatting gives the canonical style as edits of the lines that change.
func (s *server) formatting(_ context.Context, p *documentParams) ([]TextEdit, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	out, list := format.Source(v.doc.path, []byte(v.doc.text()))
	if list.HasErrors() {
		return nil, failure("the text has syntax errors, so it is left as it is: %s", list[0].Message)
	}
	return lineEdits(v.doc, newDocument("", "", 0, string(out))), nil
}

// lineEdits turns one text into another by as few changed lines as a common start and end leave, split where lines of both
// are the same in number.
func lineEdits(old, now *document) []TextEdit {
	m := movedTo(old, now)
	edits := []TextEdit{}
	a, b := old.lines[m.same:len(old.lines)-m.tail], now.lines[m.same:len(now.lines)-m.tail]
	if len(a) == len(b) {
		for i := range a {
			if a[i].text != b[i].text {
				n := m.same + i
				edits = append(edits, TextEdit{old.span(place{n, 0}, place{n, len(a[i].text)}), b[i].text})
			}
		}
		return edits
	}
	texts := make([]string, len(b))
	for i, l := range b {
		texts[i] = l.text
	}
	text := strings.Join(texts, "\n")
	from, to := place{m.same, 0}, place{len(old.lines) - m.tail, 0}
	switch {
	case m.tail > 0 && len(b) > 0:
		text += "\n"
	case m.tail == 0:
		to = old.end()
		if m.same > 0 {
			from = place{m.same - 1, len(old.lines[m.same-1].text)}
			if len(b) > 0 {
				text = "\n" + text
			}
		}
	}
	return append(edits, TextEdit{old.span(from, to), text})
}

package lsp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/catalog"
)

// inlayHint shows behind each layer what it makes: `→ 28×28×16, 160 params`. Where a layer stands in a block or loop and its
// places differ, all of them are named while they are few.
func (s *server) inlayHint(_ context.Context, p *rangeParams) ([]inlayHint, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []inlayHint{}
	if v.an == nil {
		return list, nil
	}
	from, to := v.doc.at(p.Range.Start), v.doc.at(p.Range.End)
	m := movedTo(v.an.doc, v.doc)
	lines := make([]int, 0, len(v.an.at))
	for old := range v.an.at {
		lines = append(lines, old)
	}
	slices.Sort(lines)
	for _, old := range lines {
		n, ok := m.line(old)
		if !ok || n < from.line || n > to.line {
			continue
		}
		// Rows of one line by the statement they come from.
		var cols []int
		byCol := map[int][]build.Row{}
		for _, i := range v.an.at[old] {
			r := v.an.rows[i]
			col := v.an.doc.ofDiag(r.Span.Start).col
			if byCol[col] == nil {
				cols = append(cols, col)
			}
			byCol[col] = append(byCol[col], r)
		}
		slices.Sort(cols)
		for _, col := range cols {
			s := v.stmtStarting(place{n, col})
			if s == nil {
				continue
			}
			if head, _ := s.head(); head == "path" || head == "" && len(cols) > 1 {
				continue
			}
			text := hintText(byCol[col])
			if text == "" {
				continue
			}
			at := s.stop()
			if len(s.bodies) > 0 {
				at = s.bodies[0].open.start()
				if i := s.at[0]; i > 0 {
					at = s.toks[i-1].stop()
				}
			}
			hint := inlayHint{Position: v.doc.pos(at), Label: text, PaddingLeft: true}
			if len(byCol[col]) > 1 {
				hint.Tooltip = markdown(v.rowsText(s))
			}
			list = append(list, hint)
		}
	}
	return list, nil
}

// stmtStarting is the statement that starts at a place.
func (v *view) stmtStarting(p place) *stmt {
	for b := v.doc.tree().find(p); b != nil; {
		for _, s := range b.stmts {
			if len(s.toks) > 0 && s.start() == p {
				return s
			}
		}
		if b.owner == nil {
			break
		}
		b = b.owner.in
	}
	return nil
}

func hintText(rows []build.Row) string {
	var shapes []string
	params, same := 0, true
	for i, r := range rows {
		if text := shapeOf(r); text != "" && !slices.Contains(shapes, text) {
			shapes = append(shapes, text)
		}
		params += r.Params
		same = same && (i == 0 || r.Params == rows[0].Params)
	}
	if len(shapes) == 0 {
		return ""
	}
	text := "→ " + strings.Join(shapes[:min(len(shapes), 3)], ", ")
	if len(shapes) > 3 {
		text += ", …"
	}
	switch {
	case params == 0:
	case len(rows) == 1:
		text += fmt.Sprintf(", %s params", group(int64(params)))
	case same:
		text += fmt.Sprintf(", %d × %s params", len(rows), group(int64(rows[0].Params)))
	default:
		text += fmt.Sprintf(", %s params", group(int64(params)))
	}
	return text
}

// The commands that code lenses call; the client carries them out, in a terminal.
const (
	commandRun    = "netc.run"
	commandAblate = "netc.ablate"
	commandStudy  = "netc.study"
	commandCheck  = "netc.check"
)

// codeLens offers to run a program at its train section, to measure its tricks at its studies and cards, and to measure one
// trick where it stands.
func (s *server) codeLens(_ context.Context, p *documentParams) ([]codeLens, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []codeLens{}
	add := func(r Range, title, name string, args ...any) {
		list = append(list, codeLens{r, &command{title, name, append([]any{v.doc.path}, args...)}})
	}
	for _, o := range v.doc.tree().top.stmts {
		head, _ := o.head()
		if !o.isSection() && head != "extend" {
			continue
		}
		r := v.doc.tokenRange(o.toks[0])
		t, named := o.name()
		switch head {
		case "train", "extend":
			var args []any
			if named && head == "train" {
				args = append(args, "--train", t.text)
			}
			add(r, "run", commandRun, args...)
			if v.an != nil && len(v.an.tricks) > 0 {
				add(r, fmt.Sprintf("ablate %s", counted(len(v.an.tricks), "trick")), commandAblate, args...)
			}
		case "model":
			add(r, "check", commandCheck)
			if text := v.sectionFacts(o); text != "" {
				add(r, strings.TrimSuffix(text, "."), commandCheck, "--shapes")
			}
		case "study":
			var args []any
			if named {
				args = append(args, "--study", t.text)
			}
			add(r, "run this study", commandStudy, args...)
		}
	}
	if v.an == nil {
		return list, nil
	}
	m := movedTo(v.an.doc, v.doc)
	for _, trick := range v.an.tricks {
		// One lens a trick, at its first place in this file.
		for _, pl := range trick.places {
			if pl.span.Start.Filename != v.doc.path {
				continue
			}
			n, ok := m.line(pl.span.Start.Line - 1)
			if !ok {
				continue
			}
			at := place{n, v.an.doc.ofDiag(pl.span.Start).col}
			r := v.doc.span(at, at)
			verb := "off"
			if !trick.on {
				verb = "on"
			}
			add(r, "run with "+trick.name+" "+verb, commandRun, "--"+verb, trick.name)
			add(r, "ablate "+trick.name, commandAblate, "--trick", trick.name)
			break
		}
	}
	return list, nil
}

// signatureHelp shows the parameters of the construct that is being written, and which one is next.
func (s *server) signatureHelp(_ context.Context, p *positionParams) (*signatureHelp, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	c := v.cursor(p.Position)
	if c.stmt == nil || c.i == 0 {
		return nil, nil
	}
	if _, n := c.stmt.head(); c.i < n {
		return nil, nil
	}
	frames := c.frames(c.stmt, c.i)
	for i := len(frames) - 1; i >= 0; i-- {
		f := &frames[i]
		if f.callee == nil || len(f.callee.params) == 0 && f.callee.rest == nil {
			continue
		}
		return &signatureHelp{Signatures: []signatureInformation{signatureOf(f.callee)}, ActiveParameter: active(f)}, nil
	}
	return nil, nil
}

func signatureOf(k *callee) signatureInformation {
	var b strings.Builder
	b.WriteString(k.name)
	open, shut := " ", ""
	if k.sig != nil && isConstructor(k.sig.Kind) || k.def != nil && k.def.kind == "let" {
		open, shut = "(", ")"
	}
	b.WriteString(open)
	info := signatureInformation{Parameters: []parameterInformation{}}
	part := func(text, doc string, typ *catalog.Type) {
		if len(info.Parameters) > 0 {
			b.WriteString(", ")
		}
		// Labels count UTF-16 units; parameters are ASCII names, their defaults need not be.
		start := utf16Count(b.String())
		b.WriteString(text)
		q := parameterInformation{Label: [2]int{start, start + utf16Count(text)}}
		if typ != nil {
			doc = strings.TrimSpace(doc + "\n\n" + sentence(typ.Describe()) + ".")
		}
		if doc != "" {
			q.Documentation = markdown(doc)
		}
		info.Parameters = append(info.Parameters, q)
	}
	for _, p := range k.params {
		text := p.name
		if p.value != "" {
			text += " = " + p.value
		} else if !p.required {
			text = "[" + text + "]"
		}
		part(text, p.doc, p.typ)
	}
	if k.rest != nil {
		part(k.rest.Name+" …", k.rest.Doc, &k.rest.Type)
	}
	b.WriteString(shut)
	info.Label = b.String()
	if k.sig != nil {
		info.Documentation = markdown(k.sig.Doc)
	}
	return info
}

func utf16Count(s string) int {
	n := 0
	for _, r := range s {
		n += utf16Len(r)
	}
	return n
}

// active is the number of the parameter at the place.
func active(f *frame) int {
	p := f.param()
	for i := range f.callee.params {
		if p == &f.callee.params[i] {
			return i
		}
	}
	return len(f.callee.params) // the rest, or nothing
}

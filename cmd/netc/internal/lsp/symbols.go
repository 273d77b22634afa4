package lsp

import (
	"context"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/stdlib"
)

func (d *document) rangeOf(s *stmt) Range { return d.span(s.start(), s.stop()) }

func (s *server) documentSymbol(_ context.Context, p *documentParams) ([]documentSymbol, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	return v.symbols(v.doc.tree().top), nil
}

// maxSymbolDepth bounds the outline.
const maxSymbolDepth = 32

func (v *view) symbols(b *block) []documentSymbol { return v.symbolsAt(b, 0) }

func (v *view) symbolsAt(b *block, depth int) []documentSymbol {
	list := []documentSymbol{}
	if depth > maxSymbolDepth {
		return list
	}
	for _, s := range b.stmts {
		if len(s.toks) == 0 || len(s.at) > 0 && s.at[0] == 0 {
			continue
		}
		head, n := s.head()
		y := documentSymbol{Name: head, Kind: symbolField, Range: v.doc.rangeOf(s), SelectionRange: v.doc.tokenRange(s.toks[0])}
		rest := s.toks[min(n, len(s.toks)):]
		if len(s.at) > 0 {
			rest = s.toks[min(n, s.at[0]):s.at[0]]
		}
		if i := indexWord(rest, "instead"); i >= 0 {
			rest = rest[:i]
		}
		y.Detail = shortened(joined(rest))
		switch {
		case s.isSection():
			y.Kind = map[string]int{"data": symbolModule, "model": symbolStruct, "block": symbolClass, "train": symbolModule, "study": symbolModule, "trick": symbolEvent}[head]
			y.Detail = ""
			if t, ok := s.name(); ok {
				y.Name, y.SelectionRange = head+" "+t.text, v.doc.tokenRange(t)
			}
		case s.toks[0].isWord("let"):
			t, ok := s.name()
			if !ok {
				continue
			}
			y.Name, y.Kind, y.SelectionRange = t.text, symbolVariable, v.doc.tokenRange(t)
			if s.params() != nil {
				y.Kind = symbolFunction
			}
			y.Detail = ""
		case s.toks[0].kind == parse.Word:
			y.Kind = symbolOperator
			y.Name = s.toks[0].text
		case head == "use" || head == "extend":
			y.Kind = symbolKey
		default:
			switch v.kindOf(b) {
			case catalog.Layer:
				y.Kind = symbolFunction
				if v.section("block", head) != nil {
					y.Kind = symbolClass
				}
			case "":
				continue // a word on its way to a section
			default:
				y.Kind = symbolProperty
			}
		}
		if y.Name == "" {
			continue
		}
		if t, ok := s.label(); ok {
			y.Detail = strings.TrimSpace(y.Detail + " as " + t.text)
		}
		for _, body := range s.bodies {
			y.Children = append(y.Children, v.symbolsAt(body, depth+1)...)
		}
		list = append(list, y)
	}
	return list
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}

func indexWord(toks []tok, w string) int {
	for i, t := range toks {
		if t.isWord(w) {
			return i
		}
	}
	return -1
}

// maxWorkspaceSymbols bounds an answer.
const maxWorkspaceSymbols = 500

func (s *server) workspaceSymbol(ctx context.Context, p *workspaceSymbolParams) ([]symbolInformation, error) {
	list := []symbolInformation{}
	query := strings.ToLower(p.Query)
	for _, path := range s.w.programs() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d := s.w.load(path)
		if d == nil {
			continue
		}
		for _, o := range d.tree().top.stmts {
			t, ok := o.name()
			if !ok || !subsequence(query, strings.ToLower(t.text)) {
				continue
			}
			kind := symbolVariable
			if o.isSection() {
				kind = symbolStruct
			}
			list = append(list, symbolInformation{t.text, kind, Location{d.uri, d.tokenRange(t)}, o.toks[0].text})
			if len(list) == maxWorkspaceSymbols {
				return list, nil
			}
		}
	}
	return list, nil
}

func (s *server) foldingRange(_ context.Context, p *documentParams) ([]foldingRange, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []foldingRange{}
	v.doc.tree().top.walk(func(o *stmt) {
		for _, b := range o.bodies {
			if b.closed && b.close.line-1 > b.open.line {
				list = append(list, foldingRange{StartLine: b.open.line, EndLine: b.close.line - 1})
			}
		}
	})
	// Runs of comment lines.
	start := -1
	for i := 0; i <= len(v.doc.lines); i++ {
		own := i < len(v.doc.lines) && len(v.doc.lines[i].toks) == 1 && v.doc.lines[i].toks[0].kind == parse.Comment
		switch {
		case own && start < 0:
			start = i
		case !own && start >= 0:
			if i-1 > start {
				list = append(list, foldingRange{start, i - 1, "comment"})
			}
			start = -1
		}
	}
	return list, nil
}

func (s *server) selectionRange(_ context.Context, p *selectionRangeParams) ([]selectionRange, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []selectionRange{}
	for _, pos := range p.Positions {
		at := v.doc.at(pos)
		whole := v.doc.span(place{}, v.doc.end())
		cur := &selectionRange{Range: whole}
		grow := func(r Range) {
			if r != cur.Range && !less(r.Start, cur.Range.Start) && !less(cur.Range.End, r.End) {
				cur = &selectionRange{r, cur}
			}
		}
		b := v.doc.tree().top
	down:
		for {
			for _, o := range b.stmts {
				if at.before(o.start()) || o.stop().before(at) {
					continue
				}
				grow(v.doc.rangeOf(o))
				for _, body := range o.bodies {
					if body.holds(at) {
						grow(v.doc.span(body.open.stop(), body.stop()))
						b = body
						continue down
					}
				}
			}
			break
		}
		if t, _, ok := v.doc.tree().tokenAt(at); ok {
			grow(v.doc.tokenRange(t))
		}
		list = append(list, *cur)
	}
	return list, nil
}

func (s *server) documentLink(_ context.Context, p *documentParams) ([]documentLink, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []documentLink{}
	for _, l := range v.doc.links() {
		path := l.path
		if strings.HasPrefix(path, stdlib.Prefix) {
			if path, err = standardCopy(path); err != nil {
				continue // a name of the library that there is not: the diagnostics say so
			}
		}
		r := v.doc.tokenRange(l.text)
		if len(l.text.text) >= 2 && len((&ast.String{Text: l.text.text}).Value()) > 0 {
			r.Start.Character++
			r.End.Character--
		}
		list = append(list, documentLink{Range: r, Target: pathToURI(path)})
	}
	return list, nil
}

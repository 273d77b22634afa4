package lsp

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/parse"
)

// The kinds of semantic tokens, in the order of their numbers.
var tokenTypes = []string{"keyword", "class", "function", "property", "parameter", "variable", "enumMember", "event", "namespace", "number", "string", "comment", "operator", "label"}

// The modifiers, in the order of their bits.
var tokenModifiers = []string{"declaration", "defaultLibrary", "deprecated"}

const (
	typKeyword = iota
	typClass
	typFunction
	typProperty
	typParameter
	typVariable
	typEnum
	typEvent
	typNamespace
	typNumber
	typString
	typComment
	typOperator
	typLabel
)

const (
	modDeclaration = 1 << iota
	modLibrary
	modDeprecated
)

func (s *server) semanticTokensFull(ctx context.Context, p *documentParams) (*semanticTokens, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	w := &tokenWriter{v: v, data: make([]uint32, 0, 1024), kinds: map[place]uint32{}}
	if err := w.classify(ctx); err != nil {
		return nil, err
	}
	for n, l := range v.doc.lines {
		for _, t := range l.toks {
			w.token(n, t)
		}
	}
	return &semanticTokens{w.data}, nil
}

type tokenWriter struct {
	v      *view
	data   []uint32
	last   Position
	kinds  map[place]uint32 // of names: type + 1, modifiers above
	blocks map[string]bool
}

func (w *tokenWriter) set(t tok, typ, mods uint32) { w.kinds[t.start()] = typ + 1 | mods<<8 }

// classify decides on the names of all statements. It looks up what it needs once, not once for every name.
func (w *tokenWriter) classify(ctx context.Context) error {
	w.blocks = map[string]bool{}
	for _, d := range w.v.visible("block") {
		w.blocks[d.name] = true
	}
	var err error
	var walk func(b *block)
	walk = func(b *block) {
		kind := w.v.kindOf(b)
		for i, s := range b.stmts {
			if i%256 == 0 && ctx.Err() != nil {
				err = ctx.Err()
				return
			}
			if len(s.toks) > 0 {
				w.statement(s, kind)
			}
			for _, body := range s.bodies {
				walk(body)
			}
		}
	}
	walk(w.v.doc.tree().top)
	return err
}

func (w *tokenWriter) statement(s *stmt, kind catalog.Kind) {
	head, n := s.head()
	params := map[string]bool{}
	switch {
	case s.isSection(), s.toks[0].isWord("let"):
		if s.isSection() {
			w.set(s.toks[0], typKeyword, 0)
		}
		if t, ok := s.name(); ok {
			typ := uint32(typClass)
			if s.toks[0].isWord("let") {
				if typ = typVariable; s.params() != nil {
					typ = typFunction
				}
			}
			w.set(t, typ, modDeclaration)
		}
		for _, p := range s.params() {
			params[p.name.text] = true
			w.set(p.name, typParameter, modDeclaration)
		}
		n = 2
	case kind == "" && (head == "use" || head == "extend" || head == "net"):
		w.set(s.toks[0], typKeyword, 0)
	case s.toks[0].kind == parse.Name && n > 0:
		typ, mods := uint32(typProperty), uint32(modLibrary)
		switch {
		case kind == catalog.Layer && (w.blocks[head] || w.v.cat.Get(kind, head) == nil):
			typ, mods = typClass, 0
		case kind == catalog.Layer:
			typ = typFunction
		case kind == catalog.Edit:
			typ = typKeyword
		case w.v.cat.Get(kind, head) == nil:
			typ, mods = typEvent, 0
		}
		if sig := w.v.cat.Get(kind, head); sig != nil && sig.NotYet != "" {
			mods |= modDeprecated
		}
		for _, t := range s.toks[:n] {
			if t.kind == parse.Name {
				w.set(t, typ, mods)
			}
		}
	}
	w.arguments(s, n, kind, head)
}

func (w *tokenWriter) arguments(s *stmt, n int, kind catalog.Kind, head string) {
	var sig *catalog.Signature
	if kind != "" {
		sig = w.v.cat.Get(kind, head)
	}
	for i := n; i < len(s.toks); i++ {
		t := s.toks[i]
		if t.kind != parse.Name {
			continue
		}
		if _, done := w.kinds[t.start()]; done {
			continue
		}
		before, next := tok{}, tok{}
		if i > 0 {
			before = s.toks[i-1]
		}
		if i+1 < len(s.toks) {
			next = s.toks[i+1]
		}
		switch {
		case before.kind == parse.Number && unitWords[t.text]:
			w.set(t, typKeyword, 0)
		case before.isWord("as"):
			w.set(t, typLabel, modDeclaration)
		case next.is("=") && (before.is(",") || before.is("(") || i == n):
			w.set(t, typParameter, 0)
		case next.is("(") && next.from == t.to:
			w.set(t, typFunction, 0)
		case kind == catalog.Edit || kind == catalog.Study && (before.is(".") || next.is(".")):
			w.set(t, typProperty, 0)
		case sig != nil && w.word(sig, t.text):
			w.set(t, typEnum, modLibrary)
		case kind == catalog.Layer && (t.text == "classes" || t.text == "targets"):
			w.set(t, typEnum, modLibrary)
		default:
			w.set(t, typVariable, 0)
		}
	}
}

// word reports whether a bare word is one that the construct takes: of a closed set, a constructor, a flag.
func (w *tokenWriter) word(sig *catalog.Signature, name string) bool {
	for i := range sig.Params {
		p := &sig.Params[i]
		if p.Name == name && p.Type.Kind == catalog.TFlag {
			return true
		}
		for t := &p.Type; t != nil; t = t.Or {
			for _, word := range t.Words {
				if word == name {
					return true
				}
			}
			if t.Kind == catalog.TConstructor && w.v.cat.Get(t.Of, name) != nil {
				return true
			}
		}
	}
	return sig.Rest != nil && sig.Rest.Type.Of != "" && w.v.cat.Get(sig.Rest.Type.Of, name) != nil
}

var unitWords = func() map[string]bool {
	set := map[string]bool{}
	for _, u := range ast.Units {
		set[u] = true
	}
	return set
}()

// token writes a token in the protocol's differences.
func (w *tokenWriter) token(n int, t token) {
	var typ, mods uint32
	switch t.kind {
	case parse.Comment:
		typ = typComment
	case parse.Number:
		typ = typNumber
	case parse.String:
		typ = typString
	case parse.Word:
		typ = typKeyword
	case parse.Name:
		k, ok := w.kinds[place{n, t.from}]
		if !ok {
			return
		}
		typ, mods = k&0xff-1, k>>8
	case parse.Op:
		if strings.Contains("+-*/==!=<=>=..", t.text) && t.text != "." {
			typ = typOperator
			break
		}
		return
	default:
		return
	}
	at := w.v.doc.pos(place{n, t.from})
	length := 0
	for text := strings.TrimRight(t.text, "\r"); len(text) > 0; {
		r, size := utf8.DecodeRuneInString(text)
		length += utf16Len(r)
		text = text[size:]
	}
	line, char := at.Line-w.last.Line, at.Character
	if line == 0 {
		char -= w.last.Character
	}
	w.data = append(w.data, uint32(line), uint32(char), uint32(length), typ, mods)
	w.last = at
}

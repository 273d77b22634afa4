package lsp

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/stdlib"
)

// view is what a request looks at: one state of a document, what it leads to, and the compiler's last word on it.
type view struct {
	w   *workspace
	cat *catalog.Catalog
	doc *document
	an  *analysis // nil before the first compilation; may be of an earlier state of the text
}

// sectionKind is what stands in the braces of a section.
var sectionKind = map[string]catalog.Kind{
	"data": catalog.Data, "model": catalog.Layer, "block": catalog.Layer, "train": catalog.Train, "study": catalog.Study,
	"trick": catalog.Card,
}

// kindOf says what kind of statement stands in a block: "" at the top level.
func (v *view) kindOf(b *block) catalog.Kind {
	if b == nil || b.owner == nil {
		return ""
	}
	s := b.owner
	head, n := s.head()
	if s.isSection() {
		return sectionKind[head]
	}
	outer := v.kindOf(s.in)
	switch {
	case outer == "" && head == "extend":
		return catalog.Edit
	case outer == "" || b.isAlt || b.isElse || len(s.toks) > 0 && s.toks[0].kind == parse.Word:
		return outer // if, for, repeat, the off form
	case outer == catalog.Edit:
		return v.editedKind(s, n)
	}
	if sig := v.cat.Get(outer, head); sig != nil && sig.Body != "" {
		return sig.Body
	}
	return outer
}

// editedKind says what stands in the braces of an edit: that depends on its path.
func (v *view) editedKind(s *stmt, n int) catalog.Kind {
	head, _ := s.head()
	var path []string
	for _, t := range s.toks[min(n, len(s.toks)):] {
		if t.kind == parse.Name {
			path = append(path, t.text)
		}
	}
	if len(path) == 0 {
		return catalog.Layer
	}
	kind := sectionKind[path[0]]
	for i, seg := range path {
		if i == 0 && kind != "" {
			continue
		}
		for _, k := range []catalog.Kind{kind, catalog.Layer, catalog.Train, catalog.Data, catalog.Augment} {
			sig := v.cat.Get(k, seg)
			if sig == nil {
				continue
			}
			if i < len(path)-1 || head == "into" {
				if sig.Body != "" {
					kind = sig.Body
				}
			} else if kind == "" {
				kind = k
			}
			break
		}
	}
	if kind == "" {
		kind = catalog.Layer
	}
	return kind
}

// callee is something that takes arguments: a construct of the catalogue, a block, a section or a function of the program.
type callee struct {
	name   string
	sig    *catalog.Signature // nil for what the program defines
	def    *definition        // nil for the catalogue's
	params []paramInfo
	rest   *catalog.Param
}

// paramInfo is a parameter of a callee.
type paramInfo struct {
	name       string
	doc        string
	typ        *catalog.Type // nil where the program defines it: any value
	value      string        // its default as written, "" where there is none
	required   bool
	positional bool
	at         tok // of the program's: where it is declared
}

func ofSignature(sig *catalog.Signature) *callee {
	c := &callee{name: sig.Name, sig: sig, rest: sig.Rest}
	for i := range sig.Params {
		p := &sig.Params[i]
		info := paramInfo{name: p.Name, doc: p.Doc, typ: &p.Type, required: p.Default == nil, positional: p.Positional}
		if p.Default != nil && p.Default.IsSet() {
			info.value = p.Default.String()
		}
		c.params = append(c.params, info)
	}
	return c
}

func ofDefinition(d *definition) *callee {
	c := &callee{name: d.name, def: d}
	for _, p := range d.stmt.params() {
		c.params = append(c.params, paramInfo{name: p.name.text, value: joined(p.value), required: p.value == nil, positional: true, at: p.name})
	}
	return c
}

// joined writes tokens as they stood, one space where there was any.
func joined(toks []tok) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 && (toks[i-1].line != t.line || toks[i-1].to != t.from) {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

func (c *callee) param(name string) *paramInfo {
	for i := range c.params {
		if c.params[i].name == name {
			return &c.params[i]
		}
	}
	return nil
}

// frame is an argument list that a place stands in.
type frame struct {
	at     int // index of the callee's token in the statement; -1 for plain parentheses or a list
	callee *callee
	index  int    // of the positional argument at the place
	name   string // of the named argument at the place, "" for a positional one
	given  map[string]bool
	first  int  // index of the first token of the argument at the place
	list   bool // inside [ ] of an argument
	spare  bool // the argument has a value already: what comes now is no value
}

// typ is the type of the value that is wanted at the place, nil where anything goes.
func (f *frame) typ() *catalog.Type {
	if f.callee == nil {
		return nil
	}
	if f.name != "" {
		if p := f.callee.param(f.name); p != nil {
			return p.typ
		}
		return nil
	}
	if p := f.positional(); p != nil {
		return p.typ
	}
	if f.callee.rest != nil {
		return &f.callee.rest.Type
	}
	return nil
}

// param is the parameter at the place, nil where none is left.
func (f *frame) param() *paramInfo {
	if f.callee == nil {
		return nil
	}
	if f.name != "" {
		return f.callee.param(f.name)
	}
	return f.positional()
}

// positional is the parameter that the next positional argument is for, nil where none is left.
func (f *frame) positional() *paramInfo {
	if f.callee == nil {
		return nil
	}
	n := 0
	for i := range f.callee.params {
		p := &f.callee.params[i]
		if !p.positional {
			continue
		}
		if n == f.index {
			return p
		}
		n++
	}
	return nil
}

// frames gives the argument lists around token i of a statement, the statement's own first.
func (v *view) frames(s *stmt, i int) []frame {
	head, n := s.head()
	kind := v.kindOf(s.in)
	base := frame{at: 0, given: map[string]bool{}, first: n}
	if n > 0 && s.toks[0].kind == parse.Name {
		base.callee = v.calleeOf(kind, head, s)
	}
	if s.toks[0].isWord("off") { // an edit
		base.callee, n = v.calleeOf(kind, "off", s), 1
	}
	stack := []frame{base}
	for j := n; j < i && j < len(s.toks); j++ {
		t := s.toks[j]
		top := &stack[len(stack)-1]
		switch {
		case t.is("("):
			f := frame{at: -1, given: map[string]bool{}, first: j + 1}
			if j > n && s.toks[j-1].kind == parse.Name && s.toks[j-1].line == t.line && s.toks[j-1].to == t.from {
				f.at = j - 1
				f.callee = v.constructor(top.typ(), s.toks[j-1].text, s)
			} else {
				f.callee, f.index, f.name = top.callee, top.index, top.name
			}
			stack = append(stack, f)
		case t.is("["):
			stack = append(stack, frame{at: -1, callee: top.callee, index: top.index, name: top.name, given: top.given, first: j + 1, list: true})
		case t.is(")") || t.is("]"):
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
			stack[len(stack)-1].spare = true
		case t.is(","):
			if !top.list {
				if top.name == "" {
					top.index++
				}
				top.name = ""
			}
			top.first, top.spare = j+1, false
		case t.is("=") && j > 0 && j-1 == top.first && s.toks[j-1].kind == parse.Name && !top.list:
			top.name, top.spare = s.toks[j-1].text, false
			top.given[top.name] = true
		case t.isWord("of"):
			top.spare = false
		case t.is("+") || t.is("-") || t.is("*") || t.is("/") || t.is("..") || t.is("==") || t.is("=") || t.is("."):
			top.spare = false
		default:
			top.spare = true
			if top.name == "" && j == top.first && t.kind == parse.Name && top.callee != nil {
				if p := top.callee.param(t.text); p != nil && p.typ != nil && p.typ.Kind == catalog.TFlag && !(j+1 < len(s.toks) && s.toks[j+1].is("=")) {
					top.given[p.name] = true
				}
			}
			if q := top.callee; top.name == "" && q != nil {
				if p := top.positional(); p != nil {
					top.given[p.name] = true
				}
			}
		}
	}
	return stack
}

// calleeOf is what a statement's head names.
func (v *view) calleeOf(kind catalog.Kind, head string, s *stmt) *callee {
	if kind == catalog.Layer {
		if d := v.section("block", head); d != nil {
			return ofDefinition(d)
		}
	}
	if sig := v.cat.Get(kind, head); sig != nil {
		return ofSignature(sig)
	}
	if kind == catalog.Train || kind == catalog.Layer {
		if d := v.section("trick", head); d != nil {
			return ofDefinition(d)
		}
	}
	return nil
}

// constructor is what name( … ) makes where a value of type t is wanted: a constructor of one of its kinds, or a function.
func (v *view) constructor(t *catalog.Type, name string, s *stmt) *callee {
	for ; t != nil; t = t.Or {
		of := t.Of
		if t.Kind == catalog.TList && t.Elem != nil {
			of = t.Elem.Of
		}
		if of == "" {
			continue
		}
		if sig := v.cat.Get(of, name); sig != nil {
			return ofSignature(sig)
		}
	}
	if d := v.let(name); d != nil && d.stmt.params() != nil {
		return ofDefinition(d)
	}
	if sig := v.cat.Get(catalog.Function, name); sig != nil {
		return ofSignature(sig)
	}
	return nil
}

// constructorKinds lists the kinds of constructors that a type takes.
func constructorKinds(t *catalog.Type) []catalog.Kind {
	var kinds []catalog.Kind
	for ; t != nil; t = t.Or {
		if t.Kind == catalog.TConstructor {
			kinds = append(kinds, t.Of)
		}
		if t.Kind == catalog.TList && t.Elem != nil {
			kinds = append(kinds, constructorKinds(t.Elem)...)
		}
	}
	return kinds
}

// takes reports whether a type, or an alternative of it, is of a family.
func takes(t *catalog.Type, k catalog.TypeKind) bool {
	for ; t != nil; t = t.Or {
		if t.Kind == k || t.Kind == catalog.TList && t.Elem != nil && takes(t.Elem, k) {
			return true
		}
	}
	return false
}

// wordsOf lists the closed set of words that a type takes.
func wordsOf(t *catalog.Type) []string {
	var list []string
	for ; t != nil; t = t.Or {
		list = append(list, t.Words...)
		if t.Kind == catalog.TList && t.Elem != nil {
			list = append(list, wordsOf(t.Elem)...)
		}
	}
	return list
}

// unitsOf lists the units that a type takes.
func unitsOf(t *catalog.Type) []string {
	var list []string
	for ; t != nil; t = t.Or {
		for _, u := range t.Units {
			if !slices.Contains(list, u) {
				list = append(list, u)
			}
		}
	}
	return list
}

// definition is a name that a program defines.
type definition struct {
	kind string // data, model, block, train, study, trick, let, param, variable, label, alias, head
	name string
	doc  *document
	stmt *stmt // that defines it
	at   tok
}

// key tells definitions apart.
func (d *definition) key() place3 { return place3{d.doc.path, d.at.line, d.at.from} }

type place3 struct {
	path      string
	line, col int
}

// scopes visits the document, then those that it extends, then those that it uses, each once; alias gives the way into files
// that are used under a name.
func (v *view) scopes(visit func(d *document) bool) {
	seen := map[string]bool{}
	var walk func(d *document) bool
	walk = func(d *document) bool {
		if d == nil || seen[d.path] || len(seen) > 200 {
			return true
		}
		seen[d.path] = true
		if !visit(d) {
			return false
		}
		links := d.links()
		for _, extend := range []bool{true, false} {
			for _, l := range links {
				if l.extend == extend && l.alias.text == "" && !walk(v.w.load(l.path)) {
					return false
				}
			}
		}
		return true
	}
	walk(v.doc)
}

// section finds a section of a kind by name, as the compiler does: in the file, in those it extends and uses, in the standard
// library; a dotted name goes through the alias of a `use`.
func (v *view) section(kind, name string) *definition {
	if alias, rest, dotted := strings.Cut(name, "."); dotted {
		if d := v.aliased(alias); d != nil {
			return (&view{w: v.w, cat: v.cat, doc: d}).section(kind, rest)
		}
		return nil
	}
	var found *definition
	v.scopes(func(d *document) bool {
		found = d.sectionNamed(kind, name)
		return found == nil
	})
	if found == nil && (kind == "block" || kind == "trick") {
		if file := stdlib.Find(kind, name); file != "" {
			if d := v.w.load(file); d != nil {
				found = d.sectionNamed(kind, name)
			}
		}
	}
	return found
}

func (d *document) sectionNamed(kind, name string) *definition {
	for _, s := range d.tree().top.stmts {
		if t, ok := s.name(); ok && s.isSection() && s.toks[0].text == kind && t.text == name {
			return &definition{kind, name, d, s, t}
		}
	}
	return nil
}

// aliased is the document that is used under a name.
func (v *view) aliased(alias string) *document {
	var found *document
	v.scopes(func(d *document) bool {
		for _, l := range d.links() {
			if l.alias.text == alias {
				found = v.w.load(l.path)
			}
		}
		return found == nil
	})
	return found
}

// let finds a let of the file level.
func (v *view) let(name string) *definition {
	var found *definition
	v.scopes(func(d *document) bool {
		for _, s := range d.tree().top.stmts {
			if t, ok := s.name(); ok && s.toks[0].isWord("let") && t.text == name {
				found = &definition{"let", name, d, s, t}
				return false
			}
		}
		return true
	})
	return found
}

// visible lists the sections of a kind that names are looked up among, standard ones left out.
func (v *view) visible(kind string) []*definition {
	var list []*definition
	seen := map[string]bool{}
	v.scopes(func(d *document) bool {
		for _, s := range d.tree().top.stmts {
			if t, ok := s.name(); ok && s.isSection() && s.toks[0].text == kind && !seen[t.text] {
				seen[t.text] = true
				list = append(list, &definition{kind, t.text, d, s, t})
			}
		}
		for _, l := range d.links() {
			if l.alias.text == "" || d != v.doc {
				continue
			}
			if sub := v.w.load(l.path); sub != nil {
				for _, s := range sub.tree().top.stmts {
					if t, ok := s.name(); ok && s.isSection() && s.toks[0].text == kind {
						list = append(list, &definition{kind, l.alias.text + "." + t.text, sub, s, t})
					}
				}
			}
		}
		return true
	})
	return list
}

// locals lists the names that are bound around a statement, the nearest first: lets of its body and of those around, loop
// variables, parameters; then the lets of the files.
func (v *view) locals(s *stmt) []*definition {
	var list []*definition
	add := func(kind string, d *document, at *stmt, t tok) {
		list = append(list, &definition{kind, t.text, d, at, t})
	}
	params := func(at *stmt) {
		for _, p := range at.params() {
			add("param", v.doc, at, p.name)
		}
	}
	if s.toks != nil && s.toks[0].isWord("let") || s.isSection() {
		params(s)
	}
	for b := s.in; b != nil; {
		for _, o := range b.stmts {
			if t, ok := o.name(); ok && o.toks[0].isWord("let") && b.owner != nil {
				add("let", v.doc, o, t)
			}
		}
		owner := b.owner
		if owner == nil {
			break
		}
		if len(owner.toks) > 1 && owner.toks[0].isWord("for") && owner.toks[1].kind == parse.Name {
			add("variable", v.doc, owner, owner.toks[1])
		}
		if owner.isSection() {
			params(owner)
		}
		b = owner.in
	}
	v.scopes(func(d *document) bool {
		for _, o := range d.tree().top.stmts {
			if t, ok := o.name(); ok && o.toks[0].isWord("let") {
				add("let", d, o, t)
			}
		}
		return true
	})
	return list
}

// labels lists the names given by `as`, and the heads, of a document.
func (d *document) labels() []*definition {
	var list []*definition
	d.tree().top.walk(func(s *stmt) {
		if len(s.toks) == 0 || s.in.owner == nil {
			return
		}
		if t, ok := s.label(); ok {
			list = append(list, &definition{"label", t.text, d, s, t})
		}
		if head, n := s.head(); head == "head" && n < len(s.toks) && s.toks[n].kind == parse.Name {
			list = append(list, &definition{"head", s.toks[n].text, d, s, s.toks[n]})
		}
	})
	return list
}

// statementAt finds the statement that has a token, and the token's index in it.
func (t *tree) statementAt(k tok) (*stmt, int) {
	var in *stmt
	index := -1
	b := t.find(k.start())
	for in == nil && b != nil {
		for _, s := range b.stmts {
			for i, x := range s.toks {
				if x.line == k.line && x.from == k.from {
					return s, i
				}
			}
		}
		if b.owner == nil {
			break
		}
		b = b.owner.in
	}
	return in, index
}

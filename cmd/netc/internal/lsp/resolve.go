package lsp

import (
	"context"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/parse"
)

// symbol is what a token means.
type symbol struct {
	at    tok
	stmt  *stmt
	i     int
	def   *definition        // what a program defines
	sig   *catalog.Signature // what the catalogue knows
	param *paramInfo         // a parameter of a construct of the catalogue
	of    string             // the construct that the parameter belongs to
	file  string             // what a string leads to
	trick string             // the name of a trick of the program
	fact  string             // classes, targets, input
}

// resolve says what the token at a place means; nil where it means nothing that could be said.
func (v *view) resolve(p place) *symbol {
	t, _, ok := v.doc.tree().tokenAt(p)
	if !ok {
		return nil
	}
	return v.meaning(t)
}

func (v *view) meaning(t tok) *symbol {
	s, i := v.doc.tree().statementAt(t)
	if s == nil {
		return nil
	}
	y := &symbol{at: t, stmt: s, i: i}
	if t.kind == parse.String {
		for _, l := range v.doc.links() {
			if l.stmt == s {
				y.file = l.path
				return y
			}
		}
		return nil
	}
	if t.kind != parse.Name && !t.isWord("off") {
		return nil
	}
	v.mean(y)
	if y.def == nil && y.sig == nil && y.param == nil && y.trick == "" && y.fact == "" && y.file == "" {
		return nil
	}
	return y
}

func (v *view) mean(y *symbol) {
	s, i, t := y.stmt, y.i, y.at
	head, n := s.head()
	kind := v.kindOf(s.in)
	here := func(k string) { y.def = &definition{k, t.text, v.doc, s, t} }
	// Definitions.
	if i > 0 && s.toks[i-1].isWord("as") {
		switch {
		case head == "use":
			here("alias")
		default:
			here("label")
			if v.doc.trickOf(s) {
				y.trick = t.text
			}
		}
		return
	}
	if name, ok := s.name(); ok && i == 1 {
		if s.isSection() {
			here(s.toks[0].text)
		} else {
			here("let")
		}
		y.def.at = name
		return
	}
	if s.isSection() || s.toks[0].isWord("let") {
		for _, p := range s.params() {
			if p.name.start() == t.start() {
				here("param")
				return
			}
		}
		if s.isSection() && i == 0 {
			return
		}
	}
	if s.toks[0].isWord("for") && i == 1 {
		here("variable")
		return
	}
	if kind == catalog.Layer && head == "head" && i == n {
		here("head")
		return
	}
	// The head of a statement.
	if i < n && s.toks[0].kind == parse.Name || i == 0 && t.isWord("off") {
		v.meanHead(y, kind, head)
		return
	}
	path, at := pathAround(s, i)
	switch {
	case kind == catalog.Edit:
		v.meanPath(y, path, at)
		return
	case kind == catalog.Study && slices.Contains([]string{"tricks", "factors", "retune", "curve", "search", "grow"}, head):
		v.meanPath(y, path, at)
		if y.def != nil || y.trick != "" || y.sig != nil {
			return
		}
	case kind == catalog.Card && (head == "kin" || head == "needs"):
		y.def = v.section("trick", t.text)
		return
	case kind == catalog.Layer && head == "input" && i == n:
		y.def = v.section("data", strings.Join(path, "."))
		return
	case kind == catalog.Train && head == "model" && i == n:
		y.def = v.section("model", strings.Join(path, "."))
		return
	case kind == catalog.Study && head == "train" && i == n:
		y.def = v.section("train", t.text)
		return
	case kind == catalog.Layer && head == "take" && i == n, kind == catalog.Train && head == "loss" && i > n && s.toks[i-1].is("="):
		if d := v.labelled(t.text); d != nil {
			y.def = d
			return
		}
	}
	// Arguments.
	frames := v.frames(s, i)
	f := &frames[len(frames)-1]
	next := tok{}
	if i+1 < len(s.toks) {
		next = s.toks[i+1]
	}
	if i == f.first && next.is("=") && f.callee != nil && !f.list {
		if p := f.callee.param(t.text); p != nil {
			v.meanParam(y, f.callee, p)
		}
		return
	}
	if at == 0 && next.is("(") && next.from == t.to {
		if c := v.constructor(f.typ(), t.text, s); c != nil {
			y.sig, y.def = c.sig, c.def
		}
		return
	}
	for _, k := range constructorKinds(f.typ()) {
		if sig := v.cat.Get(k, t.text); sig != nil && len(path) == 1 {
			y.sig = sig
			return
		}
	}
	if len(path) > 1 {
		v.meanDotted(y, path, at)
		return
	}
	if f.callee != nil && f.name == "" {
		if p := f.callee.param(t.text); p != nil && p.typ != nil && p.typ.Kind == catalog.TFlag {
			v.meanParam(y, f.callee, p)
			return
		}
	}
	if slices.Contains(wordsOf(f.typ()), t.text) {
		if p := f.param(); p != nil {
			v.meanParam(y, f.callee, p)
		}
		return
	}
	if d := v.variable(s, t.text); d != nil {
		y.def = d
		return
	}
	if kind == catalog.Layer && (t.text == "classes" || t.text == "targets" || t.text == "input") {
		y.fact = t.text
		return
	}
	if takes(f.typ(), catalog.TConstructor) || takes(f.typ(), catalog.TExpr) {
		if sig := v.cat.Get(catalog.Metric, t.text); sig != nil {
			y.sig = sig
		}
	}
}

func (v *view) meanParam(y *symbol, c *callee, p *paramInfo) {
	if c.def != nil {
		y.def = &definition{"param", p.name, c.def.doc, c.def.stmt, p.at}
		return
	}
	y.param, y.of = p, c.name
}

func (v *view) meanHead(y *symbol, kind catalog.Kind, head string) {
	if kind == catalog.Layer {
		if y.i == 0 && strings.Contains(head, ".") {
			y.def = v.alias(y.at.text)
			return
		}
		if y.def = v.section("block", head); y.def != nil {
			return
		}
	}
	if y.sig = v.cat.Get(kind, head); y.sig != nil {
		return
	}
	if kind == catalog.Train || kind == catalog.Layer || kind == catalog.Data {
		y.def = v.section("trick", head)
	}
}

func (v *view) alias(name string) *definition {
	for _, l := range v.doc.links() {
		if l.alias.text == name {
			return &definition{"alias", name, v.doc, l.stmt, l.alias}
		}
	}
	return nil
}

// meanDotted finds what a name in a dotted value means: the alias of a used file and what stands in it, a point of the flow.
func (v *view) meanDotted(y *symbol, path []string, at int) {
	if d := v.alias(path[0]); d != nil {
		if at == 0 {
			y.def = d
		} else if sub := v.aliased(path[0]); sub != nil {
			y.def = (&view{w: v.w, cat: v.cat, doc: sub}).let(path[at])
		}
		return
	}
	switch {
	case at == 0 && path[0] == "input":
		y.fact = "input"
	case at == 0:
		if d := v.variable(y.stmt, path[0]); d != nil {
			y.def = d
		} else if d := v.labelled(path[0]); d != nil {
			y.def = d
		}
	case canon.IsRoot(path[0]):
		v.meanPath(y, path, at)
	case slices.Contains([]string{"test", "valid", "train"}, path[0]):
		if y.sig = v.cat.Get(catalog.Metric, path[at]); y.sig == nil {
			y.def = v.let(path[at])
		}
	}
}

// meanPath finds what a segment of a path into the program means: a section, a parameter of one, a label, a trick, a block, a
// statement, an argument.
func (v *view) meanPath(y *symbol, path []string, at int) {
	if len(path) == 0 {
		return
	}
	name := path[at]
	if _, root := sectionKind[name]; root && at == 0 {
		if d := v.ownSection(name); d != nil {
			y.def = d
			if t, ok := d.stmt.name(); ok {
				y.def = &definition{name, t.text, d.doc, d.stmt, t}
			}
		}
		return
	}
	if at == 1 {
		if d := v.ownSection(path[0]); d != nil {
			for _, p := range d.stmt.params() {
				if p.name.text == name {
					y.def = &definition{"param", name, d.doc, d.stmt, p.name}
					return
				}
			}
		}
	}
	if at == 0 {
		for _, kind := range []string{"study", "model", "data", "train"} {
			if d := v.section(kind, name); d != nil {
				y.def = d
				return
			}
		}
	}
	if path[0] == "study" && at == 1 {
		y.def = v.section("study", name)
		return
	}
	if v.an != nil {
		for _, t := range v.an.tricks {
			if t.name == name {
				y.trick = name
			}
		}
	}
	if d := v.labelled(name); d != nil {
		y.def = d
		return
	}
	if at == len(path)-1 && at > 0 {
		if p := v.settingOf(path); p != nil && p.name == name {
			y.param, y.of = p, path[at-1]
			return
		}
	}
	if d := v.section("block", name); d != nil {
		y.def = d
		return
	}
	if d := v.section("trick", name); d != nil {
		y.def, y.trick = d, name
		return
	}
	for _, k := range []catalog.Kind{sectionKind[path[0]], catalog.Layer, catalog.Train, catalog.Augment, catalog.Data} {
		if y.sig = v.cat.Get(k, name); y.sig != nil {
			return
		}
	}
}

// variable finds what a bare name is bound to at a statement.
func (v *view) variable(s *stmt, name string) *definition {
	for _, d := range v.locals(s) {
		if d.name == name {
			return d
		}
	}
	return nil
}

// labelled finds the first statement with a label, or the head, of a name: in the document, then in what it extends and uses.
func (v *view) labelled(name string) *definition {
	var found *definition
	v.scopes(func(d *document) bool {
		for _, l := range d.labels() {
			if l.name == name {
				found = l
				return false
			}
		}
		return true
	})
	return found
}

// trickOf reports whether a statement's label names a trick: it has an `instead of`.
func (d *document) trickOf(s *stmt) bool {
	for _, t := range s.toks {
		if t.isWord("instead") {
			return true
		}
	}
	return false
}

// pathAround is the dotted name around token i of a statement, indices left out, and which of its segments the token is.
func pathAround(s *stmt, i int) (path []string, at int) {
	back := func(j int) int { // the segment before the dot at j
		j--
		if j >= 0 && s.toks[j].is("]") {
			for j > 0 && !s.toks[j].is("[") {
				j--
			}
			j--
		}
		return j
	}
	start := i
	for start >= 2 && s.toks[start-1].is(".") {
		j := back(start - 1)
		if j < 0 || s.toks[j].kind != parse.Name {
			break
		}
		start = j
	}
	for j := start; j < len(s.toks); {
		if s.toks[j].kind != parse.Name {
			break
		}
		if j == i {
			at = len(path)
		}
		path = append(path, s.toks[j].text)
		j++
		if j < len(s.toks) && s.toks[j].is("[") {
			for j < len(s.toks) && !s.toks[j].is("]") {
				j++
			}
			j++
		}
		if j >= len(s.toks) || !s.toks[j].is(".") {
			break
		}
		j++
	}
	if len(path) == 0 {
		path = []string{s.toks[i].text}
	}
	return path, at
}

func (s *server) definition(_ context.Context, p *positionParams) ([]Location, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []Location{}
	y := v.resolve(v.doc.at(p.Position))
	if y == nil {
		return list, nil
	}
	if y.file != "" {
		if d := v.w.load(y.file); d != nil {
			loc, err := d.location(tok{})
			if err != nil {
				return nil, err
			}
			list = append(list, loc)
		}
		return list, nil
	}
	if y.def != nil {
		loc, err := y.def.doc.location(y.def.at)
		if err != nil {
			return nil, err
		}
		return append(list, loc), nil
	}
	name := ""
	switch {
	case y.trick != "":
		name = y.trick
	case y.sig != nil:
		name = y.sig.Name
	}
	// A construct of the catalogue is defined in netc itself; where a card tells about it, that is the place to go.
	if d := v.section("trick", name); name != "" && d != nil {
		loc, err := d.doc.location(d.at)
		if err != nil {
			return nil, err
		}
		list = append(list, loc)
	}
	return list, nil
}

// occurrences lists the tokens of a document that mean a definition, its own place included.
func (v *view) occurrences(d *definition) []tok {
	var list []tok
	key := d.key()
	for _, t := range v.doc.tree().toks {
		if t.kind != parse.Name || t.text != d.at.text {
			continue
		}
		y := v.meaning(t)
		if y != nil && y.def != nil && (y.def.key() == key || sameLabel(y.def, d)) {
			list = append(list, t)
		}
	}
	return list
}

// sameLabel reports whether two labels of one file are one name: the same trick at several places has one switch.
func sameLabel(a, b *definition) bool {
	return a.kind == "label" && b.kind == "label" && a.name == b.name && a.doc.path == b.doc.path
}

// local reports whether a definition can be named in its own file only.
func (d *definition) local() bool {
	switch d.kind {
	case "alias", "variable":
		return true
	case "let":
		return d.stmt.in.owner != nil
	case "param":
		return d.stmt.toks[0].isWord("let") && d.stmt.in.owner != nil
	}
	return false
}

// everywhere lists the occurrences of a definition by document, in the files that the workspace knows.
func (s *server) everywhere(ctx context.Context, v *view, d *definition) (map[*document][]tok, error) {
	found := map[*document][]tok{}
	if d.local() {
		found[v.doc] = v.occurrences(d)
		return found, nil
	}
	paths := s.w.programs()
	for _, p := range []string{v.doc.path, d.doc.path} {
		if !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		doc := s.w.load(path)
		if doc == nil || !strings.Contains(doc.text(), d.at.text) {
			continue
		}
		o := &view{w: s.w, cat: s.cat, doc: doc, an: s.jobs.last(path)}
		if list := o.occurrences(d); len(list) > 0 {
			found[doc] = list
		}
	}
	return found, nil
}

func (s *server) references(ctx context.Context, p *referenceParams) ([]Location, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []Location{}
	y := v.resolve(v.doc.at(p.Position))
	if y == nil {
		return list, nil
	}
	if y.def == nil {
		for _, r := range v.alike(y) {
			list = append(list, Location{v.doc.uri, r})
		}
		return list, nil
	}
	found, err := s.everywhere(ctx, v, y.def)
	if err != nil {
		return nil, err
	}
	for doc, toks := range found {
		for _, t := range toks {
			if !p.Context.IncludeDeclaration && doc.path == y.def.doc.path && t.start() == y.def.at.start() {
				continue
			}
			loc, err := doc.location(t)
			if err != nil {
				return nil, err
			}
			list = append(list, loc)
		}
	}
	slices.SortFunc(list, func(a, b Location) int {
		if c := strings.Compare(a.URI, b.URI); c != 0 {
			return c
		}
		switch {
		case less(a.Range.Start, b.Range.Start):
			return -1
		case less(b.Range.Start, a.Range.Start):
			return 1
		}
		return 0
	})
	return list, nil
}

// alike lists the places of a document where the same construct of the catalogue, or the same trick, is named.
func (v *view) alike(y *symbol) []Range {
	var list []Range
	for _, t := range v.doc.tree().toks {
		if t.kind != parse.Name || t.text != y.at.text {
			continue
		}
		if o := v.meaning(t); o != nil && o.def == nil && o.sig == y.sig && o.trick == y.trick && o.of == y.of && o.fact == y.fact {
			list = append(list, v.doc.tokenRange(t))
		}
	}
	return list
}

func (s *server) documentHighlight(_ context.Context, p *positionParams) ([]documentHighlight, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	list := []documentHighlight{}
	y := v.resolve(v.doc.at(p.Position))
	switch {
	case y == nil:
	case y.def == nil:
		for _, r := range v.alike(y) {
			list = append(list, documentHighlight{r, 1})
		}
	default:
		for _, t := range v.occurrences(y.def) {
			kind := 2 // read
			if y.def.doc.path == v.doc.path && t.start() == y.def.at.start() {
				kind = 3 // write
			}
			list = append(list, documentHighlight{v.doc.tokenRange(t), kind})
		}
	}
	return list, nil
}

// renamable finds the definition that a rename at a place is about.
func (v *view) renamable(p Position) (*symbol, error) {
	y := v.resolve(v.doc.at(p))
	switch {
	case y == nil:
		return nil, failure("there is no name here")
	case y.def == nil:
		return nil, failure("%s belongs to the language; only names of the program can be changed", y.at.text)
	case strings.HasPrefix(y.def.doc.path, "std/"):
		return nil, failure("%s belongs to the standard library", y.at.text)
	case y.def.at.kind != parse.Name || y.def.at.text == "":
		return nil, failure("there is no name here")
	case y.def.at.text != y.at.text:
		return nil, failure("%s has no name of its own here", y.at.text)
	}
	return y, nil
}

func (s *server) prepareRename(_ context.Context, p *positionParams) (*prepareRename, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	y, err := v.renamable(p.Position)
	if err != nil {
		return nil, err
	}
	return &prepareRename{v.doc.tokenRange(y.at), y.at.text}, nil
}

func (s *server) rename(ctx context.Context, p *renameParams) (*WorkspaceEdit, error) {
	v, err := s.view(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	y, err := v.renamable(p.Position)
	if err != nil {
		return nil, err
	}
	if !isName(p.NewName) {
		return nil, failure("%q is no name: letters, digits and _, not starting with a digit, and no reserved word", p.NewName)
	}
	if other := v.taken(y.def, p.NewName); other != "" {
		return nil, failure("%s is already %s here", p.NewName, other)
	}
	found, err := s.everywhere(ctx, v, y.def)
	if err != nil {
		return nil, err
	}
	edit := &WorkspaceEdit{map[string][]TextEdit{}}
	for doc, toks := range found {
		if doc.uri == "" {
			continue // the standard library stays as it is
		}
		for _, t := range toks {
			edit.Changes[doc.uri] = append(edit.Changes[doc.uri], TextEdit{doc.tokenRange(t), p.NewName})
		}
	}
	return edit, nil
}

// taken says what a new name would collide with.
func (v *view) taken(d *definition, name string) string {
	switch d.kind {
	case "data", "model", "block", "train", "study", "trick":
		if o := (&view{w: v.w, cat: v.cat, doc: d.doc}).section(d.kind, name); o != nil && o.doc.path == d.doc.path {
			return "a " + d.kind
		}
		if d.kind == "block" && v.cat.Get(catalog.Layer, name) != nil {
			return "a layer"
		}
	case "let", "param", "variable":
		if o := v.variable(d.stmt, name); o != nil && o.doc.path == d.doc.path {
			return "a " + o.kind
		}
	}
	return ""
}

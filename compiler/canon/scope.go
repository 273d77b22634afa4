package canon

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/stdlib"
)

// Def is a section of a file, with the scope that its names are looked up in.
type Def struct {
	Scope   *Scope
	Section *ast.Section
}

// Name is the section's name, "" where it has none.
func (d *Def) Name() string {
	if d.Section.Name == nil {
		return ""
	}
	return d.Section.Name.Name
}

// Span is the place of the section's head.
func (d *Def) Span() diag.Span {
	if n := d.Section.Name; n != nil {
		return diag.Span{Start: d.Section.Pos, End: n.EndPos}
	}
	return diag.Span{Start: d.Section.Pos, End: d.Section.Kind.EndPos}
}

// Scope holds the definitions of one file and leads to those it uses and extends.
type Scope struct {
	File     string
	tree     *ast.File
	lets     map[string]*ast.Let
	sections []*Def
	named    map[string]map[string]*Def // kind, then name
	aliases  map[string]*Scope          // use "…" as NAME
	imports  []*Scope                   // use "…"
	base     *Scope                     // extend "…"
	extend   *ast.Extend
	loader   *Loader
	env      *Env
}

// Loader reads files and keeps each one's scope, so that a file used twice is read once.
type Loader struct {
	// ReadFile reads a source file; os.ReadFile where nil.
	ReadFile func(name string) ([]byte, error)
	diags    *diag.List
	scopes   map[string]*Scope
	sources  map[string][]byte
	loading  map[string]bool
}

// NewLoader makes a loader that reports into diags.
func NewLoader(diags *diag.List, readFile func(string) ([]byte, error)) *Loader {
	if readFile == nil {
		readFile = os.ReadFile
	}
	return &Loader{ReadFile: readFile, diags: diags,
		scopes: map[string]*Scope{}, sources: map[string][]byte{}, loading: map[string]bool{}}
}

// Source returns the text of a file that was read, for messages.
func (l *Loader) Source(file string) []byte { return l.sources[file] }

// Files lists the files that were read with their text.
func (l *Loader) Files() map[string][]byte { return l.sources }

// parse reads and parses a file.
func (l *Loader) parse(name string) ([]byte, *ast.File, diag.List, error) {
	if strings.HasPrefix(name, stdlib.Prefix) {
		return standard(name)
	}
	src, err := l.ReadFile(name)
	if err != nil {
		return nil, nil, nil, err
	}
	if f, ok := latest.Load(name); ok && bytes.Equal(f.(parsedFile).src, src) {
		return src, f.(parsedFile).tree, nil, nil
	}
	tree, diags := parse.File(name, src)
	if len(diags) == 0 {
		latest.Store(name, parsedFile{src: bytes.Clone(src), tree: tree})
	}
	return src, tree, diags, nil
}

// Trees are only read, so compilations share them. parsed keeps those of standard files, which never change, by name; latest that of the last
// faultless text of each other file: checking a study compiles a program once for each candidate.
var parsed, latest sync.Map

type parsedFile struct {
	src   []byte
	tree  *ast.File
	diags diag.List
}

func standard(name string) ([]byte, *ast.File, diag.List, error) {
	if f, ok := parsed.Load(name); ok {
		f := f.(parsedFile)
		return f.src, f.tree, f.diags, nil
	}
	src, err := stdlib.Read(name)
	if err != nil {
		return nil, nil, nil, err
	}
	tree, diags := parse.File(name, src)
	parsed.Store(name, parsedFile{src, tree, diags})
	return src, tree, diags, nil
}

// Load reads a file and all that it uses. The span is that of the statement that asks for it; the
// zero span for the program's own file. It returns nil when the file cannot be read.
func (l *Loader) Load(name string, asked diag.Span) *Scope {
	if s, ok := l.scopes[name]; ok {
		if l.loading[name] {
			l.diags.Add(diag.Errorf(codeCycle, asked, "%s is being read already: files may not use or extend themselves", name).
				WithHelp("move what both need into a third file"))
			return nil
		}
		return s
	}
	src, tree, diags, err := l.parse(name)
	if err != nil {
		d := diag.Errorf(codeBadFile, asked, "cannot read %s: %s", name, reason(err))
		if strings.HasPrefix(name, stdlib.Prefix) {
			d.WithHelp("the standard library has %s", strings.Join(standardFiles(), ", "))
		} else {
			d.WithHelp("paths are relative to the file that names them")
		}
		l.diags.Add(d)
		return nil
	}
	l.sources[name] = src
	*l.diags = append(*l.diags, diags...)
	s := &Scope{File: name, tree: tree, lets: map[string]*ast.Let{}, named: map[string]map[string]*Def{},
		aliases: map[string]*Scope{}, loader: l}
	s.env = &Env{scope: s}
	l.scopes[name] = s
	l.loading[name] = true
	defer delete(l.loading, name)
	for _, top := range tree.Tops {
		switch {
		case top.Use != nil:
			s.use(top.Use)
		case top.Extend != nil:
			s.extends(top.Extend)
		case top.Let != nil:
			s.let(top.Let)
		case top.Section != nil:
			s.section(top.Section)
		}
	}
	return s
}

func standardFiles() []string {
	var list []string
	for _, dir := range []string{"data", "models"} {
		for _, n := range stdlib.Names(dir) {
			list = append(list, stdlib.Prefix+dir+"/"+n+".net")
		}
	}
	return list
}

func reason(err error) string {
	if os.IsNotExist(err) {
		return "no such file"
	}
	if os.IsPermission(err) {
		return "permission denied"
	}
	return err.Error()
}

func (s *Scope) resolve(path *ast.String) string {
	name := path.Value()
	if strings.HasPrefix(name, stdlib.Prefix) || filepath.IsAbs(name) {
		return name
	}
	if strings.HasPrefix(s.File, stdlib.Prefix) {
		return filepath.ToSlash(filepath.Join(filepath.Dir(s.File), name))
	}
	return filepath.Join(filepath.Dir(s.File), name)
}

func (s *Scope) use(u *ast.Use) {
	sub := s.loader.Load(s.resolve(u.Path), spanOf(u.Path.Pos, u.Path.EndPos))
	if sub == nil {
		return
	}
	if u.As == nil {
		s.imports = append(s.imports, sub)
		return
	}
	if _, dup := s.aliases[u.As.Name]; dup {
		s.loader.diags.Add(diag.Errorf(Duplicate, identSpan(u.As), "two files are used as %s", u.As.Name).
			WithHelp("give one of them another name"))
		return
	}
	s.aliases[u.As.Name] = sub
}

func (s *Scope) extends(e *ast.Extend) {
	if s.extend != nil {
		s.loader.diags.Add(diag.Errorf(Duplicate, spanOf(e.Pos, e.Path.EndPos), "a program extends one other, and this one has `extend` twice").
			WithHelp("`use` brings definitions from any number of files"))
		return
	}
	s.extend = e
	s.base = s.loader.Load(s.resolve(e.Path), spanOf(e.Path.Pos, e.Path.EndPos))
}

func (s *Scope) let(l *ast.Let) {
	if old, dup := s.lets[l.Name.Name]; dup {
		s.loader.diags.Add(diag.Errorf(Duplicate, identSpan(l.Name), "%s is defined twice in this file", l.Name.Name).
			WithNote(identSpan(old.Name), "the first definition is here").WithHelp("rename one of them"))
		return
	}
	s.params(l.Params, l.Name.Name)
	s.lets[l.Name.Name] = l
}

// params reports parameters of one name.
func (s *Scope) params(ps *ast.Params, of string) {
	if ps == nil {
		return
	}
	seen := map[string]*ast.Param{}
	for _, q := range ps.List {
		if old := seen[q.Name.Name]; old != nil {
			s.loader.diags.Add(diag.Errorf(Duplicate, identSpan(q.Name), "%s has two parameters %s", of, q.Name.Name).
				WithNote(identSpan(old.Name), "the first is here").WithHelp("rename one of them"))
		}
		seen[q.Name.Name] = q
	}
}

func (s *Scope) section(sec *ast.Section) {
	d := &Def{s, sec}
	kind := sec.Kind.Name
	s.params(sec.Params, strings.TrimSpace(kind+" "+d.Name()))
	if s.named[kind] == nil {
		s.named[kind] = map[string]*Def{}
	}
	if old, dup := s.named[kind][d.Name()]; dup {
		what := kind + " " + d.Name()
		if d.Name() == "" {
			what = "a " + kind + " section without a name"
		}
		s.loader.diags.Add(diag.Errorf(Duplicate, d.Span(), "this file has %s twice", what).
			WithNote(old.Span(), "the first is here").WithHelp("rename one of them"))
		return
	}
	s.named[kind][d.Name()] = d
	s.sections = append(s.sections, d)
}

// Find looks up a definition by kind and name: in the file itself, in what it extends, in what it uses, then in the
// standard library. A dotted name goes through the alias of a `use`.
func (s *Scope) Find(kind, name string) *Def {
	if alias, rest, dotted := strings.Cut(name, "."); dotted {
		for at := s; at != nil; at = at.base {
			if sub := at.aliases[alias]; sub != nil {
				return sub.find(kind, rest)
			}
		}
		return nil
	}
	if d := s.find(kind, name); d != nil {
		return d
	}
	if kind != "block" && kind != "trick" {
		return nil
	}
	file := stdlib.Find(kind, name)
	if file == "" {
		return nil
	}
	if sub := s.loader.Load(file, diag.Span{}); sub != nil {
		return sub.named[kind][name]
	}
	return nil
}

func (s *Scope) find(kind, name string) *Def {
	if d := s.named[kind][name]; d != nil {
		return d
	}
	if s.base != nil {
		if d := s.base.find(kind, name); d != nil {
			return d
		}
	}
	for _, sub := range s.imports {
		if d := sub.find(kind, name); d != nil {
			return d
		}
	}
	return nil
}

// clash returns the two files that give a name when the file itself and what it extends do not, and two that it uses do.
func (s *Scope) clash(kind, name string) (a, b *Scope) {
	found := func(at *Scope) *Scope {
		if kind == "let" {
			if _, in := at.findLet(name); in != nil {
				return in
			}
			return nil
		}
		if d := at.find(kind, name); d != nil {
			return d.Scope
		}
		return nil
	}
	for at := s; at != nil; at = at.base {
		if at.lets[name] != nil && kind == "let" || at.named[kind][name] != nil {
			return nil, nil
		}
		var first *Scope
		for _, sub := range at.imports {
			in := found(sub)
			if first != nil && in != nil && in != first {
				return first, in
			}
			if in != nil {
				first = in
			}
		}
	}
	return nil, nil
}

// ambiguous reports a name that two used files define; nil where only one does.
func (s *Scope) ambiguous(kind, name string, at diag.Span) *diag.Diagnostic {
	a, b := s.clash(kind, name)
	if b == nil {
		return nil
	}
	return diag.Errorf(Duplicate, at, "%s comes from %s and from %s", name, a.File, b.File).
		WithHelp(`say which: use "%s" as NAME, then NAME.%s`, b.File, name)
}

func (s *Scope) findLet(name string) (*ast.Let, *Scope) {
	if l := s.lets[name]; l != nil {
		return l, s
	}
	if s.base != nil {
		if l, at := s.base.findLet(name); l != nil {
			return l, at
		}
	}
	for _, sub := range s.imports {
		if l, at := sub.findLet(name); l != nil {
			return l, at
		}
	}
	return nil, nil
}

// All lists the sections of a kind that belong to the program: the base's, then the file's own.
func (s *Scope) All(kind string) []*Def {
	var list []*Def
	if s.base != nil {
		list = s.base.All(kind)
	}
	for _, d := range s.sections {
		if d.Section.Kind.Name == kind {
			list = append(list, d)
		}
	}
	return list
}

// visible lists the sections of a kind that names are looked up among, the nearest first: the file's own, those of what it
// extends, those of what it uses.
func (s *Scope) visible(kind string) []*Def {
	var list []*Def
	for _, d := range s.sections {
		if d.Section.Kind.Name == kind {
			list = append(list, d)
		}
	}
	if s.base != nil {
		list = append(list, s.base.visible(kind)...)
	}
	for _, sub := range s.imports {
		list = append(list, sub.visible(kind)...)
	}
	return list
}

// Imported lists the sections of a kind that `use` brings in.
func (s *Scope) Imported(kind string) []*Def {
	var list []*Def
	if s.base != nil {
		list = s.base.Imported(kind)
	}
	for _, sub := range s.imports {
		list = append(list, sub.All(kind)...)
		list = append(list, sub.Imported(kind)...)
	}
	return list
}

// names lists what Find could find, for suggestions.
func (s *Scope) names(kind string) []string {
	var list []string
	for _, d := range s.sections {
		if d.Section.Kind.Name == kind {
			list = append(list, d.Name())
		}
	}
	if s.base != nil {
		list = append(list, s.base.names(kind)...)
	}
	for _, sub := range s.imports {
		list = append(list, sub.names(kind)...)
	}
	for alias, sub := range s.aliases {
		for _, n := range sub.names(kind) {
			list = append(list, alias+"."+n)
		}
	}
	switch kind {
	case "block":
		list = append(append(list, stdlib.Names("layers")...), stdlib.Names("blocks")...)
	case "trick":
		list = append(list, stdlib.Names("tricks")...)
	}
	return list
}

func spanOf(start, end diag.Pos) diag.Span { return diag.Span{Start: start, End: end} }

func identSpan(i *ast.Ident) diag.Span { return spanOf(i.Pos, i.EndPos) }

func exprSpan(x *ast.Expr) diag.Span { return spanOf(x.Pos, x.EndPos) }

// Env is the outermost environment of the file: what its top level sees.
func (s *Scope) Env() *Env { return s.env }

package main

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/stdlib"
)

// Words is every word that an editor highlights. Nothing in it is written down here: it comes from the
// lexer, the grammar's tags, the catalogue and the names of the standard library's files.
type Words struct {
	Reserved   []string // of the lexer: can never be names
	Control    Control  // the same words, by what they do
	Version    []string // net
	Import     []string // use, extend
	Sections   []string
	Units      []string // that are letters; % is an operator
	Escapes    string   // the characters that may follow a backslash in a string
	Functions  []string
	Input      []string // names that stand for what the data or the flow brings: classes, targets, input
	Heads      []Head   // what statements start with, by class
	Statements []Statement
}

// Control sorts the reserved words by what they do.
type Control struct {
	Declare, Choose, Loop, Alternative, Name, Switch, Logic, Truth, Nothing []string
}

// Class says what kind of statement a head starts.
type Class string

// The classes, in the order in which a name that belongs to several is given to one.
const (
	Layer        Class = "layer"
	Setting      Class = "setting"
	Augmentation Class = "augmentation"
	Edit         Class = "edit"
	Card         Class = "card"
	Block        Class = "block"
	Trick        Class = "trick"
)

var classes = []struct {
	Class
	kinds []catalog.Kind
}{
	{Layer, []catalog.Kind{catalog.Layer}},
	{Setting, []catalog.Kind{catalog.Data, catalog.Train, catalog.Study}},
	{Augmentation, []catalog.Kind{catalog.Augment}},
	{Edit, []catalog.Kind{catalog.Edit}},
	{Card, []catalog.Kind{catalog.Card}},
}

// Head is a class with its words.
type Head struct {
	Class Class
	Names []string
}

// Statement is a set of heads whose arguments know the same words.
type Statement struct {
	ID    string
	Class Class
	Heads []string
	// Constructors are names such as relu in `act relu`, Words those of a closed set, such as max in `pool max`.
	Constructors, Words []string
	// Names says that the first argument is a new name: `phase head { … }`.
	Names bool
}

// collect gathers the words.
func collect(c *catalog.Catalog) (*Words, error) {
	w := &Words{
		Reserved:  parse.Reserved,
		Sections:  parse.Sections,
		Functions: sorted(canon.Functions()),
		Input:     append(slices.Clone(canon.DataNumbers), "input"),
	}
	if c.Get(catalog.Layer, "input") == nil {
		return nil, fmt.Errorf("the catalogue has no layer called input any more: what enters a block goes by another name")
	}
	for _, u := range ast.Units {
		if u != "%" {
			w.Units = append(w.Units, u)
		}
	}
	for r := range ast.Escapes {
		w.Escapes += string(r)
	}
	w.Escapes = string(sorted([]byte(w.Escapes)))
	if err := w.control(); err != nil {
		return nil, err
	}
	if err := w.top(); err != nil {
		return nil, err
	}
	w.statements(c)
	return w, nil
}

func sorted[T string | byte](s []T) []T {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

// control sorts the reserved words. A word that the lexer has and this list lacks, or the other way round,
// is an error: somebody has to say what a new word does.
func (w *Words) control() error {
	w.Control = Control{
		Declare:     []string{"let"},
		Choose:      []string{"if", "else"},
		Loop:        []string{"for", "in", "repeat"},
		Alternative: []string{"instead", "of"},
		Name:        []string{"as"},
		Switch:      []string{"off"},
		Logic:       []string{"and", "or", "not"},
		Truth:       []string{"true", "false"},
		Nothing:     []string{"nothing"},
	}
	var known []string
	v := reflect.ValueOf(w.Control)
	for i := range v.NumField() {
		known = append(known, v.Field(i).Interface().([]string)...)
	}
	for _, word := range parse.Reserved {
		if !slices.Contains(known, word) {
			return fmt.Errorf("the reserved word %s is new: say in editors/gen/words.go what it does", word)
		}
	}
	for _, word := range known {
		if !slices.Contains(parse.Reserved, word) {
			return fmt.Errorf("%s is no longer a reserved word: take it out of editors/gen/words.go", word)
		}
	}
	return nil
}

var literal = regexp.MustCompile(`'([a-z]+)'`)

// top reads the words of the top level from the tags that are the grammar.
func (w *Words) top() error {
	w.Version = literals(reflect.TypeFor[ast.File]())
	top := reflect.TypeFor[ast.Top]()
	for i := range top.NumField() {
		form := top.Field(i).Type
		if form.Kind() != reflect.Pointer {
			continue
		}
		for _, word := range literals(form.Elem()) {
			if !slices.Contains(parse.Reserved, word) && !slices.Contains(parse.Sections, word) {
				w.Import = append(w.Import, word)
			}
		}
	}
	if len(w.Version) == 0 || len(w.Import) == 0 {
		return fmt.Errorf("the tags of ast.File, or of the forms of ast.Top, name no words any more")
	}
	return nil
}

func literals(t reflect.Type) []string {
	var words []string
	for i := range t.NumField() {
		for _, m := range literal.FindAllStringSubmatch(t.Field(i).Tag.Get("parser"), -1) {
			words = append(words, m[1])
		}
	}
	return words
}

// statements finds the class of every head and the words of its arguments.
func (w *Words) statements(c *catalog.Catalog) {
	class := map[string]Class{}
	add := func(as Class, names []string) {
		var mine []string
		for _, n := range names {
			if class[n] == "" && !slices.Contains(parse.Reserved, n) {
				class[n] = as
				mine = append(mine, n)
			}
		}
		w.Heads = append(w.Heads, Head{as, sorted(mine)})
	}
	for _, cl := range classes {
		var names []string
		for _, k := range cl.kinds {
			names = append(names, c.Names(k)...)
		}
		add(cl.Class, names)
	}
	add(Block, append(stdlib.Names("layers"), stdlib.Names("blocks")...))
	add(Trick, stdlib.Names("tricks"))

	byKey := map[string]*Statement{}
	for _, h := range w.Heads {
		for _, name := range h.Names {
			s := arguments(c, name)
			s.Class = h.Class
			key := fmt.Sprint(s.Class, s.Names, s.Constructors, s.Words)
			if byKey[key] == nil {
				byKey[key] = &s
			}
			byKey[key].Heads = append(byKey[key].Heads, name)
		}
	}
	for _, s := range byKey {
		s.ID = string(s.Class) + "-" + s.Heads[0]
		w.Statements = append(w.Statements, *s)
	}
	sort.Slice(w.Statements, func(i, j int) bool { return w.Statements[i].ID < w.Statements[j].ID })
}

// arguments finds the words that the arguments of a head know, whatever its kind: constructors, the words of
// closed sets, and those of the constructors' own arguments.
func arguments(c *catalog.Catalog, name string) Statement {
	var s Statement
	seen := map[*catalog.Signature]bool{}
	var sig func(*catalog.Signature)
	var typ func(catalog.Type)
	construct := func(k catalog.Kind) {
		for _, n := range c.Names(k) {
			s.Constructors = append(s.Constructors, n)
			sig(c.Get(k, n))
		}
	}
	typ = func(t catalog.Type) {
		switch t.Kind {
		case catalog.TConstructor:
			construct(t.Of)
		case catalog.TWord:
			s.Words = append(s.Words, t.Words...)
		case catalog.TAny:
			anything(c, construct)
		}
		if t.Elem != nil {
			typ(*t.Elem)
		}
		if t.Or != nil {
			typ(*t.Or)
		}
	}
	sig = func(g *catalog.Signature) {
		if seen[g] {
			return
		}
		seen[g] = true
		for _, p := range g.Params {
			typ(p.Type)
			if isFlag(p.Type) {
				s.Words = append(s.Words, p.Name)
			}
			if d := p.Default; d != nil && d.Kind == model.Word {
				s.Words = append(s.Words, d.Str) // on = features: a word among names
			}
		}
		if g.Rest != nil {
			typ(g.Rest.Type)
		}
	}
	for _, k := range c.KindsOf(name) {
		if !heads(k) {
			continue
		}
		g := c.Get(k, name)
		sig(g)
		if len(g.Params) > 0 && g.Params[0].Positional && g.Params[0].Type.Kind == catalog.TName && g.Body != "" {
			s.Names = true
		}
		if k == catalog.Edit && name == "set" { // set PATH = VALUE: the value may be of any kind
			anything(c, construct)
		}
	}
	s.Constructors = sorted(s.Constructors)
	s.Words = slices.DeleteFunc(sorted(s.Words), func(w string) bool { return slices.Contains(s.Constructors, w) })
	return s
}

// isFlag reports whether a parameter's bare name is a value: `pool average, global`.
func isFlag(t catalog.Type) bool {
	return t.Kind == catalog.TFlag || t.Or != nil && isFlag(*t.Or)
}

// anything lists the constructors that may stand where a value of any kind may. Metrics are left out: there
// they are parts of paths such as test.accuracy.
func anything(c *catalog.Catalog, construct func(catalog.Kind)) {
	for _, k := range c.Kinds() {
		if !heads(k) && k != catalog.Metric && k != catalog.Function && k != catalog.Source {
			construct(k)
		}
	}
}

// heads reports whether constructs of a kind start statements.
func heads(k catalog.Kind) bool {
	return slices.ContainsFunc(classes, func(c struct {
		Class
		kinds []catalog.Kind
	}) bool {
		return slices.Contains(c.kinds, k)
	})
}

package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
	"github.com/netc-lang/netc/runtime/data/format"
)

// config is a data section taken apart.
type config struct {
	sec  *model.Section
	base string
	kind *sourceKind
	call *model.Node // the source's constructor
	span diag.Span   // where it stands
	// sketch bounds the reading; nil where a source is read to train on it.
	sketch *sketch
}

func newConfig(sec *model.Section, base string) (*config, error) {
	from := sec.Find("from")
	if from == nil {
		return nil, diag.Errorf(NoSource, sec.Span, "this data section has no source").
			WithHelp("say where the examples come from: from csv(\"table.csv\"), from folder(\"images\"), from digits")
	}
	v := from.Args["source"]
	call := v.Call
	if call == nil {
		call = &model.Node{Name: v.Str, Args: model.Args{}, Span: v.Span}
	}
	c := &config{sec: sec, base: base, call: call, span: place(v, from)}
	names := make([]string, 0, len(sources))
	for _, k := range sources {
		if k.Name == call.Name {
			c.kind = k
		}
		names = append(names, k.Name)
	}
	if c.kind == nil {
		d := diag.Errorf(BadSource, c.span, "there is no source %s", call.Name)
		return nil, suggest(d, call.Name, names, "the sources are "+strings.Join(names, ", "))
	}
	if !c.kind.table {
		for _, name := range []string{"target", "number", "category", "drop"} {
			if n := sec.Find(name); n != nil {
				return nil, diag.Errorf(WrongSetting, n.Span, "%s names columns of a table, and %s has none", name, call.Name).
					WithHelp("remove this line: the source itself says what is predicted")
			}
		}
	}
	if n := sec.Find("resize"); n != nil && !c.kind.images {
		return nil, diag.Errorf(WrongSetting, n.Span, "resize is for images; %s gives rows of numbers", call.Name).
			WithHelp("remove this line")
	}
	return c, nil
}

// checkSettings finds what is wrong with the settings before anything is decoded, so that `netc check` can say it.
func (c *config) checkSettings(o *outline) error {
	if v, n := c.byColumn(); n != nil && !c.kind.table && !(v.Kind == model.Word && v.Str == "class") {
		return diag.Errorf(BadSplit, place(v, n), "%s has no columns; by = %s names one", c.call.Name, v).
			WithHelp("write by = class to keep the proportions of the classes")
	}
	if n := c.sec.Find("impute"); n != nil {
		if err := c.checkImpute(n, o); err != nil {
			return err
		}
	}
	sc, err := c.scaling(o)
	if err != nil {
		return err
	}
	return sc.check(o)
}

// place is where a value stands, or its statement when the value was not written.
func place(v model.Value, n *model.Node) diag.Span {
	if v.Span.Start.IsValid() {
		return v.Span
	}
	return n.Span
}

// arg is where an argument of the source stands, or the source.
func (c *config) arg(name string) diag.Span {
	if v := c.call.Args[name]; v.Span.Start.IsValid() {
		return v.Span
	}
	return c.span
}

// path is an argument of the source as a path on this machine; "" when it is not given.
func (c *config) path(name string) string {
	text := c.call.Args.Text(name)
	if text == "" || filepath.IsAbs(text) {
		return text
	}
	return filepath.Join(c.base, text)
}

// suggest adds "did you mean" when one of the candidates is near, else the other help.
func suggest(d *diag.Diagnostic, word string, candidates []string, otherwise string) *diag.Diagnostic {
	if near, ok := spell.Nearest(word, candidates); ok {
		return d.WithHelp("did you mean %s?", quoteIfNeeded(near))
	}
	return d.WithHelp("%s", otherwise)
}

// quoteIfNeeded writes a name as the language does: bare, or in quotes when it is no word of letters.
func quoteIfNeeded(name string) string {
	for i, r := range name {
		letter := r == '_' || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
		if !letter && (i == 0 || r < '0' || r > '9') {
			return fmt.Sprintf("%q", name)
		}
	}
	return name
}

// shown is a path as the messages give it: from the program's folder when it is below it.
func (c *config) shown(path string) string {
	if rel, err := filepath.Rel(c.base, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// fileError says what is wrong with a file; code is for contents that are not of the format.
func (c *config) fileError(code diag.Code, span diag.Span, path string, err error) error {
	var known *diag.Diagnostic
	if errors.As(err, &known) {
		return err
	}
	var content *format.Error
	if errors.As(err, &content) {
		switch content.Kind {
		case format.Unreadable:
			code = FileUnreadable
		case format.Ragged:
			code = RaggedCSV
		case format.Label:
			code = LabelOutOfRange
		}
		return diag.Errorf(code, span, "%s: %s", c.shown(path), content.Text).WithHelp("%s", content.Help)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return c.missing(span, path)
	}
	var system *fs.PathError
	if errors.As(err, &system) {
		err = system.Err
	}
	return diag.Errorf(FileUnreadable, span, "%s cannot be read: %v", c.shown(path), err).
		WithHelp("check that the path names what you mean and that you may read it")
}

// missing says that a path does not exist and what is near it.
func (c *config) missing(span diag.Span, path string) error {
	d := diag.Errorf(FileMissing, span, "%s does not exist", c.shown(path))
	dir := filepath.Dir(path)
	name := filepath.Base(path)
	for {
		entries, err := os.ReadDir(dir)
		if err != nil {
			up := filepath.Dir(dir)
			if up == dir {
				return d.WithHelp("relative paths start at %s", c.baseShown())
			}
			name, dir = filepath.Base(dir), up
			continue
		}
		names := make([]string, len(entries))
		for i, e := range entries {
			names[i] = e.Name()
		}
		return suggest(d, name, names, fmt.Sprintf("there is no %s in %s; relative paths start at %s", name, c.shown(dir), c.baseShown()))
	}
}

func (c *config) baseShown() string {
	if c.base == "" || c.base == "." {
		return "the working folder"
	}
	return c.base
}

package data

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/augment"
)

// args are the written arguments of a statement; the builders below fill in defaults as the checker does.
type args = model.Args

func num(f float64) model.Value { return *catalog.N(f) }
func pct(f float64) model.Value { return *catalog.NUnit(f/100, "%") }
func str(s string) model.Value  { return *catalog.S(s) }
func word(w string) model.Value { return *catalog.W(w) }
func yes() model.Value          { return *catalog.B(true) }

func list(v ...model.Value) model.Value { return model.Value{Kind: model.List, List: v} }

func words(names ...string) model.Value {
	var l []model.Value
	for _, n := range names {
		l = append(l, word(n))
	}
	return list(l...)
}

func nums(f ...float64) model.Value {
	var l []model.Value
	for _, v := range f {
		l = append(l, num(v))
	}
	return list(l...)
}

// call builds a constructor, statement a setting at a line of its own.
func call(t testing.TB, kind catalog.Kind, name string, a args) model.Value {
	t.Helper()
	return model.Value{Kind: model.Called, Call: resolved(t, kind, name, a)}
}

func resolved(t testing.TB, kind catalog.Kind, name string, a args) *model.Node {
	t.Helper()
	n := &model.Node{Name: name, Path: "data." + name, Args: args{}}
	for k, v := range a {
		n.Args[k] = v
	}
	for _, s := range append(Signatures(), augment.Signatures()...) {
		if s.Kind != kind || s.Name != name {
			continue
		}
		for _, p := range s.Params {
			v, given := n.Args[p.Name]
			switch {
			case !given && p.Default == nil:
				t.Fatalf("%s needs %s", name, p.Name)
			case !given:
				v = *p.Default
			}
			n.Args[p.Name] = v
		}
		for k := range a {
			if s.Param(k) == nil && (s.Rest == nil || s.Rest.Name != k) {
				t.Fatalf("%s has no argument %s", name, k)
			}
		}
		return n
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

func setting(t testing.TB, name string, a args) *model.Node {
	t.Helper()
	return resolved(t, catalog.Data, name, a)
}

func from(t testing.TB, source string, a args) *model.Node {
	t.Helper()
	return setting(t, "from", args{"source": call(t, catalog.Source, source, a)})
}

func scale(t testing.TB, method string, a args, on ...string) *model.Node {
	t.Helper()
	s := args{"method": call(t, catalog.Scale, method, a)}
	if len(on) > 0 {
		s["on"] = words(on...)
	}
	return setting(t, "scale", s)
}

// section puts settings on lines of their own, the first on line 2.
func section(settings ...*model.Node) *model.Section {
	s := &model.Section{Kind: "data", Path: "data", Settings: settings, Span: at(1)}
	for i, n := range settings {
		n.Span = at(i + 2)
	}
	return s
}

func at(line int) diag.Span {
	return diag.Span{Start: diag.Pos{Filename: "test.net", Line: line, Column: 3}, End: diag.Pos{Filename: "test.net", Line: line, Column: 9}}
}

func open(t testing.TB, base string, settings ...*model.Node) *Dataset {
	t.Helper()
	d, err := Open(section(settings...), base)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// write puts a file into a temporary folder of the test and returns the folder.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shared is the folder of the real data sets; the test is skipped where it is absent.
func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("../../../shared/data", path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("needs the real data in %s", full)
	}
	return full
}

// problem checks that err is a located diagnostic with that code, text and a help line.
func problem(t *testing.T, err error, code diag.Code, text string) *diag.Diagnostic {
	t.Helper()
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		t.Fatalf("got %v, want %s …%s…", err, code, text)
	}
	if d.Code != code || !strings.Contains(d.Message, text) || d.Help == "" || !d.Span.Start.IsValid() {
		t.Errorf("got %v\n  help: %s\nwant %s …%s…", d, d.Help, code, text)
	}
	return d
}

func no() *model.Value { return catalog.B(false) }

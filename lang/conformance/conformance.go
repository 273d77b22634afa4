// Package conformance reads the conformance suite of the language, spec/conformance, and holds an
// implementation to it. Each layer of netc checks the sections that it knows: package parse the syntax tree,
// the errors and the canonical form, the compiler shapes. The README of the suite describes the files.
package conformance

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/netc-lang/netc/lang/diag"
)

// The sections of a case.
const (
	Input     = "input.net"
	Tree      = "tree.txt"
	Errors    = "errors.txt"
	Formatted = "formatted.net"
)

// Update reports whether goldens are to be written instead of compared: NETC_UPDATE=1.
func Update() bool { return os.Getenv("NETC_UPDATE") == "1" }

// Case is one archive of the suite.
type Case struct {
	Name    string // of the file, without .txtar
	Path    string
	Archive *txtar.Archive
	changed bool
}

// Load reads every case of a folder, in the order of their names.
func Load(dir string) ([]*Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("conformance: no .txtar files in %s", dir)
	}
	slices.Sort(files)
	var cases []*Case
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			return nil, err
		}
		c := &Case{Name: strings.TrimSuffix(filepath.Base(f), ".txtar"), Path: f, Archive: a}
		if !c.Has(Input) {
			return nil, fmt.Errorf("conformance: %s has no %s", f, Input)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// Run loads a folder and runs f for each case that has one of the sections, as a subtest. With Update, changed
// cases are written back.
func Run(t *testing.T, dir string, sections []string, f func(*testing.T, *Case)) {
	t.Helper()
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range cases {
		if !slices.ContainsFunc(sections, c.Has) {
			continue
		}
		ran++
		t.Run(c.Name, func(t *testing.T) {
			f(t, c)
			if err := c.Save(); err != nil {
				t.Error(err)
			}
		})
	}
	if ran == 0 {
		t.Fatalf("no case in %s has any of %v", dir, sections)
	}
}

// Has reports whether the case has a section.
func (c *Case) Has(section string) bool {
	return slices.ContainsFunc(c.Archive.Files, func(f txtar.File) bool { return f.Name == section })
}

// Get returns a section, or nil.
func (c *Case) Get(section string) []byte {
	for _, f := range c.Archive.Files {
		if f.Name == section {
			return f.Data
		}
	}
	return nil
}

// Set replaces a section, or adds it at the end.
func (c *Case) Set(section string, data []byte) {
	for i, f := range c.Archive.Files {
		if f.Name == section {
			c.changed = c.changed || !bytes.Equal(f.Data, data)
			c.Archive.Files[i].Data = data
			return
		}
	}
	c.Archive.Files = append(c.Archive.Files, txtar.File{Name: section, Data: data})
	c.changed = true
}

// Golden compares what an implementation made with a section of the case; with Update it replaces the
// section instead.
func (c *Case) Golden(t *testing.T, section string, got []byte) {
	t.Helper()
	if len(got) > 0 && got[len(got)-1] != '\n' {
		got = append(bytes.Clone(got), '\n') // a txtar section ends with a newline
	}
	if Update() {
		c.Set(section, got)
		return
	}
	if !c.Has(section) {
		t.Errorf("%s has no section %s; NETC_UPDATE=1 adds it", c.Path, section)
		return
	}
	if diff := cmp.Diff(string(c.Get(section)), string(got)); diff != "" {
		t.Errorf("%s: %s (-want +got; NETC_UPDATE=1 accepts)\n%s", c.Path, section, diff)
	}
}

// Save writes the case back if it changed.
func (c *Case) Save() error {
	if !c.changed {
		return nil
	}
	c.changed = false
	return os.WriteFile(c.Path, txtar.Format(c.Archive), 0o644)
}

// ErrorLines writes diagnostics as the section errors.txt has them: one "line:column CODE" per line, in
// the order of the text, with the severity behind what is no error.
func ErrorLines(list diag.List) []byte {
	sorted := slices.Clone(list)
	sorted.Sort()
	var b bytes.Buffer
	for _, d := range sorted {
		fmt.Fprintf(&b, "%d:%d %s", d.Span.Start.Line, d.Span.Start.Column, d.Code)
		if d.Severity != diag.Error {
			fmt.Fprintf(&b, " %s", d.Severity)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

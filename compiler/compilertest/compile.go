package compilertest

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
)

// File is the name that a text is compiled under.
const File = "test.net"

// Files is a file system of texts, for compiler.Options.ReadFile. A name that it lacks is read from the disk.
type Files map[string]string

// Read reads a file.
func (f Files) Read(name string) ([]byte, error) {
	if text, ok := f[name]; ok {
		return []byte(text), nil
	}
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") {
		return os.ReadFile(name)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Only reads a file, none from the disk.
func (f Files) Only(name string) ([]byte, error) {
	if text, ok := f[name]; ok {
		return []byte(text), nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Compile compiles a text after edits, written as on a command line: "off dropout", "set train.batch = 8".
func Compile(t testing.TB, text string, edits ...string) *compiler.Program {
	t.Helper()
	return CompileFiles(t, Files{File: text}, edits...)
}

// CompileFiles compiles the file test.net of several.
func CompileFiles(t testing.TB, files Files, edits ...string) *compiler.Program {
	t.Helper()
	return compiler.Compile(File, compiler.Options{Catalog: Catalog(), Data: Data{}, ReadFile: files.Read, Edits: Edits(t, edits...)})
}

// Edits reads edits as a command line gives them.
func Edits(t testing.TB, texts ...string) []*canon.Edit {
	t.Helper()
	var list []*canon.Edit
	for _, text := range texts {
		verb, what, _ := strings.Cut(text, " ")
		var e *canon.Edit
		var d *diag.Diagnostic
		if verb == "set" {
			arg, diags := parse.Arg("--set", what)
			if diags.HasErrors() {
				t.Fatalf("edit %q: %v", text, diags)
			}
			e, d = canon.SetEdit(arg)
		} else {
			ref, diags := parse.Selector("--"+verb, what)
			if diags.HasErrors() {
				t.Fatalf("edit %q: %v", text, diags)
			}
			e, d = canon.SwitchEdit(verb, ref)
		}
		if d != nil {
			t.Fatalf("edit %q: %v", text, d)
		}
		list = append(list, e)
	}
	return list
}

// Good compiles a text that is meant to be without errors.
func Good(t testing.TB, text string, edits ...string) *compiler.Program {
	t.Helper()
	p := Compile(t, text, edits...)
	if p.Diags.HasErrors() {
		t.Fatalf("%v compiles with errors:\n%s", edits, Messages(p))
	}
	return p
}

// Messages prints the diagnostics of a program, with notes and help.
func Messages(p *compiler.Program) string {
	var b strings.Builder
	for _, d := range p.Diags {
		fmt.Fprintln(&b, d.Error())
		for _, n := range d.Notes {
			fmt.Fprintf(&b, "  note: %s: %s\n", n.Span, n.Text)
		}
		if d.Help != "" {
			fmt.Fprintf(&b, "  help: %s\n", d.Help)
		}
	}
	return b.String()
}

// Table prints the expanded program with the shape, parameters and FLOPs of every node.
func Table(p *compiler.Program) string { return Rows(p.Rows) }

// Rows prints rows of an expanded program: text, path, shape, parameters, FLOPs.
func Rows(rows []build.Row) string {
	var b strings.Builder
	for _, r := range rows {
		text := strings.Repeat("  ", r.Depth) + r.Text
		fmt.Fprintf(&b, "%-44s %-12s %9d %12d  %s\n", text, canon.ShapeText(r.Out), r.Params, r.FLOPs, r.Path)
	}
	return b.String()
}

// Tricks prints the tricks of a program: name, state, and where it stands.
func Tricks(p *compiler.Program) string {
	var b strings.Builder
	for _, t := range p.Canon.Tricks() {
		state := "off"
		if t.On() {
			state = "on"
		}
		more := ""
		if n := len(t.Places) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(&b, "%-20s %-4s %s%s\n", t.Name, state, t.Places[0].Path(), more)
	}
	return b.String()
}

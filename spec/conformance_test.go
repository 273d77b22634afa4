package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/lang/conformance"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime"
)

// Sections of the cases about meaning.
const (
	edits  = "edits.txt"
	shapes = "shapes.txt"
	tricks = "tricks.txt"
)

// TestMeaning holds the compiler to the part of the suite that is about meaning: names, arguments, shapes, edits, tricks.
func TestMeaning(t *testing.T) {
	conformance.Run(t, "conformance/meaning", []string{conformance.Input}, func(t *testing.T, c *conformance.Case) {
		files := compilertest.Files{}
		for _, f := range c.Archive.Files {
			if strings.HasSuffix(f.Name, ".net") {
				files[f.Name] = string(f.Data)
			}
		}
		lines := strings.FieldsFunc(string(c.Get(edits)), func(r rune) bool { return r == '\n' })
		p := compiler.Compile(conformance.Input, compiler.Options{Catalog: runtime.Catalog(), Data: compilertest.Data{},
			ReadFile: files.Only, Edits: compilertest.Edits(t, lines...)})
		if c.Has(conformance.Errors) {
			if len(p.Diags) == 0 {
				t.Fatalf("%s is meant to be faulty", c.Path)
			}
			c.Golden(t, conformance.Errors, conformance.ErrorLines(p.Diags))
			t.Log("\n" + compilertest.Messages(p))
			return
		}
		if len(p.Diags) > 0 {
			t.Fatalf("%s is meant to be sound:\n%s", c.Path, compilertest.Messages(p))
		}
		if c.Has(shapes) {
			var b strings.Builder
			for _, r := range p.Rows {
				fmt.Fprintf(&b, "%s %s %d\n", r.Key, canon.ShapeText(r.Out), r.Params)
			}
			c.Golden(t, shapes, []byte(b.String()))
		}
		if c.Has(tricks) {
			var b strings.Builder
			for _, x := range p.Canon.Tricks() {
				fmt.Fprintf(&b, "%s %s", x.Name, state(x.Active(), x.On()))
				for _, pl := range x.Places {
					fmt.Fprintf(&b, " %s", pl.Node.Path)
				}
				b.WriteByte('\n')
			}
			c.Golden(t, tricks, []byte(b.String()))
		}
	})
}

func state(active, on bool) string {
	switch {
	case !active:
		return "absent"
	case on:
		return "on"
	}
	return "off"
}

// TestMeaningIsComplete: every error code of names, arguments, shapes, edits and tricks is drawn by a case or an example.
func TestMeaningIsComplete(t *testing.T) {
	cases, err := conformance.Load("conformance/meaning")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, c := range cases {
		for _, line := range strings.Fields(string(c.Get(conformance.Errors))) {
			drawn[line] = true
		}
	}
	var missing []string
	for _, info := range diag.Codes() {
		if info.Code >= "N0100" && info.Code < "N0400" && !drawn[string(info.Code)] && info.Example == "" {
			missing = append(missing, string(info.Code))
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		t.Errorf("neither a case nor an example draws %v", missing)
	}
}

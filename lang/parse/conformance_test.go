package parse_test

import (
	"testing"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/conformance"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/parse"
)

const suite = "../../spec/conformance"

// TestConformance holds the parser and the formatter to the suite: the tree of a sound text, the
// diagnostics of a faulty one, the canonical form.
func TestConformance(t *testing.T) {
	conformance.Run(t, suite, []string{conformance.Input}, func(t *testing.T, c *conformance.Case) {
		src := c.Get(conformance.Input)
		f, list := parse.File("input.net", src)
		syntax := list[:0:0]
		for _, d := range list {
			if d.Code < "N0100" {
				syntax = append(syntax, d)
			}
		}
		if c.Has(conformance.Tree) && syntax.HasErrors() {
			t.Fatalf("%s is meant to be sound:\n%v", c.Path, list)
		}
		if len(syntax) > 0 || c.Has(conformance.Errors) {
			if len(syntax) == 0 {
				t.Fatalf("%s is meant to be faulty", c.Path)
			}
			c.Golden(t, conformance.Errors, conformance.ErrorLines(syntax))
		}
		if !syntax.HasErrors() {
			c.Golden(t, conformance.Tree, []byte(ast.Dump(f)))
		}
		if c.Has(conformance.Formatted) {
			text, _ := format.Source("input.net", src)
			c.Golden(t, conformance.Formatted, text)
		}
	})
}

// TestConformanceIsComplete: the suite has a case for every code of text and grammar.
func TestConformanceIsComplete(t *testing.T) {
	drawn := map[diag.Code]bool{}
	cases, err := conformance.Load(suite)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		_, list := parse.File("input.net", c.Get(conformance.Input))
		for _, d := range list {
			drawn[d.Code] = true
		}
	}
	for _, info := range diag.Codes() {
		if info.Code < "N0100" && !drawn[info.Code] {
			t.Errorf("no case draws %s %s", info.Code, info.Name)
		}
	}
}

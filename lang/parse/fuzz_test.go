package parse_test

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/conformance"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/parse"
)

// seed gives a fuzz target every program and every case of the suite.
func seed(f *testing.F) {
	for _, src := range programs(f) {
		f.Add(src)
	}
	cases, err := conformance.Load(suite)
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add(c.Get(conformance.Input))
	}
	for _, info := range diag.Codes() {
		f.Add([]byte(info.Example))
	}
}

// FuzzFile: whatever the text, the parser returns a tree; every place lies in the text; every error has a
// message and says what to do; a part that could not be read has been reported; the rules and participle read the same.
func FuzzFile(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src []byte) { checkFile(t, src) })
}

func checkFile(t *testing.T, src []byte) {
	t.Helper()
	tree, list := parse.File("fuzz.net", src)
	for _, d := range list {
		checkSpan(t, src, d.Span, d.Error())
		if d.Message == "" || d.Help == "" {
			t.Errorf("%s: no message or no help", d.Error())
		}
		for _, n := range d.Notes {
			checkSpan(t, src, n.Span, "note: "+n.Text)
		}
		for _, x := range d.Fixes {
			checkSpan(t, src, x.Span, "fix: "+x.Title)
		}
	}
	if !utf8.Valid(src) && !list.HasErrors() {
		t.Error("text that is not UTF-8 was accepted")
	}
	parse.CheckScan(t, src)
	parse.CheckQuick(t, src)
	last := diag.Span{}
	ast.Inspect(tree, func(n ast.Spanned) bool {
		checkSpan(t, src, n.Span(), "node")
		if _, bad := n.(*ast.Bad); bad && !list.HasErrors() {
			t.Error("a part of the text was dropped without an error")
		}
		return true
	})
	for _, c := range tree.Comments {
		checkSpan(t, src, c.Span(), "comment")
		if c.Pos.Offset < last.End.Offset {
			t.Error("comments out of order")
		}
		last = c.Span()
	}
}

func checkSpan(t *testing.T, src []byte, s diag.Span, what string) {
	t.Helper()
	if s.Start.Offset < 0 || s.Start.Offset > s.End.Offset || s.End.Offset > len(src) {
		t.Errorf("%s: span %d to %d in a text of %d bytes", what, s.Start.Offset, s.End.Offset, len(src))
	}
	if s.Start.Line < 1 || s.Start.Column < 1 || s.End.Line < s.Start.Line {
		t.Errorf("%s: place %v to %v", what, s.Start, s.End)
	}
}

// FuzzFormat: the canonical form of a sound text parses to the same tree, keeps every comment, and is its
// own canonical form. So does the printed tree.
func FuzzFormat(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src []byte) { checkFormat(t, src) })
}

func checkFormat(t *testing.T, src []byte) {
	t.Helper()
	tree, list := parse.File("fuzz.net", src)
	if list.HasErrors() {
		if got, _ := format.Source("fuzz.net", src); string(got) != string(src) {
			t.Error("a text with errors was changed")
		}
		return
	}
	want := ast.Dump(tree)
	text, _ := format.Source("fuzz.net", src)
	again, list := parse.File("fuzz.net", text)
	if list.HasErrors() {
		t.Fatalf("the canonical form does not parse: %v\n%s\nof\n%s", list, text, src)
	}
	if diff := cmp.Diff(want, ast.Dump(again)); diff != "" {
		t.Fatalf("formatting changed the tree (-before +after)\n%s\n%s\nof\n%s", diff, text, src)
	}
	if diff := cmp.Diff(comments(tree), comments(again)); diff != "" {
		t.Fatalf("formatting changed the comments (-before +after)\n%s\n%s\nof\n%s", diff, text, src)
	}
	if twice, _ := format.Source("fuzz.net", text); string(twice) != string(text) {
		t.Fatalf("formatting twice (-once +twice)\n%s\nof\n%s", cmp.Diff(string(text), string(twice)), src)
	}
	printed := format.Tree(tree)
	again, list = parse.File("fuzz.net", printed)
	if list.HasErrors() {
		t.Fatalf("the printed tree does not parse: %v\n%s\nof\n%s", list, printed, src)
	}
	if diff := cmp.Diff(want, ast.Dump(again)); diff != "" {
		t.Fatalf("printing changed the tree (-before +after)\n%s\n%s\nof\n%s", diff, printed, src)
	}
}

func comments(f *ast.File) []string {
	var all []string
	for _, c := range f.Comments {
		all = append(all, c.Text)
	}
	return all
}

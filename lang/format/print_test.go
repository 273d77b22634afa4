package format_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/parse"
)

func TestExpr(t *testing.T) {
	for text, want := range map[string]string{
		"1+2*3":                           "1 + 2 * 3",
		"( a )":                           "(a)",
		"- a*-b":                          "-a * -b",
		"a  and not b==c or d":            "a and not b == c or d",
		"1 .. k-1":                        "1..k - 1",
		"f( x,k=2 )":                      "f(x, k = 2)",
		"a . b[ 2 ].c[*]":                 "a.b[2].c[*]",
		"[1,2,]":                          "[1, 2]",
		"10 %":                            "10%",
		"30min":                           "30 min",
		`"s"`:                             `"s"`,
		"nothing":                         "nothing",
		"sgd(lr=0.1 instead of 0.2 as x)": "sgd(lr = 0.1 instead of 0.2 as x)",
	} {
		arg, list := parse.Arg("test", text)
		if len(list) > 0 {
			t.Fatal(list)
		}
		if got := format.Expr(arg.Value.On); got != want {
			t.Errorf("%s prints as %s, want %s", text, got, want)
		}
	}
}

func TestNode(t *testing.T) {
	b, list := parse.Body("test", "path {shortcut 3,by=padding} instead of nothing as skip off\nif a {x} else if b {y} else {\nz\n}")
	if len(list) > 0 {
		t.Fatal(list)
	}
	if got, want := format.Node(b.Stmts[0]), "path { shortcut 3, by = padding } instead of nothing as skip off"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := format.Node(b.Stmts[1]), "if a { x } else if b { y } else {\n  z\n}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := format.Node((*ast.Expr)(nil)); got != "" {
		t.Errorf("nil prints as %q", got)
	}
}

// A tree that a program made has no positions; it prints all the same.
func TestTreeWithoutPositions(t *testing.T) {
	word := func(s string) *ast.Expr {
		prim := &ast.Prim{Ref: &ast.Ref{Segs: []*ast.RefSeg{{Name: s}}}}
		sum := &ast.Sum{Left: &ast.Prod{Left: &ast.Unary{Prim: prim}}}
		return &ast.Expr{Or: []*ast.And{{And: []*ast.Cmp{{Left: &ast.Range{Lo: sum}}}}}}
	}
	node := func(head string, body *ast.Body, args ...string) *ast.Stmt {
		n := &ast.Node{Head: &ast.Head{Names: []string{head}}, Body: body}
		for _, a := range args {
			n.Args = append(n.Args, &ast.Arg{Value: &ast.Value{On: word(a)}})
		}
		return &ast.Stmt{Node: n}
	}
	one := &ast.Body{Stmts: []*ast.Stmt{node("dense", nil, "classes")}}
	two := &ast.Body{Stmts: []*ast.Stmt{node("act", nil, "relu"), node("path", one)}}
	f := &ast.File{Tops: []*ast.Top{
		{Use: &ast.Use{Path: &ast.String{Text: `"a.net"`}, As: &ast.Ident{Name: "a"}}},
		{Let: &ast.Let{Name: &ast.Ident{Name: "x"}, Value: &ast.Value{On: word("y")}}},
		{Section: &ast.Section{Kind: &ast.Ident{Name: "model"}, Name: &ast.Ident{Name: "m"}, Body: two}},
		{Section: &ast.Section{Kind: &ast.Ident{Name: "data"}, Body: &ast.Body{}}},
	}}
	want := `use "a.net" as a
let x = y

model m {
  act relu
  path { dense classes }
}

data { }
`
	if diff := cmp.Diff(want, string(format.Tree(f))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTreeOfPrograms(t *testing.T) {
	for name, src := range programs(t) {
		f, _ := parse.File(name, src)
		text := format.Tree(f)
		again, list := parse.File(name, text)
		if len(list) > 0 {
			t.Fatal(list)
		}
		if diff := cmp.Diff(ast.Dump(f), ast.Dump(again)); diff != "" {
			t.Errorf("%s: printing changes the tree\n%s", name, diff)
		}
		if got, _ := format.Source(name, text); string(got) != string(text) {
			t.Errorf("%s: the printed tree is not canonical\n%s", name, cmp.Diff(string(text), string(got)))
		}
	}
}

func TestSourceWithErrors(t *testing.T) {
	src := []byte("model m { conv 16 kernel=3 }")
	got, list := format.Source("m.net", src)
	if string(got) != string(src) || !list.HasErrors() {
		t.Errorf("got %q, %v", got, list)
	}
}

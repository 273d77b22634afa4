package parse_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/participle/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
)

// The tags of package ast are the whole grammar: participle alone, over the lexer of this package, reads
// every program to the tree that File gives.
func TestGrammarInOneGo(t *testing.T) {
	p := participle.MustBuild[ast.File](participle.Lexer(parse.Definition{}), participle.UseLookahead(1),
		participle.Elide("WS", "NL", "Comment"))
	for name, src := range programs(t) {
		want, err := p.ParseBytes(name, src)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := parse.File(name, src)
		want.Comments, want.Pos, want.EndPos = got.Comments, got.Pos, got.EndPos
		if !reflect.DeepEqual(want, got) { // cmp takes seconds for trees of this size
			t.Errorf("%s (-participle +File)\n%s", name, cmp.Diff(ast.Dump(want), ast.Dump(got)))
		}
	}
}

func TestComments(t *testing.T) {
	f, _ := parse.File("m.net", []byte("// a\nlet x = 1 // b  \nmodel m { // c\n  // d\r\n}\n// e"))
	var got []string
	for _, c := range f.Comments {
		got = append(got, fmt.Sprintf("%d:%d %s %v", c.Pos.Line, c.Pos.Column, c.Text, c.Own))
	}
	want := []string{"1:1 // a true", "2:11 // b false", "3:11 // c false", "4:3 // d true", "6:1 // e true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestArg(t *testing.T) {
	for text, want := range map[string]string{
		"train.epochs=10":                  "(arg train.epochs 10)",
		" model.act[*].kind = gelu ":       "(arg model.act[*].kind gelu)",
		"a = [1, 2]":                       "(arg a (list 1 2))",
		"lr = 1e-3":                        "(arg lr 1e-3)",
		"5 epochs":                         "(unit 5 epochs)",
		"train.optimizer = sgd(lr = 0.1)":  "(arg train.optimizer (call sgd (arg lr 0.1)))",
		"model.act = relu instead of tanh": "(arg model.act (instead relu tanh))",
	} {
		arg, list := parse.Arg("--set", text)
		if len(list) > 0 {
			t.Errorf("%s: %v", text, list)
			continue
		}
		if got := strings.TrimSpace(ast.Dump(arg)); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]diag.Code{
		"":                      parse.MissingValue,
		"train.epochs=":         parse.MissingValue,
		"train.epochs 10":       parse.MissingComma,
		"a = 1; b = 2":          parse.Unexpected,
		"a = 1, b = 2":          parse.Unexpected,
		"a = 2 epocs":           parse.UnknownUnit,
		"a: 3":                  parse.ColonForEquals,
		"a = (1":                parse.Unclosed,
		"a = .5":                parse.BadNumber,
		"stage[0].x = 3":        parse.BadIndex,
		"a = 1e999":             parse.OutOfRange,
		"a = 1 }":               parse.ClosesNothing,
		"a = relu instead tanh": parse.MissingOf,
	} {
		arg, list := parse.Arg("--set", text)
		if arg != nil || len(list) == 0 || list[0].Code != want || list[0].Span.Start.Filename != "--set" {
			t.Errorf("%q: %v, want %s", text, list, want)
		}
		if len(list) > 0 && list[0].Help == "" {
			t.Errorf("%q: no help", text)
		}
	}
}

func TestSelector(t *testing.T) {
	for text, want := range map[string]string{
		"dropout":       "dropout",
		"dropout[2]":    "(index dropout 2)",
		"dropout[*]":    "(each dropout)",
		"stage[2].skip": "(ref (index stage 2) skip)",
	} {
		ref, list := parse.Selector("--off", text)
		if len(list) > 0 {
			t.Errorf("%s: %v", text, list)
			continue
		}
		if got := strings.TrimSpace(ast.Dump(ref)); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "3", "a = 1", "f(1)", "a b", "a.", "[2]", "a[", "nothing"} {
		if ref, list := parse.Selector("--off", text); ref != nil || !list.HasErrors() {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestBody(t *testing.T) {
	b, list := parse.Body("edits", "set a = 1; off b\nbefore c { dropout 0.3 }")
	if len(list) > 0 {
		t.Fatal(list)
	}
	want := "\n  (body\n    (node set (arg a 1))\n    (node off b)\n    (node before c\n      (body\n        (node dropout 0.3))))\n"
	if got := ast.Dump(b); !strings.Contains(got, "(node before c") || len(b.Stmts) != 3 {
		t.Errorf("got %s, want %s", got, want)
	}
	_, list = parse.Body("edits", "set a = 1; off b }; l2 = 3")
	if len(list) != 2 || list[0].Code != parse.ClosesNothing || list[1].Code != parse.EqualsAfterHead {
		t.Errorf("got %v", list)
	}
}

// What can be read around an error is in the tree.
func TestBestEffortTree(t *testing.T) {
	src := `
data d { from csv("a.csv") }
model m {
  dense 10 ( 3
  act relu
  repeat 2 3 { flatten; dense = }
  dense classes
}
train { epochs 3 }
`
	f, list := parse.File("m.net", []byte(src))
	if !list.HasErrors() {
		t.Fatal("no errors")
	}
	got := ast.Dump(f)
	for _, want := range []string{"(node from (call csv", "(node act relu)", "(node flatten)", "(node dense classes)", "(node epochs 3)", "(bad"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is lost in\n%s", want, got)
		}
	}
}

// Repairs that leave no doubt give the tree that was meant.
func TestRepairs(t *testing.T) {
	for faulty, sound := range map[string]string{
		"model m { conv 16 kernel = 3 }":                  "model m { conv 16, kernel = 3 }",
		"model m { conv(16, kernel = 3) }":                "model m { conv 16, kernel = 3 }",
		"model m { conv 16, kernel: 3 }":                  "model m { conv 16, kernel = 3 }",
		"train { l2 = 5e-4 }":                             "train { l2 5e-4 }",
		"train { warmup 2 epocs }":                        "train { warmup 2 epochs }",
		"modle m { pass }":                                "model m { pass }",
		"model m { dropout .5 }":                          "model m { dropout 0.5 }",
		"model m { act relu instead tanh }":               "model m { act relu instead of tanh }",
		"model m { if a = 3 && b { pass } }":              "model m { if a == 3 and b { pass } }",
		"model m { repeat 2 { pass } act relu }":          "model m { repeat 2 { pass }; act relu }",
		"model m {\n  conv 16,\n  act relu\n}":            "model m { conv 16; act relu }",
		"model m\n{ pass }":                               "model m { pass }",
		"model m { if a { pass } elif b { pass } }":       "model m { if a { pass } else if b { pass } }",
		"model m { for i = 1..3 { pass } }":               "model m { for i in 1..3 { pass } }",
		"model m {\n  sum {\n    path { }\n  act relu\n}": "model m { sum { path { } }; act relu }",
		"let a = [1, (2, 3]":                              "let a = [1, (2), 3]",
		"let a = 'x'":                                     `let a = "x"`,
	} {
		f, list := parse.File("faulty.net", []byte(faulty))
		if !list.HasErrors() {
			t.Errorf("%q has no error", faulty)
		}
		g, list := parse.File("sound.net", []byte(sound))
		if len(list) > 0 {
			t.Error(list)
		}
		if faulty == "let a = [1, (2, 3]" {
			continue // where a ( was meant to end is a guess
		}
		if diff := cmp.Diff(ast.Dump(g), ast.Dump(f)); diff != "" {
			t.Errorf("%q (-meant +read)\n%s", faulty, diff)
		}
	}
}

// Errors do not hide each other, and none is said twice.
func TestEveryErrorOnce(t *testing.T) {
	var src strings.Builder
	src.WriteString("model m {\n")
	for i := range 60 {
		fmt.Fprintf(&src, "  conv %d kernel = 3\n  act relu\n", i)
	}
	src.WriteString("}\n")
	_, list := parse.File("m.net", []byte(src.String()))
	if len(list) != 60 {
		t.Errorf("%d errors, want 60", len(list))
	}
}

// The mistakes and the words that explain them.
func TestMessages(t *testing.T) {
	for src, want := range map[string]string{
		"model m { conv 16 kernel = 3 }":              "a comma is missing between the number 16 and `kernel`",
		"train { optimizer adam(lr 0.01) }":           "an `=` is missing between `lr` and its value",
		"train { schedule step(at [50%, 75%]) }":      "an `=` is missing between `at` and its value",
		"model m { conv 16, kernel 5 }":               "an `=` is missing between `kernel` and its value",
		"model m { dropout p 0.5 }":                   "a comma is missing between `p` and the number 0.5",
		"data d { drop age, job \"zip code\" }":       "a comma is missing between `job` and the string \"zip code\"",
		"model m { repeat 3 times { dense 10 } }":     "`times` stands between the count and the body of `repeat`",
		"model m { conv(16, kernel = 3) }":            "`conv` takes its arguments without parentheses",
		"model m { conv 16, kernel: 3 }":              "a named argument is written with `=`, not `:`",
		"train { l2 = 5e-4 }":                         "`l2` takes its value without `=`",
		"train { warmup 2 epocs }":                    "`epocs` is not a unit",
		"trian { epochs 3 }":                          "no construct starts with `trian`",
		"model m { dropout 5. }":                      "`5.` is not a number of the language",
		"model m { act a instead of b instead of c }": "a statement has one `instead of`, and this is its second",
		"model m {\n dense 1":                         "this `{` is never closed",
		"let for = 1":                                 "`for` is a reserved word and cannot be a name",
		"use std":                                     "after `use` comes a file in double quotes, not `std`",
		"model m {\n  conv 16,\n  act relu\n}":        "this comma continues the statement on the next line",
	} {
		_, list := parse.File("m.net", []byte(src))
		if len(list) != 1 || list[0].Message != want {
			t.Errorf("%q: got %v, want %q", src, list, want)
		}
	}
}

// Tokens joined are the file.
func TestTokens(t *testing.T) {
	for name, src := range programs(t) {
		var b strings.Builder
		for _, tok := range parse.Tokens(name, src) {
			if tok.Kind == parse.Unknown {
				t.Errorf("%s: %v %v", name, tok.Pos, tok)
			}
			b.WriteString(tok.Text)
		}
		if b.String() != string(src) {
			t.Errorf("%s: tokens do not add up to the text", name)
		}
	}
}

// Nesting that would exhaust the stack is an error, not a crash.
func TestDeepNesting(t *testing.T) {
	for name, src := range map[string]string{
		"parens":   "let a = " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
		"open":     "let a = " + strings.Repeat("(", 5000),
		"lists":    "let a = " + strings.Repeat("[", 5000),
		"bodies":   "model m " + strings.Repeat("{ a ", 5000) + strings.Repeat("}", 5000),
		"unclosed": strings.Repeat("model m { ", 5000),
		"else":     "model m { if a { pass }" + strings.Repeat(" else if a { pass }", 3000) + " }",
		"calls":    "let a = " + strings.Repeat("f(", 5000) + strings.Repeat(")", 5000),
		"index":    "let a = " + strings.Repeat("a[", 5000) + "1" + strings.Repeat("]", 5000),
		"closers":  strings.Repeat("}", 5000),
	} {
		if _, list := parse.File(name, []byte(src)); !list.HasErrors() {
			t.Errorf("%s: no error", name)
		}
	}
}

// statements makes a text of n long statements.
func statements(n int) []byte {
	var b strings.Builder
	b.WriteString("model big {\n")
	for i := range n {
		fmt.Fprintf(&b, "  conv %d, kernel = 3 + %d, stride = [1, 2], by = f(a.b[%d], c = not x > 2) instead of 5 as k%d // note\n", i, i, i+1, i)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// The work grows with the text: each size is ten times the one before, and so should its time be.
func BenchmarkStatements(b *testing.B) {
	for _, n := range []int{50, 500, 5000} {
		src := statements(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, list := parse.File("big.net", src); len(list) > 0 {
					b.Fatal(list)
				}
			}
		})
	}
}

// The same with an error in every tenth statement.
func BenchmarkFaultyStatements(b *testing.B) {
	for _, n := range []int{50, 500, 5000} {
		lines := strings.Split(string(statements(n)), "\n")
		for i := 1; i <= n; i += 10 {
			lines[i] = strings.Replace(lines[i], ", kernel", " kernel", 1)
		}
		src := []byte(strings.Join(lines, "\n"))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, list := parse.File("big.net", src); len(list) != n/10 {
					b.Fatal(len(list))
				}
			}
		})
	}
}

package ast_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/parse"
)

func number(t *testing.T, text string) *ast.Number {
	t.Helper()
	arg, list := parse.Arg("test", text)
	if len(list) > 0 {
		t.Fatal(list)
	}
	return arg.Value.On.Prim().Number
}

func TestNumberValue(t *testing.T) {
	for _, c := range []struct {
		text  string
		value float64
		unit  string
	}{
		{"3", 3, ""},
		{"0.5", 0.5, ""},
		{"1e-4", 1e-4, ""},
		{"10%", 0.1, "%"},
		{"0.3%", 0.003, "%"}, // 0.3/100 would round twice
		{"7%", 0.07, "%"},
		{"5e-1 %", 0.005, "%"},
		{"1 epoch", 1, "epochs"},
		{"5 epochs", 5, "epochs"},
		{"100 step", 100, "steps"},
		{"250 ms", 0.25, "s"},
		{"3 s", 3, "s"},
		{"30 min", 1800, "s"},
		{"2 h", 7200, "s"},
		{"2 hours", 7200, "s"},
		{"1 day", 86400, "s"},
		{"512 KB", 0.512, "MB"},
		{"8 MB", 8, "MB"},
		{"2 GB", 2000, "MB"},
		{"4 px", 4, "px"},
		{"15 deg", 15, "deg"},
		{"5 points", 5, "points"},
	} {
		n := number(t, c.text)
		if n.Value() != c.value || n.UnitName() != c.unit {
			t.Errorf("%s is %v %q, want %v %q", c.text, n.Value(), n.UnitName(), c.value, c.unit)
		}
	}
	big := ast.Number{Text: "1e999"}
	if !math.IsInf(big.Value(), 1) {
		t.Errorf("1e999 is %v", big.Value())
	}
}

func TestNumberIsInt(t *testing.T) {
	for text, want := range map[string]bool{"3": true, "007": true, "3.0": false, "3e2": false, "10%": true} {
		if got := number(t, text).IsInt(); got != want {
			t.Errorf("IsInt(%s) = %v", text, got)
		}
	}
}

// Every unit of the grammar has a canonical form, and the list that is shown to people is complete.
func TestUnits(t *testing.T) {
	for _, u := range ast.Units {
		n := number(t, "3 "+u)
		if n.UnitName() == "" {
			t.Errorf("%s has no canonical form", u)
		}
	}
}

func TestStringValue(t *testing.T) {
	for text, want := range map[string]string{
		`""`:               "",
		`"a b"`:            "a b",
		`"a\"b\\c\n\td"`:   "a\"b\\c\n\td",
		`"größe 漢字"`:       "größe 漢字",
		`"ends in \\"`:     `ends in \`,
		`"quote \" end\""`: `quote " end"`,
	} {
		s := ast.String{Text: text}
		if got := s.Value(); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
		again := ast.String{Text: ast.Quote(want)}
		if got := again.Value(); got != want {
			t.Errorf("Quote(%q) = %s, which is %q", want, again.Text, got)
		}
	}
}

func TestWord(t *testing.T) {
	for text, want := range map[string]string{
		"relu": "relu", "(relu)": "", "a.b": "", "a[1]": "", "a[*]": "", "f()": "", "-a": "", "a + b": "", "not a": "",
		"3": "", `"relu"`: "", "a..b": "", "a or b": "", "a == b": "",
	} {
		arg, list := parse.Arg("test", text)
		if len(list) > 0 {
			t.Fatal(list)
		}
		got, ok := arg.Value.On.Word()
		if got != want || ok != (want != "") {
			t.Errorf("%s: word %q, %v", text, got, ok)
		}
	}
}

// Inspect visits nodes in the order of the text, parents before children.
func TestInspectOrder(t *testing.T) {
	src := `net 1
use "x" as y
extend "z" { off a }
let f(a, b = 2) = [a, b[1], c[*].d(3, k = "s")] instead of 4 as g
block b(n) {
  let x = (1 + 2) * -3 .. 4
  if not a == b and c or d { pass } else if e { pass } else { pass }
  for i in 1..n { pass } as u
  repeat n { pass } as v
  conv 16, kernel[2].x = 3 { pass } instead of { pass } as w off
}
`
	f, list := parse.File("test", []byte(src))
	if len(list) > 0 {
		t.Fatal(list)
	}
	kinds := map[string]bool{}
	at := 0
	ast.Inspect(f, func(n ast.Spanned) bool {
		s := n.Span()
		if s.Start.Offset < at {
			t.Errorf("%T at %v comes after offset %d", n, s, at)
		}
		if s.End.Offset <= s.Start.Offset {
			t.Errorf("%T at %v is empty", n, s)
		}
		at = s.Start.Offset
		kinds[fmt.Sprintf("%T", n)] = true
		return true
	})
	if len(kinds) < 34 {
		t.Errorf("only %d kinds of node visited", len(kinds))
	}
	// Spans end where the text of the node ends, not where the next token starts.
	ast.Inspect(f, func(n ast.Spanned) bool {
		s := n.Span()
		text := src[s.Start.Offset:s.End.Offset]
		if _, file := n.(*ast.File); !file && text != strings.TrimSpace(text) {
			t.Errorf("%T spans white space: %q", n, text)
		}
		return true
	})
}

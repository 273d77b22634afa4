package parse

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// CheckQuick holds the quick reader to participle on every construct of a text, and on every statement of those
// that have errors: the same ones are accepted, with the same trees.
func CheckQuick(t *testing.T, src []byte) {
	t.Helper()
	toks, _ := (&reader{}).tokens("quick.net", string(src))
	for _, seg := range statements(toks[:len(toks)-1]) {
		if checkQuick(t, topProduction, seg) {
			continue
		}
		_, bodies := empty(seg)
		for _, b := range bodies {
			for _, s := range statements(b) {
				checkQuick(t, stmtProduction, s)
			}
		}
	}
}

func checkQuick[T any](t *testing.T, p production[T], toks []tok) (accepted bool) {
	t.Helper()
	got := quickly(p.quick, toks)
	want, bad := judge(p.grammar(), toks)
	switch {
	case got == nil && bad < 0:
		t.Errorf("only participle accepts %s", textOf(toks))
	case got != nil && bad >= 0:
		t.Errorf("participle refuses %s at token %d, %q", textOf(toks), bad, append(toks, nowhere)[bad].text)
	case got != nil && !reflect.DeepEqual(want, got): // cmp alone takes a hundred times as long
		t.Errorf("trees of %s (-participle +quick)\n%s", textOf(toks), cmp.Diff(want, got))
	}
	return got != nil
}

func textOf(toks []tok) string {
	text := ""
	for _, t := range toks {
		text += t.text + " "
	}
	return text
}

// Productions that no program holds by itself, in forms that programs seldom have.
func TestQuickArgumentsAndSelectors(t *testing.T) {
	for _, text := range []string{
		"a", "a = 1", "a.b[2].c[*] = 3", "a[1] == 2", "a[b] = 2", "a.b", "stage[2].skip", "stage[*]", "a[1..2].b(c = 1,)", "f()",
		"f(,)", "f(1,,2)", "[1, 2,]", "[]", "[,]", "(1)", "()", "- 1", "--1", "not not a", "not a == b", "a == b == c", "1..2..3", "a instead of b as c",
		"a instead of nothing", "a instead of { }", "a as b", "5 %", "5 epochs epochs", "1 + 2 * 3 - 4 / 5 or 6 and 7", "1 +", "true.false", "\"x\"(1)", "f(1)(2)",
	} {
		toks, _ := (&reader{}).tokens("quick.net", text)
		if all := statements(toks[:len(toks)-1]); len(all) == 1 {
			checkQuick(t, argProduction, all[0])
			checkQuick(t, refProduction, all[0])
			checkQuick(t, numberProduction, all[0])
		}
	}
}

package parse

import (
	"reflect"
	"testing"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/google/go-cmp/cmp"
)

// rules says what the raw tokens are.
var rules = lexer.MustSimple([]lexer.SimpleRule{
	{Name: "Comment", Pattern: `//[^\n]*`},
	{Name: "NL", Pattern: `[ \t\r]*\n`},
	{Name: "WS", Pattern: `[ \t\r]+`},
	{Name: "Name", Pattern: `[A-Za-z_][A-Za-z0-9_]*`},
	{Name: "Number", Pattern: `[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`},
	{Name: "String", Pattern: `"(?:\\.|[^"\\\n])*"`},
	{Name: "OpenString", Pattern: `"(?:\\.|[^"\\\n])*`},
	{Name: "Alien", Pattern: `&&|\|\||!!|\*\*|:=|->|=>|\+=|-=|\*=|/=|/\*|\*/|\.\.\.+|===|<>`},
	{Name: "Op", Pattern: `\.\.|==|!=|<=|>=|[-+*/%=<>.,;(){}\[\]]`},
	{Name: "Unknown", Pattern: `(?s).`},
})

// CheckScan holds scan to the regular expressions of rules.
func CheckScan(t *testing.T, src []byte) {
	t.Helper()
	got := scan("scan.net", string(src), nil)
	want := byRules(t, string(src))
	if !reflect.DeepEqual(want, got) {
		t.Errorf("tokens of %q (-rules +scan)\n%s", src, cmp.Diff(want, got, cmp.AllowUnexported(tok{})))
	}
}

func byRules(t *testing.T, src string) []tok {
	t.Helper()
	lx, err := rules.LexString("scan.net", src)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[lexer.TokenType]lexer.TokenType{}
	for name, kind := range rules.Symbols() {
		kinds[kind] = symbols[name]
	}
	var toks []tok
	for {
		next, err := lx.Next()
		if err != nil {
			t.Fatal(err)
		}
		if n := len(toks); n > 0 {
			toks[n-1].end = next.Pos
		}
		next.Type = kinds[next.Type]
		if next.Type == kName && reserved[next.Value] {
			next.Type = kWord
		}
		if next.EOF() {
			return append(toks, tok{kind: kEOF, pos: next.Pos, end: next.Pos})
		}
		toks = append(toks, tok{kind: next.Type, text: next.Value, pos: next.Pos})
	}
}

func TestScanFollowsTheRules(t *testing.T) {
	for _, src := range []string{
		"", "\n", " \t\r\n", "\r", "//", "// é\nx", "/ /", "a//b", "1", "1.", "1.5", "1.5.2", "1..2", "1...2", "....", "..", ".", ".5", "1e5", "1e", "1e+", "1E-3x", "01x",
		`"a"`, `"a`, `"a\`, `"a\"`, `"a\"b"c`, "\"a\\\nb\"", "\"a\nb\"", `"é\é"`, "\"\xff\"", "\xff\xfe", "é", "\u200b", "===", "==", "=", "=>", "<=>", "<>", "!==", "!!", "!",
		"&", "&&&", "|", "**=", "*/", "/*", "/=", "-=>", "+=", ":=", ":", "->", "{}[]();,%<>", "_a1 not nota", "\x00eol", "a\x00b",
	} {
		CheckScan(t, []byte(src))
	}
}

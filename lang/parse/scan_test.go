package parse

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
	var toks []tok
	for {
		next, err := lx.Next()
		if err != nil {
			t.Fatal(err)
		}
		if n := len(toks); n > 0 {
			toks[n-1].end = next.Pos
		}
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

package diag_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/diag"
)

func pos(line, column int) diag.Pos { return diag.Pos{Filename: "m.net", Line: line, Column: column} }

func span(line, from, to int) diag.Span { return diag.Span{Start: pos(line, from), End: pos(line, to)} }

func render(t *testing.T, src string, color bool, list ...*diag.Diagnostic) string {
	t.Helper()
	var b bytes.Buffer
	source := func(file string) []byte {
		if file != "m.net" {
			return nil
		}
		return []byte(src)
	}
	if err := diag.Render(&b, list, source, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRender(t *testing.T) {
	src := "model m {\n  conv 16\n  dense 120\n}"
	d := diag.Errorf("N0203", span(3, 9, 12), "dense expects rank 2, got %v", []int{32, 1, 28, 28}).
		WithNote(span(2, 3, 10), "the shape comes from here").
		WithNote(diag.Span{}, "a note without a place").
		WithHelp("insert flatten")
	got := render(t, src, false, d, diag.Warnf("", diag.Span{}, "no place, no code"))
	want := `m.net:3:9: error[N0203]: dense expects rank 2, got [32 1 28 28]
    3 |   dense 120
      |         ^^^
note: m.net:2:3: the shape comes from here
    2 |   conv 16
      |   ^^^^^^^
note: a note without a place
help: insert flatten

warning: no place, no code
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRenderPlaces(t *testing.T) {
	for _, c := range []struct {
		name, src, want string
		span            diag.Span
	}{
		{"tab", "\tdense\t120", "    dense   120\n" + strings.Repeat(" ", 12) + "^^^", span(1, 8, 11)},
		{"wide", `say "漢字" x`, "say \"漢字\" x\n           ^", span(1, 10, 11)},
		{"wide span", `say "漢字" x`, "say \"漢字\" x\n    ^^^^^^", span(1, 5, 9)},
		{"combining", "e\u0301 x", "e\u0301 x\n  ^", span(1, 4, 5)},
		{"empty span", "dense", "dense\n     ^", span(1, 6, 6)},
		{"over lines", "a {\n}", "a {\n  ^", diag.Span{Start: pos(1, 3), End: pos(2, 2)}},
		{"crlf", "a b\r\n", "a b\n  ^", span(1, 3, 4)},
		{"broken bytes", "a\xff b", "a\uFFFD b\n   ^", span(1, 4, 5)},
		{"beyond the line", "ab", "ab\n  ^", span(1, 9, 12)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := render(t, c.src, false, diag.Errorf("N0001", c.span, "x"))
			lines := strings.Split(strings.TrimRight(got, "\n"), "\n")
			if len(lines) != 3 {
				t.Fatalf("got %q", got)
			}
			body := strings.TrimPrefix(lines[1], "    1 | ") + "\n" + strings.TrimPrefix(lines[2], "      | ")
			if body != c.want {
				t.Errorf("got\n%s\nwant\n%s", body, c.want)
			}
		})
	}
}

func TestRenderWithoutSource(t *testing.T) {
	d := diag.Errorf("N0701", diag.Span{Start: diag.Pos{Filename: "gone.net"}}, "no such file")
	if got, want := render(t, "", false, d), "gone.net: error[N0701]: no such file\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRenderColor(t *testing.T) {
	d := diag.Errorf("N0001", span(1, 1, 3), "bad").WithHelp("do better")
	colored := render(t, "ab", true, d)
	if !strings.Contains(colored, "\x1b[1;31m") {
		t.Errorf("no red in %q", colored)
	}
	plain := render(t, "ab", false, d)
	for _, code := range []string{"\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[0m"} {
		colored = strings.ReplaceAll(colored, code, "")
	}
	if colored != plain {
		t.Errorf("color changes more than color:\n%s\n%s", colored, plain)
	}
}

func TestListJSON(t *testing.T) {
	list := diag.List{
		diag.Errorf("N0001", span(1, 1, 3), "bad").WithHelp("do better").WithFix(span(1, 1, 3), "good", "mend").
			WithNote(span(2, 1, 2), "see here"),
		diag.Warnf("N0002", span(1, 1, 3), "odd"),
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"severity":"warning"`) {
		t.Errorf("severity is not a word: %s", text)
	}
	var back diag.List
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, back); diff != "" {
		t.Error(diff)
	}
}

func TestListOrder(t *testing.T) {
	at := func(file string, offset int) diag.Span {
		return diag.Span{Start: diag.Pos{Filename: file, Offset: offset, Line: 1, Column: offset + 1}}
	}
	list := diag.List{
		diag.Warnf("N3", at("b", 0), ""), diag.Errorf("N2", at("a", 5), ""), diag.Errorf("N1", at("a", 2), ""),
		diag.Errorf("N4", at("a", 2), ""),
	}
	list.Sort()
	var got []diag.Code
	for _, d := range list {
		got = append(got, d.Code)
	}
	if diff := cmp.Diff([]diag.Code{"N1", "N4", "N2", "N3"}, got); diff != "" {
		t.Error(diff)
	}
	if list.Err() == nil || list[3:].Err() != nil {
		t.Error("Err: only errors count")
	}
}

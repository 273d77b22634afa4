package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/stdlib"
)

func TestFilesAreFresh(t *testing.T) {
	files, err := Render()
	if err != nil {
		t.Fatal(err)
	}
	stale, err := Stale("..", files)
	if err != nil {
		t.Fatal(err)
	}
	if len(stale) > 0 {
		t.Errorf("stale: %q; run `go run ./editors/gen` at the top of the repository and commit what it writes", stale)
	}
}

// Every word that may start a statement belongs to one statement, and to no two.
func TestEveryConstructIsKnown(t *testing.T) {
	c := runtime.Catalog()
	words, err := collect(c)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for _, s := range words.Statements {
		for _, h := range s.Heads {
			if of[h] != "" {
				t.Errorf("%s starts %s and %s", h, of[h], s.ID)
			}
			of[h] = s.ID
		}
	}
	var want []string
	for _, k := range c.Kinds() {
		if heads(k) {
			want = append(want, c.Names(k)...)
		}
	}
	for _, dir := range []string{"layers", "blocks", "tricks"} {
		want = append(want, stdlib.Names(dir)...)
	}
	for _, w := range want {
		if of[w] == "" && !slices.Contains(parse.Reserved, w) {
			t.Errorf("no statement starts with %s", w)
		}
	}
}

// Every constructor is known behind at least one word, and in every editor's file.
func TestEveryConstructorIsKnown(t *testing.T) {
	c := runtime.Catalog()
	words, err := collect(c)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range words.Statements {
		for _, n := range s.Constructors {
			known[n] = true
		}
	}
	files, err := Render()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.Kinds() {
		if heads(k) || k == catalog.Function {
			continue
		}
		for _, n := range c.Names(k) {
			if !known[n] {
				t.Errorf("no statement knows %s %s", k, n)
			}
			word := regexp.MustCompile(`\b` + n + `\b`)
			for _, f := range files {
				if (strings.Contains(f.Path, "syntax") || strings.HasSuffix(f.Path, "-mode.el")) && !word.Match(f.Text) {
					t.Errorf("%s has no %s %s", f.Path, k, n)
				}
			}
		}
	}
}

func TestAlternativesLongestFirst(t *testing.T) {
	if got := any_([]string{"s", "step", "steps"}); got != "steps|step|s" {
		t.Errorf("got %s", got)
	}
	if got := vim([]string{"s", "min"}); got != `min\|s` {
		t.Errorf("got %s", got)
	}
}

func TestSet(t *testing.T) {
	if got := set(`"\nt`); got != `"\\nt` {
		t.Errorf("got %s", got)
	}
}

package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/parse"
)

// stops are the tab stops of a snippet: $1, ${1:text}, ${1|one,other|}.
var (
	plainStop  = regexp.MustCompile(`\$(\d)`)
	filledStop = regexp.MustCompile(`\$\{(\d):([^}]*)\}`)
	choiceStop = regexp.MustCompile(`\$\{\d\|([^,|]*)[^}]*\}`)
)

// expand fills a snippet in as if every stop were passed over.
func expand(body string) string {
	values := map[string]string{}
	body = filledStop.ReplaceAllStringFunc(body, func(s string) string {
		m := filledStop.FindStringSubmatch(s)
		values[m[1]] = m[2]
		return m[2]
	})
	body = choiceStop.ReplaceAllString(body, "$1")
	return plainStop.ReplaceAllStringFunc(body, func(s string) string { return values[s[1:]] })
}

// Every snippet is a program, formatted as `netc fmt` would, of words that the catalogue has.
func TestSnippets(t *testing.T) {
	text, err := os.ReadFile("../vscode/snippets/net.json")
	if err != nil {
		t.Fatal(err)
	}
	var snippets map[string]struct {
		Prefix, Description string
		Body                []string
	}
	if err := json.Unmarshal(text, &snippets); err != nil {
		t.Fatal(err)
	}
	for name, s := range snippets {
		program := strings.TrimSpace(expand(strings.Join(s.Body, "\n"))) + "\n"
		if strings.Contains(program, "$") {
			t.Errorf("%s: a stop is left in\n%s", name, program)
		}
		_, list := parse.File(name, []byte(program))
		for _, d := range list {
			t.Errorf("%s: %s\n%s", name, d.Message, program)
		}
		if got, _ := format.Source(name, []byte(program)); string(got) != program {
			t.Errorf("%s: netc fmt changes it to\n%s", name, got)
		}
		if s.Prefix == "" || s.Description == "" {
			t.Errorf("%s has no prefix or description", name)
		}
	}
}

package parse

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/ast"
)

// ruleParts is what a rule of the grammar is made of.
type ruleParts struct {
	Texts  []string // quoted
	Tokens []string // name, number, string, eol
	Rules  []string // other productions
}

var (
	quoted    = regexp.MustCompile(`["']([^"']+)["']`)
	lookahead = regexp.MustCompile(`\(\?[=!]`)
	bareWord  = regexp.MustCompile(`[A-Za-z]+`)
)

// withoutLookahead cuts (?= ) and (?! ) groups.
func withoutLookahead(s string) string {
	for {
		at := lookahead.FindStringIndex(s)
		if at == nil {
			return s
		}
		depth, quote := 1, byte(0)
		end := at[1]
		for ; depth > 0 && end < len(s); end++ {
			switch c := s[end]; {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '(':
				depth++
			case c == ')':
				depth--
			}
		}
		s = s[:at[0]] + " " + s[end:]
	}
}

func uniq(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

// fromEBNF reads spec/grammar.ebnf.
func fromEBNF(t *testing.T, text string) map[string]ruleParts {
	t.Helper()
	rules := map[string]ruleParts{}
	for _, m := range regexp.MustCompile(`(?ms)^([A-Z]\w*)\s*=(.*?)\s\.$`).FindAllStringSubmatch(text, -1) {
		var p ruleParts
		body := withoutLookahead(m[2])
		for _, q := range quoted.FindAllStringSubmatch(body, -1) {
			p.Texts = append(p.Texts, q[1])
		}
		for _, w := range bareWord.FindAllString(quoted.ReplaceAllString(body, " "), -1) {
			if strings.ToLower(w) == w {
				p.Tokens = append(p.Tokens, w)
			} else {
				p.Rules = append(p.Rules, w)
			}
		}
		rules[m[1]] = ruleParts{uniq(p.Texts), uniq(p.Tokens), uniq(p.Rules)}
	}
	return rules
}

// fromTags reads the struct tags of package ast, starting at a type.
func fromTags(rules map[string]ruleParts, typ reflect.Type) {
	if _, done := rules[typ.Name()]; done {
		return
	}
	rules[typ.Name()] = ruleParts{}
	var p ruleParts
	for i := range typ.NumField() {
		f := typ.Field(i)
		tag := f.Tag.Get("parser")
		if tag == "" {
			continue
		}
		elem := f.Type
		for elem.Kind() == reflect.Pointer || elem.Kind() == reflect.Slice {
			elem = elem.Elem()
		}
		if elem.Name() == "Bad" {
			continue // recovery, no part of the language
		}
		body := withoutLookahead(tag)
		for _, q := range quoted.FindAllStringSubmatch(body, -1) {
			p.Texts = append(p.Texts, q[1])
		}
		rest := quoted.ReplaceAllString(body, " ")
		for _, w := range bareWord.FindAllString(rest, -1) {
			p.Tokens = append(p.Tokens, strings.ToLower(w))
		}
		if strings.Contains(rest, "@@") {
			p.Rules = append(p.Rules, elem.Name())
			fromTags(rules, elem)
		}
	}
	rules[typ.Name()] = ruleParts{uniq(p.Texts), uniq(p.Tokens), uniq(p.Rules)}
}

// TestGrammarInStep compares the published grammar with the one that is compiled in: the productions, and in
// each the texts, tokens and other productions it mentions.
func TestGrammarInStep(t *testing.T) {
	text, err := os.ReadFile("../../spec/grammar.ebnf")
	if err != nil {
		t.Fatal(err)
	}
	want := fromEBNF(t, string(text))
	got := map[string]ruleParts{}
	fromTags(got, reflect.TypeFor[ast.File]())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec/grammar.ebnf and the tags of package ast differ (-ebnf +tags)\n%s", diff)
	}
	if len(want) < 30 {
		t.Errorf("only %d productions were read", len(want))
	}
	lexical := func(line string) string {
		m := regexp.MustCompile(`(?m)^//\s+` + line + `\s+(.*?)(?:\s+;.*)?$`).FindStringSubmatch(string(text))
		if m == nil {
			t.Fatalf("no line %q", line)
		}
		return m[1]
	}
	if diff := cmp.Diff(reserved, wordSet(lexical("word    ="))); diff != "" {
		t.Errorf("reserved words (-lexer +ebnf)\n%s", diff)
	}
	if diff := cmp.Diff(continuesAfter, wordSet(lexical("after"))); diff != "" {
		t.Errorf("tokens that no newline ends (-lexer +ebnf)\n%s", diff)
	}
	if diff := cmp.Diff(continuesBefore, wordSet(lexical("before"))); diff != "" {
		t.Errorf("words that continue a line (-lexer +ebnf)\n%s", diff)
	}
	units := slices.Clone(ast.Units)
	slices.Sort(units)
	if diff := cmp.Diff(want["Number"].Texts, units); diff != "" {
		t.Errorf("units (-ebnf +ast.Units)\n%s", diff)
	}
	section := regexp.MustCompile(`(?m)^Section.*$`).FindString(string(text))
	var words []string
	for _, q := range quoted.FindAllStringSubmatch(section, -1) {
		words = append(words, q[1])
	}
	if diff := cmp.Diff(uniq(words), uniq(slices.Clone(Sections))); diff != "" {
		t.Errorf("section words (-ebnf +lexer)\n%s", diff)
	}
}

package parse_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/lang/conformance"
	"github.com/netc-lang/netc/lang/parse"
)

// TestMutations breaks the programs and the cases of the suite token by token, as typing does, and rearranges
// their white space, and holds parser and formatter to what the fuzz targets check. NETC_MUTATIONS sets how
// many texts are tried.
func TestMutations(t *testing.T) {
	count := 200
	if s := os.Getenv("NETC_MUTATIONS"); s != "" {
		var err error
		if count, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	var texts [][]byte
	for _, name := range slices.Sorted(mapKeys(programs(t))) {
		texts = append(texts, programs(t)[name])
	}
	cases, err := conformance.Load(suite)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		texts = append(texts, c.Get(conformance.Input))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range count {
		toks := parse.Tokens("x", texts[rng.IntN(len(texts))])
		var words []string
		for _, tok := range toks {
			if tok.Text != "" {
				words = append(words, tok.Text)
			}
		}
		if len(words) == 0 {
			continue
		}
		for range rng.IntN(4) {
			words = mutate(rng, words)
		}
		if i%2 == 0 {
			words = respace(rng, words)
		}
		src := []byte(strings.Join(words, ""))
		checkFile(t, src)
		checkFormat(t, src)
		if t.Failed() {
			t.Fatalf("for mutation %d:\n%s", i, src)
		}
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

var vocabulary = strings.Fields("{ } ( ) [ ] , ; = == < .. . + - * / % : ! && \" ' # // let if else for in repeat instead of as off and " +
	"or not true nothing model data net use 5. .5 1e 3 epochs \"x\" x é @ \x00")

func mutate(rng *rand.Rand, words []string) []string {
	i := rng.IntN(len(words))
	switch rng.IntN(5) {
	case 0:
		if len(words) > 1 {
			return slices.Delete(words, i, i+1)
		}
	case 1:
		return slices.Insert(words, i, words[rng.IntN(len(words))])
	case 2:
		j := rng.IntN(len(words))
		words[i], words[j] = words[j], words[i]
	case 3:
		words[i] = vocabulary[rng.IntN(len(vocabulary))]
	case 4:
		return slices.Insert(words, i, " ", vocabulary[rng.IntN(len(vocabulary))], " ")
	}
	return words
}

// respace changes white space: wherever there is some, and between any two tokens.
func respace(rng *rand.Rand, words []string) []string {
	spaces := []string{" ", "  ", "     ", "\n", "\n\n\n", " // note\n", "\t", "\r\n", "\n  // own line\n"}
	var out []string
	for _, w := range words {
		blank := strings.TrimSpace(w) == ""
		switch {
		case blank && rng.IntN(3) == 0, !blank && rng.IntN(12) == 0:
			out = append(out, spaces[rng.IntN(len(spaces))])
			if !blank {
				out = append(out, w)
			}
		default:
			out = append(out, w)
		}
	}
	return out
}

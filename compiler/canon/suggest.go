package canon

import (
	"sort"
	"strings"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/spell"
)

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// suggest adds the nearest name, or the list where it is short.
func suggest(d *diag.Diagnostic, word string, names []string) *diag.Diagnostic {
	if near, ok := spell.Nearest(word, names); ok {
		return d.WithHelp("did you mean %s?", near)
	}
	if len(names) > 0 && len(names) <= 24 {
		return d.WithHelp("there %s %s", areIs(len(names)), strings.Join(names, ", "))
	}
	return d.WithHelp("nothing near it is known here: see to its spelling, and that it is defined")
}

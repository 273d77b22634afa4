package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/diag"
	netc "github.com/netc-lang/netc/runtime"
)

// explainWord explains what is no trick: the code of a diagnostic, or a construct of the language. It reports whether the
// word is one.
func explainWord(w io.Writer, word string) bool {
	if info, ok := diag.Lookup(diag.Code(strings.ToUpper(word))); ok {
		fmt.Fprintf(w, "%s %s\n%s\n", info.Code, info.Name, info.Doc)
		if info.Example != "" {
			fmt.Fprintf(w, "\nA program that draws it:\n\n  %s\n", strings.ReplaceAll(strings.TrimSpace(info.Example), "\n", "\n  "))
		}
		return true
	}
	kinds := netc.Catalog().KindsOf(word)
	for i, k := range kinds {
		if i > 0 {
			fmt.Fprintln(w)
		}
		writeConstruct(w, netc.Catalog().Get(k, word))
	}
	return len(kinds) > 0
}

// writeConstruct prints what the catalog knows of a construct.
func writeConstruct(w io.Writer, s *catalog.Signature) {
	fmt.Fprintf(w, "%s (%s)\n  %s\n", canon.Usage(s), s.Kind, s.Doc)
	if s.Paper != "" {
		fmt.Fprintf(w, "  source: %s\n", s.Paper)
	}
	for _, p := range s.Params {
		byDefault := ""
		if p.Default != nil && p.Default.IsSet() {
			byDefault = "; " + p.Default.String() + " by default"
		}
		fmt.Fprintf(w, "    %-12s %s (%s%s)\n", p.Name, p.Doc, p.Type.Describe(), byDefault)
	}
	if s.NotYet != "" {
		fmt.Fprintf(w, "  not carried out yet: %s\n", s.NotYet)
	}
	if len(s.Foreign) > 0 {
		fmt.Fprintf(w, "  elsewhere called %s\n", strings.Join(s.Foreign, ", "))
	}
}

package canon

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/stdlib"
)

// The statement that a card marks is found without parsing as parsing finds it.
func TestConstructOf(t *testing.T) {
	for _, name := range stdlib.Names("tricks") {
		src, tree, diags, err := standard(stdlib.Prefix + "tricks/" + name + ".net")
		if err != nil || diags.HasErrors() {
			t.Errorf("%s: %v %v", name, err, diags)
			continue
		}
		if len(tree.Tops) != 1 || tree.Tops[0].Section == nil {
			t.Errorf("%s: a file of a card holds that card alone", name)
			continue
		}
		head, word := name, ""
		for _, s := range tree.Tops[0].Section.Body.Stmts {
			if s.Node != nil && len(s.Node.Head.Names) == 1 && s.Node.Head.Names[0] == "construct" && len(s.Node.Args) > 0 {
				head, _, _ = strings.Cut(exprText(s.Node.Args[0].Value.On), ".")
				if len(s.Node.Args) > 1 {
					word = exprText(s.Node.Args[1].Value.On)
				}
			}
		}
		if h, w := constructOf(string(src), name); h != head || w != word {
			t.Errorf("%s marks %q with %q, not %q with %q", name, head, word, h, w)
		}
	}
}

package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/lang/diag"
)

// around puts layers into a whole program on 8x8 digits.
func around(layers string) string {
	return "data digits { from digits }\nmodel m {\ninput digits\n" + layers + "\n}\ntrain { loss cross_entropy; optimizer sgd(lr = 0.1, momentum = 0.9) }\n"
}

// net builds the training network of a program.
func net(t *testing.T, p *compiler.Program) *network.Network {
	t.Helper()
	return mode(t, p, network.Training)
}

func mode(t *testing.T, p *compiler.Program, m network.Mode) *network.Network {
	t.Helper()
	n, err := p.Network(m, 4)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// params lists the parameters of a network as "name shape", without the leading "model.".
func params(n *network.Network) []string {
	var list []string
	for _, p := range n.Params {
		list = append(list, fmt.Sprint(strings.TrimPrefix(p.Name, "model."), " ", []int(p.Shape)))
	}
	return list
}

// ops lists the operations of a network in order.
func ops(n *network.Network) []string {
	var list []string
	for _, v := range n.Values {
		if v.Kind == network.OpValue {
			list = append(list, v.Op.Name)
		}
	}
	return list
}

// allPaths lists the canonical paths of a program, every form of every trick, in order.
func allPaths(p *compiler.Program) []string {
	var list []string
	for _, r := range []*canon.Node{p.Canon.Data, p.Canon.Model, p.Canon.Train} {
		if r == nil {
			continue
		}
		r.Walk(func(n *canon.Node) bool {
			if n.Kind != canon.Branch {
				list = append(list, n.Path)
			}
			return true
		})
	}
	return list
}

// leaves lists the layers of the expanded program as "path: text".
func leaves(p *compiler.Program) []string {
	var list []string
	for _, r := range p.Rows {
		if r.Leaf {
			list = append(list, strings.TrimPrefix(r.Key, "model.")+": "+r.Text)
		}
	}
	return list
}

// lines makes a list of the lines of a text.
func lines(text string) []string {
	var list []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			list = append(list, l)
		}
	}
	return list
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

// draws checks the codes of a program's diagnostics, in order, each once, and that messages and help contain texts.
func draws(t *testing.T, p *compiler.Program, codes string, texts ...string) {
	t.Helper()
	var got []string
	for _, d := range p.Diags {
		got = append(got, string(d.Code))
	}
	if s := strings.Join(got, " "); s != codes {
		t.Errorf("draws %q, want %q:\n%s", s, codes, compilertest.Messages(p))
	}
	all := compilertest.Messages(p)
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("nothing says %q:\n%s", text, all)
		}
	}
}

func good(t *testing.T, text string, edits ...string) *compiler.Program {
	t.Helper()
	return compilertest.Good(t, text, edits...)
}

func compile(t *testing.T, text string, edits ...string) *compiler.Program {
	t.Helper()
	return compilertest.Compile(t, text, edits...)
}

// trick returns a trick of a program by name.
func trick(t *testing.T, p *compiler.Program, name string) *canon.Trick {
	t.Helper()
	var names []string
	for _, x := range p.Canon.Tricks() {
		if x.Name == name {
			return x
		}
		names = append(names, x.Name)
	}
	t.Fatalf("the program has no trick %s; it has %v", name, names)
	return nil
}

func selector(t *testing.T, text string) canon.Selector {
	t.Helper()
	sel, d := canon.SelectorOf(text, diag.Span{})
	if d != nil {
		t.Fatal(d)
	}
	return sel
}

func compilertestSpan() diag.Span { return diag.Span{} }

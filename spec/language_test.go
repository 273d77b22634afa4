package spec_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/stdlib"
)

func compile(t *testing.T, text string, edits ...string) *compiler.Program {
	t.Helper()
	files := compilertest.Files{compilertest.File: text}
	return compiler.Compile(compilertest.File, compiler.Options{Catalog: runtime.Catalog(), Data: compilertest.Data{}, ReadFile: files.Read, Edits: compilertest.Edits(t, edits...)})
}

// TestStudiesNameTricks: every trick that the studies of the twelve programs name is one.
func TestStudiesNameTricks(t *testing.T) {
	files, err := filepath.Glob(programs + "/*.net")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		p := compiler.Compile(f, compiler.Options{Catalog: runtime.Catalog(), Data: compilertest.Data{}})
		if p.Canon == nil {
			t.Fatal(f)
		}
		if slices.ContainsFunc(p.Diags, func(d *diag.Diagnostic) bool { return d.Code == canon.NotYet }) {
			continue // some of its tricks stand in what is not carried out yet
		}
		for _, s := range p.Studies {
			train := ""
			if n := s.Find("train"); n != nil {
				train = n.Args.Text("name")
			}
			with := compiler.Compile(f, compiler.Options{Catalog: runtime.Catalog(), Data: compilertest.Data{}, Train: train})
			for _, line := range []string{"tricks", "factors"} {
				n := s.Find(line)
				if n == nil {
					continue
				}
				for _, v := range n.Args["names"].List {
					for _, name := range strings.Split(v.Str, " + ") {
						sel, d := canon.SelectorOf(name, v.Span)
						if d == nil {
							_, d = with.Canon.Arms(sel)
						}
						if d != nil {
							t.Errorf("%s: %v", f, d)
						}
					}
				}
			}
		}
	}
}

// TestCards compiles the program of every card with the constructs as they are, both ways.
func TestCards(t *testing.T) {
	for _, name := range stdlib.Names("tricks") {
		text := compilertest.CardProgram(name)
		if text == "" {
			continue // package compiler says which need none
		}
		t.Run(name, func(t *testing.T) {
			for _, edit := range []string{"on ", "off "} {
				if p := compile(t, text, edit+name); p.Diags.HasErrors() {
					t.Errorf("%s:\n%s", edit+name, compilertest.Messages(p))
				}
			}
		})
	}
}

// TestCardsCoverTheLanguage: every construct that changes what is learned has a card.
func TestCardsCoverTheLanguage(t *testing.T) {
	p := compile(t, "data d { from digits }\nmodel m { input d; flatten; dense classes }\ntrain { loss cross_entropy; optimizer sgd(lr = 0.1) }")
	marked := map[string]bool{}
	for _, name := range stdlib.Names("tricks") {
		c := p.Canon.Card(name)
		if c == nil {
			t.Fatalf("no card %s", name)
		}
		marked[strings.TrimSpace(c.Construct.Head+" "+c.Construct.Value)] = true
	}
	plain := map[string]bool{"init zeros": true, "init ones": true, "init moments": true, "init normal": true, "init uniform": true, // baselines
		"act sigmoid": true, "optimizer sgd": true, "schedule constant": true}
	for kind, head := range map[catalog.Kind]string{catalog.Activation: "act", catalog.Norm: "norm", catalog.Noise: "noise", catalog.Init: "init",
		catalog.Optimizer: "optimizer", catalog.Schedule: "schedule", catalog.Augment: "", catalog.Stop: "stop", catalog.Scale: "scale"} {
		for _, name := range runtime.Catalog().Names(kind) {
			if what := strings.TrimSpace(head + " " + name); !marked[what] && !plain[what] {
				t.Errorf("%s has no card", what)
			}
		}
	}
}

// TestStandardLibraryIsSound: every file of the library compiles without a word.
func TestStandardLibraryIsSound(t *testing.T) {
	for _, dir := range []string{"layers", "blocks", "tricks", "data", "models"} {
		for _, name := range stdlib.Names(dir) {
			file := stdlib.Prefix + dir + "/" + name + ".net"
			p := compiler.Compile(file, compiler.Options{Catalog: runtime.Catalog(), Data: compilertest.Data{}})
			for _, d := range p.Diags {
				if d.Severity != diag.Hint {
					t.Errorf("%s: %s", file, d.Error())
				}
			}
			if dir == "models" && p.Rows == nil {
				t.Errorf("%s is no whole program", file)
			}
		}
	}
}

// TestExamplesCompile: the examples that a newcomer runs have no errors, and both forms of their tricks neither.
func TestExamplesCompile(t *testing.T) {
	files, err := filepath.Glob("../examples/*.net")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	for _, f := range files {
		p := compiler.Compile(f, compiler.Options{Catalog: runtime.Catalog(), Data: compilertest.Data{}})
		if len(p.Diags) > 0 {
			t.Errorf("%s", compilertest.Messages(p))
		}
	}
}

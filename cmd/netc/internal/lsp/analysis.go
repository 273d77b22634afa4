package lsp

import (
	"fmt"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/build"
	"github.com/netc-lang/netc/compiler/canon"
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/study"
)

// analysis is the thorough reading of one state of a document: what the compiler made of it. It does not change, and holds
// no more of the program than the requests ask for.
type analysis struct {
	doc   *document
	diags diag.List
	files map[string]bool // all that were read
	rows  []build.Row     // of the expanded model
	at    map[int][]int   // indices of rows by their line in the document
	// tricks are the switches of the program.
	tricks []trickInfo
	// paths are statements that an edit or a study can name.
	paths []pathInfo
	info  *model.DataInfo
	took  time.Duration
}

type trickInfo struct {
	name   string
	on     bool
	active bool
	card   *canon.Card
	places []placeInfo
}

type placeInfo struct {
	path string
	span diag.Span
}

type pathInfo struct {
	path  string
	name  string
	label string
	where catalog.Kind
	span  diag.Span
	trick bool // of the off form or switched off
}

// maxPaths bounds what is kept of a program that expands to very much.
const maxPaths = 5000

// notHere is the compiler's code for data whose sizes are guessed.
const notHere diag.Code = "N0591"

// analyse compiles a document through the editor's buffers. Where it has several train sections and none is the program's,
// each is compiled, since `netc run --train` could choose any.
func analyse(w *workspace, cat *catalog.Catalog, describe *description, doc *document) *analysis {
	start := time.Now()
	a := &analysis{doc: doc, files: map[string]bool{}, at: map[int][]int{}}
	seen := map[string]bool{}
	for i, train := range trainSections(doc) {
		opt := compiler.Options{Catalog: cat, Data: describe, Train: train, ReadFile: func(name string) ([]byte, error) {
			a.files[name] = true
			if name == doc.path {
				return []byte(doc.text()), nil
			}
			return w.readFile(name)
		}}
		p := compiler.Compile(doc.path, opt)
		list := p.Diags
		if !list.HasErrors() {
			list = append(list, experiment.Check(p)...)
			list = append(list, study.Check(p, opt)...)
		}
		for _, d := range list {
			if d.Code == notHere && describe.unfinished() {
				continue // the data is here, and its numbers are on their way
			}
			if key := fmt.Sprint(d.Code, d.Span, d.Message); !seen[key] {
				seen[key] = true
				a.diags.Add(d)
			}
		}
		if i == 0 {
			a.take(p)
		}
	}
	a.diags.Sort()
	a.took = time.Since(start)
	return a
}

// trainSections are the values of --train to compile a document with: "" unless it has several and all have names.
func trainSections(doc *document) []string {
	var names []string
	for _, s := range doc.tree().top.stmts {
		if !s.isSection() || s.toks[0].text != "train" {
			continue
		}
		t, named := s.name()
		if !named {
			return []string{""}
		}
		names = append(names, t.text)
	}
	if len(names) < 2 {
		return []string{""}
	}
	return names[:min(len(names), 8)]
}

// take keeps what later requests ask for.
func (a *analysis) take(p *compiler.Program) {
	a.rows, a.info = p.Rows, p.Info
	for i, r := range a.rows {
		if r.Span.Start.Filename == a.doc.path {
			a.at[r.Span.Start.Line-1] = append(a.at[r.Span.Start.Line-1], i)
		}
	}
	if p.Canon == nil {
		return
	}
	for _, t := range p.Canon.Tricks() {
		info := trickInfo{name: t.Name, on: t.On(), active: t.Active(), card: t.Card}
		for _, pl := range t.Places {
			span := pl.Node.Span
			if pl.Arg != nil {
				span = pl.Arg.Span
			}
			info.places = append(info.places, placeInfo{pl.Path(), span})
			if len(info.places) == maxPaths {
				break
			}
		}
		a.tricks = append(a.tricks, info)
	}
	for _, root := range []*canon.Node{p.Canon.Data, p.Canon.Model, p.Canon.Train} {
		if root == nil {
			continue
		}
		root.Walk(func(n *canon.Node) bool {
			if len(a.paths) >= maxPaths {
				return false
			}
			if n.Kind != canon.Branch && n.Kind != canon.Change {
				a.paths = append(a.paths, pathInfo{path: short(n), name: n.Name, label: n.Label, where: n.Where, span: n.Span, trick: n.Off || n.Alt != nil})
			}
			return true
		})
	}
}

// short is the path without the indices that say nothing: [1].
func short(n *canon.Node) string { return strings.ReplaceAll(n.Path, "[1]", "") }

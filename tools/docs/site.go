package main

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	_ "embed"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

// site is the documentation in the repository, by its paths there.
type site struct {
	repository fs.FS
	highlight  *highlighter
	page       *template.Template
	titles     map[string]string // of every page
	groups     []group
}

// group is a part of the table of contents.
type group struct {
	Title string
	Pages []string
}

// contents are the patterns of what each part shows.
var contents = []struct {
	title    string
	patterns []string
}{
	{"Guide", []string{"README.md", "editors/README.md", "CONTRIBUTING.md"}},
	{"Language", []string{"spec/language.md", "spec/studies.md", "spec/json.md", "spec/conformance/README.md"}},
	{"Programs", []string{"spec/programs/*.net", "examples/*.net"}},
	{"Models", []string{"stdlib/models/*.net"}},
	{"Blocks and layers", []string{"stdlib/blocks/*.net", "stdlib/layers/*.net"}},
	{"Tricks", []string{"stdlib/tricks/*.net"}},
	{"Data", []string{"stdlib/data/*.net"}},
	{"Measurements", []string{"bench/*.md"}},
	{"Decisions", []string{"spec/adr/*.md"}},
}

// read finds the pages.
func read(root string) (*site, error) {
	s := &site{repository: os.DirFS(root), titles: map[string]string{}}
	var err error
	if s.highlight, err = newHighlighter(s.repository); err != nil {
		return nil, err
	}
	if s.page, err = template.New("page").Parse(pageText); err != nil {
		return nil, err
	}
	for _, part := range contents {
		g := group{Title: part.title}
		for _, pattern := range part.patterns {
			found, err := fs.Glob(s.repository, pattern)
			if err != nil {
				return nil, err
			}
			if len(found) == 0 {
				return nil, fmt.Errorf("there is no %s", pattern)
			}
			g.Pages = append(g.Pages, found...)
		}
		for _, p := range g.Pages {
			source, err := fs.ReadFile(s.repository, p)
			if err != nil {
				return nil, err
			}
			s.titles[p] = title(p, source)
		}
		s.groups = append(s.groups, g)
	}
	return s, nil
}

// title is what a page is called: its first heading, or the program's name.
func title(p string, source []byte) string {
	if path.Ext(p) != ".md" {
		return strings.TrimSuffix(path.Base(p), ".net")
	}
	for line := range strings.Lines(string(source)) {
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			return strings.ReplaceAll(strings.TrimSpace(heading), "`", "")
		}
	}
	return p
}

// address is where a page of the repository stands in the site.
func address(p string) string {
	if p == "README.md" {
		return "index.html"
	}
	return p + ".html"
}

// render makes all files of the site. Every mistake of every page is told.
func (s *site) render() (map[string][]byte, error) {
	css, err := s.highlight.css()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"style.css": []byte(styleText + css)}
	var problems []error
	for _, g := range s.groups {
		for _, p := range g.Pages {
			text, err := s.one(p)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", p, err))
			}
			files[address(p)] = text
		}
	}
	return files, errors.Join(problems...)
}

type entry struct {
	Title, Address string
	Here           bool
}

type part struct {
	Title string
	Pages []entry
	Open  bool
}

func (s *site) one(p string) ([]byte, error) {
	source, err := fs.ReadFile(s.repository, p)
	if err != nil {
		return nil, err
	}
	var body []byte
	if path.Ext(p) == ".md" {
		body, err = s.markdown(p, source)
	} else {
		body, err = s.highlight.program(string(source))
	}
	if err != nil {
		return nil, err
	}
	up := strings.Repeat("../", strings.Count(address(p), "/"))
	var parts []part
	for _, g := range s.groups {
		shown := part{Title: g.Title}
		for _, other := range g.Pages {
			here := other == p
			shown.Open = shown.Open || here
			shown.Pages = append(shown.Pages, entry{s.titles[other], up + address(other), here})
		}
		parts = append(parts, shown)
	}
	var b bytes.Buffer
	err = s.page.Execute(&b, map[string]any{
		"Title": s.titles[p], "Path": p, "Up": up, "Parts": parts, "Program": path.Ext(p) == ".net", "Body": template.HTML(body), //nolint:gosec // made of the repository's own pages
	})
	return b.Bytes(), err
}

// markdown renders a page: code of netc highlighted, links to other pages turned into links of the site.
func (s *site) markdown(p string, source []byte) ([]byte, error) {
	code := &codeRenderer{highlight: s.highlight}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(code, 100))))
	doc := md.Parser().Parse(text.NewReader(source))
	var problems []error
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			to, err := s.link(p, string(link.Destination))
			if err != nil {
				problems = append(problems, err)
			}
			link.Destination = []byte(to)
		}
		return ast.WalkContinue, nil
	})
	var b bytes.Buffer
	err = errors.Join(err, md.Renderer().Render(&b, source, doc))
	return b.Bytes(), errors.Join(append(append(problems, code.problems...), err)...)
}

// source is where the files of the repository are read that are no page of the site.
const source = "https://github.com/netc-lang/netc/blob/main/"

// link turns a link of a page into one of the site.
func (s *site) link(from, to string) (string, error) {
	u, err := url.Parse(to)
	if err != nil {
		return to, err
	}
	if u.Scheme != "" || u.Host != "" || u.Path == "" {
		return to, nil
	}
	target := path.Join(path.Dir(from), u.Path)
	if _, err := fs.Stat(s.repository, target); err != nil {
		return to, fmt.Errorf("the link %s leads nowhere", to)
	}
	if _, ok := s.titles[target]; !ok {
		return source + target, nil
	}
	rel, err := filepath.Rel(path.Dir(address(from)), address(target))
	if err != nil {
		return to, err
	}
	u.Path = filepath.ToSlash(rel)
	return u.String(), nil
}

// codeRenderer writes the code blocks of a page.
type codeRenderer struct {
	highlight *highlighter
	problems  []error
}

// RegisterFuncs implements renderer.NodeRenderer.
func (r *codeRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindFencedCodeBlock, r.block)
}

func (r *codeRenderer) block(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := n.(*ast.FencedCodeBlock)
	var code strings.Builder
	for i := range block.Lines().Len() {
		line := block.Lines().At(i)
		code.Write(line.Value(source))
	}
	if !slices.Contains([]string{"net", "netc"}, string(block.Language(source))) {
		_, err := w.WriteString(plain(code.String()))
		return ast.WalkSkipChildren, err
	}
	text, err := r.highlight.program(code.String())
	if err != nil {
		r.problems = append(r.problems, err)
		return ast.WalkSkipChildren, nil
	}
	_, err = w.Write(text)
	return ast.WalkSkipChildren, err
}

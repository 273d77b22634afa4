package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

// The site of this repository is whole: every page is made, and every address on it is there.
func TestSite(t *testing.T) {
	s, err := read("../..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.render()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if path.Ext(name) != ".html" {
			continue
		}
		d := xml.NewDecoder(bytes.NewReader(text))
		d.Strict, d.Entity, d.AutoClose = false, xml.HTMLEntity, xml.HTMLAutoClose
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range start.Attr {
				u, err := url.Parse(a.Value)
				if a.Name.Local != "href" || err == nil && (u.Scheme != "" || u.Path == "") {
					continue
				}
				if err != nil || files[path.Join(path.Dir(name), u.Path)] == nil {
					t.Errorf("%s leads to %s, which is not there", name, a.Value)
				}
			}
		}
	}
}

// Code of netc has the classes of chroma, and its text stays as it was.
func TestProgram(t *testing.T) {
	h, err := newHighlighter(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string][]string{
		"model m {\n  dense 10\n}\n":         {`<span class="kd">model</span>`, `<span class="nb">dense</span>`, `<span class="m">10</span>`},
		"// inside\nconv 16 instead of tanh": {`<span class="nb">conv</span>`, `<span class="k">instead</span>`},
	} {
		text, err := h.program(code)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				t.Errorf("%q has no %s:\n%s", code, w, text)
			}
		}
	}
	if _, err := h.program("model m { dense ¿ }"); err == nil {
		t.Error("a character that is not of the language passes")
	}
}

// A link that leads nowhere is told, with its page.
func TestBrokenLink(t *testing.T) {
	s := &site{repository: fstest.MapFS{"a.md": {}, "b/c.md": {}, "b/d.go": {}}, titles: map[string]string{"a.md": "", "b/c.md": ""}}
	for to, want := range map[string]string{"b/c.md#x": "b/c.md.html#x", "b/d.go": source + "b/d.go", "https://go.dev": "https://go.dev", "#here": "#here"} {
		if got, err := s.link("a.md", to); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", to, got, err, want)
		}
	}
	if got, err := s.link("b/c.md", "../a.md"); err != nil || got != "../a.md.html" {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := s.link("a.md", "none.md"); err == nil {
		t.Error("a link to nothing passes")
	}
	if _, err := fs.Stat(s.repository, "none.md"); err == nil {
		t.Error("none.md is there")
	}
}

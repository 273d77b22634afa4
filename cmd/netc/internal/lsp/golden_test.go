package lsp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestGoldens plays the requests of every archive in testdata and compares the answers with those in it. An archive has the
// files of a workspace; main.net is opened. "requests" has a request a line with its place as LINE:COLUMN, counted from 1
// in UTF-16 units. NETC_UPDATE=1 writes the answers anew.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no archives", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "cache"))
	c := newClient(t, time.Millisecond)
	cache := os.Getenv("XDG_CACHE_HOME")
	var requests, want, uri string
	for _, f := range a.Files {
		switch f.Name {
		case "requests":
			requests = string(f.Data)
		case "want":
			want = string(f.Data)
		default:
			path := filepath.Join(c.dir, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
			if f.Name == "main.net" {
				uri = pathToURI(path)
				c.texts[uri] = string(f.Data)
			}
		}
	}
	c.openAt(uri, c.texts[uri])
	c.diagnostics(uri)
	var got strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(requests), "\n") {
		fmt.Fprintf(&got, "> %s\n%s\n", line, c.request(uri, line))
	}
	text := strings.ReplaceAll(got.String(), pathToURI(c.dir), "file:///w")
	text = strings.ReplaceAll(text, c.dir, "/w")
	text = strings.ReplaceAll(text, cache, "/cache")
	if os.Getenv("NETC_UPDATE") != "" {
		kept := a.Files[:0]
		for _, f := range a.Files {
			if f.Name != "want" {
				kept = append(kept, f)
			}
		}
		a.Files = append(kept, txtar.File{Name: "want", Data: []byte(text)})
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// request sends one line of "requests" and renders the answer: JSON with a line for each element.
func (c *client) request(uri, line string) string {
	c.t.Helper()
	words := strings.Fields(line)
	var p Position
	if len(words) > 1 && words[0] != "symbol" {
		if _, err := fmt.Sscanf(words[1], "%d:%d", &p.Line, &p.Character); err != nil {
			c.t.Fatalf("%s: %v", line, err)
		}
		p.Line--
		p.Character--
	}
	params := at(uri, p)
	whole := Range{Position{}, Position{1 << 20, 0}}
	method := "textDocument/" + words[0]
	switch words[0] {
	case "diagnostics":
		return lines(c.t, must(json.Marshal(c.diagnostics(uri))))
	case "rename":
		params["newName"] = words[2]
	case "references":
		params["context"] = map[string]any{"includeDeclaration": true}
	case "inlayHint":
		params["range"] = whole
	case "codeAction":
		params["range"] = Range{p, p}
		params["context"] = map[string]any{"diagnostics": []any{}}
	case "formatting":
		params["options"] = map[string]any{"tabSize": 2, "insertSpaces": true}
	case "selectionRange":
		params["positions"] = []Position{p}
	case "symbol":
		method, params = "workspace/symbol", map[string]any{"query": words[1]}
	case "labels": // of completion items alone
		return strings.Join(labels(c.complete(uri, p)), " ")
	}
	var result json.RawMessage
	if err := c.try(method, params, &result); err != nil {
		return "error: " + err.Error()
	}
	return lines(c.t, result)
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// lines writes the elements of a JSON list one a line, anything else on one.
func lines(t testing.TB, raw json.RawMessage) string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = string(e)
	}
	return strings.Join(out, "\n")
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
)

// TestLanguageServer drives the real program over its standard input and output, as an editor does: nothing but messages of the
// protocol may come, standard error stays empty, and the exit code is 0 after a shutdown and 1 without.
func TestLanguageServer(t *testing.T) {
	for _, orderly := range []bool{true, false} {
		path, err := exec.LookPath("netc")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, path, "lsp", "--stdio")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		published := make(chan json.RawMessage, 16)
		client := jrpc2.NewClient(channel.LSP(out, in), &jrpc2.ClientOptions{OnNotify: func(r *jrpc2.Request) {
			var p json.RawMessage
			if r.Method() == "textDocument/publishDiagnostics" && r.UnmarshalParams(&p) == nil {
				published <- p
			}
		}})
		type m = map[string]any
		call := func(method string, params any) string {
			t.Helper()
			rsp, err := client.Call(ctx, method, params)
			if err != nil {
				t.Fatalf("%s: %v", method, err)
			}
			var raw json.RawMessage
			if err := rsp.UnmarshalResult(&raw); err != nil {
				t.Fatal(err)
			}
			return string(raw)
		}
		note := func(method string, params any) {
			t.Helper()
			if err := client.Notify(ctx, method, params); err != nil {
				t.Fatalf("%s: %v", method, err)
			}
		}
		expect := func(got string, parts ...string) {
			t.Helper()
			for _, p := range parts {
				if !strings.Contains(got, p) {
					t.Errorf("no %s in %s", p, got)
				}
			}
		}
		expect(call("initialize", m{"processId": nil, "rootUri": nil, "capabilities": m{}}), `"name":"netc"`, `"hoverProvider":true`)
		note("initialized", m{})
		uri := "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "m.net"))
		doc := m{"uri": uri}
		note("textDocument/didOpen", m{"textDocument": m{"uri": uri, "languageId": "net", "version": 1,
			"text": "data digits { from digits }\nmodel m {\n  input digits\n  flatten\n  denze 10\n}\ntrain { loss cross_entropy;   optimizer adam; batch 8; epochs 1 }\n"}})
		expect(string(<-published), "denze", "did you mean dense?", `"version":1`)
		note("textDocument/didChange", m{"textDocument": m{"uri": uri, "version": 2}, "contentChanges": []m{
			{"range": m{"start": m{"line": 4, "character": 5}, "end": m{"line": 4, "character": 6}}, "text": "s"}}})
		expect(string(<-published), `"diagnostics":[]`, `"version":2`)
		at := func(line, char int) m { return m{"textDocument": doc, "position": m{"line": line, "character": char}} }
		expect(call("textDocument/hover", at(4, 3)), "Fully connected", "650")
		expect(call("textDocument/completion", at(4, 2)), `"dropout"`, `"conv"`)
		expect(call("textDocument/formatting", m{"textDocument": doc, "options": m{}}), "loss cross_entropy; optimizer")
		want := 0
		if orderly {
			call("shutdown", nil)
		} else {
			want = 1
		}
		note("exit", nil)
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != want {
			t.Errorf("it ended with %v, want exit code %d", err, want)
		}
		client.Close() //nolint:errcheck // the other end has gone
		if errs.Len() > 0 {
			t.Errorf("standard error: %s", errs.String())
		}
	}
}

package lsp

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
)

// client is a scripted editor, connected to a server in this process.
type client struct {
	t    testing.TB
	rpc  *jrpc2.Client
	done chan error
	log  *syncBuffer
	dir  string

	mu    sync.Mutex
	cond  *sync.Cond
	diags map[string]publishDiagnosticsParams // by URI, the newest
	count int
	texts map[string]string
	vers  map[string]int
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newClient(t testing.TB, delay time.Duration) *client {
	t.Helper()
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	c := &client{t: t, done: make(chan error, 1), log: &syncBuffer{}, dir: t.TempDir(), diags: map[string]publishDiagnosticsParams{}, texts: map[string]string{}, vers: map[string]int{}}
	c.cond = sync.NewCond(&c.mu)
	go func() {
		c.done <- Serve(context.Background(), Config{In: fromClient, Out: toClient, Log: c.log, Version: "test", Delay: delay})
	}()
	c.rpc = jrpc2.NewClient(channel.LSP(fromServer, toServer), &jrpc2.ClientOptions{
		OnNotify: func(r *jrpc2.Request) {
			if r.Method() != "textDocument/publishDiagnostics" {
				return
			}
			var p publishDiagnosticsParams
			if err := r.UnmarshalParams(&p); err != nil {
				t.Error(err)
			}
			c.mu.Lock()
			c.diags[p.URI] = p
			c.count++
			c.cond.Broadcast()
			c.mu.Unlock()
		},
		OnCallback: func(context.Context, *jrpc2.Request) (any, error) { return nil, nil },
	})
	var result json.RawMessage
	c.call("initialize", map[string]any{
		"rootUri": pathToURI(c.dir),
		"capabilities": map[string]any{"textDocument": map[string]any{"completion": map[string]any{
			"completionItem": map[string]any{"snippetSupport": true}}}},
	}, &result)
	c.notify("initialized", struct{}{})
	t.Cleanup(c.stop)
	return c
}

// stop ends the connection in order, and fails the test when the server reported a bug.
func (c *client) stop() {
	if c.rpc == nil {
		return
	}
	c.call("shutdown", nil, nil)
	c.notify("exit", nil)
	if err := <-c.done; err != nil {
		c.t.Errorf("the server ended with: %v", err)
	}
	c.rpc.Close() //nolint:errcheck // the server has gone first
	c.rpc = nil
	if log := c.log.String(); log != "" {
		c.t.Errorf("the server's log:\n%s", log)
	}
}

func (c *client) call(method string, params, result any) {
	c.t.Helper()
	if err := c.try(method, params, result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

func (c *client) try(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	rsp, err := c.rpc.Call(ctx, method, params)
	if err != nil {
		return err
	}
	if result == nil {
		return nil
	}
	return rsp.UnmarshalResult(result)
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	if err := c.rpc.Notify(context.Background(), method, params); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// open writes a file into the client's folder and opens it; the marker | is taken out of the text and its place returned.
func (c *client) open(name, text string) (uri string, at Position) {
	c.t.Helper()
	text, at = marked(text)
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
	uri = pathToURI(path)
	c.openAt(uri, text)
	return uri, at
}

func (c *client) openAt(uri, text string) {
	c.texts[uri], c.vers[uri] = text, 1
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "net", "version": 1, "text": text}})
}

// marked takes the first ‸ out of a text and returns its place.
func marked(text string) (string, Position) {
	before, after, ok := strings.Cut(text, "‸")
	if !ok {
		return text, Position{}
	}
	line := strings.Count(before, "\n")
	last := before[strings.LastIndexByte(before, '\n')+1:]
	return before + after, Position{line, utf16Count(last)}
}

func (c *client) change(uri string, r *Range, text string) {
	c.vers[uri]++
	c.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": uri, "version": c.vers[uri]},
		"contentChanges": []contentChange{{r, text}},
	})
}

func (c *client) close(uri string) {
	c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": uri}})
}

// diagnostics waits for those of the version that the client has sent last.
func (c *client) diagnostics(uri string) []Diagnostic {
	c.t.Helper()
	timeout := time.AfterFunc(60*time.Second, func() { c.mu.Lock(); c.count = -1 << 30; c.cond.Broadcast(); c.mu.Unlock() })
	defer timeout.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if p, ok := c.diags[uri]; ok && p.Version != nil && *p.Version == c.vers[uri] {
			return p.Diagnostics
		}
		if c.count < 0 {
			c.t.Fatalf("no diagnostics of version %d of %s", c.vers[uri], uri)
		}
		c.cond.Wait()
	}
}

func at(uri string, p Position) map[string]any {
	return map[string]any{"textDocument": textDocument{uri}, "position": p}
}

func (c *client) complete(uri string, p Position) []completionItem {
	c.t.Helper()
	var list completionList
	c.call("textDocument/completion", at(uri, p), &list)
	return list.Items
}

func labels(items []completionItem) []string {
	list := make([]string, len(items))
	for i, x := range items {
		list[i] = x.Label
	}
	return list
}

// programs are the twelve programs of the language and those of the examples.
func programs(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, glob := range []string{"../../../../spec/programs/*.net", "../../../../examples/*.net"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(f)] = string(b)
		}
	}
	if len(all) == 0 {
		t.Fatal("no programs")
	}
	return all
}

package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"

	netc "github.com/netc-lang/netc/runtime"
)

// Edits in UTF-16 positions give the text that an editor has, whatever characters it holds.
func TestIncrementalSync(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"conv 16", "\n", "é", "𝄞", "\r\n", "{", "}", " ", "// 日本", "\"", "a.b", "instead of", "👍🏽", ""}
	for range 60 {
		want := []uint16{}
		d := newDocument("file:///a.net", "/a.net", 0, "")
		for v := range 60 {
			text := pieces[rng.IntN(len(pieces))]
			// A place that is no middle of a surrogate pair, as editors have them.
			places := boundaries(want)
			i, j := places[rng.IntN(len(places))], places[rng.IntN(len(places))]
			if i > j {
				i, j = j, i
			}
			if j-i > 6 {
				j = i
			}
			var err error
			d, err = d.apply(v+1, contentChange{&Range{position(want, i), position(want, j)}, text})
			if err != nil {
				t.Fatal(err)
			}
			want = append(append(append([]uint16{}, want[:i]...), encode(text)...), want[j:]...)
			if got := encode(d.text()); string(decode(got)) != string(decode(want)) {
				t.Fatalf("got %q, want %q", d.text(), string(decode(want)))
			}
			for _, k := range boundaries(want) {
				if p := position(want, k); d.pos(d.at(p)) != p {
					t.Fatalf("%q: place %d is %v and comes back as %v", d.text(), k, p, d.pos(d.at(p)))
				}
			}
		}
	}
}

func encode(s string) []uint16 {
	var out []uint16
	for _, r := range s {
		if r >= 0x10000 {
			r -= 0x10000
			out = append(out, uint16(0xd800+r>>10), uint16(0xdc00+r&0x3ff))
			continue
		}
		out = append(out, uint16(r))
	}
	return out
}

func decode(units []uint16) []rune {
	var out []rune
	for i := 0; i < len(units); i++ {
		if units[i] >= 0xd800 && units[i] < 0xdc00 && i+1 < len(units) {
			out = append(out, 0x10000+(rune(units[i])-0xd800)<<10+rune(units[i+1])-0xdc00)
			i++
			continue
		}
		out = append(out, rune(units[i]))
	}
	return out
}

// boundaries are the offsets that are no middle of a surrogate pair or of a line end.
func boundaries(units []uint16) []int {
	list := []int{}
	for i := 0; i <= len(units); i++ {
		if i < len(units) && (units[i] >= 0xdc00 && units[i] < 0xe000 || units[i] == '\n' && i > 0 && units[i-1] == '\r') {
			continue
		}
		list = append(list, i)
	}
	return list
}

func position(units []uint16, i int) Position {
	var p Position
	for _, u := range units[:i] {
		p.Character++
		if u == '\n' {
			p = Position{p.Line + 1, 0}
		}
	}
	return p
}

// The order of requests that the protocol sets, and its error codes.
func TestLifecycle(t *testing.T) {
	c := newClient(t, time.Millisecond)
	code := func(err error) jrpc2.Code {
		var e *jrpc2.Error
		if !errors.As(err, &e) {
			t.Fatalf("got %v, want an error of the protocol", err)
		}
		return e.Code
	}
	if got := code(c.try("initialize", struct{}{}, nil)); got != jrpc2.InvalidRequest {
		t.Errorf("a second initialize: %v", got)
	}
	if got := code(c.try("textDocument/nothing", struct{}{}, nil)); got != jrpc2.MethodNotFound {
		t.Errorf("an unknown method: %v", got)
	}
	if got := code(c.try("textDocument/hover", at("file:///nowhere/a.net", Position{}), nil)); got != codeRequestFailed {
		t.Errorf("a file that is not open: %v", got)
	}
	c.notify("textDocument/unheardOf", struct{}{})
	c.notify("$/cancelRequest", map[string]any{"id": 4711})
	uri, _ := c.open("a.net", "let a = 1\n")
	if list := c.diagnostics(uri); len(list) != 0 {
		t.Errorf("a sound file has diagnostics: %v", list)
	}
	c.call("shutdown", nil, nil)
	if got := code(c.try("textDocument/hover", at(uri, Position{}), nil)); got != jrpc2.InvalidRequest {
		t.Errorf("a request after shutdown: %v", got)
	}
	c.notify("exit", nil)
	if err := <-c.done; err != nil {
		t.Errorf("the server ended with: %v", err)
	}
	c.rpc.Close() //nolint:errcheck // the server has gone first
	c.rpc = nil
}

// A bug in one request is answered and reported, and the server goes on.
func TestPanicIsReported(t *testing.T) {
	log := &syncBuffer{}
	s := &server{cfg: Config{Log: log, Version: "1"}, state: running, ctx: context.Background()}
	s.rpc = jrpc2.NewServer(s.methods(), &jrpc2.ServerOptions{AllowPush: true})
	_, err := on(s, func(context.Context, *struct{}) (any, error) { panic("ouch") })(context.Background(), new(jrpc2.Request))
	if err == nil || !strings.Contains(err.Error(), "this is a bug in netc: ouch") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(log.String(), "ouch") || !strings.Contains(log.String(), "server_test.go") {
		t.Errorf("the log has no trace: %s", log)
	}
}

// Diagnostics of a file follow the files that it uses, open or on disk.
func TestDependencies(t *testing.T) {
	c := newClient(t, time.Millisecond)
	lib, _ := c.open("lib.net", "block b(n) { dense n }\n")
	uri, _ := c.open("m.net", "use \"lib.net\"\ndata digits { from digits }\nmodel m { input digits; flatten; b 3; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 8; epochs 1 }\n")
	if list := c.diagnostics(uri); len(list) != 0 {
		t.Fatal(list)
	}
	c.diagnostics(lib)
	c.mu.Lock()
	delete(c.diags, uri)
	c.mu.Unlock()
	c.change(lib, &Range{Position{0, 6}, Position{0, 7}}, "c")
	list := c.diagnostics(uri)
	if len(list) != 1 || list[0].Range != (Range{Position{2, 33}, Position{2, 34}}) {
		t.Errorf("got %v", list)
	}
	// A mistake inside the used file stands at the use.
	c.mu.Lock()
	delete(c.diags, uri)
	c.mu.Unlock()
	c.change(lib, nil, "block b(n) { densee n }\n")
	list = c.diagnostics(uri)
	if len(list) == 0 || list[0].Range.Start.Line != 0 || !strings.HasPrefix(list[0].Message, "lib.net: ") || len(list[0].RelatedInformation) == 0 {
		t.Errorf("got %v", list)
	}
}

// Every fix that is offered, applied, takes its diagnostic away; formatting an already formatted text changes nothing.
func TestFixesMend(t *testing.T) {
	for _, src := range []string{
		"data digits { from digits }\nmodel m { input digits; flatten; densee 4; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 8; epochs 1 }\n",
		"data digits { from digits }\nmodel m { input digits; conv 4 kernel = 3; flatten; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 8; epochs 1 }\n",
		"data digits { from digits }\nmodel m { input digits; flatten; linear 4; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 8; epochs 1 }\n",
		"data digits { from digits }\nmodel m { input digits; flatten; dense 4, bais = false; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 8; epochs 1 }\n",
		"data digits { from digits }\nmodel m { input digits; flatten; dense(4); dense classes }\ntrain { loss cross_entropy; optimizer adamm; batch 8; epochs 1 }\n",
		"data digits { from digits }\nmodel m { input digits; flatten; dense units 4; dense classes }\ntrain { loss cross_entropy; optimizer adam(lr 0.01); batch 8; epochs 1 }\n",
		"data digits { from digits }\nmodel m { input digits; conv 4, krenel 3; flatten; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 8; epochs 1 }\n",
		"data digits { from digits }\nmodel m { input digits; conv(4, kernel 3); repeat 2 times { act relu }; flatten; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 8; epochs 1 }\n",
	} {
		c := newClient(t, time.Millisecond)
		uri, _ := c.open("m.net", src)
		list := c.diagnostics(uri)
		for range 4 {
			if len(list) == 0 {
				break
			}
			if len(list[0].Data) == 0 {
				t.Errorf("%q: no fix for %s", src, list[0].Message)
				break
			}
			edits := list[0].Data[0].Edits
			for i := len(edits) - 1; i >= 0; i-- {
				c.change(uri, &edits[i].Range, edits[i].NewText)
			}
			list = c.diagnostics(uri)
		}
		if len(list) > 0 {
			t.Errorf("%q: left %v", src, list)
		}
		c.stop()
	}
}

func TestFormattingEdits(t *testing.T) {
	c := newClient(t, time.Millisecond)
	for name, text := range programs(t) {
		messy := strings.ReplaceAll(strings.ReplaceAll(text, "  ", "   "), "{\n", "{\n\n\n")
		uri, _ := c.open(name, messy)
		apply := func(text string) string {
			var edits []TextEdit
			c.call("textDocument/formatting", map[string]any{"textDocument": textDocument{uri}, "options": map[string]any{}}, &edits)
			d := newDocument(uri, name, 0, text)
			for i := len(edits) - 1; i >= 0; i-- {
				var err error
				if d, err = d.apply(0, contentChange{&edits[i].Range, edits[i].NewText}); err != nil {
					t.Fatal(err)
				}
			}
			return d.text()
		}
		once := apply(messy)
		c.change(uri, nil, once)
		if twice := apply(once); twice != once {
			t.Errorf("%s: formatting twice differs", name)
		}
		if once == messy {
			t.Errorf("%s: nothing was formatted", name)
		}
		c.close(uri)
	}
}

// Each of the programs is typed, character by character, with requests in between. The server lives, and its memory is that of
// the text at hand, not of all that was ever typed.
func TestTyping(t *testing.T) {
	c := newClient(t, 100*time.Millisecond)
	var before, after runtime.MemStats
	rounds := 0
	for name, text := range programs(t) {
		uri, _ := c.open("typed-"+name, "")
		d := newDocument(uri, "", 0, "")
		typed := 0
		for i := range text {
			p := d.pos(d.end())
			piece := text[typed:i]
			typed = i
			c.change(uri, &Range{p, p}, piece)
			var err error
			if d, err = d.apply(0, contentChange{&Range{p, p}, piece}); err != nil {
				t.Fatal(err)
			}
			p = d.pos(d.end())
			if i%5 == 0 {
				c.complete(uri, p)
			}
			if i%83 == 0 {
				everything(c, uri, p)
			}
		}
		c.diagnostics(uri)
		c.close(uri)
		rounds++
		if rounds == 6 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); rounds > 6 && grown > 24<<20 {
		t.Errorf("the heap has grown by %d MB while %d more programs were typed", grown>>20, rounds-6)
	}
}

// everything sends one of each request about a place.
func everything(c *client, uri string, p Position) {
	c.t.Helper()
	doc := textDocument{uri}
	for _, method := range []string{"hover", "signatureHelp", "definition", "documentHighlight", "documentSymbol", "foldingRange", "semanticTokens/full", "codeLens", "documentLink"} {
		c.call("textDocument/"+method, at(uri, p), nil)
	}
	c.call("textDocument/references", map[string]any{"textDocument": doc, "position": p, "context": map[string]any{}}, nil)
	c.call("textDocument/inlayHint", map[string]any{"textDocument": doc, "range": Range{Position{}, p}}, nil)
	c.call("textDocument/codeAction", map[string]any{"textDocument": doc, "range": Range{p, p}, "context": map[string]any{"diagnostics": []any{}}}, nil)
	c.call("textDocument/selectionRange", map[string]any{"textDocument": doc, "positions": []Position{p}}, nil)
	for method, params := range map[string]any{
		"prepareRename": at(uri, p),
		"rename":        map[string]any{"textDocument": doc, "position": p, "newName": "other"},
		"formatting":    map[string]any{"textDocument": doc},
	} {
		err := c.try("textDocument/"+method, params, nil)
		var e *jrpc2.Error
		if err != nil && (!errors.As(err, &e) || e.Code != codeRequestFailed) {
			c.t.Fatalf("%s: %v", method, err)
		}
	}
}

// FuzzRequests asks everything at every sort of place in any text.
func FuzzRequests(f *testing.F) {
	for _, text := range programs(f) {
		f.Add(text, 3, 5)
		f.Add(text[:len(text)/2], 40, 2)
	}
	for _, text := range []string{"", "{", "}", "\"", "a[", "a.(", "as", "instead of", "instead of {", "x = = [ ( {", "model m { conv 16 instead", "use \"", "use \"a.net\" as", "let f(", "for", "for i in", "repeat {", "train { optimizer sgd(", "study { tricks a[*].", "extend \"x\" { set a.b[1].", "\xff\xfe{", "block b(a = (1", "off", "model { off", "trick t { off", "data d { from csv(\"x\", names = [", "é.𝄞"} {
		f.Add(text, 0, len(text))
	}
	s := &server{cfg: Config{Log: &syncBuffer{}}, cat: netc.Catalog(), w: newWorkspace(), ctx: context.Background(), state: running}
	s.jobs = newJobs(s)
	s.client.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport = true
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string, line, char int) {
		d := newDocument(pathToURI(filepath.Join(dir, "a.net")), filepath.Join(dir, "a.net"), 1, text)
		s.w.set(d)
		ctx := context.Background()
		p := positionParams{textDocument{d.uri}, Position{line, char}}
		check := func(v any, err error) {
			var e *jrpc2.Error
			if err != nil && (!errors.As(err, &e) || e.Code != codeRequestFailed) {
				t.Fatal(err)
			}
			if _, err := json.Marshal(v); err != nil {
				t.Fatal(err)
			}
		}
		dp := documentParams{p.TextDocument}
		a, err := s.completion(ctx, &p)
		check(a, err)
		b, err := s.hover(ctx, &p)
		check(b, err)
		c, err := s.signatureHelp(ctx, &p)
		check(c, err)
		e, err := s.definition(ctx, &p)
		check(e, err)
		g, err := s.references(ctx, &referenceParams{positionParams: p})
		check(g, err)
		h, err := s.rename(ctx, &renameParams{p, "x"})
		check(h, err)
		i, err := s.documentSymbol(ctx, &dp)
		check(i, err)
		j, err := s.foldingRange(ctx, &dp)
		check(j, err)
		k, err := s.semanticTokensFull(ctx, &dp)
		check(k, err)
		l, err := s.formatting(ctx, &dp)
		check(l, err)
		m, err := s.documentHighlight(ctx, &p)
		check(m, err)
		n, err := s.selectionRange(ctx, &selectionRangeParams{p.TextDocument, []Position{p.Position}})
		check(n, err)
		o, err := s.inlayHint(ctx, &rangeParams{p.TextDocument, Range{Position{}, p.Position}})
		check(o, err)
	})
}

// BenchmarkKeystroke is what a keystroke in the middle of a text of 2000 lines costs the editor: the change, and completion
// and highlighting that it asks for.
func BenchmarkKeystroke(b *testing.B) {
	var text strings.Builder
	text.WriteString("data digits { from digits }\nmodel m {\n  input digits\n")
	for range 660 {
		text.WriteString("  conv 16, kernel = 3, stride = 1 // a comment\n  norm batch(decay = 0.9)\n  act relu instead of tanh as bend\n")
	}
	text.WriteString("  flatten; dense classes\n}\ntrain {\n  loss cross_entropy\n  optimizer sgd(lr = 0.1, momentum = 0.9)\n  batch 64\n  epochs 10\n}\n")
	s := &server{cfg: Config{Log: &syncBuffer{}, Delay: time.Hour}, cat: netc.Catalog(), w: newWorkspace(), ctx: context.Background(), state: running}
	s.jobs = newJobs(s)
	d := newDocument("file:///big.net", "/big.net", 1, text.String())
	s.w.set(d)
	ctx := context.Background()
	for b.Loop() {
		p := Position{1000, 4}
		if _, err := s.didChange(ctx, &didChangeParams{versionedTextDocument{d.uri, 2}, []contentChange{{&Range{p, p}, "c"}}}); err != nil {
			b.Fatal(err)
		}
		if _, err := s.completion(ctx, &positionParams{textDocument{d.uri}, Position{1000, 5}}); err != nil {
			b.Fatal(err)
		}
		if _, err := s.semanticTokensFull(ctx, &documentParams{textDocument{d.uri}}); err != nil {
			b.Fatal(err)
		}
		if _, err := s.didChange(ctx, &didChangeParams{versionedTextDocument{d.uri, 3}, []contentChange{{&Range{p, Position{1000, 5}}, ""}}}); err != nil {
			b.Fatal(err)
		}
	}
	s.jobs.stop()
}

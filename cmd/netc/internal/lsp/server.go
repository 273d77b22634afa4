package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/creachadair/jrpc2/handler"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/runtime"
)

// Config says how to serve.
type Config struct {
	In      io.Reader
	Out     io.WriteCloser
	Log     io.Writer // reports of bugs
	Version string
	// Delay is how long the text must rest before it is compiled; 0 means DefaultDelay.
	Delay time.Duration
}

// DefaultDelay is how long the text must rest before it is compiled.
const DefaultDelay = 150 * time.Millisecond

// ErrNoShutdown is returned by Serve when the client leaves without having asked for a shutdown.
var ErrNoShutdown = errors.New("the client left without a shutdown request")

// The states of a server.
const (
	fresh = iota
	running
	shutDown
)

// server is one connection.
type server struct {
	cfg  Config
	cat  *catalog.Catalog
	w    *workspace
	rpc  *jrpc2.Server
	jobs *jobs
	ctx  context.Context
	exit chan struct{}
	once sync.Once

	mu     sync.Mutex
	state  int
	client initializeParams
}

// Serve speaks the protocol until the client says goodbye or the connection ends. It returns nil after an orderly end.
func Serve(ctx context.Context, cfg Config) error {
	if cfg.Delay == 0 {
		cfg.Delay = DefaultDelay
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{cfg: cfg, cat: runtime.Catalog(), w: newWorkspace(), ctx: ctx, exit: make(chan struct{})}
	s.jobs = newJobs(s)
	defer s.jobs.stop()
	s.rpc = jrpc2.NewServer(s.methods(), &jrpc2.ServerOptions{AllowPush: true, DisableBuiltin: true, Concurrency: 4})
	s.rpc.Start(lenient{channel.StrictHeader("")(cfg.In, cfg.Out)})
	ended := make(chan error, 1)
	go func() { ended <- s.rpc.Wait() }()
	var err error
	select {
	case err = <-ended:
	case <-s.exit: // the reader may still wait for input that nobody sends
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.state != shutDown {
		err = ErrNoShutdown
	}
	return err
}

// lenient takes messages whatever content type their header names: all of them are JSON in UTF-8.
type lenient struct{ channel.Channel }

func (c lenient) Recv() ([]byte, error) {
	msg, err := c.Channel.Recv()
	var other *channel.ContentTypeMismatchError
	if errors.As(err, &other) {
		err = nil
	}
	return msg, err
}

// The error codes of the protocol.
const (
	codeNotInitialized jrpc2.Code = -32002
	codeRequestFailed  jrpc2.Code = -32803
)

// failure is an error that is the user's to read: a rename to what is no name, a file that cannot be formatted.
func failure(format string, args ...any) error {
	return jrpc2.Errorf(codeRequestFailed, format, args...)
}

// on makes a handler of a method: it reads the parameters, keeps the order of states, and turns a panic into an error.
func on[P, R any](s *server, f func(context.Context, *P) (R, error)) jrpc2.Handler {
	return s.guard(func(ctx context.Context, req *jrpc2.Request) (any, error) {
		var p P
		if req.HasParams() {
			if err := json.Unmarshal([]byte(req.ParamString()), &p); err != nil {
				return nil, jrpc2.Errorf(jrpc2.InvalidParams, "%v", err)
			}
		}
		return f(ctx, &p)
	})
}

func (s *server) guard(f jrpc2.Handler) jrpc2.Handler {
	return func(ctx context.Context, req *jrpc2.Request) (result any, err error) {
		defer func() {
			if r := recover(); r != nil {
				s.bug(req.Method(), r)
				result, err = nil, jrpc2.Errorf(jrpc2.InternalError, "this is a bug in netc: %v", r)
			}
		}()
		s.mu.Lock()
		state := s.state
		s.mu.Unlock()
		switch method := req.Method(); {
		case method == "exit":
		case state == fresh && method != "initialize":
			if req.IsNotification() {
				return nil, nil
			}
			return nil, jrpc2.Errorf(codeNotInitialized, "the first request is initialize")
		case state == running && method == "initialize":
			return nil, jrpc2.Errorf(jrpc2.InvalidRequest, "the server is initialized already")
		case state == shutDown:
			return nil, jrpc2.Errorf(jrpc2.InvalidRequest, "the server has been shut down")
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return f(ctx, req)
	}
}

// bug reports a panic to the log and to the client.
func (s *server) bug(where string, r any) {
	fmt.Fprintf(s.cfg.Log, "netc lsp %s: this is a bug in netc: %s: %v\n%s\n", s.cfg.Version, where, r, debug.Stack())
	s.notify("window/logMessage", messageParams{1, fmt.Sprintf("This is a bug in netc (%s: %v). The server goes on. Its standard error has the details: please report them.", where, r)})
}

// notify sends a notification. One that cannot be sent has nobody to go to: the connection is over.
func (s *server) notify(method string, params any) {
	_ = s.rpc.Notify(s.ctx, method, params)
}

// ask sends a request to the client and leaves its answer alone.
func (s *server) ask(method string, params any) {
	go func() {
		ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
		defer cancel()
		_, _ = s.rpc.Callback(ctx, method, params)
	}()
}

func (s *server) methods() handler.Map {
	none := func(context.Context, *struct{}) (any, error) { return nil, nil }
	return handler.Map{
		"initialize":  on(s, s.initialize),
		"initialized": on(s, s.initialized),
		"shutdown": on(s, func(context.Context, *struct{}) (any, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.state = shutDown
			return nil, nil
		}),
		"exit": on(s, func(context.Context, *struct{}) (any, error) {
			s.once.Do(func() { close(s.exit) })
			return nil, nil
		}),
		"$/cancelRequest": on(s, func(_ context.Context, p *cancelParams) (any, error) {
			s.rpc.CancelRequest(string(p.ID))
			return nil, nil
		}),
		"$/setTrace":                          on(s, none),
		"workspace/didChangeConfiguration":    on(s, none),
		"workspace/didChangeWorkspaceFolders": on(s, none),
		"textDocument/willSave":               on(s, none),

		"textDocument/didOpen":            on(s, s.didOpen),
		"textDocument/didChange":          on(s, s.didChange),
		"textDocument/didSave":            on(s, s.didSave),
		"textDocument/didClose":           on(s, s.didClose),
		"workspace/didChangeWatchedFiles": on(s, s.didChangeWatchedFiles),

		"textDocument/completion":          on(s, s.completion),
		"textDocument/hover":               on(s, s.hover),
		"textDocument/signatureHelp":       on(s, s.signatureHelp),
		"textDocument/definition":          on(s, s.definition),
		"textDocument/references":          on(s, s.references),
		"textDocument/documentHighlight":   on(s, s.documentHighlight),
		"textDocument/prepareRename":       on(s, s.prepareRename),
		"textDocument/rename":              on(s, s.rename),
		"textDocument/documentSymbol":      on(s, s.documentSymbol),
		"workspace/symbol":                 on(s, s.workspaceSymbol),
		"textDocument/foldingRange":        on(s, s.foldingRange),
		"textDocument/selectionRange":      on(s, s.selectionRange),
		"textDocument/documentLink":        on(s, s.documentLink),
		"textDocument/formatting":          on(s, s.formatting),
		"textDocument/semanticTokens/full": on(s, s.semanticTokensFull),
		"textDocument/inlayHint":           on(s, s.inlayHint),
		"textDocument/codeLens":            on(s, s.codeLens),
		"textDocument/codeAction":          on(s, s.codeAction),
	}
}

func (s *server) initialize(_ context.Context, p *initializeParams) (any, error) {
	s.mu.Lock()
	s.client, s.state = *p, running
	s.mu.Unlock()
	for _, f := range p.WorkspaceFolders {
		s.w.roots = append(s.w.roots, uriToPath(f.URI))
	}
	if len(p.WorkspaceFolders) == 0 && p.RootURI != nil {
		s.w.roots = append(s.w.roots, uriToPath(*p.RootURI))
	}
	type m = map[string]any
	return m{
		"serverInfo": m{"name": "netc", "version": s.cfg.Version},
		"capabilities": m{
			"positionEncoding":           "utf-16",
			"textDocumentSync":           m{"openClose": true, "change": 2, "save": m{"includeText": false}},
			"completionProvider":         m{"triggerCharacters": []string{".", "\"", "/", "(", ",", " "}},
			"hoverProvider":              true,
			"signatureHelpProvider":      m{"triggerCharacters": []string{"(", ",", " "}},
			"definitionProvider":         true,
			"referencesProvider":         true,
			"documentHighlightProvider":  true,
			"documentSymbolProvider":     true,
			"workspaceSymbolProvider":    true,
			"codeActionProvider":         m{"codeActionKinds": []string{"quickfix", "source.fixAll"}},
			"codeLensProvider":           m{},
			"documentLinkProvider":       m{},
			"documentFormattingProvider": true,
			"renameProvider":             m{"prepareProvider": true},
			"foldingRangeProvider":       true,
			"selectionRangeProvider":     true,
			"semanticTokensProvider": m{
				"legend": m{"tokenTypes": tokenTypes, "tokenModifiers": tokenModifiers},
				"full":   true,
			},
			"inlayHintProvider": true,
		},
	}, nil
}

func (s *server) initialized(context.Context, *struct{}) (any, error) {
	s.mu.Lock()
	watch := s.client.Capabilities.Workspace.DidChangeWatchedFiles.DynamicRegistration
	s.mu.Unlock()
	if watch {
		type m = map[string]any
		s.ask("client/registerCapability", m{"registrations": []m{{
			"id": "files", "method": "workspace/didChangeWatchedFiles",
			"registerOptions": m{"watchers": []m{{"globPattern": "**/*.net"}, {"globPattern": "**/*.csv"}}},
		}}})
	}
	return nil, nil
}

func (s *server) didOpen(_ context.Context, p *didOpenParams) (any, error) {
	t := p.TextDocument
	d := newDocument(t.URI, uriToPath(t.URI), t.Version, t.Text)
	s.w.set(d)
	s.jobs.changed(d.path, 0)
	return nil, nil
}

func (s *server) didChange(_ context.Context, p *didChangeParams) (any, error) {
	path := uriToPath(p.TextDocument.URI)
	d := s.w.opened(path)
	if d == nil {
		return nil, fmt.Errorf("%s changes and was never opened", p.TextDocument.URI)
	}
	for _, c := range p.ContentChanges {
		var err error
		if d, err = d.apply(p.TextDocument.Version, c); err != nil {
			return nil, err
		}
	}
	s.w.set(d)
	s.jobs.changed(path, s.cfg.Delay)
	return nil, nil
}

func (s *server) didSave(_ context.Context, p *documentParams) (any, error) {
	s.jobs.changed(uriToPath(p.TextDocument.URI), 0)
	return nil, nil
}

func (s *server) didClose(_ context.Context, p *documentParams) (any, error) {
	path := uriToPath(p.TextDocument.URI)
	s.w.close(path)
	s.jobs.forget(path)
	s.notify("textDocument/publishDiagnostics", publishDiagnosticsParams{URI: p.TextDocument.URI, Diagnostics: []Diagnostic{}})
	return nil, nil
}

func (s *server) didChangeWatchedFiles(_ context.Context, p *watchedFilesParams) (any, error) {
	for _, c := range p.Changes {
		s.jobs.changedOnDisk(uriToPath(c.URI))
	}
	return nil, nil
}

// view is what a request about a document looks at.
func (s *server) view(uri string) (*view, error) {
	path := uriToPath(uri)
	d := s.w.opened(path)
	if d == nil {
		if d = s.w.load(path); d == nil {
			return nil, failure("%s is not open", uri)
		}
	}
	return &view{w: s.w, cat: s.cat, doc: d, an: s.jobs.last(path)}, nil
}

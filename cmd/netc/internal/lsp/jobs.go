package lsp

import (
	"sync"
	"time"

	"github.com/netc-lang/netc/lang/parse"
)

// jobs compile documents in the background, one at a time, each a little after its last change.
type jobs struct {
	s       *server
	mu      sync.Mutex
	work    map[string]*job
	compile sync.Mutex // held while something is compiled
	desc    *describer
	ended   bool
	wg      sync.WaitGroup
}

// job is the compiling of one document.
type job struct {
	timer *time.Timer
	busy  bool
	again bool // it changed while it was compiled
	last  *analysis
}

func newJobs(s *server) *jobs {
	return &jobs{s: s, work: map[string]*job{}, desc: newDescriber(firstRows, 4*s.cfg.Delay, s.bug)}
}

// stop waits for what is being compiled and starts nothing more.
func (j *jobs) stop() {
	j.mu.Lock()
	j.ended = true
	for _, w := range j.work {
		if w.timer != nil && w.timer.Stop() {
			j.wg.Done()
		}
	}
	j.mu.Unlock()
	j.desc.stop()
	j.wg.Wait()
}

// changed compiles a document, and those that use it, after a while.
func (j *jobs) changed(path string, delay time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.work[path] == nil {
		j.work[path] = &job{}
	}
	j.schedule(path, delay)
	for other, w := range j.work {
		if other != path && w.last != nil && w.last.files[path] {
			j.schedule(other, delay+j.s.cfg.Delay)
		}
	}
}

// again compiles a document that is still open, since more is known of its data.
func (j *jobs) again(path string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.work[path] != nil {
		j.schedule(path, 0)
	}
}

// changedOnDisk compiles what depends on a file that is not open, or any data file.
func (j *jobs) changedOnDisk(path string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for other, w := range j.work {
		if w.last == nil || w.last.files[path] || len(path) > 4 && path[len(path)-4:] == ".csv" {
			j.schedule(other, j.s.cfg.Delay)
		}
	}
}

// schedule sets the timer of a document; the lock is held.
func (j *jobs) schedule(path string, delay time.Duration) {
	w := j.work[path]
	if j.ended {
		return
	}
	if w.timer != nil && w.timer.Stop() {
		j.wg.Done()
	}
	j.wg.Add(1)
	w.timer = time.AfterFunc(delay, func() {
		defer j.wg.Done()
		j.run(path, w)
	})
}

// run compiles one document until it rests.
func (j *jobs) run(path string, w *job) {
	j.mu.Lock()
	if w.busy {
		w.again = true
		j.mu.Unlock()
		return
	}
	w.busy = true
	j.mu.Unlock()
	for {
		if d := j.s.w.opened(path); d != nil {
			j.one(d, w)
		}
		j.mu.Lock()
		if !w.again || j.ended {
			w.busy = false
			j.mu.Unlock()
			return
		}
		w.again = false
		j.mu.Unlock()
	}
}

// slow is how long a compilation may take before syntax errors are told ahead of it.
const slow = 250 * time.Millisecond

// one compiles one state of a document and publishes what it finds.
func (j *jobs) one(d *document, w *job) {
	j.compile.Lock()
	defer j.compile.Unlock()
	defer func() {
		if r := recover(); r != nil {
			j.s.bug("compiling "+d.path, r)
		}
	}()
	if old := j.lastOf(w); old != nil && old.took > slow && old.doc != d {
		if _, list := parse.File(d.path, []byte(d.text())); list.HasErrors() {
			j.publish(d, w, &analysis{doc: d, diags: list})
		}
	}
	a := analyse(j.s.w, j.s.cat, j.desc.of(d.path, func() { j.again(d.path) }), d)
	j.mu.Lock()
	alive := j.work[d.path] == w
	if alive {
		w.last = a
	}
	j.mu.Unlock()
	if !alive {
		return
	}
	j.publish(d, w, a)
	j.refresh()
}

func (j *jobs) publish(d *document, w *job, a *analysis) {
	v := &view{w: j.s.w, cat: j.s.cat, doc: d, an: a}
	version := d.version
	j.s.notify("textDocument/publishDiagnostics", publishDiagnosticsParams{URI: d.uri, Version: &version, Diagnostics: v.diagnostics()})
}

// refresh asks the client to ask again for what stands on a compilation.
func (j *jobs) refresh() {
	j.s.mu.Lock()
	c := j.s.client.Capabilities.Workspace
	j.s.mu.Unlock()
	if c.InlayHint.RefreshSupport {
		j.s.ask("workspace/inlayHint/refresh", nil)
	}
	if c.CodeLens.RefreshSupport {
		j.s.ask("workspace/codeLens/refresh", nil)
	}
}

func (j *jobs) forget(path string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if w := j.work[path]; w != nil {
		if w.timer != nil && w.timer.Stop() {
			j.wg.Done()
		}
		delete(j.work, path)
	}
	j.desc.forget(path)
}

func (j *jobs) lastOf(w *job) *analysis {
	j.mu.Lock()
	defer j.mu.Unlock()
	return w.last
}

// last is the newest analysis of a document, nil where there is none yet.
func (j *jobs) last(path string) *analysis {
	j.mu.Lock()
	defer j.mu.Unlock()
	if w := j.work[path]; w != nil {
		return w.last
	}
	return nil
}

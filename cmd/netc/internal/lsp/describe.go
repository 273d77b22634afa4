package lsp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data"
)

// describer answers the compiler's questions about data, and never lets it wait for a large table: a first answer comes from
// the table's first rows; the rest is read in the background, and then the document is compiled again. It remembers answers
// and no data.
type describer struct {
	limit int64                       // bytes of a table for the first answer
	rest  time.Duration               // how long nothing else is asked before the whole of a table is read
	bug   func(where string, why any) // reports a panic

	mu      sync.Mutex
	known   map[string]answer
	reading map[string]*reading // by document
	ended   bool
	wg      sync.WaitGroup
}

type answer struct {
	info *model.DataInfo
	err  error
}

// reading is a table that is being read in the background.
type reading struct {
	key    string
	cancel context.CancelFunc
}

// firstRows is how much of a table is read for the first answer: some ten milliseconds.
const firstRows = 1 << 20

// maxKnown is how many answers are remembered. Somebody who types a path asks for many, once each.
const maxKnown = 64

func newDescriber(limit int64, rest time.Duration, bug func(where string, why any)) *describer {
	return &describer{limit: limit, rest: rest, bug: bug, known: map[string]answer{}, reading: map[string]*reading{}}
}

// of is the model.Describer for one compilation of a document; again compiles it once more.
func (d *describer) of(path string, again func()) *description {
	return &description{describer: d, path: path, again: again}
}

// description describes data for one compilation.
type description struct {
	*describer
	path    string
	again   func()
	partial bool
}

// unfinished reports whether an answer was of the first rows of a table whose rest is being read.
func (d *description) unfinished() bool { return d.partial }

// Describe implements model.Describer.
func (d *description) Describe(s *model.Section, base string) (*model.DataInfo, error) {
	if problem := unfit(s, base); problem != nil {
		return nil, problem
	}
	key := data.Key(s, base)
	// A mistake has a place, which moves with the lines above it; sizes have none.
	placed := fmt.Sprint(key, s.Span)
	for _, n := range s.Settings {
		placed += fmt.Sprint(n.Span)
	}
	d.mu.Lock()
	for _, k := range []string{key, placed} {
		if a, ok := d.known[k]; ok {
			d.mu.Unlock()
			return a.info, a.err
		}
	}
	d.mu.Unlock()
	info, whole, err := data.Sketch(context.Background(), s, base, d.limit)
	if err != nil {
		return nil, err
	}
	if whole {
		if !info.Placeholder { // a file that is not here may come
			d.keep(key, answer{info: info})
		}
		return info, nil
	}
	d.partial = true
	d.read(s, base, key, placed)
	return info, nil
}

func (d *describer) keep(key string, a answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	d.known[key] = a
}

// read reads the whole of a table in the background, instead of what was being read for the document.
func (d *description) read(s *model.Section, base, key, placed string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.reading[d.path]; old != nil {
		if old.key == placed {
			return
		}
		old.cancel()
	}
	if d.ended {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	now := &reading{placed, cancel}
	d.reading[d.path] = now
	d.wg.Add(1)
	go func() {
		defer d.wg.Done()
		defer cancel()
		defer func() {
			if r := recover(); r != nil {
				d.bug("reading the data of "+d.path, r)
			}
		}()
		select {
		case <-time.After(d.rest):
		case <-ctx.Done():
			return
		}
		a := answer{}
		a.info, _, a.err = data.Sketch(ctx, s, base, 0)
		d.mu.Lock()
		if d.reading[d.path] == now {
			delete(d.describer.reading, d.path)
		}
		d.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		if a.err != nil {
			key = placed
		}
		d.keep(key, a)
		d.again()
	}()
}

// forget stops what is being read for a document.
func (d *describer) forget(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.reading[path]; r != nil {
		r.cancel()
		delete(d.reading, path)
	}
}

// stop ends all reading.
func (d *describer) stop() {
	d.mu.Lock()
	d.ended = true
	for _, r := range d.reading {
		r.cancel()
	}
	d.mu.Unlock()
	d.wg.Wait()
}

// unfit says why a file cannot be looked at while somebody types: it is a device or a pipe, whose reading may never end.
func unfit(s *model.Section, base string) *diag.Diagnostic {
	from := s.Find("from")
	if from == nil || from.Args.Call("source") == nil {
		return nil
	}
	for _, v := range from.Args.Call("source").Args {
		if v.Kind != model.String || v.Str == "" {
			continue
		}
		path := v.Str
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, path)
		}
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return diag.Errorf(data.FileUnreadable, v.Span, "%s is neither a file nor a folder", v.Str).
				WithHelp("name a file or a folder with the data")
		}
	}
	return nil
}

package data

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// Reader reads data sections and keeps what it decoded, so that describing and opening a section, and the
// variants of a study that only split or scale otherwise, decode a source once. The zero Reader is ready; it
// is safe for use by many goroutines. It is the compiler's model.Describer.
type Reader struct {
	mu       sync.Mutex
	known    map[string]*decoding
	outlines map[string]*outline // of sources that can be described without being decoded
}

type decoding struct {
	once sync.Once
	s    *source
	err  error
}

// Describe tells the compiler what it must know of a data section, reading as little as it can. Relative paths start
// at base. Where files are not on this machine the sizes are guesses, and Placeholder says so.
func (r *Reader) Describe(sec *model.Section, base string) (*model.DataInfo, error) {
	c, err := newConfig(sec, base)
	if err != nil {
		return nil, err
	}
	info, err := r.describe(c)
	if err != nil && notHere(err) {
		o := c.kind.guess(c)
		guess := o.info(sizes{})
		for _, name := range o.categories {
			guess.Categories = append(guess.Categories, model.Category{Name: name, Size: 10})
		}
		guess.Placeholder, guess.Why = true, err.(*diag.Diagnostic).Message
		return &guess, nil
	}
	return info, err
}

func (r *Reader) describe(c *config) (*model.DataInfo, error) {
	if c.kind.describe == nil {
		s, err := r.source(c)
		if err != nil {
			return nil, err
		}
		d, err := c.prepare(s, true)
		if err != nil {
			return nil, err
		}
		return &d.Info, nil
	}
	o, err := r.outline(c)
	if err != nil {
		return nil, err
	}
	if err := c.checkSettings(o); err != nil {
		return nil, err
	}
	if o.uncounted {
		info := o.info(sizes{})
		return &info, nil
	}
	size, err := c.sizes(o)
	if err != nil {
		return nil, err
	}
	info := o.info(size)
	return &info, nil
}

// Open reads a data section: it decodes, splits, fills and scales. Errors are *diag.Diagnostic at the
// setting that they are about.
func (r *Reader) Open(sec *model.Section, base string) (*Dataset, error) {
	c, err := newConfig(sec, base)
	if err != nil {
		return nil, err
	}
	s, err := r.source(c)
	if err != nil {
		return nil, err
	}
	return c.prepare(s, false)
}

// outline describes a source that need not be decoded for it, once for all sections that read it alike.
func (r *Reader) outline(c *config) (*outline, error) {
	key := c.key()
	r.mu.Lock()
	o := r.outlines[key]
	r.mu.Unlock()
	if o != nil {
		return o, nil
	}
	o, err := c.kind.describe(c)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.outlines == nil {
		r.outlines = map[string]*outline{}
	}
	r.outlines[key] = o
	return o, nil
}

// source decodes a source, once for all sections that read it alike.
func (r *Reader) source(c *config) (*source, error) {
	r.mu.Lock()
	if r.known == nil {
		r.known = map[string]*decoding{}
	}
	key := c.key()
	d := r.known[key]
	if d == nil {
		d = &decoding{}
		r.known[key] = d
	}
	r.mu.Unlock()
	d.once.Do(func() { d.s, d.err = c.kind.read(c) })
	if d.err != nil {
		// Do not keep failures: a file may appear, and another section has other places to name.
		r.mu.Lock()
		if r.known[key] == d {
			delete(r.known, key)
		}
		r.mu.Unlock()
	}
	return d.s, d.err
}

// key is the same for sections that decode to the same source: the source's arguments, the settings that
// decoding looks at, and the state of its files.
func (c *config) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", c.base, c.call.Constructor())
	for _, n := range c.sec.Settings {
		switch n.Name {
		case "target", "number", "category", "drop", "resize", "impute":
			fmt.Fprintln(&b, n.Constructor())
		case "split":
			if v := n.Args["by"]; v.IsSet() {
				fmt.Fprintln(&b, "by", v)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.call.Args)) {
		for _, text := range append(texts(c.call.Args[name]), "") {
			if !filepath.IsAbs(text) {
				text = filepath.Join(c.base, text)
			}
			if info, err := os.Stat(text); err == nil && !info.IsDir() {
				fmt.Fprintf(&b, "%s %d %s\n", text, info.Size(), info.ModTime())
			}
		}
	}
	return b.String()
}

func texts(v model.Value) []string {
	switch v.Kind {
	case model.String:
		return []string{v.Str}
	case model.List:
		return model.Args{"": v}.Texts("")
	}
	return nil
}

// Describe describes one section; see Reader.Describe.
func Describe(sec *model.Section, base string) (*model.DataInfo, error) {
	return new(Reader).Describe(sec, base)
}

// Open opens one section; see Reader.Open.
func Open(sec *model.Section, base string) (*Dataset, error) { return new(Reader).Open(sec, base) }

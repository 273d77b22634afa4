package lsp

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/stdlib"
)

// workspace holds the texts that the editor has open, and quick readings of files that they lead to.
type workspace struct {
	mu    sync.Mutex
	roots []string
	open  map[string]*document // by path
	disk  map[string]diskFile  // by path; files that are not open
}

type diskFile struct {
	modified time.Time
	size     int64
	doc      *document
}

// maxDisk bounds the files kept beside the open ones.
const maxDisk = 256

func newWorkspace() *workspace {
	return &workspace{open: map[string]*document{}, disk: map[string]diskFile{}}
}

func (w *workspace) set(d *document) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[d.path] = d
	delete(w.disk, d.path)
}

func (w *workspace) close(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, path)
}

func (w *workspace) opened(path string) *document {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open[path]
}

// all lists the open documents in order of their paths.
func (w *workspace) all() []*document {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]*document, 0, len(w.open))
	for _, d := range w.open {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b *document) int { return strings.Compare(a.path, b.path) })
	return list
}

// maxSource is the largest text that is taken for a program.
const maxSource = 16 << 20

// readFile is the compiler's way to files: through the editor's buffers.
func (w *workspace) readFile(path string) ([]byte, error) {
	if d := w.opened(path); d != nil {
		return []byte(d.text()), nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Size() > maxSource:
		return nil, errors.New("it is too large for a program")
	}
	return os.ReadFile(path)
}

// load gives the quick reading of a file, nil where there is none.
func (w *workspace) load(path string) *document {
	if d := w.opened(path); d != nil {
		return d
	}
	if strings.HasPrefix(path, stdlib.Prefix) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if f, ok := w.disk[path]; ok {
			return f.doc
		}
		src, err := stdlib.Read(path)
		if err != nil {
			return nil
		}
		d := newDocument("", path, 0, string(src))
		w.disk[path] = diskFile{doc: d}
		return d
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	w.mu.Lock()
	f, ok := w.disk[path]
	w.mu.Unlock()
	if ok && f.modified.Equal(info.ModTime()) && f.size == info.Size() {
		return f.doc
	}
	src, err := w.readFile(path)
	if err != nil {
		return nil
	}
	d := newDocument(pathToURI(path), path, 0, string(src))
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.disk) >= maxDisk {
		clear(w.disk)
	}
	w.disk[path] = diskFile{info.ModTime(), info.Size(), d}
	return d
}

// maxWalked bounds a search for programs in the workspace's folders.
const maxWalked = 4000

// programs lists the .net files that the workspace knows: open ones, and those in its folders.
func (w *workspace) programs() []string {
	seen := map[string]bool{}
	var list []string
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			list = append(list, path)
		}
	}
	for _, d := range w.all() {
		add(d.path)
	}
	w.mu.Lock()
	roots := slices.Clone(w.roots)
	w.mu.Unlock()
	visited := 0
	for _, root := range roots {
		filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error { //nolint:errcheck // what cannot be read is not part of the answer
			visited++
			switch {
			case visited > maxWalked:
				return filepath.SkipAll
			case err != nil:
				return nil
			case e.IsDir() && path != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules"):
				return filepath.SkipDir
			case strings.HasSuffix(path, ".net") && e.Type().IsRegular():
				add(path)
			}
			return nil
		})
	}
	slices.Sort(list)
	return list
}

// uriToPath gives the path of a file on this machine. What is no file (untitled:Untitled-1) keeps its URI as its path: its
// text is known from the editor alone.
func uriToPath(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" {
		return uri
	}
	path := u.Path
	if runtime.GOOS == "windows" && len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:]
	}
	return filepath.Clean(filepath.FromSlash(path))
}

func pathToURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// resolvePath is the file that a `use` or `extend` of a document names.
func resolvePath(from, name string) string {
	if strings.HasPrefix(name, stdlib.Prefix) || filepath.IsAbs(name) {
		return name
	}
	if strings.HasPrefix(from, stdlib.Prefix) {
		return filepath.ToSlash(filepath.Join(filepath.Dir(from), name))
	}
	return filepath.Join(filepath.Dir(from), name)
}

// link is a `use` or `extend` of a document.
type link struct {
	stmt   *stmt
	extend bool
	path   string
	text   tok
	alias  tok // empty text without
}

// links lists the files that a document leads to.
func (d *document) links() []link {
	var list []link
	for _, s := range d.tree().top.stmts {
		head, n := s.head()
		if head != "use" && head != "extend" || len(s.toks) <= n || s.toks[n].kind != parse.String {
			continue
		}
		t := s.toks[n]
		l := link{stmt: s, extend: head == "extend", text: t, path: resolvePath(d.path, (&ast.String{Text: t.text}).Value())}
		if alias, ok := s.label(); ok && !l.extend {
			l.alias = alias
		}
		list = append(list, l)
	}
	return list
}

// standardCopy writes a file of the standard library to where an editor can open it, and returns its path.
func standardCopy(name string) (string, error) {
	src, err := stdlib.Read(name)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	path := filepath.Join(cache, "netc", "stdlib", filepath.FromSlash(strings.TrimPrefix(name, stdlib.Prefix)))
	if old, err := os.ReadFile(path); err == nil && string(old) == string(src) {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".net-*")
	if err != nil {
		return "", err
	}
	_, err = tmp.Write(src)
	if err == nil {
		err = tmp.Chmod(0o444)
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name()) //nolint:errcheck // the first error is the one to tell
		return "", err
	}
	return path, nil
}

// location is where a token of a document stands, in a file that the editor can open.
func (d *document) location(t tok) (Location, error) {
	uri := d.uri
	if uri == "" {
		path, err := standardCopy(d.path)
		if err != nil {
			return Location{}, err
		}
		uri = pathToURI(path)
	}
	return Location{uri, d.tokenRange(t)}, nil
}

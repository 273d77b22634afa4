package lsp

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/parse"
	"github.com/netc-lang/netc/runtime/data/format"
	"github.com/netc-lang/netc/stdlib"
)

// column is a column of a table with what its first rows hold.
type column struct {
	name    string
	numbers bool
	sample  []string // a few different cells
}

func (c column) detail() string {
	kind := "text"
	if c.numbers {
		kind = "numbers"
	}
	return kind + ": " + strings.Join(c.sample, ", ") + ", …"
}

// sampled is how many rows of a table are looked at.
const sampled = 50

type tableKey struct {
	path     string
	dialect  string
	modified time.Time
	size     int64
}

// tables keeps the columns of the tables that were looked at last.
var tables struct {
	sync.Mutex
	m map[tableKey][]column
}

// table gives the columns of the CSV file that a data section reads, from its header and first rows; none where the section
// has no such source or the file is not there.
func (v *view) table(section *block) []column {
	for _, s := range section.stmts {
		head, n := s.head()
		if head != "from" || n+2 >= len(s.toks) || s.toks[n].text != "csv" || s.toks[n+2].kind != parse.String {
			continue
		}
		text := func(t tok) string { return (&ast.String{Text: t.text}).Value() }
		path := text(s.toks[n+2])
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(v.doc.path), path)
		}
		dialect := format.CSV{Separator: ',', Header: true}
		for i := n + 3; i+2 < len(s.toks); i++ {
			if !s.toks[i+1].is("=") {
				continue
			}
			value := s.toks[i+2]
			switch s.toks[i].text {
			case "separator":
				if value.kind == parse.String {
					dialect.Separator, _ = utf8.DecodeRuneInString(text(value))
				}
			case "header":
				dialect.Header = !value.isWord("false")
			case "skip":
				dialect.Skip, _ = strconv.Atoi(value.text)
			case "names":
				for j := i + 3; j < len(s.toks) && !s.toks[j].is("]"); j++ {
					switch s.toks[j].kind {
					case parse.Name:
						dialect.Names = append(dialect.Names, s.toks[j].text)
					case parse.String:
						dialect.Names = append(dialect.Names, text(s.toks[j]))
					}
				}
			}
		}
		return columnsOf(path, dialect)
	}
	return nil
}

var errEnough = errors.New("enough rows")

func columnsOf(path string, dialect format.CSV) []column {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	key := tableKey{path, strconv.QuoteRune(dialect.Separator) + strings.Join(dialect.Names, ",") + strconv.FormatBool(dialect.Header) + strconv.Itoa(dialect.Skip), info.ModTime(), info.Size()}
	tables.Lock()
	defer tables.Unlock()
	if list, ok := tables.m[key]; ok {
		return list
	}
	r, err := format.Open(path)
	if err != nil {
		return nil
	}
	defer r.Close()
	var list []column
	rows := 0
	err = dialect.Scan(io.LimitReader(r, 4<<20), func(names []string) error {
		for _, n := range names {
			list = append(list, column{name: strings.Clone(n), numbers: true})
		}
		return nil
	}, func(_ int, cells []string) error {
		for i, cell := range cells[:min(len(cells), len(list))] {
			c := &list[i]
			if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && cell != "?" && cell != "NA" {
				c.numbers = false
			}
			if len(c.sample) < 3 && cell != "" && !slices.Contains(c.sample, cell) {
				c.sample = append(c.sample, strings.Clone(cell))
			}
		}
		if rows++; rows == sampled {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) && rows == 0 {
		return nil
	}
	if tables.m == nil || len(tables.m) > 32 {
		tables.m = map[tableKey][]column{}
	}
	tables.m[key] = list
	return list
}

// inString completes in quotes: files, columns, programs.
func (c *completer) inString() {
	head, n := c.stmt.head()
	switch {
	case c.stmt.in.owner == nil && (head == "use" || head == "extend"):
		for _, f := range c.programFiles(c.word) {
			c.add(f)
		}
		c.shorten()
		return
	case c.stmt.in.owner == nil:
		return
	}
	if n < len(c.stmt.toks) && (head == "target" || head == "number" || head == "category" || head == "drop" || head == "split" || head == "scale") {
		for _, col := range c.table(c.stmt.in) {
			c.add(item{label: col.name, kind: itemField, detail: col.detail(), text: escapeSnippet(col.name)})
		}
		return
	}
	frames := c.frames(c.stmt, c.i)
	f := &frames[len(frames)-1]
	if f.callee == nil || head != "from" && head != "start" {
		return
	}
	endings := map[string][]string{
		"csv": {".csv", ".tsv", ".data", ".txt", ".gz"}, "npz": {".npz"}, "idx": {".gz", "-ubyte"}, "cifar10": {".bin", ".gz"}, "folder": {},
	}[f.callee.name]
	switch p := paramName(f); p {
	case "path", "test", "images", "labels", "test_images", "test_labels", "from":
		for _, i := range c.files(c.word, endings) {
			c.add(i)
		}
		c.shorten()
	}
}

// shorten makes completions of a path replace only its last element, which is what their labels show.
func (c *completer) shorten() {
	if i := strings.LastIndexByte(c.word, '/'); i >= 0 {
		from := c.from
		from.col += i + 1
		for n := range c.list {
			c.list[n].TextEdit.Range = c.doc.span(from, c.at)
		}
		c.word = c.word[i+1:]
	}
}

// files lists what is in the folder that a path leads to: folders, and files with one of the endings.
func (v *view) files(path string, endings []string) []item {
	dir := filepath.Dir(v.doc.path)
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		if filepath.IsAbs(path) {
			dir = path[:i+1]
		} else {
			dir = filepath.Join(dir, path[:i+1])
		}
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, err := f.ReadDir(500)
	if err != nil {
		return nil
	}
	var list []item
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		isDir := e.IsDir()
		if e.Type()&os.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(dir, name))
			isDir = err == nil && info.IsDir()
		}
		if isDir {
			list = append(list, item{label: name, kind: itemFolder, text: escapeSnippet(name), rank: 2})
			continue
		}
		for _, end := range endings {
			if strings.HasSuffix(strings.ToLower(name), end) {
				list = append(list, item{label: name, kind: itemFile, text: escapeSnippet(name), rank: 1})
				break
			}
		}
	}
	return sortItems(list)
}

// programFiles lists the programs that a `use` can name: those beside the document, and the standard library's.
func (v *view) programFiles(path string) []item {
	var list []item
	for _, i := range v.files(path, []string{".net"}) {
		if i.label != filepath.Base(v.doc.path) {
			list = append(list, i)
		}
	}
	if std, ok := strings.CutPrefix(path, stdlib.Prefix); ok || path == "" || strings.HasPrefix(stdlib.Prefix, path) {
		for _, dir := range []string{"data", "models", "blocks"} {
			for _, n := range stdlib.Names(dir) {
				name := stdlib.Prefix + dir + "/" + n + ".net"
				switch {
				case !ok:
					list = append(list, item{label: name, kind: itemFile, detail: "standard library", rank: 3})
				case strings.HasPrefix(std, dir+"/"):
					list = append(list, item{label: n + ".net", kind: itemFile, detail: "standard library", rank: 3})
				case strings.HasPrefix(dir, std):
					list = append(list, item{label: dir, kind: itemFolder, detail: "standard library", rank: 3})
				}
			}
		}
	}
	return list
}

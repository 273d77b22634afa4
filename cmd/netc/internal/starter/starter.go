// Package starter writes a first program for a data set: it looks at the files, guesses what is to be predicted and what each
// column is, and writes a commented .net file that trains at once.
package starter

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/lang/ast"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/format"
	"github.com/netc-lang/netc/lang/parse"
)

// Kinds are the data sets that Look knows, as the language's sources are called.
var Kinds = []string{"csv", "folder", "idx", "cifar10", "npz", "digits"}

// Data is what a look at a data set told.
type Data struct {
	Kind string // one of Kinds
	Path string // as it was given
	// Table is set for csv, Images for all others except npz of rows.
	Table  *Table
	Images *Images
	Arrays *Arrays
}

// Look finds out what a path leads to. Kind, where not empty, says so instead.
func Look(path, kind string) (*Data, error) {
	if kind == "" && path == "digits" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			kind = "digits"
		}
	}
	if kind == "digits" {
		return &Data{Kind: kind, Path: "digits", Images: &Images{Height: 8, Width: 8, Channels: 1, Examples: 1797, source: "digits"}}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if kind == "" {
		if kind, err = guessKind(path, info); err != nil {
			return nil, err
		}
	}
	d := &Data{Kind: kind, Path: path}
	switch kind {
	case "csv":
		d.Table, err = lookTable(path)
	case "folder":
		d.Images, err = lookFolder(path)
	case "idx":
		d.Images, err = lookIDX(path)
	case "cifar10":
		d.Images, err = lookCIFAR(path)
	case "npz":
		err = lookNPZ(d, path)
	default:
		return nil, fmt.Errorf("%s is no kind of data; there are %s", kind, strings.Join(Kinds, ", "))
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

func guessKind(path string, info fs.FileInfo) (string, error) {
	if info.IsDir() {
		names, err := fileNames(path)
		if err != nil {
			return "", err
		}
		tables := 0
		for _, n := range names {
			switch {
			case strings.Contains(n, "-ubyte"):
				return "idx", nil
			case strings.HasPrefix(n, "data_batch") || n == "cifar-10-batches-bin":
				return "cifar10", nil
			case isTable(n):
				tables++
			}
		}
		if tables > 0 && !slices.ContainsFunc(names, func(n string) bool {
			info, err := os.Stat(filepath.Join(path, n))
			return err == nil && info.IsDir()
		}) {
			return "", fmt.Errorf("%s holds tables: name the file to learn from, such as %s", path, filepath.Join(path, names[slices.IndexFunc(names, isTable)]))
		}
		return "folder", nil
	}
	name := strings.ToLower(filepath.Base(path))
	switch {
	case strings.HasSuffix(name, ".npz"):
		return "npz", nil
	case strings.Contains(name, "-ubyte"):
		return "idx", nil
	case strings.Contains(name, "data_batch"):
		return "cifar10", nil
	case isTable(name):
		return "csv", nil
	}
	return "", fmt.Errorf("%s is of no known kind by its name; say what it is with --kind, one of %s", path, strings.Join(Kinds, ", "))
}

func isTable(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".gz")
	for _, end := range []string{".csv", ".tsv", ".data", ".txt"} {
		if strings.HasSuffix(name, end) && !strings.HasPrefix(name, "readme") && !strings.HasPrefix(name, "license") {
			return true
		}
	}
	return false
}

func fileNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Options say how a program is written.
type Options struct {
	// Name of the data section; from the path where empty.
	Name string
	// Target names the columns to predict of a table, in place of the guess.
	Target []string
	// Drop names columns of a table that are not to be used.
	Drop []string
	// Dir is the folder that the program will stand in: paths are written from there.
	Dir string
}

// Program writes the program in the canonical style.
func Program(d *Data, o Options) ([]byte, error) {
	if o.Name == "" {
		o.Name = nameOf(d.Path)
	}
	var b bytes.Buffer
	var err error
	switch {
	case d.Table != nil:
		err = d.writeTable(&b, o)
	case d.Images != nil:
		err = d.writeImages(&b, o)
	default:
		err = d.writeRows(&b, o)
	}
	if err != nil {
		return nil, err
	}
	out, list := format.Source(o.Name+".net", lineUp(b.Bytes()))
	if list.HasErrors() {
		return nil, fmt.Errorf("the program that was written has mistakes: %w", diag.List(list))
	}
	return out, nil
}

// nameOf makes a name of the language of a path.
func nameOf(path string) string {
	base := filepath.Base(path)
	base = strings.TrimSuffix(base, ".gz")
	base = strings.TrimSuffix(base, filepath.Ext(base))
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return '_'
	}, base), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' || slices.Contains(parse.Reserved, name) || slices.Contains(parse.Sections, name) {
		name = "set_" + name
	}
	return strings.TrimSuffix(name, "_")
}

// pathFrom writes a path as the program names it.
func (o Options) pathFrom(path string) string {
	if abs, err := filepath.Abs(path); err == nil && !filepath.IsAbs(path) {
		if dir, err := filepath.Abs(o.Dir); err == nil {
			if rel, err := filepath.Rel(dir, abs); err == nil {
				path = rel
			}
		}
	}
	return ast.Quote(filepath.ToSlash(path))
}

// bare writes a column's name as the language does.
func bare(name string) string {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return ast.Quote(name)
		}
	}
	if name == "" || slices.Contains(parse.Reserved, name) || name == "rest" || name == "classes" {
		return ast.Quote(name)
	}
	return name
}

func bareAll(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = bare(n)
	}
	return strings.Join(out, ", ")
}

// batchFor is a batch that gives small data sets enough steps an epoch.
func batchFor(examples int) int {
	switch {
	case examples < 500:
		return 16
	case examples < 5000:
		return 32
	case examples < 50000:
		return 64
	}
	return 128
}

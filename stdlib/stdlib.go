// Package stdlib is the standard library: .net files, embedded. A file in layers, blocks or tricks defines what its
// name says and is visible in every program without `use`; a file in data or models is brought in by
// `use "std/data/cifar10.net"`.
package stdlib

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

//go:embed layers/*.net blocks/*.net tricks/*.net models/*.net data/*.net
var files embed.FS

// Prefix starts the path of a standard file in a `use`.
const Prefix = "std/"

// Read returns the text of a standard file, its path with or without Prefix.
func Read(name string) ([]byte, error) { return files.ReadFile(strings.TrimPrefix(name, Prefix)) }

// Find returns the path of the file that defines a block (in layers or blocks) or a trick (in tricks), or "".
func Find(kind, name string) string {
	dirs := []string{"layers", "blocks"}
	if kind == "trick" {
		dirs = []string{"tricks"}
	}
	for _, dir := range dirs {
		file := path.Join(dir, name+".net")
		if f, err := files.Open(file); err == nil {
			f.Close()
			return Prefix + file
		}
	}
	return ""
}

// Names lists what a folder defines, in order.
func Names(dir string) []string {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".net"))
	}
	return names
}

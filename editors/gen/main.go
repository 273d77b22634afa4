// Command gen writes the editor files of netc: syntax highlighting, indentation and snippets for VS Code, Vim,
// Neovim, Emacs and chroma. Each file is a template in templates, at the path where its result goes below
// editors; the words that the templates list come from the lexer, the grammar, the catalogue and the standard
// library, so no editor knows a word that netc does not, or lacks one that it does.
//
//	go run ./editors/gen          writes the files
//	go run ./editors/gen -check   fails, naming them, when files are not what would be written
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail when a file is not what would be written")
	dir := flag.String("editors", "editors", "the `folder` that the files go to")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "gen: takes no arguments, only flags; see go doc ./editors/gen")
		os.Exit(2)
	}
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	files, err := Render()
	if err != nil {
		return err
	}
	if check {
		stale, err := Stale(dir, files)
		if err == nil && len(stale) > 0 {
			err = fmt.Errorf("stale: %q; run `go run ./editors/gen` and commit what it writes", stale)
		}
		return err
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.Text) {
			continue
		}
		if err := os.WriteFile(path, f.Text, 0o666); err != nil {
			return err
		}
		fmt.Println("wrote", path)
	}
	return nil
}

// Stale names the files below dir that are not what would be written.
func Stale(dir string, files []File) ([]string, error) {
	var stale []string
	for _, f := range files {
		old, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if err != nil || !bytes.Equal(old, f.Text) {
			stale = append(stale, f.Path)
		}
	}
	return stale, nil
}

// Command docs makes a web site of the repository's documentation: the Markdown pages, and the programs of the standard
// library, of the specification and of the examples, highlighted by netc's own chroma lexer. The site is plain HTML that needs
// no network.
//
//	go run ./docs -root .. -o /tmp/site
//
// It fails where a page links to a file that is not there, or shows netc code that the lexer does not know.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", "..", "the repository")
	out := flag.String("o", "", "the folder to write")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "docs: usage: docs [-root FOLDER] -o FOLDER")
		os.Exit(2)
	}
	if err := run(*root, *out); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(root, out string) error {
	s, err := read(root)
	if err != nil {
		return err
	}
	files, err := s.render()
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(out, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, text, 0o666)); err != nil {
			return err
		}
	}
	fmt.Printf("%d pages in %s\n", len(files)-1, out)
	return nil
}

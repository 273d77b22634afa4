package compiler_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/netc-lang/netc/"

// floors are those of the house, lowest first; a package may import its own floor and those below.
var floors = []string{"lang", "compiler", "runtime", "cmd"}

// TestImportDirection holds the order lang <- compiler <- runtime <- cmd, and keeps foreign engines behind one door: only
// compiler/graph knows gorgonia. Tests that hold netc as a whole to the language (spec) may import every floor.
func TestImportDirection(t *testing.T) {
	root := ".."
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			name := d.Name()
			if rel != "." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "tools") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		floor, _, _ := strings.Cut(rel, "/")
		seen[floor] = true
		for _, i := range f.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			if why := forbidden(rel, floor, p); why != "" {
				t.Errorf("%s imports %s: %s", rel, p, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range floors {
		if !seen[f] {
			t.Errorf("no Go file in %s: the walk went wrong", f)
		}
	}
}

func forbidden(file, floor, path string) string {
	dir := filepath.ToSlash(filepath.Dir(file))
	test := strings.HasSuffix(file, "_test.go")
	switch {
	case path == "gorgonia.org/gorgonia" && dir != "compiler/graph":
		return "only compiler/graph knows gorgonia"
	case strings.HasPrefix(path, "gorgonia.org/cu") && dir != "runtime/device/cucgo":
		return "only runtime/device/cucgo knows cu"
	}
	inside, own := strings.CutPrefix(path, module)
	if !own {
		return ""
	}
	target, _, _ := strings.Cut(inside, "/")
	switch {
	case inside == "compiler/compilertest" && !test && floor != "compiler":
		return "it is for tests"
	case target == "stdlib" && floor == "lang":
		return "the library is written in the language, not the other way round"
	case floor == "stdlib":
		return "the library is data"
	}
	from, to := level(floor), level(target)
	if from >= 0 && to > from {
		return floor + " may not import " + target
	}
	return ""
}

func level(floor string) int {
	for i, f := range floors {
		if f == floor {
			return i
		}
	}
	return -1
}

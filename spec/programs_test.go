// Package spec_test holds netc as a whole to the language: the programs of the specification, with every construct that
// there is.
package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/runtime"
)

const programs = "programs"

// TestPrograms compiles the twelve programs of the language and holds what comes of them against
// testdata/programs: the expanded network with its shapes, parameters and FLOPs, and what there is to say about it.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob(programs + "/*.net")
	if err != nil || len(files) != 12 {
		t.Fatalf("there should be twelve programs in %s: %v, %v", programs, files, err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".net")
		t.Run(name, func(t *testing.T) {
			p := compiler.Compile(f, compiler.Options{Catalog: runtime.Catalog(), Data: compilertest.Data{}})
			golden(t, filepath.Join("testdata/programs", name+".txtar"), &txtar.Archive{Files: outcome(p)})
		})
	}
}

// outcome is what the goldens hold of a program.
func outcome(p *compiler.Program) []txtar.File {
	var files []txtar.File
	add := func(name, text string) {
		if text != "" {
			files = append(files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	add("shapes.txt", compilertest.Table(p))
	if p.Canon != nil {
		add("tricks.txt", compilertest.Tricks(p))
	}
	add("messages.txt", compilertest.Messages(p))
	return files
}

// golden compares an archive with a file; NETC_UPDATE=1 writes it.
func golden(t *testing.T, file string, got *txtar.Archive) {
	t.Helper()
	text := txtar.Format(got)
	if os.Getenv("NETC_UPDATE") == "1" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; NETC_UPDATE=1 writes it", err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Errorf("%s (-want +got; NETC_UPDATE=1 accepts)\n%s", file, diff)
	}
}

package compiler_test

import (
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
)

// Compilations share the tree of a text, so what one of them does to its program must not reach the next.
func TestCompilingChangesNoTree(t *testing.T) {
	files, err := filepath.Glob("../spec/programs/*.net")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	more, err := filepath.Glob("../examples/*.net")
	if err != nil {
		t.Fatal(err)
	}
	sound := 0
	for _, file := range append(files, more...) {
		compile := func(edits ...string) *compiler.Program {
			return compiler.Compile(file, compiler.Options{Catalog: compilertest.Catalog(), Data: compilertest.Data{}, Edits: compilertest.Edits(t, edits...)})
		}
		whole := compile()
		if !whole.Diags.HasErrors() {
			sound++
		}
		first := whole.Resolved()
		for _, edit := range []string{"off dropout", "off relu", "set train.batch = 7", "set train.epochs = 1", "off model.conv[1]", "off l2"} {
			compile(edit)
		}
		if again := compile().Resolved(); again != first {
			t.Errorf("%s: compiled after edits were tried:\n%s\nand before:\n%s", file, again, first)
		}
	}
	if sound < 10 {
		t.Errorf("only %d programs compile", sound)
	}
}

package train

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/data"
)

// A stepper learns its batch by heart, and allocates nothing.
func TestStepper(t *testing.T) {
	file := filepath.Join(t.TempDir(), "busy.net")
	if err := os.WriteFile(file, []byte(busy), 0o644); err != nil {
		t.Fatal(err)
	}
	var reader data.Reader
	p := compiler.Compile(file, compiler.Options{Catalog: TestCatalog(), Data: &reader})
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	d, err := reader.Open(p.Data, p.Base())
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStepper(Config{Program: p, Train: p.Train, DataSection: p.Data, Info: p.Info, Data: d, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	step := func() {
		if err := s.Step(); err != nil {
			t.Fatal(err)
		}
	}
	step()
	first := s.Loss()
	if n := testing.AllocsPerRun(40, step); n != 0 {
		t.Errorf("a step allocates %v times", n)
	}
	if last := s.Loss(); last > 0.8*first {
		t.Errorf("the loss went from %v to %v", first, last)
	}
	if s.Memory() <= 0 {
		t.Error("no memory")
	}
}

package compiler_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/stdlib"
)

// FuzzCompile: whatever the text, compiling it ends, without a panic, and what it says has a code and a place.
func FuzzCompile(f *testing.F) {
	programs, err := filepath.Glob("../spec/programs/*.net")
	if err != nil || len(programs) == 0 {
		f.Fatal("no programs to start from", err)
	}
	for _, file := range programs {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, info := range diag.Codes() {
		f.Add(info.Example)
	}
	for _, name := range stdlib.Names("tricks") {
		f.Add(compilertest.CardProgram(name))
	}
	f.Add(residual)
	f.Add(nested)
	f.Add("extend \"base.net\" { set train.batch = 2 * train.batch; off skip; before model.act[1] { dropout 0.1 }; into data.augment { mixup 0.2 } }")
	f.Fuzz(func(t *testing.T, text string) {
		files := compilertest.Files{compilertest.File: text, "base.net": residual, "03-resnet20.net": nested, "01-tabular.net": nested}
		start := time.Now()
		p := compiler.Compile(compilertest.File, compiler.Options{Catalog: compilertest.Catalog(), Data: compilertest.Data{}, ReadFile: files.Only})
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("compiling took %s", took)
		}
		for _, d := range p.Diags {
			if _, known := diag.Lookup(d.Code); !known || d.Message == "" {
				t.Errorf("%s", d.Error())
			}
			if d.Span.Start.Filename == "" {
				t.Errorf("no place: %s", d.Error())
			}
		}
	})
}

package parse_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/lang/parse"
)

func programs(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob("../../spec/programs/*.net")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no programs in spec/programs: %v", err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		all[filepath.Base(f)] = src
	}
	return all
}

func TestProgramsParse(t *testing.T) {
	for name, src := range programs(t) {
		f, list := parse.File(name, src)
		if len(list) > 0 {
			t.Errorf("%v", list)
		}
		if len(f.Tops) == 0 {
			t.Errorf("%s: empty tree", name)
		}
	}
}

func BenchmarkPrograms(b *testing.B) {
	all := programs(b)
	for b.Loop() {
		for name, src := range all {
			parse.File(name, src)
		}
	}
}

package format_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/format"
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

// The programs of the language design are in the canonical style.
func TestProgramsAreCanonical(t *testing.T) {
	for name, src := range programs(t) {
		got, list := format.Source(name, src)
		if len(list) > 0 {
			t.Errorf("%v", list)
		}
		if diff := cmp.Diff(string(src), string(got)); diff != "" {
			t.Errorf("%s: -text +formatted\n%s", name, diff)
		}
	}
}

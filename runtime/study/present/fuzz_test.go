package present_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/runtime/study/present"
)

// Whatever a file that reads as a report says, it becomes a page and tables, or an error.
func FuzzReport(f *testing.F) {
	for _, e := range examples {
		b, err := json.Marshal(e.make())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"version": 1, "metrics": [], "level": 1e308, "tricks": [{"verdict": "helps", "effect": 1e308, "interval": {"lo": -1e308, "hi": 1e308}, "pairs": [{"on": 1e308, "off": -1e308}]}]}`))
	f.Add([]byte(`{"version": 1, "metrics": [{"share": true}], "setting_curves": [{"points": [{"number": 0}, {"number": -3}, {"number": 1e300}]}], "shapley": {"shares": [{"effect": null}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := present.Read(path)
		if err != nil {
			return
		}
		if err := present.HTML(io.Discard, r); err != nil {
			t.Errorf("page: %v", err)
		}
		if err := present.Markdown(io.Discard, r); err != nil {
			t.Errorf("Markdown: %v", err)
		}
		if err := present.LaTeX(io.Discard, r); err != nil {
			t.Errorf("LaTeX: %v", err)
		}
	})
}

package parse_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/lang/parse"
)

// TestCodes runs the documented example of every code of text and grammar: it draws that code and no other.
func TestCodes(t *testing.T) {
	for _, info := range diag.Codes() {
		if !strings.HasPrefix(string(info.Code), "N00") {
			continue
		}
		t.Run(string(info.Code)+info.Name, func(t *testing.T) {
			_, list := parse.File("example.net", []byte(info.Example))
			if len(list) == 0 {
				t.Fatalf("no diagnostic for %q", info.Example)
			}
			for _, d := range list {
				t.Log(d.Error(), "| help:", d.Help)
				if d.Code != info.Code {
					t.Errorf("drew %s", d.Code)
				}
				if d.Help == "" {
					t.Error("no help: an error says what to do next")
				}
			}
			if info.Doc == "" {
				t.Error("no documentation")
			}
		})
	}
}

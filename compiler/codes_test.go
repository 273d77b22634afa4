package compiler_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/compilertest"
	"github.com/netc-lang/netc/lang/diag"
)

// TestCodes compiles the documented example of every code that the compiler defines: it draws that code and no other,
// and says what to do next.
func TestCodes(t *testing.T) {
	for _, info := range diag.Codes() {
		if info.Code < "N0100" {
			continue // text and grammar: package parse
		}
		t.Run(string(info.Code)+info.Name, func(t *testing.T) {
			if info.Doc == "" || info.Example == "" {
				t.Fatal("a code needs documentation and an example")
			}
			p := compilertest.Compile(t, info.Example)
			if len(p.Diags) == 0 {
				t.Fatalf("the example draws nothing:\n%s", info.Example)
			}
			for _, d := range p.Diags {
				if d.Code != info.Code {
					t.Errorf("the example draws %s", d.Error())
				}
				if d.Help == "" {
					t.Errorf("no help: %s", d.Error())
				}
				if !d.Span.Start.IsValid() {
					t.Errorf("no place: %s", d.Error())
				}
			}
			t.Log(strings.TrimSpace(compilertest.Messages(p)))
		})
	}
}

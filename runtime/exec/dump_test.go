package exec

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/graph"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
)

// The listings of two plans, as they are shown to people. NETC_UPDATE=1 writes them anew.
func TestListing(t *testing.T) {
	backend, err := cpu.For("go") // the same on every processor
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]*graph.Program{
		"mlp":    mlp(t, 4, 5, 6),
		"resnet": resnet(t, 2, 8, 1),
	} {
		p, err := NewPlan(program, backend)
		if err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + name + ".txt"
		got := p.String()
		if os.Getenv("NETC_UPDATE") != "" {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func TestTraceShowsEveryPass(t *testing.T) {
	p := plan(t, mlp(t, 4, 5, 6), Options{Dump: true})
	for _, pass := range passes {
		if !strings.Contains(p.Trace(), "after "+pass.name+":\n") {
			t.Errorf("the trace lacks pass %q", pass.name)
		}
	}
}

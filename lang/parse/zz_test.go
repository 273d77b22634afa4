package parse_test

import (
	"github.com/netc-lang/netc/lang/parse"
	"os"
	"testing"
)

func TestZZ(t *testing.T) {
	b, _ := os.ReadFile("/tmp/bad.net")
	_, l := parse.File("bad.net", b)
	for _, d := range l {
		t.Logf("%s\n      help: %s", d.Error(), d.Help)
	}
}

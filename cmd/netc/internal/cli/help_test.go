package cli

import (
	"io"
	"strings"
	"testing"
)

// Every command says in a line what it does, and shows how it is called.
func TestHelp(t *testing.T) {
	root := newRoot(&terminal{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	for _, cmd := range root.Commands() {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: the short text is %q", cmd.Name(), cmd.Short)
		}
		if cmd.Name() != "version" && (cmd.Long == "" || cmd.Example == "") {
			t.Errorf("%s has no long text or no example", cmd.Name())
		}
		for _, line := range strings.Split(cmd.Long, "\n") {
			if len([]rune(line)) > 100 {
				t.Errorf("%s: a line of its text is too wide for a terminal: %s", cmd.Name(), line)
			}
		}
		for _, line := range strings.Split(cmd.Example, "\n") {
			if !strings.HasPrefix(line, "  netc ") && !strings.HasPrefix(strings.TrimSpace(line), "#") && strings.TrimSpace(line) != "" && !strings.Contains(line, "netc ") {
				t.Errorf("%s: an example is no call of netc: %q", cmd.Name(), line)
			}
		}
	}
}

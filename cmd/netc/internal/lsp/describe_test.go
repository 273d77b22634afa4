package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const tableProgram = `data d {
  from   csv("large.csv")
  target y
  number rest
  split  test = 20%
}

model m {
  input d
  dense classes
}

train {
  loss      cross_entropy
  optimizer adam
  batch     16
  epochs    1
}
`

// largeTable is longer than what the first answer reads, sorted by class, with the given last line.
func largeTable(last string) string {
	var b strings.Builder
	b.WriteString("x,y\n")
	for i := 0; b.Len() < 3*firstRows; i++ {
		fmt.Fprintf(&b, "%d,%s\n", i, strings.Repeat(string(rune('a'+3*b.Len()/(3*firstRows))), 40))
	}
	return b.String() + last
}

// The first answer about a large table comes from its first rows, the second from all of it, without a change of the text.
func TestLargeTable(t *testing.T) {
	for name, test := range map[string]struct{ last, want string }{
		"good":                    {"7,a\n", ""},
		"mistake in the last row": {"oops,a\n", "oops"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, time.Millisecond)
			if err := os.WriteFile(filepath.Join(c.dir, "large.csv"), []byte(largeTable(test.last)), 0o644); err != nil {
				t.Fatal(err)
			}
			uri, _ := c.open("m.net", tableProgram)
			if list := c.diagnostics(uri); len(list) != 0 && test.want == "" {
				t.Errorf("the first rows give %v", list)
			}
			for {
				var h struct{ Contents markup }
				c.call("textDocument/hover", at(uri, Position{0, 1}), &h)
				list := c.diagnostics(uri)
				if test.want != "" && len(list) == 1 && strings.Contains(list[0].Message, test.want) {
					break
				}
				if test.want == "" && strings.Contains(h.Contents.Value, "4 classes") {
					break
				}
				if t.Context().Err() != nil {
					t.Fatalf("the hover stays %q, the diagnostics %v", h.Contents.Value, list)
				}
			}
		})
	}
}

// A file that is closed while its data is read leaves nothing behind.
func TestLargeTableOfClosedFile(t *testing.T) {
	c := newClient(t, time.Millisecond)
	if err := os.WriteFile(filepath.Join(c.dir, "large.csv"), []byte(largeTable("7,a\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	uri, _ := c.open("m.net", tableProgram)
	c.diagnostics(uri)
	c.close(uri)
}

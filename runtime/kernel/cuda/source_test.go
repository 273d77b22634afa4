package cuda

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// users is something that needs these units.
type users []Unit

func (u users) Units() []Unit { return u }

// The same needs in another order are the same text, in which everything comes behind what it needs.
func TestSourceDoesNotDependOnOrder(t *testing.T) {
	all := every(t)
	turned := slices.Clone(all)
	slices.Reverse(turned)
	others := users{{"zebra", "// zebra"}, {"ape", "// ape"}}
	a, b := Source("a.cu", append(all, others)...), Source("a.cu", append([]Unitary{others}, turned...)...)
	if a.Text != b.Text {
		t.Error("the text depends on the order of the users")
	}
	if !strings.HasSuffix(a.Text, "// zebra\n// ape\n") {
		t.Error("units of others do not come last, in their order")
	}
	list, err := os.ReadDir("text")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if name := strings.TrimSuffix(f.Name(), ".cu"); !slices.Contains(files, name) {
			t.Errorf("%s has no place in the order of files", f.Name())
		}
	}
}

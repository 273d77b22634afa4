package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
)

// A sketch without a limit says what a description says.
func TestSketchDescribes(t *testing.T) {
	dir := write(t, map[string]string{"adult.csv": census, "test.csv": strings.Replace(census, "nurse", "cook", 1)})
	table := []*model.Node{
		setting(t, "target", args{"columns": words("income")}),
		setting(t, "number", args{"columns": words("age", "hours")}),
		setting(t, "category", args{"columns": words("job", "sex")}),
		setting(t, "drop", args{"columns": words("fnlwgt")}),
	}
	adult := from(t, "csv", args{"path": str("adult.csv"), "missing": str("?")})
	for name, settings := range map[string][]*model.Node{
		"imputed":    {adult, setting(t, "impute", args{"method": word("median"), "indicator": yes()})},
		"split":      {adult, setting(t, "impute", args{"method": word("median")}), setting(t, "split", args{"valid": pct(34), "by": word("sex")})},
		"test":       {from(t, "csv", args{"path": str("adult.csv"), "test": str("test.csv"), "missing": str("?")}), setting(t, "impute", args{"method": word("zero")})},
		"missing":    {adult},
		"unreadable": {from(t, "csv", args{"path": str("nowhere.csv")})},
	} {
		t.Run(name, func(t *testing.T) {
			sec := section(append(settings, table...)...)
			want, wantErr := Describe(sec, dir)
			got, whole, err := Sketch(context.Background(), sec, dir, 0)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || err == nil && !whole {
				t.Fatalf("got the error %v, whole %v; Describe says %v", err, whole, wantErr)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("info (-Describe +Sketch):\n%s", diff)
			}
		})
	}
}

// sortedTable is a long table in the order of its classes.
func sortedTable(t *testing.T) (dir string, sec *model.Section) {
	var b strings.Builder
	b.WriteString("x,city,y\n")
	for i := range 9000 {
		fmt.Fprintf(&b, "%d,city%d,%c\n", i, i/1000, 'a'+rune(i/3000))
	}
	b.WriteString("oops,city1,c\n")
	return write(t, map[string]string{"a.csv": b.String()}), section(from(t, "csv", args{"path": str("a.csv")}),
		setting(t, "target", args{"columns": words("y")}), setting(t, "number", args{"columns": words("x")}),
		setting(t, "category", args{"columns": words("city")}), setting(t, "split", args{"test": num(5000)}))
}

// What the first rows hold is known as that: neither a single class nor a large split is a mistake yet.
func TestSketchOfFirstRows(t *testing.T) {
	dir, sec := sortedTable(t)
	info, whole, err := Sketch(context.Background(), sec, dir, 20_000)
	if err != nil || whole {
		t.Fatalf("whole %v, error %v", whole, err)
	}
	want := &model.DataInfo{Shape: []int{1}, Classes: []string{"a"}, Targets: []string{"y"}, Numbers: []string{"x"},
		Categories: []model.Category{{Name: "city", Size: 3}}, Placeholder: true, Why: "only the first rows of a.csv were read"}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	var d *diag.Diagnostic
	if _, _, err = Sketch(context.Background(), sec, dir, 0); !errors.As(err, &d) || d.Code != NotANumber || !strings.Contains(d.Message, "line 9002") {
		t.Errorf("the whole table gives %v, want the mistake in its last line", err)
	}
	// A mistake at the start is one at once.
	if _, _, err = Sketch(context.Background(), section(from(t, "csv", args{"path": str("a.csv")}), setting(t, "target", args{"columns": words("z")})), dir, 100); !errors.As(err, &d) || d.Code != UnknownColumn {
		t.Errorf("an unknown column gives %v", err)
	}
}

func TestSketchStops(t *testing.T) {
	dir, sec := sortedTable(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Sketch(ctx, sec, dir, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Sections that are described alike have one key; a setting or a file that changes gives another.
func TestKey(t *testing.T) {
	dir, sec := sortedTable(t)
	key := Key(sec, dir)
	if again := Key(sec, dir); again != key {
		t.Errorf("two keys of one section:\n%s\n%s", key, again)
	}
	other := section(append(sec.Settings[:3:3], setting(t, "split", args{"test": num(4000)}))...)
	if Key(other, dir) == key {
		t.Error("another split has the same key")
	}
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("x,city,y\n1,a,b\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if Key(sec, dir) == key {
		t.Error("another file has the same key")
	}
}

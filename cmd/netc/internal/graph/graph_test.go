package graph

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/stdlib"
)

type describer struct{}

func (describer) Describe(s *model.Section, base string) (*model.DataInfo, error) {
	return data.Describe(s, base)
}

func load(t *testing.T, file string) *compiler.Program {
	t.Helper()
	p := compiler.Compile(file, compiler.Options{Catalog: runtime.Catalog(), Data: describer{}, IgnoreStudies: true})
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	return p
}

func program(t *testing.T, text string) *compiler.Program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "m.net")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return load(t, file)
}

const small = `
data digits { from digits; split valid = 20% }
block unit(channels) {
  sum {
    path { conv channels; norm batch; act relu }
    path { shortcut channels } instead of nothing as skip
  }
}
model m {
  input digits
  init he
  repeat 2 { unit 8 }
  head aux { flatten; dense classes }
  pass as here
  pool average, global
  concat {
    path { }
    path { take here; flatten }
  }
  dense classes
}
train { loss cross_entropy; optimizer adam; batch 8; epochs 1 }
`

// The picture of every program is well-formed XML whose boxes lie inside of it.
func TestPictures(t *testing.T) {
	files := map[string]string{}
	for _, name := range stdlib.Names("models") {
		files[name] = stdlib.Prefix + "models/" + name + ".net"
	}
	shared, err := filepath.Glob("../../../../spec/programs/*.net")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range shared {
		files[filepath.Base(f)] = f
	}
	for name, file := range files {
		p := compiler.Compile(file, compiler.Options{Catalog: runtime.Catalog(), Data: describer{}, IgnoreStudies: true})
		if p.Diags.HasErrors() || len(p.Rows) == 0 {
			continue // what this version cannot compile, its own tests say
		}
		for _, whole := range []bool{false, true} {
			sound(t, fmt.Sprint(name, " ", whole), SVG([]*Model{Of(p, name)}, Options{Whole: whole}))
		}
	}
	a, b := Of(program(t, small), "a & b"), Of(program(t, strings.Replace(small, "unit 8", "unit 4", 1)), "<b>")
	Compare([]*Model{a, b})
	pair := SVG([]*Model{a, b}, Options{})
	sound(t, "pair", pair)
	if !strings.Contains(string(pair), "not in every variant") {
		t.Error("the pair has no mark for what differs")
	}
}

var coordinates = regexp.MustCompile(`^-?[0-9.]+$`)

func sound(t *testing.T, name string, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	var w, h float64
	num := func(e xml.StartElement, attr string) float64 {
		for _, a := range e.Attr {
			if a.Name.Local == attr {
				if a.Value == "100%" {
					return 0
				}
				if !coordinates.MatchString(a.Value) {
					t.Fatalf("%s: %s=%q", name, attr, a.Value)
				}
				v, err := strconv.ParseFloat(a.Value, 64)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
		}
		return 0
	}
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "svg":
			w, h = num(e, "width"), num(e, "height")
		case "rect":
			x, y := num(e, "x"), num(e, "y")
			if x < 0 || y < 0 || x+num(e, "width") > w || y+num(e, "height") > h {
				t.Errorf("%s: a box lies outside of the picture: %v", name, e.Attr)
			}
		case "circle":
			if num(e, "cx") > w || num(e, "cy") > h {
				t.Errorf("%s: a circle lies outside of the picture: %v", name, e.Attr)
			}
		case "path":
			for _, a := range e.Attr {
				if a.Name.Local == "d" && strings.ContainsAny(a.Value, "N") {
					t.Errorf("%s: %s", name, a.Value)
				}
			}
		}
	}
}

func TestFlow(t *testing.T) {
	m := Of(program(t, small), "small")
	got := string(Mermaid([]*Model{m}))
	for _, part := range []string{
		`(["input digits"])`, `subgraph m0_f0 ["unit 8"]`, `["act relu [relu]"]`, `subgraph m0_f4 ["head aux"]`, `-.->|"8×8×8"|`, `(["cross_entropy"])`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %s in\n%s", part, got)
		}
	}
	// Each way through the sums and the concat arrives.
	in := map[string]int{}
	for _, e := range flowOf(m).edges {
		in[e.to]++
	}
	for _, v := range flowOf(m).vertices {
		if (v.op == "sum" || v.op == "concat") && in[v.id] != 2 {
			t.Errorf("%s %s has %d ways in, want 2", v.id, v.text, in[v.id])
		}
	}
	dot := string(DOT([]*Model{m}))
	if strings.Count(dot, "{") != strings.Count(dot, "}") || !strings.Contains(dot, `subgraph cluster_m0_f0 { label="unit 8"`) {
		t.Error(dot)
	}
}

func TestFold(t *testing.T) {
	m := Of(program(t, small), "small")
	var times []string
	walk(dissolve(fold(m.Nodes)), func(n *Node) {
		if n.Kind == Block {
			times = append(times, fmt.Sprint(n.Text, " ", n.Times))
		}
	})
	// The first unit changes the number of channels and the second does not: they are not alike. The second's shortcut has
	// nothing to do, and its frame goes.
	if diff := cmp.Diff([]string{"unit 8 1", "unit 8 1"}, times); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if m.Params == 0 || m.FLOPs == 0 || m.Loss != "cross_entropy" {
		t.Errorf("got %+v", m)
	}
}

func TestCompareMarks(t *testing.T) {
	off := strings.Replace(small, "instead of nothing as skip", "instead of nothing as skip off", 1)
	a, b := Of(program(t, small), "a"), Of(program(t, off), "b")
	Compare([]*Model{a, b})
	count := func(m *Model) int {
		n := 0
		walk(m.Nodes, func(x *Node) {
			if x.Only {
				n++
			}
		})
		return n
	}
	if got := count(a); got != 2 { // a skip in each of two units
		t.Errorf("%d parts are marked in the program with skips, want 2", got)
	}
	if got := count(b); got != 0 {
		t.Errorf("%d parts are marked in the program without skips, want 0", got)
	}
}

package study_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/study"
)

// A trick that is not in the file is put in the place of the one that is, or into its section; where that cannot be, it is said what to
// write.
func TestBetweenATrickThatIsNotInTheFile(t *testing.T) {
	for _, c := range []struct {
		a, b   string
		a1, b1 []string // edits of each alone
		none   []string
		err    string
	}{
		{a: "l2", b: "l1 1e-4", b1: []string{"off l2", "into train { l1 1e-4 }"}, none: []string{"off l2"}},
		{a: "l1 1e-4", b: "l2", a1: []string{"off l2", "into train { l1 1e-4 }"}, none: []string{"off l2"}},
		{a: "relu", b: "gelu", b1: []string{"replace model.act[1] { act gelu }", "replace model.act[2] { act gelu }"}, none: []string{"off relu"}},
		{a: "first", b: "noise gaussian(0.1)", b1: []string{"off first", "after model.first { noise gaussian(0.1) }"}, none: []string{"off first"}},
		{a: "relu", b: "batch_norm", b1: []string{"off relu", "after model.act[1] { norm batch }", "after model.act[2] { norm batch }"}, none: []string{"off relu"}},
		{a: "he", b: "orthogonal_init", b1: []string{"replace model.init { init orthogonal }"}, none: []string{"off he"}},
		{a: "momentum", b: "nesterov = true", b1: []string{"off momentum"}, none: []string{"off momentum"}},
		{a: "momentum", b: "rmsprop", b1: []string{"replace train.optimizer { optimizer rmsprop }"}, none: []string{"off momentum"}},
		{a: "l2", b: "optimizer adam(lr = 0.01)", b1: []string{"off l2", "replace train.optimizer { optimizer adam(lr = 0.01) }"}, none: []string{"off l2"}},
		{a: "l2", b: "shift 1", b1: []string{"off l2", "into data { augment { shift 1 } }"}, none: []string{"off l2"}},
		{a: "l2", b: "early_stopping", b1: []string{"off l2", "into train { stop early }"}, none: []string{"off l2"}},
		{a: "l2", b: "dropout 0.5", err: "dropout is a layer, and l2 says nothing of where in the network"},
		{a: "l2", b: "l1", err: "l1 is not in the file, and it takes a value: strength"},
		{a: "l2", b: "nesterov", err: "say which value: 'nesterov = true'"},
		{a: "l2", b: "skip", err: "skip is not told by a statement of its own"},
		{a: "l2", b: "drupout", err: "drupout is no trick of this program"},
		{a: "l1 1e-4", b: "l1 1e-5", err: "one of the two must stand in the program"},
		{a: "first + second", b: "l1 1e-4", err: "does not say where it would go"},
		{a: "relu", b: "act relu", err: "are the same program here"},
	} {
		t.Run(c.a+" "+c.b, func(t *testing.T) {
			q := ask(t, tiny)
			q.Any, q.LeaveOneOut, q.Between, q.Seeds = true, true, []string{c.a, c.b}, 6
			s, err := study.Prepare(q)
			if c.err != "" {
				if err == nil || !strings.Contains(everything(err), c.err) {
					t.Fatalf("%v", everything(err))
				}
				return
			}
			if err != nil {
				t.Fatal(everything(err))
			}
			edits := map[string][]string{}
			for _, v := range s.Plan.Variants {
				edits[v.ID] = v.Edits
			}
			b := s.Plan.Between
			for i, want := range [][]string{c.a1, c.b1} {
				id := []string{b.On[0], b.Off[0]}[i]
				if want == nil { // the file as it is, but for what is off in it
					continue
				}
				if diff := cmp.Diff(want, edits[id]); diff != "" {
					t.Error(diff)
				}
			}
			for _, x := range s.Plan.Comparisons {
				if diff := cmp.Diff(c.none, edits[x.Off[0]]); diff != "" {
					t.Errorf("neither: %s", diff)
				}
			}
		})
	}
}

// everything is an error with its notes and help.
func everything(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	var list diag.List
	var one *diag.Diagnostic
	switch {
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = diag.List{one}
	}
	for _, d := range list {
		text += "; " + d.Help
		for _, n := range d.Notes {
			text += "; " + n.Text
		}
	}
	return text
}

package data

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/model"
)

func TestDigits(t *testing.T) {
	sec := section(from(t, "digits", nil), setting(t, "split", args{"valid": pct(15), "test": pct(15), "by": word("class")}))
	info, err := Describe(sec, ".")
	if err != nil {
		t.Fatal(err)
	}
	want := &model.DataInfo{Shape: []int{8, 8, 1}, Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
		Targets: []string{""}, Train: 1257, Valid: 270, Test: 270}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
	d := open(t, ".", sec.Settings...)
	if diff := cmp.Diff(*want, d.Info); diff != "" {
		t.Errorf("after reading (-want +got):\n%s", diff)
	}
	// scikit-learn's load_digits: the first image begins 0 0 5 13 9 1 and is a 0; the pixels add up to 561718.
	var first []float32
	total := 0.0
	counts := make([]int, 10)
	for _, p := range []*Part{d.Train, d.Valid, d.Test} {
		x := make([]float32, p.Features())
		for i := range p.N() {
			p.Example(i, x)
			counts[p.Label(i)]++
			for _, v := range x {
				total += float64(v) * 16
			}
			if p.ID(i) == 0 {
				first = append(first, x[:6]...)
			}
		}
	}
	if diff := cmp.Diff([]float32{0, 0, 5. / 16, 13. / 16, 9. / 16, 1. / 16}, first); diff != "" {
		t.Errorf("first image (-want +got):\n%s", diff)
	}
	if math.Round(total) != 561718 {
		t.Errorf("the pixels add up to %v, want 561718", total)
	}
	if diff := cmp.Diff([]int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, counts); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
}

package data

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func classCounts(p *Part) []int {
	counts := make([]int, len(p.classes))
	for i := range p.N() {
		counts[p.Label(i)]++
	}
	return counts
}

// Every example is in exactly one part, the parts have their sizes, and each class gives each part its share within
// one example.
func TestStratifiedSplit(t *testing.T) {
	d := open(t, ".", from(t, "digits", nil), setting(t, "split", args{"train": pct(70), "valid": pct(15), "test": pct(15), "by": word("class"), "seed": num(7)}))
	if got := []int{d.Train.N(), d.Valid.N(), d.Test.N()}; !slices.Equal(got, []int{1257, 270, 270}) {
		t.Errorf("sizes %v", got)
	}
	all := slices.Concat(d.Train.rows, d.Valid.rows, d.Test.rows)
	slices.Sort(all)
	if diff := cmp.Diff(rows(0, 1797), all); diff != "" {
		t.Errorf("parts do not make up the whole:\n%s", diff)
	}
	whole := []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}
	for _, p := range []*Part{d.Valid, d.Test} {
		for k, n := range classCounts(p) {
			if share := float64(whole[k]) * 270 / 1797; math.Abs(float64(n)-share) > 1.1 {
				t.Errorf("%s has %d of class %d, its share is %.1f", p.Name, n, k, share)
			}
		}
	}
}

func TestSplitDependsOnItsSeedAlone(t *testing.T) {
	split := func(a args) []uint32 {
		return open(t, ".", from(t, "digits", nil), setting(t, "split", a)).Valid.rows
	}
	one := split(args{"valid": num(200), "seed": num(1)})
	if diff := cmp.Diff(one, split(args{"valid": num(200), "seed": num(1)})); diff != "" {
		t.Errorf("the same seed gives another split:\n%s", diff)
	}
	if slices.Equal(one, split(args{"valid": num(200), "seed": num(2)})) {
		t.Error("another seed gives the same split")
	}
	other := open(t, ".", from(t, "digits", nil), scale(t, "standardize", nil), setting(t, "resize", args{"height": num(4)}),
		setting(t, "split", args{"valid": num(200), "seed": num(1)}))
	if diff := cmp.Diff(one, other.Valid.rows); diff != "" {
		t.Errorf("scaling changed the split:\n%s", diff)
	}
}

func TestSplitSizes(t *testing.T) {
	for _, c := range []struct {
		split              args
		train, valid, test int
	}{
		{args{"valid": pct(10)}, 1617, 180, 0},
		{args{"valid": num(0.1)}, 1617, 180, 0},
		{args{"valid": num(100), "test": num(97)}, 1600, 100, 97},
		{args{"train": num(500), "test": num(100)}, 500, 0, 100},
		{args{"train": pct(50), "valid": pct(50)}, 898, 899, 0},
		{args{"train": pct(33.3), "valid": pct(33.3), "test": pct(33.4)}, 599, 598, 600},
	} {
		info, err := Describe(section(from(t, "digits", nil), setting(t, "split", c.split)), ".")
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]int{info.Train, info.Valid, info.Test}; got != [3]int{c.train, c.valid, c.test} {
			t.Errorf("%v: got %v, want %d %d %d", c.split, got, c.train, c.valid, c.test)
		}
	}
}

// Smaller subsets are in larger ones, and each has the proportions of the classes.
func TestSubset(t *testing.T) {
	d := open(t, ".", from(t, "digits", nil), setting(t, "split", args{"valid": pct(20)}))
	small, err := d.Train.Subset(100, 3)
	if err != nil {
		t.Fatal(err)
	}
	large, err := d.Train.Subset(500, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range small.rows {
		if !slices.Contains(large.rows, row) {
			t.Errorf("example %d is in the 100 and not in the 500", row)
		}
	}
	for k, n := range classCounts(small) {
		if n < 8 || n > 12 {
			t.Errorf("%d of class %d among 100", n, k)
		}
	}
	if _, err := d.Train.Subset(5000, 3); err == nil {
		t.Error("took 5000 of 1437 examples")
	}
}

func TestFingerprint(t *testing.T) {
	print := func(a args) string {
		return open(t, ".", from(t, "digits", nil), setting(t, "split", a)).Fingerprint
	}
	one := print(args{"valid": pct(10)})
	if one != print(args{"valid": pct(10)}) || len(one) != 64 {
		t.Errorf("the same data has another fingerprint, or %q is none", one)
	}
	if one == print(args{"valid": pct(10), "seed": num(2)}) {
		t.Error("another split has the same fingerprint")
	}
}

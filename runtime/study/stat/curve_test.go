package stat

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestCurves(t *testing.T) {
	band := must(Curves([][]float64{{1, 2, 3, 4}, {3, 2, math.NaN()}, {2, 2, 5}}, 0.95))
	if len(band) != 4 {
		t.Fatalf("%d steps", len(band))
	}
	near(t, "mean", band[0].Mean, 2, 1e-15)
	half := 4.302652729749464 / math.Sqrt(3) // R: qt(0.975, 2); sd 1
	near(t, "lower", band[0].Interval.Lo, 2-half, 1e-12)
	near(t, "upper", band[0].Interval.Hi, 2+half, 1e-12)
	if band[1].Interval != (Interval{2, 2, 0.95}) || band[1].N != 3 {
		t.Errorf("no spread: %+v", band[1])
	}
	if band[2].N != 2 || band[2].Diverged != 1 || band[2].Mean != 4 {
		t.Errorf("one diverged: %+v", band[2])
	}
	if band[3].N != 1 || band[3].Ended != 2 || band[3].Interval.Bounded() {
		t.Errorf("two ended: %+v", band[3])
	}
	empty := must(Curves([][]float64{{math.Inf(1)}}, 0.95))
	if b := string(must(json.Marshal(empty))); !strings.Contains(b, `"mean":null`) {
		t.Errorf("%s", b)
	}
	if got := must(Curves(nil, 0.95)); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if _, err := Curves(nil, 1); err == nil {
		t.Error("level 1 was taken")
	}
}

// Seeds that share their noise have a paired band much narrower than either curve's.
func TestPairedBand(t *testing.T) {
	r := newStream(1, 95, 0)
	var on, off [][]float64
	for range 8 {
		base := normals(r, 20, 0, 1)
		lift := make([]float64, 20)
		for i := range base {
			lift[i] = base[i] + 0.5 + 0.01*r.Norm()
		}
		on, off = append(on, lift), append(off, base[:15])
	}
	d := must(CurveDifferences(on, off))
	band := must(Curves(d, 0.95))
	if len(band) != 15 {
		t.Fatalf("%d steps", len(band))
	}
	wide := must(Curves(on, 0.95))
	for i, p := range band {
		near(t, "difference", p.Mean, 0.5, 0.03)
		if p.Interval.Width() > wide[i].Interval.Width()/10 {
			t.Errorf("step %d: paired band %v, curve %v", i, p.Interval, wide[i].Interval)
		}
	}
	if _, err := CurveDifferences(on, nil); err == nil {
		t.Error("unpaired curves were subtracted")
	}
}

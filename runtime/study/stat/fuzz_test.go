package stat

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

// noNaN looks for a NaN anywhere in a result.
func noNaN(t *testing.T, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Float64:
		if math.IsNaN(v.Float()) {
			t.Errorf("%s is NaN", path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			noNaN(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice:
		for i := range v.Len() {
			noNaN(t, v.Index(i), path)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			noNaN(t, v.Elem(), path)
		}
	}
}

// Whatever the outcomes, a verdict comes with numbers that are numbers, fits the stated rule, and turns
// around with the arms.
func FuzzJudge(f *testing.F) {
	seed := func(on, off []float64, flags byte) {
		b := []byte{flags}
		for i := range on {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(on[i]))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(off[i]))
		}
		f.Add(b)
	}
	seed(sleep, make([]float64, 10), 0)
	seed(darwin, make([]float64, 15), 1)
	seed([]float64{1, math.NaN(), 3, 4, 5, 6, 7}, []float64{0, 1, 2, math.Inf(1), 4, 5, 6}, 3)
	seed([]float64{math.MaxFloat64, 1, 5e-324}, []float64{1, 1, 0}, 4)
	seed(nil, nil, 7)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		rule := Rule{Margin: 0.5 * float64(b[0]&1), AssumeNormal: b[0]&2 != 0, Better: Direction(b[0] >> 2 & 1), Resampling: Resampling{Resamples: 20, Flips: 50}}
		if b[0]&8 != 0 {
			rule.Diverged = ImputeValue(0.1)
		}
		var pairs, swapped []Pair
		for b = b[1:]; len(b) >= 16 && len(pairs) < 30; b = b[16:] {
			p := Pair{On: Value(math.Float64frombits(binary.LittleEndian.Uint64(b))), Off: Value(math.Float64frombits(binary.LittleEndian.Uint64(b[8:])))}
			pairs = append(pairs, p)
			swapped = append(swapped, Pair{On: p.Off, Off: p.On})
		}
		found, err := rule.Judge(Comparison{"a", pairs})
		if err != nil {
			return // differences beyond float64
		}
		g := found[0]
		noNaN(t, reflect.ValueOf(g), "finding")
		if _, err := json.Marshal(g); err != nil {
			t.Error(err)
		}
		if (!rule.AssumeNormal || g.ByRank) && g.N < 6 && g.Verdict != Undecided {
			t.Errorf("%d pairs: %v", g.N, g.Verdict)
		}
		if g.Interval.Lo > g.Interval.Hi || g.P < 0 || g.P > 1 || g.PHolm < g.P {
			t.Errorf("%+v", g)
		}
		other, err := rule.Judge(Comparison{"a", swapped})
		if err != nil {
			t.Fatal(err)
		}
		mirror := map[Verdict]Verdict{Helps: Hurts, Hurts: Helps}
		want, ok := mirror[g.Verdict]
		if !ok {
			want = g.Verdict
		}
		if g.N <= ExactPairs && other[0].Verdict != want {
			t.Errorf("%v, with the arms exchanged %v", g.Verdict, other[0].Verdict)
		}
		method := SymmetryMixture
		if rule.AssumeNormal {
			method = NormalMixture
		}
		for _, m := range []Method{method, GroupFlips} {
			r := rule
			r.AssumeNormal = m == NormalMixture
			s := must(NewSequential(SequentialRule{Method: m, Planned: 30, Rule: r}))
			for i, p := range pairs {
				if err := s.observe(p); err != nil {
					t.Fatal(err)
				}
				if s.verdict != Undecided && i < 5 && m != NormalMixture {
					t.Errorf("%s: %v after %d pairs", m, s.verdict, i+1)
				}
			}
			if len(pairs) > 3 && m == GroupFlips {
				continue // the interval takes long to compute
			}
			l, err := s.Look()
			if err != nil {
				return
			}
			noNaN(t, reflect.ValueOf(l), "look")
		}
	})
}

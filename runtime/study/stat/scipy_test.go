package stat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// python finds an interpreter that has SciPy.
func python(t *testing.T) string {
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(p, "-c", "import scipy.stats").Run() == nil {
			return p
		}
	}
	t.Skip("no python3 with SciPy here (Debian: apt-get install python3-scipy): the comparison with SciPy is not made")
	return ""
}

// On random data sets of 6 to 12 pairs p-values and intervals agree with SciPy's: 200 of them with
// NETC_LONG=1, 8 by default.
func TestAgainstSciPy(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Python")
	}
	interpreter := python(t)
	type data struct {
		On        []float64 `json:"on"`
		Off       []float64 `json:"off"`
		Margin    float64   `json:"margin"`
		A         int       `json:"a"`
		B         int       `json:"b"`
		Bootstrap bool      `json:"bootstrap"`
	}
	var cases []data
	r := newStream(1, 85, 0)
	for i := range min(200, studies(8)) {
		n := 6 + r.IntN(7)
		off := normals(r, n, 0.9, 0.01)
		on := make([]float64, n)
		for j := range on {
			on[j] = off[j] + 0.006*r.Float64() + 0.006*shapes[i%3].draw(r)
		}
		cases = append(cases, data{on, off, 0.002 + 0.02*r.Float64(), r.IntN(30), r.IntN(30), i%4 == 0})
	}
	run := exec.Command(interpreter, "testdata/reference.py")
	run.Stdin = bytes.NewReader(must(json.Marshal(cases)))
	var stdout, stderr bytes.Buffer
	run.Stdout, run.Stderr = &stdout, &stderr
	if err := run.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var results []map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &results); err != nil {
		t.Fatal(err)
	}
	if len(results) != len(cases) {
		t.Fatalf("%d results for %d data sets", len(results), len(cases))
	}
	compared := 0
	for i, c := range cases {
		s := must(Describe(c.On, c.Off))
		tt := must(s.T(0.95))
		d := differences(c.On, c.Off)
		flip := must(SignFlipTest(d, 0.95, Resampling{}))
		tost := must(TOST(s, c.Margin, 0.05))
		assoc := must(Correlation(c.On, c.Off, 0.95))
		exact, _ := McNemar(c.A, c.B)
		got := map[string]float64{
			"t": tt.T, "t_p": tt.P, "t_lo": tt.Interval.Lo, "t_hi": tt.Interval.Hi,
			"flip_p": flip.P, "flip_greater": flip.PGreater, "flip_less": flip.PLess,
			"tost_lower": tost.PLower, "tost_upper": tost.PUpper,
			"pearson": s.Pairing.Correlation, "spearman": assoc.Spearman,
			"power":    must(Power(PairedT, len(d), c.Margin, s.SD, 0.05)),
			"mcnemar":  exact,
			"wilcoxon": must(SignFlipTest(signedRanks(d), 0.95, Resampling{})).P,
		}
		if c.Bootstrap {
			b := must(BCa(d, 0.95, Resampling{Resamples: 20_000}))
			got["bca_lo"], got["bca_hi"] = b.Interval.Lo, b.Interval.Hi
		}
		want, ok := results[i]["flip_interval"].([]any)
		if !ok {
			t.Fatalf("data set %d has no sign-flip interval: %v", i, results[i])
		}
		got["flip_lo"], results[i]["flip_lo"] = flip.Interval.Lo, want[0]
		got["flip_hi"], results[i]["flip_hi"] = flip.Interval.Hi, want[1]
		for name, v := range got {
			w := results[i][name].(float64)
			limit := 1e-8 // SciPy 1.10's t quantiles have nine to ten digits
			switch {
			case strings.HasPrefix(name, "bca"): // both are random: within a quarter of a standard error
				v, w, limit = (v-w)/s.SE, 0, 0.25
			case strings.HasSuffix(name, "_lo"), strings.HasSuffix(name, "_hi"): // ends in standard errors
				v, w = v/s.SE, w/s.SE
			default: // relative
				v, w = v/w, 1
			}
			near(t, fmt.Sprintf("data set %d, %s", i, name), v, w, limit)
			compared++
		}
	}
	t.Logf("%d figures of %d data sets agree with SciPy", compared, len(cases))
}

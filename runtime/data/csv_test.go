package data

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/model"
)

const census = `age,job,sex,hours,fnlwgt,income
30,clerk,f,40,1,<=50K
40,nurse,f,?,2,>50K
50,clerk,m,20,3,<=50K
20,?,m,30,4,>50K
60,nurse,m,50,5,<=50K
70,baker,f,60,6,>50K
`

func rowsOf(p *Part) (x [][]float32, codes [][]float32) {
	for i := range p.N() {
		row := make([]float32, p.Features())
		p.Example(i, row)
		x = append(x, row)
		k := p.Categories()
		codes = append(codes, p.codes[int(p.ID(i))*k:(int(p.ID(i))+1)*k])
	}
	return x, codes
}

// Program 1.
func TestCensus(t *testing.T) {
	dir := write(t, map[string]string{"adult.csv": census})
	sec := section(
		from(t, "csv", args{"path": str("adult.csv"), "missing": str("?")}),
		setting(t, "target", args{"columns": words("income")}),
		setting(t, "number", args{"columns": words("age", "hours")}),
		setting(t, "category", args{"columns": words("job", "sex")}),
		setting(t, "drop", args{"columns": words("fnlwgt")}),
		setting(t, "impute", args{"method": word("median")}))
	d := open(t, dir, sec.Settings...)
	want := model.DataInfo{Shape: []int{2}, Classes: []string{"<=50K", ">50K"}, Targets: []string{"income"}, Numbers: []string{"age", "hours"},
		Categories: []model.Category{{Name: "job", Size: 5}, {Name: "sex", Size: 3}}, Train: 6}
	if diff := cmp.Diff(want, d.Info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	info, err := Describe(sec, dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, info); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
	x, codes := rowsOf(d.Train)
	// The median of 20, 30, 40, 50, 60 fills the gap; jobs are (missing), baker, clerk, nurse.
	if diff := cmp.Diff([][]float32{{30, 40}, {40, 40}, {50, 20}, {20, 30}, {60, 50}, {70, 60}}, x); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]float32{{2, 0}, {3, 0}, {2, 1}, {0, 1}, {3, 1}, {1, 0}}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{0, 1, 0, 1, 0, 1}, d.Train.labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestImpute(t *testing.T) {
	dir := write(t, map[string]string{"a.csv": "x,z,y\n1,5,1\n,5,2\n2,5,3\n6,5,4\n"})
	for method, fill := range map[string]float32{"median": 2, "mean": 3, "zero": 0, "constant": -7} {
		a := args{"method": word(method), "indicator": yes()}
		if method == "constant" {
			a["value"] = num(-7)
		}
		d := open(t, dir, from(t, "csv", args{"path": str("a.csv")}), setting(t, "target", args{"columns": words("y")}),
			setting(t, "number", args{"columns": words("rest")}), setting(t, "impute", a))
		x, _ := rowsOf(d.Train)
		if diff := cmp.Diff([][]float32{{1, 5, 0}, {fill, 5, 1}, {2, 5, 0}, {6, 5, 0}}, x); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
		if diff := cmp.Diff([]string{"x", "z", "x is missing"}, d.Info.Numbers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
}

// Statistics come from the training part alone: what is in a test file changes neither filling nor scaling nor
// vocabulary, and what is new in it is counted.
func TestStatisticsOfTrainingAlone(t *testing.T) {
	dir := write(t, map[string]string{
		"train.csv": "x,c,y\n1,a,10\n,b,20\n3,a,30\n",
		"test.csv":  "x,c,y\n1000,a,99\n,z,99\n7,z,99\n",
	})
	d := open(t, dir, from(t, "csv", args{"path": str("train.csv"), "test": str("test.csv")}),
		setting(t, "target", args{"columns": words("y")}), setting(t, "number", args{"columns": words("x")}), setting(t, "category", args{"columns": words("c")}),
		setting(t, "impute", args{"method": word("mean")}), scale(t, "range", args{"lo": num(-1), "hi": num(1)}),
		scale(t, "standardize", nil, "target"))
	x, codes := rowsOf(d.Train)
	if diff := cmp.Diff([][]float32{{-1}, {0}, {1}}, x); diff != "" {
		t.Errorf("training part (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]float32{{0}, {1}, {0}}, codes); diff != "" {
		t.Errorf("training codes (-want +got):\n%s", diff)
	}
	x, codes = rowsOf(d.Test)
	if diff := cmp.Diff([][]float32{{998}, {0}, {5}}, x); diff != "" {
		t.Errorf("test part (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]float32{{0}, {2}, {2}}, codes); diff != "" {
		t.Errorf("test codes (-want +got):\n%s", diff)
	}
	if len(d.Notes) != 1 || !strings.Contains(d.Notes[0], `2 examples of test with a value of c that the training part does not have, such as "z"`) {
		t.Errorf("notes %q", d.Notes)
	}
	s := d.TargetScale[0]
	if s.Sub != 20 || math.Abs(s.Div-math.Sqrt(200./3)) > 1e-12 || math.Abs(s.Undo(s.Apply(17))-17) > 1e-12 {
		t.Errorf("target scale %+v", s)
	}
	if d.Test.ID(0) != 3 {
		t.Errorf("the first test example has the id %d", d.Test.ID(0))
	}
}

// Program 10: two targets, scaled, every other column a number.
func TestTwoTargets(t *testing.T) {
	dir := write(t, map[string]string{"energy.csv": "a;heating;b;cooling\n1;10;2;5\n3;20;4;6\n5;30;6;9\n"})
	d := open(t, dir, from(t, "csv", args{"path": str("energy.csv"), "separator": str(";")}),
		setting(t, "target", args{"columns": words("heating", "cooling")}), setting(t, "number", args{"columns": words("rest")}),
		scale(t, "standardize", nil), scale(t, "range", nil, "target"))
	if diff := cmp.Diff([]string{"heating", "cooling"}, d.Info.Targets); diff != "" || d.Train.Outputs() != 2 {
		t.Errorf("targets %v", d.Info.Targets)
	}
	if diff := cmp.Diff([]float32{0, 0, 0.5, 0.25, 1, 1}, d.Train.y); diff != "" {
		t.Errorf("scaled targets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Affine{{10, 20, 0}, {5, 4, 0}}, d.TargetScale); diff != "" {
		t.Errorf("scales (-want +got):\n%s", diff)
	}
}

func TestTargetKinds(t *testing.T) {
	dir := write(t, map[string]string{"a.csv": "x,n,s\n1,10,b\n2,9,a\n3,10,b\n4,9,a\n1,10,b\n2,9,a\n3,10,b\n4,9,a\n1,10,b\n2,9,a\n3,10,b\n4,9,a\n"})
	base := []*model.Node{from(t, "csv", args{"path": str("a.csv")}), setting(t, "number", args{"columns": words("x")})}
	text := open(t, dir, append(base, setting(t, "target", args{"columns": words("s")}), setting(t, "drop", args{"columns": words("rest")}))...)
	if diff := cmp.Diff([]string{"a", "b"}, text.Info.Classes); diff != "" {
		t.Errorf("text: %s", diff)
	}
	number := open(t, dir, append(base, setting(t, "target", args{"columns": words("n")}), setting(t, "drop", args{"columns": words("rest")}))...)
	if len(number.Info.Classes) != 0 || len(number.Notes) == 0 || !strings.Contains(number.Notes[0], "write: target n, classes") {
		t.Errorf("number: classes %v, notes %q", number.Info.Classes, number.Notes)
	}
	classes := open(t, dir, append(base, setting(t, "target", args{"columns": words("n"), "classes": yes()}), setting(t, "drop", args{"columns": words("rest")}))...)
	if diff := cmp.Diff([]string{"9", "10"}, classes.Info.Classes); diff != "" {
		t.Errorf("classes: %s", diff)
	}
}

// Stratifying by a column that is no input.
func TestSplitByAnyColumn(t *testing.T) {
	var b strings.Builder
	b.WriteString("x,site,y\n")
	for i := range 90 {
		b.WriteString(strings.Join([]string{itoa(i), string("aab"[i%3]), itoa(i % 7)}, ",") + "\n")
	}
	d := open(t, write(t, map[string]string{"a.csv": b.String()}), from(t, "csv", args{"path": str("a.csv")}),
		setting(t, "target", args{"columns": words("y")}), setting(t, "number", args{"columns": words("x")}), setting(t, "drop", args{"columns": words("site")}),
		setting(t, "split", args{"test": pct(20), "by": word("site")}))
	inB := 0
	for i := range d.Test.N() {
		if d.Test.ID(i)%3 == 2 {
			inB++
		}
	}
	if d.Test.N() != 18 || inB != 6 {
		t.Errorf("%d of %d test examples are of site b, want 6 of 18", inB, d.Test.N())
	}
}

func TestScaleColumnsOfTheirOwn(t *testing.T) {
	dir := write(t, map[string]string{"a.csv": "p,q,r,y\n0,0,5,1\n10,4,5,2\n"})
	d := open(t, dir, from(t, "csv", args{"path": str("a.csv")}), setting(t, "target", args{"columns": words("y")}), setting(t, "number", args{"columns": words("rest")}),
		scale(t, "standardize", nil), scale(t, "range", nil, "q"))
	x, _ := rowsOf(d.Train)
	if diff := cmp.Diff([][]float32{{-1, 0, 0}, {1, 1, 0}}, x); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(strings.Join(d.Notes, "\n"), "column r is 5 in the whole training part") {
		t.Errorf("notes %q", d.Notes)
	}
}

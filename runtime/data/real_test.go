package data

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/model"
)

// moments of the examples of a part, per channel.
func moments(p *Part, channels int) (mean, std []float64) {
	mean, std = make([]float64, channels), make([]float64, channels)
	x := make([]float32, p.Features())
	n := float64(p.N()) * float64(p.Features()/channels)
	for i := range p.N() {
		p.Example(i, x)
		for k, v := range x {
			mean[k%channels] += float64(v) / n
			std[k%channels] += float64(v) * float64(v) / n
		}
	}
	for c := range std {
		std[c] = math.Sqrt(std[c] - mean[c]*mean[c])
	}
	return mean, std
}

func near(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > tolerance {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// Program 2. The mean and deviation of MNIST's training set are 0.1307 and 0.3081.
func TestMNIST(t *testing.T) {
	dir := shared(t, "mnist")
	source := from(t, "idx", args{"path": str("mnist")})
	sec := section(source, setting(t, "split", args{"valid": pct(10)}), scale(t, "standardize", nil))
	var r Reader
	info, err := r.Describe(sec, filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	want := &model.DataInfo{Shape: []int{28, 28, 1}, Classes: numbered(10, nil), Targets: []string{""}, Train: 54000, Valid: 6000, Test: 10000}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
	d, err := r.Open(sec, filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	mean, std := moments(d.Train, 1)
	near(t, "mean of the training part", mean, []float64{0}, 1e-4)
	near(t, "deviation of the training part", std, []float64{1}, 1e-4)
	if diff := cmp.Diff([]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, classCounts(d.Test)); diff != "" {
		t.Errorf("classes of the test set (-want +got):\n%s", diff)
	}
	if d.Train.Label(0) != 5 && d.Train.ID(0) == 0 {
		t.Errorf("the first image is a %d, want 5", d.Train.Label(0))
	}

	plain, err := r.Open(section(source), filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.bytes == nil || &plain.Train.bytes[0] != &d.Train.bytes[0] {
		t.Error("two variants of a section decoded the source twice")
	}
	mean, std = moments(plain.Train, 1)
	near(t, "mean", mean, []float64{0.1307}, 1e-4)
	near(t, "deviation", std, []float64{0.3081}, 1e-4)
}

func TestFashionMNIST(t *testing.T) {
	d := open(t, shared(t, "fashion-mnist"), from(t, "idx", args{"path": str(".")}), setting(t, "split", args{"valid": num(5000), "by": word("class")}))
	mean, std := moments(d.Test, 1)
	near(t, "mean of the test set", mean, []float64{0.2868}, 1e-3)
	near(t, "deviation of the test set", std, []float64{0.3524}, 1e-3)
	for k, n := range classCounts(d.Valid) {
		if n != 500 {
			t.Errorf("%d of class %d in the stratified 5000", n, k)
		}
	}
	mini := open(t, shared(t, "embed"), from(t, "idx", args{
		"images": str("fashion-mini-train-images-idx3-ubyte.gz"), "labels": str("fashion-mini-train-labels-idx1-ubyte.gz"),
		"test_images": str("fashion-mini-test-images-idx3-ubyte.gz"), "test_labels": str("fashion-mini-test-labels-idx1-ubyte.gz"),
		"classes": words("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")}))
	if mini.Train.N() != 2000 || mini.Test.N() != 1000 || mini.Info.Classes[9] != "Ankle boot" {
		t.Errorf("%d and %d examples, classes %v", mini.Train.N(), mini.Test.N(), mini.Info.Classes)
	}
}

// Programs 3 and 5.
func TestCIFAR10(t *testing.T) {
	dir := shared(t, "cifar10")
	for _, path := range []string{"cifar10", "cifar10/data_batch_1_first4000.bin.gz"} {
		sec := section(from(t, "cifar10", args{"path": str(path)}), setting(t, "split", args{"valid": pct(10)}),
			scale(t, "standardize", args{"mean": nums(0.485, 0.456, 0.406), "std": nums(0.229, 0.224, 0.225)}))
		info, err := Describe(sec, filepath.Dir(dir))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&model.DataInfo{Shape: []int{32, 32, 3}, Classes: cifarOutline().classes, Targets: []string{""}}, info); diff != "" {
			t.Errorf("description (-want +got):\n%s", diff)
		}
		d := open(t, filepath.Dir(dir), sec.Settings...)
		if d.Train.N() != 3600 || d.Valid.N() != 400 || d.Test != nil {
			t.Errorf("%d and %d examples", d.Train.N(), d.Valid.N())
		}
		// The published means of CIFAR-10's channels are 0.4914, 0.4822, 0.4465; these are 4000 of its images.
		mean, _ := moments(d.Train, 3)
		near(t, "means", mean, []float64{(0.4914 - 0.485) / 0.229, (0.4822 - 0.456) / 0.224, (0.4465 - 0.406) / 0.225}, 0.03)
	}
}

// scikit-learn's table has its own first line, so the columns are named here.
func TestBreastCancer(t *testing.T) {
	dir := shared(t, "tabular")
	d := open(t, dir, from(t, "csv", args{"path": str("breast_cancer.csv"), "skip": num(1), "header": *no()}),
		setting(t, "target", args{"columns": words("column31"), "classes": yes()}),
		setting(t, "number", args{"columns": words("rest")}),
		setting(t, "split", args{"train": pct(70), "valid": pct(15), "test": pct(15), "by": word("column31")}),
		scale(t, "standardize", nil))
	if diff := cmp.Diff([]string{"0", "1"}, d.Info.Classes); diff != "" || len(d.Info.Numbers) != 30 {
		t.Errorf("classes %v, %d numbers", d.Info.Classes, len(d.Info.Numbers))
	}
	if n := d.Train.N() + d.Valid.N() + d.Test.N(); n != 569 {
		t.Errorf("%d examples", n)
	}
	counts := classCounts(d.Train)
	if counts[0] < 147 || counts[0] > 150 || counts[1] < 249 || counts[1] > 251 { // 70% of 212 and 357
		t.Errorf("training part has %v of the classes", counts)
	}
	mean, std := moments(d.Train, 30)
	for j := range 30 {
		near(t, "mean", mean[j:j+1], []float64{0}, 1e-4)
		near(t, "deviation", std[j:j+1], []float64{1}, 1e-3)
	}
}

func TestCaliforniaHousing(t *testing.T) {
	d := open(t, shared(t, "tabular"), from(t, "csv", args{"path": str("cal_housing.data.gz"), "header": *no(),
		"names": words("lon", "lat", "age", "rooms", "bedrooms", "population", "households", "income", "value")}),
		setting(t, "target", args{"columns": words("value")}),
		setting(t, "number", args{"columns": words("rest")}),
		setting(t, "split", args{"test": pct(20)}),
		scale(t, "standardize", nil), scale(t, "standardize", nil, "target"))
	if len(d.Info.Classes) != 0 || d.Train.N() != 16512 || d.Train.Outputs() != 1 {
		t.Fatalf("classes %v, %d examples", d.Info.Classes, d.Train.N())
	}
	// The mean value of all houses is 206855.8; that of the training part is near.
	total := 0.0
	y := make([]float32, 1)
	for i := range d.Train.N() {
		d.Train.targetRow(d.Train.ID(i), y)
		total += d.TargetScale[0].Undo(float64(y[0])) / float64(d.Train.N())
	}
	if math.Abs(total-206855.8) > 2000 {
		t.Errorf("mean value %v", total)
	}
}

package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data/format"
)

func idxFileOf(data []byte, dims ...int) string {
	out := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		out = binary.BigEndian.AppendUint32(out, uint32(d))
	}
	return string(append(out, data...))
}

// Every code of the package, each with a data section that draws it; line says which setting it must point at (1
// is the section, 2 the first setting).
func TestProblems(t *testing.T) {
	images := idxFileOf(make([]byte, 12), 3, 2, 2)
	labels := idxFileOf([]byte{0, 1, 0}, 3)
	cifar := strings.Repeat("\x00", format.CIFARRecord)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(images))
	z.Close()
	table := "age,job,pay\n1,a,5\n2,b,6\n3,a,7\n"
	dir := write(t, map[string]string{
		"mnist/train-images-idx3-ubyte": images, "mnist/train-labels-idx1-ubyte": labels,
		"cut/train-images-idx3-ubyte": images[:20], "cut/train-labels-idx1-ubyte": labels,
		"two/train-images-idx3-ubyte": images, "two/train-labels-idx1-ubyte": idxFileOf([]byte{0, 1}, 2),
		"lone/train-images-idx3-ubyte": images, "lone/train-labels-idx1-ubyte": labels, "lone/t10k-images-idx3-ubyte": images,
		"odd/train-images-idx3-ubyte": images, "odd/train-labels-idx1-ubyte": labels, "odd/t10k-images-idx3-ubyte": images, "odd/t10k-labels-idx1-ubyte": idxFileOf([]byte{0, 1, 9}, 3),
		"none/train-images-idx3-ubyte": idxFileOf(nil, 0, 2, 2), "none/train-labels-idx1-ubyte": idxFileOf(nil, 0),
		"damaged/train-images-idx3-ubyte": packed.String()[:packed.Len()-6], "damaged/train-labels-idx1-ubyte": labels,
		"one/train-images-idx3-ubyte": images, "one/train-labels-idx1-ubyte": idxFileOf([]byte{0, 0, 0}, 3),
		"cifar.bin": cifar, "short.bin": cifar[:99], "fine.bin": "\x63" + cifar[1:],
		"good.csv": table, "ragged.csv": "age,job,pay\n1,a,5\n2,b\n", "empty.csv": "", "head.csv": "a,b\n", "gap.csv": "age,job,pay\n1,a,5\n,b,6\n", "target.csv": "age,job,pay\n1,a,5\n2,b,\n",
		"hole.csv": "age,job,pay\n,a,5\n,b,6\n", "test.csv": "age,job,pay\n1,z,5\n", "other.csv": "age,pay\n1,z\n", "mixed.csv": "age,job,pay\n1,b,much\n",
		"x.npz": archive(t, map[string]any{"x": [][2]float32{{1, 2}, {3, 4}}, "y": []int64{0, 1}, "y3": []int64{0, 1, 0}, "neg": []int64{0, -1}, "flat": []float32{1, 2},
			"nan": [][2]float32{{1, float32(math.NaN())}, {1, 2}}}), "bad.npz": "PK\x03\x04",
		"sizes/a/1.png": square(3, 3, red), "sizes/b/1.png": square(4, 5, blue),
		"torn/a/1.png": square(3, 3, red)[:40], "torn/b/1.png": square(3, 3, red),
		"torn2/a/1.png": square(3, 3, red), "torn2/b/1.png": square(3, 3, red)[:60],
		"bare/1.png": square(3, 3, red), "void/a/readme.txt": "", "both/train/a/1.png": square(3, 3, red), "both/dogs/1.png": square(3, 3, red),
		"newclass/train/cats/1.png": square(3, 3, red), "newclass/test/cat/1.png": square(3, 3, red),
	})
	src := func(name string, a args) *model.Node { return from(t, name, a) }
	idx := func(path string) *model.Node { return src("idx", args{"path": str(path)}) }
	csv := func(path string, more ...any) *model.Node {
		a := args{"path": str(path)}
		for i := 0; i < len(more); i += 2 {
			a[more[i].(string)] = more[i+1].(model.Value)
		}
		return src("csv", a)
	}
	npz := func(a args) *model.Node { a["path"] = str("x.npz"); return src("npz", a) }
	columns := func(kind string, names ...string) *model.Node {
		return setting(t, kind, args{"columns": words(names...)})
	}
	split := func(a args) *model.Node { return setting(t, "split", a) }
	impute := func(a args) *model.Node { return setting(t, "impute", a) }
	pay, rest, job := columns("target", "pay"), columns("number", "rest"), columns("category", "job")
	digits := src("digits", nil)

	covered := map[diag.Code]bool{BatchTooLarge: true} // has a test of its own
	for _, c := range []struct {
		line     int
		code     diag.Code
		text     string
		help     string
		settings []*model.Node
	}{
		{1, NoSource, "has no source", "from csv", nil},
		{2, FileMissing, "mnisd does not exist", "did you mean mnist?", []*model.Node{idx("mnisd")}},
		{2, FileMissing, "data/mnist does not exist", "there is no data in .", []*model.Node{idx("data/mnist")}},
		{2, FileMissing, "sizes/train-images-idx3-ubyte does not exist", "there is no", []*model.Node{idx("sizes")}},
		{2, FileMissing, "godo.csv does not exist", `did you mean "good.csv"?`, []*model.Node{csv("godo.csv"), pay, job, rest}},
		{2, FileUnreadable, "sizes cannot be read", "check that", []*model.Node{csv("sizes"), pay, job, rest}},
		{2, FileUnreadable, "damaged/train-images-idx3-ubyte: the gzip file ends too early", "fetch", []*model.Node{idx("damaged")}},
		{2, BadIDX, "cut short: its header promises 3 x 2 x 2 = 12 bytes and 4 follow", "fetch", []*model.Node{idx("cut")}},
		{2, BadIDX, "images have the axes", "name the file of the images", []*model.Node{src("idx", args{"images": str("mnist/train-labels-idx1-ubyte"), "labels": str("mnist/train-labels-idx1-ubyte")})}},
		{2, BadIDX, "labels have one axis", "name the file of the labels", []*model.Node{src("idx", args{"images": str("mnist/train-images-idx3-ubyte"), "labels": str("mnist/train-images-idx3-ubyte")})}},
		{2, BadSource, "idx needs a folder, or both", "idx(", []*model.Node{src("idx", nil)}},
		{2, BadSource, "but no test_labels", "test_labels = ", []*model.Node{idx("lone")}},
		{2, CountMismatch, "has 2 labels and two/train-images-idx3-ubyte 3 images", "belong together", []*model.Node{idx("two")}},
		{2, LabelOutOfRange, "label 9 of example 2 is outside of the 2 classes", "classes =", []*model.Node{idx("odd")}},
		{2, LabelOutOfRange, "label 1 of example 1 is outside of the 1 classes", "classes =", []*model.Node{src("idx", args{"path": str("mnist"), "classes": words("only")})}},
		{2, EmptyPart, "no examples to train on", "", []*model.Node{idx("none")}},
		{2, BadTarget, `every example is of the class "0"`, "", []*model.Node{idx("one")}},
		{2, BadCIFAR, "record 1 has 99", "binary version", []*model.Node{src("cifar10", args{"path": str("short.bin")})}},
		{2, LabelOutOfRange, "label 99", "CIFAR-100", []*model.Node{src("cifar10", args{"path": str("fine.bin")})}},
		{2, FileMissing, "mnist/data_batch_1.bin does not exist", "", []*model.Node{src("cifar10", args{"path": str("mnist")})}},
		{2, BadNPZ, `has no array "xx"`, "its arrays are flat, nan", []*model.Node{npz(args{"x": str("xx")})}},
		{2, BadNPZ, "not an npz archive", "savez", []*model.Node{src("npz", args{"path": str("bad.npz")})}},
		{2, BadNPZ, "array flat has the shape [2]", "reshape", []*model.Node{npz(args{"x": str("flat")})}},
		{2, CountMismatch, "array x has 2 examples and array y3 has 3", "", []*model.Node{npz(args{"y": str("y3")})}},
		{2, LabelOutOfRange, "label -1 of example 1", "count from 0", []*model.Node{npz(args{"y": str("neg")})}},
		{2, BadSource, "belong together", "name both", []*model.Node{npz(args{"x_test": str("x")})}},
		{2, CountMismatch, "array flat and array y are of different kinds", "", []*model.Node{npz(args{"x_test": str("x"), "y_test": str("flat")})}},
		{2, MissingValue, "array nan holds NaN in example 0", "impute median", []*model.Node{npz(args{"x": str("nan")})}},
		{3, WrongSetting, "resize works on images of bytes", "uint8", []*model.Node{npz(args{}), setting(t, "resize", args{"height": num(4)})}},
		{2, RaggedCSV, `line 3 has 2 cells and the table 3 columns: there is none for column "pay"`, "mend", []*model.Node{csv("ragged.csv"), pay, job, rest}},
		{2, BadCSV, "has no rows", "", []*model.Node{csv("empty.csv"), pay, rest}},
		{2, BadCSV, "has a header and no rows", "header = false", []*model.Node{csv("head.csv"), columns("target", "a"), rest}},
		{2, BadSource, `the separator ", " is not one character`, "one character", []*model.Node{csv("good.csv", "separator", str(", ")), pay, rest}},
		{3, UnknownColumn, "good.csv has no column pey", "did you mean pay?", []*model.Node{csv("good.csv"), columns("target", "pey"), rest}},
		{3, UnknownColumn, "good.csv has no column salary", "its columns are age, job, pay", []*model.Node{csv("good.csv"), columns("target", "salary"), rest}},
		{5, UnknownColumn, "good.csv has no column sex", "its columns are", []*model.Node{csv("good.csv"), pay, job, split(args{"valid": pct(30), "by": word("sex")}), rest}},
		{2, ColumnUnused, "2 columns of the table: no setting says what to do with age, job", "drop age, job", []*model.Node{csv("good.csv"), pay}},
		{2, ColumnUnused, "no column is a number or a category", "number rest", []*model.Node{csv("good.csv"), pay, columns("drop", "rest")}},
		{4, ColumnTwice, "column pay is named twice", "one setting", []*model.Node{csv("good.csv"), pay, columns("number", "pay"), columns("drop", "rest")}},
		{4, ColumnTwice, "rest is taken twice", "alone", []*model.Node{csv("good.csv"), rest, columns("drop", "rest"), pay}},
		{1, BadTarget, "which column to predict", "target pay", []*model.Node{csv("good.csv"), job, rest}},
		{3, BadTarget, "several targets are predicted as numbers", "one target", []*model.Node{csv("good.csv"), columns("target", "pay", "job"), rest}},
		{3, BadTarget, "classes needs a single target", "one target", []*model.Node{csv("good.csv"), setting(t, "target", args{"columns": words("pay", "age"), "classes": yes()}), columns("category", "job")}},
		{4, NotANumber, `good.csv, line 2: column job holds "a", which is not a finite number`, `missing = "a"`, []*model.Node{csv("good.csv"), pay, rest}},
		{2, NotANumber, `line 2: target pay holds "much"`, "classes", []*model.Node{csv("good.csv", "test", str("mixed.csv")), pay, job, rest}},
		{5, MissingValue, "gap.csv, line 3: column age has no value", "impute median", []*model.Node{csv("gap.csv"), pay, job, rest}},
		{3, MissingValue, "target.csv, line 3: the target pay has no value", "remove the row", []*model.Node{csv("target.csv"), pay, job, rest}},
		{2, LabelOutOfRange, `test.csv, line 2: target job is "z", a class that no example of good.csv has`, "the classes are a, b", []*model.Node{csv("good.csv", "test", str("test.csv")), columns("target", "job"), rest}},
		{2, CountMismatch, "other.csv has the columns age, pay, and good.csv has age, job, pay", "", []*model.Node{csv("good.csv", "test", str("other.csv")), pay, job, rest}},
		{2, BadImage, "torn/a/1.png: not a readable PNG or JPEG", "convert", []*model.Node{src("folder", args{"path": str("torn")})}},
		{2, BadImage, "torn2/b/1.png: not a readable PNG or JPEG", "convert", []*model.Node{src("folder", args{"path": str("torn2")})}},
		{2, ImageSizes, "sizes/a/1.png is 3 x 3 pixels and sizes/b/1.png 4 x 5", "resize 3", []*model.Node{src("folder", args{"path": str("sizes")})}},
		{2, BadFolder, "bare has no class folders", "named after the class", []*model.Node{src("folder", args{"path": str("bare")})}},
		{2, BadFolder, "void/a has no PNG or JPEG image", "", []*model.Node{src("folder", args{"path": str("void")})}},
		{2, BadFolder, "both/dogs stands beside both/train", "", []*model.Node{src("folder", args{"path": str("both")})}},
		{2, LabelOutOfRange, "newclass/test/cat is a class that newclass/train does not have", "did you mean cats?", []*model.Node{src("folder", args{"path": str("newclass")})}},
		{3, EmptyPart, "valid = 1% of 3 examples is none", "larger share", []*model.Node{idx("mnist"), split(args{"valid": pct(1)})}},
		{3, EmptyPart, "leaves no example to train on", "smaller", []*model.Node{idx("mnist"), split(args{"valid": num(3)})}},
		{3, BadSplit, "the parts ask for 2000 examples, and there are 1797", "smaller", []*model.Node{digits, split(args{"valid": num(1000), "test": num(1000)})}},
		{3, BadSplit, "valid = 1.5 is neither", "valid = 1", []*model.Node{digits, split(args{"valid": num(1.5)})}},
		{3, BadSplit, "valid = 150% is more than all", "100%", []*model.Node{digits, split(args{"valid": pct(150)})}},
		{3, BadSplit, "digits has no columns", "by = class", []*model.Node{digits, split(args{"valid": pct(10), "by": word("age")})}},
		{3, BadSplit, "needs classes, and the target is a number", "leave by out", []*model.Node{csv("good.csv"), split(args{"valid": pct(30), "by": word("class")}), pay, job, rest}},
		{3, BadSplit, "csv has a test set of its own", "remove test = 10%", []*model.Node{csv("good.csv", "test", str("good.csv")), split(args{"test": pct(10)}), pay, job, rest}},
		{3, WrongSetting, "target names columns of a table, and digits has none", "remove", []*model.Node{digits, pay}},
		{3, WrongSetting, "resize is for images", "remove", []*model.Node{csv("good.csv"), setting(t, "resize", args{"height": num(4)}), pay, job, rest}},
		{3, WrongSetting, "images of bytes have none", "remove", []*model.Node{digits, impute(args{"method": word("median")})}},
		{4, BadScale, "the input would be scaled twice", "keep one", []*model.Node{digits, scale(t, "standardize", nil), scale(t, "range", nil)}},
		{3, BadScale, "classes cannot be scaled", "remove", []*model.Node{digits, scale(t, "standardize", nil, "target")}},
		{3, BadScale, "mean has 3 numbers, and there are 1 channels", "one number", []*model.Node{digits, scale(t, "standardize", args{"mean": nums(1, 2, 3), "std": nums(1, 2, 3)})}},
		{3, BadScale, "mean and std belong together", "both", []*model.Node{digits, scale(t, "standardize", args{"mean": nums(1)})}},
		{3, BadScale, "range(2, 1)", "range(1, 2)", []*model.Node{digits, scale(t, "range", args{"lo": num(2), "hi": num(1)})}},
		{3, UnknownColumn, "there is no number column agge", "did you mean age?", []*model.Node{csv("good.csv"), scale(t, "standardize", nil, "agge"), pay, job, rest}},
		{3, BadImpute, "impute constant needs its value", "value = 0", []*model.Node{csv("gap.csv"), impute(args{"method": word("constant")}), pay, job, rest}},
		{3, BadImpute, "value is for impute constant", "remove", []*model.Node{csv("gap.csv"), impute(args{"method": word("mean"), "value": num(2)}), pay, job, rest}},
		{3, BadImpute, "column age has no value in the training part", "drop", []*model.Node{csv("hole.csv"), impute(args{"method": word("mean")}), pay, job, rest}},
	} {
		t.Run(fmt.Sprintf("%s %s", c.code, c.text), func(t *testing.T) {
			covered[c.code] = true
			_, err := Open(section(c.settings...), dir)
			d := problem(t, err, c.code, c.text)
			if !strings.Contains(d.Help, c.help) {
				t.Errorf("help %q, want …%s…", d.Help, c.help)
			}
			if d.Span.Start.Line != c.line {
				t.Errorf("points at line %d, want %d", d.Span.Start.Line, c.line)
			}
		})
	}
	for _, info := range diag.Codes() {
		if info.Code >= "N0501" && info.Code < "N0540" && !covered[info.Code] {
			t.Errorf("no case draws %s %s", info.Code, info.Name)
		}
	}
}

// A constructor that the checker would not have let through, and a failure that mends itself.
func TestReaderForgetsFailures(t *testing.T) {
	dir := t.TempDir()
	var r Reader
	sec := section(from(t, "csv", args{"path": str("late.csv")}), setting(t, "target", args{"columns": words("y")}), setting(t, "number", args{"columns": words("rest")}))
	_, err := r.Open(sec, dir)
	problem(t, err, FileMissing, "late.csv does not exist")
	if err := os.WriteFile(filepath.Join(dir, "late.csv"), []byte("x,y\n1,2\n3,4\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(sec, dir); err != nil {
		t.Error(err)
	}
}

// The data sections of the language's programs whose files are not here still have sizes to go on with.
func TestPlaceholders(t *testing.T) {
	ten := numbered(10, nil)
	for _, c := range []struct {
		name     string
		settings []*model.Node
		want     model.DataInfo
	}{
		{"tabular", []*model.Node{
			from(t, "csv", args{"path": str("data/adult.csv"), "missing": str("?")}), setting(t, "target", args{"columns": words("income")}),
			setting(t, "number", args{"columns": list(word("age"), str("hours-per-week"))}), setting(t, "category", args{"columns": words("workclass", "education")}),
			setting(t, "drop", args{"columns": words("fnlwgt")}), setting(t, "split", args{"train": pct(70), "valid": pct(15), "test": pct(15), "by": word("income"), "seed": num(7)}),
			setting(t, "impute", args{"method": word("median")}), scale(t, "standardize", nil)},
			model.DataInfo{Shape: []int{2}, Classes: ten, Targets: []string{"income"}, Numbers: []string{"age", "hours-per-week"},
				Categories: []model.Category{{Name: "workclass", Size: 10}, {Name: "education", Size: 10}}, Why: "data/adult.csv does not exist"}},
		{"regression", []*model.Node{
			from(t, "csv", args{"path": str("data/energy.csv")}), setting(t, "target", args{"columns": words("heating", "cooling")}),
			setting(t, "number", args{"columns": words("rest")}), scale(t, "standardize", nil), scale(t, "standardize", nil, "target")},
			model.DataInfo{Shape: []int{8}, Targets: []string{"heating", "cooling"},
				Numbers: []string{"number 1", "number 2", "number 3", "number 4", "number 5", "number 6", "number 7", "number 8"}, Why: "data/energy.csv does not exist"}},
		{"finetune", []*model.Node{from(t, "folder", args{"path": str("data/pets")}), setting(t, "split", args{"train": pct(70), "valid": pct(15), "test": pct(15), "by": word("class"), "seed": num(7)}),
			setting(t, "resize", args{"height": num(32)})},
			model.DataInfo{Shape: []int{32, 32, 3}, Classes: ten, Targets: []string{""}, Why: "data/pets does not exist"}},
		{"cifar", []*model.Node{from(t, "cifar10", args{"path": str("cifar10")}), setting(t, "split", args{"valid": pct(10)})},
			model.DataInfo{Shape: []int{32, 32, 3}, Classes: cifarOutline().classes, Targets: []string{""}, Why: "cifar10 does not exist"}},
		{"mnist", []*model.Node{from(t, "idx", args{"path": str("mnist")})},
			model.DataInfo{Shape: []int{28, 28, 1}, Classes: ten, Targets: []string{""}, Why: "mnist does not exist"}},
		{"npz", []*model.Node{from(t, "npz", args{"path": str("a.npz")})},
			model.DataInfo{Shape: []int{28, 28, 1}, Classes: ten, Targets: []string{""}, Why: "a.npz does not exist"}},
	} {
		got, err := Describe(section(c.settings...), t.TempDir())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		c.want.Placeholder = true
		if diff := cmp.Diff(&c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSignaturesAreDocumented(t *testing.T) {
	for _, s := range Signatures() {
		if s.Doc == "" || s.Kind == "" {
			t.Errorf("%s lacks a document or a kind", s.Name)
		}
		for _, p := range s.Params {
			if p.Doc == "" {
				t.Errorf("%s: parameter %s is not documented", s.Name, p.Name)
			}
		}
	}
}

// Sections that name several files are known again, whatever the order in which a map gives the names.
func TestKeyIsStable(t *testing.T) {
	dir := t.TempDir()
	files := args{}
	for _, name := range []string{"images", "labels", "test_images", "test_labels"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		files[name] = str(name)
	}
	sec := section(from(t, "idx", files))
	first := Key(sec, dir)
	for range 50 {
		if again := Key(sec, dir); again != first {
			t.Fatalf("%s\nand\n%s", first, again)
		}
	}
}

package data

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sbinet/npyio/npz"

	"github.com/netc-lang/netc/compiler/model"
)

// square is a PNG of one colour.
func square(w, h int, c color.Color) string {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	png.Encode(&b, m)
	return b.String()
}

var (
	red  = color.RGBA{255, 0, 0, 255}
	blue = color.RGBA{0, 0, 255, 255}
)

func TestFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"pets/dogs/1.png": square(4, 4, red), "pets/dogs/2.PNG": square(4, 4, red), "pets/cats/a.png": square(4, 4, blue),
		"pets/cats/notes.txt": "cats", "pets/.hidden/x": "",
	})
	sec := section(from(t, "folder", args{"path": str("pets")}))
	info, err := Describe(sec, dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &model.DataInfo{Shape: []int{4, 4, 3}, Classes: []string{"cats", "dogs"}, Targets: []string{""}, Train: 3}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
	d := open(t, dir, sec.Settings...)
	if diff := cmp.Diff(*want, d.Info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	x, _ := rowsOf(d.Train)
	if diff := cmp.Diff([][]float32{{0, 0, 1}, {1, 0, 0}, {1, 0, 0}}, [][]float32{x[0][:3], x[1][:3], x[2][:3]}); diff != "" {
		t.Errorf("first pixels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{0, 1, 1}, d.Train.labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if len(d.Notes) == 0 || !strings.Contains(d.Notes[0], "passed over 1 file or folder") {
		t.Errorf("notes %q", d.Notes)
	}
}

func TestFolderWithParts(t *testing.T) {
	dir := write(t, map[string]string{
		"train/a/1.png": square(6, 3, red), "train/b/1.png": square(5, 5, blue), "train/b/2.png": square(2, 2, blue),
		"val/a/1.png": square(2, 2, red), "test/b/1.png": square(9, 9, blue), "test/b/2.png": square(2, 9, blue),
	})
	d := open(t, dir, from(t, "folder", args{"path": str("."), "color": word("gray")}), setting(t, "resize", args{"height": num(4), "width": num(5)}))
	if diff := cmp.Diff(model.DataInfo{Shape: []int{4, 5, 1}, Classes: []string{"a", "b"}, Targets: []string{""}, Train: 3, Valid: 1, Test: 2}, d.Info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	x := make([]float32, 20)
	d.Test.Example(0, x)
	if want := float32(29) / 255; x[0] != want || x[19] != want { // luma of blue
		t.Errorf("gray of blue is %v, want %v", x[0], want)
	}
	if d.Valid.ID(0) != 3 || d.Test.ID(0) != 4 {
		t.Errorf("ids %d and %d", d.Valid.ID(0), d.Test.ID(0))
	}
}

func TestResize(t *testing.T) {
	in := []byte{0, 100, 200, 40}
	for _, c := range []struct {
		name string
		r    resizer
		h, w int
		want []byte
	}{
		{"same size", resizer{2, 2, "stretch", "bilinear"}, 2, 2, in},
		{"same size, bicubic", resizer{2, 2, "stretch", "bicubic"}, 2, 2, in},
		{"same size, nearest", resizer{2, 2, "stretch", "nearest"}, 2, 2, in},
		{"mean", resizer{1, 1, "stretch", "bilinear"}, 2, 2, []byte{85}},
		{"nearest twice", resizer{2, 4, "stretch", "nearest"}, 2, 2, []byte{0, 0, 100, 100, 200, 200, 40, 40}},
		{"bilinear twice", resizer{1, 4, "stretch", "bilinear"}, 1, 2, []byte{0, 25, 75, 100}},
		{"crop", resizer{2, 2, "crop", "nearest"}, 1, 4, []byte{100, 100, 200, 200}},
		{"pad", resizer{3, 3, "pad", "nearest"}, 1, 3, []byte{0, 0, 0, 0, 100, 200, 0, 0, 0}},
	} {
		out := make([]byte, c.r.height*c.r.width)
		if c.name == "crop" {
			// 1 x 4 pixels to 2 x 2: scaled by 2, then the middle 2 of 8 columns; half a source column each side.
			c.r.apply(out, in, 1, 4, 1)
			if diff := cmp.Diff([]byte{100, 200, 100, 200}, out); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			continue
		}
		c.r.apply(out, in[:c.h*c.w], c.h, c.w, 1)
		if diff := cmp.Diff(c.want, out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	// Averaging keeps the mean of an image, whatever its size.
	big := make([]byte, 3*60*80)
	mean := 0.0
	for i := range big {
		big[i] = byte(i * 7919 % 251)
		mean += float64(big[i]) / float64(len(big))
	}
	small := make([]byte, 3*15*16)
	(&resizer{15, 16, "stretch", "bilinear"}).apply(small, big, 60, 80, 3)
	got := 0.0
	for _, v := range small {
		got += float64(v) / float64(len(small))
	}
	if math.Abs(got-mean) > 1 {
		t.Errorf("mean %v became %v", mean, got)
	}
}

func TestScaleImages(t *testing.T) {
	dir := write(t, map[string]string{"a/1.png": square(1, 1, color.RGBA{0, 10, 20, 255}), "b/1.png": square(1, 1, color.RGBA{255, 30, 20, 255})})
	source := from(t, "folder", args{"path": str(".")})
	for _, c := range []struct {
		name string
		n    *model.Node
		want [][]float32
	}{
		{"standardize", scale(t, "standardize", nil), [][]float32{{-1, -1, 0}, {1, 1, 0}}},
		{"per feature", scale(t, "standardize", args{"per": word("feature")}), [][]float32{{-1, -1, 0}, {1, 1, 0}}},
		{"given", scale(t, "standardize", args{"mean": nums(0.5), "std": nums(0.5)}), [][]float32{{-1, 10./127.5 - 1, 20./127.5 - 1}, {1, 30./127.5 - 1, 20./127.5 - 1}}},
		{"range is black to white", scale(t, "range", args{"lo": num(-1), "hi": num(1)}), [][]float32{{-1, 10./127.5 - 1, 20./127.5 - 1}, {1, 30./127.5 - 1, 20./127.5 - 1}}},
	} {
		x, _ := rowsOf(open(t, dir, source, c.n).Train)
		for i := range c.want {
			for k := range c.want[i] {
				if math.Abs(float64(x[i][k]-c.want[i][k])) > 1e-6 {
					t.Errorf("%s: got %v, want %v", c.name, x, c.want)
				}
			}
		}
	}
}

func archive(t testing.TB, arrays map[string]any) string {
	t.Helper()
	var b bytes.Buffer
	w := npz.NewWriter(&b)
	for name, v := range arrays {
		if err := w.Write(name+".npy", v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNPZ(t *testing.T) {
	nan := float32(math.NaN())
	dir := write(t, map[string]string{
		"c.npz": archive(t, map[string]any{"x": [][2]float32{{1, 2}, {nan, 4}, {5, 6}}, "y": []int64{0, 2, 1}, "xt": [][2]float32{{9, 9}}, "yt": []int64{2}}),
		"i.npz": archive(t, map[string]any{"x": [][2][3]uint8{{{1, 2, 3}, {4, 5, 255}}, {{1, 2, 3}, {4, 5, 6}}}, "y": []float32{1.5, 2}}),
	})
	d := open(t, dir, from(t, "npz", args{"path": str("c.npz"), "x_test": str("xt"), "y_test": str("yt"), "classes": words("a", "b", "c")}),
		setting(t, "impute", args{"method": word("mean")}))
	if diff := cmp.Diff(model.DataInfo{Shape: []int{2}, Classes: []string{"a", "b", "c"}, Targets: []string{""}, Numbers: []string{"x1", "x2"}, Train: 3, Test: 1}, d.Info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	x, _ := rowsOf(d.Train)
	if diff := cmp.Diff([][]float32{{1, 2}, {3, 4}, {5, 6}}, x); diff != "" || d.Train.Label(1) != 2 || d.Test.Label(0) != 2 {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	images := open(t, dir, from(t, "npz", args{"path": str("i.npz")}))
	if diff := cmp.Diff(model.DataInfo{Shape: []int{2, 3, 1}, Targets: []string{""}, Train: 2}, images.Info); diff != "" {
		t.Errorf("info (-want +got):\n%s", diff)
	}
	x, _ = rowsOf(images.Train)
	if x[0][5] != 1 || images.Train.y[0] != 1.5 {
		t.Errorf("white is %v, the first target %v", x[0][5], images.Train.y[0])
	}
}

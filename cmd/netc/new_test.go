package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNewPrograms writes a program for each of several data sets with netc new, checks it and trains it: it must do better than
// always saying what is most frequent.
func TestNewPrograms(t *testing.T) {
	root, err := filepath.Abs("../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	made := t.TempDir()
	for _, test := range []struct {
		name string
		data string   // below the published data; made here where absolute
		flag []string // of netc new
		run  []string // of netc run
		want float64  // the accuracy of the most frequent class, or the rmse of the mean
		less bool     // smaller is better
	}{
		{name: "iris", data: "tabular/iris.csv", want: 0.34},
		{name: "wine", data: "tabular/wine_data.csv", want: 0.40},
		{name: "cancer", data: "tabular/breast_cancer.csv", run: []string{"--set", "train.epochs=20"}, want: 0.63},
		{name: "mnist", data: "embed", run: []string{"--set", "train.epochs=2", "--set", "model.width=4"}, want: 0.12},
		{name: "people", data: people(t, made), want: 0.6},
		{name: "house", data: houses(t, made), flag: []string{"--target", "price"}, want: 60, less: true},
		{name: "folder", data: pictures(t, made), run: []string{"--set", "train.epochs=8", "--set", "model.width=4"}, want: 0.55},
		{name: "digits", data: "digits", run: []string{"--set", "train.epochs=3", "--set", "model.width=8"}, want: 0.11},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			data := test.data
			if strings.Contains(data, "/") && !filepath.IsAbs(data) || data == "embed" {
				data = filepath.Join(root, data)
				if _, err := os.Stat(data); err != nil {
					t.Skip("the published data is not here:", err)
				}
			}
			dir := t.TempDir()
			netc := func(args ...string) []byte {
				t.Helper()
				path, err := exec.LookPath("netc")
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(path, args...)
				cmd.Dir = dir
				var errs bytes.Buffer
				cmd.Stderr = &errs
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("netc %s: %v\n%s", strings.Join(args, " "), err, errs.String())
				}
				return out
			}
			netc(append([]string{"new", data, "-o", "m.net", "--name", "d"}, test.flag...)...)
			netc("check", "m.net")
			netc("fmt", "--check", "m.net")
			out := netc(append([]string{"run", "m.net", "--json", "--threads", "1"}, test.run...)...)
			var result struct {
				Test map[string]float64 `json:"test"`
			}
			if err := json.Unmarshal(out, &result); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if test.less {
				if got := result.Test["rmse"]; got == 0 || got >= test.want {
					t.Errorf("rmse %v, and the mean alone has %v", got, test.want)
				}
				return
			}
			if got := result.Test["accuracy"]; got <= test.want {
				t.Errorf("accuracy %v, and the most frequent class alone has %v", got, test.want)
			}
		})
	}
}

// people is a table with names, numbers, gaps and an index, where work and age decide.
func people(t *testing.T, dir string) string {
	rng := rand.New(rand.NewPCG(3, 1))
	var b strings.Builder
	b.WriteString("id;age;hours per week;work;note;income\n")
	for i := range 400 {
		age, work := 20+rng.IntN(40), []string{"state", "private", "self"}[rng.IntN(3)]
		income := "low"
		if (age > 40) != (work == "state") {
			income = "high"
		}
		hours := fmt.Sprint(10 + rng.IntN(50))
		if i%17 == 0 {
			hours = "NA"
		}
		fmt.Fprintf(&b, "%d;%d;%s;%s;n%d;%s\n", i, age, hours, work, i, income)
	}
	return write(t, filepath.Join(dir, "people.csv"), b.String())
}

func houses(t *testing.T, dir string) string {
	rng := rand.New(rand.NewPCG(3, 2))
	var b strings.Builder
	b.WriteString("rooms,area,price,street\n")
	for range 400 {
		rooms, area := 1+rng.IntN(6), 20+200*rng.Float64()
		fmt.Fprintf(&b, "%d,%.1f,%.2f,%s\n", rooms, area, 20*float64(rooms)+area+5*rng.NormFloat64(), []string{"a", "b"}[rng.IntN(2)])
	}
	return write(t, filepath.Join(dir, "houses.csv"), b.String())
}

// pictures is a folder with images of two classes: bars that stand, and bars that lie.
func pictures(t *testing.T, dir string) string {
	rng := rand.New(rand.NewPCG(3, 3))
	root := filepath.Join(dir, "bars")
	for _, class := range []string{"standing", "lying"} {
		for i := range 60 {
			img := image.NewRGBA(image.Rect(0, 0, 16, 16))
			at := 2 + rng.IntN(12)
			for y := range 16 {
				for x := range 16 {
					c := color.RGBA{uint8(rng.IntN(60)), uint8(rng.IntN(60)), uint8(rng.IntN(60)), 255}
					if class == "standing" && x == at || class == "lying" && y == at {
						c = color.RGBA{200, 180, 40, 255}
					}
					img.Set(x, y, c)
				}
			}
			var b bytes.Buffer
			if err := png.Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(root, class, fmt.Sprintf("%03d.png", i)), b.String())
		}
	}
	return root
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

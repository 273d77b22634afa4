package study_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The study sections of the language's programs are planned as they say. The networks are made small, which changes no section.
func TestProgramsStudies(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(root, "..", "shared")
	if _, err := os.Stat(filepath.Join(shared, "data", "cifar10")); err != nil {
		t.Skip("the CIFAR-10 subset is not here")
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "programs"), os.DirFS(filepath.Join(root, "spec", "programs"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(shared, filepath.Join(dir, "shared")); err != nil {
		t.Skip(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "programs", "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(shared, "data", "cifar10"), filepath.Join(dir, "programs", "data", "cifar10")); err != nil {
		t.Fatal(err)
	}
	var energy strings.Builder
	energy.WriteString("a,b,c,heating,cooling\n")
	for i := range 120 {
		fmt.Fprintf(&energy, "%d,%d,%d,%d,%d\n", i%7, i%5, i%3, 20+i%7-i%5, 15+i%3)
	}
	if err := os.WriteFile(filepath.Join(dir, "programs", "data", "energy.csv"), []byte(energy.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, section string
		edits         []string
		want          []string // comparisons
		variants      int      // programs that are run
		trials        int
	}{
		{"03-resnet20", "twin", []string{"model.n = 1"}, []string{"plain", "deep", "deep_plain"}, 4, 24},
		{"07-recipe", "", nil, []string{"label_smoothing", "nesterov", "schedule", "warmup", "clip", "ema", "l2", "mixup", "cutout"}, 10, 100},
		{"08-study", "add", nil, []string{"mixup", "cutout", "dropout", "gelu", "big_step"}, 6, 6*(12-2) + 6*5*2},
		{"08-study", "interactions", nil, []string{"skip", "norm", "l2", "flip + crop"}, 16, 128},
		{"08-study", "sharing", nil, []string{"skip", "norm", "l2", "crop"}, 16, 96},
		{"10-regression", "", nil, []string{"dropout", "weight_decay"}, 3, 30},
		{"11-custom", "", []string{"model.growth = 4"}, []string{"squeeze_excite", "dense_block.norm", "dropout", "linear_scaling"}, 5, 40},
		{"12-override", "", nil, []string{"skip", "crop", "dropout", "schedule", "mixup"}, 6, 60},
	} {
		t.Run(c.file+" "+c.section, func(t *testing.T) {
			a := ask(t, "")
			a.File, a.Section = filepath.Join(dir, "programs", c.file+".net"), c.section
			edits := append([]string{"train.batch = 4"}, c.edits...)
			if c.file != "10-regression" {
				edits = append(edits, "data.split.test = 10%") // the test batch of CIFAR-10 is not here
				if c.edits == nil {
					edits = append(edits, "model.n = 1")
				}
			}
			for _, e := range edits {
				a.Edits = append(a.Edits, edit(t, "set", e))
			}
			s := prepare(t, a)
			var names []string
			used := map[string]bool{}
			for _, k := range s.Plan.Comparisons {
				names = append(names, k.Name)
				for _, id := range append(append([]string(nil), k.On...), k.Off...) {
					used[id] = true
				}
			}
			equal(t, "comparisons", names, c.want)
			if len(used) != c.variants || s.Plan.Trials() != c.trials {
				t.Errorf("%d programs and %d trials, not %d and %d", len(used), s.Plan.Trials(), c.variants, c.trials)
			}
		})
	}
	// Two metrics, both smaller is better, one of them a function of the program.
	a := ask(t, "")
	a.File = filepath.Join(dir, "programs", "10-regression.net")
	m := prepare(t, a).Plan.Metrics
	if len(m) != 2 || m[0].Direction != "lower is better" || m[0].Margin != 0.002 || m[1].Name != "test.rmse(cooling)" || m[1].Margin != 0.05 {
		t.Errorf("%+v", m)
	}
}

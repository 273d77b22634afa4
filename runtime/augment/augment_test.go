package augment

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
)

// node makes a resolved augmentation, defaults filled in as the checker does.
func node(t *testing.T, name string, args model.Args) *model.Node {
	t.Helper()
	n := &model.Node{Name: name, Path: "data.augment." + name + "[1]", Args: model.Args{},
		Span: diag.Span{Start: diag.Pos{Filename: "test.net", Line: 3, Column: 5}}}
	for k, v := range args {
		n.Args[k] = v
	}
	for _, s := range Signatures() {
		if s.Name != name {
			continue
		}
		for _, p := range s.Params {
			if _, given := n.Args[p.Name]; !given {
				if p.Default == nil {
					t.Fatalf("%s needs %s", name, p.Name)
				}
				n.Args[p.Name] = *p.Default
			}
		}
	}
	return n
}

func num(f float64) model.Value         { return *catalog.N(f) }
func word(w string) model.Value         { return *catalog.W(w) }
func image(h, w, c int) *model.DataInfo { return &model.DataInfo{Shape: []int{h, w, c}} }

func pipeline(t *testing.T, info *model.DataInfo, list ...*model.Node) *Pipeline {
	t.Helper()
	p, err := New(list, info)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// batch makes n examples of different numbers, each with a one-hot target of its own class.
func batch(n, features int, epoch uint32) *View {
	v := &View{N: n, X: make([]float32, n*features), K: n, Y: make([]float32, n*n), IDs: make([]uint32, n), Epoch: epoch}
	for i := range v.X {
		v.X[i] = float32(i + 1)
	}
	for i := range n {
		v.Y[i*n+i] = 1
		v.IDs[i] = uint32(100 + i)
	}
	return v
}

func run(p *Pipeline, seed uint64, v *View) *Bound {
	b := p.Bind(seed)
	b.Apply(v, p.NewScratch(v.N, v.K))
	return b
}

func TestFlip(t *testing.T) {
	p := pipeline(t, image(2, 3, 2), node(t, "flip", model.Args{"p": num(1)}))
	v := batch(1, 12, 0)
	run(p, 1, v)
	if diff := cmp.Diff([]float32{5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8}, v.X); diff != "" {
		t.Errorf("horizontal (-want +got):\n%s", diff)
	}
	p = pipeline(t, image(2, 3, 2), node(t, "flip", model.Args{"p": num(1), "axis": word("vertical")}))
	v = batch(1, 12, 0)
	run(p, 1, v)
	if diff := cmp.Diff([]float32{7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6}, v.X); diff != "" {
		t.Errorf("vertical (-want +got):\n%s", diff)
	}
}

// These change nothing: flipping twice, moving by 0, rotating by 0, never acting.
func TestIdentities(t *testing.T) {
	for name, list := range map[string][]*model.Node{
		"flip twice":          {node(t, "flip", model.Args{"p": num(1)}), node(t, "flip", model.Args{"p": num(1)})},
		"flip vertical twice": {node(t, "flip", model.Args{"p": num(1), "axis": word("vertical")}), node(t, "flip", model.Args{"p": num(1), "axis": word("vertical")})},
		"crop pad 0":          {node(t, "crop", model.Args{"pad": num(0)})},
		"shift 0":             {node(t, "shift", model.Args{"max": num(0)})},
		"rotate 0":            {node(t, "rotate", model.Args{"max": num(0)})},
		"mixup p 0":           {node(t, "mixup", model.Args{"p": num(0)})},
		"cutmix p 0":          {node(t, "cutmix", model.Args{"p": num(0)})},
		"cutout p 0":          {node(t, "cutout", model.Args{"size": num(4), "p": num(0)})},
		"erase p 0":           {node(t, "erase", model.Args{"p": num(0)})},
		"jitter p 0":          {node(t, "jitter", model.Args{"std": num(1), "p": num(0)})},
	} {
		t.Run(name, func(t *testing.T) {
			v, want := batch(8, 5*7*3, 2), batch(8, 5*7*3, 2)
			b := run(pipeline(t, image(5, 7, 3), list...), 3, v)
			if diff := cmp.Diff(want, v); diff != "" {
				t.Errorf("changed the batch:\n%s", diff)
			}
			for _, c := range b.Counts() {
				if c.Seen != 8 || (!strings.HasPrefix(name, "flip") && c.Acted != 0) {
					t.Errorf("counts %+v", c)
				}
			}
		})
	}
}

func TestTranslateFills(t *testing.T) {
	for _, c := range []struct {
		fill   string
		dy, dx int
		want   []float32
	}{
		{fillZero, 0, 1, []float32{2, 3, 0, 5, 6, 0, 8, 9, 0}},
		{fillZero, -1, -1, []float32{0, 0, 0, 0, 1, 2, 0, 4, 5}},
		{fillEdge, 0, -2, []float32{1, 1, 1, 4, 4, 4, 7, 7, 7}},
		{fillReflect, 0, 2, []float32{3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{fillReflect, -1, 0, []float32{4, 5, 6, 1, 2, 3, 4, 5, 6}},
		{fillZero, 0, 7, []float32{0, 0, 0, 0, 0, 0, 0, 0, 0}},
		{fillReflect, 4, 0, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}},
	} {
		e := example{x: []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, h: 3, w: 3, c: 1, scratch: make([]float32, 9)}
		e.translate(c.dy, c.dx, c.fill)
		if diff := cmp.Diff(c.want, e.x); diff != "" {
			t.Errorf("%s by (%d, %d) (-want +got):\n%s", c.fill, c.dy, c.dx, diff)
		}
	}
}

// crop reaches every one of its (2 pad + 1)^2 windows, about equally often.
func TestCropReachesEveryWindow(t *testing.T) {
	p := pipeline(t, image(3, 3, 1), node(t, "crop", model.Args{"pad": num(1)}))
	b, s := p.Bind(1), p.NewScratch(1, 1)
	seen := map[string]int{}
	for epoch := range uint32(9000) {
		v := batch(1, 9, epoch)
		b.Apply(v, s)
		seen[fmt.Sprint(v.X)]++
	}
	if len(seen) != 9 {
		t.Fatalf("%d different windows, want 9", len(seen))
	}
	for window, count := range seen {
		if count < 850 || count > 1150 {
			t.Errorf("window %s came %d times of 9000", window, count)
		}
	}
}

func TestShiftInPercentOfEachSide(t *testing.T) {
	v := model.Value{Kind: model.Number, Num: 0.25, Unit: "%"}
	p := pipeline(t, image(8, 4, 1), node(t, "shift", model.Args{"max": v}))
	got := p.steps[0].example.(translation)
	if got.maxY != 2 || got.maxX != 1 {
		t.Errorf("moves by up to %d, %d; want 2, 1", got.maxY, got.maxX)
	}
}

// A quarter turn is exact, and four of them are the image again.
func TestRotateQuarterTurn(t *testing.T) {
	e := example{x: []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, h: 3, w: 3, c: 1, scratch: make([]float32, 9)}
	near := func(want []float32) {
		t.Helper()
		for i := range want {
			if math.Abs(float64(want[i]-e.x[i])) > 1e-5 {
				t.Fatalf("got %v, want %v", e.x, want)
			}
		}
	}
	e.rotate(0.25, fillEdge)
	near([]float32{3, 6, 9, 2, 5, 8, 1, 4, 7})
	for range 3 {
		e.rotate(0.25, fillEdge)
	}
	near([]float32{1, 2, 3, 4, 5, 6, 7, 8, 9})
	e.rotate(-0.25, fillZero)
	near([]float32{7, 4, 1, 8, 5, 2, 9, 6, 3})
}

func TestJitterMoments(t *testing.T) {
	const n, features = 200, 400
	p := pipeline(t, &model.DataInfo{Shape: []int{features}}, node(t, "jitter", model.Args{"std": num(0.5)}))
	v, before := batch(n, features, 0), batch(n, features, 0)
	clear(v.X)
	clear(before.X)
	run(p, 5, v)
	mean, variance := 0.0, 0.0
	for _, x := range v.X {
		mean += float64(x) / (n * features)
		variance += float64(x) * float64(x) / (n * features)
	}
	if math.Abs(mean) > 0.01 || math.Abs(variance-0.25) > 0.01 {
		t.Errorf("noise has mean %v and variance %v, want 0 and 0.25", mean, variance)
	}
	if slices.Equal(v.X[:features], v.X[features:2*features]) {
		t.Error("two examples got the same noise")
	}
}

// Brightness moves the mean alone, contrast keeps it, saturation keeps each pixel's mean.
func TestJitterColour(t *testing.T) {
	mean := func(x []float32) (m float64) {
		for _, v := range x {
			m += float64(v) / float64(len(x))
		}
		return m
	}
	for name, check := range map[string]func(before, after []float32) bool{
		"brightness": func(before, after []float32) bool {
			d := after[0] - before[0]
			for i := range before {
				if math.Abs(float64(after[i]-before[i]-d)) > 1e-4 {
					return false
				}
			}
			return d != 0 && math.Abs(float64(d)) <= 0.5
		},
		"contrast": func(before, after []float32) bool {
			return after[0] != before[0] && math.Abs(mean(before)-mean(after)) < 1e-4
		},
		"saturation": func(before, after []float32) bool {
			for i := 0; i < len(before); i += 3 {
				if math.Abs(mean(before[i:i+3])-mean(after[i:i+3])) > 1e-4 {
					return false
				}
			}
			return after[0] != before[0]
		},
	} {
		p := pipeline(t, image(4, 4, 3), node(t, "jitter", model.Args{name: num(0.5)}))
		v, before := batch(1, 48, 0), batch(1, 48, 0)
		run(p, 1, v)
		if !check(before.X, v.X) {
			t.Errorf("%s: from %v to %v", name, before.X, v.X)
		}
	}
}

// The square is size x size, less what the border clips; over all centres the mean area is known exactly.
func TestCutoutArea(t *testing.T) {
	const side, size, trials = 8, 4, 4000
	p := pipeline(t, image(side, side, 1), node(t, "cutout", model.Args{"size": num(size)}))
	b, s := p.Bind(1), p.NewScratch(1, 1)
	total, full := 0, 0
	for epoch := range uint32(trials) {
		v := batch(1, side*side, epoch)
		b.Apply(v, s)
		area := 0
		for _, x := range v.X {
			if x == 0 {
				area++
			}
		}
		if area > size*size || area < size*size/4 {
			t.Fatalf("erased %d pixels", area)
		}
		total += area
		if area == size*size {
			full++
		}
	}
	rows := 0.0 // mean number of rows that are inside
	for centre := range side {
		rows += float64(min(side, centre-size/2+size)-max(0, centre-size/2)) / side
	}
	if got := float64(total) / trials; math.Abs(got-rows*rows) > 0.3 {
		t.Errorf("mean area %v, want %v", got, rows*rows)
	}
	if full == 0 {
		t.Error("no square was inside the image as a whole")
	}
}

func TestEraseArea(t *testing.T) {
	p := pipeline(t, image(20, 20, 2), node(t, "erase", model.Args{"p": num(1), "area": *between(0.1, 0.3), "fill": word(fillZero)}))
	b, s := p.Bind(1), p.NewScratch(1, 1)
	for epoch := range uint32(500) {
		v := batch(1, 800, epoch)
		b.Apply(v, s)
		area := 0
		for _, x := range v.X {
			if x == 0 {
				area++
			}
		}
		if share := float64(area) / 800; share < 0.07 || share > 0.36 { // sides are rounded to whole pixels
			t.Errorf("erased %v of the image, want 0.1 to 0.3", share)
		}
	}
	noise := pipeline(t, image(20, 20, 2), node(t, "erase", model.Args{"p": num(1)}))
	v, before := batch(1, 800, 0), batch(1, 800, 0)
	run(noise, 1, v)
	if cmp.Equal(v.X, before.X) {
		t.Error("noise did not show")
	}
}

// Every row of targets keeps the mass 1, and the blend of the features is the blend of the targets.
func TestMixupConservesMass(t *testing.T) {
	const n, features = 32, 6
	p := pipeline(t, &model.DataInfo{Shape: []int{features}}, node(t, "mixup", model.Args{"alpha": num(1)}))
	v := batch(n, features, 0)
	for i := range n { // example i is the number i in every feature
		for k := range features {
			v.X[i*features+k] = float32(i)
		}
	}
	b := run(p, 1, v)
	for i := range n {
		mass, x := 0.0, 0.0
		for k, y := range v.Y[i*n : (i+1)*n] {
			mass += float64(y)
			x += float64(k) * float64(y)
		}
		if math.Abs(mass-1) > 1e-6 {
			t.Errorf("row %d has mass %v", i, mass)
		}
		if math.Abs(x-float64(v.X[i*features])) > 1e-4 {
			t.Errorf("example %d: features are blended to %v, targets to %v", i, v.X[i*features], x)
		}
	}
	if c := b.Counts()[0]; c.Acted < n/2 {
		t.Errorf("acted on %d of %d", c.Acted, c.Seen)
	}
}

// The share of pixels that come from the partner is its weight in the targets, exactly.
func TestCutmixLabelsAreAreas(t *testing.T) {
	const n, side = 16, 10
	p := pipeline(t, image(side, side, 1), node(t, "cutmix", nil))
	acted := 0
	for epoch := range uint32(20) {
		v := batch(n, side*side, epoch)
		for i := range v.X {
			v.X[i] = float32(i / (side * side))
		}
		acted += int(run(p, 1, v).Counts()[0].Acted)
		for i := range n {
			share := make([]float64, n)
			for _, x := range v.X[i*side*side : (i+1)*side*side] {
				share[int(x)] += 1.0 / (side * side)
			}
			for k := range n {
				if math.Abs(share[k]-float64(v.Y[i*n+k])) > 1e-6 {
					t.Fatalf("example %d shows %v of %d, its target says %v", i, share[k], k, v.Y[i*n+k])
				}
			}
		}
	}
	if acted < n*20/2 {
		t.Errorf("acted only %d times", acted)
	}
}

// Switching one augmentation off leaves the draws of the others as they were, and so does any other seed or
// batch of the same example.
func TestDrawsAreKeptApart(t *testing.T) {
	flip, crop, cut := node(t, "flip", nil), node(t, "crop", model.Args{"pad": num(2)}), node(t, "cutout", model.Args{"size": num(3)})
	ids := []uint32{0, 1, 2, 500}
	all := pipeline(t, image(8, 8, 1), flip, crop, cut).Bind(1).DrawHashes(ids, 4)
	less := pipeline(t, image(8, 8, 1), flip, cut).Bind(1).DrawHashes(ids, 4)
	if diff := cmp.Diff([]Hash{all[0], all[2]}, less); diff != "" {
		t.Errorf("draws changed:\n%s", diff)
	}
	other := pipeline(t, image(8, 8, 1), flip, crop, cut).Bind(2).DrawHashes(ids, 4)
	next := pipeline(t, image(8, 8, 1), flip, crop, cut).Bind(1).DrawHashes(ids, 5)
	for i := range all {
		if all[i] == other[i] || all[i] == next[i] {
			t.Errorf("%s draws the same under another seed or in another epoch", all[i].Path)
		}
	}

	p := pipeline(t, image(8, 8, 1), flip, crop, cut)
	whole, part := batch(6, 64, 3), batch(6, 64, 3)
	run(p, 9, whole)
	part.N, part.X, part.IDs, part.Y = 2, part.X[4*64:], part.IDs[4:], part.Y[4*6:]
	run(p, 9, part)
	if diff := cmp.Diff(whole.X[4*64:], part.X); diff != "" {
		t.Errorf("an example is augmented otherwise in another batch:\n%s", diff)
	}
}

func TestNoAllocation(t *testing.T) {
	p := pipeline(t, image(8, 8, 3), node(t, "flip", nil), node(t, "crop", model.Args{"pad": num(2)}), node(t, "rotate", nil),
		node(t, "jitter", model.Args{"std": num(0.1), "saturation": num(0.2)}), node(t, "mixup", nil),
		node(t, "cutout", model.Args{"size": num(3)}), node(t, "erase", nil), node(t, "cutmix", nil))
	v := batch(4, 192, 0)
	b, s := p.Bind(1), p.NewScratch(4, 4)
	if allocs := testing.AllocsPerRun(20, func() { b.Apply(v, s); v.Epoch++ }); allocs != 0 {
		t.Errorf("%v allocations a batch", allocs)
	}
}

func TestProblems(t *testing.T) {
	table := &model.DataInfo{Shape: []int{5}}
	mixed := &model.DataInfo{Shape: []int{5}, Categories: []model.Category{{Name: "job", Size: 4}}}
	percent := model.Value{Kind: model.Number, Num: 0.01, Unit: "%"}
	covered := map[diag.Code]bool{}
	for _, c := range []struct {
		name string
		args model.Args
		info *model.DataInfo
		code diag.Code
		text string
	}{
		{"flip", nil, table, ImagesOnly, "flip needs images (height, width, channels); these examples are rows of 5 numbers"},
		{"cutmix", nil, table, ImagesOnly, "cutmix needs images"},
		{"jitter", model.Args{"contrast": num(0.1)}, table, ImagesOnly, "contrast is for images"},
		{"jitter", nil, table, DoesNothing, "jitter without an amount"},
		{"jitter", model.Args{"saturation": num(0.5)}, image(8, 8, 1), DoesNothing, "saturation changes nothing"},
		{"mixup", nil, mixed, CannotMixCategories, "cannot blend the 1 category columns"},
		{"shift", model.Args{"max": num(1.5)}, image(8, 8, 1), BadRange, "1.5 is not a whole number"},
		{"shift", model.Args{"max": num(500)}, image(8, 8, 1), BadRange, "out of sight"},
		{"shift", model.Args{"max": percent}, image(8, 8, 1), DoesNothing, "less than half a pixel"},
		{"erase", model.Args{"area": *between(0.5, 0.1)}, image(8, 8, 1), BadRange, "area = 0.5..0.1"},
	} {
		_, err := New([]*model.Node{node(t, c.name, c.args)}, c.info)
		var d *diag.Diagnostic
		if !errors.As(err, &d) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
			continue
		}
		covered[d.Code] = true
		if d.Code != c.code || !strings.Contains(d.Message, c.text) || d.Help == "" || d.Span.Start.Line != 3 {
			t.Errorf("%s: got %v (help %q), want %s …%s…", c.name, d, d.Help, c.code, c.text)
		}
	}
	_, err := New([]*model.Node{{Name: "flop"}}, table)
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != UnknownAugmentation {
		t.Errorf("unknown augmentation: %v", err)
	}
	covered[UnknownAugmentation] = true
	for _, info := range diag.Codes() {
		if strings.HasPrefix(string(info.Code), "N054") && !covered[info.Code] {
			t.Errorf("no case draws %s %s", info.Code, info.Name)
		}
	}
}

func TestSignaturesAreDocumented(t *testing.T) {
	for _, s := range Signatures() {
		if s.Doc == "" || s.Paper == "" || s.Kind != catalog.Augment {
			t.Errorf("%s lacks a document, a paper or its kind", s.Name)
		}
		for _, p := range s.Params {
			if p.Doc == "" {
				t.Errorf("%s: parameter %s is not documented", s.Name, p.Name)
			}
		}
	}
}

// What a seed gives is part of the language's semantics.
func TestGolden(t *testing.T) {
	p := pipeline(t, image(2, 2, 1), node(t, "jitter", model.Args{"std": num(1)}))
	v := batch(1, 4, 7)
	clear(v.X)
	run(p, 42, v)
	z := rng.Normal(rng.New(42, rng.Augment, "data.augment.jitter[1]").Block(0, 100, 7, 1))
	if diff := cmp.Diff(z[:], v.X); diff != "" {
		t.Errorf("noise (-want +got):\n%s", diff)
	}
}

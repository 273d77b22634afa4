package starter

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netc-lang/netc/runtime/data/format"
)

// Images is a look at a set of images.
type Images struct {
	Height, Width, Channels int
	Examples                int // for training, 0 where unknown
	resize                  int // they differ in size or are large: bring them to so many pixels
	ownTest, ownValid       bool
	source                  string // the constructor
	parts                   func(Options) string
}

// Arrays is a look at a NumPy archive of rows of numbers.
type Arrays struct {
	args     string
	test     bool
	examples int
	numbers  int
	classify bool
}

// largest is the size that images of different or great size are brought to.
const largest = 64

func lookFolder(path string) (*Images, error) {
	m := &Images{Channels: 1}
	root := path
	if info, err := os.Stat(filepath.Join(path, "train")); err == nil && info.IsDir() {
		root = filepath.Join(path, "train")
		for _, n := range []string{"valid", "val", "validation"} {
			if info, err := os.Stat(filepath.Join(path, n)); err == nil && info.IsDir() {
				m.ownValid = true
			}
		}
		if info, err := os.Stat(filepath.Join(path, "test")); err == nil && info.IsDir() {
			m.ownTest = true
		}
	}
	classes := map[string]int{}
	differ := false
	err := filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch strings.ToLower(filepath.Ext(file)) {
		case ".png", ".jpg", ".jpeg":
		default:
			return nil
		}
		class := filepath.Base(filepath.Dir(file))
		if filepath.Dir(file) == root {
			return nil // loose images have no class
		}
		classes[class]++
		m.Examples++
		if classes[class] > 20 {
			return nil // a few of each class tell
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		h, w, err := format.ImageSize(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if m.Height == 0 {
			m.Height, m.Width = h, w
		}
		differ = differ || h != m.Height || w != m.Width
		if m.Channels == 1 && classes[class] <= 3 && colorful(raw) {
			m.Channels = 3
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(classes) < 2 {
		return nil, fmt.Errorf("%s has %d folders with PNG or JPEG images, and it takes two or more: one a class", path, len(classes))
	}
	if differ || m.Height > 2*largest || m.Width > 2*largest {
		m.resize = min(largest, max(16, min(m.Height, m.Width)))
		m.Height, m.Width = m.resize, m.resize
	}
	m.parts = func(o Options) string {
		color := ""
		if m.Channels == 1 {
			color = ", color = gray"
		}
		return fmt.Sprintf("folder(%s%s)", o.pathFrom(path), color)
	}
	return m, nil
}

// colorful reports whether an image has colors: its three channels differ somewhere.
func colorful(raw []byte) bool {
	_, _, px, err := format.DecodeImage(raw, 3)
	if err != nil {
		return false
	}
	for i := 0; i+2 < len(px); i += 3 {
		if px[i] != px[i+1] || px[i] != px[i+2] {
			return true
		}
	}
	return false
}

func lookIDX(path string) (*Images, error) {
	dir := path
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		dir = filepath.Dir(path)
	}
	names, err := fileNames(dir)
	if err != nil {
		return nil, err
	}
	find := func(words ...string) string {
		for _, n := range names {
			if strings.Contains(n, "ubyte") && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(n, w) }) {
				return n
			}
		}
		return ""
	}
	images, labels := find("train", "images"), find("train", "labels")
	testImages, testLabels := find("t10k", "images"), find("t10k", "labels")
	if testImages == "" {
		testImages, testLabels = find("test", "images"), find("test", "labels")
	}
	if images == "" || labels == "" {
		return nil, fmt.Errorf("%s has no pair of IDX files with train, images and train, labels in their names", dir)
	}
	r, err := format.Open(filepath.Join(dir, images))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dims, err := format.ReadIDXHeader(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", images, err)
	}
	if len(dims) != 3 {
		return nil, fmt.Errorf("%s holds no gray images: its sizes are %v", images, dims)
	}
	m := &Images{Height: dims[1], Width: dims[2], Channels: 1, Examples: dims[0], ownTest: testImages != "" && testLabels != ""}
	published := strings.HasPrefix(images, "train-images") && strings.HasPrefix(labels, "train-labels") && (!m.ownTest || strings.HasPrefix(testImages, "t10k-images"))
	m.parts = func(o Options) string {
		if published {
			return fmt.Sprintf("idx(%s)", o.pathFrom(dir))
		}
		text := fmt.Sprintf("idx(images = %s, labels = %s", o.pathFrom(filepath.Join(dir, images)), o.pathFrom(filepath.Join(dir, labels)))
		if m.ownTest {
			text += fmt.Sprintf(", test_images = %s, test_labels = %s", o.pathFrom(filepath.Join(dir, testImages)), o.pathFrom(filepath.Join(dir, testLabels)))
		}
		return text + ")"
	}
	return m, nil
}

func lookCIFAR(path string) (*Images, error) {
	m := &Images{Height: 32, Width: 32, Channels: 3, Examples: 50000, ownTest: true}
	list := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		names, err := fileNames(path)
		if err != nil {
			return nil, err
		}
		whole := 0
		list = nil
		for _, n := range names {
			switch {
			case n == "cifar-10-batches-bin":
				whole = 6
			case strings.HasPrefix(n, "data_batch_") && (strings.HasSuffix(n, ".bin") || strings.HasSuffix(n, ".bin.gz")):
				list = append(list, filepath.Join(path, n))
				if strings.TrimSuffix(strings.TrimSuffix(n, ".gz"), ".bin") == fmt.Sprintf("data_batch_%d", len(list)) {
					whole++
				}
			case strings.HasPrefix(n, "test_batch"):
				whole++
			}
		}
		if whole == 6 {
			m.parts = func(o Options) string { return fmt.Sprintf("cifar10(%s)", o.pathFrom(path)) }
			return m, nil
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("%s has no file data_batch_….bin", path)
		}
	}
	m.ownTest = false
	m.Examples = 10000 * len(list)
	m.parts = func(o Options) string {
		quoted := make([]string, len(list))
		for i, p := range list {
			quoted[i] = o.pathFrom(p)
		}
		if len(quoted) == 1 {
			return fmt.Sprintf("cifar10(%s)", quoted[0])
		}
		return fmt.Sprintf("cifar10([%s])", strings.Join(quoted, ", "))
	}
	return m, nil
}

func lookNPZ(d *Data, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	z, err := format.OpenNPZ(file, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	pick := func(names ...string) string {
		for _, want := range names {
			for _, n := range z.Names {
				if strings.EqualFold(n, want) {
					return n
				}
			}
		}
		return ""
	}
	x, y := pick("x", "x_train", "features", "images", "data"), pick("y", "y_train", "labels", "targets", "target")
	if x == "" || y == "" {
		return fmt.Errorf("%s has the arrays %s: none is called x and y, or x_train and y_train", path, strings.Join(z.Names, ", "))
	}
	ax, err := z.Read(x)
	if err != nil {
		return fmt.Errorf("%s: array %s: %w", path, x, err)
	}
	ay, err := z.Read(y)
	if err != nil {
		return fmt.Errorf("%s: array %s: %w", path, y, err)
	}
	args := ""
	if x != "x" {
		args += fmt.Sprintf(", x = %q", x)
	}
	if y != "y" {
		args += fmt.Sprintf(", y = %q", y)
	}
	tx, ty := pick("x_test"), pick("y_test")
	if tx != "" && ty != "" {
		args += fmt.Sprintf(", x_test = %q, y_test = %q", tx, ty)
	}
	classify := ay.Integer && len(ay.Shape) == 1
	test := tx != "" && ty != ""
	switch len(ax.Shape) {
	case 2:
		d.Arrays = &Arrays{args: args, test: test, examples: ax.Shape[0], numbers: ax.Shape[1], classify: classify}
		return nil
	case 3, 4:
		if !classify {
			return errors.New("the archive holds images with targets that are no classes, for which there is no first program; start from netc new digits")
		}
		channels := 1
		if len(ax.Shape) == 4 {
			channels = ax.Shape[3]
		}
		d.Images = &Images{Height: ax.Shape[1], Width: ax.Shape[2], Channels: channels, Examples: ax.Shape[0], ownTest: test,
			parts: func(o Options) string { return fmt.Sprintf("npz(%s%s)", o.pathFrom(path), args) }}
		return nil
	}
	return fmt.Errorf("array %s of %s has the shape %v; examples are rows of numbers, or images", x, path, ax.Shape)
}

func (d *Data) writeImages(b *bytes.Buffer, o Options) error {
	m := d.Images
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	source := m.source
	if source == "" {
		source = m.parts(o)
	}
	what := "gray"
	if m.Channels == 3 {
		what = "color"
	}
	line("// A first program for %s images of %d x %d pixels: a small convolutional network.", what, m.Height, m.Width)
	line("// netc check says what it makes of it; netc run trains it; netc ablate measures its tricks.")
	line("net 1\n\ndata %s {", o.Name)
	line("  from %s", source)
	switch {
	case m.ownValid && m.ownTest:
	case m.ownValid:
		line("  split test = 15%%, by = class // the source has a validation set of its own")
	case m.ownTest:
		line("  split valid = 10%%, by = class // the test set is the source's own")
	default:
		line("  split train = 70%%, valid = 15%%, test = 15%%, by = class // every part gets its share of each class")
	}
	if m.resize > 0 {
		line("  resize %d // the images differ in size, or are large", m.resize)
	}
	line("  scale standardize // by statistics of the training part alone")
	size := min(m.Height, m.Width)
	switch {
	case m.Channels == 3:
		line("  augment {\n    flip horizontal, p = 0.5 // leave it out where left and right matter\n    shift 10%%\n  }")
	case size >= 16:
		line("  augment {\n    shift 7%% // add flip horizontal where left and right do not matter\n  }")
	}
	line("}\n")
	line("block conv_norm_act(channels, stride = 1) {\n  conv channels, kernel = 3, stride = stride\n  norm batch\n  act relu\n}\n")
	line("model net(width = 16) {\n  input %s\n  init he instead of glorot", o.Name)
	stages := 0
	for s := size; s > 4 && stages < 4; s /= 2 {
		factor := ""
		if stages > 0 {
			factor = fmt.Sprintf("%d * ", 1<<stages)
		}
		line("  conv_norm_act %swidth", factor)
		line("  pool max, kernel = 2")
		stages++
	}
	factor := ""
	if stages > 0 {
		factor = fmt.Sprintf("%d * ", 1<<stages)
	}
	line("  conv_norm_act %swidth", factor)
	line("  pool average, global\n  dropout 0.2\n  dense classes\n}\n")
	examples := m.Examples
	if examples == 0 {
		examples = 1000
	}
	if !m.ownTest {
		examples = examples * 7 / 10
	}
	batch := batchFor(examples)
	epochs := min(60, max(8, 3000/max(1, examples/batch)))
	line("train {\n  loss cross_entropy\n  optimizer adamw(lr = 3e-3)\n  schedule cosine\n  warmup 5%%\n  batch %d\n  epochs %d\n  seed 1\n}\n", batch, epochs)
	line("// What does each trick contribute? netc ablate trains with each of them off, over paired seeds.")
	line("study {\n  metric test.accuracy, margin = 0.5%%\n  seeds 6\n}")
	return nil
}

func (d *Data) writeRows(b *bytes.Buffer, o Options) error {
	a := d.Arrays
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("// A first program for %d rows of %d numbers.", a.examples, a.numbers)
	line("// netc check says what it makes of it; netc run trains it; netc ablate measures its tricks.")
	line("net 1\n\ndata %s {\n  from npz(%s%s)", o.Name, o.pathFrom(d.Path), a.args)
	by := ""
	if a.classify {
		by = ", by = class"
	}
	if a.test {
		line("  split valid = 15%%%s // the test set is the source's own", by)
	} else {
		line("  split train = 70%%, valid = 15%%, test = 15%%%s", by)
	}
	line("  scale standardize // by statistics of the training part alone")
	loss, out, metric := "cross_entropy", "classes", "test.accuracy, margin = 1%"
	if !a.classify {
		line("  scale standardize, on = target // results are still in their own units")
		loss, out, metric = "mse", "targets", "test.rmse"
	}
	line("}\n\nmodel net(width = 64, depth = 2) {\n  input %s\n  repeat depth {\n    dense width\n    act relu instead of tanh as relu\n    dropout 0.1\n  }\n  dense %s\n}\n", o.Name, out)
	batch := batchFor(a.examples)
	epochs := min(100, max(10, 3000/max(1, a.examples*7/10/batch)))
	line("train {\n  loss %s\n  optimizer adamw(lr = 3e-3)\n  schedule cosine\n  batch %d\n  epochs %d\n  stop early(patience = %d epochs)\n  seed 1\n}\n", loss, batch, epochs, max(5, epochs/5))
	line("// What does each trick contribute? netc ablate trains with each of them off, over paired seeds.")
	line("study {\n  metric %s\n  seeds 8\n}", metric)
	return nil
}

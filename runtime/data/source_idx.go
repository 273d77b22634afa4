package data

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data/format"
)

var idxSource = &sourceKind{
	Signature: catalog.Signature{
		Kind: catalog.Source, Name: "idx",
		Doc:   "Images and labels in IDX files, as MNIST and Fashion-MNIST are published, .gz or not. A folder is searched for train-images-idx3-ubyte, train-labels-idx1-ubyte and, as the test set, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte; or name the files.",
		Paper: "LeCun, Bottou, Bengio and Haffner 1998, Proc. IEEE 86:2278-2324 (MNIST)",
		Params: []catalog.Param{
			{Name: "path", Doc: "folder with the files", Type: catalog.Text(), Positional: true, Default: catalog.Nothing()},
			{Name: "images", Doc: "file of the training images", Type: catalog.Text(), Default: catalog.Nothing()},
			{Name: "labels", Doc: "file of the training labels", Type: catalog.Text(), Default: catalog.Nothing()},
			{Name: "test_images", Doc: "file of the test images", Type: catalog.Text(), Default: catalog.Nothing()},
			{Name: "test_labels", Doc: "file of the test labels", Type: catalog.Text(), Default: catalog.Nothing()},
			{Name: "classes", Doc: "names of the classes, in order of the labels; 0, 1, … by default", Type: catalog.ListOf(catalog.Text()), Default: catalog.Nothing()},
		},
		Foreign: []string{"mnist", "MNIST", "ubyte"},
	},
	images:   true,
	describe: func(c *config) (*outline, error) { s, err := readIDX(c, false); return c.outlineOf(s), err },
	read:     func(c *config) (*source, error) { return readIDX(c, true) },
	guess: func(c *config) *outline {
		return c.resized(&outline{shape: []int{28, 28, 1}, top: 255, classes: numbered(10, c.call.Args.Texts("classes")), targets: []string{""}})
	},
}

// idxFile is one file of the source: its path and the argument that named it.
type idxFile struct {
	path string
	span diag.Span
}

// idxFiles finds the four files; the last two have no path when there is no test set.
func (c *config) idxFiles() (files [4]idxFile, err error) {
	names := [4]string{"images", "labels", "test_images", "test_labels"}
	published := [4]string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}
	dotted := [4]string{"train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"}
	dir := c.path("path")
	for i, name := range names {
		files[i].span = c.arg(name)
		if files[i].path = c.path(name); files[i].path != "" || dir == "" {
			continue
		}
		for _, stem := range []string{published[i], dotted[i]} {
			for _, ending := range []string{"", ".gz"} {
				at := filepath.Join(dir, stem+ending)
				if _, err := os.Stat(at); err == nil && files[i].path == "" {
					files[i].path = at
				}
			}
		}
		if files[i].path == "" && i < 2 {
			if _, err := os.Stat(dir); err != nil {
				return files, c.fileError(BadIDX, c.arg("path"), dir, err)
			}
			return files, c.missing(c.arg("path"), filepath.Join(dir, published[i]))
		}
	}
	if dir == "" && (files[0].path == "" || files[1].path == "") {
		return files, diag.Errorf(BadSource, c.span, "idx needs a folder, or both images and labels").
			WithHelp("write idx(\"folder\"), or idx(images = \"…\", labels = \"…\")")
	}
	if (files[2].path == "") != (files[3].path == "") {
		have, lack := 2, 3
		if files[2].path == "" {
			have, lack = 3, 2
		}
		return files, diag.Errorf(BadSource, files[have].span, "there are %s, %s, but no %s", names[have], c.shown(files[have].path), names[lack]).
			WithHelp("name the file with %s = \"…\"", names[lack])
	}
	return files, nil
}

// readIDX reads the files; without pixels it stops at the headers of the images.
func readIDX(c *config, pixels bool) (*source, error) {
	files, err := c.idxFiles()
	if err != nil {
		return nil, err
	}
	s := &source{outline: outline{top: 255, targets: []string{""}}}
	for part := 0; part < 4 && files[part].path != ""; part += 2 {
		dims, data, err := c.readIDXFile(files[part], pixels)
		if err != nil {
			return nil, err
		}
		labelDims, labels, err := c.readIDXFile(files[part+1], true)
		if err != nil {
			return nil, err
		}
		shape, err := c.idxShape(files[part], dims)
		if err != nil {
			return nil, err
		}
		if len(labelDims) != 1 {
			return nil, diag.Errorf(BadIDX, files[part+1].span, "%s: labels have one axis, this file has %d", c.shown(files[part+1].path), len(labelDims)).
				WithHelp("name the file of the labels, such as train-labels-idx1-ubyte")
		}
		if dims[0] != labelDims[0] {
			return nil, diag.Errorf(CountMismatch, files[part+1].span, "%s has %d labels and %s %d images",
				c.shown(files[part+1].path), labelDims[0], c.shown(files[part].path), dims[0]).
				WithHelp("the two files do not belong together; fetch them again")
		}
		if part == 0 {
			s.shape, s.n = shape, dims[0]
		} else {
			s.ownTest, s.hasTest = dims[0], true
			if !slices.Equal(shape, s.shape) {
				return nil, diag.Errorf(CountMismatch, files[part].span, "the test images are %v and the training images %v (height, width, channels)", shape, s.shape).
					WithHelp("the files do not belong together; fetch them again")
			}
		}
		if problem := c.idxClasses(s, files[part+1], labels, part == 2); problem != nil {
			return nil, problem
		}
		if !pixels {
			continue
		}
		s.labels = append(s.labels, toLabels(labels)...)
		if part == 0 {
			s.bytes = data
		} else {
			s.bytes = append(s.bytes, data...)
		}
	}
	if !pixels {
		return s, nil
	}
	return c.resize(s), nil
}

func (c *config) readIDXFile(f idxFile, whole bool) (dims []int, data []byte, err error) {
	r, err := format.Open(f.path)
	if err != nil {
		return nil, nil, c.fileError(BadIDX, f.span, f.path, err)
	}
	defer r.Close()
	if whole {
		dims, data, err = format.ReadIDX(r)
	} else {
		dims, err = format.ReadIDXHeader(r)
	}
	if err != nil {
		return nil, nil, c.fileError(BadIDX, f.span, f.path, err)
	}
	return dims, data, nil
}

// idxShape turns the sizes of an image file into height, width, channels.
func (c *config) idxShape(f idxFile, dims []int) ([]int, error) {
	if (len(dims) != 3 && len(dims) != 4) || slices.Contains(dims[1:], 0) {
		return nil, diag.Errorf(BadIDX, f.span, "%s: images have the axes example, height, width and perhaps channel; this file has the sizes %v", c.shown(f.path), dims).
			WithHelp("name the file of the images, such as train-images-idx3-ubyte")
	}
	if len(dims) == 4 {
		return dims[1:], nil
	}
	return []int{dims[1], dims[2], 1}, nil
}

// idxClasses checks the labels of a part. The training labels say how many classes there are, unless they are named.
func (c *config) idxClasses(s *source, f idxFile, labels []byte, test bool) error {
	if !test {
		if s.classes = c.call.Args.Texts("classes"); len(s.classes) == 0 && len(labels) > 0 {
			s.classes = numbered(int(slices.Max(labels))+1, nil)
		}
	}
	for i, label := range labels {
		if int(label) >= len(s.classes) {
			return diag.Errorf(LabelOutOfRange, f.span, "%s: label %d of example %d is outside of the %d classes", c.shown(f.path), label, i, len(s.classes)).
				WithHelp("labels count from 0; name every class with classes = [\"…\", …], or fetch the file again")
		}
	}
	return nil
}

// outlineOf is the outline of what was read, with the size that resize gives.
func (c *config) outlineOf(s *source) *outline {
	if s == nil {
		return nil
	}
	return c.resized(&s.outline)
}

// notHere reports whether an error says that a file does not exist.
func notHere(err error) bool {
	var d *diag.Diagnostic
	return errors.As(err, &d) && d.Code == FileMissing || errors.Is(err, fs.ErrNotExist)
}

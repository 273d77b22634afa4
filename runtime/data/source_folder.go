package data

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data/format"
)

var folderSource = &sourceKind{
	Signature: catalog.Signature{
		Kind: catalog.Source, Name: "folder",
		Doc: "PNG and JPEG images, one folder a class: cats/1.jpg, dogs/7.png. With folders train, and valid or test beside it, the class folders are inside of them and the parts are the source's own.",
		Params: []catalog.Param{
			{Name: "path", Doc: "folder of the class folders", Type: catalog.Text(), Positional: true},
			{Name: "color", Doc: "rgb for 3 channels, gray for 1; images of the other kind are converted", Type: catalog.Word("rgb", "gray"), Default: catalog.W("rgb")},
		},
		Foreign: []string{"ImageFolder", "image_folder", "images"},
	},
	images:   true,
	describe: describeFolder,
	read:     readFolder,
	guess: func(c *config) *outline {
		return c.resized(&outline{shape: []int{224, 224, c.channels()}, top: 255, classes: numbered(10, nil), targets: []string{""}})
	},
}

func (c *config) channels() int {
	if c.call.Args.Text("color") == "gray" {
		return 1
	}
	return 3
}

// imageFile is one file of the source and its class.
type imageFile struct {
	path  string
	label int32
}

// folderFiles lists the images without opening them: classes by name, files by name within a class.
func (c *config) folderFiles() (o *outline, files []imageFile, notes []string, err error) {
	root := c.path("path")
	span := c.arg("path")
	o = &outline{top: 255, targets: []string{""}}
	dirs, _, err := c.listFolder(root, span)
	if err != nil {
		return nil, nil, nil, err
	}
	trees := []string{root}
	if slices.Contains(dirs, "train") {
		trees = []string{filepath.Join(root, "train"), "", ""}
		for _, d := range dirs {
			switch d {
			case "train":
			case "valid", "val", "validation":
				trees[1], o.hasValid = filepath.Join(root, d), true
			case "test":
				trees[2], o.hasTest = filepath.Join(root, d), true
			default:
				return nil, nil, nil, diag.Errorf(BadFolder, span, "%s stands beside %s; there can be train, valid and test, or class folders, not both",
					c.shown(filepath.Join(root, d)), c.shown(trees[0])).WithHelp("move the class folders into train, or rename train")
			}
		}
	}
	passed := 0
	var example string
	for part, tree := range trees {
		if tree == "" {
			continue
		}
		classes, loose, err := c.listFolder(tree, span)
		if err != nil {
			return nil, nil, nil, err
		}
		if len(classes) == 0 {
			return nil, nil, nil, diag.Errorf(BadFolder, span, "%s has no class folders", c.shown(tree)).
				WithHelp("put the images of each class into a folder of its own, named after the class")
		}
		if part == 0 {
			o.classes = classes
		}
		passed += len(loose)
		if len(loose) > 0 {
			example = filepath.Join(tree, loose[0])
		}
		count := 0
		for _, class := range classes {
			label := slices.Index(o.classes, class)
			if label < 0 {
				d := diag.Errorf(LabelOutOfRange, span, "%s is a class that %s does not have", c.shown(filepath.Join(tree, class)), c.shown(trees[0]))
				return nil, nil, nil, suggest(d, class, o.classes, "rename or remove the folder")
			}
			inside, names, err := c.listFolder(filepath.Join(tree, class), span)
			if err != nil {
				return nil, nil, nil, err
			}
			found := 0
			for _, name := range names {
				path := filepath.Join(tree, class, name)
				switch strings.ToLower(filepath.Ext(name)) {
				case ".png", ".jpg", ".jpeg":
					files = append(files, imageFile{path, int32(label)})
					found++
				default:
					passed++
					example = path
				}
			}
			if len(inside) > 0 {
				passed += len(inside)
				example = filepath.Join(tree, class, inside[0])
			}
			if found == 0 && part == 0 {
				return nil, nil, nil, diag.Errorf(BadFolder, span, "the class folder %s has no PNG or JPEG image", c.shown(filepath.Join(tree, class))).
					WithHelp("remove the folder, or put images into it")
			}
			count += found
		}
		*[]*int{&o.n, &o.ownValid, &o.ownTest}[part] = count
	}
	if passed > 0 {
		notes = append(notes, fmt.Sprintf("passed over %s that hold no PNG or JPEG image of a class, such as %s", entries(passed), c.shown(example)))
	}
	return o, files, notes, nil
}

// listFolder lists a folder, hidden entries left out, in order of name.
func (c *config) listFolder(dir string, span diag.Span) (dirs, files []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, c.fileError(BadFolder, span, dir, err)
	}
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir() || isDir(filepath.Join(dir, e.Name())): // a link to a folder counts as one
			dirs = append(dirs, e.Name())
		default:
			files = append(files, e.Name())
		}
	}
	return dirs, files, nil
}

func describeFolder(c *config) (*outline, error) {
	o, files, _, err := c.folderFiles()
	if err != nil {
		return nil, err
	}
	h, w, err := c.imageSize(files[0].path)
	if err != nil {
		return nil, err
	}
	o.shape = []int{h, w, c.channels()}
	return c.resized(o), nil
}

func (c *config) imageSize(path string) (h, w int, err error) {
	data, err := os.ReadFile(path)
	if err == nil {
		h, w, err = format.ImageSize(data)
	}
	if err != nil {
		return 0, 0, c.fileError(BadImage, c.arg("path"), path, err)
	}
	return h, w, nil
}

// readFolder decodes all images, on all cores. Of several bad images the first is named, whichever core finds
// one first.
func readFolder(c *config) (*source, error) {
	o, files, notes, err := c.folderFiles()
	if err != nil {
		return nil, err
	}
	h, w, err := c.imageSize(files[0].path)
	if err != nil {
		return nil, err
	}
	o.shape = []int{h, w, c.channels()}
	target := c.resized(o)
	s := &source{outline: *target, notes: notes}
	size := s.features()
	s.bytes = make([]byte, len(files)*size)
	for _, f := range files {
		s.labels = append(s.labels, f.label)
	}
	errs := make([]error, len(files))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				if errs[i] = c.readImage(files[i].path, files[0].path, h, w, s.bytes[i*size:(i+1)*size]); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return s.finish(), nil
}

// readImage decodes one image into out, resized when the section says so; otherwise it must be h x w like the
// first.
func (c *config) readImage(path, first string, h, w int, out []byte) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return c.fileError(BadImage, c.arg("path"), path, err)
	}
	height, width, pixels, err := format.DecodeImage(data, c.channels())
	if err != nil {
		return c.fileError(BadImage, c.arg("path"), path, err)
	}
	if r := c.resizer(); r != nil {
		r.apply(out, pixels, height, width, c.channels())
		return nil
	}
	if height != h || width != w {
		return diag.Errorf(ImageSizes, c.arg("path"), "%s is %d x %d pixels and %s %d x %d", c.shown(first), w, h, c.shown(path), width, height).
			WithHelp("make all images one size with a line such as: resize %d", min(h, w, height, width))
	}
	copy(out, pixels)
	return nil
}

func entries(n int) string {
	if n == 1 {
		return "1 file or folder"
	}
	return fmt.Sprintf("%d files and folders", n)
}

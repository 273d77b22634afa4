package data

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data/format"
)

var cifar10Source = &sourceKind{
	Signature: catalog.Signature{
		Kind: catalog.Source, Name: "cifar10",
		Doc:   "CIFAR-10 in its binary version: a folder with data_batch_1.bin to data_batch_5.bin and, as the test set, test_batch.bin, .gz or not; or single files.",
		Paper: "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
		Params: []catalog.Param{
			{Name: "path", Doc: "folder with the batches, or files of training batches", Type: catalog.ListOf(catalog.Text()), Positional: true},
			{Name: "test", Doc: "file of the test batch, when it is not in the folder", Type: catalog.Text(), Default: catalog.Nothing()},
		},
		Foreign: []string{"cifar", "CIFAR10"},
	},
	images:   true,
	describe: describeCIFAR10,
	read:     readCIFAR10,
	guess:    func(c *config) *outline { return c.resized(cifarOutline()) },
}

func cifarOutline() *outline {
	return &outline{shape: []int{32, 32, 3}, top: 255, targets: []string{""},
		classes: []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}}
}

var cifarBatch = regexp.MustCompile(`^data_batch_(\d+)(.*)\.bin(\.gz)?$`)

// cifarFiles finds the training batches, and the test batch or "".
func (c *config) cifarFiles() (train []string, test string, err error) {
	test = c.path("test")
	for _, text := range c.call.Args.Texts("path") {
		path := text
		if !filepath.IsAbs(path) {
			path = filepath.Join(c.base, path)
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, "", c.fileError(BadCIFAR, c.arg("path"), path, err)
		}
		if !info.IsDir() {
			train = append(train, path)
			continue
		}
		if sub := filepath.Join(path, "cifar-10-batches-bin"); isDir(sub) {
			path = sub
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, "", c.fileError(BadCIFAR, c.arg("path"), path, err)
		}
		// One file a batch number: the plain name before one with an addition, unpacked before packed.
		best := map[string]string{}
		for _, e := range entries {
			m := cifarBatch.FindStringSubmatch(e.Name())
			if m == nil {
				if name := strings.TrimSuffix(e.Name(), ".gz"); name == "test_batch.bin" && test == "" {
					test = filepath.Join(path, e.Name())
				}
				continue
			}
			if old := best[m[1]]; old == "" || len(e.Name()) < len(old) {
				best[m[1]] = e.Name()
			}
		}
		if len(best) == 0 {
			return nil, "", c.missing(c.arg("path"), filepath.Join(path, "data_batch_1.bin"))
		}
		names := make([]string, 0, len(best))
		for _, name := range best {
			names = append(names, filepath.Join(path, name))
		}
		slices.Sort(names)
		train = append(train, names...)
	}
	return train, test, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// describeCIFAR10 counts the records by the sizes of the files; of packed files it reads them.
func describeCIFAR10(c *config) (*outline, error) {
	train, test, err := c.cifarFiles()
	if err != nil {
		return nil, err
	}
	o := cifarOutline()
	o.hasTest = test != ""
	for _, f := range append(train, test) {
		if f == "" {
			continue
		}
		info, err := os.Stat(f)
		if err != nil {
			return nil, c.fileError(BadCIFAR, c.arg("path"), f, err)
		}
		if strings.HasSuffix(f, ".gz") {
			o.uncounted = true
		}
		if records := int(info.Size()) / format.CIFARRecord; f == test {
			o.ownTest += records
		} else {
			o.n += records
		}
	}
	if o.uncounted {
		o.n, o.ownTest = 0, 0
	}
	return c.resized(o), nil
}

func readCIFAR10(c *config) (*source, error) {
	train, test, err := c.cifarFiles()
	if err != nil {
		return nil, err
	}
	s := &source{outline: *cifarOutline()}
	s.hasTest = test != ""
	for i, f := range append(train, test) {
		if f == "" {
			continue
		}
		span := c.arg("path")
		if i == len(train) {
			span = c.arg("test")
		}
		pixels, labels, err := c.readCIFARFile(f, span)
		if err != nil {
			return nil, err
		}
		s.bytes = append(s.bytes, pixels...)
		s.labels = append(s.labels, toLabels(labels)...)
		if i == len(train) {
			s.ownTest = len(labels)
		} else {
			s.n += len(labels)
		}
	}
	return c.resize(s), nil
}

func (c *config) readCIFARFile(path string, span diag.Span) (pixels, labels []byte, err error) {
	r, err := format.Open(path)
	if err != nil {
		return nil, nil, c.fileError(BadCIFAR, span, path, err)
	}
	defer r.Close()
	pixels, labels, err = format.ReadCIFAR10(r)
	if err != nil {
		return nil, nil, c.fileError(BadCIFAR, span, path, err)
	}
	return pixels, labels, nil
}

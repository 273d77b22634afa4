package data

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/data/format"
)

var npzSource = &sourceKind{
	Signature: catalog.Signature{
		Kind: catalog.Source, Name: "npz",
		Doc: "Arrays of a NumPy archive (numpy.savez). x is examples x features, or examples x height x width (x channels) for images; unsigned bytes are images of 0 to 255. " +
			"y of whole numbers means classification, y of floats regression (examples, or examples x targets). Arrays x_test and y_test, where named, are the test set.",
		Params: []catalog.Param{
			{Name: "path", Doc: "the file", Type: catalog.Text(), Positional: true},
			{Name: "x", Doc: "array of the features", Type: catalog.Text(), Default: catalog.S("x")},
			{Name: "y", Doc: "array of the targets", Type: catalog.Text(), Default: catalog.S("y")},
			{Name: "x_test", Doc: "array of the test features", Type: catalog.Text(), Default: catalog.Nothing()},
			{Name: "y_test", Doc: "array of the test targets", Type: catalog.Text(), Default: catalog.Nothing()},
			{Name: "classes", Doc: "names of the classes, in order of the labels; 0, 1, … by default", Type: catalog.ListOf(catalog.Text()), Default: catalog.Nothing()},
		},
		Foreign: []string{"numpy", "npy"},
	},
	images: true,
	read:   readNPZ,
	guess: func(c *config) *outline {
		return c.resized(&outline{shape: []int{28, 28, 1}, top: 255, classes: numbered(10, c.call.Args.Texts("classes")), targets: []string{""}})
	},
}

func itoa(i int) string { return strconv.Itoa(i) }

// npzReader reads the arrays that the source names.
type npzReader struct {
	*config
	file string
	npz  *format.NPZ
}

func readNPZ(c *config) (*source, error) {
	r := &npzReader{config: c, file: c.path("path")}
	f, err := os.Open(r.file)
	if err != nil {
		return nil, c.fileError(BadNPZ, c.arg("path"), r.file, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, c.fileError(BadNPZ, c.arg("path"), r.file, err)
	}
	if r.npz, err = format.OpenNPZ(f, info.Size()); err != nil {
		return nil, c.fileError(BadNPZ, c.arg("path"), r.file, err)
	}
	s := &source{}
	if err := r.part(s, "x", "y", false); err != nil {
		return nil, err
	}
	hasX, hasY := c.call.Args.Has("x_test"), c.call.Args.Has("y_test")
	if hasX != hasY {
		return nil, diag.Errorf(BadSource, c.span, "x_test and y_test belong together, and only one is named").
			WithHelp("name both, or neither")
	}
	if hasX {
		s.hasTest = true
		if err := r.part(s, "x_test", "y_test", true); err != nil {
			return nil, err
		}
	}
	if s.top > 0 {
		return c.resize(s), nil
	}
	if n := c.sec.Find("resize"); n != nil {
		return nil, diag.Errorf(WrongSetting, n.Span, "resize works on images of bytes, and array %s holds other numbers", c.call.Args.Text("x")).
			WithHelp("save the images as unsigned bytes: x.astype(\"uint8\")")
	}
	return s.finish(), nil
}

// array reads the array that an argument names.
func (r *npzReader) array(arg string) (*format.Array, string, error) {
	name := r.call.Args.Text(arg)
	if !r.npz.Has(name) {
		d := diag.Errorf(BadNPZ, r.arg(arg), "%s has no array %q", r.shown(r.file), name)
		return nil, name, suggest(d, name, r.npz.Names, "its arrays are "+strings.Join(r.npz.Names, ", ")+"; name one with "+arg+" = \"…\"")
	}
	a, err := r.npz.Read(name)
	if err != nil {
		return nil, name, r.fileError(BadNPZ, r.arg(arg), r.file, err)
	}
	return a, name, nil
}

func (r *npzReader) part(s *source, xArg, yArg string, test bool) error {
	x, xName, err := r.array(xArg)
	if err != nil {
		return err
	}
	y, yName, err := r.array(yArg)
	if err != nil {
		return err
	}
	shape, problem := r.exampleShape(x, xName, xArg)
	if problem != nil {
		return problem
	}
	if x.Rows() != y.Rows() {
		return diag.Errorf(CountMismatch, r.arg(yArg), "array %s has %d examples and array %s has %d", xName, x.Rows(), yName, y.Rows()).
			WithHelp("name the arrays that belong together with x = \"…\", y = \"…\"")
	}
	top := 0
	if x.Bytes != nil && len(shape) == 3 {
		top = 255
	}
	if test {
		s.ownTest = x.Rows()
		if !slices.Equal(shape, s.shape) || top != s.top {
			return diag.Errorf(CountMismatch, r.arg(xArg), "an example of array %s has the shape %v and of array %s %v, or their types differ", xName, shape, r.call.Args.Text("x"), s.shape).
				WithHelp("training and test examples must be alike")
		}
	} else {
		s.n, s.shape, s.top = x.Rows(), shape, top
		if len(shape) == 1 {
			for i := range shape[0] {
				s.numbers = append(s.numbers, fmt.Sprintf("%s%d", xName, i+1))
			}
		}
	}
	switch {
	case top > 0:
		s.bytes = append(s.bytes, x.Bytes...)
	default:
		values := floatsOf(x)
		for i, v := range values {
			if math.IsInf(float64(v), 0) || (v != v && r.sec.Find("impute") == nil) {
				return diag.Errorf(MissingValue, r.arg(xArg), "array %s holds %v in example %d", xName, v, i/(len(values)/x.Rows())).
					WithHelp("replace it in the array; NaN counts as missing and is filled by: impute median")
			}
		}
		s.floats = append(s.floats, values...)
	}
	return r.targets(s, y, yName, yArg, test)
}

// exampleShape is the shape of one example of x.
func (r *npzReader) exampleShape(x *format.Array, name, arg string) ([]int, error) {
	if len(x.Shape) < 2 || len(x.Shape) > 4 || slices.Contains(x.Shape[1:], 0) {
		return nil, diag.Errorf(BadNPZ, r.arg(arg), "array %s has the shape %v; features are examples x numbers, or examples x height x width (x channels)", name, x.Shape).
			WithHelp("reshape the array before saving it, or name another with %s = \"…\"", arg)
	}
	shape := slices.Clone(x.Shape[1:])
	if len(shape) == 2 {
		shape = append(shape, 1)
	}
	return shape, nil
}

func floatsOf(a *format.Array) []float32 {
	if a.Bytes == nil {
		return a.Floats
	}
	list := make([]float32, len(a.Bytes))
	for i, b := range a.Bytes {
		list[i] = float32(b)
	}
	return list
}

const maxClasses = 1 << 16

func (r *npzReader) targets(s *source, y *format.Array, name, arg string, test bool) error {
	width := 1
	switch {
	case len(y.Shape) == 2 && y.Shape[1] > 0:
		width = y.Shape[1]
	case len(y.Shape) != 1:
		return diag.Errorf(BadNPZ, r.arg(arg), "array %s has the shape %v; targets are one a row, or examples x targets", name, y.Shape).
			WithHelp("reshape the array before saving it, or name another with %s = \"…\"", arg)
	}
	values := floatsOf(y)
	for i, v := range values {
		if v != v || math.IsInf(float64(v), 0) {
			return diag.Errorf(MissingValue, r.arg(arg), "array %s: the target of example %d is %v", name, i/width, v).
				WithHelp("remove the example: what is to be predicted cannot be guessed")
		}
	}
	if !test {
		s.targets = []string{""}
		if width > 1 {
			s.targets = s.targets[:0]
			for i := range width {
				s.targets = append(s.targets, fmt.Sprintf("%s%d", name, i+1))
			}
		}
		if y.Integer && width == 1 && len(values) > 0 {
			most := slices.Max(values)
			if most >= maxClasses {
				return diag.Errorf(LabelOutOfRange, r.arg(arg), "array %s has labels up to %v, too many classes", name, most).
					WithHelp("for regression save the targets as floats: y.astype(\"float32\")")
			}
			s.classes = numbered(max(1, int(most)+1), r.call.Args.Texts("classes"))
		}
	}
	classes := len(s.classes) > 0
	if width != len(s.targets) || classes != (y.Integer && width == 1) {
		return diag.Errorf(CountMismatch, r.arg(arg), "array %s and array %s are of different kinds: both must be class labels, or have the same number of targets", name, r.call.Args.Text("y")).
			WithHelp("save both alike")
	}
	if !classes {
		s.y = append(s.y, values...)
		return nil
	}
	for i, v := range values {
		if v < 0 || int(v) >= len(s.classes) {
			return diag.Errorf(LabelOutOfRange, r.arg(arg), "array %s: label %v of example %d is outside of the %d classes", name, v, i, len(s.classes)).
				WithHelp("labels count from 0; name every class with classes = [\"…\", …]; for regression save floats")
		}
		s.labels = append(s.labels, int32(v))
	}
	return nil
}

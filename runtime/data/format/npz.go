package format

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Array is an array of a NumPy file in C order.
type Array struct {
	Shape   []int
	Bytes   []byte    // of unsigned bytes
	Floats  []float32 // of every other type
	Integer bool      // the type is a whole number (or true/false)
}

// Rows is the size of the first axis.
func (a *Array) Rows() int {
	if len(a.Shape) == 0 {
		return 0
	}
	return a.Shape[0]
}

// NPZ is an archive of NumPy arrays, as numpy.savez and savez_compressed write.
type NPZ struct {
	files map[string]*zip.File
	Names []string // of the arrays, in order
}

// OpenNPZ lists an archive of that size.
func OpenNPZ(r io.ReaderAt, size int64) (*NPZ, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, malformed("write it with numpy.savez(\"file.npz\", x=…, y=…)", "not an npz archive: %v", err)
	}
	a := &NPZ{files: map[string]*zip.File{}}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if a.files[name] == nil {
			a.Names = append(a.Names, name)
		}
		a.files[name] = f
	}
	slices.Sort(a.Names)
	return a, nil
}

// Has reports whether the archive has an array of that name.
func (a *NPZ) Has(name string) bool { return a.files[name] != nil }

// Read reads one array of the archive.
func (a *NPZ) Read(name string) (*Array, error) {
	r, err := a.files[name].Open()
	if err != nil {
		return nil, malformed(tryAgain, "array %s: %v", name, err)
	}
	defer r.Close()
	array, err := ReadNPY(r)
	var problem *Error
	if errors.As(err, &problem) {
		return nil, &Error{problem.Kind, "array " + name + ": " + problem.Text, problem.Help}
	}
	return array, err
}

var (
	npyDescr = regexp.MustCompile(`'descr'\s*:\s*'([<>|=]?)([a-zA-Z?])(\d*)'`)
	npyOrder = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape = regexp.MustCompile(`'shape'\s*:\s*\(([\d,\s]*)\)`)
)

const npyHelp = "save plain numeric arrays: numpy.savez(\"file.npz\", x=x.astype(\"float32\"), y=y)"

// ReadNPY reads an array of numbers in NumPy's format, versions 1 to 3 (NEP 1). It is written here because a
// reader for data sets must survive any bytes: the header is parsed strictly and its sizes are not believed.
func ReadNPY(r io.Reader) (*Array, error) {
	head, err := readUpTo(r, 8)
	if err != nil {
		return nil, err
	}
	if len(head) < 8 || string(head[:6]) != "\x93NUMPY" {
		return nil, malformed(npyHelp, "not a NumPy array")
	}
	lengthBytes := 2
	if head[6] >= 2 {
		lengthBytes = 4
	}
	if head[6] < 1 || head[6] > 3 {
		return nil, malformed(npyHelp, "version %d of NumPy's array format is not known", head[6])
	}
	field, err := readUpTo(r, lengthBytes)
	if err != nil {
		return nil, err
	}
	if len(field) < lengthBytes {
		return nil, malformed(tryAgain, "the array ends within its header")
	}
	length := int(binary.LittleEndian.Uint32(append(field, 0, 0)[:4]))
	if length > 1<<20 {
		return nil, malformed(tryAgain, "the array's header is nonsense: %d bytes long", length)
	}
	text, err := readUpTo(r, length)
	if err != nil {
		return nil, err
	}
	descr, order, shape := npyDescr.FindSubmatch(text), npyOrder.FindSubmatch(text), npyShape.FindSubmatch(text)
	if len(text) < length || order == nil || shape == nil {
		return nil, malformed(tryAgain, "the array's header is damaged")
	}
	if descr == nil {
		return nil, malformed(npyHelp, "the array does not hold plain numbers: %s", strings.TrimSpace(string(text)))
	}
	a := &Array{}
	total := 1
	for _, field := range strings.Split(string(shape[1]), ",") {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		d, err := strconv.Atoi(field)
		if err != nil || (d > 0 && total > maxElements/8/d) {
			return nil, malformed(tryAgain, "the array's shape (%s) is nonsense", shape[1])
		}
		a.Shape = append(a.Shape, d)
		total *= d
	}
	size := 1
	if len(descr[3]) > 0 {
		size, _ = strconv.Atoi(string(descr[3]))
	}
	decode, integer, ok := npyDecoder(descr[2][0], size, string(descr[1]) == ">")
	if !ok {
		return nil, malformed(npyHelp, "the array's type %s%s is not read; unsigned bytes, whole numbers and floats are", descr[2], descr[3])
	}
	a.Integer = integer
	raw, err := readUpTo(r, total*size)
	if err != nil {
		return nil, err
	}
	if len(raw) < total*size {
		return nil, malformed(tryAgain, "the array is cut short: its shape %s needs %d bytes and %d follow", times(a.Shape), total*size, len(raw))
	}
	if end, err := atEnd(r); err != nil {
		return nil, err
	} else if !end {
		return nil, malformed(tryAgain, "the array is longer than its shape %s says", times(a.Shape))
	}
	if string(order[1]) == "True" {
		raw = rowMajor(raw, a.Shape, size)
	}
	if decode == nil {
		a.Bytes = raw
		return a, nil
	}
	a.Floats = make([]float32, total)
	for i := range a.Floats {
		a.Floats[i] = decode(raw[i*size:])
	}
	return a, nil
}

// npyDecoder gives the reader of one element; it is nil for unsigned bytes, which stay as they are.
func npyDecoder(kind byte, size int, big bool) (decode func([]byte) float32, integer, ok bool) {
	var order binary.ByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	switch string(kind) + strconv.Itoa(size) {
	case "u1":
		return nil, true, true
	case "b1", "?1":
		return func(b []byte) float32 { return float32(min(b[0], 1)) }, true, true
	case "i1":
		return func(b []byte) float32 { return float32(int8(b[0])) }, true, true
	case "u2":
		return func(b []byte) float32 { return float32(order.Uint16(b)) }, true, true
	case "i2":
		return func(b []byte) float32 { return float32(int16(order.Uint16(b))) }, true, true
	case "u4":
		return func(b []byte) float32 { return float32(order.Uint32(b)) }, true, true
	case "i4":
		return func(b []byte) float32 { return float32(int32(order.Uint32(b))) }, true, true
	case "u8":
		return func(b []byte) float32 { return float32(order.Uint64(b)) }, true, true
	case "i8":
		return func(b []byte) float32 { return float32(int64(order.Uint64(b))) }, true, true
	case "f2":
		return func(b []byte) float32 { return half(order.Uint16(b)) }, false, true
	case "f4":
		return func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) }, false, true
	case "f8":
		return func(b []byte) float32 { return float32(math.Float64frombits(order.Uint64(b))) }, false, true
	}
	return nil, false, false
}

// half widens an IEEE 754 half-precision number.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0:
		f := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// rowMajor turns Fortran order, first axis fastest, into C order.
func rowMajor(raw []byte, shape []int, size int) []byte {
	out := bytes.NewBuffer(make([]byte, 0, len(raw)))
	strides := make([]int, len(shape))
	step := size
	for i, d := range shape {
		strides[i] = step
		step *= d
	}
	index := make([]int, len(shape))
	for range len(raw) / size {
		at := 0
		for i, k := range index {
			at += k * strides[i]
		}
		out.Write(raw[at : at+size])
		for i := len(index) - 1; i >= 0; i-- {
			if index[i]++; index[i] < shape[i] {
				break
			}
			index[i] = 0
		}
	}
	return out.Bytes()
}

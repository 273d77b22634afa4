// Package safetensors reads and writes tensors in the safetensors format (github.com/huggingface/safetensors):
// 8 bytes with the length of a JSON header, the header, and the tensors' little-endian bytes behind it.
//
//	{"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//
// Offsets count from the end of the header; the tensors cover every byte of the rest exactly once.
// The types F32, F64, I64 and U8 are read and written. A file that is cut off, or whose header says what cannot be, is an
// error; nothing is allocated on the word of a header beyond the size of the file itself.
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sort"
	"strings"
)

// Tensor is a named array. Exactly one of the data fields is set, and its length is the product of Shape.
type Tensor struct {
	Name  string
	Shape []int // empty for a scalar
	F32   []float32
	F64   []float64
	I64   []int64
	U8    []byte
}

// File is the content of a safetensors file.
type File struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// maxHeader is the format's own limit on the header.
const maxHeader = 100_000_000

// Get returns the tensor of that name, or nil.
func (f *File) Get(name string) *Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

func (t *Tensor) dtype() (name string, width, length int, err error) {
	n := 0
	if t.F32 != nil {
		n, name, width, length = n+1, "F32", 4, len(t.F32)
	}
	if t.F64 != nil {
		n, name, width, length = n+1, "F64", 8, len(t.F64)
	}
	if t.I64 != nil {
		n, name, width, length = n+1, "I64", 8, len(t.I64)
	}
	if t.U8 != nil {
		n, name, width, length = n+1, "U8", 1, len(t.U8)
	}
	if n != 1 {
		return "", 0, 0, fmt.Errorf("tensor %s has %d kinds of data, not one", t.Name, n)
	}
	if size, ok := product(t.Shape); !ok || size != int64(length) {
		return "", 0, 0, fmt.Errorf("tensor %s has %d elements but the shape %v", t.Name, length, t.Shape)
	}
	return name, width, length, nil
}

// product is the number of elements of a shape; false for a negative axis or one that overflows.
func product(shape []int) (int64, bool) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt64/16/int64(d) {
			return 0, false
		}
		n *= int64(d)
	}
	return n, true
}

// Write writes the file. Tensors keep their order; the header is padded so that data start at a
// multiple of 8 bytes.
func (f *File) Write(w io.Writer) error {
	header := map[string]any{}
	if len(f.Metadata) > 0 {
		header["__metadata__"] = f.Metadata
	}
	at := int64(0)
	for i := range f.Tensors {
		t := &f.Tensors[i]
		name, width, length, err := t.dtype()
		if err != nil {
			return err
		}
		if _, dup := header[t.Name]; dup || t.Name == "__metadata__" {
			return fmt.Errorf("two tensors are called %s", t.Name)
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		end := at + int64(width)*int64(length)
		header[t.Name] = entry{name, shape, [2]int64{at, end}}
		at = end
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	if len(text) > maxHeader {
		return fmt.Errorf("the header of %d bytes is longer than the format allows", len(text))
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	for i := range f.Tensors {
		if err := f.Tensors[i].write(w); err != nil {
			return err
		}
	}
	return nil
}

// write writes the elements through a small buffer.
func (t *Tensor) write(w io.Writer) error {
	if t.U8 != nil {
		_, err := w.Write(t.U8)
		return err
	}
	const block = 4096
	buf := make([]byte, 0, 8*block)
	flush := func(i, n int) error {
		if len(buf) < 8*block-8 && i < n-1 {
			return nil
		}
		_, err := w.Write(buf)
		buf = buf[:0]
		return err
	}
	for i, v := range t.F32 {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		if err := flush(i, len(t.F32)); err != nil {
			return err
		}
	}
	for i, v := range t.F64 {
		buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
		if err := flush(i, len(t.F64)); err != nil {
			return err
		}
	}
	for i, v := range t.I64 {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(v))
		if err := flush(i, len(t.I64)); err != nil {
			return err
		}
	}
	return nil
}

// ReadFile reads the file at path. Errors name it.
func ReadFile(path string) (*File, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Parse reads the bytes of a file. Tensors come in the order of their data.
func Parse(b []byte) (*File, error) {
	if len(b) < 8 {
		return nil, fmt.Errorf("not a safetensors file: %d bytes, the length of the header alone takes 8", len(b))
	}
	n, rest := binary.LittleEndian.Uint64(b), b[8:]
	if n > uint64(len(rest)) || n > maxHeader {
		return nil, fmt.Errorf("not a safetensors file, or cut off: the header is said to have %d bytes, %d follow", n, len(rest))
	}
	text, data := rest[:n], rest[n:]
	if len(text) == 0 || text[0] != '{' {
		return nil, errors.New("not a safetensors file: the header does not start with {")
	}
	f := &File{}
	entries, err := f.header(text)
	if err != nil {
		return nil, err
	}
	at := int64(0)
	for _, e := range entries {
		if e.Offsets[0] != at || e.Offsets[1] < at {
			return nil, fmt.Errorf("tensor %s claims bytes [%d, %d); the data before it end at %d", e.name, e.Offsets[0], e.Offsets[1], at)
		}
		if e.Offsets[1] > int64(len(data)) {
			return nil, fmt.Errorf("tensor %s claims bytes up to %d, but only %d are there: the file is cut off", e.name, e.Offsets[1], len(data))
		}
		t, err := e.tensor(data[e.Offsets[0]:e.Offsets[1]])
		if err != nil {
			return nil, err
		}
		f.Tensors = append(f.Tensors, t)
		at = e.Offsets[1]
	}
	if at != int64(len(data)) {
		return nil, fmt.Errorf("%d bytes behind the last tensor belong to none", int64(len(data))-at)
	}
	return f, nil
}

type named struct {
	name string
	entry
}

// header reads the JSON and returns the entries in the order of their data. A name that stands twice is an error,
// which a plain map would hide.
func (f *File) header(text []byte) ([]named, error) {
	bad := func(err error) error { return fmt.Errorf("the safetensors header is damaged: %w", err) }
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, bad(err)
	}
	var list []named
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, bad(err)
		}
		name, ok := key.(string)
		if !ok {
			return nil, bad(fmt.Errorf("%v stands where a name should", key))
		}
		if seen[name] {
			return nil, bad(fmt.Errorf("%q stands twice", name))
		}
		seen[name] = true
		if name == "__metadata__" {
			if err := d.Decode(&f.Metadata); err != nil {
				return nil, bad(err)
			}
			continue
		}
		// Offsets decode into a slice first: an array would take one with too few or too many numbers.
		var e struct {
			DType   *string `json:"dtype"`
			Shape   *[]int  `json:"shape"`
			Offsets []int64 `json:"data_offsets"`
		}
		if err := d.Decode(&e); err != nil {
			return nil, bad(err)
		}
		if e.DType == nil || e.Shape == nil || len(e.Offsets) != 2 {
			return nil, bad(fmt.Errorf("%q lacks a dtype, a shape or two offsets", name))
		}
		list = append(list, named{name, entry{*e.DType, *e.Shape, [2]int64{e.Offsets[0], e.Offsets[1]}}})
	}
	if _, err := d.Token(); err != nil {
		return nil, bad(err)
	}
	if rest := text[d.InputOffset():]; strings.Trim(string(rest), " ") != "" {
		return nil, bad(errors.New("there is something behind its closing brace"))
	}
	// Empty tensors share their offset with the next one and stand before it.
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].Offsets, list[j].Offsets
		if a[0] != b[0] {
			return a[0] < b[0]
		}
		return a[1] < b[1]
	})
	return list, nil
}

// types are the element types that are read, with their widths in bytes.
var types = map[string]int{"F32": 4, "F64": 8, "I64": 8, "U8": 1}

// others are element types of the format that are not read.
var others = []string{"BOOL", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "I16", "U16", "F16", "BF16", "I32", "U32", "U64", "F4", "F6_E2M3", "F6_E3M2", "C64"}

func (e *named) tensor(raw []byte) (Tensor, error) {
	t := Tensor{Name: e.name, Shape: e.Shape}
	width, ok := types[e.DType]
	if !ok {
		if slices.Contains(others, e.DType) {
			return t, fmt.Errorf("tensor %s has the type %s; only F32, F64, I64 and U8 are read", e.name, e.DType)
		}
		return t, fmt.Errorf("tensor %s has the unknown type %q", e.name, e.DType)
	}
	size, ok := product(e.Shape)
	if !ok || size*int64(width) != int64(len(raw)) {
		return t, fmt.Errorf("tensor %s of type %s and shape %v cannot have %d bytes", e.name, e.DType, e.Shape, len(raw))
	}
	switch e.DType {
	case "F32":
		t.F32 = make([]float32, size)
		for i := range t.F32 {
			t.F32[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case "F64":
		t.F64 = make([]float64, size)
		for i := range t.F64 {
			t.F64[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	case "I64":
		t.I64 = make([]int64, size)
		for i := range t.I64 {
			t.I64[i] = int64(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	case "U8":
		t.U8 = append(make([]byte, 0, size), raw...)
	}
	return t, nil
}

package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sample() *File {
	return &File{
		Metadata: map[string]string{"format": "netc", "note": "\"quoted\" é"},
		Tensors: []Tensor{
			{Name: "a.weight", Shape: []int{2, 3}, F32: []float32{1, -2, float32(math.Inf(1)), 4, 5, 0x1p-140}},
			{Name: "steps", I64: []int64{-7}},
			{Name: "nothing", Shape: []int{0, 4}, F32: []float32{}},
			{Name: "sums", Shape: []int{2}, F64: []float64{math.Pi, math.NaN()}},
			{Name: "bytes", Shape: []int{3}, U8: []byte{1, 2, 255}},
		},
	}
}

func write(t testing.TB, f *File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	b := write(t, sample())
	if n := binary.LittleEndian.Uint64(b); n%8 != 0 {
		t.Errorf("a header of %d bytes leaves the data unaligned", n)
	}
	got, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	want.Tensors[1].Shape = []int{}
	byName := cmpopts.SortSlices(func(a, b Tensor) bool { return a.Name < b.Name })
	if diff := cmp.Diff(want, got, byName, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if got.Get("bytes") == nil || got.Get("no") != nil {
		t.Error("Get finds what is not there, or not what is")
	}
}

func TestLargeTensor(t *testing.T) {
	f := &File{Tensors: []Tensor{{Name: "w", Shape: []int{100_001}, F32: make([]float32, 100_001)}, {Name: "d", Shape: []int{9999}, F64: make([]float64, 9999)}}}
	for i := range f.Tensors[0].F32 {
		f.Tensors[0].F32[i] = float32(i)
	}
	got, err := Parse(write(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, got); diff != "" {
		t.Error(diff)
	}
}

// raw makes a file of a header and data as they are.
func raw(header, data string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+data...)
}

func TestDamage(t *testing.T) {
	whole := write(t, sample())
	for n := range len(whole) {
		if _, err := Parse(whole[:n]); err == nil {
			t.Fatalf("a file cut off after %d of %d bytes passes", n, len(whole))
		}
	}
	for _, c := range []struct{ name, header, data, want string }{
		{"too long", `{}`, "x", "belong to none"},
		{"gap", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xx", "end at 0"},
		{"overlap", `{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xx", "end at 2"},
		{"backwards", `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,-1]}}`, "", "end at 0"},
		{"negative", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, "x", "end at 0"},
		{"beyond", `{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}`, "xx", "cut off"},
		{"wrong shape", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "xxxx", "cannot have 4 bytes"},
		{"negative axes", `{"a":{"dtype":"U8","shape":[-1,-2],"data_offsets":[0,2]}}`, "xx", "cannot have"},
		{"overflow", `{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, "", "cannot have"},
		{"half", `{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, "xx", "only F32"},
		{"unknown type", `{"a":{"dtype":"Q9","shape":[1],"data_offsets":[0,2]}}`, "xx", `unknown type "Q9"`},
		{"no offsets", `{"a":{"dtype":"U8","shape":[1]}}`, "x", "lacks"},
		{"three offsets", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, "x", "lacks"},
		{"fraction", `{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}`, "x", "damaged"},
		{"twice", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "x", "stands twice"},
		{"metadata of another kind", `{"__metadata__":{"a":1}}`, "", "damaged"},
		{"trailing", `{} {}`, "", "behind its closing brace"},
		{"list", `[]`, "", "does not start with {"},
		{"empty", ``, "", "does not start with {"},
	} {
		_, err := Parse(raw(c.header, c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	lie := binary.LittleEndian.AppendUint64(nil, math.MaxUint64)
	if _, err := Parse(append(lie, '{', '}')); err == nil {
		t.Error("a header as long as the world passes")
	}
}

func TestBadTensorsAreNotWritten(t *testing.T) {
	for _, f := range []*File{
		{Tensors: []Tensor{{Name: "none"}}},
		{Tensors: []Tensor{{Name: "two", F32: []float32{1}, U8: []byte{1}}}},
		{Tensors: []Tensor{{Name: "shape", Shape: []int{2}, F32: []float32{1}}}},
		{Tensors: []Tensor{{Name: "a", F32: []float32{1}}, {Name: "a", F32: []float32{1}}}},
		{Tensors: []Tensor{{Name: "__metadata__", F32: []float32{1}}}},
	} {
		if err := f.Write(&bytes.Buffer{}); err == nil {
			t.Errorf("%+v is written", f.Tensors)
		}
	}
	if err := sample().Write(full{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk goes unnoticed: %v", err)
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestPublishedWeights(t *testing.T) {
	const path = "../../../../shared/data/resnet20-cifar10/resnet20.safetensors"
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the published weights are not here: %v", err)
	}
	f, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{16, 3, 3, 3}, f.Get("conv1.weight").Shape); diff != "" {
		t.Error(diff)
	}
	elements := 0
	for _, x := range f.Tensors {
		elements += len(x.F32)
	}
	if len(f.Tensors) != 97 || elements != 271_098 || f.Metadata["license"] != "BSD-2-Clause" {
		t.Errorf("%d tensors, %d elements, metadata %v", len(f.Tensors), elements, f.Metadata)
	}
	if _, err := ReadFile(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(write(f, sample()))
	f.Add(raw(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "x"))
	f.Add(raw(`{}   `, ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse(b)
		if err != nil {
			return
		}
		again, err := Parse(write(t, file))
		if err != nil {
			t.Fatalf("what was read is not written readably: %v", err)
		}
		byName := cmpopts.SortSlices(func(a, b Tensor) bool { return a.Name < b.Name })
		if diff := cmp.Diff(file, again, byName, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

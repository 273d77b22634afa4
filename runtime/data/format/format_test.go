package format

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sbinet/npyio/npz"
)

func gz(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func idx(dims []int, data []byte) []byte {
	out := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		out = binary.BigEndian.AppendUint32(out, uint32(d))
	}
	return append(out, data...)
}

// wants checks that err is an *Error of that kind, with that text and a help line.
func wants(t *testing.T, err error, kind Kind, text string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Text, text) || e.Help == "" {
		t.Errorf("got %v, want an error about …%s…", err, text)
	}
}

func TestIDX(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	dims, got, err := ReadIDX(bytes.NewReader(idx([]int{2, 2, 2}, data)))
	if err != nil || !cmp.Equal(dims, []int{2, 2, 2}) || !bytes.Equal(got, data) {
		t.Errorf("got %v, %v, %v", dims, got, err)
	}
	for _, c := range []struct {
		data []byte
		text string
	}{
		{nil, "not an IDX file"},
		{[]byte("PNG!"), "starts with 50 4e 47 21"},
		{[]byte{0, 0, 13, 1, 0, 0, 0, 0}, "holds 32-bit floats"},
		{[]byte{0, 0, 7, 1, 0, 0, 0, 0}, "0x7 is no type"},
		{[]byte{0, 0, 8, 3, 0, 0}, "ends within its header"},
		{idx([]int{2, 2}, data[:3]), "cut short: its header promises 2 x 2 = 4 bytes and 3 follow"},
		{idx([]int{2, 2}, data[:5]), "longer than the 2 x 2 = 4 bytes"},
		{idx([]int{1 << 31, 1 << 31, 1 << 31}, nil), "nonsense"},
		{idx([]int{1 << 31, 1 << 8}, nil), "cut short"}, // promises 549 GB, and takes none
	} {
		_, _, err := ReadIDX(bytes.NewReader(c.data))
		wants(t, err, Malformed, c.text)
	}
}

func TestGzip(t *testing.T) {
	packed := gz(idx([]int{3}, []byte{1, 2, 3}))
	read := func(data []byte) error {
		r, err := Unpack(bytes.NewReader(data))
		if err != nil {
			return err
		}
		_, _, err = ReadIDX(r)
		return err
	}
	if err := read(packed); err != nil {
		t.Error(err)
	}
	wants(t, read(packed[:len(packed)-9]), Unreadable, "ends too early")
	wants(t, read(packed[:5]), Unreadable, "ends too early")
	broken := bytes.Clone(packed)
	broken[len(broken)-6] ^= 1 // the checksum at the end
	wants(t, read(broken), Unreadable, "damaged")
}

func TestCIFAR10(t *testing.T) {
	record := make([]byte, CIFARRecord)
	record[0] = 7
	record[1], record[1+1024], record[1+2048] = 10, 20, 30 // red, green, blue of the first pixel
	record[2] = 11
	pixels, labels, err := ReadCIFAR10(bytes.NewReader(append(bytes.Clone(record), record...)))
	if err != nil || !bytes.Equal(labels, []byte{7, 7}) || len(pixels) != 2*CIFARPixels || !bytes.Equal(pixels[:6], []byte{10, 20, 30, 11, 0, 0}) {
		t.Errorf("labels %v, first pixels %v, %v", labels, pixels[:6], err)
	}
	_, _, err = ReadCIFAR10(bytes.NewReader(record[:3000]))
	wants(t, err, Malformed, "record 1 has 3000")
	_, _, err = ReadCIFAR10(bytes.NewReader(nil))
	wants(t, err, Malformed, "empty")
	record[0] = 12
	_, _, err = ReadCIFAR10(bytes.NewReader(record))
	wants(t, err, Label, "record 1 has the label 12")
}

// npy writes an array as NEP 1 says.
func npy(descr string, fortran bool, shape string, data []byte) []byte {
	order := map[bool]string{true: "True", false: "False"}[fortran]
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape)
	head += strings.Repeat(" ", 63-(10+len(head))%64) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), byte(len(head)), byte(len(head)>>8))
	return append(append(out, head...), data...)
}

func TestNPY(t *testing.T) {
	le := binary.LittleEndian
	for _, c := range []struct {
		name string
		data []byte
		want Array
	}{
		{"u1", npy("|u1", false, "(2, 2)", []byte{1, 2, 3, 255}), Array{Shape: []int{2, 2}, Bytes: []byte{1, 2, 3, 255}, Integer: true}},
		{"fortran", npy("|u1", true, "(2, 3)", []byte{1, 2, 3, 4, 5, 6}), Array{Shape: []int{2, 3}, Bytes: []byte{1, 3, 5, 2, 4, 6}, Integer: true}},
		{"b1", npy("|b1", false, "(2,)", []byte{0, 1}), Array{Shape: []int{2}, Floats: []float32{0, 1}, Integer: true}},
		{"i1", npy("|i1", false, "(2,)", []byte{255, 1}), Array{Shape: []int{2}, Floats: []float32{-1, 1}, Integer: true}},
		{"i2 big", npy(">i2", false, "(2,)", []byte{255, 254, 1, 0}), Array{Shape: []int{2}, Floats: []float32{-2, 256}, Integer: true}},
		{"i4", npy("<i4", false, "(1,)", []byte{0xfd, 255, 255, 255}), Array{Shape: []int{1}, Floats: []float32{-3}, Integer: true}},
		{"i8", npy("<i8", false, "(1,)", le.AppendUint64(nil, ^uint64(4))), Array{Shape: []int{1}, Floats: []float32{-5}, Integer: true}},
		{"u2", npy("<u2", false, "(1,)", []byte{1, 1}), Array{Shape: []int{1}, Floats: []float32{257}, Integer: true}},
		{"u4", npy("<u4", false, "(1,)", []byte{1, 1, 0, 0}), Array{Shape: []int{1}, Floats: []float32{257}, Integer: true}},
		{"u8", npy("<u8", false, "(1,)", []byte{2, 0, 0, 0, 0, 0, 0, 0}), Array{Shape: []int{1}, Floats: []float32{2}, Integer: true}},
		{"f4", npy("<f4", false, "(1, 1)", le.AppendUint32(nil, math.Float32bits(1.5))), Array{Shape: []int{1, 1}, Floats: []float32{1.5}}},
		{"f8", npy("<f8", false, "(1,)", le.AppendUint64(nil, math.Float64bits(-2.5))), Array{Shape: []int{1}, Floats: []float32{-2.5}}},
		{"f2", npy("<f2", false, "(6,)", []byte{0, 0x3c, 0, 0xc1, 1, 0, 0xff, 0x7b, 0, 0x7c, 0, 0x80}),
			Array{Shape: []int{6}, Floats: []float32{1, -2.5, 5.9604645e-08, 65504, float32(math.Inf(1)), 0}}},
		{"no axis", npy("|u1", false, "()", []byte{9}), Array{Bytes: []byte{9}, Integer: true}},
		{"no element", npy("<f4", false, "(0, 3)", nil), Array{Shape: []int{0, 3}}},
	} {
		got, err := ReadNPY(bytes.NewReader(c.data))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(&c.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for _, c := range []struct {
		data []byte
		text string
	}{
		{nil, "not a NumPy array"},
		{[]byte("\x93NUMPY\x07\x00xxxx"), "version 7"},
		{[]byte("\x93NUMPY\x01\x00\xff"), "within its header"},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "nonsense"},
		{[]byte("\x93NUMPY\x01\x00\x10\x00{'descr'"), "damaged"},
		{npy("<U5", false, "(1,)", make([]byte, 20)), "type U5 is not read"},
		{npy("|O", false, "(1,)", nil), "type O is not read"},
		{npy("<f4", false, "(3,)", make([]byte, 8)), "cut short: its shape 3 needs 12 bytes and 8 follow"},
		{npy("<f4", false, "(1,)", make([]byte, 8)), "longer than its shape"},
		{npy("<f8", false, "(99999999999, 99999999999)", nil), "nonsense"},
		{npy("<f8", false, "(100000000000,)", nil), "cut short"}, // promises 800 GB, and takes none
		{append(npy("[('a', '<f4')]", false, "(1,)", nil), 0), "does not hold plain numbers"},
	} {
		_, err := ReadNPY(bytes.NewReader(c.data))
		wants(t, err, Malformed, c.text)
	}
}

// Archives of another writer.
func TestNPZ(t *testing.T) {
	var b bytes.Buffer
	w := npz.NewWriter(&b)
	for name, v := range map[string]any{"x.npy": []float32{1, 2, 3}, "y.npy": []int64{4, -5}} {
		if err := w.Write(name, v); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	a, err := OpenNPZ(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"x", "y"}, a.Names); diff != "" || !a.Has("x") || a.Has("z") {
		t.Error(diff)
	}
	y, err := a.Read("y")
	if diff := cmp.Diff(&Array{Shape: []int{2}, Floats: []float32{4, -5}, Integer: true}, y); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	_, err = OpenNPZ(bytes.NewReader([]byte("no archive")), 10)
	wants(t, err, Malformed, "not an npz archive")
}

func scan(c CSV, text string) (out []string, err error) {
	err = c.Scan(strings.NewReader(text),
		func(columns []string) error { out = append(out, strings.Join(columns, "|")); return nil },
		func(line int, cells []string) error {
			out = append(out, fmt.Sprint(line, " ", strings.Join(cells, "|")))
			return nil
		})
	return out, err
}

func TestCSV(t *testing.T) {
	header := CSV{Separator: ',', Header: true}
	for _, c := range []struct {
		name string
		csv  CSV
		text string
		want []string
	}{
		{"plain", header, "a,b\n1,2\n3,4\n", []string{"a|b", "2 1|2", "3 3|4"}},
		{"spaces", header, "a, b\n 1 , x y \n", []string{"a|b", "2 1|x y"}},
		{"quotes", header, "a,b\n\"1,5\",\"two\nlines\"\n3,\"say \"\"no\"\"\"\n", []string{"a|b", "2 1,5|two\nlines", "4 3|say \"no\""}},
		{"empty cells and lines", header, "a,b\n\n,\n", []string{"a|b", "3 |"}},
		{"byte order mark, CRLF", header, "\xef\xbb\xbfa,b\r\n1,2\r\n", []string{"a|b", "2 1|2"}},
		{"no header", CSV{Separator: ','}, "1,2\n3,4\n", []string{"column1|column2", "1 1|2", "2 3|4"}},
		{"names", CSV{Separator: ',', Names: []string{"x", "y"}}, "1,2\n", []string{"x|y", "1 1|2"}},
		{"names for a header", CSV{Separator: ',', Header: true, Names: []string{"x", "y"}}, "569,30\n1,2\n", []string{"x|y", "2 1|2"}},
		{"skip", CSV{Separator: ';', Header: true, Skip: 1}, "made by\na;b\n1;2\n", []string{"a|b", "3 1|2"}},
		{"tabulators", CSV{Separator: '\t', Header: true}, "a\tb\n\t2\n", []string{"a|b", "2 |2"}},
		{"short", header, "a\n1", []string{"a", "2 1"}},
	} {
		got, err := scan(c.csv, c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	for _, c := range []struct {
		csv  CSV
		text string
		kind Kind
		want string
	}{
		{header, "", Malformed, "no rows"},
		{header, "a,b\n1,2\n3\n", Ragged, `line 3 has 1 cells and the table 2 columns: there is none for column "b"`},
		{header, "a,b\n1,2,9\n", Ragged, `line 2 has 3 cells and the table 2 columns: "9" stands after the last column, "b"`},
		{header, "a,a\n", Malformed, `two columns are called "a"`},
		{header, "a,\n", Malformed, "column 2 of the header has no name"},
		{CSV{Separator: ',', Names: []string{"x"}}, "1,2\n", Malformed, "1 names are given for the 2 columns"},
	} {
		_, err := scan(c.csv, c.text)
		wants(t, err, c.kind, c.want)
	}
}

func picture(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{byte(10 * x), byte(10 * y), 99, 255})
		}
	}
	return m
}

func encodePNG(m image.Image) []byte {
	var b bytes.Buffer
	png.Encode(&b, m)
	return b.Bytes()
}

func TestImages(t *testing.T) {
	m := picture(3, 2)
	h, w, pixels, err := DecodeImage(encodePNG(m), 3)
	want := []byte{0, 0, 99, 10, 0, 99, 20, 0, 99, 0, 10, 99, 10, 10, 99, 20, 10, 99}
	if err != nil || h != 2 || w != 3 || !bytes.Equal(pixels, want) {
		t.Errorf("got %d x %d, %v, %v", h, w, pixels, err)
	}
	m.SetNRGBA(0, 0, color.NRGBA{255, 255, 255, 0}) // transparent
	m.SetNRGBA(1, 0, color.NRGBA{255, 255, 255, 255})
	_, _, pixels, err = DecodeImage(encodePNG(m), 1)
	if err != nil || len(pixels) != 6 || pixels[0] != 0 || pixels[1] != 255 {
		t.Errorf("gray: %v, %v", pixels, err)
	}
	var b bytes.Buffer
	jpeg.Encode(&b, picture(16, 16), &jpeg.Options{Quality: 100})
	_, _, pixels, err = DecodeImage(b.Bytes(), 3)
	if err != nil || len(pixels) != 768 || pixels[2] < 90 || pixels[2] > 108 {
		t.Errorf("jpeg: %v", err)
	}
	_, _, err = ImageSize([]byte("GIF89a"))
	wants(t, err, Malformed, "not a readable PNG or JPEG")
	data := encodePNG(picture(30, 30))
	_, _, _, err = DecodeImage(data[:len(data)/2], 3)
	wants(t, err, Malformed, "not a readable PNG or JPEG")

	// A header that promises 60000 x 60000 pixels.
	binary.BigEndian.PutUint32(data[16:], 60000)
	binary.BigEndian.PutUint32(data[20:], 60000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	_, _, _, err = DecodeImage(data, 3)
	wants(t, err, Malformed, "nonsense: 60000 x 60000")
}

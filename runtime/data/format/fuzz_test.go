package format

import (
	"archive/zip"
	"bytes"
	"errors"
	"runtime"
	"testing"
)

// careful runs a reader on bytes of any kind. It must neither panic nor take memory out of all proportion to the
// bytes that are there, and whatever it dislikes it must say in an *Error.
func careful(t *testing.T, data []byte, read func() error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := read()
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20+uint64(len(data))<<16 {
		t.Errorf("took %d MB for %d bytes", took>>20, len(data))
	}
	var own *Error
	if err != nil && (!errors.As(err, &own) || own.Text == "" || own.Help == "") {
		t.Errorf("%T: %v", err, err)
	}
}

func FuzzIDX(f *testing.F) {
	f.Add(idx([]int{2, 2}, []byte{1, 2, 3, 4}))
	f.Add(idx([]int{1 << 31, 1 << 7}, nil))
	f.Add(gz(idx([]int{3}, []byte{1, 2, 3})))
	f.Fuzz(func(t *testing.T, data []byte) {
		careful(t, data, func() error {
			r, err := Unpack(bytes.NewReader(data))
			if err != nil {
				return err
			}
			_, _, err = ReadIDX(r)
			return err
		})
	})
}

func FuzzCIFAR10(f *testing.F) {
	f.Add(make([]byte, CIFARRecord))
	f.Add(gz(make([]byte, 5*CIFARRecord)))
	f.Fuzz(func(t *testing.T, data []byte) {
		careful(t, data, func() error {
			r, err := Unpack(bytes.NewReader(data))
			if err != nil {
				return err
			}
			_, _, err = ReadCIFAR10(r)
			return err
		})
	})
}

func FuzzNPY(f *testing.F) {
	f.Add(npy("<f4", false, "(2, 3)", make([]byte, 24)))
	f.Add(npy("|u1", true, "(2, 3)", make([]byte, 6)))
	f.Add(npy(">i8", false, "(1000000000,)", nil))
	f.Add(npy("<f2", true, "()", make([]byte, 2)))
	f.Fuzz(func(t *testing.T, data []byte) {
		careful(t, data, func() error { _, err := ReadNPY(bytes.NewReader(data)); return err })
	})
}

func FuzzNPZ(f *testing.F) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create("x.npy")
	w.Write(npy("<f4", false, "(2,)", make([]byte, 8)))
	z.Close()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		careful(t, data, func() error {
			a, err := OpenNPZ(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				return err
			}
			for _, name := range a.Names {
				if _, err := a.Read(name); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func FuzzImage(f *testing.F) {
	f.Add(encodePNG(picture(4, 3)))
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		careful(t, data, func() error {
			h, w, pixels, err := DecodeImage(data, 3)
			if err == nil && len(pixels) != h*w*3 {
				t.Errorf("%d x %d pixels in %d bytes", h, w, len(pixels))
			}
			return err
		})
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,2\n", true)
	f.Add("\xef\xbb\xbfa;b\n\"1\n,2", false)
	f.Add("a,\"b\nc", true)
	f.Fuzz(func(t *testing.T, text string, header bool) {
		careful(t, []byte(text), func() error {
			width := 0
			return CSV{Separator: ',', Header: header}.Scan(bytes.NewReader([]byte(text)),
				func(columns []string) error { width = len(columns); return nil },
				func(line int, cells []string) error {
					if len(cells) != width || line < 1 {
						t.Errorf("line %d has %d cells of %d", line, len(cells), width)
					}
					return nil
				})
		})
	})
}

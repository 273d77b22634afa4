package main

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
)

// array is one array of a NumPy archive.
type array struct {
	name  string
	shape []int
	data  any // []float32 or []int64
}

// writeNPZ writes a NumPy archive.
func writeNPZ(file string, arrays ...array) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for _, a := range arrays {
		w, err := z.CreateHeader(&zip.FileHeader{Name: a.name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		kind := "<f4"
		if _, whole := a.data.([]int64); whole {
			kind = "<i8"
		}
		shape := strings.TrimSuffix(strings.ReplaceAll(strings.Trim(fmt.Sprint(a.shape), "[]"), " ", ", "), ",") + ","
		header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, shape)
		const before = 10 // magic, version and length
		header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
		if _, err := fmt.Fprintf(w, "\x93NUMPY\x01\x00%c%c%s", len(header)&255, len(header)>>8, header); err != nil {
			return err
		}
		if err := binary.Write(w, binary.LittleEndian, a.data); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

package cpu

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// only2 are the kernels for AVX2 that have no version for AVX-512, which are then used in its place, with the reason.
var only2 = map[string]string{
	"poolMaxRow":     "channels of a pixel are few",
	"poolMaxGradRow": "channels of a pixel are few",
	"transpose8":     "packing is a small part of a product",
}

// only2Files are the files whose kernels have none.
var only2Files = map[string]string{
	"vector_amd64.s": "sparse products, copies, and rules with penalties are laid out for 8 numbers at a time",
	"conv_amd64.s":   "Winograd's transforms wait for memory; its products are tiles, which have one",
}

var text = regexp.MustCompile(`(?m)^TEXT ·(\w+)\(`)

func kernelsIn(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		t.Skip("the sources are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range text.FindAllStringSubmatch(string(data), -1) {
		names = append(names, m[1])
	}
	return names
}

// A kernel for AVX2 has a version for AVX-512, or is in the table of those that have none.
func TestKernelsWithoutAVX512(t *testing.T) {
	wide := map[string]bool{}
	for _, name := range kernelsIn(t, "kernels512_amd64.s") {
		wide[name] = true
	}
	files, err := filepath.Glob("*_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, file := range files {
		if file == "kernels512_amd64.s" {
			continue
		}
		all := kernelsIn(t, file)
		if only2Files[file] != "" {
			continue
		}
		for _, name := range all {
			if !strings.HasPrefix(name, "tile") && !wide["zmm"+strings.ToUpper(name[:1])+name[1:]] {
				missing[name] = true
			}
		}
	}
	listed := map[string]bool{}
	for name := range only2 {
		listed[name] = true
	}
	if d := cmp.Diff(listed, missing); d != "" {
		t.Errorf("kernels without a version for AVX-512 (-only2, +found); add one, or the reason to only2:\n%s", d)
	}
}

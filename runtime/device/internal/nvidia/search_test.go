package nvidia

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/device/internal/dl"
	"github.com/netc-lang/netc/runtime/device/internal/stub"
)

// TestPlaces holds the order in which a library is looked for.
func TestPlaces(t *testing.T) {
	root := t.TempDir()
	for _, f := range []string{
		"mine/libnvrtc.so.12", "also mine/libnvrtc.so.12",
		"usr/local/cuda/lib64/libnvrtc.so.12", "usr/local/cuda-12.9/lib64/libnvrtc.so.12", "usr/local/cuda-12.10/lib64/libnvrtc.so.12", "usr/local/cuda-13.0/lib64/libnvrtc.so.13",
		"usr/lib/" + triple() + "-linux-gnu/libnvrtc.so.11.2",
		"conda/lib/libnvrtc.so.12", "conda/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
		"venv/lib/python3.13/site-packages/nvidia/cu13/lib/libnvrtc.so.13",
		"home/.local/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
		"py/bin/python3", "py/lib/python3.14/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
		"asked/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
	} {
		p := filepath.Join(root, f)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := &search{
		root: root,
		env: func(k string) string {
			return map[string]string{
				PathVariable: filepath.Join(root, "mine") + string(filepath.ListSeparator) + filepath.Join(root, "also mine"), "CONDA_PREFIX": filepath.Join(root, "conda"),
				"VIRTUAL_ENV": filepath.Join(root, "venv"), "HOME": filepath.Join(root, "home"), "PATH": filepath.Join(root, "py/bin"),
			}[k]
		},
		python: func() []string { return []string{filepath.Join(root, "asked")} },
	}
	list, err := s.places(libnvrtc, true)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range list {
		got = append(got, strings.Replace(strings.TrimPrefix(p.path, root+"/"), triple(), "x86_64", 1))
	}
	want := []string{
		"mine/libnvrtc.so.12", "also mine/libnvrtc.so.12",
		"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so",
		"usr/local/cuda/lib64/libnvrtc.so.12", "usr/local/cuda-13.0/lib64/libnvrtc.so.13", "usr/local/cuda-12.10/lib64/libnvrtc.so.12", "usr/local/cuda-12.9/lib64/libnvrtc.so.12",
		"usr/lib/x86_64-linux-gnu/libnvrtc.so.11.2",
		"conda/lib/libnvrtc.so.12",
		"venv/lib/python3.13/site-packages/nvidia/cu13/lib/libnvrtc.so.13",
		"conda/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
		"py/lib/python3.14/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
		"home/.local/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
		"asked/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPathVariable refuses folders that are none, since nothing that a user says is ignored.
func TestPathVariable(t *testing.T) {
	d, _ := pretended(t)
	t.Setenv(PathVariable, "/no/such/folder")
	_, err := d.Devices()
	if err == nil || !strings.Contains(err.Error(), "NETC_CUDA_PATH names /no/such/folder, which is not a folder") {
		t.Error(err)
	}
}

// TestNewerLibrariesArePassedOver takes the libraries that fit the driver, and opens what does not work only to say why.
func TestNewerLibrariesArePassedOver(t *testing.T) {
	s := stub.New(t)
	dir := t.TempDir()
	for _, f := range []string{"libcublas.so.13", "libcublas.so.12"} {
		if err := os.Symlink(filepath.Join(s.Dir, "libcuda.so.1"), filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	find := &search{env: func(k string) string { return map[string]string{PathVariable: dir}[k] }, python: func() []string { return nil }}
	lib, err := find.open(libcublas, 12, anything)
	if err != nil {
		t.Fatal(err)
	}
	if got := filepath.Base(lib.Path); got != "libcublas.so.12" {
		t.Errorf("for a driver of CUDA 12, %s was opened", got)
	}
	if lib, err = find.open(libcublas, 13, anything); err != nil || filepath.Base(lib.Path) != "libcublas.so.13" {
		t.Errorf("for a driver of CUDA 13: %v, %v", lib, err)
	}
	if _, err = find.open(libcublas, 11, anything); err == nil || !strings.Contains(err.Error(), "libcublas.so.12 is for CUDA 12, the driver for CUDA 11") {
		t.Errorf("for a driver of CUDA 11: %v", err)
	}
	// A library that cannot be used does not end the search, and its error is the one to tell where no other can.
	refuse := func(base string) func(*dl.Library) error {
		return func(l *dl.Library) error {
			if base == "" || filepath.Base(l.Path) == base {
				return fmt.Errorf("%s is no good", filepath.Base(l.Path))
			}
			return nil
		}
	}
	if lib, err = find.open(libcublas, 13, refuse("libcublas.so.13")); err != nil || filepath.Base(lib.Path) != "libcublas.so.12" {
		t.Errorf("behind one that is refused: %v, %v", lib, err)
	}
	if _, err = find.open(libcublas, 13, refuse("")); err == nil || err.Error() != "libcublas.so.13 is no good" {
		t.Errorf("where all are refused: %v", err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "libcublas.so.12"), []byte("no library"), 0o755); err != nil {
		t.Fatal(err)
	}
	find.env = func(k string) string { return map[string]string{PathVariable: broken}[k] }
	if _, err = find.open(libcublas, 12, anything); err == nil || !strings.Contains(err.Error(), "was found but does not open") {
		t.Errorf("a file that is no library: %v", err)
	}
}

// TestPythonIsNotAsked looks for the driver without starting Python, since every run on the processor does.
func TestPythonIsNotAsked(t *testing.T) {
	asked := false
	s := &search{root: t.TempDir(), env: func(string) string { return "" }, python: func() []string { asked = true; return nil }}
	missing := libcuda
	missing.files = []string{"libnetc-none.so.1"}
	if _, err := s.open(missing, 0, anything); err == nil || asked {
		t.Errorf("libcuda: Python was asked: %v; %v", asked, err)
	}
	missing = libnvrtc
	missing.files = []string{"libnetc-none.so.1"}
	if _, err := s.open(missing, 0, anything); err == nil || !asked {
		t.Errorf("libnvrtc: Python was asked: %v; %v", asked, err)
	}
}

func anything(*dl.Library) error { return nil }

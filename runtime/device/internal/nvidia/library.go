package nvidia

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/internal/dl"
)

// family is a library that comes in versions.
type family struct {
	name    string
	files   []string // file names, preferred first
	folders []string // where it lies on some systems, apart from the usual places
	first   []string // patterns of libraries that it needs from its own folder, opened before it
	brings  string
	get     string
	needed  bool
}

var (
	libcuda = family{
		name: "libcuda", files: []string{"libcuda.so.1", "libcuda.so"},
		folders: []string{"/usr/lib/wsl/lib", "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/run/opengl-driver/lib", "/usr/lib64/nvidia"},
		brings:  "the driver, without which no NVIDIA device can be used",
		get:     "install NVIDIA's driver, 520 or later (it comes with the card, not with the CUDA toolkit); in a container, start it with the devices (docker run --gpus all)",
		needed:  true,
	}
	libnvrtc = family{
		name: "libnvrtc", files: []string{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"},
		first:  []string{"libnvrtc-builtins.so.[0-9]*"},
		brings: "the compilation of kernels for the device",
		get:    "pip install nvidia-cuda-nvrtc-cu12 (for a driver of CUDA 12) or nvidia-cuda-nvrtc (13), or install a CUDA toolkit; PyTorch with CUDA has it",
		needed: true,
	}
	libcublas = family{
		name: "libcublas", files: []string{"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"},
		first:  []string{"libcublasLt.so.[0-9]*"},
		brings: "matrix products",
		get:    "pip install nvidia-cublas-cu12 (for a driver of CUDA 12) or nvidia-cublas (13), or install a CUDA toolkit; PyTorch with CUDA has it",
		needed: true,
	}
	libcudnn = family{
		name: "libcudnn", files: []string{"libcudnn.so.9"},
		// It opens these by name when it needs them, and ends the program where it finds none, or those of another cuDNN.
		first:  []string{"libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9", "libcudnn_heuristic.so.9", "libcudnn_engines_*.so.9"},
		brings: "NVIDIA's convolutions; without it netc's own kernels compute them",
		get:    "pip install nvidia-cudnn-cu12 (for a driver of CUDA 12) or nvidia-cudnn-cu13 (13); PyTorch with CUDA has it",
	}
)

// major is CUDA's major version in a file name: 12 for libcublas.so.12, 0 where the name does not tell.
func (f family) major(file string) int {
	if f.name == "libcuda" || f.name == "libcudnn" {
		return 0
	}
	_, v, ok := strings.Cut(file, ".so.")
	if !ok {
		return 0
	}
	v, _, _ = strings.Cut(v, ".")
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0
	}
	return n
}

// open finds and opens a library that use can use. Libraries for a newer CUDA than the driver's (limit, its major version; 0 for any) are passed
// over, since what they produce would not run, and so are those that use refuses: the next may do. The error of the first that was refused
// goes before others.
func (s *search) open(f family, limit int, use func(*dl.Library) error) (*dl.Library, error) {
	if !dl.Supported {
		return nil, fmt.Errorf("%w: NVIDIA's libraries are used on linux/amd64 and linux/arm64, not on %s/%s", device.ErrUnavailable, runtime.GOOS, runtime.GOARCH)
	}
	var refused error
	judge := func(lib *dl.Library) error {
		err := use(lib)
		if err != nil && refused == nil {
			refused = err
		}
		return err
	}
	lib, failed, err := s.try(f, limit, false, judge)
	// Python takes its time to answer. The driver's library is never among its packages, and without it the others are of no use.
	if lib == nil && err == nil && f.name != libcuda.name {
		lib, failed, err = s.try(f, limit, true, judge)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", device.ErrUnavailable, err)
	}
	if lib != nil {
		return lib, nil
	}
	if refused != nil {
		return nil, refused
	}
	if len(failed) > 0 {
		return nil, fmt.Errorf("%w: %s was found but does not open: %w", device.ErrUnavailable, f.name, errors.Join(failed...))
	}
	return nil, &device.NotFound{Library: f.name, Looked: s.where()}
}

// try goes through the places. failed tells of files that are there and do not open.
func (s *search) try(f family, limit int, ask bool, judge func(*dl.Library) error) (lib *dl.Library, failed []error, err error) {
	places, err := s.places(f, ask)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range places {
		bare := !strings.Contains(p.path, "/")
		if limit > 0 && p.major > limit {
			if !bare {
				failed = append(failed, fmt.Errorf("%s is for CUDA %d, the driver for CUDA %d", p.path, p.major, limit))
			}
			continue
		}
		if !bare {
			s.before(f, filepath.Dir(p.path))
		}
		lib, err := dl.Open(p.path)
		if err == nil {
			if err = judge(lib); err == nil {
				return lib, nil, nil
			}
			failed = append(failed, errors.Join(err, lib.Close()))
			continue
		}
		if !bare || !strings.Contains(err.Error(), p.path+": cannot open shared object file: No such file") {
			failed = append(failed, err)
		}
	}
	return nil, failed, nil
}

// before opens the libraries that a library needs from its own folder. Where one does not open, the library itself will say why.
func (s *search) before(f family, dir string) {
	for _, pattern := range f.first {
		for _, file := range glob(filepath.Join(dir, pattern)) {
			if info, err := os.Stat(file); err == nil && !info.IsDir() {
				_, _ = dl.Open(file)
			}
		}
	}
}

// hint adds to an error what a library would bring and how to get it, where it is missing.
func (f family) hint(err error) error {
	if !errors.Is(err, device.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w; it brings %s; to get it: %s", err, f.brings, f.get)
}

// told is a family as a driver tells of it.
func (f family) told(lib *dl.Library, version string, err error) device.Library {
	l := device.Library{Name: f.name, Version: version, Brings: f.brings, Get: f.get, Needed: f.needed, Err: err}
	if lib != nil {
		l.Path = lib.File()
	}
	return l
}

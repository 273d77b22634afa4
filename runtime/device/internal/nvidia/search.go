package nvidia

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// PathVariable names folders, separated like those of PATH, in which NVIDIA's libraries are looked for before anywhere else.
const PathVariable = "NETC_CUDA_PATH"

// search knows where libraries may lie. Its fields stand for the machine, so that tests can set another one up.
type search struct {
	root   string              // put before every absolute folder; empty on a real machine
	env    func(string) string // os.Getenv
	python func() []string     // folders in which python3 looks for packages
}

func machine() *search {
	return &search{env: os.Getenv, python: sync.OnceValue(pythonPath)}
}

// place is a candidate for a library: a path, or a bare name for the dynamic loader.
type place struct {
	path  string
	major int // of CUDA, as the file's name tells; 0 where it does not
}

// own are the folders that the user named; an entry that is no folder is an error, since it would be ignored otherwise.
func (s *search) own() ([]string, error) {
	var dirs []string
	for _, d := range filepath.SplitList(s.env(PathVariable)) {
		if d == "" {
			continue
		}
		if info, err := os.Stat(d); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%s names %s, which is not a folder; name folders that hold libcuda, libnvrtc or libcublas, or unset it", PathVariable, d)
		}
		dirs = append(dirs, d)
	}
	return dirs, nil
}

// places lists where a library of the given file names may be, in the order in which to try: the user's folders, the dynamic
// loader's, a toolkit's, the system's, conda's, those of Python packages. Python itself is asked last, and only if ask.
func (s *search) places(f family, ask bool) ([]place, error) {
	own, err := s.own()
	if err != nil {
		return nil, err
	}
	var list []place
	add := func(dirs ...string) {
		for _, d := range dirs {
			for _, n := range f.files {
				p := filepath.Join(d, n)
				if _, err := os.Stat(p); err != nil {
					continue
				}
				if !slices.ContainsFunc(list, func(x place) bool { return x.path == p }) {
					list = append(list, place{p, f.major(n)})
				}
			}
		}
	}
	add(own...)
	for _, n := range f.files {
		list = append(list, place{n, f.major(n)})
	}
	add(s.absolute(f.folders...)...)
	add(s.toolkits()...)
	add(s.system()...)
	if c := s.env("CONDA_PREFIX"); c != "" {
		add(filepath.Join(c, "lib"), filepath.Join(c, "targets", triple()+"-linux", "lib"))
	}
	add(wheels(s.packages())...)
	if ask {
		add(wheels(s.python())...)
	}
	return list, nil
}

// where says in words where was looked.
func (s *search) where() string {
	own := PathVariable + " (not set)"
	if v := s.env(PathVariable); v != "" {
		own = PathVariable + " (" + v + ")"
	}
	return own + ", the dynamic loader's folders, /usr/local/cuda*, the system's library folders, conda's, and nvidia/*/lib among Python's packages"
}

func (s *search) absolute(dirs ...string) []string {
	out := make([]string, len(dirs))
	for i, d := range dirs {
		out[i] = s.root + d
	}
	return out
}

// toolkits are the folders of CUDA toolkits: the one that is chosen first, then the newest.
func (s *search) toolkits() []string {
	dirs := s.absolute("/usr/local/cuda/lib64", "/usr/local/cuda/targets/"+triple()+"-linux/lib", "/opt/cuda/lib64")
	if h := s.env("CUDA_HOME"); h != "" {
		dirs = append([]string{filepath.Join(h, "lib64")}, dirs...)
	}
	more := glob(s.root + "/usr/local/cuda-*/lib64")
	slices.SortFunc(more, func(a, b string) int { return slices.Compare(numbers(b), numbers(a)) })
	return append(dirs, more...)
}

func (s *search) system() []string {
	return s.absolute("/usr/lib/"+triple()+"-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")
}

// packages are the usual folders of Python's packages, found without asking Python.
func (s *search) packages() []string {
	var prefixes []string
	for _, v := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if p := s.env(v); p != "" {
			prefixes = append(prefixes, p)
		}
	}
	for _, dir := range filepath.SplitList(s.env("PATH")) {
		exe := filepath.Join(dir, "python3")
		if _, err := os.Stat(exe); err != nil {
			continue
		}
		prefixes = append(prefixes, filepath.Dir(dir))
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			prefixes = append(prefixes, filepath.Dir(filepath.Dir(real)))
		}
		break
	}
	if h := s.env("HOME"); h != "" {
		prefixes = append(prefixes, filepath.Join(h, ".local"))
	}
	prefixes = append(prefixes, s.absolute("/usr/local", "/usr", "/opt/conda")...)
	var dirs []string
	for _, p := range prefixes {
		for _, pattern := range []string{"lib/python3*/site-packages", "lib/python3*/dist-packages", "lib64/python3*/site-packages", "lib/python3/dist-packages"} {
			dirs = append(dirs, glob(filepath.Join(p, pattern))...)
		}
	}
	return dirs
}

// wheels are the library folders of NVIDIA's Python packages, newest CUDA first.
func wheels(packages []string) []string {
	var dirs []string
	for _, p := range packages {
		more := glob(filepath.Join(p, "nvidia", "*", "lib"))
		slices.SortStableFunc(more, func(a, b string) int { return slices.Compare(numbers(b), numbers(a)) })
		dirs = append(dirs, more...)
	}
	return dirs
}

// pythonPath asks python3 where it looks for packages. It answers with nothing where there is no python3, or a broken one.
func pythonPath() []string {
	exe, err := exec.LookPath("python3")
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, exe, "-c", `import sys; print("\n".join(sys.path))`).Output()
	if err != nil {
		return nil
	}
	var dirs []string
	for line := range strings.Lines(string(out)) {
		if d := strings.TrimSpace(line); d != "" {
			dirs = append(dirs, d)
		}
	}
	return dirs
}

func glob(pattern string) []string {
	m, err := filepath.Glob(pattern)
	if err != nil {
		return nil // a folder's name has brackets; then there is nothing to list
	}
	return m
}

// numbers are the numbers in a path's last parts, to order versions: cuda-12.10 is newer than cuda-12.9.
func numbers(path string) []int {
	var ns []int
	digits := ""
	for _, r := range filepath.Base(filepath.Dir(path)) + "/" {
		if r >= '0' && r <= '9' {
			digits += string(r)
			continue
		}
		if digits != "" {
			n, err := strconv.Atoi(digits)
			if err == nil {
				ns = append(ns, n)
			}
			digits = ""
		}
	}
	return ns
}

// triple is the processor's name in folders of libraries.
func triple() string {
	if runtime.GOARCH == "arm64" {
		return "aarch64"
	}
	return "x86_64"
}

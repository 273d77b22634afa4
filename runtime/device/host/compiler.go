package host

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/netc-lang/netc/runtime/device"
)

//go:embed shim
var shim embed.FS

// compiler is the C++ compiler, and the folder of what it has compiled before.
type compiler struct {
	path    string
	version string // "g++ 12.2.0"
	cache   string
}

// findCompiler looks for g++ (or what CXX names) once.
var findCompiler = sync.OnceValues(func() (*compiler, error) {
	name := os.Getenv("CXX")
	if name == "" {
		name = "g++"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%w: the host device compiles kernels with a C++ compiler, and %q is not in PATH; install g++ or set CXX", device.ErrUnavailable, name)
	}
	if err := canLoad(); err != nil {
		return nil, fmt.Errorf("%w: %w", device.ErrUnavailable, err)
	}
	out, err := exec.Command(path, "-dumpfullversion", "-dumpversion").Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s -dumpversion: %w", device.ErrUnavailable, path, err)
	}
	c := &compiler{path: path, version: filepath.Base(path) + " " + strings.TrimSpace(string(out))}
	c.cache, err = cacheFolder()
	return c, err
})

// cacheFolder is a folder that can be written to: the user's cache, or else a temporary one.
func cacheFolder() (string, error) {
	var places []string
	if dir, err := os.UserCacheDir(); err == nil {
		places = append(places, dir)
	}
	places = append(places, os.TempDir())
	var errs []error
	for _, place := range places {
		dir := filepath.Join(place, "netc", "host-device")
		err := os.MkdirAll(dir, 0o700)
		if err == nil {
			return dir, nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("no folder for compiled kernels: %w", errors.Join(errs...))
}

// flags make code quickly, which takes more time than running it does, and code that rounds every operation by itself. A C compiler may assume that pointers of different types do
// not meet; CUDA code is not written for that.
var flags = []string{"-std=c++17", "-O1", "-ffp-contract=off", "-fno-strict-aliasing", "-fno-exceptions", "-fno-stack-protector", "-fPIC", "-shared", "-fvisibility=hidden", "-w"}

// shared is the path of a shared library made of files, compiled now or earlier; main is the file that is compiled.
func (c *compiler) shared(name, main string, files map[string]string, options []string) (string, error) {
	h := sha256.New()
	args := slices.Concat(flags, options)
	fmt.Fprintf(h, "%s\n%s\n%q\n%s\n", c.path, c.version, args, main)
	for _, f := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %d\n", f, len(files[f]))
		io.WriteString(h, files[f])
	}
	sum := hex.EncodeToString(h.Sum(nil)[:16])
	target := filepath.Join(c.cache, sum+".so")
	if _, err := os.Stat(target); err == nil {
		return target, nil
	}
	dir, err := os.MkdirTemp(c.cache, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	for f, text := range files {
		if f != filepath.Base(f) {
			return "", fmt.Errorf("the header %q lies in a folder; headers have plain names", f)
		}
		if err := os.WriteFile(filepath.Join(dir, f), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	cmd := exec.Command(c.path, append(args, "-I.", "-o", "out.so", main)...)
	cmd.Dir = dir
	if log, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s: %w\n%s", device.ErrBuild, name, err, log)
	}
	// Another process may have made the same; either is good.
	return target, os.Rename(filepath.Join(dir, "out.so"), target)
}

func shimText(name string) string {
	b, err := shim.ReadFile("shim/" + name)
	if err != nil {
		panic("host: " + err.Error()) // embedded
	}
	return string(b)
}

// gemm is the library of matrix products.
func (c *compiler) gemm() (*library, error) {
	path, err := c.shared("gemm.cc", "gemm.cc", map[string]string{"gemm.cc": shimText("gemm.cc")}, []string{"-O3", "-fvisibility=default"})
	if err != nil {
		return nil, err
	}
	return open(path, "netc_gemm")
}

// The patterns are compiled when the first kernel is: most runs of a program have no use for them.
var (
	comments      = pattern(`(?s)//[^\n]*|/\*.*?\*/`)
	dynamicShared = pattern(`extern\s+__shared__\s+(?:__align__\s*\(\s*\d+\s*\)\s*)?([\w\s]+?)\s+(?:__align__\s*\(\s*\d+\s*\)\s*)?(\w+)\s*\[\s*\]\s*;`)
	kernelHead    = pattern(`extern\s+"C"\s+__global__\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?void\s+(?:__launch_bounds__\s*\([^)]*\)\s*)?(\w+)\s*\(`)
)

func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// build compiles kernels.
func (c *compiler) build(s device.Source) (*library, []string, error) {
	plain := comments().ReplaceAllStringFunc(s.Text, func(m string) string { return strings.Repeat("\n", strings.Count(m, "\n")) })
	var names []string
	for _, m := range kernelHead().FindAllStringSubmatch(plain, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf(`%w: %s holds no extern "C" __global__ function`, device.ErrBuild, s.Name)
	}
	all := []string{plain}
	for _, h := range slices.Sorted(maps.Keys(s.Headers)) {
		all = append(all, s.Headers[h])
	}
	meets := meeting(strings.Join(all, "\n"))
	var list strings.Builder
	for _, n := range names {
		fmt.Fprintf(&list, "NETC_KERNEL(%s, %v)\n", n, meets[n])
	}
	files := map[string]string{
		"cuda_on_host.h":   shimText("cuda_on_host.h"),
		"host_launch.h":    shimText("host_launch.h"),
		"host_kernels.inc": list.String(),
		"netc_main.cc": fmt.Sprintf("#include \"cuda_on_host.h\"\n#line 1 %q\n%s\n#include \"host_launch.h\"\n",
			s.Name, dynamicShared().ReplaceAllString(plain, "$1 *$2 = ($1 *)netc_dynamic_shared;")),
	}
	for h, text := range s.Headers {
		files[h] = dynamicShared().ReplaceAllString(text, "$1 *$2 = ($1 *)netc_dynamic_shared;")
	}
	path, err := c.shared(s.Name, "netc_main.cc", files, s.Options)
	if err != nil {
		return nil, nil, err
	}
	l, err := open(path, "netc_kernels", "netc_launch", "netc_release")
	return l, names, err
}

var (
	word    = pattern(`[A-Za-z_]\w*`)
	defined = pattern(`([A-Za-z_]\w*)\s*(\(|$|<|:)|(?:struct|class|namespace|define)\s+([A-Za-z_]\w*)`)
)

// meeting finds the functions whose threads meet: those that name a barrier or an exchange, and those that name one of these. The
// text is cut at the closing braces of its outermost level; every word in front of a piece's first brace is taken for what
// the piece defines, which errs towards too many.
func meeting(text string) map[string]bool {
	found := map[string]bool{}
	for _, n := range []string{"__syncthreads", "__syncthreads_count", "__syncthreads_or", "__syncthreads_and", "__syncwarp",
		"__shfl_sync", "__shfl_up_sync", "__shfl_down_sync", "__shfl_xor_sync", "__ballot_sync", "__any_sync", "__all_sync"} {
		found[n] = true
	}
	common := map[string]bool{}
	for _, w := range strings.Fields("extern C __global__ __device__ __forceinline__ __noinline__ __launch_bounds__ void float double int unsigned long char const static inline struct template class typename namespace bool auto __restrict__ uint32_t float4 float2 define") {
		common[w] = true
	}
	type part struct{ head, words []string }
	var parts []part
	depth, start, brace := 0, 0, -1
	add := func(to int) {
		head := text[start:to]
		if brace >= 0 {
			head = text[start:brace]
		}
		// Parameters and their types are no definitions.
		var names []string
		for _, m := range defined().FindAllStringSubmatch(strings.TrimSpace(head), -1) {
			for _, n := range []string{m[1], m[3]} {
				if n != "" && !common[n] {
					names = append(names, n)
				}
			}
		}
		parts = append(parts, part{names, word().FindAllString(text[start:to], -1)})
		start, brace = to, -1
	}
	for i, ch := range text {
		switch ch {
		case '{':
			if depth == 0 && brace < 0 {
				brace = i
			}
			depth++
		case '}':
			depth--
			if depth == 0 {
				add(i + 1)
			}
		case '\n':
			if depth == 0 && brace < 0 && strings.HasPrefix(strings.TrimSpace(text[start:i]), "#") && !strings.HasSuffix(text[start:i], "\\") {
				add(i + 1)
			}
		}
	}
	add(len(text))
	for again := true; again; {
		again = false
		for _, p := range parts {
			if !slices.ContainsFunc(p.words, func(w string) bool { return found[w] }) {
				continue
			}
			for _, n := range p.head {
				if !found[n] {
					found[n], again = true, true
				}
			}
		}
	}
	return found
}

// Package stub builds a pretended NVIDIA driver with its libraries, for tests on machines that have no card. It is C (testdata/stub.c),
// compiled by gcc when a test asks for it.
package stub

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device/internal/dl"
)

//go:embed testdata/stub.c
var source []byte

// Stub is the pretended driver, in a folder of its own, with a state of its own.
type Stub struct {
	Dir string // holds libcuda.so.1, libnvrtc.so.12, libcublas.so.12 and libcudnn.so.9
	t   testing.TB
	lib *dl.Library
}

// Names are the libraries that the stub pretends to be.
var Names = []string{"libcuda.so.1", "libnvrtc.so.12", "libcublas.so.12", "libcudnn.so.9"}

var compiled = sync.OnceValues(func() ([]byte, error) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "netc-stub-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	src, out := filepath.Join(dir, "stub.c"), filepath.Join(dir, "stub.so")
	if err := os.WriteFile(src, source, 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command(gcc, "-std=gnu11", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-Bsymbolic", "-pthread", "-o", out, src)
	if msg, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gcc: %w\n%s", err, msg)
	}
	return os.ReadFile(out)
})

// New makes a stub. The test is skipped where there is no gcc, or where libraries cannot be opened at run time.
func New(t testing.TB) *Stub {
	t.Helper()
	if !dl.Supported {
		t.Skipf("libraries are not opened at run time on %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no gcc to build the pretended driver with")
	}
	code, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	s := &Stub{Dir: t.TempDir(), t: t}
	file := filepath.Join(s.Dir, Names[0])
	if err := os.WriteFile(file, code, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, n := range Names[1:] {
		if err := os.Symlink(Names[0], filepath.Join(s.Dir, n)); err != nil {
			t.Fatal(err)
		}
	}
	if s.lib, err = dl.Open(file); err != nil {
		t.Fatal(err)
	}
	return s
}

//go:uintptrescapes
func (s *Stub) call(name string, args ...uintptr) uintptr {
	fn := s.lib.Symbol(name)
	if fn == 0 {
		s.t.Fatalf("the stub has no %s", name)
	}
	return dl.CallWord(fn, args...)
}

func text(s string) unsafe.Pointer {
	b := append([]byte(s), 0)
	return unsafe.Pointer(&b[0])
}

// Set changes what is pretended: "devices", "version" and "nvrtc" (of CUDA, 12040), "major", "minor" (of the devices), "newest" (architecture
// that the compiler knows), "memory" (bytes).
func (s *Stub) Set(key string, value int) {
	s.call("stub_set", uintptr(text(key)), uintptr(value))
}

// Fail lets a function of C's fail with a result, after it was called some times. Names are those of the symbols, "cuMemAlloc_v2".
func (s *Stub) Fail(call string, result, after int) {
	s.call("stub_fail", uintptr(text(call)), uintptr(result), uintptr(after))
}

// Reset forgets all that was set and written down.
func (s *Stub) Reset() { s.call("stub_reset") }

// Log is what was called, a line each.
func (s *Stub) Log() []string {
	p := s.call("stub_log")
	b := *(**byte)(unsafe.Pointer(&p))
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(b), n)) != 0 {
		n++
	}
	return strings.Split(strings.TrimSuffix(string(unsafe.Slice(b, n)), "\n"), "\n")
}

// Calls are the names in Log.
func (s *Stub) Calls() []string {
	log := s.Log()
	for i, l := range log {
		log[i], _, _ = strings.Cut(l, " ")
	}
	return log
}

// Threads is on how many threads functions were called that need a context.
func (s *Stub) Threads() int { return int(s.call("stub_threads")) }

// NoLeaks fails the test if something is still open.
func (s *Stub) NoLeaks() {
	s.t.Helper()
	for _, kind := range []string{"memory", "host", "stream", "event", "module", "graph", "context", "handle"} {
		if n := int(s.call("stub_open", uintptr(text(kind)))); n != 0 {
			s.t.Errorf("%d of %s are open after all was closed", n, kind)
		}
	}
}

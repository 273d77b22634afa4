//go:build linux && (amd64 || arm64)

package dl

import (
	"fmt"
	"os"
	"strings"

	"github.com/ebitengine/purego"
)

// Supported tells whether libraries can be opened on this system at all.
const Supported = true

// Open opens a library: a path, or a bare name that the dynamic loader looks up in its folders. Its symbols serve the libraries
// that are opened later.
func Open(path string) (*Library, error) {
	h, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, err
	}
	return &Library{Path: path, handle: h}, nil
}

// Symbol is the address of a function, 0 where the library does not have it.
func (l *Library) Symbol(name string) uintptr {
	p, err := purego.Dlsym(l.handle, name)
	if err != nil {
		return 0
	}
	return p
}

// File is the path of the file that was opened, as far as the system tells: a library that the dynamic loader found by name is
// looked up in the list of what the process has mapped.
func (l *Library) File() string {
	if strings.Contains(l.Path, "/") {
		return l.Path
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return l.Path
	}
	stem, _, _ := strings.Cut(l.Path, ".so")
	for line := range strings.Lines(string(maps)) {
		i := strings.IndexByte(line, '/')
		if i < 0 {
			continue
		}
		file := strings.TrimSpace(line[i:])
		base := file[strings.LastIndexByte(file, '/')+1:]
		if strings.HasPrefix(base, stem+".so") {
			return file
		}
	}
	return l.Path
}

// Close gives the library back. Functions of it must not be called any more.
func (l *Library) Close() error {
	if err := purego.Dlclose(l.handle); err != nil {
		return fmt.Errorf("closing %s: %w", l.Path, err)
	}
	return nil
}

// Call calls a C function with up to 32 words and returns its result's lower 32 bits.
//
//go:uintptrescapes
func Call(fn uintptr, args ...uintptr) int32 {
	r, _, _ := purego.SyscallN(fn, args...)
	return int32(r)
}

// CallWord is Call for functions that return a pointer or a size.
//
//go:uintptrescapes
func CallWord(fn uintptr, args ...uintptr) uintptr {
	r, _, _ := purego.SyscallN(fn, args...)
	return r
}

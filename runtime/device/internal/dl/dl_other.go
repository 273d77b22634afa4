//go:build !(linux && (amd64 || arm64))

package dl

import (
	"fmt"
	"runtime"
)

// Supported tells whether libraries can be opened on this system at all.
const Supported = false

// Open fails: NVIDIA's libraries are opened on Linux only.
func Open(path string) (*Library, error) {
	return nil, fmt.Errorf("%s: not opened on %s/%s, only on linux/amd64 and linux/arm64", path, runtime.GOOS, runtime.GOARCH)
}

// Symbol finds nothing: no library is ever open.
func (l *Library) Symbol(string) uintptr { return 0 }

// File is the library's path.
func (l *Library) File() string { return l.Path }

// Close has nothing to give back.
func (l *Library) Close() error { return nil }

// Call is never reached, since no symbol is ever found.
func Call(uintptr, ...uintptr) int32 { return -1 }

// CallWord is never reached either.
func CallWord(uintptr, ...uintptr) uintptr { return 0 }

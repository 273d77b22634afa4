package nvidia

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/netc-lang/netc/runtime/device"
)

// cache keeps compiled kernels on disk, one file each, under the hash of all that they depend on.
type cache struct {
	dir string // empty: nothing is kept
}

// CacheDir is the folder of compiled kernels. The error says why there is none.
func CacheDir() (string, error) { return cacheDir() }

func cacheDir() (string, error) {
	d, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no cache folder: %w", err)
	}
	return filepath.Join(d, "netc", "cubin"), nil
}

// cacheKey is the hash of a source, of what it includes, of the options, which name the architecture, and of the compiler.
func cacheKey(s device.Source, options []string, compiler string) string {
	h := sha256.New()
	part(h, "netc cubin 1")
	part(h, compiler)
	part(h, s.Name)
	part(h, s.Text)
	for _, n := range slices.Sorted(maps.Keys(s.Headers)) {
		part(h, n)
		part(h, s.Headers[n])
	}
	part(h, "options")
	for _, o := range options {
		part(h, o)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// part adds a string with its length, so that no two lists of strings look alike.
func part(h hash.Hash, s string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}

func (c cache) file(key string) string { return filepath.Join(c.dir, key+".cubin") }

// get finds compiled kernels. A file ends in the hash of what is before, so that half a file is none.
func (c cache) get(key string) ([]byte, bool) {
	if c.dir == "" {
		return nil, false
	}
	b, err := os.ReadFile(c.file(key))
	if err != nil || len(b) < sha256.Size {
		return nil, false
	}
	image := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(image); string(sum[:]) != string(b[len(image):]) {
		return nil, false
	}
	return image, true
}

// put keeps compiled kernels. Several processes may do so at once: each writes a file of its own and renames it.
func (c cache) put(key string, image []byte) error {
	if c.dir == "" {
		return nil
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(c.dir, ".new-*")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(image)
	_, err = f.Write(append(slices.Clip(image), sum[:]...))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), c.file(key))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

package host

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
)

const (
	alignment = 256
	guard     = 256        // bytes in front of and behind each piece
	guardWord = 0xdeadbeef // what they hold
	poison    = 0x7fc0beef // what fresh memory holds: a NaN
)

// piece is allocated memory.
type piece struct {
	at   device.Pointer
	size int64
	mem  []byte // with the guards; the garbage collector does not move it
	data []byte // from at on, with what fills the last 256 bytes
}

// memory is what a device has allocated, by address.
type memory struct {
	total, used int64
	pieces      []piece // ascending
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

func (m *memory) alloc(bytes int64) (device.Pointer, error) {
	if bytes <= 0 {
		return 0, fmt.Errorf("cannot allocate %d bytes", bytes)
	}
	size := roundUp(bytes, alignment)
	if size > m.total-m.used {
		return 0, fmt.Errorf("%w: %d bytes asked for, %d of %d free", device.ErrOutOfMemory, bytes, m.total-m.used, m.total)
	}
	mem := make([]byte, size+2*guard+alignment)
	start := guard
	for (uintptr(unsafe.Pointer(unsafe.SliceData(mem)))+uintptr(start))%alignment != 0 {
		start++
	}
	p := piece{size: bytes, mem: mem[start-guard : start+int(bytes)+guard], data: mem[start : start+int(bytes)]}
	p.at = device.Pointer(uintptr(unsafe.Pointer(unsafe.SliceData(p.data))))
	fill(p.mem[:guard], guardWord)
	fill(p.data, poison)
	fill(p.mem[guard+bytes:], guardWord)
	i := sort.Search(len(m.pieces), func(i int) bool { return m.pieces[i].at > p.at })
	m.pieces = slices.Insert(m.pieces, i, p)
	m.used += size
	return p.at, nil
}

// fill repeats a word; a rest of fewer than 4 bytes gets its first ones.
func fill(b []byte, word uint32) {
	var w [4]byte
	binary.LittleEndian.PutUint32(w[:], word)
	for i := range b {
		b[i] = w[i&3]
	}
}

// index is the piece that an address lies in, or -1.
func (m *memory) index(at device.Pointer) int {
	i := sort.Search(len(m.pieces), func(i int) bool { return m.pieces[i].at > at }) - 1
	if i < 0 || at >= m.pieces[i].at+device.Pointer(m.pieces[i].size) {
		return -1
	}
	return i
}

func (m *memory) free(at device.Pointer) error {
	i := m.index(at)
	if i < 0 || m.pieces[i].at != at {
		return fmt.Errorf("cannot free %#x: nothing that starts there is allocated", uint64(at))
	}
	p := m.pieces[i]
	m.pieces = slices.Delete(m.pieces, i, i+1)
	m.used -= roundUp(p.size, alignment)
	return p.check()
}

// check reports writes beside the piece.
func (p *piece) check() error {
	var w [4]byte
	binary.LittleEndian.PutUint32(w[:], guardWord)
	for i := range guard {
		if p.mem[i] != w[i&3] {
			return fmt.Errorf("a kernel wrote %d bytes in front of the %d bytes at %#x", guard-i, p.size, uint64(p.at))
		}
		if behind := p.mem[guard+int(p.size)+i]; behind != w[i&3] {
			return fmt.Errorf("a kernel wrote %d bytes behind the %d bytes at %#x", i+1, p.size, uint64(p.at))
		}
	}
	return nil
}

// slice is memory from an address on.
func (m *memory) slice(what string, at device.Pointer, bytes int64) ([]byte, error) {
	if bytes == 0 {
		return nil, nil
	}
	i := m.index(at)
	if i < 0 {
		return nil, fmt.Errorf("%s: no memory is allocated at %#x", what, uint64(at))
	}
	p := &m.pieces[i]
	from := int64(at - p.at)
	if bytes < 0 || bytes > p.size-from {
		return nil, fmt.Errorf("%s: %d bytes from %#x on reach beyond the %d bytes that are allocated at %#x", what, bytes, uint64(at), p.size, uint64(p.at))
	}
	return p.data[from : from+bytes], nil
}

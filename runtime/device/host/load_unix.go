//go:build linux || darwin

package host

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/netc-lang/netc/runtime/device"
)

func canLoad() error { return nil }

// library is a loaded shared library with the addresses of its functions.
type library struct {
	handle    uintptr
	functions map[string]uintptr
}

func open(path string, names ...string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	l := &library{handle: handle, functions: map[string]uintptr{}}
	for _, n := range names {
		if l.functions[n], err = purego.Dlsym(handle, n); err != nil {
			return nil, fmt.Errorf("load %s: %w", path, err)
		}
	}
	return l, nil
}

func (l *library) close() error {
	if release := l.functions["netc_release"]; release != 0 {
		running.Lock()
		purego.SyscallN(release)
		running.Unlock()
	}
	return purego.Dlclose(l.handle)
}

// kernels reads the table of kernels: the sizes of the arguments of each.
func (l *library) kernels(n int) [][]int {
	type kernel struct { // as in host_launch.h
		_     uintptr
		_     bool
		args  int32
		sizes *int32
		_     uintptr
	}
	at, _, _ := purego.SyscallN(l.functions["netc_kernels"])
	table := unsafe.Slice(*(**kernel)(unsafe.Pointer(&at)), n)
	all := make([][]int, n)
	for i, k := range table {
		all[i] = []int{}
		for _, size := range unsafe.Slice(k.sizes, k.args) {
			all[i] = append(all[i], int(size))
		}
	}
	return all
}

// call is a launch whose arguments have been copied.
type call struct {
	function    *function
	grid, block device.Dim
	args        []unsafe.Pointer
	pointers    []device.Pointer
}

func (d *Device) call(c *call) error {
	l := c.function.module.library
	if l == nil {
		return fmt.Errorf("%s: its module is unloaded", c.function.name)
	}
	for _, p := range c.pointers {
		if p != 0 && d.memory.index(p) < 0 {
			return fmt.Errorf("%s: no memory is allocated at %#x, which an argument points to", c.function.name, uint64(p))
		}
	}
	dims := [6]int32{int32(c.grid.X), int32(c.grid.Y), int32(c.grid.Z), int32(c.block.X), int32(c.block.Y), int32(c.block.Z)}
	message := make([]byte, 256)
	args := unsafe.SliceData(c.args)
	running.Lock()
	failed, _, _ := purego.SyscallN(l.functions["netc_launch"], uintptr(c.function.index), uintptr(unsafe.Pointer(args)),
		uintptr(unsafe.Pointer(&dims)), uintptr(unsafe.Pointer(unsafe.SliceData(message))), uintptr(len(message)))
	running.Unlock()
	runtime.KeepAlive(c)
	if int32(failed) != 0 {
		return fmt.Errorf("%s: %s", c.function.name, text(message))
	}
	for _, p := range c.pointers {
		if i := d.memory.index(p); i >= 0 {
			if err := d.memory.pieces[i].check(); err != nil {
				return fmt.Errorf("%s: %w", c.function.name, err)
			}
		}
	}
	return nil
}

// text is what stands in front of the first zero byte.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// gemm computes a product with the loops of shim/gemm.cc.
func (d *Device) gemm(g device.Gemm) error {
	if g.M < 0 || g.N < 0 || g.K < 0 || g.Batch < 0 {
		return fmt.Errorf("Gemm: %d products of %d x %d x %d", g.Batch, g.M, g.N, g.K)
	}
	if g.M == 0 || g.N == 0 || g.Batch == 0 {
		return nil
	}
	turned := func(rows, cols int, trans bool) (int, int) {
		if trans {
			return cols, rows
		}
		return rows, cols
	}
	for _, o := range []struct {
		name       string
		at         device.Pointer
		rows, cols int
		trans      bool
		ld         int
		stride     int64
	}{
		{"A", g.A, g.M, g.K, g.TransA, g.LDA, g.StrideA}, {"B", g.B, g.K, g.N, g.TransB, g.LDB, g.StrideB}, {"C", g.C, g.M, g.N, false, g.LDC, g.StrideC},
	} {
		rows, cols := turned(o.rows, o.cols, o.trans)
		if o.ld < max(1, cols) {
			return fmt.Errorf("Gemm: the rows of %s are %d elements apart and %d long", o.name, o.ld, cols)
		}
		if rows == 0 || cols == 0 {
			continue
		}
		n := int64(rows-1)*int64(o.ld) + int64(cols) + int64(g.Batch-1)*o.stride
		if _, err := d.memory.slice("Gemm: "+o.name, o.at, 4*n); err != nil {
			return err
		}
	}
	flag := map[bool]int64{true: 1}
	c := struct { // as in gemm.cc
		m, n, k, transA, transB, lda, ldb, ldc, strideA, strideB, strideC, batch, precision int64
		a, b, c                                                                             device.Pointer
		alpha, beta                                                                         float32
	}{
		int64(g.M), int64(g.N), int64(g.K), flag[g.TransA], flag[g.TransB], int64(g.LDA), int64(g.LDB), int64(g.LDC),
		g.StrideA, g.StrideB, g.StrideC, int64(g.Batch), int64(g.Precision), g.A, g.B, g.C, g.Alpha, g.Beta,
	}
	row := make([]float32, g.N)
	purego.SyscallN(d.library.functions["netc_gemm"], uintptr(unsafe.Pointer(&c)), uintptr(unsafe.Pointer(unsafe.SliceData(row))))
	return nil
}

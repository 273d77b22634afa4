//go:build !linux && !darwin

package host

import (
	"errors"
	"unsafe"

	"github.com/netc-lang/netc/runtime/device"
)

var errSystem = errors.New("the host device loads compiled kernels on Linux and macOS only")

func canLoad() error { return errSystem }

type library struct{}

func open(string, ...string) (*library, error) { return nil, errSystem }
func (l *library) close() error                { return nil }
func (l *library) kernels(int) [][]int         { return nil }

type call struct {
	function    *function
	grid, block device.Dim
	args        []unsafe.Pointer
	pointers    []device.Pointer
}

func (d *Device) call(*call) error       { return errSystem }
func (d *Device) gemm(device.Gemm) error { return errSystem }

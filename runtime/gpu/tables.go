package gpu

import (
	"errors"

	"github.com/netc-lang/netc/runtime/device"
)

// tables is constant data in device memory. It grows by pieces, as what the kernels ask for is known only when they are bound.
type tables struct {
	device device.Device
	stream device.Stream
	pieces []device.Pointer
	at     device.Pointer
	left   int64
}

const tablePiece = 256 << 10

// put uploads words and says where they are.
func (t *tables) put(words []uint32) (device.Pointer, error) {
	need := roundUp(4 * int64(max(1, len(words))))
	if need > t.left {
		at, err := t.device.Alloc(max(need, tablePiece))
		if err != nil {
			return 0, err
		}
		t.pieces = append(t.pieces, at)
		t.at, t.left = at, max(need, tablePiece)
	}
	at := t.at
	t.at += device.Pointer(need)
	t.left -= need
	return at, t.stream.Upload(at, bytesOf(words))
}

func (t *tables) release() error {
	var errs []error
	for _, p := range t.pieces {
		errs = append(errs, t.device.Free(p))
	}
	t.pieces = nil
	return errors.Join(errs...)
}

package gpu

import (
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
)

// grain is the granularity of places in device memory, in bytes.
const grain = 256

func roundUp(bytes int64) int64 { return (bytes + grain - 1) / grain * grain }

// ledger hands out a piece of device memory bit by bit. With a base of 0 it counts what would be needed.
type ledger struct {
	base device.Pointer
	used int64
}

func (l *ledger) shared(bytes int64) device.Pointer {
	at := l.base + device.Pointer(l.used)
	l.used += roundUp(bytes)
	return at
}

// region is memory of each trial, at equal distances.
type region struct {
	at     device.Pointer
	stride int64 // in words of 4 bytes
	size   int   // of one trial, in words
}

func (l *ledger) perTrial(words, trials int) region {
	stride := roundUp(4*int64(words)) / 4
	return region{l.shared(4 * stride * int64(trials)), stride, words}
}

// trial is where a trial's part begins.
func (r region) trial(t int) device.Pointer { return r.at + device.Pointer(4*r.stride*int64(t)) }

// from is the operand that begins at an offset in each trial's part.
func (r region) from(offset int) cuda.Operand {
	return cuda.Operand{At: r.at + device.Pointer(4*offset), Stride: r.stride}
}

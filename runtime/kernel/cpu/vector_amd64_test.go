package cpu

import (
	"testing"
	"unsafe"
)

// The generator knows the layouts of the arguments of vector_amd64.s as numbers.
func TestVectorLayouts(t *testing.T) {
	var d dropping
	for _, c := range []struct{ want, got uintptr }{
		{0, unsafe.Offsetof(d.out)}, {24, unsafe.Offsetof(d.x)}, {48, unsafe.Offsetof(d.n)}, {56, unsafe.Offsetof(d.key)},
		{64, unsafe.Offsetof(d.counter)}, {80, unsafe.Offsetof(d.below)}, {84, unsafe.Offsetof(d.factor)},
	} {
		if c.got != c.want {
			t.Errorf("a field is at %d, internal/gen says %d", c.got, c.want)
		}
	}
}

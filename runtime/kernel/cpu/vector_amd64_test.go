package cpu

import (
	"testing"
	"unsafe"
)

// The generator knows the layouts of the arguments of vector_amd64.s as numbers.
func TestVectorLayouts(t *testing.T) {
	var d dropping
	var s sparseRows
	var c compaction
	var o optimize
	for _, f := range []struct{ want, got uintptr }{
		{0, unsafe.Offsetof(d.out)}, {24, unsafe.Offsetof(d.x)}, {48, unsafe.Offsetof(d.n)}, {56, unsafe.Offsetof(d.key)},
		{0, unsafe.Offsetof(s.entries)}, {24, unsafe.Offsetof(s.counts)}, {48, unsafe.Offsetof(s.b)}, {72, unsafe.Offsetof(s.c)},
		{96, unsafe.Offsetof(s.base)}, {120, unsafe.Offsetof(s.bias)}, {144, unsafe.Offsetof(s.rows)}, {152, unsafe.Offsetof(s.entryStep)},
		{160, unsafe.Offsetof(s.countStep)}, {168, unsafe.Offsetof(s.cStep)}, {176, unsafe.Offsetof(s.add)}, {177, unsafe.Offsetof(s.relu)},
		{0, unsafe.Offsetof(c.x)}, {24, unsafe.Offsetof(c.back)}, {48, unsafe.Offsetof(c.entries)}, {72, unsafe.Offsetof(c.counts)},
		{96, unsafe.Offsetof(c.blocks)}, {104, unsafe.Offsetof(c.depth)}, {112, unsafe.Offsetof(c.entryStep)}, {120, unsafe.Offsetof(c.pitch)},
		{128, unsafe.Offsetof(c.size)}, {132, unsafe.Offsetof(c.rest)},
		{0, unsafe.Offsetof(o.s)}, {120, unsafe.Offsetof(o.n)}, {128, unsafe.Offsetof(o.hit)}, {136, unsafe.Offsetof(o.f)},
		{64, unsafe.Offsetof(d.counter)}, {80, unsafe.Offsetof(d.below)}, {84, unsafe.Offsetof(d.factor)},
	} {
		if f.got != f.want {
			t.Errorf("a field is at %d, internal/gen says %d", f.got, f.want)
		}
	}
}

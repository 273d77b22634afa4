package cpu

import (
	"testing"
	"unsafe"
)

// The generator knows the layouts of these kernels' arguments as numbers.
func TestConvolutionLayouts(t *testing.T) {
	var r winogradRow
	var p pointProduct
	var k winogradKernels
	for _, c := range []struct{ want, got uintptr }{
		{0, unsafe.Offsetof(r.rows)}, {96, unsafe.Offsetof(r.points)}, {120, unsafe.Offsetof(r.step)}, {128, unsafe.Offsetof(r.tiles)},
		{136, unsafe.Offsetof(r.c)}, {144, unsafe.Offsetof(r.left)}, {152, unsafe.Offsetof(r.columns)}, {160, unsafe.Offsetof(r.pixel)},
		{168, unsafe.Offsetof(r.bias)}, {192, unsafe.Offsetof(r.relu)}, {193, unsafe.Offsetof(r.bad)},
		{0, unsafe.Offsetof(p.a)}, {24, unsafe.Offsetof(p.b)}, {48, unsafe.Offsetof(p.c)}, {72, unsafe.Offsetof(p.ak)}, {80, unsafe.Offsetof(p.ar)},
		{88, unsafe.Offsetof(p.bk)}, {96, unsafe.Offsetof(p.cr)}, {104, unsafe.Offsetof(p.k)}, {112, unsafe.Offsetof(p.groups)},
		{120, unsafe.Offsetof(p.points)}, {128, unsafe.Offsetof(p.aPoint)}, {136, unsafe.Offsetof(p.bPoint)}, {144, unsafe.Offsetof(p.cPoint)},
		{152, unsafe.Offsetof(p.add)},
		{0, unsafe.Offsetof(k.kernels)}, {24, unsafe.Offsetof(k.points)}, {48, unsafe.Offsetof(k.kernelStep)}, {56, unsafe.Offsetof(k.step)},
		{64, unsafe.Offsetof(k.n)}, {72, unsafe.Offsetof(k.bad)},
	} {
		if c.got != c.want {
			t.Errorf("a field is at %d, internal/gen says %d", c.got, c.want)
		}
	}
}

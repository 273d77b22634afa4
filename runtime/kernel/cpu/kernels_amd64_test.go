package cpu

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"
)

// The generator knows the layouts of the kernels' arguments as numbers.
func TestLayouts(t *testing.T) {
	var x tile
	var v vec
	var p poolRow
	var u update
	for _, c := range []struct{ want, got uintptr }{
		{0, unsafe.Offsetof(x.a)}, {24, unsafe.Offsetof(x.b)}, {48, unsafe.Offsetof(x.c)},
		{72, unsafe.Offsetof(x.ak)}, {80, unsafe.Offsetof(x.ar)}, {88, unsafe.Offsetof(x.ay)},
		{96, unsafe.Offsetof(x.bk)}, {104, unsafe.Offsetof(x.by)}, {112, unsafe.Offsetof(x.cr)},
		{120, unsafe.Offsetof(x.nk)}, {128, unsafe.Offsetof(x.ny)}, {136, unsafe.Offsetof(x.tiles)},
		{144, unsafe.Offsetof(x.aStep)}, {152, unsafe.Offsetof(x.cStep)}, {160, unsafe.Offsetof(x.bias)},
		{184, unsafe.Offsetof(x.add)}, {185, unsafe.Offsetof(x.relu)},
		{0, unsafe.Offsetof(v.out)}, {24, unsafe.Offsetof(v.x)}, {48, unsafe.Offsetof(v.y)}, {72, unsafe.Offsetof(v.co)},
		{168, unsafe.Offsetof(v.acc)}, {216, unsafe.Offsetof(v.n)}, {224, unsafe.Offsetof(v.period)}, {232, unsafe.Offsetof(v.offset)},
		{0, unsafe.Offsetof(u.s)}, {96, unsafe.Offsetof(u.f)}, {128, unsafe.Offsetof(u.n)},
		{0, unsafe.Offsetof(p.out)}, {24, unsafe.Offsetof(p.x)}, {48, unsafe.Offsetof(p.dy)}, {72, unsafe.Offsetof(p.dx)},
		{96, unsafe.Offsetof(p.pixels)}, {104, unsafe.Offsetof(p.c)}, {112, unsafe.Offsetof(p.step)},
		{120, unsafe.Offsetof(p.tapY)}, {128, unsafe.Offsetof(p.tapX)}, {136, unsafe.Offsetof(p.tapsY)}, {144, unsafe.Offsetof(p.tapsX)},
	} {
		if c.got != c.want {
			t.Errorf("a field is at %d, internal/gen says %d", c.got, c.want)
		}
	}
}

// The assembly in the tree is what the generator writes.
func TestAssemblyIsCurrent(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("go", "run", "-C", "internal/gen", "-mod=readonly", ".", folder).CombinedOutput(); err != nil {
		if os.Getenv("NETC_ACCEPTANCE") != "" {
			t.Fatalf("the generator does not run: %v\n%s", err, out)
		}
		t.Skipf("the generator does not run here (its module needs avo): %v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.s"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what internal/gen writes: run go generate", name)
		}
	}
}

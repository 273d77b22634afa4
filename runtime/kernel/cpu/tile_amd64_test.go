package cpu

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"
)

// The generator knows the layout of tile as numbers.
func TestTileLayout(t *testing.T) {
	var x tile
	for want, got := range map[uintptr]uintptr{
		0: unsafe.Offsetof(x.a), 24: unsafe.Offsetof(x.b), 48: unsafe.Offsetof(x.c),
		72: unsafe.Offsetof(x.ak), 80: unsafe.Offsetof(x.ar), 88: unsafe.Offsetof(x.ay),
		96: unsafe.Offsetof(x.bk), 104: unsafe.Offsetof(x.by), 112: unsafe.Offsetof(x.cr),
		120: unsafe.Offsetof(x.nk), 128: unsafe.Offsetof(x.ny), 136: unsafe.Offsetof(x.add),
	} {
		if got != want {
			t.Errorf("a field is at %d, internal/gen/tile.go says %d", got, want)
		}
	}
}

// The assembly in the tree is what the generator writes.
func TestAssemblyIsCurrent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tile.s")
	if out, err := exec.Command("go", "run", "-C", "internal/gen", "-mod=readonly", ".", file).CombinedOutput(); err != nil {
		t.Skipf("the generator does not run here (its module needs avo): %v\n%s", err, out)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("tile_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("tile_amd64.s is not what internal/gen writes: run go generate")
	}
}

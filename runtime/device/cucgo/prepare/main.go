// Prepare makes what gorgonia.org/cu is built with where there is no CUDA toolkit: an archive libcuda.a that passes calls on to the
// driver found at run time. It prints the environment for go build, for a shell's eval.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

func main() {
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "prepare:", err)
		os.Exit(1)
	}
}

func prepare() error {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return fmt.Errorf("the folder of this program's source is not known: build it without -trimpath")
	}
	source := filepath.Dir(filepath.Dir(file)) // runtime/device/cucgo
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	lib := filepath.Join(cache, "netc", "cu", "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "netc-prepare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	object, archive := filepath.Join(work, "forward.o"), filepath.Join(work, "libcuda.a")
	for _, cmd := range []*exec.Cmd{
		exec.Command(compiler(), "-O2", "-fPIC", "-Wall", "-c", "-o", object, filepath.Join(source, "forward", "forward.c")),
		exec.Command("ar", "rcs", archive, object),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd.Args[0], err, out)
		}
	}
	b, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(lib, "libcuda.a"), b, 0o644); err != nil {
		return err
	}
	fmt.Printf("export CGO_ENABLED=1 CGO_CFLAGS=%q CGO_LDFLAGS=%q\n", "-O2 -I"+filepath.Join(source, "include"), "-L"+lib+" -ldl")
	return nil
}

// compiler is the C compiler that cgo uses too.
func compiler() string {
	if cc := os.Getenv("CC"); cc != "" {
		return cc
	}
	return "gcc"
}

// Prepare makes what gorgonia.org/cu is built with where there is no CUDA toolkit: an archive libcuda.a that passes calls on to the
// driver found at run time, and libcublas.a and libcudnn.a, which do nothing. It prints the environment for go build, for a shell's eval.
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
	for _, library := range []struct{ name, source string }{{"libcuda.a", "forward.c"}, {"libcublas.a", "unused.c"}, {"libcudnn.a", ""}} {
		if err := archive(filepath.Join(lib, library.name), filepath.Join(source, "forward", library.source), library.source != "", work); err != nil {
			return err
		}
	}
	fmt.Printf("export CGO_ENABLED=1 CGO_CFLAGS=%q CGO_LDFLAGS=%q\n", "-O2 -I"+filepath.Join(source, "include"), "-L"+lib+" -ldl")
	return nil
}

// archive makes a library of a C file, or an empty one.
func archive(file, source string, compile bool, work string) error {
	made := filepath.Join(work, filepath.Base(file))
	commands := []*exec.Cmd{exec.Command("ar", "rcs", made)}
	if compile {
		object := made + ".o"
		commands = []*exec.Cmd{
			exec.Command(compiler(), "-O2", "-fPIC", "-fvisibility=hidden", "-Wall", "-c", "-o", object, source),
			exec.Command("ar", "rcs", made, object),
		}
	}
	for _, cmd := range commands {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd.Args[0], err, out)
		}
	}
	b, err := os.ReadFile(made)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
}

// compiler is the C compiler that cgo uses too.
func compiler() string {
	if cc := os.Getenv("CC"); cc != "" {
		return cc
	}
	return "gcc"
}

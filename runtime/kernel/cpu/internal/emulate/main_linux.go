// Command emulate is the first process of a Linux system in an emulator: it runs the program /work/test with the arguments in
// /work/arguments, one a line, and switches the machine off. The last line that it prints is "netc: exit" and the exit status of
// the program.
//
// It serves run.sh, which boots a Debian kernel in the emulator Bochs, so that kernels for AVX-512 are tested on computers without it.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

func main() {
	status, err := run()
	if err != nil {
		fmt.Println("netc:", err)
	}
	fmt.Println("netc: exit", status)
	time.Sleep(time.Second) // the serial line is slow
	if err := syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF); err != nil {
		fmt.Println("netc: power off:", err)
	}
}

// run gives the exit status of the program; the error says what kept it from running.
func run() (status int, err error) {
	for _, m := range []struct{ kind, place string }{{"proc", "/proc"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}} {
		if err := os.MkdirAll(m.place, 0o755); err != nil {
			return 1, err
		}
		if err := syscall.Mount(m.kind, m.place, m.kind, 0, ""); err != nil {
			return 1, fmt.Errorf("mount %s: %w", m.place, err)
		}
	}
	text, err := os.ReadFile("/work/arguments")
	if err != nil {
		return 1, err
	}
	c := exec.Command("/work/test", strings.Fields(string(text))...)
	c.Dir, c.Stdout, c.Stderr = "/work", os.Stdout, os.Stderr
	var exit *exec.ExitError
	if err = c.Run(); errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// peer runs the PyTorch scripts.
type peer struct {
	python, folder string
	clock          string
	env            []string
}

// findPeer looks for Python with torch and for the scripts. Where something is missing it gives nil and says why.
func findPeer(s *settings) *peer {
	p := &peer{python: s.python, folder: s.peers, clock: s.clock}
	why := func() error {
		if s.peers == "-" {
			return errors.New("not asked for")
		}
		if _, err := os.Stat(filepath.Join(p.folder, "steps.py")); err != nil {
			return err
		}
		if out, err := exec.Command(p.python, "-c", "import torch").CombinedOutput(); err != nil {
			return fmt.Errorf("%s has no torch (Debian: apt-get install python3-torch): %w %s", p.python, err, lastLine(out))
		}
		return nil
	}()
	if why != nil {
		fmt.Fprintln(s.err, "PyTorch is left out:", why)
		return nil
	}
	if strings.HasSuffix(s.backend.Name(), "avx2") {
		p.env = append(p.env, "ATEN_CPU_CAPABILITY=avx2", "DNNL_MAX_CPU_ISA=AVX2")
	}
	return p
}

// command is a script's process with the given number of threads.
func (p *peer) command(threads int, script string, args ...string) *exec.Cmd {
	n := strconv.Itoa(threads)
	args = append(append([]string{filepath.Join(p.folder, script)}, args...), "--threads", n)
	if p.clock == "processor" {
		args = append([]string{"-c", scriptWithClock}, args...)
	}
	cmd := exec.Command(p.python, args...)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Env = append(cmd.Env, "OMP_NUM_THREADS="+n, "OPENBLAS_NUM_THREADS="+n, "OMP_WAIT_POLICY=PASSIVE")
	return cmd
}

// report runs a command and reads the JSON object that it prints.
func report[T any](cmd *exec.Cmd) (v T, err error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return v, fmt.Errorf("%s: %w %s", strings.Join(cmd.Args, " "), err, lastLine(errs.Bytes()))
	}
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		return v, fmt.Errorf("%s printed %q: %w", strings.Join(cmd.Args, " "), out.String(), err)
	}
	return v, nil
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// killAfter starts a program and kills it (SIGKILL) as soon as a file has a number of lines:
//
//	killafter FILE LINES PROGRAM ARG…
//
// FILE may be a pattern of one file whose name is not known beforehand. It fails when the program ends before that.
func killAfter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: killafter FILE LINES PROGRAM ARG…")
	}
	file, want := ts.MkAbs(args[0]), 0
	if _, err := fmt.Sscan(args[1], &want); err != nil {
		ts.Fatalf("killafter: %v", err)
	}
	path, err := exec.LookPath(args[2])
	ts.Check(err)
	cmd := exec.Command(path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = os.Environ()
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "NETC_HOST_DEVICE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		select {
		case err := <-ended:
			ts.Fatalf("the program ended before it was killed: %v\n%s", err, out.String())
		default:
		}
		if b, err := os.ReadFile(only(file)); err == nil && bytes.Count(b, []byte("\n")) >= want {
			break
		}
		if time.Now().After(deadline) {
			cmd.Process.Kill()
			ts.Fatalf("%s never had %d lines\n%s", args[0], want, out.String())
		}
	}
	ts.Check(cmd.Process.Kill())
	<-ended
}

// only is the first file that a pattern matches, or the pattern itself.
func only(pattern string) string {
	if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
		return found[0]
	}
	return pattern
}

// jsonEqual compares a field of two JSON files, the path with dots:
//
//	jsoneq a.json b.json hashes.final_weights
//
// Negated, it wants them to differ.
func jsonEqual(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: jsoneq FILE FILE PATH")
	}
	a, b := field(ts, args[0], args[2]), field(ts, args[1], args[2])
	if equal := a == b; equal == neg {
		ts.Fatalf("%s: %s and %s", args[2], a, b)
	}
}

func field(ts *testscript.TestScript, file, path string) string {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &v))
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok || m[name] == nil {
			ts.Fatalf("%s has no %s", file, path)
		}
		v = m[name]
	}
	b, err := json.Marshal(v)
	ts.Check(err)
	return string(b)
}

// atLeast wants a number of a JSON file to be at least so large:
//
//	atleast result.json test.accuracy 0.96
func atLeast(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: atleast FILE PATH NUMBER")
	}
	var have, want float64
	if _, err := fmt.Sscan(field(ts, args[0], args[1]), &have); err != nil {
		ts.Fatalf("atleast: %v", err)
	}
	if _, err := fmt.Sscan(args[2], &want); err != nil {
		ts.Fatalf("atleast: %v", err)
	}
	if have < want {
		ts.Fatalf("%s is %g, and at least %g is wanted", args[1], have, want)
	}
	ts.Logf("%s is %g", args[1], have)
}

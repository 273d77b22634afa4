package store

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

func code(err error) diag.Code {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d.Code
	}
	return ""
}

func create(t *testing.T) *Run {
	t.Helper()
	r, err := Create(filepath.Join(t.TempDir(), Root), "my net", 7, time.Date(2026, 1, 31, 14, 25, 2, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestFolderNames(t *testing.T) {
	r := create(t)
	if got := filepath.Base(r.Dir()); got != "my-net-20260131-142502-seed7" {
		t.Error(got)
	}
	second, err := Create(filepath.Dir(r.Dir()), "my net", 7, time.Date(2026, 1, 31, 14, 25, 2, 0, time.UTC))
	must(t, err)
	if second.Dir() != r.Dir()+"-2" {
		t.Error(second.Dir())
	}
}

func TestFiles(t *testing.T) {
	r := create(t)
	type meta struct{ Seed int }
	must(t, r.WriteJSON(RunFile, meta{7}))
	must(t, r.WriteFile(ProgramFile, []byte("net 1\n")))
	must(t, r.AppendMetrics(map[string]int{"epoch": 1}))
	must(t, r.AppendMetrics(map[string]int{"epoch": 2}))
	must(t, r.AppendMetrics(map[string]int{"epoch": 3}))
	must(t, r.ResetMetrics([]json.RawMessage{json.RawMessage(`{"epoch":1}`)}))
	must(t, r.AppendMetrics(map[string]int{"epoch": 2}))
	want := &safetensors.File{Metadata: map[string]string{"epoch": "1"}, Tensors: []safetensors.Tensor{{Name: "w", Shape: []int{1}, F32: []float32{0.5}}}}
	must(t, r.SaveCheckpoint(want))

	again, err := Open(r.Dir())
	must(t, err)
	var m meta
	must(t, again.ReadJSON(RunFile, &m))
	if m.Seed != 7 {
		t.Error(m)
	}
	lines, err := again.ReadFile(MetricsFile)
	must(t, err)
	if diff := cmp.Diff("{\"epoch\":1}\n{\"epoch\":2}\n", string(lines)); diff != "" {
		t.Error(diff)
	}
	got, err := again.LoadCheckpoint()
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{CheckpointFile, MetricsFile, ProgramFile, RunFile}, names(t, r.Dir())); diff != "" {
		t.Error("files are left over or lacking", diff)
	}
}

// A write that fails half way leaves the old file, and nothing beside it.
func TestFailedWriteKeepsTheOldFile(t *testing.T) {
	r := create(t)
	must(t, r.WriteFile(SummaryFile, []byte("old")))
	broken := errors.New("broken")
	err := WriteAtomic(r.Path(SummaryFile), func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return err
		}
		return broken
	})
	if code(err) != CannotWrite || !strings.Contains(err.Error(), "broken") {
		t.Error(err)
	}
	b, err := r.ReadFile(SummaryFile)
	must(t, err)
	if string(b) != "old" {
		t.Errorf("the old file is %q", b)
	}
	if diff := cmp.Diff([]string{SummaryFile}, names(t, r.Dir())); diff != "" {
		t.Error(diff)
	}
}

func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	r := create(t)
	must(t, os.Symlink("/dev/full", r.Path(MetricsFile)))
	err := r.AppendMetrics(1)
	var d *diag.Diagnostic
	if !errors.As(err, &d) || !strings.Contains(d.Message, "no space") || !strings.Contains(d.Help, "--resume") {
		t.Errorf("%v", err)
	}
}

func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o644))
	if _, err := Create(filepath.Join(file, "runs"), "x", 1, time.Now()); code(err) != CannotWrite {
		t.Error(err)
	}
	if _, err := CreateAt(filepath.Join(file, "run")); code(err) != CannotWrite {
		t.Error(err)
	}
	r := create(t)
	must(t, os.RemoveAll(r.Dir()))
	if err := r.AppendMetrics(1); code(err) != CannotWrite {
		t.Error(err)
	}
	if err := r.SaveCheckpoint(&safetensors.File{}); code(err) != CannotWrite {
		t.Error(err)
	}
	if err := r.WriteJSON(SummaryFile, func() {}); code(err) != CannotWrite {
		t.Error(err)
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open(t.TempDir()); code(err) != NotARun {
		t.Error(err)
	}
	r := create(t)
	must(t, r.WriteFile(RunFile, []byte("{")))
	if err := r.ReadJSON(RunFile, new(int)); code(err) != CannotRead {
		t.Error(err)
	}
	if _, err := r.ReadFile(SummaryFile); code(err) != CannotRead {
		t.Error(err)
	}
	if _, err := r.LoadCheckpoint(); code(err) != NotARun {
		t.Error(err)
	}
	must(t, r.WriteFile(CheckpointFile, []byte("short")))
	if _, err := r.LoadCheckpoint(); code(err) != DamagedCheckpoint {
		t.Error(err)
	}
	if _, err := CreateAt(r.Dir()); code(err) != RunExists {
		t.Error(err)
	}
	at, err := CreateAt(filepath.Join(t.TempDir(), "a", "b"))
	must(t, err)
	must(t, at.WriteFile(ProgramFile, nil))
}

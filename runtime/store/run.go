package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/store/safetensors"
)

// The names of the files of a run.
const (
	ProgramFile    = "program.net"
	ResolvedFile   = "resolved.net"
	RunFile        = "run.json"
	MetricsFile    = "metrics.jsonl"
	CheckpointFile = "checkpoint.safetensors"
	WeightsFile    = "weights.safetensors"
	SummaryFile    = "summary.json"
)

// Root is where runs go unless told otherwise.
const Root = ".netc/runs"

// Run is the folder of one run.
type Run struct {
	dir     string
	metrics *os.File
}

// Create makes a folder under root named after the program, the time and the seed; a number is added
// where that name is taken.
func Create(root, name string, seed uint64, now time.Time) (*Run, error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, cannotWrite(root, err)
	}
	base := fmt.Sprintf("%s-%s-seed%d", plain(name), now.Format("20060102-150405"), seed)
	for try := 1; ; try++ {
		dir := filepath.Join(root, base)
		if try > 1 {
			dir += fmt.Sprintf("-%d", try)
		}
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			return &Run{dir: dir}, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, cannotWrite(dir, err)
		}
	}
}

// CreateAt makes the run's folder at dir itself, which may exist but must not hold a run.
func CreateAt(dir string) (*Run, error) {
	for _, name := range []string{RunFile, CheckpointFile, MetricsFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return nil, diag.Errorf(RunExists, place(dir), "the folder already holds a run (%s)", name).
				WithHelp("choose another folder, or go on with that run: netc run --resume %s", dir)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, cannotWrite(dir, err)
	}
	return &Run{dir: dir}, nil
}

// Open returns the run in an existing folder.
func Open(dir string) (*Run, error) {
	if _, err := os.Stat(filepath.Join(dir, RunFile)); err != nil {
		return nil, diag.Errorf(NotARun, place(dir), "this is not the folder of a run: %s: %v", RunFile, reason(err)).
			WithHelp("give a folder that `netc run` has made, such as those under %s", Root)
	}
	return &Run{dir: dir}, nil
}

// plain keeps letters, digits, _ and - of a name, so that it may be part of a folder's.
func plain(name string) string {
	s := strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
	if s == "" {
		return "run"
	}
	return s
}

// Dir is the folder.
func (r *Run) Dir() string { return r.dir }

// Path is the path of one of the run's files.
func (r *Run) Path(name string) string { return filepath.Join(r.dir, name) }

// WriteFile writes a file as a whole or not at all.
func (r *Run) WriteFile(name string, data []byte) error {
	return WriteAtomic(r.Path(name), func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteJSON writes a value as indented JSON.
func (r *Run) WriteJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return cannotWrite(r.Path(name), err)
	}
	return r.WriteFile(name, append(b, '\n'))
}

// ReadFile reads a file.
func (r *Run) ReadFile(name string) ([]byte, error) {
	b, err := os.ReadFile(r.Path(name))
	if err != nil {
		return nil, cannotRead(r.Path(name), err)
	}
	return b, nil
}

// ReadJSON reads a value that WriteJSON wrote.
func (r *Run) ReadJSON(name string, v any) error {
	b, err := r.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return cannotRead(r.Path(name), err)
	}
	return nil
}

// AppendMetrics adds a line to metrics.jsonl and makes it durable before it returns.
func (r *Run) AppendMetrics(v any) error {
	path := r.Path(MetricsFile)
	line, err := json.Marshal(v)
	if err != nil {
		return cannotWrite(path, err)
	}
	if r.metrics == nil {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			return cannotWrite(path, err)
		}
		r.metrics = f
	}
	if _, err := r.metrics.Write(append(line, '\n')); err != nil {
		return cannotWrite(path, err)
	}
	if err := r.metrics.Sync(); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

// ResetMetrics replaces metrics.jsonl: a resumed run drops the lines that are later than its checkpoint.
func (r *Run) ResetMetrics(lines []json.RawMessage) error {
	if err := r.Close(); err != nil {
		return err
	}
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l)
		b.WriteByte('\n')
	}
	return r.WriteFile(MetricsFile, b.Bytes())
}

// SaveCheckpoint replaces the checkpoint.
func (r *Run) SaveCheckpoint(f *safetensors.File) error {
	return WriteAtomic(r.Path(CheckpointFile), f.Write)
}

// LoadCheckpoint reads the checkpoint.
func (r *Run) LoadCheckpoint() (*safetensors.File, error) {
	path := r.Path(CheckpointFile)
	f, err := safetensors.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, diag.Errorf(NotARun, place(path), "the run has no checkpoint: it ended before the first was saved").
			WithHelp("start it again: netc run %s", r.Path(ProgramFile))
	case err != nil && errors.As(err, new(*os.PathError)):
		return nil, cannotRead(path, err)
	case err != nil:
		return nil, diag.Errorf(DamagedCheckpoint, place(path), "%v", strings.TrimPrefix(err.Error(), path+": ")).
			WithHelp("the run cannot go on from here; start it again: netc run %s", r.Path(ProgramFile))
	}
	return f, nil
}

// Close closes the metrics file; the run may be written to again.
func (r *Run) Close() error {
	if r.metrics == nil {
		return nil
	}
	err := r.metrics.Close()
	r.metrics = nil
	if err != nil {
		return cannotWrite(r.Path(MetricsFile), err)
	}
	return nil
}

package study

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/netc-lang/netc/runtime/store"
)

// Root is the folder of everything that netc keeps.
const Root = ".netc"

// Trials keeps finished trials by identity, so that none is ever run twice.
type Trials interface {
	// Get finds a trial; nil without an error where it was not run yet.
	Get(identity string) (*Record, error)
	Put(*Record) error
}

// TrialFolder keeps trials as files: .netc/trials/ab/abcdef….json, written whole or not at all.
type TrialFolder string

// NewTrialFolder is the folder under a root such as Root.
func NewTrialFolder(root string) TrialFolder { return TrialFolder(filepath.Join(root, "trials")) }

func (f TrialFolder) path(identity string) string {
	return filepath.Join(string(f), identity[:2], identity+".json")
}

// Get reads a trial. A file that is damaged (a disk that was full, a hand that edited it) counts as not there.
func (f TrialFolder) Get(identity string) (*Record, error) {
	b, err := os.ReadFile(f.path(identity))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read an earlier trial: %w", err)
	}
	var r Record
	if json.Unmarshal(b, &r) != nil || r.Identity != identity {
		return nil, nil
	}
	return &r, nil
}

// Put writes a trial.
func (f TrialFolder) Put(r *Record) error {
	path := f.path(r.Identity)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("cannot keep a trial: %w", err)
	}
	return store.WriteAtomic(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(r) })
}

// Package experiment joins a compiled program with its data: one trial, ready to be trained, with an identity by
// which it is recognized. `netc run` trains one; a study trains many.
package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/store/safetensors"
	"github.com/netc-lang/netc/runtime/train"
)

// Experiment is a program with its data.
type Experiment struct {
	Program *compiler.Program
	Data    *data.Dataset
	Seed    uint64
	// Identity is a hash of the resolved program, its seed and the data: experiments of one identity give the same bits.
	Identity string
	// Variant is a hash of the resolved program without its seed, and of the data.
	Variant string
}

// New opens the data of a compiled program. The reader keeps what it decoded, so that experiments on one source share it.
func New(p *compiler.Program, r *data.Reader) (*Experiment, error) {
	d, err := r.Open(p.Data, p.Base())
	if err != nil {
		return nil, err
	}
	return With(p, d), nil
}

// With joins a compiled program with data that is open already, for programs that share it.
func With(p *compiler.Program, d *data.Dataset) *Experiment {
	p.Info = &d.Info
	e := &Experiment{Program: p, Data: d, Seed: train.Seed(p.Train)}
	resolved := withoutSeed(p)
	e.Variant = digest(resolved, d.Fingerprint)
	e.Identity = digest(resolved, d.Fingerprint, fmt.Sprint(e.Seed))
	return e
}

// withoutSeed prints the resolved program but for its first line, which names the file, and its seed.
func withoutSeed(p *compiler.Program) string {
	q := *p
	t := *p.Train
	t.Settings = nil
	for _, s := range p.Train.Settings {
		if s.Name != "seed" {
			t.Settings = append(t.Settings, s)
		}
	}
	q.Train = &t
	_, text, _ := strings.Cut(q.Resolved(), "\n")
	return text
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Options say how to train; they change no bit of the result.
type Options struct {
	Threads  int
	Store    *store.Run
	Resume   *safetensors.File
	Observer train.Observer
}

// Config is what package train runs.
func (e *Experiment) Config(o Options) train.Config {
	return train.Config{
		Program: e.Program, Train: e.Program.Train, DataSection: e.Program.Data, Info: &e.Data.Info, Data: e.Data, Identity: e.Identity,
		Threads: o.Threads, Store: o.Store, Resume: o.Resume, Observer: o.Observer,
	}
}

var _ train.Program = (*compiler.Program)(nil)

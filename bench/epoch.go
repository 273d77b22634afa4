package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netc-lang/netc/compiler"
	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/train"
)

//go:embed epoch.py
var epochScript []byte

// epochBatch is the size of the batches of epoch.net.
const epochBatch = 64

// epochs measures real training, as netc run does it: epochs of LeNet on MNIST from the images in memory to the metrics of the
// held-out part, augmentation included, against the same loop with a DataLoader in epoch.py. A round is a run of two epochs on each
// side; every epoch counts. Neither side's time covers reading the files.
func epochs(s *settings) error {
	for _, threads := range s.threads {
		if err := s.checkClock(threads); err != nil {
			return err
		}
	}
	folder, err := os.MkdirTemp("", "netc-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := s.writeEpoch(folder); err != nil {
		return err
	}
	p := findPeer(s)
	if p != nil {
		p.folder = folder
	}
	var reader data.Reader
	program := compiler.Compile(filepath.Join(folder, "epoch.net"), compiler.Options{Catalog: netc.Catalog(), Data: &reader})
	if program.Diags.HasErrors() {
		return fmt.Errorf("the epoch needs images (--data): %w", program.Diags.Err())
	}
	e, err := experiment.New(program, &reader)
	if err != nil {
		return err
	}
	for _, threads := range s.threads {
		if err := s.compareEpochs(e, threads, p); err != nil {
			return err
		}
	}
	return nil
}

// writeEpoch writes the program, of as many examples as are asked for, and the script.
func (s *settings) writeEpoch(folder string) error {
	text, err := programs.ReadFile("programs/epoch.net")
	if err != nil {
		return err
	}
	images, err := filepath.Abs(s.data)
	if err != nil {
		return err
	}
	program := strings.Replace(string(text), `idx("mnist")`, fmt.Sprintf("idx(%q)", filepath.ToSlash(images)), 1)
	if s.steps > 0 {
		program = strings.Replace(program, "train {", fmt.Sprintf("train {\n  examples  %d", s.steps*epochBatch), 1)
	}
	if err := os.WriteFile(filepath.Join(folder, "epoch.net"), []byte(program), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "epoch.py"), epochScript, 0o644)
}

func (s *settings) compareEpochs(e *experiment.Experiment, threads int, p *peer) error {
	images, err := filepath.Abs(s.data)
	if err != nil {
		return err
	}
	var own, peers side
	var accuracy, peerAccuracy float64
	for range s.rounds {
		watch := &epochWatch{now: s.now}
		cfg := e.Config(experiment.Options{Threads: threads, Observer: watch})
		cfg.Backend = s.backend
		result, err := train.Run(context.Background(), cfg)
		if err != nil {
			return err
		}
		if watch.err != nil {
			return watch.err
		}
		accuracy = float64(result.Valid["accuracy"])
		for _, ms := range watch.times {
			own.add(ms, ms)
		}
		if p == nil {
			continue
		}
		r, err := report[struct {
			Epochs   []float64 `json:"epochs_ms"`
			Accuracy float64   `json:"accuracy"`
		}](p.command(threads, "epoch.py", images, "--examples", strconv.Itoa(s.steps*epochBatch)))
		if err != nil {
			return err
		}
		peerAccuracy = r.Accuracy
		for _, ms := range r.Epochs {
			peers.add(ms, ms)
		}
	}
	r := row{Work: "epoch", Threads: threads, Netc: own.median(), Peer: peers.median()}
	text := fmt.Sprintf("epoch     %d threads: netc median %.2f s, min %.2f s, held-out accuracy %.3f", threads, own.median()/1e3, own.min()/1e3, accuracy)
	if p != nil {
		r.Ratio = r.Peer / r.Netc
		text += fmt.Sprintf("; PyTorch median %.2f s, min %.2f s, accuracy %.3f; ratio %.2f, of the minima %.2f",
			peers.median()/1e3, peers.min()/1e3, peerAccuracy, r.Ratio, slices.Min(peers.minima)/own.min())
	}
	return s.print(r, text)
}

// epochWatch notes how long epochs take.
type epochWatch struct {
	now   func() (time.Duration, error)
	last  time.Duration
	times []float64 // milliseconds
	err   error
}

// lap is the time since the last call.
func (w *epochWatch) lap() time.Duration {
	now, err := w.now()
	if err != nil {
		w.err = err
	}
	d := now - w.last
	w.last = now
	return d
}

func (w *epochWatch) Start(train.Start)  { w.lap() }
func (w *epochWatch) Step(train.Step)    {}
func (w *epochWatch) Epoch(train.Epoch)  { w.times = append(w.times, w.lap().Seconds()*1e3) }
func (w *epochWatch) Done(*train.Result) {}

package main

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/netc-lang/netc/compiler"
	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/train"
)

//go:embed programs
var programs embed.FS

// workload is a network whose training step is measured.
type workload struct {
	shape []int // of its batch, as netc has it: channels last
	steps int   // about a second's worth
}

var workloads = map[string]workload{
	"mlp":      {[]int{64, 784}, 600},
	"lenet":    {[]int{64, 28, 28, 1}, 40},
	"resnet20": {[]int{128, 32, 32, 3}, 3},
}

// warm is how many steps go before the measured ones, as in steps.py.
const warm = 10

// steps measures one training step: forward, cross-entropy, backward, SGD with momentum, the batch already in memory.
func steps(s *settings) error {
	for _, threads := range s.threads {
		if err := s.checkClock(threads); err != nil {
			return err
		}
	}
	p := findPeer(s)
	for _, work := range s.works {
		w, ok := workloads[work]
		if !ok {
			return fmt.Errorf("there is no network %q; there are mlp, lenet and resnet20", work)
		}
		if s.steps > 0 {
			w.steps = s.steps
		}
		for _, threads := range s.threads {
			if err := s.compare(work, w, threads, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *settings) compare(work string, w workload, threads int, p *peer) error {
	stepper, err := s.stepper(work, w, threads)
	if err != nil {
		return err
	}
	defer stepper.Close()
	for range warm {
		if err := stepper.Step(); err != nil {
			return err
		}
	}
	var own, peers side
	for range s.rounds {
		var times []float64
		for range w.steps {
			start, err := s.now()
			if err != nil {
				return err
			}
			if err := stepper.Step(); err != nil {
				return err
			}
			end, err := s.now()
			if err != nil {
				return err
			}
			times = append(times, (end-start).Seconds()*1e3)
		}
		slices.Sort(times)
		own.add(times[len(times)/2], times[0])
		if p == nil {
			continue
		}
		r, err := report[struct {
			Median float64 `json:"median_ms"`
			Min    float64 `json:"min_ms"`
		}](p.command(threads, "steps.py", work, "--steps", strconv.Itoa(w.steps)))
		if err != nil {
			return err
		}
		peers.add(r.Median, r.Min)
	}
	r := row{Work: work, Threads: threads, Netc: own.median(), Peer: peers.median()}
	text := fmt.Sprintf("%-9s %d threads: netc median %8.3f ms, min %8.3f ms, %.1f MB", work, threads, own.median(), own.min(), float64(stepper.Memory())/1e6)
	if p != nil {
		r.Ratio = r.Peer / r.Netc
		text += fmt.Sprintf("; PyTorch median %8.3f ms, min %8.3f ms; ratio %.2f, of the minima %.2f", peers.median(), peers.min(), r.Ratio, peers.min()/own.min())
	}
	return s.print(r, text)
}

// side gathers one side's rounds: their medians and minima, in milliseconds.
type side struct{ medians, minima []float64 }

func (s *side) add(median, least float64) {
	s.medians = append(s.medians, median)
	s.minima = append(s.minima, least)
}

func (s *side) median() float64 {
	if len(s.medians) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s.medians))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func (s *side) min() float64 { return slices.Min(s.minima) }

// stepper makes the training run of a network on random numbers.
func (s *settings) stepper(work string, w workload, threads int) (*train.Stepper, error) {
	folder, err := os.MkdirTemp("", "netc-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := writeBatch(folder, w); err != nil {
		return nil, err
	}
	e, err := open(folder, work)
	if err != nil {
		return nil, err
	}
	cfg := e.Config(experiment.Options{Threads: threads})
	cfg.Backend = s.backend
	return train.NewStepper(cfg)
}

// writeBatch writes a batch of random numbers with labels of all classes.
func writeBatch(folder string, w workload) error {
	r := rand.New(rand.NewPCG(1, 2))
	size := 1
	for _, n := range w.shape {
		size *= n
	}
	x, y := make([]float32, size), make([]int64, w.shape[0])
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for i := range y {
		y[i] = int64(i * 10 / len(y)) // every class is there
	}
	return writeNPZ(filepath.Join(folder, "batch.npz"), array{"x", w.shape, x}, array{"y", w.shape[:1], y})
}

// open writes a program into a folder and compiles it there.
func open(folder, name string) (*experiment.Experiment, error) {
	file, err := place(folder, name)
	if err != nil {
		return nil, err
	}
	return compiled(file)
}

// compiled makes a program ready to train.
func compiled(file string) (*experiment.Experiment, error) {
	var reader data.Reader
	p := compiler.Compile(file, compiler.Options{Catalog: netc.Catalog(), Data: &reader})
	if p.Diags.HasErrors() {
		return nil, p.Diags.Err()
	}
	return experiment.New(p, &reader)
}

func place(folder, name string) (file string, err error) {
	text, err := programs.ReadFile("programs/" + name + ".net")
	if err != nil {
		return "", err
	}
	file = filepath.Join(folder, name+".net")
	return file, os.WriteFile(file, text, 0o644)
}

package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data/format"
	"github.com/netc-lang/netc/runtime/study"
)

// How much of the images the study takes, as study.py does.
const (
	studyTrain    = 5000
	studyTest     = 2000
	studyVariants = 6
)

// studies measures a whole study: netc's trials two at a time on one thread each, against two processes of study.py with one thread and
// half of the seeds each. Neither side's time covers reading the images.
func studies(s *settings) error {
	if s.seeds%2 != 0 {
		return fmt.Errorf("--seeds %d: two processes share them, so take an even number", s.seeds)
	}
	folder, err := os.MkdirTemp("", "netc-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := writeStudyData(s.data, filepath.Join(folder, "images.npz")); err != nil {
		return fmt.Errorf("the study needs images (--data): %w", err)
	}
	file, err := place(folder, "study")
	if err != nil {
		return err
	}
	p := findPeer(s)
	const workers = 2
	var own, peers side
	for range s.rounds {
		ms, err := s.ownStudy(file, workers)
		if err != nil {
			return err
		}
		own.add(ms, ms)
		if p == nil {
			continue
		}
		if ms, err = p.study(s, workers); err != nil {
			return err
		}
		peers.add(ms, ms)
	}
	r := row{Work: "study", Threads: workers, Netc: own.median(), Peer: peers.median()}
	text := fmt.Sprintf("study of %d trials, %d side by side: netc median %.2f s, min %.2f s", studyVariants*s.seeds, workers, own.median()/1e3, own.min()/1e3)
	if p != nil {
		r.Ratio = r.Peer / r.Netc
		text += fmt.Sprintf("; PyTorch median %.2f s, min %.2f s; ratio %.2f", peers.median()/1e3, peers.min()/1e3, r.Ratio)
	}
	return s.print(r, text)
}

func (s *settings) ownStudy(file string, workers int) (ms float64, err error) {
	plan, err := study.Prepare(&study.Ask{File: file, Catalog: netc.Catalog(), Section: "choices", Seeds: s.seeds, Alpha: 0.05,
		Versions: study.Versions{Go: runtime.Version(), Backend: s.backend.Name()}})
	if err != nil {
		return 0, err
	}
	start := time.Now()
	report, err := (&study.Runner{Plan: plan.Plan, Trainer: plan, Workers: workers}).Run(context.Background())
	if err != nil {
		return 0, err
	}
	if want := studyVariants * s.seeds; report.Spent.Trials != want {
		return 0, fmt.Errorf("the study ran %d trials, not %d", report.Spent.Trials, want)
	}
	return time.Since(start).Seconds() * 1e3, nil
}

// study runs the script's processes side by side and gives the time of the slower one.
func (p *peer) study(s *settings, processes int) (ms float64, err error) {
	var wg sync.WaitGroup
	walls, errs := make([]float64, processes), make([]error, processes)
	for i := range processes {
		cmd := p.command(1, "study.py", s.data, "--train", strconv.Itoa(studyTrain), "--test", strconv.Itoa(studyTest), "--seeds", strconv.Itoa(s.seeds/processes))
		wg.Go(func() {
			r, err := report[struct {
				Wall float64 `json:"wall_s"`
			}](cmd)
			walls[i], errs[i] = r.Wall*1e3, err
		})
	}
	wg.Wait()
	for i := range walls {
		if errs[i] != nil {
			return 0, errs[i]
		}
		ms = max(ms, walls[i])
	}
	return ms, nil
}

// writeStudyData writes the first images of an IDX set, scaled to mean 0 and deviation 1 as study.py does, as a NumPy archive.
func writeStudyData(folder, file string) error {
	var list []array
	mean, dev := 0.0, 1.0
	for _, part := range []struct {
		name, x, y string
		n          int
	}{{"train", "x", "y", studyTrain}, {"t10k", "x_test", "y_test", studyTest}} {
		dims, pixels, err := readIDX(filepath.Join(folder, part.name+"-images-idx3-ubyte.gz"))
		if err != nil {
			return err
		}
		_, labels, err := readIDX(filepath.Join(folder, part.name+"-labels-idx1-ubyte.gz"))
		if err != nil {
			return err
		}
		if len(dims) != 3 || dims[0] < part.n || len(labels) < part.n {
			return fmt.Errorf("%s has %v %s images; %d are needed", folder, dims, part.name, part.n)
		}
		size := dims[1] * dims[2]
		pixels = pixels[:part.n*size]
		if part.name == "train" {
			sum, squares := 0.0, 0.0
			for _, v := range pixels {
				sum += float64(v)
				squares += float64(v) * float64(v)
			}
			mean = sum / float64(len(pixels))
			dev = math.Sqrt(squares/float64(len(pixels)) - mean*mean)
		}
		x, y := make([]float32, len(pixels)), make([]int64, part.n)
		for i, v := range pixels {
			x[i] = float32((float64(v) - mean) / dev)
		}
		for i := range y {
			y[i] = int64(labels[i])
		}
		list = append(list, array{part.x, []int{part.n, size}, x}, array{part.y, []int{part.n}, y})
	}
	return writeNPZ(file, list...)
}

func readIDX(file string) (dims []int, values []byte, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	return format.ReadIDX(z)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/device/choose"
	"github.com/netc-lang/netc/runtime/device/host"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/gpu"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/train"
)

// Batches of an epoch on a card: enough for the end of an epoch, where the processor makes metrics, to weigh little.
var cardBatches = map[string]int{"mlp": 200, "lenet": 200, "resnet20": 40}

// cardPrecisions are how products are multiplied, with the arguments of steps.py for the same.
var cardPrecisions = []struct {
	name string
	peer []string
}{{"fp32", nil}, {"tf32", []string{"--tf32"}}, {"bf16", []string{"--bf16"}}}

// cardRow is one result of a card.
type cardRow struct {
	Work      string  `json:"work"`
	Device    string  `json:"device"`
	Precision string  `json:"precision,omitempty"`
	Netc      float64 `json:"netc_ms"` // of a step, end to end: the median of the epochs
	Least     float64 `json:"netc_min_ms"`
	Eager     float64 `json:"eager_ms,omitempty"`
	Compiled  float64 `json:"compiled_ms,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"`          // eager / netc
	Against   float64 `json:"ratio_compiled,omitempty"` // compiled / netc
	PerSecond float64 `json:"per_second"`               // images, or trials of a study
	Trials    int     `json:"trials,omitempty"`
	Stacks    string  `json:"stacks,omitempty"`
}

// pool opens the device of --device.
func (s *settings) pool(w gpu.Work) (*gpu.Pool, error) {
	if s.device == "host" { // the emulated one, for tests
		return gpu.Open(host.New(), 0, w)
	}
	request, err := choose.Parse(s.device)
	if err != nil {
		return nil, err
	}
	c, err := request.Find()
	if err != nil {
		return nil, err
	}
	if c.OnCPU() {
		return nil, fmt.Errorf("--device %s: card and stack measure a card; %s", s.device, c.Note)
	}
	return gpu.Open(c.Driver, c.Info.Ordinal, w)
}

// card measures a step of training on a card, end to end: whole epochs, with the gathering of batches and the metrics, divided by
// their steps. The peer's step is that of steps.py, the batch already in memory, eager and compiled.
func card(s *settings) error {
	pool, err := s.pool(gpu.Run)
	if err != nil {
		return err
	}
	defer pool.Close()
	p := findPeer(s)
	for _, work := range s.works {
		w, ok := workloads[work]
		if !ok {
			return fmt.Errorf("there is no network %q; there are mlp, lenet and resnet20", work)
		}
		for _, precision := range cardPrecisions {
			if s.precision != "" && s.precision != precision.name {
				continue
			}
			r := cardRow{Work: work, Device: pool.Info().Name, Precision: precision.name}
			if r.Netc, r.Least, err = s.cardStep(pool, work, w, precision.name); err != nil {
				return fmt.Errorf("%s in %s: %w", work, precision.name, err)
			}
			r.PerSecond = float64(w.shape[0]) / r.Netc * 1e3
			if p != nil {
				if r.Eager, err = p.cardStep(work, precision.peer); err != nil {
					return err
				}
				// A peer that does not compile here is left out, and why is told: the eager one is the one that must be beaten.
				if r.Compiled, err = p.cardStep(work, append([]string{"--compile", "reduce-overhead"}, precision.peer...)); err != nil {
					fmt.Fprintln(s.err, "the compiled peer is left out:", err)
				}
				r.Ratio, r.Against = r.Eager/r.Netc, r.Compiled/r.Netc
			}
			if err := s.printCard(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *settings) printCard(r cardRow) error {
	if s.json {
		return json.NewEncoder(s.out).Encode(r)
	}
	text := fmt.Sprintf("%-9s %s on %s: netc median %.4f ms, min %.4f ms, %.0f a second", r.Work, r.Precision, r.Device, r.Netc, r.Least, r.PerSecond)
	if r.Eager > 0 {
		text += fmt.Sprintf("; PyTorch eager %.4f ms, ratio %.2f", r.Eager, r.Ratio)
	}
	if r.Compiled > 0 {
		text += fmt.Sprintf("; compiled %.4f ms, ratio %.2f", r.Compiled, r.Against)
	}
	if r.Stacks != "" {
		text += "; " + r.Stacks
	}
	_, err := fmt.Fprintln(s.out, text)
	return err
}

// cardStep trains for some epochs, of which the first two warm up, and gives the median and the least time of a step.
func (s *settings) cardStep(pool *gpu.Pool, work string, w workload, precision string) (median, least float64, err error) {
	folder, err := os.MkdirTemp("", "netc-bench-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(folder)
	n := cardBatches[work]
	if s.steps > 0 {
		n = s.steps
	}
	w.shape = slices.Clone(w.shape)
	w.shape[0] *= n
	if err := writeBatch(folder, w); err != nil {
		return 0, 0, err
	}
	text, err := programs.ReadFile("programs/" + work + ".net")
	if err != nil {
		return 0, 0, err
	}
	const warmEpochs = 2
	epochs := fmt.Sprintf("epochs    %d\n  precision %s", warmEpochs+s.rounds, precision)
	file := filepath.Join(folder, work+".net")
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "epochs    1", epochs, 1)), 0o644); err != nil {
		return 0, 0, err
	}
	e, err := compiled(file)
	if err != nil {
		return 0, 0, err
	}
	watch := &epochTimes{}
	cfg := e.Config(experiment.Options{Threads: runtime.NumCPU(), Observer: watch})
	ticket := pool.Tickets(1)[0]
	defer ticket.Release()
	cfg.Backend, cfg.Executor = s.backend, ticket
	if _, err := train.Run(context.Background(), cfg); err != nil {
		return 0, 0, err
	}
	if len(watch.at) != warmEpochs+s.rounds {
		return 0, 0, fmt.Errorf("%d epochs were trained, not %d", len(watch.at), warmEpochs+s.rounds)
	}
	var times []float64
	for i := warmEpochs; i < len(watch.at); i++ {
		times = append(times, watch.at[i].Sub(watch.at[i-1]).Seconds()*1e3/float64(watch.steps))
	}
	slices.Sort(times)
	return times[len(times)/2], times[0], nil
}

// epochTimes notes down when epochs end.
type epochTimes struct {
	steps int
	at    []time.Time
}

func (e *epochTimes) Start(s train.Start) { e.steps = s.StepsPerEpoch }
func (e *epochTimes) Step(train.Step)     {}
func (e *epochTimes) Epoch(train.Epoch)   { e.at = append(e.at, time.Now()) }
func (e *epochTimes) Done(*train.Result)  {}

// cardStep is a step of steps.py on the first card.
func (p *peer) cardStep(work string, more []string) (ms float64, err error) {
	r, err := report[struct {
		Median float64 `json:"median_ms"`
	}](p.command(runtime.NumCPU(), "steps.py", append([]string{work, "--steps", "200", "--device", "cuda"}, more...)...))
	return r.Median, err
}

// stack measures a study on a card: all of its trials, stacked, against study.py's, which run one by one on the same card. The peer
// runs fewer seeds; both sides are compared by trials a second.
func stack(s *settings) error {
	pool, err := s.pool(gpu.Study)
	if err != nil {
		return err
	}
	defer pool.Close()
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
	r := cardRow{Work: "study", Device: pool.Info().Name, Trials: studyVariants * s.seeds}
	var times []float64
	for range s.rounds {
		before := pool.Report()
		start := time.Now()
		plan, err := study.Prepare(&study.Ask{File: file, Catalog: netc.Catalog(), Section: "choices", Seeds: s.seeds, Alpha: 0.05,
			Versions: study.Versions{Go: runtime.Version(), Backend: pool.Name()}, Device: pool})
		if err != nil {
			return err
		}
		prepared := time.Now()
		done, err := (&study.Runner{Plan: plan.Plan, Trainer: plan, Workers: min(runtime.NumCPU(), r.Trials)}).Run(context.Background())
		if err != nil {
			return err
		}
		if done.Spent.Trials != r.Trials {
			return fmt.Errorf("the study ran %d trials, not %d", done.Spent.Trials, r.Trials)
		}
		after := pool.Report()
		r.Stacks = fmt.Sprintf("%d trials in %d stacks, prepared in %.2f s", after.Trials-before.Trials, after.Stacks-before.Stacks, prepared.Sub(start).Seconds())
		times = append(times, time.Since(prepared).Seconds()*1e3)
	}
	slices.Sort(times)
	r.Netc, r.Least = times[len(times)/2], times[0]
	r.PerSecond = float64(r.Trials) / r.Netc * 1e3
	if p := findPeer(s); p != nil {
		wall, trials, err := p.cardStudy(s.data)
		if err != nil {
			return err
		}
		r.Eager = wall / float64(trials) * float64(r.Trials)
		r.Ratio = r.Eager / r.Netc
	}
	return s.printCard(r)
}

// onCard runs a script, argument 1, with all its tensors on the card.
const onCard = `import os, runpy, sys, torch
torch.set_default_device("cuda")
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
runpy.run_path(sys.argv[0], run_name="__main__")`

// cardStudy runs study.py on the card with one seed, after a short one that warms up.
func (p *peer) cardStudy(data string) (ms float64, trials int, err error) {
	command := func(seeds, epochs int) *exec.Cmd {
		return exec.Command(p.python, "-c", onCard, filepath.Join(p.folder, "study.py"), data, "--train", strconv.Itoa(studyTrain), "--test", strconv.Itoa(studyTest),
			"--seeds", strconv.Itoa(seeds), "--epochs", strconv.Itoa(epochs))
	}
	type wall struct {
		Wall   float64 `json:"wall_s"`
		Trials int     `json:"trials"`
	}
	if _, err := report[wall](command(1, 1)); err != nil {
		return 0, 0, err
	}
	r, err := report[wall](command(1, 5))
	return r.Wall * 1e3, r.Trials, err
}

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/gpu"
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/store/safetensors"
	"github.com/netc-lang/netc/runtime/train"
)

// runFlags are the flags of netc run.
type runFlags struct {
	editFlags
	deviceFlag
	seed    string
	threads int
	out     string
	resume  string
	train   string

	deviceGiven bool
	json        bool
}

func runCommand(t *terminal) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Train a program",
		Long: `run trains a program and measures it: on the training and the valid part after each
epoch, on the test part once at the end. What it does and finds goes into a
folder under .netc/runs: the resolved program, metrics.jsonl (a line an epoch),
checkpoint.safetensors, weights.safetensors and summary.json.

Ctrl-C saves a checkpoint; --resume DIR goes on from one, also after a crash,
to the same bits as a run that was never interrupted.`,
		Example: `  netc run examples/digits.net
  netc run model.net --set train.epochs=10 --off dropout --seed 2
  netc run --resume .netc/runs/model-20260101-120000-seed1
  netc run model.net --json > result.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 0 && f.resume == "" {
				return usageError{errors.New("run takes one FILE, or --resume DIR; see netc run --help")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) > 0 {
				file = args[0]
			}
			f.deviceGiven = cmd.Flags().Changed("device")
			return t.run(cmd.Context(), file, &f)
		},
	}
	f.editFlags.register(cmd)
	f.deviceFlag.register(cmd)
	cmd.Flags().StringVar(&f.seed, "seed", "", "the seed, in place of the program's")
	cmd.Flags().IntVar(&f.threads, "threads", runtime.NumCPU(), "CPU threads; results do not depend on it")
	cmd.Flags().StringVar(&f.out, "out", "", "the run's folder, in place of a new one under .netc/runs")
	cmd.Flags().StringVar(&f.resume, "resume", "", "go on with the run in this folder")
	cmd.Flags().StringVar(&f.train, "train", "", "the train section to run, where the file has several")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object on standard output at the end, all else on standard error")
	return cmd
}

// record is run.json: what a run is, and what it takes to go on with it.
type record struct {
	Program  string    `json:"program"` // the file
	Edits    []string  `json:"edits,omitempty"`
	Train    string    `json:"train_section,omitempty"`
	Device   string    `json:"device,omitempty"` // as asked for
	Seed     uint64    `json:"seed"`
	Identity string    `json:"identity"`
	Data     string    `json:"data_fingerprint"`
	Netc     string    `json:"netc"`
	Go       string    `json:"go"`
	Platform string    `json:"platform"`
	Started  time.Time `json:"started"`
}

func (t *terminal) run(ctx context.Context, file string, f *runFlags) (failed error) {
	if err := f.check(); err != nil {
		return err
	}
	if _, err := cpuBackend(); err != nil {
		return err
	}
	if f.threads < 1 {
		return usageError{fmt.Errorf("--threads %d: at least one thread is needed", f.threads)}
	}
	if f.seed != "" {
		if _, err := strconv.ParseUint(f.seed, 10, 53); err != nil {
			return usageError{fmt.Errorf("--seed %s: a seed is a whole number from 0 to 2^53", f.seed)}
		}
		f.texts = append(f.texts, editText{"set", "train.seed=" + f.seed})
	}
	var run *store.Run
	var checkpoint *safetensors.File
	if f.resume != "" {
		var err error
		if run, checkpoint, err = t.reopen(&file, f); err != nil {
			return err
		}
		defer run.Close()
	}
	reader := new(data.Reader)
	p, err := compile(file, &f.editFlags, compiler.Options{Train: f.train, IgnoreStudies: true, Data: reader})
	var at located
	if errors.As(err, &at) {
		t.render(at.List, nil, &f.editFlags)
		return status(exitFailed)
	}
	if err != nil {
		return err
	}
	t.render(p.Diags, p, &f.editFlags)
	if p.Diags.HasErrors() {
		return status(exitFailed)
	}
	if p.Library || p.Train == nil {
		return fmt.Errorf("%s has definitions only: there is nothing to train in it", file)
	}
	e, err := experiment.New(p, reader)
	if err != nil {
		return t.programError(err, p, &f.editFlags)
	}
	for _, note := range e.Data.Notes {
		fmt.Fprintf(t.err, "note: %s\n", note)
	}
	pool, err := t.open(&f.deviceFlag, gpu.Run)
	if err != nil {
		return err
	}
	if pool != nil {
		defer func() { failed = errors.Join(failed, t.give(pool)) }()
	}
	if run == nil {
		if run, err = t.create(p, e, file, f); err != nil {
			return t.programError(err, p, &f.editFlags)
		}
		defer run.Close()
	} else if err := sameRun(run, e); err != nil {
		return err
	}
	return t.train(ctx, e, run, checkpoint, p, pool, f)
}

// reopen opens a run to go on with; its file and edits are those it was started with.
func (t *terminal) reopen(file *string, f *runFlags) (*store.Run, *safetensors.File, error) {
	run, err := store.Open(f.resume)
	if err != nil {
		return nil, nil, err
	}
	var r record
	if err := run.ReadJSON(store.RunFile, &r); err != nil {
		return nil, nil, err
	}
	if len(f.texts) > 0 || f.out != "" {
		return nil, nil, usageError{errors.New("--resume goes on with a run as it was started: it takes no --set, --off, --on, --seed or --out")}
	}
	if *file == "" {
		*file = r.Program
	}
	for _, e := range r.Edits {
		verb, text, _ := strings.Cut(e, " ")
		f.texts = append(f.texts, editText{verb, text})
	}
	f.train = r.Train
	if !f.deviceGiven && r.Device != "" {
		f.deviceFlag.name = r.Device
	}
	if _, err := os.Stat(run.Path(store.SummaryFile)); err == nil {
		return nil, nil, fmt.Errorf("the run in %s is complete; its results are in %s", run.Dir(), run.Path(store.SummaryFile))
	}
	if _, err := os.Stat(run.Path(store.CheckpointFile)); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(t.err, "note: %s has no checkpoint yet: it starts from the beginning\n", run.Dir())
		return run, nil, nil
	}
	checkpoint, err := run.LoadCheckpoint()
	return run, checkpoint, err
}

func sameRun(run *store.Run, e *experiment.Experiment) error {
	var r record
	if err := run.ReadJSON(store.RunFile, &r); err != nil {
		return err
	}
	if r.Identity == e.Identity {
		return nil
	}
	what := "the program"
	if r.Data != e.Data.Fingerprint {
		what = "the data"
	}
	return fmt.Errorf("%s has changed since the run in %s was started: it cannot be gone on with\n"+
		"the program as it was is in %s; start a new run for the changed one", what, run.Dir(), run.Path(store.ProgramFile))
}

func (t *terminal) create(p *compiler.Program, e *experiment.Experiment, file string, f *runFlags) (*store.Run, error) {
	var run *store.Run
	var err error
	if f.out != "" {
		run, err = store.CreateAt(f.out)
	} else {
		name := strings.TrimSuffix(filepath.Base(file), ".net")
		run, err = store.Create(store.Root, name, e.Seed, time.Now())
	}
	if err != nil {
		return nil, err
	}
	full, err := filepath.Abs(file)
	if err != nil {
		full = file
	}
	r := record{Program: full, Train: f.train, Device: f.deviceFlag.name, Seed: e.Seed, Identity: e.Identity, Data: e.Data.Fingerprint,
		Netc: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Started: time.Now()}
	for _, x := range f.texts {
		r.Edits = append(r.Edits, x.verb+" "+x.text)
	}
	for _, w := range []func() error{
		func() error { return run.WriteFile(store.ProgramFile, p.Source(file)) },
		func() error { return run.WriteFile(store.ResolvedFile, []byte(p.Resolved())) },
		func() error { return run.WriteJSON(store.RunFile, r) },
	} {
		if err := w(); err != nil {
			run.Close()
			return nil, err
		}
	}
	return run, nil
}

// train runs until the end, or until Ctrl-C or a termination signal saves a checkpoint.
func (t *terminal) train(ctx context.Context, e *experiment.Experiment, run *store.Run, checkpoint *safetensors.File, p *compiler.Program, pool *gpu.Pool, f *runFlags) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprintf(t.err, "run %s\n", run.Dir())
	backend, err := cpuBackend()
	if err != nil {
		return err
	}
	watch := newProgress(t, e)
	cfg := e.Config(experiment.Options{Threads: f.threads, Store: run, Resume: checkpoint, Observer: watch})
	cfg.Backend = backend
	result, err := t.trainOn(ctx, pool, cfg, f)
	watch.close()
	if err != nil {
		return t.programError(lost(err, run), p, &f.editFlags)
	}
	if result.Status == train.Interrupted {
		fmt.Fprintf(t.err, "interrupted after %s; a checkpoint is saved. To go on:\n  netc run --resume %s\n",
			counted(int(result.Steps), "step"), run.Dir())
		return status(exitInterrupted)
	}
	t.summarize(result, e, run)
	if f.json {
		return writeRunJSON(t, result, run)
	}
	return nil
}

// trainOn trains on a device, or on the processor where there is none or where that may stand in for it.
func (t *terminal) trainOn(ctx context.Context, pool *gpu.Pool, cfg train.Config, f *runFlags) (*train.Result, error) {
	if pool == nil {
		return train.Run(ctx, cfg)
	}
	fmt.Fprintf(t.err, "device %s\n", pool.Info().Name)
	ticket := pool.Tickets(1)[0]
	defer ticket.Release()
	cfg.Executor = ticket
	result, err := train.Run(ctx, cfg)
	if err != nil && f.auto() && elsewhere(err) {
		t.fallBack(pool.Info().Name+" cannot train it", err)
		cfg.Executor = nil
		return train.Run(ctx, cfg)
	}
	return result, err
}

// programError prints what went wrong with text from the program's files where a place is known.
func (t *terminal) programError(err error, p *compiler.Program, flags *editFlags) error {
	list := diagnostics(err)
	if list == nil {
		return err
	}
	t.render(list, p, flags)
	return status(exitFailed)
}

// runJSON is what run --json prints; spec/json.md documents it.
type runJSON struct {
	Run            string        `json:"run"`
	Status         train.Status  `json:"status"`
	Seed           uint64        `json:"seed"`
	Epochs         int           `json:"epochs"`
	Steps          int64         `json:"steps"`
	Train          metric.Values `json:"train"`
	Valid          metric.Values `json:"valid"`
	Test           metric.Values `json:"test"`
	Seconds        float64       `json:"seconds"`
	StepsPerSecond float64       `json:"steps_per_second"`
	Parameters     int           `json:"parameters"`
	Hashes         train.Hashes  `json:"hashes"`
	Reading        any           `json:"reading,omitempty"`
}

func writeRunJSON(t *terminal, r *train.Result, run *store.Run) error {
	out := runJSON{Run: run.Dir(), Status: r.Status, Seed: r.Seed, Epochs: r.Epochs, Steps: r.Steps, Train: r.Train, Valid: r.Valid, Test: r.Test,
		Seconds: r.Seconds, StepsPerSecond: r.StepsPerSecond, Parameters: r.Parameters, Hashes: r.Hashes}
	if r.Reading != nil {
		out.Reading = r.Reading
	}
	return json.NewEncoder(t.out).Encode(out)
}

package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/kernel/cpu"
	"github.com/netc-lang/netc/runtime/study"
)

// studyFlags are what ablate, study and equiv have in common.
type studyFlags struct {
	editFlags
	deviceFlag
	metrics    []string
	margin     string
	seeds      int
	confirm    int
	threads    int
	budget     time.Duration
	alpha      float64
	normal     bool
	sequential bool
	retune     []string
	train      string
	json       bool
}

func (f *studyFlags) registerStudy(cmd *cobra.Command) {
	f.editFlags.register(cmd)
	flags := cmd.Flags()
	f.deviceFlag.register(cmd)
	flags.StringArrayVar(&f.metrics, "metric", nil, "what is compared: test.accuracy, valid.loss, test.rmse(HEAD); the first decides")
	flags.StringVar(&f.margin, "margin", "", "the smallest difference that matters, in the metric's units: 0.5% or 0.02")
	flags.IntVar(&f.seeds, "seeds", 0, "paired seeds (the file's number, else 8)")
	if cmd.Name() != "equiv" {
		flags.IntVar(&f.confirm, "confirm", 0, "then train what was found best again, on this many fresh seeds: an estimate of its gain that choosing it has not flattered")
	}
	flags.IntVar(&f.threads, "threads", runtime.NumCPU(), "trials side by side on the processor, one thread each; results do not depend on it")
	flags.DurationVar(&f.budget, "budget", 0, "the most time to spend, such as 30m; what is finished by then is reported")
	flags.Float64Var(&f.alpha, "alpha", 0.05, "accepted probability of a false claim over all tricks of the study")
	flags.BoolVar(&f.normal, "assume-normal", false, "let the paired t test decide: more sensitive with few seeds, and an assumption that the report names")
	flags.BoolVar(&f.sequential, "sequential", false, "look after every pair and stop what is decided, at the kept error rate --alpha")
	flags.StringArrayVar(&f.retune, "retune", nil, "tune a setting anew for every form, by the loss on the valid part: lr, or lr=0.01..0.4")
	flags.StringVar(&f.train, "train", "", "the train section, where the file has several")
	flags.BoolVar(&f.json, "json", false, "print one JSON object on standard output, all else on standard error")
}

// ask turns flags into a question.
func (f *studyFlags) ask(file string) (*study.Ask, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	edits, err := f.edits()
	if err != nil {
		return nil, err
	}
	a := &study.Ask{File: file, Edits: edits, Train: f.train, Catalog: netc.Catalog(), Metrics: f.metrics, Seeds: f.seeds, Confirm: f.confirm, Budget: f.budget, Alpha: f.alpha, Normal: f.normal, Retune: f.retune, Versions: versions()}
	if f.threads < 1 {
		return nil, usageError{fmt.Errorf("--threads %d: at least one thread is needed", f.threads)}
	}
	if f.seeds < 0 || f.seeds == 1 {
		return nil, usageError{fmt.Errorf("--seeds %d: a comparison takes at least two pairs, and six for a verdict", f.seeds)}
	}
	if f.confirm < 0 || f.confirm == 1 {
		return nil, usageError{fmt.Errorf("--confirm %d: a confirmation takes at least two fresh seeds, and six for a verdict", f.confirm)}
	}
	if f.sequential {
		a.Sequential = f.alpha
	}
	if f.margin != "" {
		m, err := parseMargin(f.margin)
		if err != nil {
			return nil, usageError{err}
		}
		a.Margin = &m
	}
	return a, nil
}

func parseMargin(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || x < 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0, fmt.Errorf("--margin %s: a margin is a number in the metric's units, such as 0.5%% or 0.02", text)
	}
	if percent {
		x /= 100
	}
	return x, nil
}

// versions says what the bits of a trial depend on besides the program.
func versions() study.Versions {
	return study.Versions{Netc: buildVersion(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Backend: cpu.New().Name()}
}

// buildVersion is the version of a clean build; a build from changed sources is known by its own contents, so that trials of
// different builds are not taken for one another.
var buildVersion = sync.OnceValue(func() string {
	v := version()
	if !strings.Contains(v, "+") && v != "(devel)" && v != "unknown" {
		return v
	}
	path, err := os.Executable()
	if err != nil {
		return v
	}
	f, err := os.Open(path)
	if err != nil {
		return v
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return v
	}
	return v + " build " + hex.EncodeToString(h.Sum(nil))[:12]
})

func ablateCommand(t *terminal) *cobra.Command {
	var f studyFlags
	var tricks []string
	var section string
	cmd := &cobra.Command{
		Use:   "ablate FILE",
		Short: "Measure what each trick of a program contributes",
		Long: `ablate trains a program with each trick on and off, from the same seeds, and says of
each whether it helps, hurts, makes no difference that matters (equivalent), did
nothing at all, or cannot be told yet (undecided).

Both runs of a seed start from the same weights and see the same batches, so that
most luck cancels in their difference. Without --trick all tricks of the file are
measured (or those that its study section lists). A trick that is off in the file is
measured by switching it on. Metric, margin and seeds come from the file's study
section where it has one; otherwise the metric is accuracy (else rmse, else loss) on
the test part, the margin of an accuracy 0.5 points, and 8 seeds are run.

Trials run side by side, one a core. Each is kept under .netc/trials: Ctrl-C or a
crash loses only those under way, and the same command goes on. No trial is run twice.

With --confirm N what was found best (the file with each helpful trick on and each
harmful one off) is trained again beside the file as it is, on N seeds that had no part
in finding it. What looked best has been flattered by luck; these figures have not.`,
		Example: `  netc ablate examples/digits.net --trick dropout --seeds 8
  netc ablate model.net --trick 'act[*]' --metric test.loss --margin 0.02
  netc ablate model.net --confirm 8
  netc ablate model.net --set train.epochs=10 --budget 1h --json > result.json`,
		Args: exactly(1, "one FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := f.ask(args[0])
			if err != nil {
				return t.studyMistake(err, nil, &f)
			}
			a.Tricks, a.Section, a.Any, a.LeaveOneOut = tricks, section, true, true
			a.Reproduce = []string{reproduce(cmd, args)}
			return t.study(cmd.Context(), a, &f)
		},
	}
	f.registerStudy(cmd)
	cmd.Flags().StringArrayVar(&tricks, "trick", nil, "a trick to measure: dropout, stage[2].skip, 'flip + crop' together, 'act[*]' each on its own; may be repeated")
	cmd.Flags().StringVar(&section, "study", "", "the study section to take metric, margin and seeds from, where the file has several")
	return cmd
}

// reproduce writes the command line that gives the report again.
func reproduce(cmd *cobra.Command, args []string) string {
	parts := append([]string{"netc", cmd.Name()}, args...)
	given := os.Args[1:]
	for i := 0; i < len(given); i++ {
		g := given[i]
		if !strings.HasPrefix(g, "-") {
			continue
		}
		name, _, has := strings.Cut(strings.TrimLeft(g, "-"), "=")
		fl := cmd.Flags().Lookup(name)
		if fl == nil || name == "json" || name == "threads" {
			continue
		}
		parts = append(parts, g)
		if !has && fl.NoOptDefVal == "" && i+1 < len(given) {
			i++
			parts = append(parts, given[i])
		}
	}
	for i, p := range parts {
		if strings.ContainsAny(p, " *[](){}+'\"$&;<>|") {
			parts[i] = "'" + strings.ReplaceAll(p, "'", `'\''`) + "'"
		}
	}
	return strings.Join(parts, " ")
}

// study prepares and runs a study and prints what it found.
func (t *terminal) study(ctx context.Context, a *study.Ask, f *studyFlags) (failed error) {
	s, err := t.prepare(a, f)
	if a.Device != nil {
		defer func() { failed = errors.Join(failed, t.give(a.Device)) }()
	}
	if err != nil {
		return t.studyMistake(err, s, f)
	}
	t.render(warnings(s), s.Base, &f.editFlags)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	name := ""
	if a.Device != nil {
		name = a.Device.Info().Name
	}
	r, err := t.runStudy(ctx, s, name, f)
	if err != nil {
		return t.studyMistake(lostInStudy(err), s, f)
	}
	if f.json {
		if err := t.printJSON(r); err != nil {
			return err
		}
	} else {
		writeReport(t.out, r, t.outColor())
	}
	if r.Status == study.Interrupted {
		fmt.Fprintf(t.err, "\ninterrupted: %d of %d trials are kept; the same command goes on\n", r.Spent.Trials, r.Design.TrialsTotal)
		return status(exitInterrupted)
	}
	return nil
}

func (t *terminal) runStudy(ctx context.Context, s *study.Study, device string, f *studyFlags) (*study.Report, error) {
	folder, err := study.OpenFolder(study.Root, s.Plan, time.Now())
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	workers := min(f.threads, max(1, s.Plan.Trials()))
	s.Threads = max(1, f.threads/workers)
	watch := newStudyProgress(t, s.Plan, workers)
	watch.device = device
	runner := &study.Runner{Plan: s.Plan, Trainer: s, Trials: study.NewTrialFolder(study.Root), Folder: folder, Workers: workers, Observer: watch}
	r, err := runner.Run(ctx)
	watch.close()
	return r, err
}

// studyMistake prints what went wrong with text from the program.
func (t *terminal) studyMistake(err error, s *study.Study, f *studyFlags) error {
	list := diagnostics(err)
	if list == nil {
		return err
	}
	if s != nil && s.Base != nil {
		t.render(list, s.Base, &f.editFlags)
	} else {
		t.render(list, nil, &f.editFlags)
	}
	return status(exitFailed)
}

package cli

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/metric"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/train"
)

// progress shows how a run goes: a bar with rate, time left and the last values on a terminal, a line an epoch
// where the output is piped.
type progress struct {
	t      *terminal
	e      *experiment.Experiment
	bar    *progressbar.ProgressBar
	epochs int
	last   string
	shown  time.Time
}

func newProgress(t *terminal, e *experiment.Experiment) *progress { return &progress{t: t, e: e} }

// Start implements train.Observer.
func (p *progress) Start(s train.Start) {
	p.epochs = s.Epochs
	fmt.Fprintf(p.t.err, "%s parameters, %s training and %s valid examples, %s of %s\n", number(s.Parameters), number(s.Train), number(s.Valid),
		counted(s.Epochs, "epoch"), counted(s.StepsPerEpoch, "step"))
	fmt.Fprintf(p.t.err, "draws: initial weights %s, order %s%s\n", short(s.Hashes.InitialWeights), short(s.Hashes.BatchOrder), augmentation(s.Hashes))
	for _, n := range s.Notes {
		fmt.Fprintf(p.t.err, "note: %s\n", n)
	}
	if !p.t.live {
		return
	}
	p.bar = progressbar.NewOptions64(s.Steps,
		progressbar.OptionSetWriter(p.t.err), progressbar.OptionShowIts(), progressbar.OptionSetItsString("step"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(24),
		progressbar.OptionClearOnFinish(), progressbar.OptionShowCount())
	p.bar.Set64(s.Done)
}

func augmentation(h train.Hashes) string {
	var parts []string
	for path, hash := range h.Augmentation {
		parts = append(parts, ", "+path+" "+short(hash))
	}
	sort.Strings(parts)
	return strings.Join(parts, "")
}

func short(hash string) string { return hash[:min(12, len(hash))] }

// Step implements train.Observer.
func (p *progress) Step(s train.Step) {
	if p.bar == nil {
		return
	}
	if now := time.Now(); now.Sub(p.shown) > 100*time.Millisecond {
		p.shown = now
		p.bar.Describe(fmt.Sprintf("epoch %d/%d  loss %.4f  %s", s.Epoch, p.epochs, s.Loss, p.last))
	}
	p.bar.Set64(s.Step)
}

// Epoch implements train.Observer.
func (p *progress) Epoch(e train.Epoch) {
	line := fmt.Sprintf("train %s", values(e.Train))
	if len(e.Valid) > 0 {
		line += "   valid " + values(e.Valid)
	}
	if p.bar != nil {
		p.last = "valid " + values(e.Valid)
		p.bar.Clear()
	}
	mark := ""
	if e.Best {
		mark = "  *"
	}
	fmt.Fprintf(p.t.err, "epoch %*d/%d  %s   lr %.3g   %.1fs%s\n", len(fmt.Sprint(p.epochs)), e.Epoch, p.epochs, line, e.Rate, e.Seconds, mark)
}

// Done implements train.Observer.
func (p *progress) Done(*train.Result) {}

func (p *progress) close() {
	if p.bar != nil {
		p.bar.Clear()
	}
}

// values prints metrics in a fixed order: the loss, then the others by name.
func values(v metric.Values) string {
	names := make([]string, 0, len(v))
	for n := range v {
		if n != "loss" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	parts := make([]string, 0, len(v))
	if l, ok := v["loss"]; ok {
		parts = append(parts, fmt.Sprintf("loss %.4f", l))
	}
	for _, n := range names {
		parts = append(parts, fmt.Sprintf("%s %.4f", n, v[n]))
	}
	return strings.Join(parts, " ")
}

// summarize prints the end of a run: metrics of every part, what the settings did, what the curves say.
func (t *terminal) summarize(r *train.Result, e *experiment.Experiment, run *store.Run) {
	fmt.Fprintf(t.err, "\n%s after %s (%s) in %.1fs, %.0f steps/s\n", r.Status, counted(r.Epochs, "epoch"), counted(int(r.Steps), "step"), r.Seconds, r.StepsPerSecond)
	if r.Best > 0 {
		fmt.Fprintf(t.err, "weights of epoch %d, the best on the valid part\n", r.Best)
	}
	for _, part := range []struct {
		name string
		v    metric.Values
	}{{"train", r.Train}, {"valid", r.Valid}, {"test", r.Test}} {
		if len(part.v) > 0 {
			fmt.Fprintf(t.err, "  %-5s  %s\n", part.name, values(part.v))
		}
	}
	for _, f := range r.Fired {
		if f.Acted == 0 || f.Note != "" {
			fmt.Fprintf(t.err, "  %s acted in %d of %d %s %s\n", f.Setting, f.Acted, f.Of, f.Unit, f.Note)
		}
	}
	if c := r.Reading; c != nil {
		fmt.Fprintf(t.err, "\nlearning curves: %s\n  %s\n", c.Verdict, c.Why)
		if c.Next != "" {
			fmt.Fprintf(t.err, "  next: %s\n", c.Next)
		}
		if c.Edit != "" {
			fmt.Fprintf(t.err, "    in the file:          %s\n", c.Edit)
		}
		if c.Flag != "" {
			fmt.Fprintf(t.err, "    on the command line:  %s\n", c.Flag)
		}
	}
	fmt.Fprintf(t.err, "\nresults in %s\n", run.Dir())
}

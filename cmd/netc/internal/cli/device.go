package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/choose"
	"github.com/netc-lang/netc/runtime/device/host"
	"github.com/netc-lang/netc/runtime/gpu"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/study"
	"github.com/netc-lang/netc/runtime/train"
)

// hostVariable, set to anything, lets --device host take an emulated device: slow, and for tests of what runs on a graphics card.
const hostVariable = "NETC_HOST_DEVICE"

// deviceFlag is --device: where training runs.
type deviceFlag struct{ name string }

func (f *deviceFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "device", "auto", "where to train: auto, cpu, cuda, or cuda:1 for the second card; auto is the first card there is, else the processor")
	// The error is of a flag that has a completion already.
	_ = cmd.RegisterFlagCompletionFunc("device", cobra.FixedCompletions(choose.Words, cobra.ShellCompDirectiveNoFileComp))
}

// emulated reports whether the emulated device is asked for.
func (f *deviceFlag) emulated() bool { return f.name == "host" && os.Getenv(hostVariable) != "" }

// auto reports whether the processor may stand in for a card.
func (f *deviceFlag) auto() bool { return f.name == "auto" }

// check finds mistakes in the flag without looking for devices.
func (f *deviceFlag) check() error {
	if f.emulated() {
		return nil
	}
	if _, err := choose.Parse(f.name); err != nil {
		return usageError{fmt.Errorf("--device %s: %w", f.name, err)}
	}
	return nil
}

// open makes the device ready; nil is the processor. A note says why auto has become the processor.
func (t *terminal) open(f *deviceFlag, w gpu.Work) (*gpu.Pool, error) {
	if f.emulated() {
		return gpu.Open(host.New(), 0, w)
	}
	request, err := choose.Parse(f.name)
	if err != nil {
		return nil, usageError{fmt.Errorf("--device %s: %w", f.name, err)}
	}
	choice, err := request.Find()
	switch {
	case err != nil:
		return nil, err
	case choice.OnCPU():
		if choice.Note != "" {
			short, more, _ := strings.Cut(choice.Note, ";") // where everything was looked for is the doctor's business
			if more != "" {
				short += "; netc doctor says more"
			}
			t.note("%s", short)
		}
		return nil, nil
	}
	p, err := gpu.Open(choice.Driver, choice.Info.Ordinal, w)
	if err != nil && f.auto() {
		t.fallBack(choice.String()+" cannot be used", err)
		return nil, nil
	}
	return p, err
}

// give gives a device back, and says what it had to tell.
func (t *terminal) give(p *gpu.Pool) error {
	for _, n := range p.Notes() {
		t.note("%s", n)
	}
	return p.Close()
}

func (t *terminal) note(format string, args ...any) {
	fmt.Fprintf(t.err, "note: "+format+"\n", args...)
}

// fallBack says that the processor is taken, and why.
func (t *terminal) fallBack(what string, err error) {
	t.note("runs on the processor: %s: %v", what, err)
}

// elsewhere reports whether a run that failed may be carried out on the processor instead: nothing has been trained, and the
// reason lies with the device.
func elsewhere(err error) bool {
	var early *train.NotStarted
	return errors.As(err, &early) || errors.Is(err, kernel.ErrMissing)
}

// lost adds to the error of a device that was lost how to go on.
func lost(err error, run *store.Run) error {
	if !errors.Is(err, device.ErrLost) {
		return err
	}
	if _, missing := os.Stat(run.Path(store.CheckpointFile)); missing != nil {
		return fmt.Errorf("%w\nno checkpoint was saved yet; start the run anew", err)
	}
	return fmt.Errorf("%w\nthe last checkpoint is kept; to go on from it:\n  netc run --resume %s", err, run.Dir())
}

// lostInStudy does so for a study.
func lostInStudy(err error) error {
	if !errors.Is(err, device.ErrLost) {
		return err
	}
	return fmt.Errorf("%w\nthe trials that were finished are kept: the same command goes on with the others", err)
}

// fits finds a variant that the device cannot hold.
func fits(p *gpu.Pool, s *study.Study) error {
	free, err := p.Free()
	if err != nil {
		return err
	}
	for _, v := range s.Plan.Variants {
		if v.Memory > free {
			return fmt.Errorf("%w: %s takes %.1f MB, and %s has %.1f MB for it; take a smaller batch or network, or --device cpu",
				device.ErrOutOfMemory, strings.TrimSpace(v.Name), float64(v.Memory)/1e6, p.Info().Name, float64(free)/1e6)
		}
	}
	return nil
}

// prepare plans a study for the device that is asked for, or for the processor where that may stand in for it.
func (t *terminal) prepare(a *study.Ask, f *studyFlags) (*study.Study, error) {
	pool, err := t.open(&f.deviceFlag, gpu.Study)
	if err != nil {
		return nil, err
	}
	if pool == nil {
		return study.Prepare(a)
	}
	a.Device, a.Versions.Backend = pool, pool.Name()
	s, err := study.Prepare(a)
	if err == nil {
		err = fits(pool, s)
	}
	if err == nil {
		return s, nil
	}
	if closed := t.give(pool); closed != nil {
		return s, errors.Join(err, closed)
	}
	a.Device = nil
	if !f.auto() || !elsewhere(err) && !errors.Is(err, device.ErrOutOfMemory) {
		return s, err
	}
	t.fallBack(pool.Info().Name+" cannot train it", err)
	a.Versions = versions()
	return study.Prepare(a)
}

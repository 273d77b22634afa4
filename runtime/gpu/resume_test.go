package gpu_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/train"
)

// stopper cancels a run after an epoch.
type stopper struct {
	train.Observer
	after  int
	cancel func()
}

func (s *stopper) Start(train.Start)  {}
func (s *stopper) Step(train.Step)    {}
func (s *stopper) Done(*train.Result) {}
func (s *stopper) Epoch(e train.Epoch) {
	if e.Epoch == s.after {
		s.cancel()
	}
}

// An interrupted run goes on from its checkpoint to the bits of one that was not, also in the middle of an epoch.
func TestResumed(t *testing.T) {
	for name, text := range map[string]string{
		"epochs":    rich,
		"steps":     strings.Replace(rich, "epochs 3", "epochs 3; checkpoint 2 steps", 1),
		"augmented": strings.Replace(augmented, "epochs 2", "epochs 3", 1),
	} {
		t.Run(name, func(t *testing.T) {
			p := pool(t)
			e := program(t, text)
			want := onDevice(t, p, e.Config(experiment.Options{}))[0]

			run, err := store.CreateAt(filepath.Join(t.TempDir(), "run"))
			if err != nil {
				t.Fatal(err)
			}
			defer run.Close()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ticket := p.Tickets(1)[0]
			c := e.Config(experiment.Options{Store: run, Observer: &stopper{after: 1, cancel: cancel}})
			c.Executor = ticket
			r, err := train.Run(ctx, c)
			ticket.Release()
			if err != nil || r.Status != train.Interrupted {
				t.Fatalf("%v, %v", r, err)
			}
			checkpoint, err := run.LoadCheckpoint()
			if err != nil {
				t.Fatal(err)
			}
			got := onDevice(t, p, e.Config(experiment.Options{Store: run, Resume: checkpoint}))[0]
			if got.Hashes.FinalWeights != want.Hashes.FinalWeights {
				t.Error("other weights than without the interruption")
			}
			if diff := cmp.Diff(want.Fired, got.Fired); diff != "" {
				t.Errorf("what acted (-whole +interrupted):\n%s", diff)
			}
			if diff := cmp.Diff(want.Test, got.Test); diff != "" {
				t.Errorf("test (-whole +interrupted):\n%s", diff)
			}

			// On the processor it goes on too, and says that it rounds otherwise.
			there := onProcessor(t, e.Config(experiment.Options{Resume: checkpoint}))
			if there.Status != train.Finished || !strings.Contains(strings.Join(there.Notes, "\n"), "rounds otherwise") {
				t.Errorf("%s: %q", there.Status, there.Notes)
			}
			if a, b := there.Test["accuracy"], want.Test["accuracy"]; !near(a, b, 0.1) {
				t.Errorf("accuracy %v, and %v where it was not moved", a, b)
			}
		})
	}
}

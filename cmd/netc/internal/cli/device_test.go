package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/store"
	"github.com/netc-lang/netc/runtime/train"
)

// A lost device says how to go on: from the checkpoint where there is one.
func TestLostDevice(t *testing.T) {
	run, err := store.CreateAt(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	gone := fmt.Errorf("cuStreamSynchronize: %w", device.ErrLost)
	if err := lost(gone, run); !errors.Is(err, device.ErrLost) || !strings.Contains(err.Error(), "no checkpoint was saved yet") {
		t.Errorf("without a checkpoint: %v", err)
	}
	if err := os.WriteFile(run.Path(store.CheckpointFile), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := lost(gone, run); !errors.Is(err, device.ErrLost) || !strings.Contains(err.Error(), "netc run --resume "+run.Dir()) {
		t.Errorf("with a checkpoint: %v", err)
	}
	if other := errors.New("other"); lost(other, run) != other {
		t.Error("another error is changed")
	}
	if err := lostInStudy(gone); !errors.Is(err, device.ErrLost) || !strings.Contains(err.Error(), "the same command goes on") {
		t.Errorf("in a study: %v", err)
	}
}

// The processor stands in only for a device on which nothing was trained.
func TestElsewhere(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&train.NotStarted{Err: device.ErrOutOfMemory}, true},
		{fmt.Errorf("model.net: %w", &train.NotStarted{Err: kernel.ErrMissing}), true},
		{fmt.Errorf("dropout off: %w", kernel.ErrMissing), true},
		{device.ErrLost, false},
		{errors.New("another"), false},
	} {
		if got := elsewhere(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

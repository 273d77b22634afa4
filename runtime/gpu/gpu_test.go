package gpu_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/host"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/gpu"
	"github.com/netc-lang/netc/runtime/train"
)

// digits is a data section of few images.
const digits = `data digits { from digits; split train = 200, valid = 60, test = 60, by = class, seed = 1; scale standardize }
`

const mlp = digits + `
model m { input digits; flatten; dense 16; act relu; dense classes }
train { loss cross_entropy; optimizer sgd(lr = 0.1); batch 48; epochs 3 }
`

// rich has everything that a step may do, but for augmentation.
const rich = digits + `
model m {
  input digits
  conv 4, kernel = 3; norm batch; act relu
  pool max, kernel = 2
  flatten
  dense 16; act relu; dropout 0.3
  dense classes
}
train {
  loss cross_entropy
  label_smoothing 0.1
  optimizer adamw(lr = 1e-2)
  schedule cosine
  warmup 4 steps
  clip norm(1)
  ema 0.9
  l1 1e-5
  max_norm 2
  batch 64
  epochs 3
  stop early(patience = 5 epochs)
  report top(3), confusion
}
`

// augmented mixes, moves and flips.
const augmented = `data digits { from digits; split train = 200, valid = 60, test = 60, by = class, seed = 1; scale standardize
  augment { shift 1, p = 0.7; flip horizontal, p = 0.5; mixup 0.4 }
}
model m { input digits; flatten; dense 16; act relu; dense classes }
train { loss cross_entropy; optimizer sgd(lr = 0.1, momentum = 0.9); batch 48; epochs 2 }
`

// table is a regression of a file.
const table = `data d { from csv("t.csv"); target y; scale standardize; scale standardize on = target; split valid = 20%, test = 20% }
model m { input d; dense 8; act tanh; dense targets }
train { loss mse; optimizer adam(lr = 1e-2); batch 16; epochs 2 }
`

// driver is the emulated device, or a card where NETC_TEST_DEVICE asks for it.
func driver(t testing.TB) device.Driver {
	t.Helper()
	d := host.New()
	if _, err := d.Devices(); errors.Is(err, device.ErrUnavailable) {
		t.Skip(err)
	}
	return d
}

func pool(t testing.TB) *gpu.Pool {
	t.Helper()
	p, err := gpu.Open(driver(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// program compiles a text.
func program(t testing.TB, text string) *experiment.Experiment {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.net")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	reader := new(data.Reader)
	p := compiler.Compile(file, compiler.Options{Catalog: netc.Catalog(), Data: reader})
	if p.Diags.HasErrors() {
		t.Fatal(p.Diags)
	}
	e, err := experiment.New(p, reader)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// onDevice trains experiments together.
func onDevice(t testing.TB, p *gpu.Pool, list ...train.Config) []*train.Result {
	t.Helper()
	results, errs := make([]*train.Result, len(list)), make([]error, len(list))
	var wait sync.WaitGroup
	for i, ticket := range p.Tickets(len(list)) {
		wait.Go(func() {
			defer ticket.Release()
			c := list[i]
			c.Executor = ticket
			results[i], errs[i] = train.Run(context.Background(), c)
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return results
}

func onProcessor(t testing.TB, c train.Config) *train.Result {
	t.Helper()
	r, err := train.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*max(1, math.Abs(b)) }

// A run on a device starts as on the processor, and measures the same but for rounding.
func TestAsOnTheProcessor(t *testing.T) {
	p := pool(t)
	for name, text := range map[string]string{"mlp": mlp, "rich": rich, "augmented": augmented} {
		t.Run(name, func(t *testing.T) {
			c := program(t, text).Config(experiment.Options{})
			want, got := onProcessor(t, c), onDevice(t, p, c)[0]
			if got.Hashes.InitialWeights != want.Hashes.InitialWeights || got.Hashes.BatchOrder != want.Hashes.BatchOrder {
				t.Error("other weights or another order")
			}
			if diff := cmp.Diff(want.Fired, got.Fired); diff != "" {
				t.Errorf("what acted (-processor +device):\n%s", diff)
			}
			for i, e := range want.History {
				for _, name := range e.Train.Names() {
					if g := got.History[i].Train[name]; !near(g, e.Train[name], 1e-4) {
						t.Errorf("epoch %d: train.%s is %v, not %v", e.Epoch, name, g, e.Train[name])
					}
				}
				for _, name := range e.Valid.Names() {
					if g := got.History[i].Valid[name]; !near(g, e.Valid[name], 1e-4) {
						t.Errorf("epoch %d: valid.%s is %v, not %v", e.Epoch, name, g, e.Valid[name])
					}
				}
			}
			for _, name := range want.Test.Names() {
				if g := got.Test[name]; !near(g, want.Test[name], 1e-4) {
					t.Errorf("test.%s is %v, not %v", name, g, want.Test[name])
				}
			}
			if t.Failed() {
				t.Log(want.History, got.History)
			}
		})
	}
}

// Stacked trials give the bits of trials by themselves.
func TestStacked(t *testing.T) {
	e := program(t, mlp)
	var list []train.Config
	for seed := range uint64(5) {
		c := e.Config(experiment.Options{})
		seeds := train.OneSeed(seed + 1)
		c.Seeds = &seeds
		list = append(list, c)
	}
	p := pool(t)
	together := onDevice(t, p, list...)
	if r := p.Report(); r.Trials != 5 || r.Stacks != 1 {
		t.Errorf("stacked: %s", r)
	}
	for i, c := range list {
		alone := onDevice(t, p, c)[0]
		if alone.Hashes.FinalWeights != together[i].Hashes.FinalWeights {
			t.Errorf("seed %d: other weights when stacked", i+1)
		}
		if diff := cmp.Diff(alone.Test, together[i].Test); diff != "" {
			t.Errorf("seed %d: %s", i+1, diff)
		}
	}
}

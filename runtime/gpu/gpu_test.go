package gpu_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	netc "github.com/netc-lang/netc/runtime"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/choose"
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

// lenet has convolutions without border and pools.
const lenet = digits + `
model m {
  input digits
  conv 4, kernel = 3, padding = valid; act relu; pool max, kernel = 2
  conv 6, kernel = 3; act relu
  flatten
  dense 12; act relu
  dense classes
}
train { loss cross_entropy; optimizer sgd(lr = 0.1, momentum = 0.9, nesterov); l2 1e-3; batch 50; epochs 2 }
`

// table is a regression with a category.
func table(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("a,b,kind,y\n")
	for i := range 120 {
		x := float64(i%17) / 3
		fmt.Fprintf(&b, "%g,%g,%c,%g\n", x, float64(i%5), 'p'+rune(i%3), x*x-float64(i%5)+float64(i%3))
	}
	file := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`data d { from csv(%q); target y; category kind; number rest; scale standardize; scale standardize, on = target; split valid = 20%%, test = 20%% }
model m { input d; dense 8; act tanh; dense targets }
train { loss mse; optimizer adam(lr = 1e-2); batch 16; epochs 2 }
`, file)
}

// onCard reports whether NETC_TEST_DEVICE asks for a real card in place of the emulated one.
func onCard() bool { return os.Getenv("NETC_TEST_DEVICE") == "cuda" }

func driver(t testing.TB) device.Driver {
	t.Helper()
	if onCard() {
		return choose.Driver()
	}
	d := host.New()
	if _, err := d.Devices(); errors.Is(err, device.ErrUnavailable) {
		t.Skip(err)
	}
	return d
}

func pool(t testing.TB) *gpu.Pool {
	t.Helper()
	return open(t, driver(t))
}

func open(t testing.TB, d device.Driver) *gpu.Pool {
	t.Helper()
	return openFor(t, d, gpu.Study)
}

func openFor(t testing.TB, d device.Driver, w gpu.Work) *gpu.Pool {
	t.Helper()
	p, err := gpu.Open(d, 0, w)
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
	loss, share := 1e-4, 1e-4
	if onCard() { // whose roundings grow in training, until another image is on the other side
		loss, share = 5e-3, 0.04
	}
	within := func(name string, got, want float64) bool {
		if strings.HasPrefix(name, "accuracy") || strings.HasPrefix(name, "top") {
			return near(got, want, share)
		}
		return near(got, want, loss)
	}
	study := pool(t)
	single := study
	if onCard() { // which may have a library for the convolutions of a single run
		single = openFor(t, driver(t), gpu.Run)
	}
	for name, text := range map[string]string{"mlp": mlp, "rich": rich, "augmented": augmented, "lenet": lenet, "table": table(t), "lenet alone": lenet} {
		t.Run(name, func(t *testing.T) {
			p := study
			if strings.HasSuffix(name, "alone") {
				p = single
			}
			c := program(t, text).Config(experiment.Options{})
			want, got := onProcessor(t, c), onDevice(t, p, c)[0]
			if got.Hashes.InitialWeights != want.Hashes.InitialWeights || got.Hashes.BatchOrder != want.Hashes.BatchOrder {
				t.Error("other weights or another order")
			}
			if diff := cmp.Diff(want.Fired, got.Fired); diff != "" && !onCard() {
				t.Errorf("what acted (-processor +device):\n%s", diff)
			}
			for i, e := range want.History {
				for _, name := range e.Train.Names() {
					if g := got.History[i].Train[name]; !within(name, g, e.Train[name]) {
						t.Errorf("epoch %d: train.%s is %v, not %v", e.Epoch, name, g, e.Train[name])
					}
				}
				for _, name := range e.Valid.Names() {
					if g := got.History[i].Valid[name]; !within(name, g, e.Valid[name]) {
						t.Errorf("epoch %d: valid.%s is %v, not %v", e.Epoch, name, g, e.Valid[name])
					}
				}
			}
			for _, name := range want.Test.Names() {
				if g := got.Test[name]; !within(name, g, want.Test[name]) {
					t.Errorf("test.%s is %v, not %v", name, g, want.Test[name])
				}
			}
			if t.Failed() {
				t.Log(want.History, got.History)
			}
		})
	}
}

package gpu_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/device/host"
	"github.com/netc-lang/netc/runtime/experiment"
	"github.com/netc-lang/netc/runtime/train"
)

// seeded is the run of a program from a seed.
func seeded(e *experiment.Experiment, seed uint64) train.Config {
	c := e.Config(experiment.Options{})
	seeds := train.OneSeed(seed)
	c.Seeds = &seeds
	return c
}

// same wants a stacked run to be what the run was by itself: bit for bit where kernels compute each trial alike, which a card's library
// of matrix products does not promise.
func same(t *testing.T, what string, got, want *train.Result) {
	t.Helper()
	if onCard() {
		if a, b := got.Test["accuracy"], want.Test["accuracy"]; !near(a, b, 0.15) {
			t.Errorf("%s: accuracy %v when stacked, %v by itself", what, a, b)
		}
		return
	}
	if got.Hashes.FinalWeights != want.Hashes.FinalWeights {
		t.Errorf("%s: other weights when stacked", what)
	}
	if got.Status != want.Status || got.Epochs != want.Epochs || got.Best != want.Best {
		t.Errorf("%s: %s after %d epochs, best %d; by itself %s after %d, best %d", what, got.Status, got.Epochs, got.Best, want.Status, want.Epochs, want.Best)
	}
	for name, v := range want.Test {
		if got.Test[name] != v {
			t.Errorf("%s: test.%s is %v, by itself %v", what, name, got.Test[name], v)
		}
	}
	if diff := cmp.Diff(want.Fired, got.Fired); diff != "" {
		t.Errorf("%s: what acted (-by itself +stacked):\n%s", what, diff)
	}
}

// Trials that differ in seeds and numbers share a stack and do not notice each other, though some stop early.
func TestStacked(t *testing.T) {
	const base = digits + `
model m { input digits; flatten; dense 16; act relu; dropout 0.2; dense classes }
train { loss cross_entropy; optimizer sgd(lr = 0.1, momentum = 0.9); l2 1e-4; batch 48; epochs 5; stop early(patience = 1 epochs) }
`
	var list []train.Config
	for _, change := range []string{"", "dropout 0.2>dropout 0.6", "lr = 0.1>lr = 2", "l2 1e-4>l2 0.1; clip norm(0.5)"} {
		from, to, _ := strings.Cut(change, ">")
		e := program(t, strings.Replace(base, from, to, 1))
		if len(list) > 0 { // the reader of the first has its own copy
			e = experiment.With(e.Program, list[0].Data)
		}
		list = append(list, seeded(e, 1), seeded(e, 2))
	}
	p := pool(t)
	together := onDevice(t, p, list...)
	if r := p.Report(); r.Trials != len(list) || r.Stacks != 1 || r.Most != len(list) {
		t.Errorf("stacked: %s", r)
	}
	epochs := map[int]bool{}
	for i, c := range list {
		same(t, fmt.Sprint("run ", i), together[i], onDevice(t, p, c)[0])
		epochs[together[i].Epochs] = true
	}
	if len(epochs) < 2 {
		t.Error("all trials train for as long: nobody left early")
	}
	want := fmt.Sprintf("%d trials in %d stacks on ", 2*len(list), 1+len(list))
	if r := p.Report().String(); !strings.HasPrefix(r, want) {
		t.Errorf("%q, not %q", r, want)
	}
}

// Trials that augment share a stack with those that do not.
func TestStackedAugmentation(t *testing.T) {
	with := program(t, augmented)
	without := program(t, strings.ReplaceAll(strings.ReplaceAll(augmented, "flip horizontal, p = 0.5;", ""), "mixup 0.4", "mixup 0.4, p = 0.5"))
	list := []train.Config{seeded(experiment.With(without.Program, with.Data), 1), seeded(with, 1), seeded(with, 2)}
	p := pool(t)
	together := onDevice(t, p, list...)
	if r := p.Report(); r.Stacks != 1 {
		t.Errorf("stacked: %s", r)
	}
	for i, c := range list {
		same(t, fmt.Sprint("run ", i), together[i], onDevice(t, p, c)[0])
	}
}

// Other structures make other stacks, and so does too little memory.
func TestDivided(t *testing.T) {
	if onCard() {
		t.Skip("a card's memory is not to choose")
	}
	driver(t)
	e := program(t, mlp)
	wide := experiment.With(program(t, strings.Replace(mlp, "dense 16", "dense 20", 1)).Program, e.Data)
	var list []train.Config
	for seed := range uint64(5) {
		list = append(list, seeded(e, seed), seeded(wide, seed))
	}
	large := open(t, host.New())
	want := onDevice(t, large, list...)
	if r := large.Report(); r.Stacks != 2 || r.Most != 5 {
		t.Errorf("stacked: %s", r)
	}
	small := open(t, &host.Driver{Memory: 700 << 10})
	got := onDevice(t, small, list...)
	if r := small.Report(); r.Stacks < 3 || r.Trials != 10 {
		t.Errorf("in little memory: %s", r)
	}
	for i := range list {
		same(t, fmt.Sprint("run ", i), got[i], want[i])
	}
}

// A run that does not fit fails before it has begun, and says what to do.
func TestOutOfMemory(t *testing.T) {
	if onCard() {
		t.Skip("a card's memory is not to choose")
	}
	driver(t)
	p := open(t, &host.Driver{Memory: 100 << 10})
	ticket := p.Tickets(1)[0]
	defer ticket.Release()
	c := seeded(program(t, mlp), 1)
	c.Executor = ticket
	_, err := train.Run(context.Background(), c)
	var early *train.NotStarted
	if !errors.Is(err, device.ErrOutOfMemory) || !errors.As(err, &early) || !strings.Contains(err.Error(), "smaller batch") {
		t.Errorf("got %v", err)
	}
}

// A trial whose loss is no longer finite ends as on the processor, and the others of its stack go on.
func TestDiverged(t *testing.T) {
	e := program(t, mlp)
	wild := experiment.With(program(t, strings.Replace(mlp, "lr = 0.1", "lr = 1e30", 1)).Program, e.Data)
	p := pool(t)
	want := onDevice(t, p, seeded(e, 1))[0]
	results, errs := make([]*train.Result, 2), make([]error, 2)
	var wait sync.WaitGroup
	for i, ticket := range p.Tickets(2) {
		wait.Go(func() {
			defer ticket.Release()
			c := seeded([]*experiment.Experiment{e, wild}[i], 1)
			c.Executor = ticket
			results[i], errs[i] = train.Run(context.Background(), c)
		})
	}
	wait.Wait()
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	same(t, "the other run", results[0], want)
	var got, there *diag.Diagnostic
	_, err := train.Run(context.Background(), seeded(wild, 1))
	if !errors.As(err, &there) {
		t.Fatalf("on the processor: %v", err)
	}
	if !errors.As(errs[1], &got) || got.Code != there.Code || results[1].Status != train.Diverged {
		t.Fatalf("got %v, not %v", errs[1], err)
	}
	if got.Message != there.Message && !onCard() || got.Span != there.Span {
		t.Errorf("%q, on the processor %q", got.Message, there.Message)
	}
}

// Runs whose context ends while they wait leave, and the device serves others.
func TestCancelled(t *testing.T) {
	p := pool(t)
	c := seeded(program(t, mlp), 1)
	tickets := p.Tickets(2) // of which one is never used
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		c := c
		c.Executor = tickets[0]
		_, err := train.Run(ctx, c)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, ticket := range tickets {
		ticket.Release()
		ticket.Release()
	}
	onDevice(t, p, c)
	c.Executor = tickets[0]
	if _, err := train.Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "no ticket") {
		t.Errorf("a ticket served twice: %v", err)
	}
}

// All runs of a stack that are interrupted end, wherever each of them is.
func TestInterruptedTogether(t *testing.T) {
	p := pool(t)
	e := program(t, mlp)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	results, errs := make([]*train.Result, 4), make([]error, 4)
	var wait sync.WaitGroup
	for i, ticket := range p.Tickets(4) {
		wait.Go(func() {
			defer ticket.Release()
			c := seeded(e, uint64(i))
			c.Executor = ticket
			if i == 1 {
				c.Observer = &stopper{after: 1, cancel: cancel}
			}
			results[i], errs[i] = train.Run(ctx, c)
		})
	}
	wait.Wait()
	for i, r := range results {
		if errs[i] != nil || r.Status != train.Interrupted && r.Status != train.Finished {
			t.Errorf("run %d: %v, %v", i, r, errs[i])
		}
	}
	if results[1].Status != train.Interrupted {
		t.Errorf("the run that was to end: %s", results[1].Status)
	}
	onDevice(t, p, seeded(e, 1))
}

// failing is a driver whose device is lost after some replays.
type failing struct {
	device.Driver
	replays int
}

func (f *failing) Open(ordinal int) (device.Device, error) {
	d, err := f.Driver.Open(ordinal)
	return &failingDevice{d, f}, err
}

type failingDevice struct {
	device.Device
	f *failing
}

func (d *failingDevice) NewStream() (device.Stream, error) {
	s, err := d.Device.NewStream()
	return &failingStream{s, d.f}, err
}

type failingStream struct {
	device.Stream
	f *failing
}

func (s *failingStream) Replay(g device.Graph) error {
	if s.f.replays--; s.f.replays < 0 {
		return fmt.Errorf("replay: %w", device.ErrLost)
	}
	return s.Stream.Replay(g)
}

// A device that is lost in mid-training fails every run on it, and those that come.
func TestLost(t *testing.T) {
	p := open(t, &failing{driver(t), 7})
	e := program(t, mlp)
	errs := make([]error, 3)
	var wait sync.WaitGroup
	for i, ticket := range p.Tickets(3) {
		wait.Go(func() {
			defer ticket.Release()
			c := seeded(e, uint64(i))
			c.Executor = ticket
			_, errs[i] = train.Run(context.Background(), c)
		})
	}
	wait.Wait()
	ticket := p.Tickets(1)[0]
	defer ticket.Release()
	c := seeded(e, 9)
	c.Executor = ticket
	_, later := train.Run(context.Background(), c)
	var early *train.NotStarted
	for _, err := range append(errs, later) {
		if !errors.Is(err, device.ErrLost) || errors.As(err, &early) != (err == later) {
			t.Errorf("got %v", err)
		}
	}
}

// What was never started gives its name and its size, and no more.
func TestLookedAt(t *testing.T) {
	p := pool(t)
	c := seeded(program(t, rich), 1)
	c.Executor = p
	f, err := train.Inspect(c)
	if err != nil {
		t.Fatal(err)
	}
	ran := onDevice(t, p, seeded(program(t, rich), 1))[0]
	if f.Memory <= 0 || f.Memory != ran.Memory {
		t.Errorf("%d bytes planned, %d taken", f.Memory, ran.Memory)
	}
	if _, err := train.Run(context.Background(), c); err == nil {
		t.Error("a run without a ticket")
	}
	if !strings.Contains(p.Name(), "/sm_") {
		t.Error(p.Name())
	}
}

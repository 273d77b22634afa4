package gpu

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/netc-lang/netc/runtime/device"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/kernel/cuda"
	"github.com/netc-lang/netc/runtime/train"
)

// Pool is an open device that runs share.
type Pool struct {
	info    device.Info
	driver  string
	backend kernel.Backend

	inbox  chan func()
	ended  chan struct{}
	closed sync.Once

	// All below belongs to the goroutine of loop.
	device   device.Device
	stream   device.Stream
	expected int // tickets that have neither asked for a seat nor been given back
	lobby    []*seat
	waiting  []*stack // formed, not yet in memory
	stacks   []*stack // in memory
	data     residents
	modules  modules
	broken   error // the device cannot be used any more
	closing  bool
	report   Report
}

// Report says what a pool has stacked.
type Report struct {
	Device string // "NVIDIA H100 80GB HBM3"
	Driver string // "cuda"
	Trials int
	Stacks int
	Most   int // trials of the largest stack
}

// String says it in words: "36 trials in 4 stacks on NVIDIA H100 80GB HBM3".
func (r Report) String() string {
	plural := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	return fmt.Sprintf("%s in %s on %s", plural(r.Trials, "trial"), plural(r.Stacks, "stack"), r.Device)
}

// Work is what a pool is opened for.
type Work int

const (
	// Run is one training. Its convolutions are left to cuDNN where the device has it.
	Run Work = iota
	// Study is many trainings, each of which must have the same bits in whatever stack it is carried out: all convolutions are our own
	// kernels', which alone can stack.
	Study
)

// Open opens a device. The errors are those of the driver.
func Open(d device.Driver, ordinal int, w Work) (*Pool, error) {
	p := &Pool{driver: d.Name(), inbox: make(chan func()), ended: make(chan struct{})}
	opened := make(chan error)
	go p.loop(func() error { return p.open(d, ordinal, w) }, opened)
	if err := <-opened; err != nil {
		return nil, err
	}
	return p, nil
}

// ConvolutionsVariable says in the environment who computes the convolutions of a trial that runs alone: "on" leaves to cuDNN those that it
// can do, "off" takes our own kernels. Where it is not set the work decides.
const ConvolutionsVariable = "NETC_CUDNN"

func newBackend(d device.Driver, w Work) (*cuda.Backend, error) {
	b := cuda.New()
	b.Convolutions = w == Run
	switch v := os.Getenv(ConvolutionsVariable); v {
	case "":
	case "on", "off":
		b.Convolutions = v == "on"
	default:
		return nil, fmt.Errorf("%s=%s: it is on (cuDNN computes the convolutions of trials that run alone) or off", ConvolutionsVariable, v)
	}
	if !b.Convolutions {
		return b, nil
	}
	b.Convolutions = slices.ContainsFunc(d.Libraries(), func(l device.Library) bool { return l.Name == "libcudnn" && l.Path != "" && l.Err == nil })
	if !b.Convolutions && os.Getenv(ConvolutionsVariable) == "on" {
		return nil, fmt.Errorf("%w: %s=on, and cuDNN was not found or cannot be used; netc doctor says where it could come from", device.ErrUnavailable, ConvolutionsVariable)
	}
	return b, nil
}

func (p *Pool) open(d device.Driver, ordinal int, w Work) (err error) {
	backend, err := newBackend(d, w)
	if err != nil {
		return err
	}
	if p.device, err = d.Open(ordinal); err != nil {
		return err
	}
	p.info = p.device.Info()
	p.report.Device, p.report.Driver = p.info.Name, p.driver
	p.backend = backend
	if p.stream, err = p.device.NewStream(); err != nil {
		return errors.Join(err, p.device.Close())
	}
	return nil
}

// Info describes the device.
func (p *Pool) Info() device.Info { return p.info }

// Name says what the bits of a run depend on beside its program: "cuda/sm_90".
func (p *Pool) Name() string {
	driver, _, _ := strings.Cut(p.driver, " ")
	return driver + "/" + p.info.Arch() + strings.TrimPrefix(p.backend.Name(), "cuda")
}

// Backend makes the kernels of plans.
func (p *Pool) Backend() kernel.Backend { return p.backend }

// Open implements train.Executor for runs that are looked at and not started: they have no ticket.
func (p *Pool) Open(s *train.Setup) (train.Engine, error) {
	return newSeat(&Ticket{pool: p, gone: true}, s)
}

// Report says what was stacked so far.
func (p *Pool) Report() Report {
	var r Report
	p.do(func() { r = p.report })
	return r
}

// Free is the memory that stacks may take, in bytes, when nothing else is in memory.
func (p *Pool) Free() (bytes int64, err error) {
	p.do(func() { bytes, err = p.free() })
	return bytes, err
}

// Notes are what the device has to tell since the last call, such as a library that does not work.
func (p *Pool) Notes() (notes []string) {
	p.do(func() {
		if n, ok := p.device.(device.Noter); ok {
			notes = n.Notes()
		}
	})
	return notes
}

// Close gives the device back. Runs that still hold a seat fail.
func (p *Pool) Close() (err error) {
	p.closed.Do(func() {
		p.do(func() { err = p.shut() })
		<-p.ended
	})
	return err
}

// do runs something on the pool's goroutine and waits for it; it does nothing after Close.
func (p *Pool) do(f func()) bool {
	done := make(chan struct{})
	select {
	case p.inbox <- func() { f(); close(done) }:
		<-done
		return true
	case <-p.ended:
		return false
	}
}

// loop is the goroutine that uses the device: it takes in what has arrived, and when that is done serves a stack whose seats have
// all asked.
func (p *Pool) loop(open func() error, opened chan<- error) {
	defer close(p.ended)
	err := open()
	opened <- err
	if err != nil {
		return
	}
	for !p.closing {
		select {
		case f := <-p.inbox:
			f()
			continue
		default:
		}
		if p.work() {
			continue
		}
		(<-p.inbox)()
	}
}

// work does one piece of work, if there is any.
func (p *Pool) work() bool {
	if p.expected == 0 && len(p.lobby) > 0 {
		p.form()
		return true
	}
	if len(p.waiting) > 0 && p.admit() {
		return true
	}
	for i, s := range p.stacks {
		if s.ready() {
			s.serve()
			p.stacks = append(append(p.stacks[:i:i], p.stacks[i+1:]...), s) // the others come first next time
			return true
		}
	}
	return false
}

// breakDown makes an error that no stack can go on after the fate of all.
func (p *Pool) breakDown(err error) {
	if p.broken == nil {
		p.broken = err
	}
	for _, s := range append(p.stacks, p.waiting...) {
		s.fail(p.broken)
	}
	for _, s := range p.lobby {
		s.begun <- p.broken
	}
	p.lobby, p.waiting = nil, nil
}

func (p *Pool) shut() error {
	p.breakDown(errClosed)
	var errs []error
	for _, s := range p.stacks {
		errs = append(errs, s.release())
	}
	p.closing = true
	errs = append(errs, p.modules.release())
	if p.stream != nil {
		errs = append(errs, p.stream.Close())
	}
	return errors.Join(append(errs, p.device.Close())...)
}

var errClosed = errors.New("the device has been given back")

// Ticket is one run's right to a seat. It is an Executor of one run, and must be given back.
type Ticket struct {
	pool   *Pool
	number int  // among those announced together
	taken  bool // the pool's
	gone   bool // the pool's

	stacked int // set before the run's first step
}

// Tickets announces n runs, whose seats are divided into stacks when each ticket has been used or given back.
func (p *Pool) Tickets(n int) []*Ticket {
	list := make([]*Ticket, n)
	for i := range list {
		list[i] = &Ticket{pool: p, number: i}
	}
	p.do(func() { p.expected += n })
	return list
}

// Backend implements train.Executor.
func (t *Ticket) Backend() kernel.Backend { return t.pool.backend }

// Open implements train.Executor.
func (t *Ticket) Open(s *train.Setup) (train.Engine, error) { return newSeat(t, s) }

// Stacked is the number of trials in the stack that the ticket's run was in; 0 where it was in none.
func (t *Ticket) Stacked() int { return t.stacked }

// Release gives the ticket back, used or not. More than once does no harm.
func (t *Ticket) Release() {
	t.pool.do(func() {
		if !t.taken && !t.gone {
			t.pool.expected--
		}
		t.gone = true
	})
}

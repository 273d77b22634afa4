package kernel

import (
	"runtime"
	"sync/atomic"
)

// Args are the operands of one Run, handed through a Pool to the function that computes a chunk.
type Args struct {
	Ctx     *Context
	Out     []float32
	In      [][]float32
	Scratch []float32
}

// Pool shares the chunks of a job among the calling goroutine and workers that live as long as the pool.
// Idle workers spin for a moment, since the next kernel usually follows at once, and then park.
//
// A Pool runs one job at a time: each machine that runs beside others needs its own. What a chunk computes
// must not depend on who computes it or on how many threads there are.
type Pool struct {
	threads int
	workers []*worker

	// A job is open while its chunks may be taken. The caller writes fn, args and chunks before it opens
	// the job, and after closing waits until no worker is busy, so workers read them without a race.
	fn     func(chunk int, a Args)
	args   Args
	chunks int64
	next   atomic.Int64
	open   atomic.Uint32 // number of the open job; 0 between jobs
	busy   atomic.Int32  // workers inside the job
	job    uint32
	closed atomic.Bool
}

type worker struct {
	parked atomic.Bool
	wake   chan struct{}
}

// spins is how often a worker looks for a job before it parks: some 20 microseconds.
const spins = 1 << 14

// NewPool makes a pool of the given number of threads, the caller's included. It starts threads-1
// goroutines, which Close ends.
func NewPool(threads int) *Pool {
	p := &Pool{threads: max(threads, 1)}
	for range p.threads - 1 {
		w := &worker{wake: make(chan struct{}, 1)}
		p.workers = append(p.workers, w)
		go p.work(w)
	}
	return p
}

// Threads is the number of threads that share a job; 1 for a nil pool.
func (p *Pool) Threads() int {
	if p == nil {
		return 1
	}
	return p.threads
}

// Close ends the workers. The pool must be idle; afterwards it computes on the calling goroutine alone.
func (p *Pool) Close() {
	p.closed.Store(true)
	for _, w := range p.workers {
		w.unpark()
	}
	p.workers = nil
	p.threads = 1
}

// Run calls fn(0, a) … fn(chunks-1, a), each once, in any order and on any thread, and returns when all
// are done. It allocates nothing when fn was made beforehand.
func (p *Pool) Run(chunks int, fn func(chunk int, a Args), a Args) {
	if p == nil || len(p.workers) == 0 || chunks < 2 {
		for i := range chunks {
			fn(i, a)
		}
		return
	}
	p.fn, p.args, p.chunks = fn, a, int64(chunks)
	p.next.Store(0)
	p.job++
	if p.job == 0 {
		p.job = 1
	}
	p.open.Store(p.job)
	for i, w := range p.workers {
		if i+1 < chunks {
			w.unpark()
		}
	}
	p.take()
	p.open.Store(0)
	for i := 0; p.busy.Load() != 0; i++ {
		if i&1023 == 1023 {
			runtime.Gosched() // a worker may wait for our processor
		}
	}
	p.fn, p.args = nil, Args{}
}

// take computes chunks until none is left.
func (p *Pool) take() {
	for {
		i := p.next.Add(1) - 1
		if i >= p.chunks {
			return
		}
		p.fn(int(i), p.args)
	}
}

func (p *Pool) work(w *worker) {
	last := uint32(0)
	for {
		job := p.await(w, last)
		if p.closed.Load() {
			return
		}
		last = job
		p.busy.Add(1)
		if p.open.Load() != 0 { // perhaps a later job by now, which is as good
			p.take()
		}
		p.busy.Add(-1)
	}
}

// await returns the number of an open job other than last.
func (p *Pool) await(w *worker, last uint32) uint32 {
	for {
		for range spins {
			if job := p.open.Load(); job != 0 && job != last {
				return job
			}
		}
		if p.closed.Load() {
			return 0
		}
		w.parked.Store(true)
		if job := p.open.Load(); (job != 0 && job != last) || p.closed.Load() {
			// The job came between the last look and the note that we park: take the note back, unless
			// the caller has already answered it.
			if !w.parked.CompareAndSwap(true, false) {
				<-w.wake
			}
			return job
		}
		<-w.wake
		if p.closed.Load() {
			return 0
		}
	}
}

func (w *worker) unpark() {
	if w.parked.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}

package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"

	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/runtime/augment"
)

// LoaderOptions says how batches are made of a part.
type LoaderOptions struct {
	Batch   int               // examples of a batch; the last of an epoch may have fewer
	Seed    uint64            // of order, and of augmentation unless AugmentSeed is given
	Shuffle bool              // a new random order each epoch; else the order of the source
	Once    bool              // with Shuffle: the first epoch's random order in every epoch
	Train   bool              // a batch that is larger than the part is an error, also in the order of the source
	Augment *augment.Pipeline // nil for evaluation
	// AugmentSeed is for studies that vary the order and keep the augmentation, or the other way round.
	AugmentSeed *uint64
	// Workers make batches ahead in the background; with 0 Next makes each batch itself, which suits trials
	// that share the cores already. The batches are the same.
	Workers int
	// Span is where the batch size was written, for the error when it is larger than the part.
	Span diag.Span
}

// Batch is N examples. Its slices are used again: they hold until the next call of Next, StartEpoch or Close.
type Batch struct {
	Index int // in the epoch, from 0
	N     int
	X     []float32 // N x features (NHWC for images), scaled and augmented
	Cat   []float32 // N x category columns: codes
	// Y is N x classes probabilities (one-hot, unless mixed), or N x targets, scaled when the targets are.
	Y   []float32
	IDs []uint32 // of the examples
}

// Loader hands out the batches of a part, epoch by epoch. What a batch holds is a function of the seed, the
// epoch and its index alone: neither the number of workers nor where an epoch was started changes a bit. A
// Loader serves one goroutine.
type Loader struct {
	part  *Part
	opt   LoaderOptions
	order []uint32
	perm  rng.Stream
	bound *augment.Bound
	epoch uint32

	batches, next, queued int // of the epoch; to hand out next; given to workers so far
	slots                 []*slot
	own                   *augment.Scratch // of Next without workers
	jobs                  chan *slot
	workers               sync.WaitGroup
	closed                bool
}

// slot is one buffer of the ring.
type slot struct {
	full  Batch // its slices at full length
	batch Batch
	view  augment.View // of the batch; kept here so that making a batch allocates nothing
	index int
	done  chan struct{}
}

// NewLoader makes a loader; Close it when it has workers. It fails when shuffled batches would be larger than the
// part.
func NewLoader(p *Part, opt LoaderOptions) (*Loader, error) {
	opt.Batch = max(opt.Batch, 1)
	if opt.Batch > p.N() {
		if opt.Shuffle || opt.Train {
			return nil, diag.Errorf(BatchTooLarge, opt.Span, "a batch of %d is larger than the %d examples of %s", opt.Batch, p.N(), p.Name).
				WithHelp("write batch %d or less", p.N())
		}
		opt.Batch = p.N()
	}
	l := &Loader{part: p, opt: opt, order: make([]uint32, p.N()), perm: rng.New(opt.Seed, rng.Order, ""),
		batches: (p.N() + opt.Batch - 1) / opt.Batch}
	if !opt.Augment.Empty() {
		seed := opt.Seed
		if opt.AugmentSeed != nil {
			seed = *opt.AugmentSeed
		}
		l.bound = opt.Augment.Bind(seed)
	}
	depth := 1
	if opt.Workers > 0 {
		depth = opt.Workers + 2
	}
	l.slots = make([]*slot, depth)
	for i := range l.slots {
		l.slots[i] = &slot{done: make(chan struct{}, 1), full: Batch{
			X:   make([]float32, opt.Batch*p.Features()),
			Cat: make([]float32, opt.Batch*p.Categories()),
			Y:   make([]float32, opt.Batch*p.Outputs()),
			IDs: make([]uint32, opt.Batch),
		}}
	}
	if opt.Workers == 0 {
		l.own = l.scratch()
	}
	l.jobs = make(chan *slot, depth)
	for range opt.Workers {
		scratch := l.scratch()
		l.workers.Go(func() {
			for s := range l.jobs {
				l.fill(s, scratch)
				s.done <- struct{}{}
			}
		})
	}
	l.StartEpoch(0, 0)
	return l, nil
}

func (l *Loader) scratch() *augment.Scratch {
	if l.bound == nil {
		return nil
	}
	return l.bound.NewScratch(l.opt.Batch, l.part.Outputs())
}

// Batches is the number of batches of an epoch.
func (l *Loader) Batches() int { return l.batches }

// StartEpoch starts an epoch, counted from 0, at one of its batches.
func (l *Loader) StartEpoch(epoch, firstBatch int) {
	if l.closed {
		return
	}
	l.drain()
	l.epoch = uint32(epoch)
	l.fillOrder(l.order, l.epoch)
	l.next, l.queued = max(firstBatch, 0), max(firstBatch, 0)
	for range l.slots {
		l.queue()
	}
}

// fillOrder lists the examples of the part in the order of an epoch.
func (l *Loader) fillOrder(order []uint32, epoch uint32) {
	if l.opt.Once {
		epoch = 0
	}
	if l.opt.Shuffle {
		rng.Perm(l.perm, order, epoch)
		return
	}
	for i := range order {
		order[i] = uint32(i)
	}
}

// queue gives the next batch to the workers.
func (l *Loader) queue() {
	if l.opt.Workers == 0 || l.queued >= l.batches {
		return
	}
	s := l.slots[l.queued%len(l.slots)]
	s.index = l.queued
	l.queued++
	l.jobs <- s
}

// drain waits until no worker holds a batch. The batch that Next gave last was waited for already.
func (l *Loader) drain() {
	for ; l.next < l.queued; l.next++ {
		<-l.slots[l.next%len(l.slots)].done
	}
}

// Next gives the next batch of the epoch, and false after the last.
func (l *Loader) Next() (*Batch, bool) {
	if l.closed || l.next >= l.batches {
		return nil, false
	}
	s := l.slots[l.next%len(l.slots)]
	if l.opt.Workers == 0 {
		s.index = l.next
		l.fill(s, l.own)
	} else {
		// The buffer that the caller gives back by this call takes the batch after those under way.
		for l.queued < min(l.next+len(l.slots), l.batches) {
			l.queue()
		}
		<-s.done
	}
	l.next++
	return &s.batch, true
}

// fill makes one batch.
func (l *Loader) fill(s *slot, scratch *augment.Scratch) {
	p := l.part
	first := s.index * l.opt.Batch
	n := min(l.opt.Batch, p.N()-first)
	f, k, t := p.Features(), p.Categories(), p.Outputs()
	s.batch = Batch{s.index, n, s.full.X[:n*f], s.full.Cat[:n*k], s.full.Y[:n*t], s.full.IDs[:n]}
	for i := range n {
		row := p.rows[l.order[first+i]]
		s.batch.IDs[i] = row
		p.example(row, s.batch.X[i*f:(i+1)*f])
		p.targetRow(row, s.batch.Y[i*t:(i+1)*t])
		copy(s.batch.Cat[i*k:(i+1)*k], p.codes[int(row)*k:])
	}
	if l.bound != nil {
		s.view = augment.View{N: n, X: s.batch.X, K: t, Y: s.batch.Y, IDs: s.batch.IDs, Epoch: l.epoch}
		l.bound.Apply(&s.view, scratch)
	}
}

// Close ends the workers. The loader gives no more batches.
func (l *Loader) Close() {
	if l.closed {
		return
	}
	l.drain()
	l.closed = true
	close(l.jobs)
	l.workers.Wait()
}

// Order fills ids, one for each example, with the examples' ids in the order of an epoch.
func (l *Loader) Order(epoch int, ids []uint32) {
	l.fillOrder(ids, uint32(epoch))
	for i, at := range ids {
		ids[i] = l.part.rows[at]
	}
}

// OrderHash fingerprints the order of the examples in an epoch.
func (l *Loader) OrderHash(epoch int) string {
	order := make([]uint32, l.part.N())
	l.fillOrder(order, uint32(epoch))
	h := sha256.New()
	for _, i := range order {
		var id [4]byte
		binary.LittleEndian.PutUint32(id[:], l.part.rows[i])
		h.Write(id[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// DrawHashes fingerprints, for each augmentation, its draws in an epoch, in order of example id.
func (l *Loader) DrawHashes(epoch int) []augment.Hash {
	if l.bound == nil {
		return nil
	}
	return l.bound.DrawHashes(l.part.rows, uint32(epoch))
}

// AugmentCounts tells how often each augmentation has acted so far.
func (l *Loader) AugmentCounts() []augment.Count {
	if l.bound == nil {
		return nil
	}
	return l.bound.Counts()
}

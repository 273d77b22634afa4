package augment

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/lang/diag"
)

// Pipeline is a list of augmentations, ready for examples of one shape. It holds no draws and may be shared.
type Pipeline struct {
	in    input
	steps []step
	mixes bool
}

// step is one augmentation of a pipeline; one of the two is set.
type step struct {
	name, path string
	example    exampleStep
	batch      batchStep
}

// exampleStep changes one example. It reports whether it acted.
type exampleStep interface {
	apply(e *example) bool
	form() Form
}

// batchStep changes the examples of a batch together with their targets, and reports on how many it acted.
type batchStep interface {
	mix(b *View, draw drawer, s *Scratch) int
	form() Form
}

// New makes the pipeline of a list of resolved augmentations for the examples that info describes. The error is a
// *diag.Diagnostic at the augmentation that cannot act on such examples.
func New(list []*model.Node, info *model.DataInfo) (*Pipeline, error) {
	in := input{shape: info.Shape, features: 1, categories: len(info.Categories)}
	for _, d := range info.Shape {
		in.features *= d
	}
	p := &Pipeline{in: in}
	for _, n := range list {
		s := registry[n.Name]
		if s == nil {
			return nil, diag.Errorf(UnknownAugmentation, n.Span, "there is no augmentation %s", n.Name).
				WithHelp("the augmentations are %s", names())
		}
		if s.imagesOnly && len(in.shape) != 3 {
			return nil, diag.Errorf(ImagesOnly, n.Span, "%s needs images (height, width, channels); these examples are rows of %d numbers", n.Name, in.features).
				WithHelp("remove it; for tables there are jitter and mixup")
		}
		made, problem := s.make(n, in)
		if problem != nil {
			return nil, problem
		}
		st := step{name: n.Name, path: n.Path}
		switch t := made.(type) {
		case exampleStep:
			st.example = t
		case batchStep:
			st.batch = t
			p.mixes = true
		}
		p.steps = append(p.steps, st)
	}
	return p, nil
}

func names() string {
	text := ""
	for i, s := range Signatures() {
		if i > 0 {
			text += ", "
		}
		text += s.Name
	}
	return text
}

// Empty reports whether the pipeline has nothing to do. A nil pipeline is empty.
func (p *Pipeline) Empty() bool { return p == nil || len(p.steps) == 0 }

// Bound is a pipeline with the streams of one run. It is safe for use by many goroutines, each with a
// Scratch of its own.
type Bound struct {
	*Pipeline
	streams     []rng.Stream
	seen, acted []atomic.Uint64
}

// Bind gives the pipeline its random streams.
func (p *Pipeline) Bind(seed uint64) *Bound {
	b := &Bound{Pipeline: p, seen: make([]atomic.Uint64, len(p.steps)), acted: make([]atomic.Uint64, len(p.steps))}
	for _, s := range p.steps {
		b.streams = append(b.streams, rng.New(seed, rng.Augment, s.path))
	}
	return b
}

// View is the batch that a pipeline changes in place: N examples of the pipeline's shape, N rows of K
// target numbers, and the ids of the examples.
type View struct {
	N     int
	X     []float32
	K     int
	Y     []float32
	IDs   []uint32
	Epoch uint32
}

// Scratch is the working memory of one goroutine.
type Scratch struct {
	example example
	x, y    []float32 // a copy of a batch, for mixing
}

// NewScratch makes working memory for batches of up to n examples with rows of k target numbers.
func (p *Pipeline) NewScratch(n, k int) *Scratch {
	s := &Scratch{example: example{scratch: make([]float32, p.in.features)}}
	if len(p.in.shape) == 3 {
		s.example.h, s.example.w, s.example.c = p.in.shape[0], p.in.shape[1], p.in.shape[2]
	}
	if p.mixes {
		s.x, s.y = make([]float32, n*p.in.features), make([]float32, n*k)
	}
	return s
}

// Apply changes the batch in place. What it does is a function of the seed, the ids and the epoch alone, and for
// mixing of which examples share the batch.
func (b *Bound) Apply(v *View, s *Scratch) {
	for first := 0; first < len(b.steps); {
		if mixer := b.steps[first].batch; mixer != nil {
			acted := mixer.mix(v, drawer{b.streams[first], v.Epoch}, s)
			b.seen[first].Add(uint64(v.N))
			b.acted[first].Add(uint64(acted))
			first++
			continue
		}
		// A run of steps that each change one example goes example by example, which stays in cache.
		last := first
		for last < len(b.steps) && b.steps[last].example != nil {
			last++
		}
		b.applyExamples(first, last, v, s)
		first = last
	}
}

func (b *Bound) applyExamples(first, last int, v *View, s *Scratch) {
	e := &s.example
	e.epoch = v.Epoch
	for i := range v.N {
		e.x = v.X[i*b.in.features : (i+1)*b.in.features]
		e.id = v.IDs[i]
		for k := first; k < last; k++ {
			e.stream = b.streams[k]
			e.draws = e.stream.Series(e.id, e.epoch, 0)
			b.seen[k].Add(1)
			if b.steps[k].example.apply(e) {
				b.acted[k].Add(1)
			}
		}
	}
}

// Count says how often one augmentation acted.
type Count struct {
	Name, Path  string
	Seen, Acted uint64 // examples
}

// Counts tells for every augmentation how many examples it saw and changed since Bind.
func (b *Bound) Counts() []Count {
	list := make([]Count, len(b.steps))
	for i, s := range b.steps {
		list[i] = Count{s.name, s.path, b.seen[i].Load(), b.acted[i].Load()}
	}
	return list
}

// Hash is a fingerprint of the draws of one augmentation.
type Hash struct {
	Path, Hash string
}

// DrawHashes fingerprints, for each augmentation, the draws that the examples with these ids get in an epoch: the
// first block of each series. Two runs that agree on it augment alike.
func (b *Bound) DrawHashes(ids []uint32, epoch uint32) []Hash {
	list := make([]Hash, len(b.steps))
	for i, s := range b.steps {
		h := sha256.New()
		var row [20]byte
		for _, id := range ids {
			binary.LittleEndian.PutUint32(row[:], id)
			for j, w := range b.streams[i].Block(0, id, epoch, 0) {
				binary.LittleEndian.PutUint32(row[4+4*j:], w)
			}
			h.Write(row[:])
		}
		list[i] = Hash{s.path, hex.EncodeToString(h.Sum(nil)[:8])}
	}
	return list
}

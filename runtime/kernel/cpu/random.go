package cpu

import (
	"math"
	"sync/atomic"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("dropout", func(s step) *program { return random(s.Out, newDropout(s.Attrs.(op.Dropout), s.Out)) })
	_ = register("gauss", func(s step) *program { return random(s.Out, newGauss(s.Attrs.(op.Gauss), s.Out)) })
)

// noise is a random elementwise function: f sees elements of one example and the block drawn for them, the first of which draws word
// number word.
type noise struct {
	size int // of an example
	keys *keyring
	f    func(out, x []float32, block [4]uint32, word int)
}

func newDropout(d op.Dropout, shape op.Shape) *noise {
	// Uniform(w) = (w>>8) / 2^24 < P exactly where w>>8 < P * 2^24, rounded up.
	below := uint32(math.Ceil(float64(float32(d.P)) * (1 << 24)))
	factor := float32(1)
	if d.Rescale {
		factor = float32(1 / (1 - d.P))
	}
	return newNoise(shape, rng.Mask, d.Path, func(out, x []float32, block [4]uint32, word int) {
		for i, v := range x {
			bits := math.Float32bits(v * factor)
			if block[(word+i)&3]>>8 < below { // without a branch, since the bits are random
				bits = 0
			}
			out[i] = math.Float32frombits(bits)
		}
	})
}

func newGauss(g op.Gauss, shape op.Shape) *noise {
	return newNoise(shape, rng.Noise, g.Path, func(out, x []float32, block [4]uint32, word int) {
		z := rng.Normal64(block)
		for i, v := range x {
			out[i] = v + float32(g.Std*z[(word+i)&3])
		}
	})
}

func newNoise(shape op.Shape, purpose rng.Purpose, path string, f func(out, x []float32, block [4]uint32, word int)) *noise {
	return &noise{size: shape.Size() / shape[0], keys: &keyring{purpose: purpose, path: path}, f: f}
}

// run applies the function to elements at … of a batch, drawing at counters (element/4, example, step low, step high).
func (n *noise) run(out, x []float32, at int, c *kernel.Context) {
	key := n.keys.of(c.Seed)
	lo, hi := uint32(c.Step), uint32(c.Step>>32)
	for len(x) > 0 {
		example, element := at/n.size, at%n.size
		word := element & 3
		take := min(4-word, n.size-element, len(x))
		n.f(out[:take], x[:take], rng.Philox(key, uint32(element/4), uint32(example), lo, hi), word)
		out, x, at = out[take:], x[take:], at+take
	}
}

func random(shape op.Shape, n *noise) *program {
	return flat(shape.Size(), func(from, to int, a kernel.Args) {
		n.run(a.Out[from:to], a.In[0][from:to], from, a.Ctx)
	})
}

// keyring remembers the keys of one stream for the seeds seen, since deriving one hashes and allocates. It may be used
// by many goroutines.
type keyring struct {
	purpose rng.Purpose
	path    string
	known   atomic.Pointer[[]seedKey]
}

type seedKey struct {
	seed uint64
	key  [2]uint32
}

// maxKeys bounds what a keyring remembers; a study runs that many seeds at a time at most.
const maxKeys = 256

func (k *keyring) of(seed uint64) [2]uint32 {
	var known []seedKey
	if p := k.known.Load(); p != nil {
		known = *p
	}
	for i := range known {
		if known[i].seed == seed {
			return known[i].key
		}
	}
	key := rng.New(seed, k.purpose, k.path).Key()
	if len(known) >= maxKeys {
		known = nil
	}
	grown := append(known[:len(known):len(known)], seedKey{seed, key})
	k.known.Store(&grown) // if another goroutine was first, its entry is made again later
	return key
}

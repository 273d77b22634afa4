package cpu

import (
	"math"
	"sync/atomic"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("dropout", func(s step) *program { return random(s.Out, newDropout(s.isa, s.Attrs.(op.Dropout), s.Out)) })
	_ = register("gauss", func(s step) *program { return random(s.Out, newGauss(s.Attrs.(op.Gauss), s.Out)) })
)

// noise is a random elementwise function.
type noise struct {
	size int // of an example
	keys *keyring
	// f sees elements of one example and the block drawn for them, the first of which draws word number word.
	f func(out, x []float32, block [4]uint32, word int)
	// row sees elements from a multiple of 4 on to the end, or a part, of an example, with the key and the counter of the first block.
	row func(out, x []float32, key [2]uint32, counter [4]uint32)
}

// dropping is one call of the assembly for dropout: n elements of an example, the first of which draws word 0 of the block with
// the given counter. An element is 0 where its word, shifted right by 8, is less than below, and x*factor elsewhere.
type dropping struct {
	out, x  []float32
	n       int
	key     [2]uint32
	counter [4]uint32
	below   uint32
	factor  float32
}

func newDropout(set *isa, d op.Dropout, shape op.Shape) *noise {
	// Uniform(w) = (w>>8) / 2^24 < P exactly where w>>8 < P * 2^24, rounded up.
	below := uint32(math.Ceil(float64(float32(d.P)) * (1 << 24)))
	factor := float32(1)
	if d.Rescale {
		factor = float32(1 / (1 - d.P))
	}
	n := newNoise(shape, rng.Mask, d.Path, func(out, x []float32, block [4]uint32, word int) {
		for i, v := range x {
			bits := math.Float32bits(v * factor)
			if block[(word+i)&3]>>8 < below { // without a branch, since the bits are random
				bits = 0
			}
			out[i] = math.Float32frombits(bits)
		}
	})
	if set.assembly {
		n.row = func(out, x []float32, key [2]uint32, counter [4]uint32) {
			d := dropping{out: out[:len(x)], x: x, n: len(x), key: key, counter: counter, below: below, factor: factor}
			if set.avx512 {
				zmmDropoutRow(&d)
				return
			}
			dropoutRow(&d)
		}
	}
	return n
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
		take := min(n.size-element, len(x))
		if n.row != nil && word == 0 {
			n.row(out[:take], x[:take], key, [4]uint32{uint32(element / 4), uint32(example), lo, hi})
		} else {
			take = min(take, 4-word)
			n.f(out[:take], x[:take], rng.Philox(key, uint32(element/4), uint32(example), lo, hi), word)
		}
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

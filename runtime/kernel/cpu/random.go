package cpu

import (
	"sync/atomic"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/rng"
	"github.com/netc-lang/netc/runtime/kernel"
)

var (
	_ = register("dropout", func(s step) *program {
		d := s.Attrs.(op.Dropout)
		p := float32(d.P)
		factor := float32(1)
		if d.Rescale {
			factor = float32(1 / (1 - d.P))
		}
		return random(s.Out, rng.Mask, d.Path, func(out, x []float32, block [4]uint32) {
			for i, v := range x {
				if rng.Uniform(block[i&3]) < p {
					v = 0
				} else {
					v *= factor
				}
				out[i] = v
			}
		})
	})
	_ = register("gauss", func(s step) *program {
		g := s.Attrs.(op.Gauss)
		return random(s.Out, rng.Noise, g.Path, func(out, x []float32, block [4]uint32) {
			z := rng.Normal64(block)
			for i, v := range x {
				out[i] = v + float32(g.Std*z[i&3])
			}
		})
	})
)

// random makes a kernel of a random elementwise function. f sees up to four elements of one example and the block
// drawn for them, at counters (element/4, example, step low, step high).
func random(shape op.Shape, purpose rng.Purpose, path string, f func(out, x []float32, block [4]uint32)) *program {
	examples := 1
	if len(shape) > 0 {
		examples = shape[0]
	}
	size := shape.Size() / examples
	// Chunks are pieces of examples, whole blocks each.
	pieces, per := blocks((size+3)/4, 4)
	keys := &keyring{purpose: purpose, path: path}
	return once(examples*pieces, func(chunk int, a kernel.Args) {
		key := keys.of(a.Ctx.Seed)
		example, piece := chunk/pieces, chunk%pieces
		x, out := a.In[0][example*size:][:size], a.Out[example*size:][:size]
		lo, hi := uint32(a.Ctx.Step), uint32(a.Ctx.Step>>32)
		for b := piece * per; b < (piece+1)*per && 4*b < size; b++ {
			from, to := 4*b, min(4*b+4, size)
			f(out[from:to], x[from:to], rng.Philox(key, uint32(b), uint32(example), lo, hi))
		}
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

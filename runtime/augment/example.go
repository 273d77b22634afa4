package augment

import "github.com/netc-lang/netc/compiler/rng"

// example is one example on its way through the pipeline.
type example struct {
	x       []float32 // its numbers; for an image h x w x c
	h, w, c int       // 0 for a row of a table
	scratch []float32 // as long as x
	id      uint32
	epoch   uint32
	stream  rng.Stream
	draws   rng.Series // decisions: the series (id, epoch, 0)
}

// happens draws whether something of probability p happens.
func happens(draws *rng.Series, p float64) bool { return draws.Uniform() < float32(p) }

// drawer gives the examples of a batch their series.
type drawer struct {
	stream rng.Stream
	epoch  uint32
}

func (d drawer) series(id uint32) rng.Series { return d.stream.Series(id, d.epoch, 0) }

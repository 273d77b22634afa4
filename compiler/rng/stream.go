package rng

import (
	"crypto/sha256"
	"encoding/binary"
)

// Purpose keeps the streams of one node apart. The numbers are part of the key and never change.
type Purpose uint8

// The purposes.
const (
	Init    Purpose = 1 // initial values of parameters
	Mask    Purpose = 2 // dropout and its kin
	Augment Purpose = 3 // augmentation
	Order   Purpose = 4 // order of the examples in an epoch
	Split   Purpose = 5 // which example is in which part
	Noise   Purpose = 6 // noise added inside the network
)

// Stream is a source of random numbers that are a pure function of a counter. It is a value, may be
// copied, and is safe for use by many goroutines at once.
type Stream struct {
	key [2]uint32
}

// New gives the stream of a purpose at a canonical path.
func New(seed uint64, purpose Purpose, path string) Stream {
	text := make([]byte, 0, 64+len(path))
	text = append(text, "netc/1\x00"...)
	text = binary.LittleEndian.AppendUint64(text, seed)
	text = append(text, byte(purpose))
	text = append(text, path...)
	sum := sha256.Sum256(text)
	return Stream{[2]uint32{binary.LittleEndian.Uint32(sum[:]), binary.LittleEndian.Uint32(sum[4:])}}
}

// Key gives the two key words, for kernels that draw for themselves.
func (s Stream) Key() [2]uint32 { return s.key }

// Block gives the four words at a counter.
func (s Stream) Block(c0, c1, c2, c3 uint32) [4]uint32 { return Philox(s.key, c0, c1, c2, c3) }

// Series gives the draws of one series, one after the other, at counters (draw/4, c1, c2, c3).
func (s Stream) Series(c1, c2, c3 uint32) Series { return Series{stream: s, c1: c1, c2: c2, c3: c3} }

// Series reads one series of draws in order. It is a small value; it allocates nothing.
type Series struct {
	stream     Stream
	c1, c2, c3 uint32
	draw       uint32
	block      [4]uint32
}

// Word gives the next 32-bit word.
func (s *Series) Word() uint32 {
	if s.draw%4 == 0 {
		s.block = s.stream.Block(s.draw/4, s.c1, s.c2, s.c3)
	}
	w := s.block[s.draw%4]
	s.draw++
	return w
}

// Uniform gives the next word as a float32 in [0, 1).
func (s *Series) Uniform() float32 { return Uniform(s.Word()) }

// Between gives a float32 in [lo, hi).
func (s *Series) Between(lo, hi float32) float32 {
	span := hi - lo
	return lo + float32(span*s.Uniform()) // the conversion forbids a fused multiply-add
}

// IntN gives an unbiased whole number in [0, n). It panics when n is 0, which is a mistake of the caller.
func (s *Series) IntN(n uint32) uint32 {
	if n == 0 {
		panic("rng: IntN of 0")
	}
	for {
		m := uint64(s.Word()) * uint64(n)
		if accepted(uint32(m), n) {
			return uint32(m >> 32)
		}
	}
}

// Normal gives a standard normal number; each takes two words.
func (s *Series) Normal() float64 {
	a := s.Word()
	z, _ := boxMuller(a, s.Word())
	return z
}

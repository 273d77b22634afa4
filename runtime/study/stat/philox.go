package stat

import "math/bits"

// stream is a counter-based random stream, Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011,
// "Parallel random numbers: as easy as 1, 2, 3", SC'11). Its n-th block of numbers is a pure function
// of (seed, purpose, index, n): no stream depends on how much another one drew, so results do not
// change with the order of the work or the number of threads.
type stream struct {
	key     [2]uint32
	purpose uint32
	index   uint32
	block   uint64
	buf     [4]uint32
	left    int
}

// Purposes keep the streams of one seed apart.
const (
	purposeFlip uint32 = iota + 1
	purposeBootstrap
	purposePower
	purposeSequential
)

func newStream(seed uint64, purpose, index uint32) *stream {
	return &stream{key: [2]uint32{uint32(seed), uint32(seed >> 32)}, purpose: purpose, index: index}
}

// philox is ten rounds of Philox4x32 of one counter under one key.
func philox(c [4]uint32, k [2]uint32) [4]uint32 {
	const m0, m1, w0, w1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85
	for range 10 {
		h0, l0 := bits.Mul32(m0, c[0])
		h1, l1 := bits.Mul32(m1, c[2])
		c = [4]uint32{h1 ^ c[1] ^ k[0], l1, h0 ^ c[3] ^ k[1], l0}
		k[0] += w0
		k[1] += w1
	}
	return c
}

// Uint32 returns the next 32 random bits.
func (s *stream) Uint32() uint32 {
	if s.left == 0 {
		s.buf = philox([4]uint32{uint32(s.block), uint32(s.block >> 32), s.index, s.purpose}, s.key)
		s.block++
		s.left = 4
	}
	s.left--
	return s.buf[3-s.left]
}

// Uint64 returns the next 64 random bits; it makes stream a math/rand/v2 Source.
func (s *stream) Uint64() uint64 { return uint64(s.Uint32())<<32 | uint64(s.Uint32()) }

// IntN returns a uniform integer in [0, n), n > 0, by multiplication with rejection (Lemire 2019,
// "Fast random integer generation in an interval", ACM TOMACS 29).
func (s *stream) IntN(n int) int {
	un := uint32(n)
	hi, lo := bits.Mul32(s.Uint32(), un)
	if lo < un {
		for threshold := -un % un; lo < threshold; {
			hi, lo = bits.Mul32(s.Uint32(), un)
		}
	}
	return int(hi)
}

// Float64 returns a uniform number in the open interval (0, 1).
func (s *stream) Float64() float64 { return (float64(s.Uint64()>>12) + 0.5) / (1 << 52) }

// Norm returns a standard normal number, by inversion.
func (s *stream) Norm() float64 { return normQuantile(s.Float64()) }

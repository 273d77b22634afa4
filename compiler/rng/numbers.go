package rng

import "math"

// Uniform turns a word into a float32 in [0, 1) with 24 random bits.
func Uniform(w uint32) float32 { return float32(w>>8) * (1.0 / (1 << 24)) }

// Normal turns a block into four standard normal numbers.
func Normal(b [4]uint32) [4]float32 {
	z := Normal64(b)
	return [4]float32{float32(z[0]), float32(z[1]), float32(z[2]), float32(z[3])}
}

// Normal64 is Normal before rounding to float32.
func Normal64(b [4]uint32) [4]float64 {
	var z [4]float64
	z[0], z[1] = boxMuller(b[0], b[1])
	z[2], z[3] = boxMuller(b[2], b[3])
	return z
}

func boxMuller(w0, w1 uint32) (float64, float64) {
	u := (float64(w0) + 1) * (1.0 / (1 << 32))
	r := math.Sqrt(-2 * ln(u))
	sin, cos := SincosTurn(w1)
	return float64(r * cos), float64(r * sin)
}

// IntN gives an unbiased whole number in [0, n) from the block at (c0, c1, retry, 0). It panics when n is 0, which
// is a mistake of the caller.
func IntN(s Stream, n, c0, c1 uint32) uint32 {
	if n == 0 {
		panic("rng: IntN of 0")
	}
	for retry := uint32(0); ; retry++ {
		for _, w := range s.Block(c0, c1, retry, 0) {
			m := uint64(w) * uint64(n)
			if accepted(uint32(m), n) {
				return uint32(m >> 32)
			}
		}
	}
}

// accepted reports whether a low half is at least 2^32 mod n, which is below n: mostly no division is needed.
func accepted(low, n uint32) bool { return low >= n || low >= -n%n }

// Perm fills order with a random permutation of 0 … len(order)-1, every one equally likely. The second
// counter is the epoch (of an order) or the group (of a split).
func Perm(s Stream, order []uint32, epoch uint32) {
	for i := range order {
		order[i] = uint32(i)
	}
	for i := len(order) - 1; i > 0; i-- {
		j := IntN(s, uint32(i)+1, uint32(i), epoch)
		order[i], order[j] = order[j], order[i]
	}
}

// FillUniform fills dst with the draws 0, 1, … of the series (c1, c2, c3), each in [0, 1).
func FillUniform(s Stream, dst []float32, c1, c2, c3 uint32) {
	for i := 0; i < len(dst); i += 4 {
		b := s.Block(uint32(i/4), c1, c2, c3)
		for j := i; j < min(i+4, len(dst)); j++ {
			dst[j] = Uniform(b[j-i])
		}
	}
}

// FillNormal fills dst with standard normal numbers: element e is number e mod 4 of the block e / 4 of the
// series (c1, c2, c3).
func FillNormal(s Stream, dst []float32, c1, c2, c3 uint32) {
	for i := 0; i < len(dst); i += 4 {
		z := Normal(s.Block(uint32(i/4), c1, c2, c3))
		copy(dst[i:], z[:])
	}
}

package rng

import "math/bits"

// The constants of Philox4x32: the multipliers of a round and the Weyl steps of the key.
const (
	mul0  = 0xD2511F53
	mul1  = 0xCD9E8D57
	weyl0 = 0x9E3779B9
	weyl1 = 0xBB67AE85
)

// Philox is Philox4x32-10: ten rounds of the counter under the key.
func Philox(key [2]uint32, c0, c1, c2, c3 uint32) [4]uint32 {
	k0, k1 := key[0], key[1]
	for range 10 {
		hi0, lo0 := bits.Mul32(mul0, c0)
		hi1, lo1 := bits.Mul32(mul1, c2)
		c0, c1, c2, c3 = hi1^c1^k0, lo1, hi0^c3^k1, lo0
		k0 += weyl0
		k1 += weyl1
	}
	return [4]uint32{c0, c1, c2, c3}
}

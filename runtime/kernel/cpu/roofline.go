package cpu

import "runtime"

// MultiplyAdds runs about n floating point operations of the kind that products are made of, on registers alone, and gives their exact
// number: what a thread can compute at most, for comparison.
func (b *Backend) MultiplyAdds(n int) (operations int) {
	if b.isa.avx512 {
		const lanes = 16
		rounds := max(1, n/(2*12*lanes))
		zmmMultiplyAdds(rounds)
		return rounds * 2 * 12 * lanes
	}
	if b.isa.assembly {
		rounds := max(1, n/(2*12*lanes))
		multiplyAdds(rounds)
		return rounds * 2 * 12 * lanes
	}
	rounds := max(1, n/(2*goRows*goCols))
	var s [goRows * goCols]float32
	for i := range rounds {
		x := float32(i)
		for j := range s {
			s[j] += x * 0.5
		}
	}
	runtime.KeepAlive(s) // or the compiler drops the loop
	return rounds * 2 * goRows * goCols
}

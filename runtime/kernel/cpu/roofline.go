package cpu

// MultiplyAdds runs about n floating point operations of the kind that products are made of, on registers alone, and gives their exact
// number: what a thread can compute at most, for comparison.
func (b *Backend) MultiplyAdds(n int) (operations int) {
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
	for _, v := range s {
		sink += v
	}
	return rounds * 2 * goRows * goCols
}

// sink keeps the compiler from dropping the portable loop.
var sink float32

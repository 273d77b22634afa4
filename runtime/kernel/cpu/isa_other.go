//go:build !amd64

package cpu

// isas are the instruction sets with kernels, the best first.
var isas = []*isa{&portable}

func (t *tile) assembly(rows, cols int) { panic("cpu: no assembly for this processor") }

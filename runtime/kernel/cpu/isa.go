package cpu

// isa is an instruction set and the shape of its tiles.
type isa struct {
	name       string
	rows, cols int // of the largest tile; panels of packed weights are cols wide
	assembly   bool
	avx512     bool        // kernels of kernels512_amd64.s are used where there are some, else those for AVX2
	has        func() bool // whether this processor has it
}

// portable is plain Go.
var portable = isa{name: "go", rows: goRows, cols: goCols, has: func() bool { return true }}

// best is the first of isas that the processor has; the last is portable.
func best() *isa {
	for _, i := range isas {
		if i.has() {
			return i
		}
	}
	return &portable
}

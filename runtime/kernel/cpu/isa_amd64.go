package cpu

import "golang.org/x/sys/cpu"

//go:generate go run -C internal/gen . ../..

// isas are the instruction sets with kernels, the best first.
var isas = []*isa{
	{name: "avx2", rows: 6, cols: 16, assembly: true, has: func() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA }},
	&portable,
}

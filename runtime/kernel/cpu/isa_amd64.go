package cpu

import "golang.org/x/sys/cpu"

//go:generate go run -C internal/gen . ../..

// isas are the instruction sets with kernels, the best first.
var isas = []*isa{
	{name: "avx512", rows: 14, cols: 32, assembly: true, avx512: true, has: hasAVX512},
	{name: "avx2", rows: 6, cols: 16, assembly: true, has: func() bool { return cpu.X86.HasAVX2 && cpu.X86.HasFMA }},
	&portable,
}

// hasAVX512 asks for what processors with AVX-512 have had since its second generation, and for a system that saves its registers.
func hasAVX512() bool {
	x := &cpu.X86
	return x.HasAVX512F && x.HasAVX512VL && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX2 && x.HasFMA && x.HasBMI2
}

//go:build !amd64

package cpu

// Without AVX-512 nothing reaches these.

func (*vec) assembly512(vecOp) bool       { panic("cpu: no AVX-512") }
func (*update) assembly512(updateOp) bool { panic("cpu: no AVX-512") }
func zmmDropoutRow(*dropping)             { panic("cpu: no AVX-512") }
func zmmMultiplyAdds(int)                 { panic("cpu: no AVX-512") }

package cpu

// The kernels of vector_amd64.s.

//go:noescape
func dropoutRow(d *dropping)

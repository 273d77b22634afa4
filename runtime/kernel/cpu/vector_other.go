//go:build !amd64

package cpu

// Without assembly no instruction set reaches these.

func dropoutRow(*dropping) { panic("cpu: no assembly for this processor") }

//go:build !linux

package study

// threadSeconds is the processor time of the calling thread, where the system tells.
func threadSeconds() (float64, bool) { return 0, false }

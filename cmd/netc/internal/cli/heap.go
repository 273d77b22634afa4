package cli

import "runtime/debug"

// roomyHeap lets the heap grow further between collections, up to a gigabyte, until the function that it returns is called. A small
// program is compiled before the first collection then, which otherwise would take a fifth of the time.
func roomyHeap() (restore func()) {
	percent, limit := debug.SetGCPercent(800), debug.SetMemoryLimit(1<<30)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

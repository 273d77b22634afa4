package study

import "golang.org/x/sys/unix"

// threadSeconds is the processor time that the calling thread has used. Unlike the clock it does not count the time in which
// other programs had the core.
func threadSeconds() (float64, bool) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0, false
	}
	of := func(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return of(u.Utime) + of(u.Stime), true
}

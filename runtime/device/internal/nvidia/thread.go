package nvidia

import "runtime"

// thread is one thread of the operating system on which all calls for a device are made: the driver keeps the current context,
// and a recording under way, by thread.
type thread struct {
	jobs chan func()
}

func newThread() *thread {
	t := &thread{jobs: make(chan func(), 256)}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for job := range t.jobs {
			job()
		}
	}()
	return t
}

// post lets the thread do a job after those before it, and does not wait.
func (t *thread) post(job func()) { t.jobs <- job }

// do lets the thread do a job after those before it, and waits for it.
func (t *thread) do(job func()) {
	done := make(chan struct{})
	t.jobs <- func() {
		defer close(done)
		job()
	}
	<-done
}

// end lets the thread go after the jobs that were handed in.
func (t *thread) end() { close(t.jobs) }

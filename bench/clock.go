package main

import (
	"fmt"
	"time"
)

// A wall clock on a busy machine also counts the time that others had the processor. Processor time does not; for one thread both agree on
// an idle machine. For several threads it means nothing here, as waiting threads spin.

func (s *settings) checkClock(threads int) error {
	if s.clock != "wall" && s.clock != "processor" {
		return fmt.Errorf("--clock %s: there are wall and processor", s.clock)
	}
	if s.clock == "processor" && threads > 1 {
		return fmt.Errorf("--clock processor measures one thread: add --threads 1")
	}
	return nil
}

// now is a reading of the clock asked for.
func (s *settings) now() (time.Duration, error) {
	if s.clock == "processor" {
		return processorTime()
	}
	return time.Since(start), nil
}

var start = time.Now()

// scriptWithClock runs a script, argument 1, whose wall clock is exchanged for the processor's.
const scriptWithClock = `import os, runpy, sys, time
time.perf_counter = time.process_time
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
runpy.run_path(sys.argv[0], run_name="__main__")`

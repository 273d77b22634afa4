package cli

import (
	"fmt"
	"os"
	"runtime/debug"
)

// recover turns a panic into a report of a bug: what happened, where the details are, and what to do.
func (t *terminal) recover(code *int) {
	r := recover()
	if r == nil {
		return
	}
	*code = exitFailed
	fmt.Fprintf(t.err, "netc: this is a bug in netc, not in your program: %v\n", r)
	f, err := os.CreateTemp("", "netc-crash-*.txt")
	if err != nil {
		fmt.Fprintf(t.err, "%s", debug.Stack())
		return
	}
	defer f.Close()
	fmt.Fprintf(f, "netc %s\n%v\n\n%s", version(), r, debug.Stack())
	fmt.Fprintf(t.err, "The details are in %s: please report it together with the program that was run.\n", f.Name())
}

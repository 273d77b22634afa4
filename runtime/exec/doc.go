// Package exec plans and runs programs. A Plan is made once: it decides which steps run, fused or not, where
// each value lives, and how much memory that takes. A Machine is a plan with memory: it
// computes the program again and again and allocates nothing. Machines of one plan may run side by side.
//
// Values are where they need not be moved: inputs, parameters and state are read from the caller's buffers,
// gradients are written into the caller's buffer, views share the storage of their input, and the
// rest shares one arena by the times at which it is needed.
package exec

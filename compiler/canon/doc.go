// Package canon expands a program to its canonical form: use and extend resolved, blocks and loops
// unrolled, every form of every trick and every `off` statement present, every statement under a path that no
// choice of forms changes. Edits then change it, or switch tricks.
//
// The tree is still unevaluated: arguments are expressions with the scope they were written in, because
// some depend on shapes that only the chosen forms have. Package build evaluates it.
package canon

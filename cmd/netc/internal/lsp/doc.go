// Package lsp is the language server: it tells editors, over the Language Server Protocol 3.17 on standard input and output,
// what netc knows of the programs that are being written.
//
// Two readings of a text live side by side. The quick one (text.go, tree.go) is made anew with every keystroke: lines are cut
// into tokens one by one, only those that changed, and a tree of statements is built that takes any half-typed text as it
// comes. Completion, symbols, definitions, folding and the like stand on it and answer at once. The thorough one (analysis.go)
// is the compiler: a little after the last keystroke it reads the program whole, in the background, through the editor's
// buffers, and gives diagnostics, shapes and tricks. Where the text has moved on since, its places are carried over line by
// line (moved.go).
//
// Nothing is written to standard output but the protocol. A request that hits a bug is answered with an error, and the
// bug is reported to the client's log; the server goes on.
package lsp

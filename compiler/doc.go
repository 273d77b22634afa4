// Package compiler turns source text into programs. Its sub-packages are the stages: canon loads files and expands them to
// the canonical program, with every form of every trick; build chooses the forms that are on, binds arguments to their types
// and shapes the network; lower puts the network into a graph and has it differentiated. Package catalog knows what may be
// written, layer and op what it computes.
package compiler

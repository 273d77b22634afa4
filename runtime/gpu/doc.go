// Package gpu trains on a graphics card. It is an Executor of package train: runs ask it for engines, and it carries out
// their steps.
//
// # Stacks
//
// A small network leaves a card idle, and a study trains many. Runs whose networks have the same structure (the same
// operations on the same shapes; numbers, seeds, weights and rates may differ) are stacked: their weights, activations and
// batches lie side by side in the card's memory, and one launch computes a step's operation for all of them. Each run is still
// an ordinary train.Run in a goroutine of its own, with a seat in a stack for an engine. The seats meet before each
// stretch of steps: when every seat has asked for its next one, the stack does it for all at once and hands each its part of what
// was measured. A run that stops early or diverges leaves its seat; what the card computes there from then on is not looked at.
//
// # A step
//
// The training data are in the card's memory once for all stacks. A step takes the ids of its examples and its learning rates
// from tables that are uploaded for a whole stretch, makes the batch, augments it, runs the plan, changes the weights, notes down
// losses and predictions, and counts itself. All of it is recorded as one graph for a whole batch, and another for the
// smaller last one, and replayed for each step, so that the processor has nothing to do in between. When the stretch is done the
// notes are downloaded, and each run's goroutine makes its metrics of them.
//
// # One goroutine
//
// A device is used from one goroutine, the pool's. Everything else reaches it by messages.
package gpu

// Package train carries out a train section: it makes the plans, runs the epochs, evaluates, stops, saves and
// resumes.
//
// The bits of a run are a function of the program, its data and its seed alone. The number of threads, how often it was
// interrupted and resumed, and who watches change nothing.
//
// # What is measured when
//
// Training metrics are gathered while an epoch trains: each batch is measured by the forward pass that its
// gradients come from, with dropout and augmentation on and the weights of that moment, so that they cost nothing. Valid metrics are
// measured after each epoch in evaluation mode (dropout off, running statistics, the averaged weights where there is
// `ema`). The test part is read once, at the end, with the weights that the run hands out: the best epoch's where early stopping
// restores them, the last otherwise.
//
// # A step
//
// Step i (counted from 0) runs the training plan on one batch, with masks drawn for step i, then changes the weights at
// the schedule's rate for i. The last batch of an epoch may be smaller; it has a plan of its own, as batch statistics
// must not see rows that are not there. Evaluation pads its last batch, since examples do not see each other there.
package train

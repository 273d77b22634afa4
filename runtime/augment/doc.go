// Package augment changes training examples at random, so that a network sees more than there is. One file
// holds one augmentation: its declaration for the language and its code.
//
// An augmentation acts on examples as the network sees them: float32, height x width x channels (NHWC), after
// scaling. A pixel that is padded or cut out becomes 0, which is the training mean after `scale
// standardize` and black without scaling.
//
// The augmentations of a data section run in the order in which they are written. Each draws from its own stream
// (package compiler/rng), keyed by the run's seed and its own path and counted by example id and epoch; so
// switching one off leaves the draws of all others as they were, and neither threads nor a resumed run
// change a bit. Evaluation never augments.
//
// Most augmentations change one example (an exampleStep); mixup and cutmix blend examples of one batch and
// their targets (a batchStep).
package augment

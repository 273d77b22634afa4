// Package stat holds the statistics of netc's studies: what makes a verdict about a trick true.
//
// A study trains a network twice for every seed, once with a trick on and once with it off, and takes
// the difference of the metric seed by seed. Because both runs of a seed start from the same weights
// and see the same batches, most of the luck cancels in the difference. This package turns those
// differences into an effect, an interval, a p-value and one of four verdicts:
//
//	helps       the trick makes the metric better, beyond what luck explains
//	hurts       the trick makes the metric worse, beyond what luck explains
//	equivalent  whatever the trick does is smaller than the margin that the study declared
//	undecided   these seeds cannot tell; more seeds might
//
// [Rule.Judge] does this for all tricks of a study at once and [Rule.String] prints the rule in words.
// The parts it is made of stand on their own, each with its source:
//
//   - [Describe]: paired differences, the t test and interval, what pairing gained;
//   - [SignFlip]: the sign-flip permutation test and the interval that inverts it;
//   - [BCa]: the bias-corrected and accelerated bootstrap interval;
//   - [Holm]: the correction for asking about many tricks;
//   - [TOST], [SignFlipTOST]: equivalence within a margin;
//   - [Power], [DetectableEffect], [PairsNeeded], [Planning]: what a number of seeds can show;
//   - [Sequential]: looking after every seed without fooling oneself (e-processes, confidence
//     sequences, exact group-sequential tests);
//   - [Factorial], [NewFraction], [Confounding], [Shapley]: designs with several tricks at once;
//   - [CompareExamples], [McNemar], [Correlation]: two networks on the same examples;
//   - [Curves]: learning curves with bands.
//
// Conventions. A difference is always on minus off, in the metric's own units; whether larger is
// better is said by a [Direction]. alpha is the probability of a false claim that the caller accepts,
// level is the confidence of an interval, 1-alpha. Nothing here depends on the rest of netc, reads a
// clock or a global random source: the same input gives the same output, bit for bit. No function
// panics, and none returns NaN: what cannot be computed is an error, an unbounded [Interval], or a
// field that says so.
package stat

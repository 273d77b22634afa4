// Package parity holds netc against PyTorch. It is tests only.
//
// A program goes all the way: text, expanded tree, shaped network, differentiated graph, plan, kernels of the
// processor, optimizer. testdata/make.py does the same in PyTorch, as one of its users would write it, and stores
// what came out: losses, logits, every gradient, the weights after three steps of SGD with momentum and weight decay, running statistics
// of batch normalization, and the predictions afterwards. TestLayers does one step for every layer, loss and block of the library alone,
// and TestPublishedResNet20 loads published weights.
//
// # What is compared
//
// Fixtures are small because neither inputs nor weights are in them: both sides draw these from one integer hash. Of a
// tensor of up to 512 elements the fixture has all; of a larger one its norm, eight projections (the sum, and seven with random
// signs) and 64 elements spread evenly. For a fixed difference d between two tensors the square of a projection with random
// signs is |d|² on average, so that seven of them see a difference anywhere in the tensor, not only where a sample was taken.
//
// PyTorch runs in float64 on numbers that float32 holds exactly: what the tests measure is netc's own rounding. How far PyTorch's
// float32 strays from its float64 is noted in each fixture, and logged beside netc's figure.
//
// # The measure
//
// A tensor g agrees with w of n elements when
//
//	|g - w| <= 1e-4 |w|                                  in the Euclidean norm, and
//	|g[i] - w[i]| <= 1e-4 max(|w[i]|, |w|/sqrt(n))       for every element known.
//
// The floor of the second line is the root mean square of the tensor. An element far below it is what large terms left when they cancelled,
// and its last bits are theirs.
//
// The change of the weights is compared as well as the weights: weights hardly move in three steps, so that wrong steps could hide
// behind them. A change is allowed the rounding of the weights on top, half a unit in the last place a step.
//
// # Layouts
//
//	            netc                  PyTorch
//	activations [N, H, W, C]          [N, C, H, W]
//	dense       [in, out]             [out, in]
//	conv        [KH, KW, C/groups, O] [O, C/groups, KH, KW]
//	norm state  [2, C]                running_mean, running_var
//
// Rows of the first dense layer behind a flatten follow the order of its image, so they are permuted too. netc's decay 0.9 is PyTorch's
// momentum 0.1. Dropout is not left out: its masks are part of the language (package rng), and make.py draws the same.
package parity

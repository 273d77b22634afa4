// Package report reads learning curves: from the curves of the training and the held-out part it says what
// holds a run back (bias, variance, noise, a bad learning rate, or nothing) with the figures that it
// was judged by and one next step, written as an edit of the program.
//
// # How a run is judged
//
// The error is 1 - accuracy for a classification and 1 - r2 (the share of the variance left unexplained) for a regression,
// averaged over the last quarter of the epochs; a loss curve is the mean training loss of each epoch. Chance is what a
// constant prediction gives: an error of 1 - 1/classes and a loss of ln(classes), or an r2 of 0. The first verdict that fits is given:
//
//	verdict    when
//	rate high  the loss became NaN or infinite; or never got 5% below chance, or ends 50% above its best epoch, while it
//	           jumps (upward moves make up more than a quarter of all movement of the loss)
//	short      fewer than 3 epochs
//	rate low   the loss falls in almost every epoch (no more than a tenth of its movement is upward) but has lost less than 30%
//	           of what it had in the first, and the error still is above 10%
//	noise      from epoch to epoch the held-out error jumps by more than the gap and by more than 2 points (standard deviation of the
//	           changes over the last half, divided by the square root of 2)
//	variance   the gap (held-out error - training error) is above 2 points, above twice its standard error, and above the training
//	           error; or the held-out loss ends more than 10% above its lowest epoch
//	bias       the training error is above 5% (10% for a regression) and at least the gap; training is measured with dropout and
//	           augmentation on, so a lower held-out error counts in its place, here and for a low rate
//	fine       none of these
package report

// Package metric measures predictions: accuracy, top(k), loss, gap, mae, rmse, r2 and the confusion matrix.
//
// A Collector takes the predictions of one output for one part of the data, batch by batch, and gives the
// metrics over the whole part: sums are formed example by example in float64 and divided once at the end, so
// that the size of the batches does not matter. Regression metrics are in the target's own units, whatever scaling
// the network was trained under. All that a collector knows can be saved and restored in mid-epoch.
//
// Names: accuracy, loss, top5 … for the only output of a network; accuracy(HEAD) for the heads of one that has
// several; mae(COLUMN) beside mae where one output predicts several columns.
package metric

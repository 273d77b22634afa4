// Package data reads data sets and feeds them to training: sources (files, folders, archives), the split into
// training, validation and test part, imputation, scaling, and batches.
//
// The way of an example: a source decodes it once (source_*.go); the split decides on its part (split.go);
// statistics of the training part alone fill gaps and scale (impute.go, scale.go); a Loader shuffles, scales,
// augments and hands out batches (loader.go). A Dataset does not change after Open, so trials that run side by
// side share one.
//
// Examples are known by their position in the source, which neither split nor shuffling changes; the random
// draws of augmentation hang on it.
//
// # Units
//
// Images stay bytes until a batch is made of them. As the network sees them, 0 is black and 1 is white (byte / 255;
// the digits' 16 levels / 16) before any scale statement; the mean and std of `scale standardize(mean = …, std = …)`
// are in this unit, as published weights give them. Numbers of tables are used as they stand.
//
// # Targets
//
// A text column as target means classification, a column of numbers regression; `target grade, classes` makes
// classes of numbers. Several targets are several regressions. Images have the target that their source gives.
package data

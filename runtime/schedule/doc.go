// Package schedule says by what the base learning rate is multiplied at each step of a run: warmup and the
// schedules constant, step, cosine, linear, one_cycle and plateau.
//
// The number of steps of a run is fixed beforehand. A warmup takes the first steps; the schedule fills
// what is left, and without a warmup it fills everything. Steps count from 0.
//
//	warmup of w steps      factor (i+1)/w at step i < w
//	schedule               its factor at t = (i-w)/(total-w), so t runs from 0 up to, and not including, 1
//
// Lengths are given in epochs, in steps or in %. Epochs and steps count from the start of the run; % is a share
// of the run for a warmup, and of the part that the schedule fills for a milestone inside it.
package schedule

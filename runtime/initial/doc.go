// Package initial gives parameters their first values.
//
// Every element is a standardized draw (zero mean, unit variance) times a scale that the initializer
// takes from the parameter's fan-in and fan-out. The draw is a pure function of the seed, the path of the
// node, the parameter and the element, so that two initializers in one place (`he instead of normal(std = 0.01)`)
// scale the same standardized values, and no parameter's values depend on what else is in the network. Normal and uniform
// forms are made from the same random words.
//
// Biases and shifts start at zero, scales of normalizations at one; they draw nothing.
package initial

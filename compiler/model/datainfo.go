package model

// DataInfo is what the compiler must know of a data set to give shapes to a network. The runtime's data
// package describes a source without decoding all of it; where the files are not on this machine the
// compiler goes on with placeholder sizes and says so.
type DataInfo struct {
	// Shape of one example as the network sees it, without the batch axis: [28 28 1] (height, width,
	// channels), or [30] for a row of numbers. Categories are not counted in it.
	Shape []int
	// Classes are the class names of a classification target; empty for regression.
	Classes []string
	// Targets are the target columns; one unnamed target for image sources.
	Targets []string
	// Numbers are the numeric feature columns of a table, in input order.
	Numbers []string
	// Categories are the category columns of a table with the sizes of their vocabularies (one extra slot
	// for values not seen in the training part).
	Categories []Category
	// Examples in the parts, 0 where unknown before loading.
	Train, Valid, Test int
	// Placeholder says that sizes are guesses because the files are not here; Why says which file.
	Placeholder bool
	Why         string
}

// Category is one category column.
type Category struct {
	Name string
	Size int // number of distinct codes, the unseen slot included
}

// Describer finds out about a data section. Errors are *diag.Diagnostic where a place is known.
type Describer interface {
	Describe(data *Section, base string) (*DataInfo, error)
}

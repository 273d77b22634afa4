package initial

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of initializers. A checked program has no unknown initializer and always inherits one; the examples of those codes are
// cases of the package's tests.
var (
	UnknownInitializer = diag.Define("N0610", "UnknownInitializer",
		"No initializer has this name. Initializers are he, glorot, lecun, orthogonal, normal, uniform and zeros.",
		"")
	NoInitializer = diag.Define("N0611", "NoInitializer",
		"A weight has neither an initializer of its own nor one that it inherits. Add `init he` to the model.",
		"")
	EmptyRange = diag.Define("N0612", "EmptyRange",
		"The lower bound of a uniform initializer is not below its upper bound.",
		"data digits { from digits }\nmodel m { input digits; init uniform(0.1, 0.1); flatten; dense classes }\ntrain { loss cross_entropy; optimizer adam; batch 64; epochs 1 }")
)

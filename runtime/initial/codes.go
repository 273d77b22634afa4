package initial

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of initializers.
var (
	UnknownInitializer = diag.Define("N0610", "UnknownInitializer",
		"No initializer has this name. Initializers are he, glorot, lecun, orthogonal, normal, uniform and zeros.",
		"model m {\n  input d\n  init hee\n}")
	NoInitializer = diag.Define("N0611", "NoInitializer",
		"A weight has neither an initializer of its own nor one that it inherits. Add `init he` to the model.",
		"")
	EmptyRange = diag.Define("N0612", "EmptyRange",
		"The lower bound of a uniform initializer is not below its upper bound.",
		"model m {\n  input d\n  init uniform(min = 0.1, max = 0.1)\n}")
)

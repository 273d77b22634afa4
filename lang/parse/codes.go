package parse

import "github.com/netc-lang/netc/lang/diag"

// The codes of syntax errors. Each example draws exactly its code; TestCodes runs them.
var (
	Unexpected = diag.Define("N0001", "Unexpected",
		"The text does not fit the grammar at this place and no more particular message is known.",
		"model m { dense 10 ] }")
)

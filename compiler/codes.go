package compiler

import (
	"strings"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/stdlib"
)

var (
	codeData = diag.Define("N0590", "DataUnreadable",
		"The data set cannot be described: its files are there, but are not what the section says.",
		"data d { from idx(\"broken\") }\nmodel m { input d; flatten; dense classes }\ntrain { loss cross_entropy }")
	codePlaceholder = diag.Define("N0591", "DataNotHere",
		"The files of the data section are not on this machine. Shapes are checked with guessed sizes; running needs the files.",
		"data d { from idx(\"nowhere\") }\nmodel m { input d; flatten; dense classes }\ntrain { loss cross_entropy }")
)

// Codes of warnings about the network.
var (
	codeUnused = diag.Define("N0205", "ColumnsUnused",
		"Columns of the table are declared as inputs, and nothing in the model takes them in.",
		"data d { from csv(\"a.csv\"); target y; number age; category work }\nmodel m { input d; dense classes }\ntrain { loss cross_entropy }")
	codeHandicap = diag.Define("N0306", "BiasHandicap",
		"A layer is written without a bias because a normalization follows, and the normalization is a trick: switched off, nothing shifts.",
		"data digits { from digits }\nmodel m { input digits; conv 4, bias = false; norm batch; flatten; dense classes }\ntrain { loss cross_entropy }")
)

func isStandard(file string) bool { return strings.HasPrefix(file, stdlib.Prefix) }

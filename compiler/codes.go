package compiler

import (
	"strings"

	"github.com/netc-lang/netc/lang/diag"
	"github.com/netc-lang/netc/stdlib"
)

var (
	codeData = diag.Define("N0590", "DataUnreadable",
		"The data set cannot be described.", "")
	codePlaceholder = diag.Define("N0591", "DataNotHere",
		"The files of the data section are not on this machine. Shapes are checked with guessed sizes; running needs the files.",
		"data d { from idx(\"nowhere\") }\nmodel m { input d; flatten; dense classes }\ntrain { loss cross_entropy }")
)

func isStandard(file string) bool { return strings.HasPrefix(file, stdlib.Prefix) }

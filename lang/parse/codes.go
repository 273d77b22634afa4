package parse

import (
	"strings"

	"github.com/netc-lang/netc/lang/diag"
)

// The codes of text and grammar. Each example is a whole file that draws exactly its code.
var (
	Unexpected = diag.Define("N0001", "Unexpected",
		"A word or sign does not fit the grammar where it stands. The message names it and what it follows.",
		"model m { dense 10 = 3 }")
	UnknownCharacter = diag.Define("N0002", "UnknownCharacter",
		"The file has a character or an operator that is not part of the language.",
		"model m { dense 10 @ }")
	UnterminatedString = diag.Define("N0003", "UnterminatedString",
		"A string has no closing quote on its line. Strings do not run over line ends.",
		"use \"std/data/cifar10.net")
	BadNumber = diag.Define("N0004", "BadNumber",
		"A number is not written as the language writes numbers: digits on both sides of the point, no "+
			"underscores, decimal only.",
		"model m { dropout .5 }")
	BadEscape = diag.Define("N0005", "BadEscape",
		`A string has a backslash before a letter that forms no escape. The escapes are \" \\ \n \t.`,
		`use "std\data\cifar10.net"`)
	Unclosed = diag.Define("N0006", "Unclosed",
		"A {, ( or [ is never closed. The place where it most likely should be follows from the lines.",
		"model m {\n  dense 10\n")
	ClosesNothing = diag.Define("N0007", "ClosesNothing",
		"A }, ) or ] has no partner, or has one of another kind.",
		"model m {\n  dense 10\n}\n}\n")
	MissingComma = diag.Define("N0008", "MissingComma",
		"Two arguments, list items or parameters follow each other without a comma.",
		"model m { conv 16 kernel = 3 }")
	UnknownUnit = diag.Define("N0009", "UnknownUnit",
		"A number is followed by a word that is no unit. The units are a closed list.",
		"train { warmup 2 epocs }")
	HeadParens = diag.Define("N0010", "HeadParens",
		"The word that a statement starts with takes its arguments bare; parentheses belong to nested calls.",
		"model m { conv(16, kernel = 3) }")
	ColonForEquals = diag.Define("N0011", "ColonForEquals",
		"A named argument is written with =, not with a colon.",
		"model m { conv 16, kernel: 3 }")
	EqualsAfterHead = diag.Define("N0012", "EqualsAfterHead",
		"A setting takes its value bare: the word, then the value, without =. In edits, set goes before a path.",
		"train { l2 = 5e-4 }")
	UnknownSection = diag.Define("N0013", "UnknownSection",
		"A construct of the top level starts with a word that opens none: use, extend, let, or a section "+
			"(data, model, block, train, study, trick).",
		"modle m { dense 10 }")
	SecondAlternative = diag.Define("N0014", "SecondAlternative",
		"A statement has more than one `instead of`. Each statement is one place with two forms.",
		"model m { act relu instead of tanh instead of gelu }")
	ReservedWord = diag.Define("N0015", "ReservedWord",
		"A reserved word stands where a name is needed.",
		"let in = 3")
	SwallowedLine = diag.Define("N0016", "SwallowedLine",
		"A comma at the end of a line continues the statement on the next line, which looks like a statement "+
			"of its own.",
		"model m {\n  conv 16,\n  act relu\n}")
	NotUTF8 = diag.Define("N0017", "NotUTF8",
		"The file is not UTF-8 text.",
		"// caf\xe9\nlet a = 1")
	TooDeep = diag.Define("N0018", "TooDeep",
		"Brackets, or an else-if chain, are nested deeper than 200 levels, or a list has a million items.",
		"let a = "+strings.Repeat("(", 201)+"1"+strings.Repeat(")", 201))
	OutsideSection = diag.Define("N0019", "OutsideSection",
		"A statement stands at the top level. Layers belong into a model or block, settings into train, and so on.",
		"dense 10")
	MissingValue = diag.Define("N0020", "MissingValue",
		"A value is missing after an operator, a comma, an equals sign or an opening bracket.",
		"model m { conv 16, kernel = }")
	MissingBody = diag.Define("N0021", "MissingBody",
		"A section, a loop or a condition has no { } behind it.",
		"model m { repeat 3 dense 10 }")
	MissingOf = diag.Define("N0022", "MissingOf",
		"An off form is introduced by the two words `instead of`.",
		"model m { act relu instead tanh }")
	BadVersion = diag.Define("N0023", "BadVersion",
		"The line `net 1` names the language version. It is the first line, and 1 is the only version so far.",
		"net 2")
	BadLoop = diag.Define("N0024", "BadLoop",
		"A loop is written `for NAME in VALUES { }`.",
		"model m { for i = 1..3 { pass } }")
	Chained = diag.Define("N0025", "Chained",
		"Comparisons and ranges do not chain: join two with `and`, or use parentheses.",
		"model m { if 1 < 2 < 3 { pass } }")
	OutOfRange = diag.Define("N0026", "OutOfRange",
		"A number is too large for a 64-bit floating point number.",
		"let a = 1e999")
	WordOrder = diag.Define("N0027", "WordOrder",
		"The endings of a statement have one order: arguments, body, instead of, as NAME, off.",
		"model m { dropout off 0.2 }")
	EqualsInCondition = diag.Define("N0028", "EqualsInCondition",
		"A condition compares with ==; a single = names an argument.",
		"model m { if 1 = 2 { pass } }")
	MissingSeparator = diag.Define("N0029", "MissingSeparator",
		"Two statements on one line need a ; between them.",
		"model m { repeat 2 { dense 10 } act relu }")
	NothingAsValue = diag.Define("N0030", "NothingAsValue",
		"`instead of nothing` and `instead of { }` replace a whole statement, so they stand at its end, not inside "+
			"parentheses, a let or a loop.",
		"let a = 1 instead of nothing")
	BadIndex = diag.Define("N0031", "BadIndex",
		"An index in a path counts from 1 in whole numbers.",
		"study { variant v { set model.stage[0].kind = 3 } }")
	StrayElse = diag.Define("N0032", "StrayElse",
		"An else has no if before it, or is misspelt.",
		"model m { repeat 2 { pass } else { pass } }")
	BraceOnNextLine = diag.Define("N0033", "BraceOnNextLine",
		"The { of a body stands on the line after its head. A line end there ends the statement, so the { belongs "+
			"on the line of the head.",
		"model m\n{ pass }")
	MissingEquals = diag.Define("N0034", "MissingEquals",
		"The name of an argument and its value stand side by side, without the = between them.",
		"train { optimizer adam(lr 0.01) }")
)

// IsSyntax reports whether a code is one of this package: about the text, not its meaning.
func IsSyntax(code diag.Code) bool { return strings.HasPrefix(string(code), "N00") }

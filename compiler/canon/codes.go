package canon

import "github.com/netc-lang/netc/lang/diag"

// Codes of names, scopes, edits and tricks.
var (
	codeUnknownName = diag.Define("N0101", "UnknownName",
		"No construct, block, variable or parameter has this name here.",
		"model m { input digits; densee 10 }\ndata digits { from digits }\ntrain { loss cross_entropy }")
	// Duplicate is for names and settings that stand twice.
	Duplicate = diag.Define("N0102", "Duplicate",
		"The same name is defined twice in one scope, or by two files that are used, or a setting stands twice in its section. Rename one, or use one file `as NAME`; a file may shadow the standard library, but not itself.",
		"let a = 1\nlet a = 2")
	codeBadFile = diag.Define("N0103", "FileNotFound",
		"A file named by use or extend cannot be read.",
		"use \"nowhere.net\"")
	codeCycle = diag.Define("N0104", "Cycle",
		"A file uses or extends itself, or a block contains itself, or a definition needs its own value.",
		"block a { a }\ndata digits { from digits }\nmodel m { input digits; a; flatten; dense classes }\ntrain { loss cross_entropy }")
	codeExpr = diag.Define("N0105", "BadExpression",
		"An expression cannot be evaluated: operands of the wrong kind, division by zero, an index out of range, or a value that does not exist yet at this point.",
		"let a = 1 / 0\ndata digits { from digits }\nmodel m { input digits; flatten; dense a }\ntrain { loss cross_entropy }")
	codeArgument = diag.Define("N0106", "BadArgument",
		"An argument does not fit the block, function or section that it is given to, or stands where no argument can: an `instead of` inside parentheses or in a let.",
		"block b(n) { dense n }\ndata digits { from digits }\nmodel m { input digits; flatten; b units = 4; dense classes }\ntrain { loss cross_entropy }")
	codeMisplaced = diag.Define("N0108", "Misplaced",
		"The statement exists, but not in this kind of section.",
		"data digits { from digits; dense 10 }\nmodel m { input digits; flatten; dense classes }\ntrain { loss cross_entropy }")
	codeSection = diag.Define("N0109", "SectionMissing",
		"The program lacks a section that it needs, or has several and does not say which to take.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense classes }")
	codeEditMiss = diag.Define("N0301", "EditMisses",
		"An edit or selector hits nothing. The message names what is near.",
		"extend \"std/models/lenet.net\" { set train.epoch = 3 }")
	codeEditMany = diag.Define("N0302", "EditHitsMany",
		"An edit hits more than one place. Write [*] to mean each of them, or an index to mean one.",
		"extend \"std/models/lenet.net\" { replace model.act { act gelu } }")
	codeTrick = diag.Define("N0303", "NotATrick",
		"The name is no trick of this program: nothing with it has an off form.",
		"extend \"std/models/lenet.net\" { on lstm }")
	codeEdit = diag.Define("N0304", "BadEdit",
		"An edit is not written as the language wants it: set PATH = VALUE, off SEL, on SEL, remove SEL, replace SEL { }, before SEL { }, after SEL { }, into SEL { }.",
		"extend \"std/models/lenet.net\" { set train.epochs }")
	codeCard = diag.Define("N0305", "BadCard",
		"A trick's card is not complete or contradicts itself.",
		"trick t { titel \"x\" }\ndata digits { from digits }\nmodel m { input digits; flatten; dense classes }\ntrain { loss cross_entropy }")
	// NotYet is for what netc reads but cannot carry out yet.
	NotYet = diag.Define("N0401", "NotYet",
		"The construct is part of the language, and this version of netc reads it but cannot carry it out yet.",
		"data digits { from digits }\nmodel m { input digits; flatten; dense classes }\ntrain { loss cross_entropy; phase a { epochs 1 } }")
)

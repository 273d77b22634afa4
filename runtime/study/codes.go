package study

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of studies. What they say depends on what a program measures or on the command line, so their examples are
// cases of the package's tests.
var (
	BadMetric = diag.Define("N0801", "BadMetric",
		"A study compares a metric that its runs do not measure. A metric is PART.NAME: test.accuracy, valid.loss, test.rmse(HEAD).", "")
	NoSuchStudy = diag.Define("N0802", "NoSuchStudy",
		"No study section of the program has this name, or the program has several and none was chosen.", "")
	NothingToStudy = diag.Define("N0803", "NothingToStudy",
		"A study has nothing to compare: no trick, try, variant or factor.", "")
	BadDesign = diag.Define("N0804", "BadDesign",
		"A study's settings contradict each other or ask for what its design cannot give.", "")
	BadRetune = diag.Define("N0805", "BadRetune",
		"A setting cannot be tuned as asked: the range is not one of numbers, or tuning would look at the test part.", "")
	NoResults = diag.Define("N0806", "NoResults",
		"There is no study of this name on this machine, or its folder holds no results.", "")
)

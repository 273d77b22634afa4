package data

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of this package. What they say depends on files, so their examples are cases of the
// package's tests rather than programs.
var (
	NoSource = diag.Define("N0501", "NoSource",
		"A data section has no `from`, so there is nothing to read. Name a source: from csv(\"table.csv\"), from digits.", "")
	FileMissing = diag.Define("N0502", "FileMissing",
		"A file or folder of the data does not exist. Relative paths start at the folder of the .net file.", "")
	FileUnreadable = diag.Define("N0503", "FileUnreadable",
		"A file of the data cannot be read: the system refuses, or its compression is damaged.", "")
	BadIDX = diag.Define("N0504", "BadIDX",
		"A file is not an IDX file of unsigned bytes, or is cut short.", "")
	CountMismatch = diag.Define("N0505", "CountMismatch",
		"There are not as many labels as examples, or the test examples have another shape than the training examples.", "")
	LabelOutOfRange = diag.Define("N0506", "LabelOutOfRange",
		"A label is not one of the classes, or a test example has a class that no training example has.", "")
	BadCIFAR = diag.Define("N0507", "BadCIFAR",
		"A file is not a batch of CIFAR-10's binary version, or is cut short.", "")
	BadNPZ = diag.Define("N0508", "BadNPZ",
		"A file is not a NumPy archive, lacks an array, or an array is not one of plain numbers of a fitting shape.", "")
	RaggedCSV = diag.Define("N0509", "RaggedCSV",
		"A row of a CSV file has more or fewer cells than there are columns.", "")
	BadCSV = diag.Define("N0510", "BadCSV",
		"A CSV file cannot be read as a table: no rows, an unclosed quote, two columns of one name.", "")
	UnknownColumn = diag.Define("N0511", "UnknownColumn",
		"A setting names a column that the table does not have.", "")
	ColumnUnused = diag.Define("N0512", "ColumnUnused",
		"A column of the table is named by no setting. Every column is a target, number, category or dropped: a column that slips in or out unnoticed changes results.", "")
	ColumnTwice = diag.Define("N0513", "ColumnTwice",
		"A column is named twice, or `rest` is.", "")
	NotANumber = diag.Define("N0514", "NotANumber",
		"A cell of a number column is not a finite number.", "")
	MissingValue = diag.Define("N0515", "MissingValue",
		"A value is missing and nothing says what to do about it: numbers need `impute`, targets must be there.", "")
	BadTarget = diag.Define("N0516", "BadTarget",
		"The target cannot be learned as declared: there is none, it has a single class, or several targets are not all numbers.", "")
	BadImage = diag.Define("N0517", "BadImage",
		"An image file cannot be decoded.", "")
	ImageSizes = diag.Define("N0518", "ImageSizes",
		"Images are of several sizes, and a network needs one. `resize` makes them alike.", "")
	BadFolder = diag.Define("N0519", "BadFolder",
		"A folder of images is not laid out as one folder a class.", "")
	EmptyPart = diag.Define("N0520", "EmptyPart",
		"The training, validation or test part would have no example.", "")
	BadSplit = diag.Define("N0521", "BadSplit",
		"The parts of a split do not add up, or contradict the parts that the source already has.", "")
	WrongSetting = diag.Define("N0522", "WrongSetting",
		"A setting does not apply to this kind of source: columns are for tables, `resize` for images.", "")
	BadScale = diag.Define("N0523", "BadScale",
		"A scaling has arguments that do not fit the data, or scales something twice.", "")
	BatchTooLarge = diag.Define("N0524", "BatchTooLarge",
		"A batch has more examples than the training part.", "")
	BadSource = diag.Define("N0525", "BadSource",
		"The arguments of a source contradict each other or leave out what it needs.", "")
	BadImpute = diag.Define("N0526", "BadImpute",
		"An imputation lacks its value, or has no value to start from.", "")
)

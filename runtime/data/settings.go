package data

import (
	"github.com/netc-lang/netc/compiler/catalog"
	"github.com/netc-lang/netc/compiler/model"
)

// Signatures declares the settings of a data section, the sources and the scalings.
func Signatures() []catalog.Signature {
	list := append([]catalog.Signature(nil), settings...)
	for _, s := range sources {
		list = append(list, s.Signature)
	}
	return append(list, scalings...)
}

// share declares a part of a split: a share of the examples or a number of them.
func share(name, doc string) catalog.Param {
	return catalog.Param{Name: name, Doc: doc, Type: catalog.NonNegative().WithUnits("%"), Default: catalog.Nothing()}
}

func columns(doc string) *catalog.Param {
	return &catalog.Param{Name: "columns", Doc: doc, Type: catalog.Name()}
}

var settings = []catalog.Signature{
	{
		Kind: catalog.Data, Name: "from",
		Doc:     "Where the examples come from.",
		Params:  []catalog.Param{{Name: "source", Doc: "a source of data", Type: catalog.New(catalog.Source), Positional: true}},
		Foreign: []string{"source", "load", "dataset"},
	},
	{
		Kind: catalog.Data, Name: "target",
		Doc:     "The columns to predict. A text column means classification, numbers mean regression; with `classes` a column of numbers is taken for class names. Several targets are several regressions.",
		Params:  []catalog.Param{{Name: "classes", Doc: "take the column's different values for class names", Type: catalog.Flag(), Default: catalog.B(false)}},
		Rest:    columns("columns of the table"),
		Foreign: []string{"label", "labels", "output"},
	},
	{
		Kind: catalog.Data, Name: "number", Many: true,
		Doc:     "Columns that are numeric inputs. `number rest` takes every column that no other setting names.",
		Rest:    columns("columns of the table, or rest"),
		Foreign: []string{"numeric", "numbers", "features"},
	},
	{
		Kind: catalog.Data, Name: "category", Many: true,
		Doc:     "Columns that are inputs of a few different values each. A value that the training part does not have gets the last code; a missing value is a value of its own.",
		Rest:    columns("columns of the table, or rest"),
		Foreign: []string{"categorical", "categories"},
	},
	{
		Kind: catalog.Data, Name: "drop", Many: true,
		Doc:     "Columns that are not used.",
		Rest:    columns("columns of the table, or rest"),
		Foreign: []string{"ignore", "exclude"},
	},
	{
		Kind: catalog.Data, Name: "split",
		Doc: "Which examples train, which guide choices (valid) and which are kept for the end (test): shares in %, or numbers of examples. " +
			"What is given to no part goes to train, unless train is given too. A source that has a test set of its own keeps it, and valid is taken from its training set. " +
			"The draw depends on the split's own seed alone.",
		Params: []catalog.Param{
			share("train", "training part; what the others leave, by default"),
			share("valid", "validation part"),
			share("test", "test part"),
			{Name: "by", Doc: "keep the proportions of this column's values in every part; `class` for the classes of the target", Type: catalog.Name(), Default: catalog.Nothing()},
			{Name: "seed", Doc: "seed of the draw", Type: catalog.Int().AtLeast(0), Default: catalog.N(1)},
		},
	},
	{
		Kind: catalog.Data, Name: "impute",
		Doc: "What stands in for missing numbers: a statistic of the column over the training part, or a constant.",
		Params: []catalog.Param{
			{Name: "method", Doc: "median or mean of the training part, zero, or constant", Type: catalog.Word("median", "mean", "zero", "constant"), Positional: true},
			{Name: "value", Doc: "the number, for constant", Type: catalog.Num(), Default: catalog.Nothing()},
			{Name: "indicator", Doc: "add an input of 0 and 1 for each column with gaps that says where they were", Type: catalog.Flag(), Default: catalog.B(false)},
		},
		Foreign: []string{"fillna", "fill"},
	},
	{
		Kind: catalog.Data, Name: "scale", Many: true,
		Doc: "Brings numbers to a common scale, by statistics of the training part only. Scaled targets are scaled back before anything is reported.",
		Params: []catalog.Param{
			{Name: "method", Doc: "a scaling", Type: catalog.New(catalog.Scale), Positional: true},
			{Name: "on", Doc: "features (every numeric input), target, or columns of the table; a statement for columns goes before one for features", Type: catalog.ListOf(catalog.Name()), Default: catalog.W("features")},
		},
		Foreign: []string{"normalize", "normalise"},
	},
	{
		Kind: catalog.Data, Name: "resize",
		Doc: "Makes all images one size, before anything else.",
		Params: []catalog.Param{
			{Name: "height", Doc: "pixels", Type: catalog.Int().AtLeast(1).AtMost(8192).WithUnits("px"), Positional: true},
			{Name: "width", Doc: "pixels; as the height by default", Type: catalog.Int().AtLeast(1).AtMost(8192).WithUnits("px"), Positional: true, Default: catalog.Nothing()},
			{Name: "fit", Doc: "stretch the image, crop what is too long in the middle, or pad what is too short with black", Type: catalog.Word("stretch", "crop", "pad"), Default: catalog.W("stretch")},
			{Name: "method", Doc: "interpolation; bilinear and bicubic average over all pixels when they make an image smaller", Type: catalog.Word("bilinear", "bicubic", "nearest"), Default: catalog.W("bilinear")},
		},
	},
	{
		Kind: catalog.Data, Name: "augment", Body: catalog.Augment,
		Doc: "Random changes of training examples, in this order. Evaluation never augments.",
	},
}

var scalings = []catalog.Signature{
	{
		Kind: catalog.Scale, Name: "standardize",
		Doc: "Subtracts the mean and divides by the standard deviation: per channel of images, per column of tables. Published weights come with a mean and std of their own.",
		Params: []catalog.Param{
			{Name: "mean", Doc: "means to use instead of the training part's, one number or one a channel; images are 0 (black) to 1 (white)", Type: catalog.ListOf(catalog.Num()), Default: catalog.Nothing()},
			{Name: "std", Doc: "standard deviations to use, as many as means", Type: catalog.ListOf(catalog.Positive()), Default: catalog.Nothing()},
			{Name: "per", Doc: "what shares a mean: channel, or feature (every pixel its own); channel for images, feature for tables", Type: catalog.Word("channel", "feature"), Default: catalog.Nothing()},
		},
		Foreign: []string{"normalize", "zscore", "StandardScaler"},
	},
	{
		Kind: catalog.Scale, Name: "range",
		Doc: "Maps the smallest and the largest number to lo and hi: black and white for images, the training part's extremes for each column of a table.",
		Params: []catalog.Param{
			{Name: "lo", Doc: "what the smallest becomes", Type: catalog.Num(), Positional: true, Default: catalog.N(0)},
			{Name: "hi", Doc: "what the largest becomes", Type: catalog.Num(), Positional: true, Default: catalog.N(1)},
		},
		Foreign: []string{"minmax", "MinMaxScaler"},
	},
}

// Augmentations are the resolved augmentations of a data section, in order.
func Augmentations(sec *model.Section) []*model.Node {
	if n := sec.Find("augment"); n != nil {
		return n.Body
	}
	return nil
}
